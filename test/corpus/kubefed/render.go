package kubefed

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/core/common"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1alpha1"
	"sigs.k8s.io/kubefed/pkg/controller/sync"
	"sigs.k8s.io/kubefed/pkg/controller/sync/dispatch"
	"sigs.k8s.io/kubefed/pkg/controller/sync/status"

	"github.com/kubectl-fed/kubectl-fed/test/corpus"
)

// answerByAccessor puts all cases of a type into one API server.
func answerByAccessor(cases []corpus.Case) ([]corpus.Answer, error) {
	out := make([]corpus.Answer, len(cases))
	byType := map[string][]int{}
	for i, c := range cases {
		byType[c.Type] = append(byType[c.Type], i)
	}
	for typ, indices := range byType {
		if err := answerType(typ, cases, indices, out); err != nil {
			return nil, fmt.Errorf("type %s: %w", typ, err)
		}
	}
	return out, nil
}

func answerType(typ string, cases []corpus.Case, indices []int, out []corpus.Answer) error {
	in, err := store(typ, cases, indices)
	if err != nil {
		return err
	}
	a, err := NewAccessor(corpus.Config(typ), in)
	if err != nil {
		return err
	}
	defer a.Close()
	for at, i := range indices {
		resource, err := a.Resource(in.Federated[at])
		if err != nil {
			return err
		}
		out[i], err = survive(cases[i], func(c corpus.Case) (corpus.Answer, error) { return byResource(resource, c) })
		if err != nil {
			return fmt.Errorf("%s: %w", cases[i], err)
		}
	}
	return nil
}

func store(typ string, cases []corpus.Case, indices []int) (Stored, error) {
	var in Stored
	for _, i := range indices {
		fed, err := parse(cases[i].Federated)
		if err != nil {
			return in, fmt.Errorf("%s: %w", cases[i], err)
		}
		in.Federated = append(in.Federated, fed)
		if typ == "namespaces" {
			ns := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace"}}
			ns.SetName(fed.GetName())
			in.Namespaces = append(in.Namespaces, ns)
		}
		if cases[i].Versions != nil {
			in.Versions = append(in.Versions, Version(typ, fed, *cases[i].Versions))
		}
	}
	return in, nil
}

// Version is the PropagatedVersion of a federated object, as KubeFed writes it.
func Version(typ string, fed *unstructured.Unstructured, v corpus.Versions) v1alpha1.PropagatedVersion {
	out := v1alpha1.PropagatedVersion{
		TypeMeta:   metav1.TypeMeta{APIVersion: "core.kubefed.io/v1alpha1", Kind: "PropagatedVersion"},
		ObjectMeta: metav1.ObjectMeta{Namespace: fed.GetNamespace(), Name: common.PropagatedVersionName(corpus.Config(typ).Spec.TargetType.Kind, fed.GetName())},
	}
	// A hash that can't be made is empty, and the reading of the record fails.
	out.Status.TemplateVersion, _ = sync.GetTemplateHash(fed.Object)
	out.Status.OverrideVersion, _ = sync.GetOverrideHash(fed)
	if v.StaleTemplate {
		out.Status.TemplateVersion = "0"
	}
	if v.StaleOverrides {
		out.Status.OverrideVersion = "0"
	}
	for cluster, version := range v.Clusters {
		out.Status.ClusterVersions = append(out.Status.ClusterVersions, v1alpha1.ClusterObjectVersion{ClusterName: cluster, Version: version})
	}
	return out
}

func byResource(r sync.FederatedResource, c corpus.Case) (corpus.Answer, error) {
	if c.Rule == corpus.Recorded {
		version, err := r.VersionForCluster(c.Cluster)
		if err != nil {
			return corpus.Refusal(err), nil
		}
		return corpus.Answer{Value: version}, nil
	}
	live, err := parse(c.Live)
	if err != nil {
		return corpus.Answer{}, err
	}
	return Render(r, c.Cluster, live), nil
}

// Render is the object that KubeFed would write to a cluster: over live, or as a
// new one where live is nil. It follows sync/dispatch/managed.go in kubefed.
func Render(r sync.FederatedResource, cluster string, live *unstructured.Unstructured) corpus.Answer {
	if live != nil && live.GetLabels()["kubefed.io/managed"] == "false" {
		return corpus.Answer{Failed: string(status.ManagedLabelFalse)}
	}
	obj, err := r.ObjectForCluster(cluster)
	if err != nil {
		return corpus.Answer{Failed: string(status.ComputeResourceFailed)}
	}
	if live != nil {
		if err := dispatch.RetainClusterFields(r.TargetKind(), obj, live, r.Object()); err != nil {
			return corpus.Answer{Failed: string(status.FieldRetentionFailed)}
		}
	}
	if err := r.ApplyOverrides(obj, cluster); err != nil {
		return corpus.Answer{Failed: string(status.ApplyOverridesFailed)}
	}
	trimVersion(obj)
	return corpus.Answer{Value: corpus.Tagged(obj.Object)}
}
