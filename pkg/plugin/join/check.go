package join

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"k8s.io/client-go/dynamic"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-fed/kubectl-fed/pkg/joining"
	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// check prepares every cluster and writes nothing.
func (o *Options) check(ctx context.Context, host *member.Host, members []member.Member) ([]*joiner, error) {
	config, err := o.Kubeconfig()
	if err != nil {
		return nil, err
	}
	contexts, err := o.Contexts()
	if err != nil {
		return nil, err
	}
	kinds, err := o.Kinds(ctx)
	if err != nil && !errors.Is(err, exec.ErrNotFound) { // without a runtime there is no kind cluster
		return nil, err
	}
	search := search{host: host, members: members, contexts: contexts, entries: config.Entries(), kinds: kinds, timeout: o.Timeout()}
	if search.from, err = search.hostEndpoint(ctx); err != nil {
		return nil, err
	}
	outcomes := member.Each(ctx, named(o.Clusters), o.Timeout(), func(ctx context.Context, m member.Member) (*joiner, error) {
		return search.prepare(ctx, m.Name, o.ClusterContext)
	})
	return judge(outcomes), nil
}

// judge notes what came of the checks. One cluster under two names would pass each check by itself.
func judge(outcomes []member.Outcome[*joiner]) []*joiner {
	var joiners []*joiner
	seen := map[string]string{}
	for _, out := range outcomes {
		j := out.Value
		if j == nil {
			j = &joiner{}
		}
		j.Cluster, j.err = out.Member.Name, out.Err
		if other := seen[j.plan.UID]; j.err == nil && other != "" {
			j.err = fmt.Errorf("this is the same cluster as %s", other)
		}
		seen[j.plan.UID] = j.Cluster
		j.Checked = j.err == nil
		joiners = append(joiners, j)
	}
	return joiners
}

func named(names []string) []member.Member {
	var all []member.Member
	for _, name := range names {
		all = append(all, member.Member{Name: name})
	}
	return all
}

// search is what clusters are looked for in.
type search struct {
	host     *member.Host
	members  []member.Member
	contexts clientcmdapi.Config
	entries  []kubeconfig.Entry
	kinds    []kindnode.Cluster
	from     joining.Host
	timeout  time.Duration
}

// hostEndpoint finds out what the host is: where KubeFed runs decides which addresses it reaches.
func (s search) hostEndpoint(ctx context.Context) (joining.Host, error) {
	host, err := joining.FindCandidate(s.host.Context, s.host.Context, s.contexts, s.entries)
	if err != nil {
		return joining.Host{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	_, is, err := joining.KindOf(ctx, host.Context, host.Entry, s.kinds)
	if err != nil {
		return joining.Host{}, fmt.Errorf("%s: %w", s.host.Context, err)
	}
	return joining.Host{Server: host.Entry.Server, Kind: is}, nil
}

// prepare finds one cluster, proves that it is the one that is meant, and plans its join.
func (s search) prepare(ctx context.Context, name, context string) (*joiner, error) {
	candidate, err := joining.FindCandidate(name, context, s.contexts, s.entries)
	if err != nil {
		return nil, err
	}
	config, err := member.ConfigFor(s.contexts, candidate.Context, s.timeout)
	if err != nil {
		return nil, err
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	endpoint, err := candidate.Endpoint(ctx, s.kinds, s.from)
	if err != nil {
		return nil, err
	}
	uid, err := member.ClusterUID(ctx, client)
	if err != nil {
		return nil, fmt.Errorf("reaching it through the context %s: %w", candidate.Context, err)
	}
	request := joining.Request{
		Cluster: name, Host: joining.HostName(s.host.Context), Namespace: s.host.Namespace,
		Endpoint: endpoint, CA: candidate.Entry.CA, UID: uid,
	}
	j := &joiner{plan: joining.New(request), client: client}
	j.Endpoint = endpoint
	return j, joining.CheckIdentity(request, s.members, s.host.Context)
}
