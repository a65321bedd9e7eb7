package diff

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
	"github.com/kubectl-fed/kubectl-fed/pkg/survey"
)

// subject is what is compared.
type subject struct {
	host    *member.Host
	members []member.Member // that are compared
	objects []member.Federated
	where   string // for messages
}

func (o *Options) subject(ctx context.Context) (*subject, error) {
	host, err := o.Host(ctx)
	if err != nil {
		return nil, err
	}
	all, types, err := host.Federation(ctx)
	if err != nil {
		return nil, err
	}
	s := &subject{host: host}
	if s.members, err = o.chosen(all); err != nil {
		return nil, err
	}
	if len(s.members) == 0 {
		return nil, hint.Add(fmt.Errorf("%s has no members to compare", host.Context), "kubectl fed join CLUSTER --context %s", host.Context)
	}
	if o.Files.Given() {
		s.objects, err = o.proposed(ctx, host, all, types)
		return s, err
	}
	selection := factory.Selection{Objects: o.Objects, Selector: o.Selector}
	s.where = "any namespace"
	if !o.AllNamespaces {
		if selection.Namespace, err = o.Namespace(); err != nil {
			return nil, err
		}
		s.where = "namespace " + selection.Namespace
	}
	s.objects, err = factory.Select(ctx, host, types, selection, all, o.HostFlag())
	return s, err
}

// chosen are the members of --clusters, or the two of --between in their order.
func (o *Options) chosen(all []member.Member) ([]member.Member, error) {
	if len(o.Between) == 0 {
		return factory.Pick(all, o.Clusters)
	}
	var pair []member.Member
	for _, name := range o.Between {
		one, err := factory.Pick(all, []string{name})
		if err != nil {
			return nil, err
		}
		pair = append(pair, one...)
	}
	if pair[0].Name == pair[1].Name {
		return nil, fmt.Errorf("--between: %s and %s are the same member", o.Between[0], o.Between[1])
	}
	return pair, nil
}

// proposed are the federated objects of files, as if they were applied.
func (o *Options) proposed(ctx context.Context, host *member.Host, members []member.Member, types []federation.Type) ([]member.Federated, error) {
	documents, findings, err := o.Files.Read(ctx, o.Streams.In)
	if err != nil {
		return nil, err
	}
	if len(findings) > 0 {
		f := findings[0]
		return nil, hint.Add(fmt.Errorf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Message), "kubectl fed lint -f %s", f.File)
	}
	namespace, err := o.Namespace()
	if err != nil {
		return nil, err
	}
	set := factory.SetOf(documents)
	if left := len(documents) - len(set.Federated); left > 0 {
		report.Warning(o.Streams.ErrOut, "%s in the files is not looked at: only federated objects are compared", report.Count(left, "other object"))
	}
	if len(set.Federated) == 0 {
		return nil, errors.New("no federated object is in the files")
	}
	set.Types = append(types, set.Types...)
	var all []member.Proposed
	for _, fed := range set.Federated {
		t, fed, err := set.TypeOf(fed, namespace)
		if err != nil {
			return nil, err
		}
		all = append(all, member.Proposed{Type: t, Object: fed})
	}
	return host.Propose(ctx, all, members)
}

// compare compares all objects in all members.
func (o *Options) compare(ctx context.Context, s *subject) report.Comparison {
	found := report.Comparison{Host: s.host.Context, Members: factory.Names(s.members), Before: report.SideLive, After: report.SideDesired}
	switch {
	case len(o.Between) > 0:
		found.Before, found.After, found.Pair = s.members[0].Name, s.members[1].Name, true
		found.Objects, found.Errors = survey.Between(ctx, s.host, s.members[0], s.members[1], s.objects)
	case o.Against != "":
		found.Before, found.After = template, "with overrides"
		found.Objects = survey.AgainstTemplate(ctx, s.host, s.members, s.objects)
	default:
		found.Objects, found.Errors = survey.Objects(ctx, s.host, s.members, s.objects, survey.Options{Full: o.Full, Light: true, Everything: o.Everything})
	}
	return found
}

// ignored are the paths of --ignore and those in the file of --ignore-from.
func (o *Options) ignored() (drift.Ignore, error) {
	paths := slices.Clone(o.Ignore)
	if o.IgnoreFrom != "" {
		text, err := os.ReadFile(o.IgnoreFrom)
		if err != nil {
			return drift.Ignore{}, fmt.Errorf("--ignore-from: %w", err)
		}
		paths = append(paths, drift.IgnoreLines(string(text))...)
	}
	return drift.ParseIgnore(paths)
}
