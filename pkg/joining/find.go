package joining

import (
	"context"
	"errors"
	"fmt"
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

const noContextHint = "kubectl config get-contexts"

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
		return Candidate{}, hint.Add(err, noContextHint)
	case len(found) == 2 && !member.SameCA(found[0].Entry.CA, found[1].Entry.CA):
		err := fmt.Errorf("the contexts %s and %s are different clusters", found[0].Context, found[1].Context)
		return Candidate{}, hint.Add(err, "kubectl fed join %s --cluster-context %s", name, found[1].Context)
	case found[0].Entry.CAError != nil:
		return Candidate{}, found[0].Entry.CAError
	}
	return found[0], nil
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
		err := &kindnode.StoppedError{Node: node}
		return hint.Add(err, "%s", err.Mend())
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
