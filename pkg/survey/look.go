package survey

import (
	"context"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// seen is what was found of one object in one member: what is there, nil for nothing, or already the result.
type seen struct {
	live   *unstructured.Unstructured
	result *drift.Result
	// glanced is set where live is only metadata.
	glanced bool
}

// fewObjects is up to how many objects of a type are read one by one, and not by a list of all.
const fewObjects = 3

// fewNamespaces is up to how many namespaces are listed one by one, and not all at once.
const fewNamespaces = 3

// share is the objects that one request, or a few, find.
type share struct {
	typ       federation.Type
	namespace string // "" for all
	objects   []int
}

// look reads what the member has of all objects, everything at the same time.
func (a asking) look(ctx context.Context, objects []member.Federated) ([]seen, error) {
	there := make([]seen, len(objects))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, s := range shares(objects) {
		if len(s.objects) > fewObjects {
			group.Go(func() error { return a.list(ctx, s, objects, there) })
			continue
		}
		for _, i := range s.objects {
			group.Go(func() (err error) {
				there[i], err = a.get(ctx, objects[i])
				return err
			})
		}
	}
	return there, group.Wait()
}

// shares divides objects by type and, where they lie in a few namespaces, by those.
func shares(objects []member.Federated) []share {
	var byType []share
	for i, f := range objects {
		byType = add(byType, f.Type, "", i)
	}
	var all []share
	for _, s := range byType {
		var byNamespace []share
		for _, i := range s.objects {
			byNamespace = add(byNamespace, s.typ, objects[i].Object.GetNamespace(), i)
		}
		if s.typ.Target.Namespaced && len(byNamespace) <= fewNamespaces {
			all = append(all, byNamespace...)
		} else {
			all = append(all, s)
		}
	}
	return all
}

func add(shares []share, typ federation.Type, namespace string, i int) []share {
	for j := len(shares) - 1; j >= 0; j-- {
		if shares[j].typ.Name == typ.Name && shares[j].namespace == namespace {
			shares[j].objects = append(shares[j].objects, i)
			return shares
		}
	}
	return append(shares, share{typ, namespace, []int{i}})
}

// list reads a share by a list of all objects of the type, those that KubeFed does not manage included: it may adopt
// them. Where listing is not permitted, single objects may be.
func (a asking) list(ctx context.Context, s share, objects []member.Federated, there []seen) error {
	read, light := a.client.List, a.options.Light && !a.options.Full
	if light {
		read = a.client.Glance
	}
	found, err := read(ctx, s.typ.Target, s.namespace)
	switch {
	case apierrors.IsForbidden(err):
		return a.each(ctx, s, objects, there)
	case apierrors.IsNotFound(err):
		for _, i := range s.objects {
			there[i] = a.notServed(objects[i])
		}
		return nil
	case isAnswer(err):
		for _, i := range s.objects {
			there[i] = a.unknown(err)
		}
		return nil
	case err != nil:
		return member.Plain(err)
	}
	type key struct{ namespace, name string }
	at := make(map[key]*unstructured.Unstructured, len(found))
	for _, object := range found {
		at[key{object.GetNamespace(), object.GetName()}] = object
	}
	for _, i := range s.objects {
		k := key{objects[i].Object.GetNamespace(), objects[i].Object.GetName()}
		if !s.typ.Target.Namespaced {
			k.namespace = ""
		}
		there[i] = seen{live: at[k], glanced: light && at[k] != nil}
	}
	return nil
}

func (a asking) each(ctx context.Context, s share, objects []member.Federated, there []seen) error {
	for _, i := range s.objects {
		var err error
		if there[i], err = a.get(ctx, objects[i]); err != nil {
			return err
		}
	}
	return nil
}

// get reads one object.
func (a asking) get(ctx context.Context, f member.Federated) (seen, error) {
	live, err := a.client.Get(ctx, f)
	switch {
	case apierrors.IsUnexpectedServerError(err) && apierrors.IsNotFound(err):
		return a.notServed(f), nil
	case apierrors.IsNotFound(err):
		return seen{}, nil
	case isAnswer(err):
		return a.unknown(err), nil
	case err != nil:
		return seen{}, member.Plain(err)
	}
	return seen{live: live}, nil
}
