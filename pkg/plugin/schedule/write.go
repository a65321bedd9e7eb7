package schedule

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/kubefed/pkg/apis/scheduling/v1alpha1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// object is the preference as it is written: what the one that is there has beside the spec stays.
func (w *work) object() (*unstructured.Unstructured, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(w.after)
	if err != nil {
		return nil, err
	}
	object := &unstructured.Unstructured{Object: content}
	unstructured.RemoveNestedField(object.Object, "status")
	if w.before == nil {
		unstructured.RemoveNestedField(object.Object, "metadata", "creationTimestamp")
		return object, nil
	}
	kept := w.before.DeepCopy()
	kept.Object["spec"] = object.Object["spec"]
	return kept, nil
}

func (w *work) printPreference() error {
	object, err := w.object()
	if err != nil {
		return err
	}
	return report.Manifests(w.o.Streams.Out, w.o.Output, []*unstructured.Unstructured{object})
}

// write creates or updates the preference, or says that there is nothing to do.
func (w *work) write(ctx context.Context) error {
	object, err := w.object()
	if err != nil {
		return err
	}
	what, save := "created", w.host.CreatePreference
	if w.before != nil {
		what, save = "changed", w.host.UpdatePreference
	}
	if w.before != nil && reflect.DeepEqual(w.before.Object["spec"], object.Object["spec"]) {
		report.Done(w.o.Streams.Out, object, "unchanged")
		return nil
	}
	switch w.o.DryRun {
	case "client":
		report.Done(w.o.Streams.Out, object, what+" (dry run)")
		return nil
	case "server":
		what += " (server dry run)"
	}
	err = save(ctx, object, w.o.DryRun == "server")
	if apierrors.IsConflict(err) {
		return hint.Add(err, "%s", w.o.Again())
	}
	if err != nil {
		return err
	}
	report.Done(w.o.Streams.Out, object, what)
	if w.o.DryRun == "none" {
		report.Line(w.o.Streams.Out, "see what comes of it: kubectl fed schedule %s %s -n %s%s", w.kind.Name, object.GetName(), object.GetNamespace(), w.o.HostFlag())
	}
	return nil
}

const preferenceKind = "ReplicaSchedulingPreference"

// previewFiles plans every preference of the files.
func (o *Options) previewFiles(ctx context.Context, w *work) error {
	documents, findings, err := o.Files.Read(ctx, o.Streams.In)
	switch {
	case err != nil:
		return err
	case len(findings) > 0:
		return fmt.Errorf("%s:%d:%d: %s", findings[0].File, findings[0].Line, findings[0].Column, findings[0].Message)
	}
	found := 0
	for _, d := range documents {
		if d.Object.GetKind() != preferenceKind {
			continue
		}
		if found++; found > 1 && o.Output == "" {
			report.Line(o.Streams.Out, "")
		} else if found > 1 && o.Output == "yaml" {
			report.Line(o.Streams.Out, "---")
		}
		if err := o.previewOne(ctx, w, d.Object); err != nil {
			return err
		}
	}
	if found == 0 {
		return errors.New("the files have no ReplicaSchedulingPreference")
	}
	return nil
}

func (o *Options) previewOne(ctx context.Context, w *work, object *unstructured.Unstructured) error {
	one := *w
	one.after = &v1alpha1.ReplicaSchedulingPreference{}
	if object.GetNamespace() == "" {
		namespace, err := o.Namespace()
		if err != nil {
			return err
		}
		object = object.DeepCopy()
		object.SetNamespace(namespace)
	}
	name := object.GetNamespace() + "/" + object.GetName()
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, one.after, true); err != nil {
		return fmt.Errorf("%s %s: %w", preferenceKind, name, err)
	}
	if err := one.findTarget(ctx); err != nil {
		return fmt.Errorf("%s %s: %w", preferenceKind, name, err)
	}
	plan, err := one.plan(ctx)
	if err != nil {
		return err
	}
	if o.Output == "" {
		report.Line(o.Streams.Out, "%s %s", one.kind.Target.Plural, name)
	}
	return o.show(plan)
}

// findTarget finds the workload by the kind that the preference names.
func (w *work) findTarget(ctx context.Context) error {
	kind := w.after.Spec.TargetKind
	if !federation.IsScheduled(kind) {
		return fmt.Errorf("targetKind %q: KubeFed schedules FederatedDeployment and FederatedReplicaSet only", kind)
	}
	types, err := w.host.Types(ctx)
	if err != nil {
		return err
	}
	for _, t := range types {
		if t.Federated.Kind == kind && t.Target.Group == "apps" {
			w.kind = t
			return w.read(ctx, w.after.Namespace, w.after.Name)
		}
	}
	return hint.Add(fmt.Errorf("%s is not a federated type in %s", kind, w.host.Context), "kubectl fed federate deploy NAME")
}
