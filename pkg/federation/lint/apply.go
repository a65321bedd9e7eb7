package lint

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

var cantApply = register(Rule{
	Code: "FED205", Severity: Error, Title: "an override that can't be applied",
	Ignored: "KubeFed does not write the object to this cluster, and does not try again until it changes (ApplyOverridesFailed).",
	Mend:    "Correct the path, or add what it leads through by an override before it.",
})

var cantCreate = register(Rule{
	Code: "FED206", Severity: Error, Title: "an override that fails when KubeFed creates the object",
	Ignored: "A cluster that does not have the object yet never gets it (ApplyOverridesFailed).",
	Mend:    "Override the whole map: op: add, path: /metadata/annotations. On kinds whose controllers write annotations that has a price (FED221).",
})

var wholeObject = register(Rule{
	Code: "FED208", Severity: Error, Title: "an override of the whole object, or of all its metadata",
	Ignored: "Name, kind or labels that the template gave are lost, and the member refuses the object or makes another.",
	Mend:    "Override the fields that differ.",
})

var crash = register(Rule{
	Code: "FED209", Severity: Error, Title: "an override that crashes KubeFed's controller",
	Ignored: "The controller manager panics on this object, for every federated object of the installation.",
	Mend:    "Remove it.",
})

var replacesItems = register(Rule{
	Code: "FED215", Severity: Warning, Title: "add replaces a list or map that is there",
	Ignored: "What the template has there is gone in this cluster.",
	Mend:    "To add to it, end the path with /- (a list) or with the new key (a map); to replace it, say op: replace.",
})

var unescaped = register(Rule{
	Code: "FED216", Severity: Error, Title: "a slash in a key that is not escaped",
	Ignored: "KubeFed takes the slash for a step down, and does not write the object to this cluster (ApplyOverridesFailed).",
	Mend:    "Write ~1 for a slash in a key, and ~0 for a tilde.",
})

var quoted = register(Rule{
	Code: "FED217", Severity: Error, Title: "a quoted number, or a number without quotes",
	Ignored: "The members refuse the object (CreationFailed or UpdateFailed).",
	Mend:    "Write the value as the template writes it: with quotes for a string, without for a number.",
})

var nearlyThere = register(Rule{
	Code: "FED218", Severity: Warning, Title: "an override adds a field whose name is nearly that of one in the template",
	Ignored: "If the name is misspelt, the members drop the field, and the one that was meant stays as it is.",
	Mend:    "Correct the name.",
})

var wholeAnnotations = register(Rule{
	Code: "FED221", Severity: Warning, Title: "an override of all annotations on a kind whose controllers write some",
	Ignored: "On every update it removes what the member's controllers wrote there; they write it again, and KubeFed updates again, for ever.",
	Mend:    "No override of an annotation is right for both creation and update here; move it to the pod template, or do without.",
})

// apply applies one cluster's overrides in both forms that KubeFed knows, and
// looks at the object before each step. The form of an update has all that
// the other has, and more; so what applies on creation applies there too.
func (c *check) apply(t federation.Type, e entry) {
	fed, err := only(c.Object, e)
	if err != nil {
		return // SetOverrides refuses what was found before
	}
	failed := len(e.steps)
	if _, err := federation.ForCreate(t, fed, e.cluster); err != nil {
		failed = c.explain(t, e, err, updates(t, fed, e))
	}
	for i := range e.steps[:failed] {
		c.look(t, e, i)
	}
}

// only is the object with the overrides of one entry.
func only(fed *unstructured.Unstructured, e entry) (*unstructured.Unstructured, error) {
	fed = fed.DeepCopy()
	return fed, federation.SetOverrides(fed, map[string][]federation.Override{e.cluster: e.steps})
}

