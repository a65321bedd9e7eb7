//go:build long

package predict

import (
	"context"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// change is one thing done to a state while KubeFed is stopped.
type change = func(context.Context, place) error

// edit is a kind of change, and how the state has to be laid out for it: by
// default propagated to all members.
type edit struct {
	name string
	only string // type that it is for, "" for all
	// ofNamespace is set where it changes the FederatedNamespace.
	ofNamespace bool
	lay         func(*drawing, *state)
	change      func(*drawing) change
}

// heldUp is the edit after which a member's object can't be deleted.
const heldUp = "placed nowhere, and held up by a finalizer"

// fits tells whether the edit can be made to a state: once, and where there is
// what it changes.
func (e edit) fits(d *drawing, s *state) bool {
	if len(s.edits) == 0 {
		return true
	}
	return (e.only == "" || e.only == d.typ) && !slices.Contains(s.edits, e.name) && (!e.ofNamespace || s.federatedNamespace)
}

// edits come in turn, as the first of a state.
var edits = []edit{
	{name: "nothing"},
	{name: "template edited", change: func(d *drawing) change { return onFederated(set(d.value(), template(content(d.typ)...)...)) }},
	{name: "label in the template", change: func(*drawing) change {
		return onFederated(set(map[string]any{"other": "label"}, template("metadata", "labels")...))
	}},
	{name: "annotation in the template", change: func(*drawing) change {
		return onFederated(set(map[string]any{"an": "annotation"}, template("metadata", "annotations")...))
	}},
	{name: "label gone from the template", change: func(*drawing) change {
		return onFederated(remove(template("metadata", "labels")...))
	}},
	{name: "placed on one", change: func(d *drawing) change {
		return onFederated(set(refs(d.either(), "not-a-member"), "spec", "placement", "clusters"))
	}},
	{name: "placed nowhere", change: func(*drawing) change { return onFederated(set([]any{}, "spec", "placement", "clusters")) }},
	{name: "placed by a selector of all", change: func(*drawing) change {
		return onFederated(set(map[string]any{"clusterSelector": map[string]any{}}, "spec", "placement"))
	}},
	{name: "placed by a selector of none", change: func(*drawing) change {
		return onFederated(set(map[string]any{"clusterSelector": map[string]any{"matchLabels": map[string]any{"no": "such"}}}, "spec", "placement"))
	}},
	{name: "placement gone", change: func(*drawing) change { return onFederated(remove("spec", "placement")) }},
	{name: "namespace placed on one", ofNamespace: true, change: func(d *drawing) change {
		only := d.either()
		return func(ctx context.Context, p place) error {
			return p.edit(ctx, "", p.types["namespaces"].Federated, p.space, set(refs(only), "spec", "placement", "clusters"))
		}
	}},
	{name: "override of a field", change: func(d *drawing) change {
		return onFederated(override(d.either(), step("", federation.Pointer(content(d.typ)...), d.value())))
	}},
	{name: "override of a label", change: func(d *drawing) change {
		return onFederated(override(d.either(), step("add", "/metadata/labels/over", "ridden")))
	}},
	{name: "override that wipes annotations", change: func(d *drawing) change {
		return onFederated(override(d.either(), step("add", "/metadata/annotations", map[string]any{"own": "annotation"})))
	}},
	{name: "override that wipes the revision", only: "deployments.apps", change: func(d *drawing) change {
		return onFederated(override(d.either(), step("add", "/metadata/annotations", map[string]any{"own": "annotation"})))
	}},
	{name: "override without a parent", change: func(d *drawing) change {
		return onFederated(override(d.either(), step("replace", "/no/such/parent", "x")))
	}},
	{name: "override that works on updates only", lay: unpropagated, change: func(d *drawing) change {
		return created(func(d *drawing, fed *unstructured.Unstructured) error {
			return override(d.members[0], step("add", "/metadata/annotations/own", "annotation"))(fed)
		})(d)
	}},
	{name: "override that the member refuses", change: func(d *drawing) change {
		return onFederated(override(d.either(), step("add", "/metadata/labels/refused", "no label value!")))
	}},
	{name: "scaled by hand", change: func(d *drawing) change { return onMember(d.either(), set(d.value(), content(d.typ)...)) }},
	{name: "label added by hand", change: func(d *drawing) change {
		return onMember(d.either(), set("hand", "metadata", "labels", "by"))
	}},
	{name: "annotation added by hand", change: func(d *drawing) change {
		return onMember(d.either(), set(map[string]any{"by": "hand"}, "metadata", "annotations"))
	}},
	{name: "managed label taken off", change: func(d *drawing) change {
		return onMember(d.either(), remove("metadata", "labels", federation.ManagedLabel))
	}},
	{name: "managed label set to false", change: func(d *drawing) change {
		return onMember(d.either(), set("false", "metadata", "labels", federation.ManagedLabel))
	}},
	{name: "deleted by hand", change: func(d *drawing) change {
		m := d.either()
		return func(ctx context.Context, p place) error {
			return p.in(m, p.typ().Target).Delete(ctx, object, metav1.DeleteOptions{})
		}
	}},
	{name: heldUp, change: func(d *drawing) change {
		m := d.either()
		return both(onMember(m, set([]any{"example.org/hold"}, "metadata", "finalizers")), onFederated(set([]any{}, "spec", "placement", "clusters")))
	}},
	{name: "replicas retained", only: "deployments.apps", change: func(d *drawing) change {
		m := d.either()
		return both(onFederated(set(true, "spec", "retainReplicas")), onMember(m, set(int64(2), "spec", "replicas")))
	}},
	{name: "selector changed, which is immutable", only: "deployments.apps", change: func(*drawing) change {
		return both(
			onFederated(set(map[string]any{"app": "other"}, template("spec", "selector", "matchLabels")...)),
			onFederated(set(map[string]any{"app": "other"}, template("spec", "template", "metadata", "labels")...)))
	}},
	{name: "immutable data changed", only: "configmaps", lay: immutable, change: func(d *drawing) change {
		return onFederated(set(d.value(), template("data", "a")...))
	}},
	{name: "new", lay: unpropagated, change: func(d *drawing) change { return created(nil)(d) }},
	{name: "adopted", lay: unpropagated, change: func(d *drawing) change {
		return both(existing(d, d.either(), nil), created(nil)(d))
	}},
	{name: "not adopted, label false", lay: unpropagated, change: func(d *drawing) change {
		return both(existing(d, d.either(), map[string]any{federation.ManagedLabel: "false"}), created(nil)(d))
	}},
	{name: "namespace not federated", lay: unfederated, change: func(d *drawing) change { return created(nil)(d) }},
	{name: "namespace not federated, object left over", lay: unfederated, change: func(d *drawing) change {
		return both(existing(d, d.members[0], map[string]any{federation.ManagedLabel: "true"}), created(nil)(d))
	}},
	{name: "namespace not federated, foreign object", lay: unfederated, change: func(d *drawing) change {
		return both(existing(d, d.members[0], map[string]any{"foreign": "object"}), created(nil)(d))
	}},
	{name: "new, with its namespace", lay: bare, change: func(d *drawing) change { return both(federateNamespace(d.members), created(nil)(d)) }},
	{name: "federated object deleted", change: func(*drawing) change { return deleteFederated }},
	{name: "federated object deleted, orphaning", change: func(*drawing) change {
		return both(onFederated(set(map[string]any{"kubefed.io/orphan": "true"}, "metadata", "annotations")), deleteFederated)
	}},
	{name: "federated object deleted where it is placed no more", change: func(d *drawing) change {
		return both(onFederated(set(refs(d.members[0]), "spec", "placement", "clusters")), deleteFederated)
	}},
}

// further are edits that may come after any other.
var further = slices.DeleteFunc(slices.Clone(edits), func(e edit) bool {
	return e.lay != nil || !slices.Contains([]string{
		"label in the template", "annotation in the template", "placed on one", "override of a field", "override of a label",
		"namespace placed on one", "override without a parent",
	}, e.name)
})

func template(path ...string) []string { return append([]string{"spec", "template"}, path...) }

func both(changes ...change) change {
	return func(ctx context.Context, p place) error {
		for _, c := range changes {
			if err := c(ctx, p); err != nil {
				return err
			}
		}
		return nil
	}
}

func remove(path ...string) func(*unstructured.Unstructured) error {
	return func(obj *unstructured.Unstructured) error {
		unstructured.RemoveNestedField(obj.Object, path...)
		return nil
	}
}

func onFederated(edit func(*unstructured.Unstructured) error) change {
	return func(ctx context.Context, p place) error { return p.edit(ctx, "", p.typ().Federated, object, edit) }
}

func onMember(m string, edit func(*unstructured.Unstructured) error) change {
	return func(ctx context.Context, p place) error { return p.edit(ctx, m, p.typ().Target, object, edit) }
}

func deleteFederated(ctx context.Context, p place) error {
	return p.in("", p.typ().Federated).Delete(ctx, object, metav1.DeleteOptions{})
}

func step(op, path string, value any) federation.Override {
	return federation.Override{Op: op, Path: path, Value: value}
}

// override adds to what is overridden for a cluster already.
func override(cluster string, o federation.Override) func(*unstructured.Unstructured) error {
	return func(fed *unstructured.Unstructured) error {
		all, err := federation.Overrides(fed)
		if err != nil {
			return err
		}
		all[cluster] = append(all[cluster], o)
		return federation.SetOverrides(fed, all)
	}
}

// created makes the federated object while KubeFed is stopped.
func created(edit func(*drawing, *unstructured.Unstructured) error) func(*drawing) change {
	return func(d *drawing) change {
		fed := &unstructured.Unstructured{Object: d.federated()}
		return func(ctx context.Context, p place) error {
			if edit != nil {
				if err := edit(d, fed); err != nil {
					return err
				}
			}
			return p.put(ctx, "", p.typ().Federated, object, fed.Object)
		}
	}
}

// existing makes an object in a member that is there before KubeFed comes.
func existing(d *drawing, m string, labels map[string]any) change {
	obj := d.template()
	obj["metadata"] = map[string]any{}
	if labels != nil {
		obj["metadata"] = map[string]any{"labels": labels}
	}
	return func(ctx context.Context, p place) error { return p.put(ctx, m, p.typ().Target, object, obj) }
}
