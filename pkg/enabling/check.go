package enabling

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
)

// checkNames checks what KubeFed's webhook and the API server would refuse of a federated kind.
func checkNames(a federation.API) error {
	switch {
	case !strings.Contains(a.Group, ".") || len(validation.IsDNS1123Subdomain(a.Group)) > 0:
		return fmt.Errorf("--federated-group %s: it has to be a domain with a dot, such as fed.example.com", a.Group)
	case isProtected(a.Group):
		return fmt.Errorf("--federated-group %s: groups below k8s.io and kubernetes.io are Kubernetes' own", a.Group)
	case len(validation.IsDNS1035Label(a.Version)) > 0:
		return fmt.Errorf("--federated-version %s: it has to be a version such as v1", a.Version)
	case len(validation.IsDNS1035Label(a.Plural)) > 0:
		return fmt.Errorf("%s can't be the name of a federated kind: %s", a.Plural, validation.IsDNS1035Label(a.Plural)[0])
	}
	return nil
}

// isProtected tells whether the API server takes no definitions of this group without an approval.
func isProtected(group string) bool {
	return slices.ContainsFunc([]string{"k8s.io", "kubernetes.io"}, func(owner string) bool {
		return group == owner || strings.HasSuffix(group, "."+owner)
	})
}

// clash is an error when the federated kind belongs to another type: two kinds of the same name need two groups.
func (p *Plan) clash(t federation.Type, before []wished) error {
	types := p.scene.Types()
	for _, w := range before {
		types = append(types, w.Type)
	}
	for _, other := range types {
		if other.Federated.Resource() == t.Federated.Resource() && other.Name != t.Name {
			err := fmt.Errorf("%s would have the federated kind %s, which is that of %s", t.Name, t.Federated.Resource(), other.Name)
			group := "fed." + cmp.Or(t.Target.Group, "example.com")
			return hint.Add(err, "kubectl fed enable %s --federated-group %s --grant%s", fullName(t.Target), group, p.scene.Catalog.in())
		}
	}
	return nil
}

// check finds what would stop KubeFed for a type.
func (p *Plan) check(t federation.Type) {
	if p.scene.Host.IsNamespaced() && !t.Target.Namespaced {
		p.held[t.Name] = !t.IsNamespace()
		if !t.IsNamespace() {
			p.Problems = append(p.Problems, fmt.Errorf("%s has no namespaces, and this KubeFed is limited to the namespace %s: it would not propagate any",
				t.Name, p.scene.Host.Namespace))
		}
	}
	var lacking []string
	for _, a := range p.scene.Lacking(t.Target) {
		if a.Err != nil {
			p.Warnings = append(p.Warnings, fmt.Sprintf("%s: whether it serves %s is not known: %v", a.Member, named(t.Target), a.Err))
			continue
		}
		lacking = append(lacking, a.Member)
	}
	if len(lacking) > 0 {
		p.Problems = append(p.Problems, p.scene.notServed(t, lacking))
	}
}

// notServed says what comes of members without a type, with the command that mends it where there is one.
func (s *Scene) notServed(t federation.Type, lacking []string) error {
	err := fmt.Errorf("%s is not served by %s: KubeFed would propagate it to no member, and stop altogether after %s",
		named(t.Target), strings.Join(lacking, ", "), s.patience())
	if other, ok := s.servedByAll(t); ok {
		return hint.Add(err, "kubectl fed enable %s.%s.%s%s", other.Plural, other.Version, other.Group, s.Catalog.in())
	}
	if !strings.Contains(t.Target.Group, ".") || isProtected(t.Target.Group) {
		return hint.Add(err, "kubectl api-resources --context %s", s.contextOf(lacking[0]))
	}
	return hint.Add(err, "kubectl get crd %s -o yaml%s | kubectl apply -f - --context %s", t.Target.Resource(), s.Catalog.in(), s.contextOf(lacking[0]))
}

// patience is how long KubeFed waits for a type's caches before it ends itself (sync/controller.go).
func (s *Scene) patience() string {
	limit := 5 * time.Minute
	if d := s.Host.Kubefed.Spec.ControllerDuration; d != nil && d.CacheSyncTimeout != nil && d.CacheSyncTimeout.Duration > 0 {
		limit = d.CacheSyncTimeout.Duration
	}
	return duration.HumanDuration(limit)
}

// servedByAll is another version of a type that the host and every member serve.
func (s *Scene) servedByAll(t federation.Type) (federation.API, bool) {
	for _, r := range s.Catalog.Resources {
		if r.Resource() == t.Target.Resource() && r.Version != t.Target.Version && len(s.Lacking(r.API)) == 0 {
			return r.API, true
		}
	}
	return federation.API{}, false
}

// contextOf is the user's context for a member, for hints.
func (s *Scene) contextOf(name string) string {
	for _, m := range s.Members {
		if found := s.Host.ContextOf(m.Member); m.Name == name && found != "" {
			return found
		}
	}
	return name
}

