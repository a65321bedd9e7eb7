package federation

// The pieces that the schema of a federated kind is made of, as
// kubefedctl/enable/validation.go has them.

func objectOf(properties map[string]any, required ...string) map[string]any {
	o := map[string]any{"type": "object", "properties": properties}
	if len(required) > 0 {
		list := make([]any, len(required))
		for i, name := range required {
			list[i] = name
		}
		o["required"] = list
	}
	return o
}

func arrayOf(items any) map[string]any { return map[string]any{"type": "array", "items": items} }

func text() map[string]any { return map[string]any{"type": "string"} }

func formatted(kind, format string) map[string]any {
	return map[string]any{"type": kind, "format": format}
}

// anything is an object that keeps every field.
func anything() map[string]any {
	return map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}
}

// federatedSchema is the schema of a federated kind. The template is not
// checked: it is each member's API server that knows what the target may hold.
func federatedSchema(replicas bool) map[string]any {
	spec := map[string]any{"template": anything(), "placement": placementSchema(), "overrides": overridesSchema()}
	if replicas {
		spec["retainReplicas"] = map[string]any{"type": "boolean"}
	}
	return objectOf(map[string]any{
		"apiVersion": text(), "kind": text(), "metadata": map[string]any{"type": "object"},
		"spec": objectOf(spec), "status": statusSchema(),
	}, "spec")
}

func placementSchema() map[string]any {
	expression := objectOf(map[string]any{"key": text(), "operator": text(), "values": arrayOf(text())}, "key", "operator")
	return objectOf(map[string]any{
		"clusters": arrayOf(objectOf(map[string]any{"name": text()}, "name")),
		"clusterSelector": objectOf(map[string]any{
			"matchExpressions": arrayOf(expression),
			"matchLabels":      map[string]any{"type": "object", "additionalProperties": text()},
		}),
	})
}

func overridesSchema() map[string]any {
	operation := objectOf(map[string]any{
		"op":    map[string]any{"type": "string", "pattern": "^(add|remove|replace)?$"},
		"path":  text(),
		"value": map[string]any{"x-kubernetes-preserve-unknown-fields": true},
	}, "path")
	return arrayOf(objectOf(map[string]any{"clusterName": text(), "clusterOverrides": arrayOf(operation)}))
}

func statusSchema() map[string]any {
	condition := objectOf(map[string]any{
		"type": text(), "status": text(), "reason": text(),
		"lastUpdateTime": formatted("string", "date-time"), "lastTransitionTime": formatted("string", "date-time"),
	}, "type", "status")
	cluster := objectOf(map[string]any{"name": text(), "status": text(), "remoteStatus": anything()}, "name")
	return objectOf(map[string]any{
		"conditions": arrayOf(condition), "clusters": arrayOf(cluster), "observedGeneration": formatted("integer", "int64"),
	})
}
