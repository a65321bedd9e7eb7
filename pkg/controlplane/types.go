package controlplane

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// typeObjects are what enables a type: the definition of its federated API, and its FederatedTypeConfig.
func (r Request) typeObjects(t federation.Type) (definition, config *unstructured.Unstructured, err error) {
	definition = &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{"name": t.Federated.Resource().String()},
		"spec": map[string]any{
			"group": t.Federated.Group, "scope": scopeOf(t.Federated), "names": namesOf(t),
			"versions": []any{map[string]any{
				"name": t.Federated.Version, "served": true, "storage": true,
				"subresources": map[string]any{"status": map[string]any{}},
				"schema":       map[string]any{"openAPIV3Schema": schemaOf(t)},
			}},
		},
	}}
	config = &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": coreGroup + "/v1beta1", "kind": "FederatedTypeConfig",
		"metadata": map[string]any{"name": t.Name, "namespace": r.Namespace},
		"spec": map[string]any{
			"propagation": "Enabled", "targetType": apiResource(t.Target), "federatedType": apiResource(t.Federated),
		},
	}}
	mark(definition)
	mark(config)
	return definition, config, nil
}

func scopeOf(api federation.API) string {
	if api.Namespaced {
		return "Namespaced"
	}
	return "Cluster"
}

func apiResource(api federation.API) map[string]any {
	r := map[string]any{"version": api.Version, "kind": api.Kind, "pluralName": api.Plural, "scope": scopeOf(api)}
	if api.Group != "" {
		r["group"] = api.Group
	}
	return r
}

// shortNames are those that kubectl knows for the kinds that are enabled by default.
var shortNames = map[string][]any{
	"ConfigMap": {"fcm"}, "Deployment": {"fdeploy"}, "Ingress": {"fing"}, "Namespace": {"fns"}, "ReplicaSet": {"frs"},
	"Service": {"fsvc"}, "ServiceAccount": {"fsa"},
}

func namesOf(t federation.Type) map[string]any {
	names := map[string]any{"kind": t.Federated.Kind, "plural": t.Federated.Plural}
	if short := shortNames[t.Target.Kind]; short != nil {
		names["shortNames"] = slices.Clone(short)
	}
	return names
}

func object(properties map[string]any, required ...any) map[string]any {
	o := map[string]any{"type": "object", "properties": properties}
	if len(required) > 0 {
		o["required"] = required
	}
	return o
}

func array(items map[string]any) map[string]any {
	return map[string]any{"type": "array", "items": items}
}

func text() map[string]any { return map[string]any{"type": "string"} }

func formatted(kind, format string) map[string]any {
	return map[string]any{"type": kind, "format": format}
}

func free() map[string]any {
	return map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}
}

func schemaOf(t federation.Type) map[string]any {
	spec := map[string]any{"placement": placementSchema(), "overrides": overridesSchema(), "template": free()}
	if t.Target.Kind == "Deployment" || t.Target.Kind == "ReplicaSet" {
		spec["retainReplicas"] = map[string]any{"type": "boolean"}
	}
	return object(map[string]any{
		"apiVersion": text(), "kind": text(), "metadata": map[string]any{"type": "object"},
		"spec": object(spec), "status": statusSchema(),
	}, "spec")
}

func placementSchema() map[string]any {
	expression := object(map[string]any{"key": text(), "operator": text(), "values": array(text())}, "key", "operator")
	return object(map[string]any{
		"clusters": array(object(map[string]any{"name": text()}, "name")),
		"clusterSelector": object(map[string]any{
			"matchExpressions": array(expression),
			"matchLabels":      map[string]any{"type": "object", "additionalProperties": text()},
		}),
	})
}

func overridesSchema() map[string]any {
	override := object(map[string]any{
		"op":   map[string]any{"type": "string", "pattern": "^(add|remove|replace)?$"},
		"path": text(), "value": map[string]any{"x-kubernetes-preserve-unknown-fields": true},
	}, "path")
	return array(object(map[string]any{"clusterName": text(), "clusterOverrides": array(override)}))
}

func statusSchema() map[string]any {
	return object(map[string]any{
		"clusters": array(object(map[string]any{"name": text(), "status": text(), "remoteStatus": free()}, "name")),
		"conditions": array(object(map[string]any{
			"type": text(), "status": text(), "reason": text(),
			"lastUpdateTime": formatted("string", "date-time"), "lastTransitionTime": formatted("string", "date-time"),
		}, "type", "status")),
		"observedGeneration": formatted("integer", "int64"),
	})
}
