package bed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// KubeFedConfig is the configuration that the bed gives to KubeFed: as the chart's, but quick to notice a
// lost cluster, to follow a change of leader and to go on after a failure.
const KubeFedConfig = `apiVersion: core.kubefed.io/v1beta1
kind: KubeFedConfig
metadata: {name: kubefed}
spec:
  scope: Cluster
  controllerDuration: {availableDelay: 500ms, unavailableDelay: 2s, cacheSyncTimeout: 5m}
  leaderElect: {leaseDuration: 3s, renewDeadline: 2s, retryPeriod: 500ms, resourceLock: configmaps}
  clusterHealthCheck: {period: 1s, failureThreshold: 3, successThreshold: 1, timeout: 3s}
  syncController: {maxConcurrentReconciles: 2, adoptResources: Enabled}
  statusController: {maxConcurrentReconciles: 2}
  featureGates:
  - {name: PushReconciler, configuration: Enabled}
  - {name: SchedulerPreferences, configuration: Enabled}
`

// KubeFedCharts are the files of the KubeFed module that describe its API and the types that it federates
// unless told otherwise; all plain YAML.
var KubeFedCharts = []string{
	"charts/kubefed/charts/controllermanager/crds/crds.yaml",
	"charts/kubefed/crds/crds.yaml",
	"charts/kubefed/templates/federatedtypeconfig.yaml",
}

// kubefedUp installs KubeFed's objects into the host, and runs its controller manager beside it. A cluster
// that has them already is left as it is.
func (b *Bed) kubefedUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readyTimeout, fmt.Errorf("%s", readyTimeout))
	defer cancel()
	controller, err := b.kubefed(ctx)
	if err != nil {
		return err
	}
	before, err := controller.state(ctx)
	if err != nil {
		return err
	}
	if before == running && b.controllersRun(ctx) == nil {
		return nil
	}
	start := time.Now()
	if err := InstallKubeFedAPI(ctx, b.Host().Config()); err != nil {
		return err
	}
	if before == running { // it runs and does nothing: a restart of the host may have cost it its lease
		before = outdated
	}
	if before == stopped {
		err = controller.start(ctx)
	} else {
		err = replace(ctx, controller)
	}
	if err != nil {
		return err
	}
	if err := AwaitKubeFed(ctx, b.Host().Config()); err != nil {
		return err
	}
	fmt.Fprintf(b.log, "KubeFed runs in %s after %.0fs\n", b.Host().Name, time.Since(start).Seconds())
	return nil
}

// kubefed is the machine of KubeFed's controller manager.
func (b *Bed) kubefed(ctx context.Context) (machine, error) {
	conf := b.Host().admin.DeepCopy()
	args := []string{"--kubefed-namespace=" + kubefedSpace, "--v=2"}
	if b.image == "" {
		return b.kubefedProcess(ctx, args)
	}
	for _, cluster := range conf.Clusters {
		cluster.Server = fmt.Sprintf("https://%s:%d", b.Host().NodeName(), serverPort)
	}
	data, err := clientcmd.Write(*conf)
	if err != nil {
		return nil, err
	}
	return &container{
		bed: b.Name, name: b.Host().Name + "-kubefed", image: b.image,
		flags: []string{"--entrypoint", "/usr/local/bin/controller-manager", "--restart", "unless-stopped"},
		args:  append(args, "--kubeconfig=/etc/kubeconfig"),
		files: map[string][]byte{"/etc/kubeconfig": data},
	}, nil
}

func (b *Bed) kubefedProcess(ctx context.Context, args []string) (machine, error) {
	file, err := programs.Path(ctx, "hyperfed", programs.Target{}, b.log)
	if err != nil {
		return nil, err
	}
	conf := filepath.Join(b.dir, "kubefed.conf")
	if err := clientcmd.WriteToFile(*b.Host().admin, conf); err != nil {
		return nil, err
	}
	p := &process{dir: filepath.Join(b.dir, "kubefed"), program: file, as: "controller-manager", ports: 2}
	p.args = func() ([]string, error) {
		port, err := p.port(ctx)
		if err != nil {
			return nil, err
		}
		return append(args, "--kubeconfig="+conf,
			fmt.Sprintf("--healthz-addr=127.0.0.1:%d", port), fmt.Sprintf("--metrics-addr=127.0.0.1:%d", port+1)), nil
	}
	return p, nil
}

// StopKubeFed stops the controllers. When it returns they write nothing any more, in no cluster.
func (b *Bed) StopKubeFed(ctx context.Context) error {
	controller, err := b.kubefed(ctx)
	if err != nil {
		return err
	}
	return controller.stop(ctx)
}

// pauseKubeFed stops the controllers where they run; what it returns starts them again.
func (b *Bed) pauseKubeFed(ctx context.Context) (resume func(context.Context) error, err error) {
	controller, err := b.kubefed(ctx)
	if err != nil {
		return nil, err
	}
	if before, err := controller.state(ctx); err != nil || before != running {
		return func(context.Context) error { return nil }, err
	}
	return b.StartKubeFed, controller.stop(ctx)
}

// StartKubeFed starts stopped controllers and waits until one of them leads.
func (b *Bed) StartKubeFed(ctx context.Context) error { return b.kubefedUp(ctx) }

