package joining

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Candidate is a cluster that is to join, as this machine knows it.
type Candidate struct {
	Name    string // that it is to have in the federation
	Context string // the kubeconfig context that reaches it
	Entry   kubeconfig.Entry
}

// FindCandidate finds the cluster that is meant by a name: that of the given context, else of the context of
// that name, else of the one that kind would have written. Two that are different clusters are an error. The
// errors leave it to the caller to name the cluster.
func FindCandidate(name, context string, contexts clientcmdapi.Config, entries []kubeconfig.Entry) (Candidate, error) {
	tries := []string{name, "kind-" + name}
	if context != "" {
		tries = []string{context}
	}
	var found []Candidate
	for _, try := range tries {
		if c, ok := candidate(name, try, contexts, entries); ok {
			found = append(found, c)
		}
	}
	switch {
	case len(found) == 0:
		err := fmt.Errorf("the kubeconfig has no context %s", strings.Join(tries, " or "))
		return Candidate{}, hint.Add(err, "kubectl config get-contexts")
	case len(found) == 2 && !member.SameCA(found[0].Entry.CA, found[1].Entry.CA):
		err := fmt.Errorf("the contexts %s and %s are different clusters", found[0].Context, found[1].Context)
		return Candidate{}, hint.Add(err, "kubectl fed join %s --cluster-context %s", name, found[1].Context)
	case len(found[0].Entry.CA) == 0:
		return Candidate{}, noCA(found[0])
	}
	return found[0], nil
}

// noCA is the error for an entry without a CA, which KubeFed's controllers need to know the cluster.
func noCA(c Candidate) error {
	if c.Entry.CAError != nil {
		return c.Entry.CAError
	}
	return fmt.Errorf("the kubeconfig entry %s has no certificate authority", c.Entry.Name)
}

func candidate(name, context string, contexts clientcmdapi.Config, entries []kubeconfig.Entry) (Candidate, bool) {
	if contexts.Contexts[context] == nil {
		return Candidate{}, false
	}
	i := slices.IndexFunc(entries, func(e kubeconfig.Entry) bool { return slices.Contains(e.Contexts, context) })
	if i < 0 {
		return Candidate{}, false
	}
	return Candidate{Name: name, Context: context, Entry: entries[i]}, true
}

// Kind is the kind cluster that the candidate is; false when it is none of them. A cluster of the right name
// that serves another CA is an error: the kubeconfig is that of an earlier cluster.
func (c Candidate) Kind(ctx context.Context, all []kindnode.Cluster) (kindnode.Cluster, bool, error) {
	i := slices.IndexFunc(all, func(k kindnode.Cluster) bool {
		return "kind-"+k.Name == c.Context || k.Name == c.Name
	})
	if i < 0 {
		return kindnode.Cluster{}, false, nil
	}
	match := all[i].Match(ctx, []kindnode.Candidate{{Name: c.Entry.Name, CA: c.Entry.CA}})
	if match.Proven {
		return all[i], true, nil
	}
	return all[i], false, notProven(c, all[i], match.Err)
}

func notProven(c Candidate, k kindnode.Cluster, err error) error {
	if node, ok := k.APIServer(); ok && !node.Running {
		return hint.Add(&kindnode.StoppedError{Node: node}, "docker start %s && kubectl fed join %s", node.Name, c.Name)
	}
	if err == nil {
		err = errors.New("nothing answers at its ports or addresses")
	}
	var foreign *kindnode.ForeignError
	if errors.As(err, &foreign) {
		err = fmt.Errorf("the context %s is that of another cluster: %w", c.Context, err)
		return hint.Add(err, "kind export kubeconfig --name %s", k.Name)
	}
	return err
}

// Endpoint is where KubeFed's controllers reach a member: a kind cluster by its node's name, which outlives
// a restart, any other by the kubeconfig's server. A loopback address means something else inside the host's
// container, and is refused when the host is a kind cluster.
func (c Candidate) Endpoint(ctx context.Context, kinds []kindnode.Cluster, hostIsKind bool) (string, error) {
	kind, is, err := c.Kind(ctx, kinds)
	if err != nil {
		return "", err
	}
	if is {
		return kind.InnerURL()
	}
	if hostIsKind && isLoopback(c.Entry.Server) {
		return "", fmt.Errorf("its server %s is on loopback, which is something else in the host cluster's container", c.Entry.Server)
	}
	return c.Entry.Server, nil
}

func isLoopback(server string) bool {
	parsed, err := url.Parse(server)
	if err != nil {
		return false
	}
	ip := net.ParseIP(parsed.Hostname())
	return parsed.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())
}
