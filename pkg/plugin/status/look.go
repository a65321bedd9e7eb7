package status

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-fed/kubectl-fed/pkg/checkup"
	"github.com/kubectl-fed/kubectl-fed/pkg/diagnosis"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// findings are what one look came to.
type findings struct {
	status report.Status
	errors []error
	where  string // for messages
}

// look reads the federation and everything that was asked for.
func (o *Options) look(ctx context.Context, host *member.Host) (*findings, error) {
	all, types, err := host.Federation(ctx)
	if err != nil {
		return nil, err
	}
	s := checkup.Subject{Host: host, Closely: o.named(), HostFlag: o.HostFlag()}
	if s.Members, err = factory.Pick(all, o.Clusters); err != nil {
		return nil, err
	}
	found := &findings{where: "any namespace"}
	if !o.AllNamespaces {
		if s.Namespace, err = o.Namespace(); err != nil {
			return nil, err
		}
		found.where = "namespace " + s.Namespace
	}
	selection := factory.Selection{Objects: o.Objects, Namespace: s.Namespace, Selector: o.Selector}
	if s.Objects, err = factory.Select(ctx, host, types, selection, all, o.HostFlag()); err != nil {
		return nil, err
	}
	result, err := checkup.Run(ctx, s)
	if err != nil {
		return nil, err
	}
	found.errors = result.Errors
	found.status = report.NewStatus(report.Status{
		ControlPlane: controlOf(host, result.Control), Members: o.membersOf(s.Members),
		Objects: worstFirst(result.Objects), Misplaced: result.Misplaced,
	})
	return found, nil
}

func controlOf(host *member.Host, control diagnosis.Control) report.StatusControl {
	c := report.StatusControl{
		Context: host.Context, Namespace: host.Namespace, Scope: string(host.Kubefed.Spec.Scope),
		Adoption: !host.NoAdoption(), Control: control, FeatureGates: []string{},
	}
	for _, gate := range host.Kubefed.Spec.FeatureGates {
		if gate.Configuration == "Enabled" {
			c.FeatureGates = append(c.FeatureGates, gate.Name)
		}
	}
	slices.Sort(c.FeatureGates)
	return c
}

func (o *Options) membersOf(members []member.Member) []report.StatusMember {
	all := []report.StatusMember{}
	for _, m := range members {
		one := report.StatusMember{Name: m.Name, Ready: m.Ready, Version: m.Version, Endpoint: m.Endpoint}
		if !m.Since.IsZero() {
			one.Since = &m.Since
		}
		if !m.Ready {
			one.Reason, one.Command = m.NotReady, diagnosis.Revive(m.Name, m.NotReady)+o.HostFlag()
		}
		all = append(all, one)
	}
	return all
}

func worstFirst(objects []diagnosis.Diagnosis) []diagnosis.Diagnosis {
	sorted := slices.Clone(objects)
	if sorted == nil {
		sorted = []diagnosis.Diagnosis{}
	}
	slices.SortStableFunc(sorted, func(a, b diagnosis.Diagnosis) int {
		if x, y := a.Worst().Rank(), b.Worst().Rank(); x != y {
			return x - y
		}
		return strings.Compare(a.ID, b.ID)
	})
	return sorted
}

// print prints everything in the form that was asked for.
func (o *Options) print(found *findings) error {
	out := o.Streams.Out
	form := o.form()
	switch {
	case o.Output == "json", o.Output == "yaml":
		return report.Document(out, found.status, o.Output)
	case o.Output == "name":
		report.StatusNames(out, found.status.Objects)
		return nil
	case o.named():
		o.printChains(found.status.Objects)
		return nil
	}
	if len(found.status.Objects) == 0 {
		report.Line(o.Streams.ErrOut, "no federated objects in %s of %s", found.where, found.status.ControlPlane.Context)
	}
	return report.StatusMatrix(out, found.status, form)
}

func (o *Options) form() report.StatusForm {
	return report.StatusForm{Color: o.color, Wide: o.Output == "wide", Objects: len(o.Objects) > 0, Now: time.Now()}
}

// printChains prints objects one after another, with a line between.
func (o *Options) printChains(objects []diagnosis.Diagnosis) {
	for i, object := range objects {
		if i > 0 {
			report.Line(o.Streams.Out, "")
		}
		report.StatusChain(o.Streams.Out, object, o.form())
	}
}
