package lint

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

var typeName = register(Rule{
	Code: "FED601", Severity: Error, Title: "a FederatedTypeConfig that is not named after its target",
	Ignored: "KubeFed's webhook refuses it.",
	Mend:    "Name it PLURAL.GROUP of the target type, or PLURAL for the core group.",
})

var federatedGroup = register(Rule{
	Code: "FED602", Severity: Error, Title: "the group of the federated type is not a domain with a dot",
	Ignored: "KubeFed's webhook refuses it.",
	Mend:    "Write types.kubefed.io, or a domain of your own that the controllers were given rights on.",
})

var typeField = register(Rule{
	Code: "FED603", Severity: Error, Title: "a field of a type that can't have this value",
	Ignored: "KubeFed's webhook refuses it.",
	Mend:    "Write one of the values that the message names.",
})

var typeOfFederated = register(Rule{
	Code: "FED606", Severity: Error, Title: "a type whose target is federated itself",
	Ignored: "KubeFed would propagate federated objects into the members, where no controller reads them.",
	Mend:    "Enable the plain type.",
})

var notEnabled = register(Rule{
	Code: "FED607", Severity: Error, Title: "a federated kind that is not enabled",
	Ignored: "The API server does not know the kind, or KubeFed does not look at it.",
	Mend:    "kubectl fed enable TYPE",
})

var paused = register(Rule{
	Code: "FED608", Severity: Warning, Title: "a federated kind whose propagation is disabled",
	Ignored: "KubeFed leaves the members as they are.",
	Mend:    "Set spec.propagation of the FederatedTypeConfig to Enabled.",
})

// coreGroup is the API group of what configures KubeFed.
const coreGroup = "core.kubefed.io"

var apiShape = fields(map[string]shape{
	"group": plain(text), "version": plain(text), "kind": plain(text), "pluralName": plain(text), "scope": plain(text),
}, "kind", "pluralName", "scope", "version")

var typeConfigShape = top(fields(map[string]shape{
	"targetType": apiShape, "federatedType": apiShape, "statusType": apiShape,
	"propagation": plain(text), "statusCollection": plain(text),
}, "federatedType", "propagation", "targetType"))

// typeOf reads a FederatedTypeConfig; false for anything else and for one
// that can't be read, which is a finding of its own.
func typeOf(obj *unstructured.Unstructured) (federation.Type, bool) {
	gvk := obj.GroupVersionKind()
	if gvk.Group != coreGroup || gvk.Kind != "FederatedTypeConfig" {
		return federation.Type{}, false
	}
	var config v1beta1.FederatedTypeConfig
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, &config); err != nil {
		return federation.Type{}, false
	}
	return federation.TypeOf(&config), true
}

// typeConfig follows KubeFed's webhook (apis/core/v1beta1/validation).
func (c *check) typeConfig() {
	if !c.shapes(typeConfigShape) {
		return
	}
	t, ok := typeOf(c.Object)
	if !ok {
		return
	}
	if want := t.Target.Resource().String(); c.Object.GetName() != want {
		c.add(typeName, []string{"metadata", "name"}, "the target is %s, and the name is %s", want, c.Object.GetName())
	}
	if !strings.Contains(t.Federated.Group, ".") {
		c.add(federatedGroup, []string{"spec", "federatedType", "group"}, "%q has no dot", t.Federated.Group)
	}
	if federation.TargetKind(t.Target.GVK()) != "" && t.Target.Group == t.Federated.Group {
		c.add(typeOfFederated, []string{"spec", "targetType", "kind"}, "%s is a federated kind", t.Target.Kind)
	}
	c.typeFields()
}

func (c *check) typeFields() {
	spec, _ := c.Object.Object["spec"].(map[string]any)
	c.oneOf(spec, []string{"spec", "propagation"}, "Enabled", "Disabled")
	c.oneOf(spec, []string{"spec", "statusCollection"}, "Enabled", "Disabled")
	for _, field := range []string{"federatedType", "statusType", "targetType"} {
		api, _ := spec[field].(map[string]any)
		c.oneOf(api, []string{"spec", field, "scope"}, "Cluster", "Namespaced")
		for _, label := range []string{"kind", "pluralName", "version"} {
			c.isLabel(api, []string{"spec", field, label})
		}
	}
}

// oneOf checks a field, the last of the path, if it is there.
func (c *check) oneOf(m map[string]any, at []string, allowed ...string) {
	value, ok := m[at[len(at)-1]].(string)
	if ok && !slices.Contains(allowed, value) {
		c.add(typeField, at, "%s is %q, and has to be %s", dotted(at), value, strings.Join(allowed, " or "))
	}
}

func (c *check) isLabel(m map[string]any, at []string) {
	value, ok := m[at[len(at)-1]].(string)
	if ok && len(validation.IsDNS1035Label(strings.ToLower(value))) > 0 {
		c.add(typeField, at, "%s is %q, and has to be letters, digits and dashes, the first a letter", dotted(at), value)
	}
}

// enabled checks a federated object's kind against what is enabled, where
// that is known.
func (c *check) enabled(t federation.Type) {
	if c.set.known.Types == nil {
		return
	}
	enabled, ok := c.set.enabled(c.Object)
	switch {
	case !ok:
		f := c.add(notEnabled, []string{"kind"}, "no FederatedTypeConfig is about %s", c.Object.GetKind())
		if t.Name != "" {
			f.Mend = "kubectl fed enable " + t.Name
		}
	case !enabled.PropagationEnabled:
		c.add(paused, []string{"kind"}, "propagation of %s is disabled", t.Target.Resource())
	}
}
