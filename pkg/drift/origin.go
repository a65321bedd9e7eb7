package drift

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Origin is where the value comes from that KubeFed will write.
type Origin struct {
	From Source `json:"from"`
	// Override is the number of the override among the cluster's, from 1.
	Override int `json:"override,omitempty"`
	// Preference is the name of the scheduling preference.
	Preference string `json:"preference,omitempty"`
}

// Source is a kind of origin.
type Source string

// The sources. What a template does not have comes from the template as well:
// KubeFed writes whole objects, so it takes away what is not there.
const (
	FromTemplate   Source = "template"
	FromOverride   Source = "override"
	FromPreference Source = "scheduling preference"
	FromRetained   Source = "retained"
	FromKubeFed    Source = "kubefed"
	FromServer     Source = "server" // a default, or what admission adds
)

const replicasPath = "/spec/replicas"

// sources says where the fields of one object in one member come from.
type sources struct {
	in        Input
	base      *unstructured.Unstructured
	overrides []federation.Override
}

func sourcesOf(in Input) sources {
	s := sources{in: in}
	if base, err := federation.Base(in.Type, in.Federated); err == nil {
		s.base = base
	}
	if all, err := federation.Overrides(in.Federated); err == nil {
		s.overrides = all[in.Cluster]
	}
	return s
}

// of finds where a change comes from. The last override wins, as in the patch.
func (s sources) of(c Change) *Origin {
	for i := len(s.overrides) - 1; i >= 0; i-- {
		o := s.overrides[i]
		if !touches(o.Path, c.Path) {
			continue
		}
		if o.Path == replicasPath && s.in.Preference != "" {
			return &Origin{From: FromPreference, Preference: s.in.Preference, Override: i + 1}
		}
		return &Origin{From: FromOverride, Override: i + 1}
	}
	return &Origin{From: s.plain(c)}
}

func (s sources) plain(c Change) Source {
	label := federation.Pointer("metadata", "labels", federation.ManagedLabel)
	inTemplate := false
	if s.base != nil {
		_, _, inTemplate = federation.Lookup(s.base, c.Path)
	}
	switch {
	case c.Path == label, c.Path == "/metadata/labels" && !inTemplate && c.Added:
		return FromKubeFed
	case federation.IsRetained(s.in.Type, s.in.Federated, c.Path):
		return FromRetained
	case inTemplate, c.Removed:
		return FromTemplate
	}
	return FromServer
}

// touches tells whether an override of one path can be seen at another.
func touches(override, path string) bool {
	return override == path || strings.HasPrefix(path, override+"/") || strings.HasPrefix(override, path+"/")
}
