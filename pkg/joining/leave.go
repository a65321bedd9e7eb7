package joining

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Departure is what an unjoin will do, found out before anything is written.
type Departure struct {
	Cluster  string
	Context  string // that reaches the member; "" for the credentials of KubeFed's controllers
	IsHost   bool   // the member is the host itself
	Mentions []Mention
	// Workloads are the objects in the member that KubeFed wrote there.
	Workloads []Workload
	// Member and Host are the objects that are to be deleted on each side, in that order.
	Member, Host []*unstructured.Unstructured
	// Namespace is KubeFed's in the member, when a join made it and nobody else uses it.
	Namespace *unstructured.Unstructured
	// Kept says why KubeFed's namespace stays in the member; "" when it goes, or is not there.
	Kept string
	// Unreached says why the member's side stays as it is; nil when it was reached.
	Unreached error
	// Left are the objects that are likely still there then.
	Left []string

	scene  *Scene
	client dynamic.Interface // of the member
	direct bool              // by the user's own credentials
}

// Nothing tells whether there is nothing left to do.
func (d *Departure) Nothing() bool {
	return len(d.Member)+len(d.Host) == 0 && d.Namespace == nil
}

var kubefedClusters = schema.GroupVersionResource{Group: "core.kubefed.io", Version: "v1beta1", Resource: "kubefedclusters"}

// Leave finds out what there is of a cluster's join on both sides. A member that can't be reached costs only its
// own side. It is an error when nothing is known of a cluster of that name anywhere.
func (s *Scene) Leave(ctx context.Context, called, context string) (*Departure, error) {
	m, registered := s.Member(called)
	d := &Departure{Cluster: s.NameOf(called), scene: s}
	m.Name = d.Cluster
	var account string
	var err error
	if d.Host, account, err = s.hostSide(ctx, m, registered); err != nil {
		return nil, err
	}
	config, err := s.reach(ctx, d, m, registered, context)
	if err != nil && len(d.Host) == 0 {
		return nil, s.unknown(called, err)
	}
	if err == nil {
		err = d.memberSide(ctx, config, account)
	}
	if err != nil {
		d.Unreached, d.Left = err, s.likely(m, account)
	}
	d.Mentions, err = s.waiting(ctx, m, registered)
	return d, err
}

// waiting are the mentions of a cluster. Nothing waits for one that is ready, or is no member any more.
func (s *Scene) waiting(ctx context.Context, m member.Member, registered bool) ([]Mention, error) {
	mentions, err := s.Mentions(ctx, m.Name)
	if !registered || m.Ready {
		for i := range mentions {
			mentions[i].Stuck = false
		}
	}
	return mentions, err
}

// hostSide finds what the host has of a member, in the order of removal: first the registration, then the Secrets
// with its token, without which KubeFed's controllers don't start. It also finds the account in the member.
func (s *Scene) hostSide(ctx context.Context, m member.Member, registered bool) (found []*unstructured.Unstructured, account string, err error) {
	if registered {
		cluster, err := s.Host.Client.Resource(kubefedClusters).Namespace(s.Host.Namespace).Get(ctx, m.Name, metav1.GetOptions{})
		if err != nil {
			return nil, "", fmt.Errorf("%s: reading KubeFedCluster %s: %w", s.Host.Context, m.Name, member.Plain(err))
		}
		found = append(found, cluster)
	}
	held, err := s.heldSecrets(ctx, m)
	if err != nil {
		return nil, "", err
	}
	for _, secret := range held {
		if by := accountOf(tokenIn(secret)); by != "" {
			account = by
		}
	}
	return append(found, held...), account, nil
}

// heldSecrets are the Secrets in the host with tokens of the member: that of its registration, and those that
// have our marks.
func (s *Scene) heldSecrets(ctx context.Context, m member.Member) ([]*unstructured.Unstructured, error) {
	from := s.Host.Client.Resource(secrets).Namespace(s.Host.Namespace)
	held, err := marked(ctx, from, m.Name)
	if err != nil {
		return nil, fmt.Errorf("%s: listing Secrets: %w", s.Host.Context, err)
	}
	held = slices.DeleteFunc(held, issued)
	if m.Secret == "" || slices.ContainsFunc(held, func(u *unstructured.Unstructured) bool { return u.GetName() == m.Secret }) {
		return held, nil
	}
	registered, err := from.Get(ctx, m.Secret, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return held, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: reading Secret %s: %w", s.Host.Context, m.Secret, member.Plain(err))
	}
	return append(held, registered), nil
}