// free are the short names whose federated form no other kind of the federated group has: a definition that wants
// one of those is never served.
func (p *Plan) free(t federation.Type, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		i := slices.IndexFunc(p.scene.Catalog.Resources, func(r Resource) bool {
			own := r.Resource() == t.Federated.Resource()
			return r.Group == t.Federated.Group && !own && (slices.Contains(r.ShortNames, "f"+name) || r.Plural == "f"+name || r.Singular == "f"+name)
		})
		if i >= 0 {
			p.Warnings = append(p.Warnings, fmt.Sprintf("%s goes without the short name f%s, which %s has", t.Federated.Plural, name, p.scene.Catalog.Resources[i].Plural))
		}
		return i >= 0
	})
}

// traits are those that show in the federated kind. Of a custom resource its definition tells, in the very version.
func (s *Scene) traits(ctx context.Context, r Resource) (federation.Traits, error) {
	traits := federation.Traits{ShortNames: r.ShortNames, Replicas: federation.WellKnownTraits(r.API).Replicas}
	if traits.Replicas || r.Group == "" {
		return traits, nil
	}
	name := &unstructured.Unstructured{}
	name.SetName(r.Resource().String())
	definition, err := s.read(ctx, definitionAPI, name)
	if err != nil {
		return traits, err
	}
	if definition == nil {
		traits.Replicas = r.Scalable && r.Namespaced
		return traits, nil
	}
	traits.Replicas = hasReplicas(definition, r.Version)
	return traits, nil
}

// hasReplicas tells whether a version of a custom resource has a whole number at spec.replicas.
func hasReplicas(definition *unstructured.Unstructured, version string) bool {
	versions, _, _ := unstructured.NestedSlice(definition.Object, "spec", "versions")
	for _, v := range versions {
		one, ok := v.(map[string]any)
		if !ok || one["name"] != version {
			continue
		}
		kind, _, _ := unstructured.NestedString(one, "schema", "openAPIV3Schema", "properties", "spec", "properties", "replicas", "type")
		return kind == "integer"
	}
	return false
}

// addStatus has KubeFed collect statuses: beside the FederatedTypeConfig, a feature gate decides, which KubeFed
// reads when it starts. Services have a controller of their own for as long as the gate is off.
func (p *Plan) addStatus(ctx context.Context, all []wished) error {
	var gated []string
	for _, w := range all {
		if w.status == nil || !*w.status {
			continue
		}
		own, has := federation.StatusAPI(w.Type)
		if !has {
			gated = append(gated, w.Type.Name)
			continue
		}
		if served, err := p.scene.Catalog.Serves(own); !p.scene.collects() && err == nil && !served {
			p.Problems = append(p.Problems, fmt.Errorf("%s is not served in %s, and KubeFed would stop without it", own.Resource(), p.scene.Host.Context))
		}
	}
	if len(gated) == 0 || p.scene.collects() {
		return nil
	}
	return p.addGate(ctx)
}

const statusGate = "RawResourceStatusCollection"

// collects tells whether the gate is on.
func (s *Scene) collects() bool {
	for _, gate := range s.Host.Kubefed.Spec.FeatureGates {
		if gate.Name == statusGate {
			return gate.Configuration == "Enabled"
		}
	}
	return false
}

func (p *Plan) addGate(ctx context.Context) error {
	config := &unstructured.Unstructured{}
	config.SetName("kubefed")
	config.SetNamespace(p.scene.Host.Namespace)
	before, err := p.scene.read(ctx, configAPI, config)
	if err != nil {
		return err
	}
	if before == nil {
		return errors.New("KubeFed's configuration has gone meanwhile")
	}
	p.Steps = append(p.Steps, stepFor(configAPI, before, config, func(into, _ *unstructured.Unstructured) { setGate(into) }))
	manager := &unstructured.Unstructured{}
	manager.SetName(managerName)
	manager.SetNamespace(p.scene.Host.Namespace)
	running, err := p.scene.read(ctx, deploymentAPI, manager)
	switch {
	case err != nil:
		return err
	case running == nil:
		p.Warnings = append(p.Warnings, "statuses are collected once KubeFed's controller manager has been started again; it does not run as the Deployment "+managerName)
		return nil
	}
	p.Steps = append(p.Steps, Step{deploymentAPI, running, Restarted})
	return nil
}

// setGate switches the gate on in a KubeFedConfig.
func setGate(config *unstructured.Unstructured) {
	spec := child(config.Object, "spec")
	gates, _ := spec["featureGates"].([]any)
	for _, g := range gates {
		if gate, ok := g.(map[string]any); ok && gate["name"] == statusGate {
			gate["configuration"] = "Enabled"
			return
		}
	}
	spec["featureGates"] = append(gates, map[string]any{"name": statusGate, "configuration": "Enabled"})
}
