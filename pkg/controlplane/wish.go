package controlplane

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/util/version"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Wish is what the user wants. What it leaves open stays as it is in the cluster, or is decided here.
type Wish struct {
	Namespace string
	Image     string
	Scope     apiextensionsv1.ResourceScope
	Replicas  int64
	Types     []federation.Type // nil for those of the chart
	Settings  []Setting
	Gates     map[string]bool
	// Secret is the name of a Secret with the webhook's certificate that somebody else makes, and Authorities what
	// the certificate is checked against, where that is not in the Secret.
	Secret      string
	Authorities []byte
	Now         time.Time
}

// NewerError says that what runs is newer than what would be installed.
type NewerError struct{ Running string }

// Error names what runs.
func (e *NewerError) Error() string {
	return fmt.Sprintf("%s runs, and is newer than what is installed here", e.Running)
}

// ScopeError says that the scope of a control plane is another than that asked for, and can't be changed.
type ScopeError struct{ Is apiextensionsv1.ResourceScope }

// Error says which it is.
func (e *ScopeError) Error() string {
	return fmt.Sprintf("the control plane has the scope %s, which KubeFed does not change", e.Is)
}

// ElsewhereError says that another namespace has a control plane for the whole cluster.
type ElsewhereError struct{ Namespace string }

// Error names the namespace.
func (e *ElsewhereError) Error() string {
	return fmt.Sprintf("the namespace %s has a KubeFed for the whole cluster, and there can be only one", e.Namespace)
}

// KeeperError says that the webhook's certificate is renewed by somebody else.
type KeeperError struct{ Keeper string }

// Error names who does it.
func (e *KeeperError) Error() string {
	return fmt.Sprintf("the webhook's certificate is kept by %s", e.Keeper)
}

// Request decides what the wish leaves open, by what was found. The notes say what a user may not expect.
func (w Wish) Request(f Found) (r Request, notes []string, err error) {
	r = Request{Namespace: w.Namespace, Secret: w.Secret, Replicas: cmp.Or(w.Replicas, f.Replicas, 1)}
	if r.Config, err = w.config(f.Config); err != nil {
		return r, nil, err
	}
	if f.Elsewhere != "" {
		return r, nil, &ElsewhereError{f.Elsewhere}
	}
	var note string
	if r.Image, note, err = w.image(f.Image); err != nil {
		return r, nil, err
	}
	if note != "" {
		notes = append(notes, note)
	}
	if r.Certificate, note, err = w.certificate(f); err != nil {
		return r, nil, err
	}
	if note != "" {
		notes = append(notes, note)
	}
	r.Types = w.types()
	return r, notes, nil
}

// config is what was found with what is wanted otherwise.
func (w Wish) config(found *v1beta1.KubeFedConfigSpec) (v1beta1.KubeFedConfigSpec, error) {
	spec := v1beta1.KubeFedConfigSpec{Scope: w.Scope}
	if found != nil {
		spec = *found.DeepCopy()
		if w.Scope != "" && spec.Scope != "" && w.Scope != spec.Scope {
			return spec, &ScopeError{spec.Scope}
		}
		spec.Scope = cmp.Or(spec.Scope, w.Scope)
	}
	for _, setting := range w.Settings {
		if err := setting.apply(&spec); err != nil {
			return spec, err
		}
	}
	for _, gate := range slices.Sorted(maps.Keys(w.Gates)) {
		setGate(&spec, gate, w.Gates[gate])
	}
	CompleteConfig(&spec)
	return spec, CheckConfig(spec)
}

// image is that which was asked for; else the last release, over an earlier one. What can't be compared, such as an
// image of the user's own, stays.
func (w Wish) image(running string) (image, note string, err error) {
	if w.Image != "" || running == "" || running == DefaultImage {
		return cmp.Or(w.Image, DefaultImage), "", nil
	}
	at, comparable := release(running)
	ours, _ := release(DefaultImage)
	switch {
	case !comparable:
		return running, fmt.Sprintf("the image %s stays (--image %s for the last release)", running, DefaultImage), nil
	case ours.LessThan(at):
		return "", "", &NewerError{running}
	case at.LessThan(ours):
		return DefaultImage, fmt.Sprintf("the image %s is replaced by %s", running, DefaultImage), nil
	}
	return running, "", nil // the same release from another registry
}

// release is the version that an image's tag tells.
func release(image string) (*version.Version, bool) {
	slash, colon := strings.LastIndex(image, "/"), strings.LastIndex(image, ":")
	if colon < slash || strings.Contains(image, "@") {
		return nil, false
	}
	v, err := version.ParseSemantic(image[colon+1:])
	return v, err == nil
}

// certificate is the one that is there, as long as it serves; else a new one.
func (w Wish) certificate(f Found) (c Certificate, note string, err error) {
	if w.Secret != "" {
		return Certificate{Authorities: w.authorities(f)}, "", nil
	}
	c = f.Certificate
	bad := c.Check(w.Namespace, w.Now)
	if bad != nil && len(c.Serving) > 0 && len(f.Trusted) > 0 { // helm's Secret lacks the authority
		c.Authorities = f.Trusted
		bad = c.Check(w.Namespace, w.Now)
	}
	switch {
	case bad == nil:
		return c, "", nil
	case f.Keeper != "":
		return c, "", &KeeperError{f.Keeper}
	case len(c.Serving) > 0:
		note = fmt.Sprintf("the webhook's certificate is replaced: %v", bad)
	}
	c, err = Issue(w.Namespace, w.Now)
	return c, note, err
}

// authorities are those for a Secret that somebody else makes.
func (w Wish) authorities(f Found) []byte {
	if len(w.Authorities) > 0 {
		return w.Authorities
	}
	return f.Certificate.Authorities
}

// types are those that were asked for, namespaces among them: without those KubeFed propagates nothing that lies in
// one.
func (w Wish) types() []federation.Type {
	types := slices.Clone(w.Types)
	if types == nil {
		types = federation.DefaultTypes()
	}
	if !slices.ContainsFunc(types, federation.Type.IsNamespace) {
		t, _ := federation.WellKnown("Namespace")
		types = append(types, t)
	}
	slices.SortFunc(types, func(a, b federation.Type) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(types, func(a, b federation.Type) bool { return a.Name == b.Name })
}
