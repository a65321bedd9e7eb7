package joining

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Endpoint is what was found out about the endpoint of one member.
type Endpoint struct {
	Member member.Member
	// Answers is the kind cluster that answers there, where another one does.
	Answers string
	// Fault says why KubeFed's controllers don't get through to the member there; nil when they do.
	Fault error
	// Better is what should be registered instead; its URL is empty when nothing should or could.
	Better kindnode.Choice
	// Err says why there is a fault and nothing better.
	Err error
	// Inside says that it was tried from where the controllers run, and not from this machine.
	Inside bool
}

// Examine finds out for each member whether the controllers get through to it at its endpoint, and where else
// they would. The answers are in the members' order.
func Examine(ctx context.Context, from Vantage, members []member.Member, want kindnode.Preference) []Endpoint {
	own := kindsOf(ctx, from.Kinds, members)
	var targets []kindnode.Target
	offers := make([][]kindnode.Choice, len(members))
	for i, m := range members {
		targets = append(targets, kindnode.Target{URL: m.Endpoint, CA: m.CA})
		if k, known := own[m.Name]; known {
			offers[i] = from.offers(k, want)
		}
		for _, offer := range offers[i] {
			targets = append(targets, kindnode.Target{URL: offer.URL, CA: m.CA})
		}
	}
	results, inside := from.Prove(ctx, targets)
	all := make([]Endpoint, len(members))
	for i, m := range members {
		k := own[m.Name]
		all[i] = Endpoint{Member: m, Fault: results[0], Inside: inside}
		all[i].judge(from, k, want, offers[i], results[1:1+len(offers[i])])
		results = results[1+len(offers[i]):]
	}
	return all
}

// kindsOf finds the members' kind clusters, by the certificates that those serve.
func kindsOf(ctx context.Context, kinds []kindnode.Cluster, members []member.Member) map[string]kindnode.Cluster {
	var candidates []kindnode.Candidate
	for _, m := range members {
		candidates = append(candidates, kindnode.Candidate{Name: m.Name, CA: m.CA})
	}
	matches := make([]kindnode.Match, len(kinds))
	var all errgroup.Group
	for i, k := range kinds {
		all.Go(func() error { matches[i] = k.Match(ctx, candidates); return nil })
	}
	_ = all.Wait() // a cluster that does not answer is no member's
	own := map[string]kindnode.Cluster{}
	for i, match := range matches {
		for _, name := range match.Entries {
			if match.Proven {
				own[name] = kinds[i]
			}
		}
	}
	return own
}

// judge notes who answers, and what is better than the endpoint that is registered.
func (e *Endpoint) judge(from Vantage, k kindnode.Cluster, want kindnode.Preference, offers []kindnode.Choice, results []error) {
	e.Answers = from.whoAnswers(e.Fault)
	if e.Fault == nil && want == kindnode.Auto {
		return
	}
	at := slices.Index(results, error(nil))
	if at >= 0 {
		if offers[at].URL != e.Member.Endpoint {
			e.Better = offers[at]
		}
		return
	}
	if e.Fault != nil || len(results) > 0 {
		e.Err = noneBetter(from, k, e.Member, results)
	}
}

// noneBetter says why no endpoint of a member works.
func noneBetter(from Vantage, k kindnode.Cluster, m member.Member, results []error) error {
	if k.Name != "" {
		return &kindnode.NowhereError{Errs: results}
	}
	i := slices.IndexFunc(from.Kinds, func(k kindnode.Cluster) bool { return k.Name == m.Name })
	if i < 0 {
		return errors.New("no kind cluster of this machine has its CA, so nothing better is known")
	}
	if node, ok := from.Kinds[i].APIServer(); ok && !node.Running {
		return hint.Add(&kindnode.StoppedError{Node: node}, "docker start %s", node.Name)
	}
	err := fmt.Errorf("the kind cluster %s is not the one that joined: it has another CA", m.Name)
	return hint.Add(err, "kubectl fed join %s", m.Name)
}

var kubefedClusters = schema.GroupVersionResource{Group: "core.kubefed.io", Version: "v1beta1", Resource: "kubefedclusters"}

// Register writes the better endpoint into the member's KubeFedCluster, unless somebody has changed it since
// it was examined. With dryRun the server only checks it.
func (e Endpoint) Register(ctx context.Context, host dynamic.Interface, namespace string, dryRun bool) error {
	patch, err := json.Marshal([]map[string]string{
		{"op": "test", "path": "/spec/apiEndpoint", "value": e.Member.Endpoint},
		{"op": "replace", "path": "/spec/apiEndpoint", "value": e.Better.URL},
	})
	if err != nil {
		return err
	}
	options := metav1.PatchOptions{FieldManager: fieldManager}
	if dryRun {
		options.DryRun = []string{metav1.DryRunAll}
	}
	_, err = host.Resource(kubefedClusters).Namespace(namespace).Patch(ctx, e.Member.Name, types.JSONPatchType, patch, options)
	if err != nil {
		return fmt.Errorf("KubeFedCluster %s: %w", e.Member.Name, member.Plain(err))
	}
	return nil
}