// updates tells whether the overrides can be applied when KubeFed updates a
// member's object that has all annotations and finalizers that they ask for.
func updates(t federation.Type, fed *unstructured.Unstructured, e entry) bool {
	live, err := federation.ForCreate(t, fed, "") // as it is without overrides
	if err != nil {
		return false
	}
	annotations := map[string]string{}
	for _, o := range e.steps {
		if tokens := federation.Tokens(o.Path); len(tokens) == 3 && tokens[1] == "annotations" {
			annotations[tokens[2]] = "x"
		}
	}
	live.SetAnnotations(annotations)
	live.SetFinalizers([]string{"example.org/controller"})
	_, err = federation.ForUpdate(t, fed, e.cluster, live)
	return err == nil
}

// explain finds the words for an override that fails on creation; it returns
// which.
func (c *check) explain(t federation.Type, e entry, err error, updates bool) int {
	var failed *federation.OverrideError
	if !errors.As(err, &failed) {
		c.addFor(e, cantApply, e.at(), "%v", err)
		return 0
	}
	i, o := failed.Index, failed.Override
	why := c.why(t, e, i)
	escaped := escape(o.Path)
	switch {
	case strings.Contains(err.Error(), "crashes"):
		c.addFor(e, crash, e.step(i, "path"), "replacing the whole object by nothing crashes KubeFed's controller")
	case updates:
		c.addFor(e, cantCreate, e.step(i, "path"), "%s works on updates and fails on creation: KubeFed creates objects without annotations and finalizers", o.Path)
	case escaped != "":
		f := c.addFor(e, unescaped, e.step(i, "path"), "%s: %s", o.Path, why)
		f.Mend = "Write: " + escaped
	default:
		c.addFor(e, cantApply, e.step(i, "path"), "%s: %s", o.Path, why)
	}
	return i
}

// addFor notes a finding about the overrides of one cluster.
func (c *check) addFor(e entry, r Rule, at []string, format string, args ...any) *Finding {
	f := c.add(r, at, format, args...)
	f.Clusters = []string{e.cluster}
	return f
}

// before is the object that a step is applied to when KubeFed creates it.
func (c *check) before(t federation.Type, e entry, i int) *unstructured.Unstructured {
	obj, err := federation.Base(t, c.Object)
	if err != nil {
		return &unstructured.Unstructured{Object: map[string]any{}}
	}
	if err := federation.Apply(obj, e.steps[:i]); err != nil {
		return &unstructured.Unstructured{Object: map[string]any{}}
	}
	return obj
}

// why says where a path leaves the object.
func (c *check) why(t federation.Type, e entry, i int) string {
	o := e.steps[i]
	value, reached, ok := federation.Lookup(c.before(t, e, i), o.Path)
	if ok {
		return "it can't be applied"
	}
	tokens := federation.Tokens(o.Path)
	missing := tokens[len(reached)]
	switch v := value.(type) {
	case map[string]any:
		return fmt.Sprintf("%s has no %s%s", place(reached), missing, meant(missing, keys(v)))
	case []any:
		return fmt.Sprintf("%s has %d elements, and none at %s", place(reached), len(v), missing)
	}
	return fmt.Sprintf("%s is a plain value, and has no %s", place(reached), missing)
}

func place(tokens []string) string {
	if len(tokens) == 0 {
		return "the template"
	}
	return dotted(tokens)
}

// stringMaps are the maps whose keys have slashes.
var stringMaps = []string{"annotations", "data", "labels", "matchLabels", "nodeSelector", "selector"}

// escape is the path that was probably meant, or "" where no key seems to
// have been cut in two.
func escape(path string) string {
	tokens := federation.Tokens(path)
	i := slices.IndexFunc(tokens, func(t string) bool { return slices.Contains(stringMaps, t) })
	if i < 0 || len(tokens)-i < 3 || !strings.Contains(tokens[i+1], ".") {
		return ""
	}
	return federation.Pointer(append(slices.Clone(tokens[:i+1]), strings.Join(tokens[i+1:], "/"))...)
}

