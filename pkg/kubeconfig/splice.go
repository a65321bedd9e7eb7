package kubeconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// splice returns data with servers replaced, one for each edit, and every other byte
// as it was. It refuses a file that it can't edit without doubt.
func splice(data []byte, edits ...Edit) ([]byte, error) {
	before, err := load(data)
	if err != nil {
		return nil, err
	}
	var needed []Edit
	for _, edit := range edits {
		if err := holds(before, edit); err != nil {
			return nil, err
		}
		if edit.From != edit.To {
			needed = append(needed, edit)
		}
	}
	if len(needed) == 0 {
		return data, nil
	}
	spots, document, err := findSpots(data, needed)
	if err != nil {
		return nil, err
	}
	// An attempt with the best spellings, and one with quotes around all that has none.
	for _, quoted := range []bool{false, true} {
		after := fillSpots(data, spots, quoted)
		if err = verify(original{before, document}, after, needed); err == nil {
			return after, nil
		}
	}
	return nil, fmt.Errorf("cluster %q: server can't be replaced safely: %w", needed[0].Cluster, err)
}

// holds is nil when a file has still the entry and the server that an edit starts
// from.
func holds(config *clientcmdapi.Config, edit Edit) error {
	entry := config.Clusters[edit.Cluster]
	switch {
	case entry == nil:
		return fmt.Errorf("it has no cluster %q", edit.Cluster)
	case entry.Server == "":
		return fmt.Errorf("cluster %q has no server", edit.Cluster)
	case entry.Server != edit.From:
		return &ChangedError{Cluster: edit.Cluster, Want: edit.From, Got: entry.Server}
	}
	return nil
}

// spot is the part of a file that one edit replaces.
type spot struct {
	start, end int
	spellings  []string // best first
}

// findSpots finds what the edits replace, in the order of the file.
func findSpots(data []byte, edits []Edit) ([]spot, *yaml.Node, error) {
	document, err := parse(data)
	if err != nil {
		return nil, nil, err
	}
	var spots []spot
	for _, edit := range edits {
		scalar, err := findServer(document, edit.Cluster)
		if err != nil {
			return nil, nil, fmt.Errorf("cluster %q: %w", edit.Cluster, err)
		}
		start, end, err := extent(data, scalar)
		if err != nil {
			return nil, nil, fmt.Errorf("cluster %q: %w", edit.Cluster, err)
		}
		spots = append(spots, spot{start, end, spellings(edit.To, scalar.Style)})
	}
	slices.SortFunc(spots, func(a, b spot) int { return a.start - b.start })
	return spots, document, nil
}

// fillSpots writes the new servers, each in its best spelling or in its last one.
func fillSpots(data []byte, spots []spot, last bool) []byte {
	var after []byte
	from := 0
	for _, s := range spots {
		text := s.spellings[0]
		if last {
			text = s.spellings[len(s.spellings)-1]
		}
		after = append(append(after, data[from:s.start]...), text...)
		from = s.end
	}
	return append(after, data[from:]...)
}

// parse reads a file as YAML, for its places.
func parse(data []byte) (*yaml.Node, error) {
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
	return &document, nil
}

// findServer finds the scalar that spells a cluster's server. It is strict where
// YAML allows one value to appear in several places: there a change of one place
// would change others, or nothing.
func findServer(document *yaml.Node, cluster string) (*yaml.Node, error) {
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
