package override

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation/lint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
)

// work is the objects that are changed, for whom, and the host cluster where there is one.
type work struct {
	host      *member.Host
	members   []member.Member
	clusters  []string
	objects   []object
	documents []lint.Document // of files, all of them
}

// object is one federated object on its way.
type object struct {
	kind   federation.Type
	before *unstructured.Unstructured
	after  *unstructured.Unstructured
}

func (o object) isSecret() bool { return o.kind.Target.Kind == "Secret" && o.kind.Target.Group == "" }

func (o *Options) load(ctx context.Context) (*work, error) {
	if o.Files.Given() {
		return o.fromFiles(ctx)
	}
	w, err := o.reach(ctx)
	if err != nil {
		return nil, err
	}
	namespace, err := o.Namespace()
	if err != nil {
		return nil, err
	}
	found, err := factory.Federated(ctx, w.host, o.Objects, namespace, w.members, o.HostFlag())
	for _, f := range found {
		w.objects = append(w.objects, object{kind: f.Type, before: f.Object})
	}
	return w, err
}

// reach connects to the host cluster and finds the members that are meant.
func (o *Options) reach(ctx context.Context) (*work, error) {
	host, err := o.Host(ctx)
	if err != nil {
		return nil, err
	}
	members, err := host.Members(ctx)
	if err != nil {
		return nil, err
	}
	w := &work{host: host, members: members}
	w.clusters, err = o.meant(members)
	return w, err
}

// meant are the members that --clusters names or --cluster-selector selects.
func (o *Options) meant(members []member.Member) ([]string, error) {
	if o.Selector == "" {
		picked, err := factory.Pick(members, o.Clusters)
		return factory.Names(picked), err
	}
	selector, err := labels.Parse(o.Selector)
	if err != nil {
		return nil, fmt.Errorf("--cluster-selector: %w", err)
	}
	var names []string
	for _, m := range members {
		if selector.Matches(labels.Set(m.Labels)) {
			names = append(names, m.Name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("--cluster-selector %s selects none of the members %s", o.Selector, strings.Join(factory.Names(members), ", "))
	}
	return names, nil
}

// fromFiles needs a cluster for a selector only.
func (o *Options) fromFiles(ctx context.Context) (*work, error) {
	w := &work{clusters: o.Clusters}
	if o.Selector != "" {
		reached, err := o.reach(ctx)
		if err != nil {
			return nil, err
		}
		w.clusters = reached.clusters
	}
	documents, findings, err := o.Files.Read(ctx, o.Streams.In)
	switch {
	case err != nil:
		return nil, err
	case len(findings) > 0:
		return nil, fmt.Errorf("%s:%d:%d: %s", findings[0].File, findings[0].Line, findings[0].Column, findings[0].Message)
	}
	w.documents = documents
	return w, o.choose(w)
}

// choose finds the objects of files that are meant: those that were named, else the only one.
func (o *Options) choose(w *work) error {
	namespace, err := o.Namespace()
	if err != nil {
		return err
	}
	set := factory.SetOf(w.documents)
	for _, fed := range set.Federated {
		t, fed, err := set.TypeOf(fed, namespace)
		if err != nil {
			return err
		}
		if o.isMeant(t, fed) {
			w.objects = append(w.objects, object{kind: t, before: fed})
		}
	}
	switch {
	case len(w.objects) == 0:
		return errors.New("no such federated object is in the files")
	case len(w.objects) > 1 && len(o.Objects) == 0 && !o.List:
		return fmt.Errorf("the files have %d federated objects: name those that are meant, as TYPE/NAME", len(w.objects))
	}
	return nil
}

// isMeant knows the words for a type that need no cluster. Without any named, all objects are meant but those
// of namespaces, which stand in a file for what is in them.
func (o *Options) isMeant(t federation.Type, fed *unstructured.Unstructured) bool {
	if len(o.Objects) == 0 {
		return !t.IsNamespace()
	}
	words := []string{strings.ToLower(t.Target.Kind), t.Target.Plural, t.Target.Resource().String(), strings.ToLower(t.Federated.Kind), t.Federated.Plural}
	return slices.ContainsFunc(o.Objects, func(named factory.Object) bool {
		return named.Name == fed.GetName() && slices.Contains(words, strings.ToLower(named.Type))
	})
}