// look checks a step that can be applied against the object that it meets.
func (c *check) look(t federation.Type, e entry, i int) {
	o, at := e.steps[i], e.step(i, "path")
	switch {
	case o.Path == "" || o.Path == "/metadata":
		c.addFor(e, wholeObject, at, "the override replaces or removes all of %s", place(federation.Tokens(o.Path)))
	case o.Path == "/metadata/annotations" && o.Op != "remove" && federation.WritesAnnotations(t.Target.Kind):
		c.addFor(e, wholeAnnotations, at, "the override replaces the whole map of annotations of the %s", t.Target.Kind)
	}
	if o.Op == "remove" {
		return
	}
	existing, _, ok := federation.Lookup(c.before(t, e, i), o.Path)
	if n := size(existing); ok && o.Op == "add" && n > 0 && !isIndex(o.Path) {
		c.addFor(e, replacesItems, at, "add replaces the %d that %s has", n, dotted(federation.Tokens(o.Path)))
	}
	if !ok {
		c.misspelt(t, e, i)
	}
	c.valueType(t, e, i)
}

// misspelt looks for a field beside a new one that differs by one letter only.
// Keys of maps of strings are left alone: there a and b are two things.
func (c *check) misspelt(t federation.Type, e entry, i int) {
	tokens := federation.Tokens(e.steps[i].Path)
	value, reached, _ := federation.Lookup(c.before(t, e, i), e.steps[i].Path)
	siblings, isMap := value.(map[string]any)
	if !isMap || len(reached) == 0 || slices.Contains(stringMaps, reached[len(reached)-1]) {
		return
	}
	added := tokens[len(reached)]
	for _, name := range keys(siblings) {
		if len(added) > 3 && edits(added, name) == 1 {
			c.addFor(e, nearlyThere, e.step(i, "path"), "%s is not in the template, and %s is", dotted(tokens), dotted(append(slices.Clone(reached), name)))
		}
	}
}

// valueType compares the type of a value with that of the one that it
// replaces, for kinds whose fields have one type only.
func (c *check) valueType(t federation.Type, e entry, i int) {
	o := e.steps[i]
	existing, _, ok := federation.Lookup(c.before(t, e, i), o.Path)
	_, builtIn := federation.WellKnown(t.Target.Kind)
	switch {
	case !builtIn || takesBoth(o.Path):
		return
	case !ok && o.Path == replicasPath:
		existing = int64(0) // KubeFed adds the field, and its type is known
	case !ok:
		return
	}
	if isOtherScalar(existing, o.Value) {
		c.addFor(e, quoted, e.step(i, "value"), "%s is %s in the template, and %s here", dotted(federation.Tokens(o.Path)), kindOf(existing), kindOf(o.Value))
	}
}

// size is how many elements a list or map has.
func size(value any) int {
	switch v := value.(type) {
	case map[string]any:
		return len(v)
	case []any:
		return len(v)
	}
	return 0
}

// isIndex tells an element of a list, before which add inserts.
func isIndex(path string) bool {
	tokens := federation.Tokens(path)
	if len(tokens) == 0 {
		return false
	}
	_, err := strconv.Atoi(tokens[len(tokens)-1])
	return err == nil
}

// isOtherScalar tells a number from the text of one, and true from "true".
// Any other difference of type may be meant: a port by its name.
func isOtherScalar(there, here any) bool {
	if kindOf(there) == text {
		return kindOf(here) == number || kindOf(here) == truth
	}
	s, isText := here.(string)
	if !isText {
		return false
	}
	_, notNumber := strconv.ParseFloat(s, 64)
	return kindOf(there) == number && notNumber == nil || kindOf(there) == truth && (s == "true" || s == "false")
}

// takesBoth tells the fields that take a number and a string: quantities,
// ports, and shares of a whole.
func takesBoth(path string) bool {
	both := []string{
		"limits", "requests", "hard", "capacity", "targetPort", "port", "maxSurge", "maxUnavailable", "minAvailable", "sizeLimit",
		"target", "divisor", "max", "min", "default", "defaultRequest", "maxLimitRequestRatio", "number",
	}
	return slices.ContainsFunc(federation.Tokens(path), func(t string) bool { return slices.Contains(both, t) })
}