// reach finds the way to the member, and makes sure of who answers there.
func (s *Scene) reach(ctx context.Context, d *Departure, m member.Member, registered bool, context string) (*rest.Config, error) {
	config, err := s.way(ctx, d, m, registered, context)
	if err != nil {
		return nil, err
	}
	if d.client, err = dynamic.NewForConfig(config); err != nil {
		return nil, err
	}
	uid, err := member.ClusterUID(ctx, d.client)
	if err != nil {
		return nil, err
	}
	if noted := m.Annotations[UIDAnnotation]; noted != "" && noted != uid {
		return nil, errors.New("another cluster answers there: it was made anew since, perhaps")
	}
	d.IsHost = uid == s.HostUID
	return config, nil
}

// way is the configuration for the member: a context that was named, that which leads to the joined cluster, or
// for one that is registered no more, that which is called like it.
func (s *Scene) way(ctx context.Context, d *Departure, m member.Member, registered bool, context string) (*rest.Config, error) {
	if registered && context == "" {
		client, err := s.Host.Dial(ctx, m)
		if err != nil {
			return nil, err
		}
		d.Context, d.direct = client.Context, client.Context != ""
		return client.Config, nil
	}
	candidate, err := FindCandidate(m.Name, context, s.Contexts, s.Entries)
	if err != nil {
		return nil, err
	}
	if registered && len(candidate.Entry.CA) > 0 && !member.SameCA(candidate.Entry.CA, m.CA) {
		return nil, fmt.Errorf("the context %s is that of another cluster than the one that was joined", context)
	}
	d.Context, d.direct = candidate.Context, true
	return member.ConfigFor(s.Contexts, candidate.Context, s.Timeout)
}

// memberSide finds what is to be removed from the member, and what KubeFed wrote there.
func (d *Departure) memberSide(ctx context.Context, config *rest.Config, account string) error {
	s := d.scene
	t := traces{cluster: d.Cluster, account: account, namespace: s.Host.Namespace, hostUID: s.HostUID, host: s.HostName}
	var err error
	if d.Member, err = t.find(ctx, d.client); err != nil {
		return err
	}
	types, err := s.Host.Types(ctx)
	if err != nil {
		return err
	}
	only := ""
	if s.Host.IsNamespaced() {
		only = s.Host.Namespace
	}
	if d.Workloads, err = findWorkloads(ctx, d.client, types, only); err != nil {
		return err
	}
	return d.namespace(ctx, config)
}

// namespace decides what becomes of KubeFed's namespace in the member: it goes when a join made it and nothing
// of anybody else lies in it.
func (d *Departure) namespace(ctx context.Context, config *rest.Config) error {
	name := d.scene.Host.Namespace
	found, err := d.client.Resource(namespaces).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) || d.IsHost {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the namespace %s: %w", name, member.Plain(err))
	}
	if found.GetLabels()[ManagedByLabel] != ManagedBy {
		d.Kept = "it has no mark of kubectl fed join, so it may be somebody else's"
		return nil
	}
	api, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return err
	}
	known := func(item unstructured.Unstructured) bool {
		return slices.ContainsFunc(d.Member, func(k *unstructured.Unstructured) bool { return k.GetUID() == item.GetUID() })
	}
	stranger, err := member.Stranger(ctx, api, d.client, name, known)
	switch {
	case err != nil:
		return err
	case stranger != "":
		d.Kept = "it holds " + stranger
	default:
		d.Namespace = found
	}
	return nil
}

// likely are the objects that a join makes in a member, for one that can't be asked.
func (s *Scene) likely(m member.Member, account string) []string {
	if account == "" {
		account = strings.ToLower(m.Name + "-" + s.HostName)
	}
	return []string{
		"clusterrolebinding " + roleName(account), "clusterrole " + roleName(account),
		"serviceaccount " + account + " in the namespace " + s.Host.Namespace,
	}
}

// unknown is the error for a cluster of which nothing is found.
func (s *Scene) unknown(called string, err error) error {
	if slices.ContainsFunc(s.Entries, func(e kubeconfig.Entry) bool {
		return slices.Contains(e.Contexts, called) || slices.Contains(e.Contexts, "kind-"+called)
	}) {
		return err
	}
	var names []string
	for _, m := range s.Members {
		names = append(names, m.Name)
	}
	err = fmt.Errorf("it is not a member; the members are %s", strings.Join(names, ", "))
	if len(names) == 0 {
		err = errors.New("it is not a member, and there is none")
	}
	return hint.Add(err, "kubectl fed clusters")
}
