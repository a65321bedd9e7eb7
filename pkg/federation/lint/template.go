package lint

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

var templateAnnotations = register(Rule{
	Code: "FED301", Severity: Warning, Title: "annotations in the template",
	Ignored: "KubeFed drops them, and says so in an event only. Those of a pod template inside it travel.",
	Mend:    "Remove them; where the target needs one, an override of /metadata/annotations sets it, with its own price (FED221).",
})

var templateFinalizers = register(Rule{
	Code: "FED302", Severity: Warning, Title: "finalizers in the template",
	Ignored: "KubeFed drops them, and says so in an event only.",
	Mend:    "Remove them.",
})

var templateName = register(Rule{
	Code: "FED303", Severity: Warning, Title: "another name or namespace in the template",
	Ignored: "The target gets name and namespace of the federated object.",
	Mend:    "Remove them from the template.",
})

var templateKind = register(Rule{
	Code: "FED304", Severity: Warning, Title: "another kind in the template",
	Ignored: "The target gets the kind that its type has.",
	Mend:    "Remove the kind from the template, or use the federated kind that belongs to it.",
})

var templateGroup = register(Rule{
	Code: "FED305", Severity: Error, Title: "another API group in the template",
	Ignored: "KubeFed sends the target with this apiVersion, and the members refuse it.",
	Mend:    "Remove apiVersion from the template, or write one of the group that the type has.",
})

var templateStatus = register(Rule{
	Code: "FED306", Severity: Warning, Title: "a status in the template",
	Ignored: "KubeFed sends it along, and the members ignore it or, where the kind has no status of its own, take it.",
	Mend:    "Remove it.",
})

var noTemplate = register(Rule{
	Code: "FED307", Severity: Warning, Title: "no template",
	Ignored: "KubeFed sends an object with nothing but its name, which most kinds refuse.",
	Mend:    "Write the target's fields below spec.template.",
})

var allotted = register(Rule{
	Code: "FED308", Severity: Warning, Title: "something in the template that one cluster allotted",
	Ignored: "Other members refuse it, or give it to something else.",
	Mend:    "Remove the field.",
})

var uselessElsewhere = register(Rule{
	Code: "FED309", Severity: Error, Title: "a target that is of no use in another cluster",
	Ignored: "The members' own controllers delete or overwrite it, and KubeFed writes it again.",
	Mend:    "Don't federate it.",
})

var templateMeta = register(Rule{
	Code: "FED310", Severity: Error, Title: "metadata in the template that ties the target to one cluster",
	Ignored: "A member refuses an object with a resourceVersion or uid that is not its own, and deletes one whose owner it does not have.",
	Mend:    "Remove the field; only labels belong there.",
})

var templatePath = []string{"spec", "template"}

// template checks what goes into every member.
func (c *check) template(t federation.Type) {
	template, ok, _ := unstructured.NestedMap(c.Object.Object, templatePath...)
	if !ok {
		if !t.IsNamespace() {
			c.add(noTemplate, []string{"spec"}, "there is no spec.template")
		}
		return
	}
	c.templateType(t, template)
	c.templateMeta(template)
	if _, ok := template["status"]; ok {
		c.add(templateStatus, below(templatePath, "status"), "spec.template.status is sent to the members")
	}
	c.allotted(t, template)
}

func (c *check) templateType(t federation.Type, template map[string]any) {
	if kind, _ := template["kind"].(string); kind != "" && kind != t.Target.Kind {
		c.add(templateKind, below(templatePath, "kind"), "the template is a %s, and the target will be a %s", kind, t.Target.Kind)
	}
	version, _ := template["apiVersion"].(string)
	gv, err := schema.ParseGroupVersion(version)
	if version != "" && (err != nil || gv.Group != t.Target.Group) {
		c.add(templateGroup, below(templatePath, "apiVersion"), "apiVersion %s of the template is not of the group of %s", version, t.Target.Resource())
	}
}

// templateMeta checks metadata field by field; labels alone travel.
func (c *check) templateMeta(template map[string]any) {
	meta, _ := template["metadata"].(map[string]any)
	at := below(templatePath, "metadata")
	if annotations, _ := meta["annotations"].(map[string]any); len(annotations) > 0 {
		c.add(templateAnnotations, below(at, "annotations"), "KubeFed drops the annotations %s", strings.Join(keys(annotations), ", "))
	}
	if finalizers, _ := meta["finalizers"].([]any); len(finalizers) > 0 {
		c.add(templateFinalizers, below(at, "finalizers"), "KubeFed drops the finalizers")
	}
	c.templateName(meta, "name", c.Object.GetName())
	c.templateName(meta, "namespace", c.Object.GetNamespace())
	for _, field := range []string{"ownerReferences", "resourceVersion", "uid"} {
		if isSet(meta[field]) {
			c.add(templateMeta, below(at, field), "metadata.%s of the template is of one cluster", field)
		}
	}
}

func (c *check) templateName(meta map[string]any, field, own string) {
	if value, _ := meta[field].(string); value != "" && own != "" && value != own {
		c.add(templateName, below(templatePath, "metadata", field), "the %s %s of the template is ignored; the target gets %s", field, value, own)
	}
}

func isSet(value any) bool {
	owners, isList := value.([]any)
	return value != nil && value != "" && (!isList || len(owners) > 0)
}

func (c *check) allotted(t federation.Type, template map[string]any) {
	dropped, err := federation.Allotted(t, template)
	if err != nil {
		c.add(uselessElsewhere, templatePath, "%v", err)
	}
	for _, d := range dropped {
		// A choice that a user may well make, and no address.
		if slices.Contains([]string{"spec.ipFamilies", "spec.ipFamilyPolicy"}, d.Path) {
			continue
		}
		c.add(allotted, below(templatePath, strings.Split(firstField(d.Path), ".")...), "%s of the template: %s", d.Path, d.Reason)
	}
}

// firstField is a dotted path up to its first bracket: the field that a
// reader looks for.
func firstField(path string) string {
	if i := strings.IndexByte(path, '['); i >= 0 {
		return path[:i]
	}
	return path
}