// forgetReplaced takes clusters that were made anew out of the federation: who is registered under their names is
// the cluster before, and would keep the new one from joining.
func (b *Bed) forgetReplaced(ctx context.Context) error {
	client, err := dynamic.NewForConfig(b.Host().Config())
	if err != nil {
		return err
	}
	for _, c := range b.Clusters[1:] {
		if !c.fresh {
			continue
		}
		err := client.Resource(kubefedClusters).Namespace(kubefedSpace).Delete(ctx, c.Name, metav1.DeleteOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("taking the earlier %s out of the federation: %w", c.Name, err)
		}
	}
	return nil
}

var (
	kubefedClusters = schema.GroupVersionResource{Group: "core.kubefed.io", Version: "v1beta1", Resource: "kubefedclusters"}

	typeConfigs = schema.GroupVersionResource{Group: "core.kubefed.io", Version: "v1beta1", Resource: "federatedtypeconfigs"}
	configMaps  = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
)

// controllersRun is nil when the bed's controller manager works.
func (b *Bed) controllersRun(ctx context.Context) error {
	return controllersRun(ctx, b.Host().Config())
}

// AwaitKubeFed waits until KubeFed's controllers run in a cluster, wherever they run.
func AwaitKubeFed(ctx context.Context, config *rest.Config) error {
	return until(ctx, "KubeFed's controllers run", func(ctx context.Context) error { return controllersRun(ctx, config) })
}

// controllersRun is nil when a controller manager leads and has started the controller of every type.
func controllersRun(ctx context.Context, config *rest.Config) error {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	if err := leads(ctx, client); err != nil {
		return err
	}
	all, err := client.Resource(typeConfigs).Namespace(kubefedSpace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	if len(all.Items) == 0 {
		return errors.New("there is no FederatedTypeConfig yet")
	}
	for _, one := range all.Items {
		if status, _, _ := unstructured.NestedString(one.Object, "status", "propagationController"); status != "Running" {
			return fmt.Errorf("the controller of %s is not running yet", one.GetName())
		}
	}
	return nil
}

// leads is nil while a controller manager renews the lock that makes it the one that works. KubeFed keeps
// it in an annotation of a ConfigMap.
func leads(ctx context.Context, client dynamic.Interface) error {
	lock, err := client.Resource(configMaps).Namespace(kubefedSpace).Get(ctx, "kubefed-controller-manager", metav1.GetOptions{})
	if err != nil {
		return err
	}
	record := struct{ RenewTime time.Time }{}
	text := lock.GetAnnotations()["control-plane.alpha.kubernetes.io/leader"]
	if err := yaml.Unmarshal([]byte(text), &record); err != nil {
		return fmt.Errorf("reading the leader's record: %w", err)
	}
	if age := time.Since(record.RenewTime); age > 3*time.Second {
		return fmt.Errorf("the leader's lock was last renewed %s ago", age.Round(time.Second))
	}
	return nil
}

// InstallKubeFedAPI puts into a cluster what KubeFed's controllers need to start, from the KubeFed module's
// chart and without helm: namespace, CRDs, KubeFedConfig and FederatedTypeConfigs. It may be called again.
func InstallKubeFedAPI(ctx context.Context, config *rest.Config) error {
	module, err := programs.ModuleDir(ctx, "sigs.k8s.io/kubefed")
	if err != nil {
		return err
	}
	documents := []string{"apiVersion: v1\nkind: Namespace\nmetadata: {name: " + kubefedSpace + "}\n"}
	for _, file := range KubeFedCharts[:2] {
		data, err := os.ReadFile(filepath.Join(module, file))
		if err != nil {
			return err
		}
		documents = append(documents, string(data))
	}
	types, err := os.ReadFile(filepath.Join(module, KubeFedCharts[2]))
	if err != nil {
		return err
	}
	documents = append(documents, KubeFedConfig, string(types))
	for _, text := range documents {
		if err := Apply(ctx, config, kubefedSpace, text); err != nil {
			return err
		}
	}
	return nil
}

// Apply sends every object of a YAML text to a cluster by server-side apply; those without a namespace that
// want one get the given. An object whose kind is not served yet is tried again until ctx ends: CRDs take
// a moment.
func Apply(ctx context.Context, config *rest.Config, namespace, text string) error {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	found, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return err
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(found))
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader([]byte(text)), 4096)
	for {
		object := &unstructured.Unstructured{}
		if err := decoder.Decode(object); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if len(object.Object) == 0 {
			continue
		}
		what := fmt.Sprintf("%s %s is applied", object.GetKind(), object.GetName())
		if err := until(ctx, what, func(ctx context.Context) error {
			return applyOne(ctx, client, mapper, namespace, object)
		}); err != nil {
			return err
		}
	}
}

func applyOne(ctx context.Context, client dynamic.Interface, mapper meta.ResettableRESTMapper, namespace string, object *unstructured.Unstructured) error {
	kind := object.GroupVersionKind()
	mapping, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		mapper.Reset()
		return err
	}
	var to dynamic.ResourceInterface = client.Resource(mapping.Resource)
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		if object.GetNamespace() == "" {
			object.SetNamespace(namespace)
		}
		to = client.Resource(mapping.Resource).Namespace(object.GetNamespace())
	}
	_, err = to.Apply(ctx, object.GetName(), object, metav1.ApplyOptions{FieldManager: "bed", Force: true})
	return err
}

// Namespace makes a namespace in one cluster; it is no error when it is there.
func (c *Cluster) Namespace(ctx context.Context, name string) error {
	_, err := c.Client().CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}
