package federation

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// retain copies into desired what KubeFed leaves to the member on an update
// (sync/dispatch/retain.go). Labels and ownerReferences are not among it. The
// kind alone decides, whatever its group: a Knative Service is handled as a
// core one.
func retain(kind string, desired, live, fed *unstructured.Unstructured) error {
	desired.SetResourceVersion(live.GetResourceVersion())
	desired.SetFinalizers(live.GetFinalizers())
	desired.SetAnnotations(live.GetAnnotations())
	switch kind {
	case "Service":
		return retainService(desired, live)
	case "ServiceAccount":
		return retainSecrets(desired, live)
	}
	return retainReplicas(desired, live, fed)
}

// retainService keeps what the member allocated to a Service, even where the
// template has another value.
func retainService(desired, live *unstructured.Unstructured) error {
	port, ok, err := unstructured.NestedInt64(live.Object, "spec", "healthCheckNodePort")
	if err != nil {
		return fmt.Errorf("reading spec.healthCheckNodePort: %w", err)
	}
	if ok && port > 0 {
		if err := set(desired, port, "healthCheckNodePort"); err != nil {
			return err
		}
	}
	if err := retainClusterIPs(desired, live); err != nil {
		return err
	}
	return retainNodePorts(desired, live)
}

func retainClusterIPs(desired, live *unstructured.Unstructured) error {
	ip, _, err := unstructured.NestedString(live.Object, "spec", "clusterIP")
	if err != nil {
		return fmt.Errorf("reading spec.clusterIP: %w", err)
	}
	if ip != "" {
		if err := set(desired, ip, "clusterIP"); err != nil {
			return err
		}
	}
	ips, _, err := unstructured.NestedStringSlice(live.Object, "spec", "clusterIPs")
	if err != nil {
		return fmt.Errorf("reading spec.clusterIPs: %w", err)
	}
	if len(ips) == 0 {
		return nil
	}
	out := make([]any, len(ips))
	for i, ip := range ips {
		out[i] = ip
	}
	return set(desired, out, "clusterIPs")
}

// retainNodePorts pairs ports by name, protocol and port as they are written.
// A template that leaves the protocol to the API server so matches no port
// of the member, and each update asks for a new node port.
func retainNodePorts(desired, live *unstructured.Unstructured) error {
	there, ok, err := unstructured.NestedSlice(live.Object, "spec", "ports")
	if err != nil {
		return fmt.Errorf("reading spec.ports: %w", err)
	}
	if !ok {
		return nil
	}
	ours, ok, err := unstructured.NestedSlice(desired.Object, "spec", "ports")
	if err != nil {
		return fmt.Errorf("reading spec.ports of the template: %w", err)
	}
	if !ok {
		// KubeFed then writes an empty list; so do we.
		ours = []any{}
	}
	for i := range ours {
		if err := retainNodePort(ours[i], there); err != nil {
			return fmt.Errorf("spec.ports[%d]: %w", i, err)
		}
	}
	return set(desired, ours, "ports")
}

func retainNodePort(ours any, there []any) error {
	for _, other := range there {
		port, ok := ours.(map[string]any)
		if !ok {
			return fmt.Errorf("KubeFed's controller crashes on it: it is not an object but %T", ours)
		}
		o, ok := other.(map[string]any)
		if !ok {
			return fmt.Errorf("KubeFed's controller crashes on it: the member's is not an object but %T", other)
		}
		same, err := samePort(port, o)
		if err != nil {
			return err
		}
		if nodePort, ok := o["nodePort"]; same && ok {
			port["nodePort"] = nodePort
		}
	}
	return nil
}

// samePort compares the fields one after the other, as KubeFed does: two maps or
// two lists crash it only where it comes to compare them.
func samePort(a, b map[string]any) (bool, error) {
	for _, field := range []string{"name", "protocol", "port"} {
		if !isPlain(a[field]) && fmt.Sprintf("%T", a[field]) == fmt.Sprintf("%T", b[field]) {
			return false, fmt.Errorf("KubeFed's controller crashes on it: %s is a %T", field, a[field])
		}
		if a[field] != b[field] {
			return false, nil
		}
	}
	return true, nil
}

func isPlain(value any) bool {
	switch value.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

// retainSecrets keeps a ServiceAccount's generated tokens, unless the
// template has its own.
func retainSecrets(desired, live *unstructured.Unstructured) error {
	ours, _, err := unstructured.NestedSlice(desired.Object, "secrets")
	if err != nil {
		return fmt.Errorf("reading secrets of the template: %w", err)
	}
	if len(ours) > 0 {
		return nil
	}
	there, _, err := unstructured.NestedSlice(live.Object, "secrets")
	if err != nil {
		return fmt.Errorf("reading secrets: %w", err)
	}
	if len(there) == 0 {
		return nil
	}
	return unstructured.SetNestedSlice(desired.Object, there, "secrets")
}

// retainReplicas leaves the count to the member's autoscaler if
// spec.retainReplicas says so.
func retainReplicas(desired, live, fed *unstructured.Unstructured) error {
	wanted, _, err := unstructured.NestedBool(fed.Object, "spec", "retainReplicas")
	if err != nil {
		return fmt.Errorf("reading spec.retainReplicas: %w", err)
	}
	if !wanted {
		return nil
	}
	replicas, ok, err := unstructured.NestedInt64(live.Object, "spec", "replicas")
	if err != nil {
		return fmt.Errorf("reading spec.replicas: %w", err)
	}
	if !ok {
		return nil
	}
	return set(desired, replicas, "replicas")
}

func set(desired *unstructured.Unstructured, value any, field string) error {
	if err := unstructured.SetNestedField(desired.Object, value, "spec", field); err != nil {
		return fmt.Errorf("writing spec.%s: %w", field, err)
	}
	return nil
}

// IsRetained tells whether KubeFed leaves a field of the target to the member
// where the member has it, unless an override says otherwise. The path is a
// JSON pointer.
func IsRetained(t Type, fed *unstructured.Unstructured, path string) bool {
	within := func(of string) bool { return path == of || strings.HasPrefix(path, of+"/") }
	if within("/metadata/annotations") || within("/metadata/finalizers") {
		return true
	}
	switch t.Target.Kind {
	case "Service":
		return within("/spec/healthCheckNodePort") || within("/spec/clusterIP") || within("/spec/clusterIPs") || strings.HasSuffix(path, "/nodePort")
	case "ServiceAccount":
		return within("/secrets")
	}
	wanted, _, err := unstructured.NestedBool(fed.Object, "spec", "retainReplicas")
	return err == nil && wanted && path == "/spec/replicas"
}
