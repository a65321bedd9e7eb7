package joining

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
// they would. kinds are all kind clusters of this machine. The answers are in the members' order.
func Examine(ctx context.Context, from Place, kinds []kindnode.Cluster, members []member.Member, want kindnode.Preference) []Endpoint {
	own := kindsOf(ctx, kinds, members)
	offers := make([][]kindnode.Choice, len(members))
	var wanted []Wanted
	for i, m := range members {
		w := Wanted{CA: m.CA, Kind: own[m.Name]}
		offers[i] = from.offers(w.Kind, want)
		w.URLs = []string{m.Endpoint}
		wanted = append(wanted, w)
		w.URLs = urlsOf(offers[i])
		wanted = append(wanted, w)
	}
	proofs, notThere := from.Prove(ctx, wanted)
	all := make([]Endpoint, len(members))
	for i, m := range members {
		all[i] = Endpoint{Member: m, Inside: notThere == nil, Fault: from.fault(m.Endpoint, proofs[2*i])}
		all[i].Answers = whoAnswers(kinds, all[i].Fault)
		if all[i].Fault == nil && want == kindnode.Auto {
			continue
		}
		all[i].better(offers[i], proofs[2*i+1])
		if all[i].Fault != nil && own[m.Name] == nil {
			all[i].Err = noneBetter(kinds, m)
		}
	}
	return all
}

// kindsOf finds the members' kind clusters, by the certificates that those serve.
func kindsOf(ctx context.Context, kinds []kindnode.Cluster, members []member.Member) map[string]*kindnode.Cluster {
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
	own := map[string]*kindnode.Cluster{}
	for i, match := range matches {
		for _, name := range match.Entries {
			if match.Proven {
				own[name] = &kinds[i]
			}
		}
	}
	return own
}

// offers are the endpoints by which the controllers may reach a kind cluster, best first; none for nil.
func (p Place) offers(k *kindnode.Cluster, want kindnode.Preference) []kindnode.Choice {
	if k == nil {
		return nil
	}
	if p.Kind != nil {
		if node, ok := p.Kind.APIServer(); ok {
			return k.ForPeer(node, want)
		}
	}
	return k.ForHere(want)
}

func urlsOf(choices []kindnode.Choice) []string {
	var urls []string
	for _, choice := range choices {
		urls = append(urls, choice.URL)
	}
	return urls
}

// fault says why an endpoint does not do. A loopback address may well answer this machine.
func (p Place) fault(endpoint string, proof Proof) error {
	if proof.URL != "" && isLoopback(endpoint) && !p.sharesLoopback() {
		return &kindnode.UnreachableError{URL: endpoint, Err: errors.New("loopback means something else where KubeFed runs")}
	}
	return proof.Err
}

// better notes which of the offers is to be registered.
func (e *Endpoint) better(offers []kindnode.Choice, proof Proof) {
	at := slices.IndexFunc(offers, func(c kindnode.Choice) bool { return c.URL == proof.URL })
	switch {
	case at < 0:
		e.Err = proof.Err
	case offers[at].URL != e.Member.Endpoint:
		e.Better = offers[at]
	}
}

// whoAnswers is the kind cluster whose node's certificate was met instead of the right one.
func whoAnswers(kinds []kindnode.Cluster, fault error) string {
	var foreign *kindnode.ForeignError
	if !errors.As(fault, &foreign) {
		return ""
	}
	for _, k := range kinds {
		if slices.ContainsFunc(k.Nodes, func(n kindnode.Node) bool { return slices.Contains(foreign.Names, n.Name) }) {
			return k.Name
		}
	}
	return ""
}

// noneBetter says why no better endpoint is known for a member that is none of the kind clusters that answer.
func noneBetter(kinds []kindnode.Cluster, m member.Member) error {
	i := slices.IndexFunc(kinds, func(k kindnode.Cluster) bool { return k.Name == m.Name })
	if i < 0 {
		return errors.New("no kind cluster of this machine has its CA, so nothing better is known")
	}
	if node, ok := kinds[i].APIServer(); ok && !node.Running {
		return hint.Add(&kindnode.StoppedError{Node: node}, "docker start %s", node.Name)
	}
	err := fmt.Errorf("the kind cluster %s is not the one that joined: it has another CA", m.Name)
	return hint.Add(err, "kubectl fed join %s --force", m.Name)
}

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
