package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/kubefed/pkg/apis/scheduling/v1alpha1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// work is one preference on its way, and what it is for.
type work struct {
	o       *Options
	host    *member.Host
	members []member.Member

	kind     federation.Type
	fed      *unstructured.Unstructured // the federated workload
	fedSpace *unstructured.Unstructured // the FederatedNamespace, nil for none
	before   *unstructured.Unstructured // the preference that is there, nil for none
	after    *v1alpha1.ReplicaSchedulingPreference
}

// find reads the workload and its preference.
func (w *work) find(ctx context.Context, object factory.Object) error {
	types, err := w.host.Types(ctx)
	if err != nil {
		return err
	}
	if w.kind, err = w.host.FindType(types, object.Type); err != nil {
		return err
	}
	namespace, err := w.o.Namespace()
	if err != nil {
		return err
	}
	if err := w.read(ctx, namespace, object.Name); err != nil {
		return err
	}
	w.before, err = w.host.Preference(ctx, namespace, object.Name)
	return err
}

// read reads the federated workload and its FederatedNamespace.
func (w *work) read(ctx context.Context, namespace, name string) (err error) {
	if !federation.IsScheduled(w.kind.Federated.Kind) {
		return fmt.Errorf("KubeFed schedules Deployments and ReplicaSets, and no %s", w.kind.Target.Plural)
	}
	found, err := factory.Federated(ctx, w.host, []factory.Object{{Type: w.kind.Name, Name: name}}, namespace, w.members, w.o.HostFlag())
	if err != nil {
		return err
	}
	w.fed = found[0].Object
	w.fedSpace, err = w.host.FederatedNamespace(ctx, namespace)
	return err
}

// change makes the preference that is wanted: the one that is there, or a new one, with what the flags say.
func (w *work) change() error {
	edits := &w.o.Edits
	w.after = &v1alpha1.ReplicaSchedulingPreference{}
	switch {
	case w.before != nil:
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(w.before.Object, w.after); err != nil {
			return fmt.Errorf("reading ReplicaSchedulingPreference %s: %w", w.before.GetName(), err)
		}
	case edits.isEmpty():
		err := fmt.Errorf("%s %s has no ReplicaSchedulingPreference in the namespace %s", w.kind.Federated.Kind, w.fed.GetName(), w.fed.GetNamespace())
		return hint.Add(err, "%s", w.o.Again("--total", "3", "--preview"))
	case !edits.given("total"):
		return hint.Add(errors.New("a new preference needs a total"), "%s", w.o.Again("--total", "3"))
	}
	w.after.APIVersion, w.after.Kind = "scheduling.kubefed.io/v1alpha1", "ReplicaSchedulingPreference"
	w.after.Namespace, w.after.Name = w.fed.GetNamespace(), w.fed.GetName()
	if w.before == nil {
		w.after.Spec.TargetKind = w.kind.Federated.Kind
	}
	edits.apply(&w.after.Spec, w.joined)
	return nil
}

// joined is the name under which a cluster has joined, whatever it was called.
func (w *work) joined(name string) string {
	if picked, err := factory.Pick(w.members, []string{name}); err == nil && name != "*" {
		return picked[0].Name
	}
	return name
}

// plan works out what KubeFed makes of the preference.
func (w *work) plan(ctx context.Context) (report.SchedulePlan, error) {
	var ready []member.Member
	for _, m := range w.members {
		if m.Ready {
			ready = append(ready, m)
		}
	}
	usable, err := federation.Schedulable(w.after, w.fed, w.fedSpace, member.Clusters(ready))
	problem := ""
	if err != nil {
		problem = err.Error() // KubeFed meets the same, and does nothing
	}
	candidates, err := w.observe(ctx, slices.DeleteFunc(ready, func(m member.Member) bool { return !slices.Contains(usable, m.Name) }))
	if err != nil {
		return report.SchedulePlan{}, err
	}
	explained, err := federation.Explain(w.after, candidates)
	if err != nil {
		return report.SchedulePlan{}, err
	}
	return w.document(explained, problem)
}

// observe looks at the workload in every cluster that may get replicas. Without one of them there is no plan: its
// replicas would be counted as none.
func (w *work) observe(ctx context.Context, members []member.Member) ([]federation.Candidate, error) {
	outcomes := member.Each(ctx, members, *w.o.Timeout, func(ctx context.Context, m member.Member) (*federation.Current, error) {
		client, err := w.host.Dial(ctx, m)
		if err != nil {
			return nil, err
		}
		return client.Observe(ctx, w.kind, w.fed.GetNamespace(), w.fed.GetName())
	})
	var candidates []federation.Candidate
	var failed []error
	for _, out := range outcomes {
		if out.Err != nil {
			err := fmt.Errorf("%s: KubeFed holds it for ready, and how many replicas run there can't be read: %w", out.Member.Name, out.Err)
			failed = append(failed, hint.Add(err, "kubectl fed clusters%s", w.o.HostFlag()))
		}
		candidates = append(candidates, federation.Candidate{Name: out.Member.Name, Current: out.Value})
	}
	return candidates, errors.Join(failed...)
}

