package fixserver

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/joining"
	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// endpoint is what becomes of the endpoint of one member.
type endpoint struct {
	joining.Endpoint
	changed bool // or would be
	err     error
}

// endpoints examines the members in the host cluster, and repairs those that need it. Where there is no host,
// there is nothing to do: only the kubeconfig is looked at, and that is said. The error is what keeps all of it
// from being done, or names that belong to nothing.
func (o *Options) endpoints(ctx context.Context, s *scene, servers []server) ([]endpoint, error) {
	if o.KubeconfigOnly || o.Restore || o.Export != "" {
		return nil, s.leftover(nil)
	}
	host, err := o.Host(ctx, o.hostServer(ctx, s, servers))
	if err != nil {
		return nil, o.withoutHost(s, err)
	}
	members, err := host.Members(ctx)
	if err != nil {
		return nil, err
	}
	place := joining.Place{Server: host.Config.Host, Kind: o.kindOfHost(ctx, s, host.Context)}
	examined := joining.Examine(ctx, o.Timeout(), place, s.kinds, o.meant(s, members, servers), kindnode.Preference(o.Endpoint))
	return o.repair(ctx, host, examined), errors.Join(s.leftover(members), o.noMember(s, members, servers))
}

// withoutHost is for a context without KubeFed, and for none at all: no error, unless members were asked for.
func (o *Options) withoutHost(s *scene, err error) error {
	var absent *member.NoKubeFedError
	if o.JoinedOnly || !errors.As(err, &absent) && !errors.Is(err, factory.ErrNoContext) {
		return err
	}
	report.Warning(o.Streams.ErrOut, "only the kubeconfig was looked at, and no endpoints of members: %v", err)
	return s.leftover(nil)
}

// leftover is the error for names that belong to no kind cluster, and to no member either.
func (s *scene) leftover(members []member.Member) error {
	names := factory.Names(members)
	var errs []error
	for _, name := range s.names {
		if !slices.Contains(names, name) {
			errs = append(errs, s.unknown(name, names))
		}
	}
	return errors.Join(errs...)
}

// noMember is the error for clusters that were named to have their endpoints repaired, and have not joined.
func (o *Options) noMember(s *scene, members []member.Member, servers []server) error {
	if !o.JoinedOnly || len(o.Clusters) == 0 {
		return nil
	}
	var errs []error
	for _, r := range servers {
		if !slices.ContainsFunc(members, r.isMember) {
			_, err := factory.Pick(members, []string{r.cluster.Name})
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// isMember tells whether a member is the row's cluster.
func (r server) isMember(m member.Member) bool {
	return r.cluster.Name == m.Name || member.SameCA(r.entry.CA, m.CA)
}

// hostServer is the server of the host's entry by the name of the entry, as it has to be dialled: the entry may
// be out of date, and be none of those that are to be changed.
func (o *Options) hostServer(ctx context.Context, s *scene, servers []server) map[string]string {
	dial := map[string]string{}
	for _, r := range servers {
		if r.err == nil {
			dial[r.entry.Name] = r.url
		}
	}
	entry, has := entryOfContext(s.config, o.HostContext())
	if _, known := dial[entry.Name]; known || !has {
		return dial
	}
	if c, is := o.ownerOf(ctx, s, entry); is {
		row := server{cluster: c, entry: entry}
		if o.planOne(ctx, s, &row); row.err == nil {
			dial[entry.Name] = row.url
		}
	}
	return dial
}

// kindOfHost is the kind cluster of this machine that KubeFed runs in, nil when it is none. Whether that was named
// does not matter.
func (o *Options) kindOfHost(ctx context.Context, s *scene, context string) *kindnode.Cluster {
	entry, has := entryOfContext(s.config, context)
	if !has {
		return nil
	}
	if c, is := o.ownerOf(ctx, s, entry); is {
		return &c
	}
	return nil
}

// meant are the members that were named, by their own name or that of their kind cluster; all when none was.
func (o *Options) meant(s *scene, members []member.Member, servers []server) []member.Member {
	if len(o.Clusters) == 0 {
		return members
	}
	return slices.DeleteFunc(slices.Clone(members), func(m member.Member) bool {
		return !slices.Contains(s.names, m.Name) && !slices.ContainsFunc(servers, func(r server) bool { return r.isMember(m) })
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
func (e endpoint) row() report.EndpointRow {
	row := report.EndpointRow{
		Member: e.Member.Name, Endpoint: e.Member.Endpoint, Answers: e.Answers, Changed: e.changed,
		Inside: e.NotInside == nil,
	}
	if e.NotInside != nil {
		row.NotInside = e.NotInside.Error()
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
