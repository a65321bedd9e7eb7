package enabling

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/version"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
)

// word is how a user may call a resource type: deploy, deployments.apps, deployments.v1.apps, apps/v1/deployments,
// pods. and v1/pods. Where it can be read in several ways, it is in all of them.
type word struct {
	name           string
	group, version string
	grouped        bool // the group was given, "" for the core group
}

// readings are the ways to read a word.
func readings(text string) []word {
	text = strings.ToLower(text)
	if parts := strings.Split(text, "/"); len(parts) == 2 || len(parts) == 3 {
		group := strings.Join(parts[:len(parts)-2], "")
		return []word{{name: parts[len(parts)-1], group: group, version: parts[len(parts)-2], grouped: true}}
	}
	name, rest, dotted := strings.Cut(text, ".")
	if !dotted {
		return []word{{name: name}}
	}
	all := []word{{name: name, group: rest, grouped: true}}
	if version, group, _ := strings.Cut(rest, "."); version != "" {
		all = append(all, word{name: name, version: version, group: group, grouped: true})
	}
	return all
}

// matches tells whether a resource is called so, in the version that was given or the preferred one.
func (w word) matches(r Resource) bool {
	if w.grouped && r.Group != w.group {
		return false
	}
	if w.version != "" && r.Version != w.version || w.version == "" && !r.Preferred {
		return false
	}
	return w.exact(r) || w.name == strings.ToLower(r.Kind) || slices.Contains(r.ShortNames, w.name)
}

// exact tells whether the word is the resource's own name and no nickname.
func (w word) exact(r Resource) bool {
	return w.name == r.Plural || w.name == r.Singular && w.name != ""
}

// Find finds the resource that a word means. Of several groups that have one so called, only the core group may
// be left out, and only by its exact name: pods are pods, whoever serves metrics of them under that name.
func (c *Catalog) Find(text string) (Resource, error) {
	var found []Resource
	for _, w := range readings(text) {
		for _, r := range c.Resources {
			if !w.matches(r) {
				continue
			}
			if r.Group == "" && w.exact(r) {
				return r, nil
			}
			if !slices.ContainsFunc(found, func(f Resource) bool { return f.API == r.API }) {
				found = append(found, r)
			}
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Resource{}, c.unknown(text)
	}
	var names []string
	for _, r := range found {
		names = append(names, fullName(r.API))
	}
	slices.Sort(names)
	err := fmt.Errorf("%s may be %s", text, strings.Join(names, " or "))
	return Resource{}, hint.Add(err, "kubectl fed enable %s%s", names[0], c.in())
}

// fullName is a name that means no other resource: the core group's is its trailing dot.
func fullName(a federation.API) string { return a.Plural + "." + a.Group }

// unknown is the error for a word that means nothing; the other versions of what it means, and the APIs that do
// not answer, are said.
func (c *Catalog) unknown(text string) error {
	err := fmt.Errorf("the server doesn't have a resource type %q", text)
	var versions []string
	for _, w := range readings(text) {
		for _, r := range c.Resources {
			w.version = r.Version
			if w.matches(r) {
				versions = append(versions, r.Version)
			}
		}
	}
	if len(versions) > 0 {
		// the newest first; the server's own order is not always the same
		slices.SortFunc(versions, func(a, b string) int { return version.CompareKubeAwareVersionStrings(b, a) })
		return fmt.Errorf("%w; it has the versions %s of it", err, strings.Join(versions, ", "))
	}
	var failed []string
	for gv := range c.Failed {
		failed = append(failed, gv.String())
	}
	if len(failed) > 0 {
		slices.Sort(failed)
		err = fmt.Errorf("%w; it may be of an API that does not answer: %s", err, strings.Join(failed, ", "))
		return hint.Add(err, "kubectl get apiservices%s", c.in())
	}
	return hint.Add(err, "kubectl api-resources%s", c.in())
}

// needed are the verbs that KubeFed's controllers use on a target.
var needed = []string{"create", "delete", "get", "list", "update", "watch"}

// federatable is an error for a resource that KubeFed can't, or must not, propagate.
func (c *Catalog) federatable(r Resource, types []federation.Type) error {
	if i := slices.IndexFunc(types, func(t federation.Type) bool { return t.Federated.Resource() == r.Resource() }); i >= 0 {
		err := fmt.Errorf("%s is the federated kind of %s, which is what can be enabled", r.Resource(), types[i].Target.Resource())
		return hint.Add(err, "kubectl fed enable %s%s", types[i].Target.Resource(), c.in())
	}
	if kind := federation.TargetKind(r.GVK()); kind != "" && strings.HasPrefix(r.Plural, "federated") {
		err := fmt.Errorf("%s is a federated kind; its plain kind is what can be enabled", r.Resource())
		return hint.Add(err, "kubectl fed enable %s%s", strings.TrimPrefix(r.Plural, "federated"), c.in())
	}
	if r.Group == "kubefed.io" || strings.HasSuffix(r.Group, ".kubefed.io") {
		return fmt.Errorf("%s is KubeFed's own, and no member serves it", r.Resource())
	}
	var lacking []string
	for _, verb := range needed {
		if !slices.Contains(r.Verbs, verb) {
			lacking = append(lacking, verb)
		}
	}
	if len(lacking) > 0 {
		return fmt.Errorf("%s can't be federated: its API has no %s", r.Resource(), strings.Join(lacking, ", "))
	}
	return nil
}