func (w *work) document(e federation.Explanation, problem string) (report.SchedulePlan, error) {
	all, err := federation.Overrides(w.fed)
	if err != nil {
		return report.SchedulePlan{}, err
	}
	rescheduled, err := federation.Reschedule(w.fed, e.Schedule)
	if err != nil {
		return report.SchedulePlan{}, err
	}
	written := federation.WrittenReplicas(all)
	p := report.NewSchedulePlan()
	p.Namespace, p.Name, p.Target = w.fed.GetNamespace(), w.fed.GetName(), w.after.Spec.TargetKind
	p.Asked, p.Placed, p.Unplaced, p.Changes = e.Asked, e.Placed(), e.Unplaced(), rescheduled != w.fed
	for _, m := range w.members {
		p.Members = append(p.Members, w.part(m, e, written))
	}
	w.judge(&p, e, problem)
	return p, nil
}

// part is what a member has, had and will have.
func (w *work) part(m member.Member, e federation.Explanation, written map[string]int64) report.ScheduleMember {
	row := report.ScheduleMember{Name: m.Name, Why: w.leftOut(m)}
	if n, ok := written[m.Name]; ok {
		row.Written = &n
	}
	i := slices.IndexFunc(e.Shares, func(s federation.Share) bool { return s.Name == m.Name })
	if i < 0 {
		return row
	}
	s := e.Shares[i]
	row.Planned, row.Overflow, row.Why = &s.Planned, s.Overflow, s.Why
	if s.Current != nil {
		row.Now, row.Room = &s.Current.Replicas, s.Current.Capacity
	}
	return row
}

// leftOut is why KubeFed gives a member no part in the plan.
func (w *work) leftOut(m member.Member) string {
	if !m.Ready {
		return "not ready"
	}
	return "not selected by the selectors of the object and of its namespace"
}

// judge finds what is wrong with a plan. Some of it stands against writing it.
func (w *work) judge(p *report.SchedulePlan, e federation.Explanation, problem string) {
	worse := func(format string, args ...any) {
		p.Problems, p.Broken = append(p.Problems, fmt.Sprintf(format, args...)), true
	}
	note := func(format string, args ...any) { p.Problems = append(p.Problems, fmt.Sprintf(format, args...)) }
	if unknown := w.unknown(); len(unknown) > 0 {
		worse("no member is called %s: KubeFed passes over it (members: %s)", strings.Join(unknown, ", "), strings.Join(factory.Names(w.members), ", "))
	}
	switch {
	case problem != "":
		worse("%s", problem)
	case len(e.Shares) == 0:
		worse("no cluster is left to schedule to, so KubeFed changes nothing")
	case e.Placed() == 0:
		worse("nothing would run on any member")
	}
	for _, m := range w.members {
		if !m.Ready {
			note("%s is not ready, and its part goes to the others: %s", m.Name, m.NotReady)
		}
	}
	for _, s := range e.Shares {
		if s.Short > 0 {
			note("%s gets %d fewer than its minimum", s.Name, s.Short)
		}
	}
	if e.Unplaced() > 0 && len(e.Shares) > 0 {
		note("%d of the %d replicas run nowhere: no cluster may have them, or has room", e.Unplaced(), e.Asked)
	}
	if w.after.Spec.TargetKind != w.kind.Federated.Kind {
		worse("its targetKind is %q, so KubeFed does not schedule this %s", w.after.Spec.TargetKind, w.kind.Federated.Kind)
	}
	if !w.host.SchedulesReplicas() {
		note("the feature gate SchedulerPreferences is off: KubeFed follows no preference")
	}
	w.judgePlacement(note, e)
}

// judgePlacement finds what becomes of the object's own placement.
func (w *work) judgePlacement(note func(string, ...any), e federation.Explanation) {
	if _, selects, _ := unstructured.NestedMap(w.fed.Object, "spec", "placement", "clusterSelector"); selects && !w.after.Spec.IntersectWithClusterSelector {
		note("the object's clusterSelector counts no more: KubeFed writes the members into its placement (--respect-selector keeps to it)")
	}
	if w.fedSpace == nil && !w.host.IsNamespaced() {
		note("the namespace %s is not federated, so nothing is propagated at all", w.fed.GetNamespace())
		return
	}
	if w.fedSpace == nil {
		return
	}
	allowed, err := w.host.NamespacePlacement(w.fedSpace, w.members)
	if err != nil {
		note("%v", err)
		return
	}
	for _, s := range e.Shares {
		if s.Planned > 0 && !slices.Contains(allowed, s.Name) {
			note("%s is not in the placement of the FederatedNamespace: its %d replicas run nowhere", s.Name, s.Planned)
		}
	}
}

// unknown are the clusters that the preference names and that are no members.
func (w *work) unknown() []string {
	var names []string
	for name := range w.after.Spec.Clusters {
		if name != "*" && !slices.Contains(factory.Names(w.members), name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
