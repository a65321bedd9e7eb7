package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/test/corpus"
)

// Answer is the model's answer to a case. An error says that the case could not
// be put to it, not that it refused one.
func (m Model) Answer(c corpus.Case) (corpus.Answer, error) {
	answer := map[corpus.Rule]func(corpus.Case) (corpus.Answer, error){
		corpus.Placement: m.placement, corpus.Overrides: m.overrides, corpus.Patch: m.patch,
		corpus.Create: m.render, corpus.Update: m.render,
		corpus.Hashes: m.hashes, corpus.Needs: m.needs, corpus.Recorded: m.recorded,
		corpus.Convert: m.convert, corpus.Pods: m.pods, corpus.Plan: m.plan, corpus.Schedule: m.schedule,
	}[c.Rule]
	if answer == nil {
		return corpus.Answer{}, fmt.Errorf("no rule %q", c.Rule)
	}
	return answer(c)
}

func typeOf(c corpus.Case) federation.Type { return federation.TypeOf(corpus.Config(c.Type)) }

// parse reads an object as a client of an API server does; nil where there is
// none.
func parse(raw json.RawMessage) (object, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	obj := &unstructured.Unstructured{}
	return obj, obj.UnmarshalJSON(raw)
}

// objects reads the federated object and one more.
func objects(c corpus.Case, other json.RawMessage) (fed, second object, err error) {
	if fed, err = parse(c.Federated); err != nil {
		return nil, nil, err
	}
	second, err = parse(other)
	return fed, second, err
}

func clusters(c corpus.Case) []federation.Cluster {
	var out []federation.Cluster
	for _, m := range c.Clusters {
		out = append(out, federation.Cluster{Name: m.Name, Labels: m.Labels})
	}
	return out
}

func (m Model) placement(c corpus.Case) (corpus.Answer, error) {
	fed, ns, err := objects(c, c.FederatedNamespace)
	if err != nil {
		return corpus.Answer{}, err
	}
	p, err := m.Place(typeOf(c), fed, ns, clusters(c), c.Limited)
	if err != nil {
		return corpus.Refusal(err), nil
	}
	if len(p.Clusters)+len(p.Excluded) != len(c.Clusters) {
		return corpus.Answer{}, fmt.Errorf("a member is neither placed nor excluded: %v", p)
	}
	return corpus.Answer{Value: p.Clusters}, nil
}

func (m Model) overrides(c corpus.Case) (corpus.Answer, error) {
	fed, err := parse(c.Federated)
	if err != nil {
		return corpus.Answer{}, err
	}
	read, err := m.Overrides(fed)
	if err != nil {
		return corpus.Refusal(err), nil
	}
	raw, err := json.Marshal(read)
	if err != nil {
		return corpus.Answer{}, err
	}
	var value any
	err = json.Unmarshal(raw, &value)
	return corpus.Answer{Value: value}, err
}

func (m Model) patch(c corpus.Case) (corpus.Answer, error) {
	obj, err := parse(c.Live)
	if err != nil {
		return corpus.Answer{}, err
	}
	var steps []federation.Override
	if err := json.Unmarshal(c.Steps, &steps); err != nil {
		return corpus.Refusal(err), nil
	}
	return rendered(obj, m.Apply(obj, steps)), nil
}

func (m Model) render(c corpus.Case) (corpus.Answer, error) {
	fed, live, err := objects(c, c.Live)
	if err != nil {
		return corpus.Answer{}, err
	}
	if live == nil {
		return rendered(m.ForCreate(typeOf(c), fed, c.Cluster)), nil
	}
	return rendered(m.ForUpdate(typeOf(c), fed, c.Cluster, live)), nil
}

// rendered is the object, or the step at which it failed.
func rendered(obj object, err error) corpus.Answer {
	var failed *federation.RenderError
	switch {
	case errors.As(err, &failed):
		return corpus.Answer{Failed: string(failed.Status)}
	case err != nil:
		return corpus.Refusal(err)
	}
	return corpus.Answer{Value: corpus.Tagged(obj.Object)}
}

func (m Model) hashes(c corpus.Case) (corpus.Answer, error) {
	fed, err := parse(c.Federated)
	if err != nil {
		return corpus.Answer{}, err
	}
	template, templateErr := m.TemplateHash(fed)
	steps, stepsErr := m.OverridesHash(fed)
	return corpus.Answer{Value: []any{template, templateErr != nil, steps, stepsErr != nil}}, nil
}

