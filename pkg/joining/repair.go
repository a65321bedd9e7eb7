package joining

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

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
	// Err says why there is nothing better, where something was needed or asked for.
	Err error
	// NotInside says why it was tried from this machine, and not from where the controllers run; nil when it was
	// tried there.
	NotInside error
}

// Examine finds out for each member whether the controllers get through to it at its endpoint, and where else
// they would. kinds are all kind clusters of this machine; each has timeout to say whose it is, and all endpoints
// together to be tried. The answers are in the members' order.
func Examine(ctx context.Context, timeout time.Duration, from Place, kinds []kindnode.Cluster, members []member.Member, want kindnode.Preference) []Endpoint {
	own := findOwners(ctx, timeout, kinds, members)
	offers := make([][]kindnode.Choice, len(members))
	var wanted []Wanted
	for i, m := range members {
		w := Wanted{URLs: []string{m.Endpoint}, CA: m.CA, Kind: own.of[m.Name]}
		offers[i] = from.offers(w.Kind, want)
		wanted = append(wanted, w, Wanted{URLs: urlsOf(offers[i]), CA: m.CA, Kind: w.Kind})
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	proofs, notInside := from.Prove(ctx, wanted)
	all := make([]Endpoint, len(members))
	for i, m := range members {
		e := &all[i]
		*e = Endpoint{Member: m, NotInside: notInside, Fault: from.fault(m, proofs[2*i])}
		e.Answers = whoAnswers(kinds, e.Fault)
		if e.Fault != nil || want != kindnode.Auto {
			e.better(offers[i], proofs[2*i+1], want)
		}
		if e.Err != nil && own.of[m.Name] == nil {
			e.Err = own.noneBetter(kinds, m)
		}
	}
	return all
}

// owners are the kind clusters that members are, by the members' names, and what each kind cluster answered.
type owners struct {
	of      map[string]*kindnode.Cluster
	matches []kindnode.Match
}

// findOwners finds the members' kind clusters, by the certificates that those serve.
func findOwners(ctx context.Context, timeout time.Duration, kinds []kindnode.Cluster, members []member.Member) owners {
	var candidates []kindnode.Candidate
	for _, m := range members {
		candidates = append(candidates, kindnode.Candidate{Name: m.Name, CA: m.CA})
	}
	own := owners{of: map[string]*kindnode.Cluster{}, matches: make([]kindnode.Match, len(kinds))}
	var all errgroup.Group
	for i, k := range kinds {
		all.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, timeout)
			defer cancel()
			own.matches[i] = k.Match(ctx, candidates)
			return nil
		})
	}
	_ = all.Wait() // each one's error is in its match
	for i, match := range own.matches {
		for _, name := range match.Entries {
			if match.Proven {
				own.of[name] = &kinds[i]
			}
		}
	}
	return own
}

// offers are the endpoints by which the controllers may reach a kind cluster, best first. Of a cluster that is
// none of this machine's only a URL is known that somebody gave.
func (p Place) offers(k *kindnode.Cluster, want kindnode.Preference) []kindnode.Choice {
	if k == nil {
		k = &kindnode.Cluster{}
	}
	offers := k.ForHere(want)
	if p.Kind != nil {
		if node, ok := p.Kind.APIServer(); ok {
			offers = k.ForPeer(node, want)
		}
	}
	return slices.DeleteFunc(offers, func(c kindnode.Choice) bool { return p.isOwn(c.URL) })
}

func urlsOf(choices []kindnode.Choice) []string {
	var urls []string
	for _, choice := range choices {
		urls = append(urls, choice.URL)
	}
	return urls
}

// fault says why an endpoint does not do. A loopback address may well answer this machine. Controllers that were
// told not to check certificates get through to whatever answers, so for them only another cluster is a fault, and
// silence.
func (p Place) fault(m member.Member, proof Proof) error {
	if proof.URL != "" && p.isOwn(m.Endpoint) {
		return &kindnode.UnreachableError{URL: m.Endpoint, Err: errors.New("loopback means something else where KubeFed runs")}
	}
	var unreachable *kindnode.UnreachableError
	var foreign *kindnode.ForeignError
	if m.Insecure && !errors.As(proof.Err, &unreachable) && !errors.As(proof.Err, &foreign) {
		return nil
	}
	return proof.Err
}

// isOwn tells whether a URL leads the controllers to themselves.
func (p Place) isOwn(url string) bool { return isLoopback(url) && !p.sharesLoopback() }

var errNoOffer = errors.New("it has no address on a network of the host's node")

// better notes which of the offers is to be registered. A URL that somebody gave may be meant for the kubeconfig
// alone: where it does not work for an endpoint that does, that is no error.
func (e *Endpoint) better(offers []kindnode.Choice, proof Proof, want kindnode.Preference) {
	at := slices.IndexFunc(offers, func(c kindnode.Choice) bool { return c.URL == proof.URL })
	switch {
	case at >= 0 && offers[at].URL != e.Member.Endpoint:
		e.Better = offers[at]
	case at >= 0, e.Fault == nil && strings.HasPrefix(string(want), "https://"):
	case len(offers) == 0:
		e.Err = errNoOffer
	default:
		e.Err = proof.Err
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
func (o owners) noneBetter(kinds []kindnode.Cluster, m member.Member) error {
	i := slices.IndexFunc(kinds, func(k kindnode.Cluster) bool { return k.Name == m.Name })
	if i < 0 {
		return errors.New("no kind cluster of this machine has its CA, so nothing better is known")
	}
	if node, ok := kinds[i].APIServer(); ok && !node.Running {
		err := &kindnode.StoppedError{Node: node}
		return hint.Add(err, "%s", err.Mend())
	}
	var foreign *kindnode.ForeignError
	if err := o.matches[i].Err; err != nil && !errors.As(err, &foreign) {
		return err
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
