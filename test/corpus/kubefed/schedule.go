package kubefed

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/kubefed/pkg/apis/core/common"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"
	"sigs.k8s.io/kubefed/pkg/apis/scheduling/v1alpha1"
	"sigs.k8s.io/kubefed/pkg/controller/util"
	"sigs.k8s.io/kubefed/pkg/schedulingtypes"

	"github.com/kubectl-fed/kubectl-fed/test/corpus"
)

// answerByScheduler gives preferences to KubeFed's replica scheduler, and takes
// for an answer what it writes into the federated workload. One API server
// stands for the host and, below a path of its own, for each member.
func answerByScheduler(cases []corpus.Case) ([]corpus.Answer, error) {
	f, err := newFederation(cases)
	if err != nil {
		return nil, err
	}
	server := httptest.NewServer(f)
	f.url = server.URL
	defer func() { server.CloseClientConnections(); server.Close() }()
	scheduler, err := startScheduler(server.URL)
	if err != nil {
		return nil, err
	}
	defer scheduler.Stop()
	if err := synced(scheduler.HasSynced); err != nil {
		return nil, err
	}
	out := make([]corpus.Answer, len(cases))
	for i, c := range cases {
		if out[i], err = survive(c, func(c corpus.Case) (corpus.Answer, error) { return f.reconcile(scheduler, c) }); err != nil {
			return nil, fmt.Errorf("%s: %w", c, err)
		}
	}
	return out, nil
}

func startScheduler(url string) (schedulingtypes.Scheduler, error) {
	config := &util.ControllerConfig{KubeConfig: &rest.Config{Host: url, QPS: -1}}
	config.KubeFedNamespace, config.TargetNamespace = corpus.KubeFedNamespace, metav1.NamespaceAll
	ignore := func(client.Object) {}
	scheduler, err := schedulingtypes.NewReplicaScheduler(config, schedulingtypes.SchedulerEventHandlers{
		KubeFedEventHandler: ignore, ClusterEventHandler: ignore, ClusterLifecycleHandlers: &util.ClusterLifecycleHandlerFuncs{},
	})
	if err != nil {
		return nil, err
	}
	namespaceType := corpus.Config("namespaces").GetFederatedType()
	if err := scheduler.StartPlugin(corpus.Config("deployments.apps"), &namespaceType); err != nil {
		return nil, err
	}
	scheduler.Start()
	return scheduler, nil
}

// federation is a host and its members, as far as the scheduler asks for them.
type federation struct {
	url        string
	federated  map[string]*unstructured.Unstructured // by namespace, as all others
	namespaces map[string]*unstructured.Unstructured
	workloads  map[string][]*unstructured.Unstructured // by cluster
	pods       map[string]json.RawMessage              // by the label that selects them

	mutex   sync.Mutex
	written map[string]*unstructured.Unstructured
}

func newFederation(cases []corpus.Case) (*federation, error) {
	f := &federation{
		federated: map[string]*unstructured.Unstructured{}, namespaces: map[string]*unstructured.Unstructured{},
		workloads: map[string][]*unstructured.Unstructured{}, pods: map[string]json.RawMessage{}, written: map[string]*unstructured.Unstructured{},
	}
	for _, c := range cases {
		if err := f.add(c); err != nil {
			return nil, fmt.Errorf("%s: %w", c, err)
		}
	}
	return f, nil
}

func (f *federation) add(c corpus.Case) error {
	fed, ns, err := parseTwo(c.Federated, c.FederatedNamespace)
	if err != nil {
		return err
	}
	space := fmt.Sprintf("ns-%d", c.Seed)
	if fed != nil {
		f.federated[space] = fed
	}
	if ns != nil {
		f.namespaces[space] = ns
	}
	for cluster, raw := range c.Workloads {
		workload, err := parse(raw)
		if err != nil {
			return err
		}
		f.workloads[cluster] = append(f.workloads[cluster], workload)
	}
	f.pods[space] = c.Pods
	return nil
}

