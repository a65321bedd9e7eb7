package get

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// want is one type that is asked for, or some objects of it.
type want struct {
	word  string
	query member.ObjectQuery
	known bool // the host serves it, so that its API is known before any member is asked
	names []string
}

// answer is what one member has of a want.
type answer struct {
	table   *metav1.Table
	objects []*unstructured.Unstructured
	missing []string // names
	err     error
}

// wanted are the types in the order in which they were named, each with its API as the host knows it. One that
// the host doesn't serve may well be served by members.
func (o *Options) wanted(host *member.Host) ([]want, error) {
	namespace, err := o.Namespace()
	if err != nil {
		return nil, err
	}
	if o.AllNamespaces {
		namespace = ""
	}
	var all []want
	for _, object := range o.expanded() {
		if i := slices.IndexFunc(all, func(w want) bool { return w.word == object.Type }); i >= 0 && object.Name != "" {
			all[i].names = append(all[i].names, object.Name)
			continue
		}
		w, err := o.want(host, object.Type, namespace)
		if err != nil {
			return nil, err
		}
		if object.Name != "" {
			w.names = []string{object.Name}
		}
		all = append(all, w)
	}
	return all, nil
}

// expanded has the types of a category in the place of its name.
func (o *Options) expanded() []factory.Object {
	var all []factory.Object
	for _, object := range o.Objects {
		types, is := []string(nil), false
		if object.Name == "" {
			types, is = o.Expand(object.Type)
		}
		if !is {
			all = append(all, object)
			continue
		}
		for _, kind := range types {
			all = append(all, factory.Object{Type: kind})
		}
	}
	return all
}

func (o *Options) want(host *member.Host, word, namespace string) (want, error) {
	w := want{word: word, query: member.ObjectQuery{
		Namespace: namespace, Labels: o.Labels, Fields: o.Fields, Chunk: o.Chunk, Whole: o.SortBy != "",
	}}
	api, err := host.Resource(word)
	var unserved *member.UnservedError
	if errors.As(err, &unserved) {
		return w, nil
	}
	w.query.API, w.known = api, true
	return w, err
}

// ask asks one member for everything. What fails for one type costs only that.
func (o *Options) ask(ctx context.Context, host *member.Host, m member.Member, wanted []want) ([]answer, error) {
	client, err := host.Dial(ctx, m)
	if err != nil {
		return nil, err
	}
	var answers []answer
	for _, w := range wanted {
		a := o.askFor(ctx, client, w)
		if ctx.Err() != nil {
			return answers, context.Cause(ctx)
		}
		answers = append(answers, a)
	}
	return answers, nil
}

// askFor asks for one type. Where the member does not serve the version that the host does, or the host does not
// know the type at all, the member's own discovery tells.
func (o *Options) askFor(ctx context.Context, client *member.Client, w want) answer {
	if w.known {
		a := o.read(ctx, client, w)
		if !isUnserved(a.err) {
			return a
		}
		w.word = w.query.API.Resource().String()
	}
	api, err := client.Served(w.word)
	if err != nil {
		return answer{err: err}
	}
	w.query.API = api
	return o.read(ctx, client, w)
}

// isUnserved tells the answer of a server that does not know the path from one that lacks the object.
func isUnserved(err error) bool {
	return apierrors.IsNotFound(err) && apierrors.IsUnexpectedServerError(err)
}

func (o *Options) read(ctx context.Context, client *member.Client, w want) answer {
	if len(w.names) == 0 {
		return o.readOne(ctx, client, w.query)
	}
	all := answer{table: &metav1.Table{}}
	for _, name := range w.names {
		q := w.query
		q.Name = name
		a := o.readOne(ctx, client, q)
		switch {
		case apierrors.IsNotFound(a.err) && !isUnserved(a.err):
			all.missing = append(all.missing, name)
			continue
		case a.err != nil:
			return a
		}
		all.add(a)
	}
	return all
}

func (a *answer) add(more answer) {
	a.objects = append(a.objects, more.objects...)
	if more.table != nil {
		a.table.ColumnDefinitions = more.table.ColumnDefinitions
		a.table.Rows = append(a.table.Rows, more.table.Rows...)
	}
}

func (o *Options) readOne(ctx context.Context, client *member.Client, q member.ObjectQuery) (a answer) {
	if !q.API.Namespaced {
		q.Namespace = ""
	}
	if o.isObjects() {
		a.objects, a.err = client.Objects(ctx, q)
		for _, object := range a.objects {
			identify(object, q.API)
		}
		return a
	}
	a.table, a.err = client.Table(ctx, q)
	return a
}

// identify gives an object its kind: the items of a list come without it.
func identify(object *unstructured.Unstructured, api federation.API) {
	if object.GetKind() == "" {
		object.SetAPIVersion(api.APIVersion())
		object.SetKind(api.Kind)
	}
}

// verdict is the end that the command comes to: 3 where only some members answered, and an error for an object
// that none of them has.
func (o *Options) verdict(wanted []want, outcomes []member.Outcome[[]answer]) error {
	var failed []error
	missing := map[string][]string{} // where each object was not found
	bad := 0
	for _, out := range outcomes {
		errs := o.problems(out)
		if len(errs) > 0 {
			bad++
		}
		failed = append(failed, errs...)
		for i, a := range out.Value {
			for _, name := range a.missing {
				id := wanted[i].title() + "/" + name
				missing[id] = append(missing[id], out.Member.Name)
			}
		}
	}
	err := errors.Join(failed...)
	if len(failed) > 0 && bad < len(outcomes) {
		err = outcome.As(outcome.Partial, err)
	}
	if nowhere := o.missing(missing, len(outcomes)-bad); nowhere != nil {
		return errors.Join(nowhere, err)
	}
	return err
}

// problems are what a member failed at, each with what tells more.
func (o *Options) problems(out member.Outcome[[]answer]) []error {
	if out.Err != nil {
		return []error{hint.Add(fmt.Errorf("%s: %w", out.Member.Name, out.Err), "kubectl fed clusters%s", o.HostFlag())}
	}
	var errs []error
	for _, a := range out.Value {
		var unserved *member.UnservedError
		switch {
		case errors.As(a.err, &unserved): // it names the member itself
			errs = append(errs, hint.Add(a.err, "kubectl fed each --clusters %s%s -- api-resources", out.Member.Name, o.HostFlag()))
		case a.err != nil:
			errs = append(errs, hint.Add(fmt.Errorf("%s: %w", out.Member.Name, a.err), "kubectl fed clusters%s", o.HostFlag()))
		}
	}
	return errs
}

// missing says which objects some members lack, and gives an error for those that none has.
func (o *Options) missing(missing map[string][]string, asked int) error {
	if o.Missing || asked == 0 {
		return nil
	}
	var ids []string
	for id := range missing {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var errs []error
	for _, id := range ids {
		if len(missing[id]) == asked {
			err := fmt.Errorf("%s is on none of the members that were asked (%s)", id, strings.Join(missing[id], ", "))
			errs = append(errs, hint.Add(err, "kubectl fed get %s -A%s", strings.Split(id, "/")[0], o.HostFlag()))
			continue
		}
		report.Line(o.Streams.ErrOut, "%s is not on %s", id, strings.Join(missing[id], ", "))
	}
	return errors.Join(errs...)
}

// title is how a type is called in messages.
func (w want) title() string {
	if w.known {
		return w.query.API.Resource().String()
	}
	return w.word
}
