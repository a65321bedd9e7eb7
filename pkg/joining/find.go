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

// KindOf finds the kind cluster that a kubeconfig entry leads to, by the CA of the certificate that it serves,
// whatever context and entry are called; false when it is none of them. The one that has the context's name is
// asked first. When that one is down, or serves another CA, while no other is meant, that is an error.
func KindOf(ctx context.Context, context string, entry kubeconfig.Entry, all []kindnode.Cluster) (kindnode.Cluster, bool, error) {
	namesake := slices.IndexFunc(all, func(k kindnode.Cluster) bool { return "kind-"+k.Name == context })
	if namesake >= 0 {
		all = append([]kindnode.Cluster{all[namesake]}, slices.Delete(slices.Clone(all), namesake, namesake+1)...)
	}
	var first error
	for i, k := range all {
		match := k.Match(ctx, []kindnode.Candidate{{Name: entry.Name, CA: entry.CA}})
		if match.Proven {
			return k, true, nil
		}
		if i == 0 {
			first = match.Err
		}
	}
	if namesake < 0 {
		return kindnode.Cluster{}, false, nil
	}
	return all[0], false, notProven(context, all[0], first)
}

func notProven(context string, k kindnode.Cluster, err error) error {
	if node, ok := k.APIServer(); ok && !node.Running {
		return hint.Add(&kindnode.StoppedError{Node: node}, "docker start %s", node.Name)
	}
	if err == nil {
		err = errors.New("nothing answers at its ports or addresses")
	}
	var foreign *kindnode.ForeignError
	if errors.As(err, &foreign) {
		err = fmt.Errorf("the context %s is that of another cluster: %w", context, err)
		return hint.Add(err, "kind export kubeconfig --name %s", k.Name)
	}
	return err
}

// Endpoint is where KubeFed's controllers reach a member. Between kind clusters that is the node's name, which
// outlives a restart; else it is the kubeconfig's server. A loopback address is refused unless the host is
// reached at one too, and is no container.
func (c Candidate) Endpoint(ctx context.Context, kinds []kindnode.Cluster, host Host) (string, error) {
	kind, is, err := KindOf(ctx, c.Context, c.Entry, kinds)
	if err != nil {
		return "", err
	}
	if is && host.Kind {
		return kind.InnerURL()
	}
	if isLoopback(c.Entry.Server) && (host.Kind || !isLoopback(host.Server)) {
		err := fmt.Errorf("its server %s is on loopback, and means something else where KubeFed runs", c.Entry.Server)
		return "", hint.Add(err, "kubectl fed fix-server %s", c.Name)
	}
	return c.Entry.Server, nil
}

// Host is what an endpoint has to be reached from.
type Host struct {
	Server string // of the host's entry in the kubeconfig
	Kind   bool   // it is a kind cluster
}

func isLoopback(server string) bool {
	parsed, err := url.Parse(server)
	if err != nil {
		return false
	}
	ip := net.ParseIP(parsed.Hostname())
	return parsed.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())
}
