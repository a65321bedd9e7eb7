package lint

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	rules "github.com/kubectl-fed/kubectl-fed/pkg/federation/lint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
	"github.com/kubectl-fed/kubectl-fed/pkg/survey"
)

// federated is the federation that is asked; without a host nothing is known.
type federated struct {
	host      *member.Host
	namespace string // of objects that name none
	members   []member.Member
	known     rules.Known
}

// reach asks the host cluster what it knows. Where none was named and none answers, files are checked without
// it, and that is said.
func (o *Options) reach(ctx context.Context) (*federated, error) {
	if o.Offline {
		return &federated{}, nil
	}
	host, err := o.Host(ctx)
	if err != nil {
		if !o.Files.Given() || o.HostFlag() != "" {
			return nil, err
		}
		report.Line(o.Streams.ErrOut, "checked without a cluster: %v", err)
		return &federated{}, nil
	}
	f := &federated{host: host}
	if f.namespace, err = o.Namespace(); err != nil {
		return nil, err
	}
	if f.members, err = host.Members(ctx); err != nil {
		return nil, err
	}
	f.known, err = f.learn(ctx)
	return f, err
}

// learn reads what the rules want to know. What there is none of is known as well, and so no nil.
func (f *federated) learn(ctx context.Context) (rules.Known, error) {
	known := rules.Known{
		Clusters:        append([]federation.Cluster{}, member.Clusters(f.members)...),
		NamespaceScoped: f.host.IsNamespaced(), KubeFedNamespace: f.host.Namespace,
	}
	types, err := f.host.Types(ctx)
	if err != nil {
		return known, err
	}
	known.Types = append([]federation.Type{}, types...)
	if known.Namespaces, err = f.host.FederatedNamespaces(ctx); err != nil {
		return known, err
	}
	if known.Federated, err = f.schedulable(ctx, types); err != nil {
		return known, err
	}
	known.Scheduled, err = f.scheduled(ctx)
	return known, err
}

// scheduled tells which objects a scheduling preference is for.
func (f *federated) scheduled(ctx context.Context) (func(kind, namespace, name string) bool, error) {
	preferences, err := f.host.Preferences(ctx, "")
	there := map[[3]string]bool{}
	for _, p := range preferences {
		kind, _, _ := unstructured.NestedString(p.Object, "spec", "targetKind")
		there[[3]string{kind, p.GetNamespace(), p.GetName()}] = true
	}
	return func(kind, namespace, name string) bool { return there[[3]string{kind, namespace, name}] }, err
}

// schedulable tells which objects there are of the kinds that can be scheduled.
func (f *federated) schedulable(ctx context.Context, types []federation.Type) (func(kind, namespace, name string) bool, error) {
	there := map[[3]string]bool{}
	for _, t := range types {
		if t.Federated.Kind != "FederatedDeployment" && t.Federated.Kind != "FederatedReplicaSet" {
			continue
		}
		objects, err := f.host.List(ctx, t.Federated, "")
		if err != nil {
			return nil, err
		}
		for _, object := range objects {
			there[[3]string{t.Federated.Kind, object.GetNamespace(), object.GetName()}] = true
		}
	}
	return func(kind, namespace, name string) bool { return there[[3]string{kind, namespace, name}] }, nil
}

// allTime bounds what one member takes for all objects; each request to it has a deadline of its own.
const allTime = 10 * time.Minute

// ask asks every member about the documents that KubeFed would go on with. A member that can't be asked is an error beside the findings.
func (f *federated) ask(ctx context.Context, documents []rules.Document, findings []rules.Finding) ([]rules.Finding, error) {
	if f.host == nil {
		return nil, nil
	}
	asked, objects, err := f.askable(ctx, documents, findings)
	if err != nil {
		return nil, err
	}
	outcomes := member.Each(ctx, f.members, allTime, func(ctx context.Context, m member.Member) ([]drift.Result, error) {
		m.Ready = true // what it would say does not depend on what KubeFed holds it for
		return survey.Member(ctx, f.host, m, objects)
	})
	var failed []error
	for _, out := range outcomes {
		if out.Err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", out.Member.Name, out.Err))
		}
	}
	var found []rules.Finding
	for i, document := range asked {
		answers, unknown := answersTo(outcomes, i)
		failed = append(failed, unknown...)
		found = append(found, rules.Answers(document, answers)...)
	}
	return found, errors.Join(failed...)
}

// askable are the documents that members can be asked about, and their objects with what the host knows.
func (f *federated) askable(ctx context.Context, documents []rules.Document, findings []rules.Finding) ([]rules.Document, []member.Federated, error) {
	var asked []rules.Document
	var objects []member.Federated
	for _, document := range documents {
		t, err := federation.TypeOfObject(document.Object, f.known.Types)
		gone := document.Object.GetDeletionTimestamp() != nil || document.Object.GetName() == ""
		if err != nil || gone || !f.isEnabled(t) || isBroken(document, findings) {
			continue
		}
		t.PropagationEnabled = true // as with Ready: it is a finding of its own
		object, err := f.host.Describe(ctx, t, f.placed(t, document.Object), f.members)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", f.host.Context, err)
		}
		asked, objects = append(asked, document), append(objects, object)
	}
	return asked, objects, nil
}

// placed gives an object the namespace that kubectl would give it.
func (f *federated) placed(t federation.Type, object *unstructured.Unstructured) *unstructured.Unstructured {
	if t.Federated.Namespaced && object.GetNamespace() == "" {
		object = object.DeepCopy()
		object.SetNamespace(f.namespace)
	}
	return object
}

func (f *federated) isEnabled(t federation.Type) bool {
	return slices.ContainsFunc(f.known.Types, func(e federation.Type) bool { return e.Federated == t.Federated })
}

// isBroken tells whether an error was found in a document that keeps KubeFed from going on with it.
func isBroken(document rules.Document, findings []rules.Finding) bool {
	name := rules.ObjectName(document.Object)
	return slices.ContainsFunc(findings, func(f rules.Finding) bool {
		return f.Stops() && f.Object == name && f.File == document.File
	})
}

// answersTo is what the members said of the object of that number, as far as there are rules for it.
func answersTo(outcomes []member.Outcome[[]drift.Result], i int) (answers []rules.Answer, unknown []error) {
	for _, out := range outcomes {
		if i >= len(out.Value) {
			continue // the member's own error says so
		}
		r := out.Value[i]
		a := rules.Answer{Cluster: r.Cluster, Cause: r.Cause}
		switch r.Verdict {
		case drift.Unknown:
			unknown = append(unknown, fmt.Errorf("%s: %s", r.Cluster, r.Cause))
			continue
		case drift.Blocked:
			a.Outcome = rules.Refused
		case drift.WillDelete:
			a.Outcome = rules.Deleted
		case drift.WillAdopt:
			a.Outcome = rules.Adopted
		default:
			continue
		}
		answers = append(answers, a)
	}
	return answers, unknown
}
