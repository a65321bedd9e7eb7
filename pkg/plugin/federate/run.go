package federate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-fed/kubectl-fed/pkg/federating"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// said is where the story is told: beside the objects where those are printed.
func (o *Options) said() io.Writer {
	if o.Output != "" {
		return o.Streams.ErrOut
	}
	return o.Streams.Out
}

// offlineTimeout bounds the look for a host that is not needed.
const offlineTimeout = 3 * time.Second

// Run reads, converts and tries everything before it writes anything, so that a mistake in the last object does
// not leave the first one half done.
func (o *Options) Run(ctx context.Context) error {
	host, err := o.host(ctx)
	if err != nil && o.Files.Given() && o.Output != "" && o.HostFlag() == "" {
		return o.offline(ctx, err)
	}
	if err != nil {
		return err
	}
	s := federating.Source{Host: host}
	if s.Namespace, err = o.Namespace(); err != nil {
		return err
	}
	members, err := o.look(ctx, &s)
	if err != nil {
		return err
	}
	placing, placed, err := o.placing(members)
	if err != nil {
		return err
	}
	if err := o.meant(members, placed); err != nil {
		return err
	}
	plan, err := o.plan(ctx, s, members, o.options(placing, placed))
	if err != nil {
		return err
	}
	o.tell(host, plan, members, placed)
	return o.finish(ctx, host, plan, members)
}

// host reaches the host cluster. Where it is not needed it is not waited for long.
func (o *Options) host(ctx context.Context) (*member.Host, error) {
	if o.Files.Given() && o.Output != "" {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, offlineTimeout)
		defer cancel()
	}
	return o.Host(ctx)
}

// look reads the types and the members at the same time.
func (o *Options) look(ctx context.Context, s *federating.Source) (members []member.Member, err error) {
	var both errgroup.Group
	both.Go(func() (err error) { s.Types, err = s.Host.Types(ctx); return err })
	both.Go(func() (err error) { members, err = s.Host.Members(ctx); return err })
	return members, both.Wait()
}

// plan gathers the objects and plans what is to be written.
func (o *Options) plan(ctx context.Context, s federating.Source, members []member.Member, options federating.Options) (*federating.Plan, error) {
	items, err := o.gather(ctx, s)
	if err != nil {
		return nil, err
	}
	if items, err = o.enabled(ctx, &s, items); err != nil {
		return nil, err
	}
	plan, err := s.Make(ctx, items, members, options)
	var notFederated *federating.NotFederatedError
	if errors.As(err, &notFederated) {
		return nil, hint.Add(err, "%s", o.Again("--federate-namespace"))
	}
	return plan, err
}

// finish asks, prints, or writes.
func (o *Options) finish(ctx context.Context, host *member.Host, plan *federating.Plan, members []member.Member) error {
	if o.Output != "" {
		return o.print(plan)
	}
	if err := o.adopt(ctx, host, plan, members); err != nil {
		return err
	}
	if err := o.enable(ctx); err != nil {
		return err
	}
	// kinds that a dry run does not make can't be tried
	if o.DryRun == "none" || o.DryRun == "server" && o.types == nil {
		if err := plan.Try(ctx, host, o.DryRun == "server"); err != nil {
			return err
		}
	}
	if o.DryRun != "none" {
		return o.dryRun(ctx, host, plan, members)
	}
	err := plan.Write(ctx, host, func(s *federating.Step) { report.Done(o.Streams.Out, s.After, string(s.Change)) })
	if err != nil || !plan.Changes() && !o.Wait {
		return err
	}
	if !o.Wait {
		report.Line(o.Streams.Out, "see what comes of it: %s", o.next(plan))
		return nil
	}
	return o.wait(ctx, host, plan)
}

// dryRuns are kubectl's words for them.
var dryRuns = map[string]string{"client": " (dry run)", "server": " (server dry run)"}

// dryRun says what would be written; with server, also what the members say to it.
func (o *Options) dryRun(ctx context.Context, host *member.Host, plan *federating.Plan, members []member.Member) error {
	for _, s := range plan.Steps {
		report.Done(o.Streams.Out, s.After, string(s.Change)+dryRuns[o.DryRun])
	}
	if o.DryRun != "server" {
		return nil
	}
	answers, unasked := plan.Ask(ctx, host, members, *o.Timeout)
	var failed []error
	for _, a := range answers {
		report.Answers(o.Streams.Out, a.Step.ID(), a.Results)
		failed = append(failed, refusals(a)...)
	}
	for _, u := range unasked {
		failed = append(failed, fmt.Errorf("%s: %w", u.Cluster, u.Err))
	}
	return errors.Join(failed...)
}

// wait waits for KubeFed, and says what it lacks.
func (o *Options) wait(ctx context.Context, host *member.Host, plan *federating.Plan) error {
	waiting, cancel := context.WithTimeout(ctx, o.WaitTimeout)
	defer cancel()
	lacking := plan.Await(waiting, host)
	if len(lacking) == 0 {
		report.Line(o.Streams.Out, "propagated to all members that it is placed on")
		return nil
	}
	var errs []error
	for _, one := range lacking {
		errs = append(errs, fmt.Errorf("not propagated after %s: %s", o.WaitTimeout, one))
	}
	return outcome.As(outcome.Timeout, hint.Add(errors.Join(errs...), "%s", o.next(plan)))
}

// next is the command that shows what became of it.
func (o *Options) next(plan *federating.Plan) string {
	last := plan.Steps[len(plan.Steps)-1]
	named, namespace := 0, ""
	for _, s := range plan.Steps {
		if s.Named {
			named++
		}
		if s.Type.Target.Namespaced {
			namespace = " -n " + s.After.GetNamespace()
		}
	}
	if named == 1 && last.Named {
		return fmt.Sprintf("kubectl fed status %s %s%s%s", word(last), last.After.GetName(), namespace, o.HostFlag())
	}
	if namespace == "" && last.Type.IsNamespace() {
		namespace = " -n " + last.After.GetName()
	}
	return "kubectl fed status" + namespace + o.HostFlag()
}

// offline works on files alone.
func (o *Options) offline(ctx context.Context, why error) error {
	objects, err := o.read(ctx)
	if err != nil {
		return err
	}
	namespace, err := o.Namespace()
	if err != nil {
		namespace = "default"
	}
	items, err := federating.Offline(objects, nil, namespace)
	var unknown *federating.UnknownKindError
	if errors.As(err, &unknown) {
		return hint.Add(fmt.Errorf("%w; the host cluster was not reached: %w", err, why), "kubectl config get-contexts")
	}
	if err != nil {
		return err
	}
	placing, err := o.placingOffline()
	if err != nil {
		return err
	}
	plan, err := federating.MakeOffline(items, o.options(placing, placing.Clusters))
	if err != nil {
		return err
	}
	o.tellOffline(plan, placing, why)
	return o.print(plan)
}

// placingOffline takes clusters as they were typed; without any, all are meant, since who has joined is not known.
func (o *Options) placingOffline() (federation.NewOptions, error) {
	if len(o.Clusters) > 0 {
		return federation.NewOptions{Clusters: o.Clusters, PinAPIVersion: o.PinAPIVersion}, nil
	}
	if len(o.KeepAnnotations) > 0 {
		return federation.NewOptions{}, errors.New("--keep-annotations writes overrides for each member, and who has joined is not known: name them with --clusters")
	}
	all := *o
	all.AllClusters = o.ClusterSelector == ""
	placing, _, err := all.placing(nil)
	return placing, err
}
