package fixserver

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/joining"
	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// endpoint is what becomes of the endpoint of one member.
type endpoint struct {
	joining.Endpoint
	changed bool // or would be
	err     error
}

// endpoints examines the members in the host cluster, and repairs those that need it. Where there is no host,
// there is nothing to do: only the kubeconfig is looked at, and that is said.
func (o *Options) endpoints(ctx context.Context, config *kubeconfig.Config, f found, servers []server) ([]endpoint, error) {
	if o.KubeconfigOnly || o.Restore {
		return nil, f.leftover(nil)
	}
	host, err := o.Host(ctx, serversOf(servers))
	if err != nil {
		return nil, o.withoutHost(f, err)
	}
	members, err := host.Members(ctx)
	if err != nil {
		return nil, err
	}
	if err := f.leftover(members); err != nil {
		return nil, err
	}
	own, cancel := context.WithTimeout(ctx, o.Timeout())
	defer cancel()
	examined := joining.Examine(own, f.place(own, host, config), f.all, f.meant(members, servers), kindnode.Preference(o.Endpoint))
	return o.repair(ctx, host, examined), nil
}

// withoutHost is for a context without KubeFed: no error, unless it was asked for.
func (o *Options) withoutHost(f found, err error) error {
	var absent *member.NoKubeFedError
	if o.JoinedOnly || !errors.As(err, &absent) && len(f.all) == 0 {
		return err
	}
	if err := f.leftover(nil); err != nil {
		return err
	}
	report.Warning(o.Streams.ErrOut, "only the kubeconfig was looked at, and no endpoints of members: %v", err)
	return nil
}

// leftover is the error for names that belong to no kind cluster, and to no member either.
func (f *found) leftover(members []member.Member) error {
	var names []string
	for _, m := range members {
		names = append(names, m.Name)
	}
	var errs []error
	for _, name := range f.names {
		if !slices.Contains(names, name) {
			errs = append(errs, f.unknown(name, names))
		}
	}
	return errors.Join(errs...)
}

// serversOf are the servers that entries are to have, by the name of the entry.
func serversOf(rows []server) map[string]string {
	servers := map[string]string{}
	for _, r := range rows {
		if r.err == nil {
			servers[r.entry.Name] = r.url
		}
	}
	return servers
}

// place is where KubeFed runs: in a kind cluster of this machine, perhaps. Whether that was named does not matter.
func (f *found) place(ctx context.Context, host *member.Host, config *kubeconfig.Config) joining.Place {
	place := joining.Place{Server: host.Config.Host}
	for _, e := range config.Entries() {
		if !slices.Contains(e.Contexts, host.Context) {
			continue
		}
		if c, is, err := joining.KindOf(ctx, host.Context, e, f.all); is && err == nil {
			place.Kind = &c
		}
	}
	return place
}

// meant are the members that were named, by their own name or that of their kind cluster; all when none was.
func (f *found) meant(members []member.Member, servers []server) []member.Member {
	if len(f.names) == 0 && len(f.picked) == len(f.all) {
		return members
	}
	return slices.DeleteFunc(slices.Clone(members), func(m member.Member) bool {
		return !slices.Contains(f.names, m.Name) && !slices.ContainsFunc(servers, func(r server) bool {
			return r.cluster.Name == m.Name || member.SameCA(r.entry.CA, m.CA)
		})
	})
}

// repair registers what is better, one member after another: there is one API server to write to.
func (o *Options) repair(ctx context.Context, host *member.Host, examined []joining.Endpoint) []endpoint {
	var all []endpoint
	for _, e := range examined {
		row := endpoint{Endpoint: e, changed: e.Better.URL != "", err: e.Err}
		if row.changed && !o.Check && o.DryRun != "client" {
			row.err = e.Register(ctx, host.Client, host.Namespace, o.DryRun == "server")
			row.changed = row.err == nil
		}
		if row.err != nil && e.Fault != nil && hint.Of(row.err) == "" {
			row.err = errors.Join(e.Fault, row.err)
		}
		all = append(all, row)
	}
	return all
}

// row is what is reported about the endpoint.
func (e endpoint) row(try bool) report.EndpointRow {
	row := report.EndpointRow{
		Member: e.Member.Name, Endpoint: e.Member.Endpoint, Answers: e.Answers, Inside: e.Inside,
		Changed: e.changed, Try: try,
	}
	if e.Fault != nil {
		row.Fault = e.Fault.Error()
	}
	if e.changed {
		row.Was, row.Endpoint, row.Why = e.Member.Endpoint, e.Better.URL, e.Better.Why
	}
	if e.err != nil {
		row.Error = strings.ReplaceAll(e.err.Error(), "\n", "; ")
	}
	return row
}
