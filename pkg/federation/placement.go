package federation

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// Cluster is a member as placement sees it. Whether it is ready plays no
// part.
type Cluster struct {
	Name   string
	Labels map[string]string
}

// Placement says where an object goes.
type Placement struct {
	// Clusters are the members placed, sorted.
	Clusters []string
	// Excluded has every other member that was given, with the reason.
	Excluded map[string]Reason
	// Unknown are the names in the object's own placement that belong to no
	// member, sorted. KubeFed passes over them in silence.
	Unknown []string
}

// Has tells whether the member of this name is placed.
func (p Placement) Has(name string) bool { return slices.Contains(p.Clusters, name) }

// Place computes where a federated object goes, as controller/util/placement.go
// does: its own placement among the registered clusters and, where the target
// lives in a namespace, also that of the FederatedNamespace. Without one,
// the target goes nowhere; only a control plane that is itself limited to one
// namespace then takes the object's placement as it stands.
func Place(t Type, fed, fedNamespace *unstructured.Unstructured, clusters []Cluster, namespaceScoped bool) (Placement, error) {
	own, err := readPlacement(fed)
	if err != nil {
		return Placement{}, err
	}
	judge := own.judge
	if t.Target.Namespaced {
		ns, err := namespaceJudge(fed.GetNamespace(), fedNamespace, namespaceScoped)
		if err != nil {
			return Placement{}, err
		}
		judge = both(own.judge, ns)
	}
	p := divide(clusters, judge)
	p.Unknown = own.unknown(clusters)
	return p, nil
}

// judgement says why a member is not placed; the zero Reason places it.
type judgement func(Cluster) Reason

func both(first, second judgement) judgement {
	return func(c Cluster) Reason {
		if r := first(c); r.Code != "" {
			return r
		}
		return second(c)
	}
}

// namespaceJudge reads the placement of a FederatedNamespace. It allows
// where the control plane serves the whole cluster, and only limits where it
// serves one namespace.
func namespaceJudge(namespace string, fedNamespace *unstructured.Unstructured, namespaceScoped bool) (judgement, error) {
	if fedNamespace == nil {
		if namespaceScoped {
			return func(Cluster) Reason { return Reason{} }, nil
		}
		return func(Cluster) Reason { return Reason{Code: NamespaceNotFederated, Namespace: namespace} }, nil
	}
	p, err := readPlacement(fedNamespace)
	if err != nil {
		return nil, err
	}
	return func(c Cluster) Reason {
		if p.judge(c).Code == "" {
			return Reason{}
		}
		return Reason{Code: NamespaceExcludes, Namespace: namespace}
	}, nil
}

func divide(clusters []Cluster, judge judgement) Placement {
	p := Placement{Clusters: []string{}, Excluded: map[string]Reason{}}
	for _, c := range clusters {
		if r := judge(c); r.Code != "" {
			p.Excluded[c.Name] = r
		} else {
			p.Clusters = append(p.Clusters, c.Name)
		}
	}
	slices.Sort(p.Clusters)
	return p
}

// placement is spec.placement, read. A list of clusters has three values: a
// missing one leaves the choice to the selector, an empty one places nowhere.
type placement struct {
	names       []string // nil when there is no list
	selector    labels.Selector
	hasSelector bool
}

func (p placement) judge(c Cluster) Reason {
	switch {
	case p.names != nil && slices.Contains(p.names, c.Name):
		return Reason{}
	case p.names != nil && len(p.names) == 0:
		return Reason{Code: EmptyList}
	case p.names != nil:
		return Reason{Code: NotListed}
	case p.selector.Matches(labels.Set(c.Labels)):
		return Reason{}
	case p.hasSelector:
		return Reason{Code: NotSelected}
	}
	return Reason{Code: NoPlacement}
}

func (p placement) unknown(clusters []Cluster) []string {
	var out []string
	for _, name := range p.names {
		if !slices.ContainsFunc(clusters, func(c Cluster) bool { return c.Name == name }) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// placementFields is spec.placement as KubeFed decodes it.
type placementFields struct {
	Clusters []struct {
		Name string `json:"name"`
	} `json:"clusters"`
	ClusterSelector *metav1.LabelSelector `json:"clusterSelector"`
}

// names are the listed clusters; nil when there is no list.
func (f placementFields) names() []string {
	if f.Clusters == nil {
		return nil
	}
	names := []string{}
	for _, c := range f.Clusters {
		names = append(names, c.Name)
	}
	return names
}

// readPlacement does not parse a selector beside a list, and neither does
// KubeFed.
func readPlacement(fed *unstructured.Unstructured) (placement, error) {
	fields, err := decodePlacement(fed)
	if err != nil {
		return placement{}, err
	}
	if names := fields.names(); names != nil {
		return placement{names: names}, nil
	}
	return parseSelector(fed, fields)
}

// readSelector reads a placement as if it had no list of clusters.
func readSelector(fed *unstructured.Unstructured) (placement, error) {
	fields, err := decodePlacement(fed)
	if err != nil {
		return placement{}, err
	}
	return parseSelector(fed, fields)
}

func parseSelector(fed *unstructured.Unstructured, fields placementFields) (placement, error) {
	selector, err := metav1.LabelSelectorAsSelector(fields.ClusterSelector)
	if err != nil {
		return placement{}, fmt.Errorf("reading spec.placement.clusterSelector of %s: %w", describe(fed), err)
	}
	return placement{selector: selector, hasSelector: fields.ClusterSelector != nil}, nil
}

func decodePlacement(fed *unstructured.Unstructured) (placementFields, error) {
	var in struct {
		Spec struct {
			Placement placementFields `json:"placement"`
		} `json:"spec"`
	}
	if err := decode(fed, &in); err != nil {
		return placementFields{}, fmt.Errorf("reading spec.placement of %s: %w", describe(fed), err)
	}
	return in.Spec.Placement, nil
}

// decode reads an object the way KubeFed does, by JSON into a struct. Numbers
// in fields of no type so become float64 (controller/util/overrides.go).
func decode(obj *unstructured.Unstructured, into any) error {
	raw, err := json.Marshal(obj.Object)
	if err != nil {
		return err
	}
	err = json.Unmarshal(raw, into)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s is a %s, which does not belong there", wrong.Field, wrong.Value)
	}
	return err
}

// describe names an object in an error: "FederatedDeployment shop/web".
func describe(obj *unstructured.Unstructured) string {
	name := obj.GetName()
	if ns := obj.GetNamespace(); ns != "" {
		name = ns + "/" + name
	}
	return obj.GetKind() + " " + name
}
