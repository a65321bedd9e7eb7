package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	yamlnode "go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// below is the path of a child. It copies, since paths outlive the walk.
func below(at []string, tokens ...string) []string { return append(slices.Clone(at), tokens...) }

// dotted writes a path as people do.
func dotted(tokens []string) string {
	return cmp.Or(federation.Dotted(tokens), "the document")
}

// finding puts a rule's words and a place in the document around a message.
func (d Document) finding(r Rule, at []string, format string, args ...any) Finding {
	f := Finding{
		Code: r.Code, Severity: r.Severity, File: d.File, Object: d.name(),
		Message: fmt.Sprintf(format, args...), Ignored: r.Ignored, Mend: r.Mend,
	}
	if len(at) > 0 {
		f.Path = dotted(at)
	}
	if d.node != nil {
		f.Line, f.Column = d.position(at)
	}
	return f
}

func (d Document) name() string {
	if d.Object == nil {
		return ""
	}
	return ObjectName(d.Object)
}

// ObjectName is what a finding calls an object.
func ObjectName(object *unstructured.Unstructured) string {
	name := object.GetName()
	if ns := object.GetNamespace(); ns != "" {
		name = ns + "/" + name
	}
	return strings.TrimSpace(object.GetKind() + " " + name)
}

// position is the line and column of a field's key or of a list's element;
// of what is nearest above it, where it is not in the text.
func (d Document) position(at []string) (line, column int) {
	node := d.node
	shown := node
	for _, token := range at {
		key, value := step(node, token)
		if value == nil {
			break
		}
		shown, node = key, value
	}
	return d.offset + shown.Line, shown.Column
}

func (d Document) nodeAt(at []string) *yamlnode.Node {
	node := d.node
	for _, token := range at {
		if _, node = step(node, token); node == nil {
			return nil
		}
	}
	return node
}

// step goes one token down: to the node that a reader looks for, and to the
// one that the walk goes on from. Of a key that appears twice the last counts.
func step(node *yamlnode.Node, token string) (shown, value *yamlnode.Node) {
	if node.Kind == yamlnode.AliasNode {
		node = node.Alias
	}
	switch node.Kind {
	case yamlnode.MappingNode:
		for i := len(node.Content) - 2; i >= 0; i -= 2 {
			if node.Content[i].Value == token {
				return node.Content[i], node.Content[i+1]
			}
		}
	case yamlnode.SequenceNode:
		if i, err := strconv.Atoi(token); err == nil && i < len(node.Content) {
			return node.Content[i], node.Content[i]
		}
	}
	return nil, nil
}
