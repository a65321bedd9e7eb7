package lint

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	rules "github.com/kubectl-fed/kubectl-fed/pkg/federation/lint"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
)

// documents reads what is to be checked: files, or objects of the host cluster.
func (o *Options) documents(ctx context.Context, f *federated) ([]rules.Document, []rules.Finding, error) {
	if o.Files.Given() {
		return o.Files.Read(ctx, o.Streams.In)
	}
	objects, err := o.live(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	var documents []rules.Document
	for _, object := range objects {
		documents = append(documents, rules.FromObject(object))
	}
	return documents, nil, nil
}

func (o *Options) live(ctx context.Context, f *federated) ([]*unstructured.Unstructured, error) {
	if o.AllNamespaces {
		return f.everything(ctx)
	}
	namespace, err := o.Namespace()
	if err != nil {
		return nil, err
	}
	if len(o.Objects) == 0 {
		return f.within(ctx, namespace, true)
	}
	found, err := factory.Federated(ctx, f.host, o.Objects, namespace, f.members, o.HostFlag())
	var objects []*unstructured.Unstructured
	for _, one := range found {
		objects = append(objects, one.Object)
	}
	return objects, err
}

// within lists the federated objects of a namespace, or of all for "", and their scheduling preferences. What
// KubeFed ignores is among them: that is worth a word here.
func (f *federated) within(ctx context.Context, namespace string, namespacedOnly bool) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	for _, t := range f.known.Types {
		if namespacedOnly && !t.Federated.Namespaced {
			continue
		}
		found, err := f.host.List(ctx, t.Federated, namespace)
		if err != nil {
			return nil, err
		}
		objects = append(objects, found...)
	}
	preferences, err := f.host.Preferences(ctx, namespace)
	return append(objects, preferences...), err
}

// everything is all objects of a federation that there are rules for.
func (f *federated) everything(ctx context.Context) ([]*unstructured.Unstructured, error) {
	objects, err := f.within(ctx, "", false)
	if err != nil {
		return nil, err
	}
	configuration, err := f.host.Configuration(ctx)
	return append(configuration, objects...), err
}
