package member

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// ControlPlane is what the host cluster has of KubeFed's own controllers.
type ControlPlane struct {
	Deployments []*unstructured.Unstructured
	Pods        []corev1.Pod
	// Renewed is when the leading controller manager last renewed its lock, Lease for how long that holds. Renewed is
	// zero where there is no lock.
	Renewed time.Time
	Lease   time.Duration
	// Controllers are the states of the types' controllers by the names of the types.
	Controllers map[string]string
}

var (
	deploymentAPI = federation.API{Group: "apps", Version: "v1", Kind: "Deployment", Plural: "deployments", Namespaced: true}
	podAPI        = federation.API{Version: "v1", Kind: "Pod", Plural: "pods", Namespaced: true}
	// lockAPIs are where KubeFed may keep the lock of its leader: leaderElect.resourceLock in the KubeFedConfig.
	lockAPIs = []federation.API{
		{Version: "v1", Kind: "ConfigMap", Plural: "configmaps", Namespaced: true},
		{Version: "v1", Kind: "Endpoints", Plural: "endpoints", Namespaced: true},
		{Group: "coordination.k8s.io", Version: "v1", Kind: "Lease", Plural: "leases", Namespaced: true},
	}
)

// lockName is the name of the leader's lock (cmd/controller-manager in kubefed).
const lockName = "kubefed-controller-manager"

// ControlPlane reads what is known of KubeFed's own controllers.
func (h *Host) ControlPlane(ctx context.Context) (ControlPlane, error) {
	c := ControlPlane{Controllers: map[string]string{}}
	var mutex sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { c.Deployments, err = h.List(ctx, deploymentAPI, h.Namespace); return err })
	group.Go(func() error {
		found, err := h.List(ctx, podAPI, h.Namespace)
		c.Pods = podsOf(found)
		return err
	})
	group.Go(func() error {
		types, err := h.List(ctx, typeConfigAPI, h.Namespace)
		for _, t := range types {
			c.Controllers[t.GetName()], _, _ = unstructured.NestedString(t.Object, "status", "propagationController")
		}
		return err
	})
	for _, api := range lockAPIs {
		group.Go(func() error {
			lock, err := get(ctx, h.in(api, h.Namespace), lockName)
			if err != nil {
				return fmt.Errorf("%s: reading the lock %s: %w", h.Context, lockName, Plain(err))
			}
			mutex.Lock()
			defer mutex.Unlock()
			c.note(lock)
			return nil
		})
	}
	return c, group.Wait()
}

// note takes the newest record of a leader.
func (c *ControlPlane) note(lock *unstructured.Unstructured) {
	if lock == nil {
		return
	}
	var record struct {
		RenewTime            time.Time `json:"renewTime"`
		LeaseDurationSeconds int64     `json:"leaseDurationSeconds"`
	}
	text := lock.GetAnnotations()["control-plane.alpha.kubernetes.io/leader"]
	if spec, ok := lock.Object["spec"]; ok && lock.GetKind() == "Lease" {
		raw, err := json.Marshal(spec)
		if err != nil {
			return
		}
		text = string(raw)
	}
	if err := json.Unmarshal([]byte(text), &record); err != nil || !record.RenewTime.After(c.Renewed) {
		return
	}
	c.Renewed, c.Lease = record.RenewTime, time.Duration(record.LeaseDurationSeconds)*time.Second
}

// Pods reads the pods of a namespace of the member.
func (c *Client) Pods(ctx context.Context, namespace string) ([]corev1.Pod, error) {
	found, err := c.List(ctx, podAPI, namespace)
	return podsOf(found), Plain(err)
}

// podsOf leaves out what can't be read as a pod.
func podsOf(objects []*unstructured.Unstructured) []corev1.Pod {
	var pods []corev1.Pod
	for _, object := range objects {
		var pod corev1.Pod
		if runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &pod) == nil {
			pods = append(pods, pod)
		}
	}
	return pods
}

// MisplacedNamespaces are the FederatedNamespaces that KubeFed never looks at since they don't lie in the namespace that
// they federate: those in a namespace and those that were meant for it, or all for "".
func (h *Host) MisplacedNamespaces(ctx context.Context, namespace string) ([]*unstructured.Unstructured, error) {
	all, err := h.List(ctx, namespaceAPI, "")
	if apierrors.IsForbidden(err) && namespace != "" {
		all, err = h.List(ctx, namespaceAPI, namespace)
	}
	var misplaced []*unstructured.Unstructured
	for _, one := range all {
		name, in := one.GetName(), one.GetNamespace()
		if name != in && (namespace == "" || name == namespace || in == namespace) {
			misplaced = append(misplaced, one)
		}
	}
	return misplaced, err
}