// reconcile lets the scheduler handle one preference. Where it gives up it may
// have written nothing, so the error is all there is to compare.
func (f *federation) reconcile(scheduler schedulingtypes.Scheduler, c corpus.Case) (corpus.Answer, error) {
	rsp := &v1alpha1.ReplicaSchedulingPreference{}
	if err := json.Unmarshal(c.Preference, rsp); err != nil {
		return corpus.Answer{}, err
	}
	status := scheduler.Reconcile(rsp, util.QualifiedName{Namespace: rsp.Namespace, Name: rsp.Name})
	if status == util.StatusError {
		return corpus.Answer{Failed: corpus.Refused}, nil
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	written := f.written[rsp.Namespace]
	if written == nil {
		return corpus.Answer{Value: "nothing written"}, nil
	}
	return corpus.Answer{Value: corpus.Sorted(written.Object)}, nil
}

const (
	typesPath       = "/apis/types.kubefed.io/v1beta1"
	clustersPath    = "/apis/core.kubefed.io/v1beta1/namespaces/" + corpus.KubeFedNamespace + "/kubefedclusters"
	secretPath      = "/api/v1/namespaces/" + corpus.KubeFedNamespace + "/secrets/token"
	deploymentsPath = "/apis/apps/v1/deployments"
)

// ServeHTTP answers as the host, or as the member whose name the path starts
// with.
func (f *federation) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	member, path := "", r.URL.Path
	if rest, ok := strings.CutPrefix(path, "/member/"); ok {
		member, path, _ = strings.Cut(rest, "/")
		path = "/" + path
	}
	switch {
	case discovery[path] != nil:
		sendJSON(w, discovery[path])
	case member != "":
		f.serveMember(w, r, member, path)
	case path == clustersPath:
		serveListOf(w, r, "core.kubefed.io/v1beta1", "KubeFedClusterList", f.clusters())
	case path == secretPath:
		sendJSON(w, corev1.Secret{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, Data: map[string][]byte{"token": []byte("t")}})
	case path == typesPath+"/federateddeployments":
		serveList(w, r, all(f.federated))
	default:
		f.serveObject(w, r, path)
	}
}

func (f *federation) serveMember(w http.ResponseWriter, r *http.Request, member, path string) {
	switch {
	case path == deploymentsPath:
		serveList(w, r, f.workloads[member])
	case path == "/api/v1/pods": // those that KubeFed manages: there are none
		serveList(w, r, nil)
	case strings.HasSuffix(path, "/pods"):
		sendJSON(w, f.pods[strings.TrimPrefix(r.URL.Query().Get("labelSelector"), "app=")])
	default:
		refuse(w, http.StatusNotFound, metav1.StatusReasonNotFound)
	}
}

// serveObject reads and writes the federated objects of one namespace.
func (f *federation) serveObject(w http.ResponseWriter, r *http.Request, path string) {
	parts := strings.Split(strings.TrimPrefix(path, typesPath+"/namespaces/"), "/")
	if len(parts) != 3 {
		refuse(w, http.StatusNotFound, metav1.StatusReasonNotFound)
		return
	}
	object := f.federated[parts[0]]
	if parts[1] == "federatednamespaces" {
		object = f.namespaces[parts[0]]
	}
	switch {
	case object == nil:
		refuse(w, http.StatusNotFound, metav1.StatusReasonNotFound)
	case r.Method == http.MethodPut:
		f.write(w, r, parts[0])
	default:
		send(w, object)
	}
}

func (f *federation) write(w http.ResponseWriter, r *http.Request, space string) {
	raw := json.RawMessage{}
	err := json.NewDecoder(r.Body).Decode(&raw)
	var object *unstructured.Unstructured
	if err == nil {
		object, err = parse(raw)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	f.mutex.Lock()
	f.written[space] = object
	f.mutex.Unlock()
	send(w, object)
}

func all(objects map[string]*unstructured.Unstructured) []*unstructured.Unstructured {
	var out []*unstructured.Unstructured
	for _, object := range objects {
		out = append(out, object)
	}
	return out
}

// clusters are the KubeFedClusters of ScheduleClusters.
func (f *federation) clusters() []*unstructured.Unstructured {
	var out []*unstructured.Unstructured
	for _, c := range corpus.ScheduleClusters {
		k := v1beta1.KubeFedCluster{TypeMeta: metav1.TypeMeta{APIVersion: "core.kubefed.io/v1beta1", Kind: "KubeFedCluster"}}
		k.Namespace, k.Name, k.Labels = corpus.KubeFedNamespace, c.Name, c.Labels
		k.Spec.APIEndpoint, k.Spec.SecretRef.Name = f.url+"/member/"+c.Name, "token"
		ready := corev1.ConditionFalse
		if c.Ready {
			ready = corev1.ConditionTrue
		}
		k.Status.Conditions = []v1beta1.ClusterCondition{{Type: common.ClusterReady, Status: ready}}
		raw, err := json.Marshal(k)
		if err != nil {
			panic(err) // of a type that is made for JSON
		}
		object, err := parse(raw)
		if err != nil {
			panic(err)
		}
		out = append(out, object)
	}
	return out
}
