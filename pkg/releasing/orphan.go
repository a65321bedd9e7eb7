package releasing

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// fieldManager is whose writes these are.
const fieldManager = "kubectl-fed"

// atOnce is how many requests are under way at a time.
const atOnce = 24

func at(host *member.Host, o Object) dynamic.ResourceInterface {
	if o.Type.Federated.Namespaced {
		return host.Client.Resource(o.Type.Federated.GVR()).Namespace(o.Object.GetNamespace())
	}
	return host.Client.Resource(o.Type.Federated.GVR())
}

// Orphan switches orphaning of one object on or off, and gives the object as it is then. One that is so already is
// not written.
func Orphan(ctx context.Context, host *member.Host, o Object, on bool, dryRun []string) (*unstructured.Unstructured, error) {
	if federation.IsOrphaning(o.Object) == on {
		return o.Object, nil
	}
	value := "null"
	if on {
		value = `"true"`
	}
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:%s}}}`, federation.OrphanAnnotation, value)
	options := metav1.PatchOptions{FieldManager: fieldManager, DryRun: dryRun}
	patched, err := at(host, o).Patch(ctx, o.Object.GetName(), types.MergePatchType, patch, options)
	if err != nil {
		return nil, about(host, o, "marking", err)
	}
	return patched, nil
}

// OrphanAll does so with many objects at once. done is called in their order, with whether the object changed;
// what fails stops nothing but itself.
func OrphanAll(ctx context.Context, host *member.Host, objects []Object, on bool, dryRun []string, done func(o Object, changed bool)) error {
	errs := make([]error, len(objects))
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i, o := range objects {
		all.Go(func() error { _, errs[i] = Orphan(ctx, host, o, on, dryRun); return nil })
	}
	_ = all.Wait() // each one's error is its own
	for i, o := range objects {
		if errs[i] == nil {
			done(o, federation.IsOrphaning(o.Object) != on)
		}
	}
	return errors.Join(errs...)
}

// about names the object that an error is about.
func about(host *member.Host, o Object, doing string, err error) error {
	return fmt.Errorf("%s: %s %s/%s: %w", host.Context, doing, o.Type.Federated.Resource(), o.Object.GetName(), member.Plain(err))
}

// retries is how often an object that is written in between is looked at again.
const retries = 10

// remove marks one object for orphaning and deletes it in the very version that is marked, so that nobody can have
// taken the mark off in between.
func remove(ctx context.Context, host *member.Host, o Object) error {
	for range retries {
		marked, err := Orphan(ctx, host, o, true, nil)
		if err != nil {
			return err
		}
		if marked.GetDeletionTimestamp() != nil {
			return nil // it was being deleted before
		}
		uid, version := marked.GetUID(), marked.GetResourceVersion()
		err = at(host, o).Delete(ctx, o.Object.GetName(), metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid, ResourceVersion: &version}})
		switch {
		case err == nil, apierrors.IsNotFound(err):
			return nil
		case !apierrors.IsConflict(err):
			return about(host, o, "deleting", err)
		}
		found, err := host.Find(ctx, o.Type.Federated, o.Object.GetNamespace(), o.Object.GetName())
		switch {
		case err != nil:
			return err
		case found == nil:
			return nil
		case found.GetUID() != o.Object.GetUID():
			return fmt.Errorf("%s: it was made anew meanwhile", o.ID())
		}
		o.Object = found
	}
	return fmt.Errorf("%s: it is written all the time, so it can't be deleted in a known state", o.ID())
}
