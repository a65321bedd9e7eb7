package kubeconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// splice returns data with one server replaced and every other byte as it was.
// It refuses a file that it can't edit without doubt.
func splice(data []byte, edit Edit) ([]byte, error) {
	got, err := serverOf(data, edit.Cluster)
	if err != nil {
		return nil, err
	}
	if got != edit.From {
		return nil, &ChangedError{Cluster: edit.Cluster, Want: edit.From, Got: got}
	}
	if edit.From == edit.To {
		return data, nil
	}
	scalar, err := findServer(data, edit.Cluster)
	if err != nil {
		return nil, fmt.Errorf("cluster %q: %w", edit.Cluster, err)
	}
	start, end, err := extent(data, scalar)
	if err != nil {
		return nil, fmt.Errorf("cluster %q: %w", edit.Cluster, err)
	}
	for _, text := range spellings(edit.To, scalar.Style) {
		after := bytes.Join([][]byte{data[:start], data[end:]}, []byte(text))
		if err = verify(data, after, edit); err == nil {
			return after, nil
		}
	}
	return nil, fmt.Errorf("cluster %q: server can't be replaced safely: %w", edit.Cluster, err)
}

// findServer finds the scalar that spells a cluster's server. It is strict where
// YAML allows one value to appear in several places: there a change of one place
// would change others, or nothing.
func findServer(data []byte, cluster string) (*yaml.Node, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("the file is not UTF-8, so it can't be edited in place")
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return nil, err
	}
	if len(document.Content) == 0 {
		return nil, errors.New("the file is empty")
	}
	entry, err := findEntry(document.Content[0], cluster)
	if err != nil {
		return nil, err
	}
	body, err := lookup(entry, "cluster")
	if err != nil {
		return nil, err
	}
	server, err := lookup(body, "server")
	if err != nil {
		return nil, err
	}
	return server, editable(server)
}

// findEntry finds the element of clusters with this name. There is one at most:
// client-go refuses a file that has two.
func findEntry(root *yaml.Node, cluster string) (*yaml.Node, error) {
	clusters, err := lookup(root, "clusters")
	if err != nil {
		return nil, err
	}
	for _, entry := range clusters.Content {
		if name, err := lookup(entry, "name"); err == nil && name.Value == cluster {
			return entry, nil
		}
	}
	return nil, errors.New("its entry is written as an alias, so it can't be edited in place")
}

// lookup returns the value of a key that a mapping spells itself, once.
func lookup(mapping *yaml.Node, key string) (*yaml.Node, error) {
	if mapping.Kind == yaml.AliasNode {
		return nil, fmt.Errorf("%q would be changed behind the alias *%s, where others may use it too", key, mapping.Value)
	}
	var found *yaml.Node
	for i := 0; mapping.Kind == yaml.MappingNode && i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value != key {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("%q is defined twice, in lines %d and %d", key, found.Line, mapping.Content[i].Line)
		}
		found = mapping.Content[i+1]
	}
	if found == nil {
		return nil, fmt.Errorf("it has no %q of its own", key)
	}
	return found, nil
}

// editable says why a scalar can't be replaced in place; nil when it can.
func editable(server *yaml.Node) error {
	switch {
	case server.Kind == yaml.AliasNode:
		return fmt.Errorf("server in line %d is the alias *%s, so it can't be edited in place", server.Line, server.Value)
	case server.Kind != yaml.ScalarNode:
		return fmt.Errorf("server in line %d is no text", server.Line)
	case server.Anchor != "":
		return fmt.Errorf("server in line %d has the anchor &%s, which others may use too", server.Line, server.Anchor)
	case server.Style&yaml.TaggedStyle != 0:
		return fmt.Errorf("server in line %d has a YAML tag, so it can't be edited in place", server.Line)
	case server.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return fmt.Errorf("server in line %d is a block of lines, so it can't be edited in place", server.Line)
	case server.Value == "":
		return fmt.Errorf("server in line %d is empty", server.Line)
	}
	return nil
}

// extent returns the byte range of a plain or quoted scalar, quotes included.
func extent(data []byte, scalar *yaml.Node) (start, end int, err error) {
	start = offset(data, scalar.Line, scalar.Column)
	length := -1
	switch rest := data[start:]; {
	case scalar.Style&yaml.DoubleQuotedStyle != 0:
		length = quotedLength(rest, '"')
	case scalar.Style&yaml.SingleQuotedStyle != 0:
		length = quotedLength(rest, '\'')
	case bytes.HasPrefix(rest, []byte(scalar.Value)):
		length = len(scalar.Value)
	}
	if length < 0 {
		return 0, 0, fmt.Errorf("server in line %d spans lines, so it can't be edited in place", scalar.Line)
	}
	return start, start + length, nil
}

// quotedLength measures the quoted scalar that text begins with, or returns -1.
// In double quotes a backslash guards the next character; in single quotes a
// quote is doubled, which reads as two scalars that touch.
func quotedLength(text []byte, quote byte) int {
	if len(text) == 0 || text[0] != quote {
		return -1
	}
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] != quote:
		case quote == '\'' && i+1 < len(text) && text[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return -1
}

// spellings returns the ways to write a value, best first: in the style that the
// file has and, where a plain value has characters that mean something to YAML
// (an IPv6 address within {}), in double quotes, which JSON and YAML share.
func spellings(value string, style yaml.Style) []string {
	switch {
	case style&yaml.SingleQuotedStyle != 0:
		return []string{"'" + strings.ReplaceAll(value, "'", "''") + "'"}
	case style&yaml.DoubleQuotedStyle != 0:
		return []string{doubleQuoted(value)}
	default:
		return []string{value, doubleQuoted(value)}
	}
}

func doubleQuoted(value string) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // a "&" is fine in a URL
	// Encoding a string into memory can't fail.
	_ = encoder.Encode(value)
	return strings.TrimSuffix(text.String(), "\n")
}
