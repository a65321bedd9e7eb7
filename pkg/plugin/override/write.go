package override

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// list prints the overrides of every object.
func (o *Options) list(w *work) error {
	var rows []report.OverrideRow
	for _, one := range w.objects {
		all, err := federation.Overrides(one.before)
		if err != nil {
			return err
		}
		for cluster, overrides := range all {
			if len(o.Clusters) == 0 && o.Selector == "" || slices.Contains(w.clusters, cluster) {
				rows = append(rows, rowsOf(one, cluster, overrides)...)
			}
		}
	}
	return report.Overrides(o.Streams.Out, rows)
}

func rowsOf(one object, cluster string, overrides []federation.Override) []report.OverrideRow {
	var rows []report.OverrideRow
	for i, override := range overrides {
		rows = append(rows, report.OverrideRow{
			Object: one.before.GetName(), Cluster: cluster, Number: i + 1, Override: override, Secret: one.isSecret(),
		})
	}
	return rows
}

// write shows what changes where, and writes unless this is a dry run.
func (o *Options) write(ctx context.Context, w *work, one object) error {
	effects, err := w.effects(one)
	if err != nil {
		return err
	}
	if o.DryRun != "none" {
		report.Effects(o.Streams.Out, one.before, effects, one.isSecret())
	}
	if o.DryRun == "client" {
		report.Done(o.Streams.Out, one.after, "changed (dry run)")
		return nil
	}
	err = w.host.Update(ctx, one.kind.Federated, one.after, o.DryRun == "server")
	switch {
	case apierrors.IsConflict(err):
		return hint.Add(err, "%s", o.Again())
	case err != nil:
		return err
	case o.DryRun == "server":
		report.Done(o.Streams.Out, one.after, "changed (server dry run)")
		return nil
	}
	report.Done(o.Streams.Out, one.after, "changed")
	report.Line(o.Streams.Out, "see what comes of it: kubectl fed diff %s %s%s%s", one.kind.Name, one.after.GetName(), inNamespace(one), o.HostFlag())
	return nil
}

// inNamespace is the flag for the namespace of an object that has one.
func inNamespace(one object) string {
	if !one.kind.Target.Namespaced {
		return ""
	}
	return " -n " + one.after.GetNamespace()
}

// effects are the differences between the object with the old overrides and with the new, for each cluster
// that they are for. Where the old ones could not be applied, all is new.
func (w *work) effects(one object) ([]drift.Result, error) {
	var effects []drift.Result
	for _, cluster := range w.clusters {
		after, err := federation.ForCreate(one.kind, one.after, cluster)
		if err != nil {
			effects = append(effects, drift.Result{Cluster: cluster, Cause: err.Error()})
			continue
		}
		var before *unstructured.Unstructured
		if rendered, err := federation.ForCreate(one.kind, one.before, cluster); err == nil {
			before = rendered
		}
		effects = append(effects, drift.Result{Cluster: cluster, Changes: drift.Compare(before, after)})
	}
	return effects, nil
}

// print prints the objects, and of files also the documents that did not change, in their order. A file that
// lost its Secrets on the way would be worse than none.
func (o *Options) print(w *work) error {
	var objects []*unstructured.Unstructured
	for _, one := range w.objects {
		objects = append(objects, one.after)
	}
	if w.documents != nil {
		objects = w.replaced(objects)
	}
	for _, object := range objects {
		if isSecret(object) && !o.Secrets {
			err := fmt.Errorf("%s %s has secret values, and is not printed", object.GetKind(), object.GetName())
			return hint.Add(err, "%s", o.Again("--show-secrets"))
		}
	}
	return report.Manifests(o.Streams.Out, o.Output, objects)
}

func isSecret(object *unstructured.Unstructured) bool {
	return object.GetKind() == "Secret" || object.GetKind() == "FederatedSecret"
}

// replaced is all documents of the files, with the changed objects in their places.
func (w *work) replaced(changed []*unstructured.Unstructured) []*unstructured.Unstructured {
	var all []*unstructured.Unstructured
	for _, d := range w.documents {
		object := d.Object
		for i, one := range w.objects {
			if one.before.GetName() == object.GetName() && one.before.GroupVersionKind() == object.GroupVersionKind() {
				object = changed[i]
			}
		}
		all = append(all, object)
	}
	return all
}