func (m Model) needs(c corpus.Case) (corpus.Answer, error) {
	desired, live, err := objects(c, c.Live)
	if err != nil {
		return corpus.Answer{}, err
	}
	return corpus.Answer{Value: []any{m.VersionOf(live), m.NeedsUpdate(desired, live, c.Recorded)}}, nil
}

// recorded hands over the PropagatedVersion that KubeFed would have written. A
// hash that can't be made is empty in it.
func (m Model) recorded(c corpus.Case) (corpus.Answer, error) {
	fed, err := parse(c.Federated)
	if err != nil {
		return corpus.Answer{}, err
	}
	read, err := m.Recorded(fed, propagated(fed, c.Versions))
	if err != nil {
		return corpus.Refusal(err), nil
	}
	return corpus.Answer{Value: read[c.Cluster]}, nil
}

func propagated(fed object, v *corpus.Versions) object {
	if v == nil {
		return nil
	}
	template, _ := federation.TemplateHash(fed)
	overrides, _ := federation.OverridesHash(fed)
	if v.StaleTemplate {
		template = "0"
	}
	if v.StaleOverrides {
		overrides = "0"
	}
	var versions []any
	for cluster, version := range v.Clusters {
		versions = append(versions, map[string]any{"clusterName": cluster, "version": version})
	}
	return &unstructured.Unstructured{Object: map[string]any{"kind": "PropagatedVersion", "status": map[string]any{
		"templateVersion": template, "overridesVersion": overrides, "clusterVersions": versions,
	}}}
}

// extras is what the model strips beyond kubefedctl, by kind: a member allocates
// it, or would refuse it.
var extras = map[string][][]string{
	"Service": {{"spec", "healthCheckNodePort"}, {"spec", "ipFamilies"}, {"spec", "ipFamilyPolicy"}},
}

// Converted is kubefedctl's answer to a conversion as the model's has to be,
// where the two are meant to differ.
func Converted(c corpus.Case, a corpus.Answer) corpus.Answer {
	fed, ok := a.Value.(map[string]any)
	if !ok {
		return a
	}
	kind := corpus.Config(c.Type).Spec.TargetType.Kind
	unstructured.RemoveNestedField(fed, "spec", "placement") // ours to choose
	for _, path := range extras[kind] {
		unstructured.RemoveNestedField(fed, slices.Concat([]string{"spec", "template"}, path)...)
	}
	keepHeadless(c, fed)
	unstructured.RemoveNestedField(fed, "spec", "template", "metadata", "labels", federation.ManagedLabel)
	dropEmpty(fed, "spec", "template", "metadata", "labels")
	dropEmpty(fed, "spec", "template", "metadata")
	if kind == "Namespace" {
		dropEmpty(fed, "spec", "template", "spec")
	}
	dropNulls(fed)
	return a
}

// keepHeadless puts back the "None" of a headless Service: kubefedctl takes it
// for an address, and its copy gets one.
func keepHeadless(c corpus.Case, fed map[string]any) {
	obj, err := parse(c.Live)
	if err != nil || obj.GetKind() != "Service" {
		return
	}
	if ip, _, _ := unstructured.NestedString(obj.Object, "spec", "clusterIP"); ip != "None" {
		return
	}
	for _, field := range []string{"clusterIP", "clusterIPs"} {
		if value, ok, _ := unstructured.NestedFieldCopy(obj.Object, "spec", field); ok {
			_ = unstructured.SetNestedField(fed, value, "spec", "template", "spec", field) // it is a map
		}
	}
}

func dropEmpty(fed map[string]any, path ...string) {
	if m, ok, _ := unstructured.NestedMap(fed, path...); ok && len(m) == 0 {
		unstructured.RemoveNestedField(fed, path...)
	}
}

// dropNulls removes the null timestamps that Go programs write into templates.
func dropNulls(value any) {
	switch v := value.(type) {
	case map[string]any:
		if t, ok := v["creationTimestamp"]; ok && t == nil {
			delete(v, "creationTimestamp")
		}
		for _, child := range v {
			dropNulls(child)
		}
	case []any:
		for _, child := range v {
			dropNulls(child)
		}
	}
}

func (m Model) convert(c corpus.Case) (corpus.Answer, error) {
	obj, err := parse(c.Live)
	if err != nil {
		return corpus.Answer{}, err
	}
	fed, _, err := m.Federate(typeOf(c), obj, federation.NewOptions{})
	if err != nil {
		return corpus.Refusal(err), nil
	}
	unstructured.RemoveNestedField(fed.Object, "spec", "placement")
	return corpus.Answer{Value: corpus.Tagged(fed.Object)}, nil
}
