package lint

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	yamlnode "go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

var notYAML = register(Rule{
	Code: "FED001", Severity: Error, Title: "the document is not YAML",
	Ignored: "kubectl refuses the file.",
	Mend:    "Correct the line; indentation is by spaces.",
})

var duplicateKey = register(Rule{
	Code: "FED002", Severity: Error, Title: "a key appears twice in one map",
	Ignored: "The last one counts, and the others are dropped without a word.",
	Mend:    "Leave one of them.",
})

var notAnObject = register(Rule{
	Code: "FED003", Severity: Error, Title: "the document is not a Kubernetes object",
	Ignored: "kubectl refuses the file.",
	Mend:    "Give it apiVersion, kind and metadata.name.",
})

// Document is one object with the text that it was read from, if any.
type Document struct {
	File   string
	Object *unstructured.Unstructured
	// node is nil for an object without a text. Its lines count from the
	// start of the document, which is on the line after offset.
	node   *yamlnode.Node
	offset int
}

// FromObject makes a document of an object that a cluster gave.
func FromObject(obj *unstructured.Unstructured) Document { return Document{Object: obj} }

// Parse reads all documents of a file. Lists are taken apart, and documents
// without content are passed over. What can't be read is a finding, and the
// rest of the file is read all the same.
func Parse(file string, text []byte) ([]Document, []Finding) {
	var documents []Document
	var findings []Finding
	for _, part := range split(string(text)) {
		docs, found := parsePart(file, part)
		documents, findings = append(documents, docs...), append(findings, found...)
	}
	return documents, findings
}

// part is the text of one document, and how many lines come before it.
type part struct {
	text   string
	offset int
}

// split cuts at lines that start a document, as kubectl does. What stands on
// such a line behind the dashes belongs to the document.
func split(text string) []part {
	var parts []part
	current := part{}
	n := 0
	for line := range strings.Lines(text) {
		if rest, isStart := strings.CutPrefix(line, "---"); isStart && (strings.TrimSpace(rest) == "" || rest[0] == ' ' || rest[0] == '\t') {
			parts = append(parts, current)
			current, line = part{offset: n}, "   "+rest
		}
		current.text += line
		n++
	}
	return append(parts, current)
}

func parsePart(file string, p part) ([]Document, []Finding) {
	var root yamlnode.Node
	err := yamlnode.Unmarshal([]byte(p.text), &root)
	if err == nil && root.IsZero() {
		return nil, nil // comments only
	}
	doc := Document{File: file, offset: p.offset}
	var raw []byte
	if err == nil {
		doc.node = root.Content[0]
		raw, err = yaml.YAMLToJSON([]byte(p.text))
	}
	if err != nil {
		return nil, []Finding{syntax(doc, err)}
	}
	return doc.read(raw)
}

// errorLine is how the parser says where it stopped.
var errorLine = regexp.MustCompile(`line (\d+): `)

// parserError are the errors whose line the library counts from 0; it counts
// those of its scanner from 1.
var parserError = regexp.MustCompile(`^did not find expected ('|key|node content|<)`)

func syntax(doc Document, err error) Finding {
	text := strings.Join(strings.Fields(strings.TrimPrefix(err.Error(), "yaml: ")), " ")
	line := 1
	if m := errorLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1]) // the pattern takes digits only
		text = strings.Replace(text, m[0], "", 1)
	}
	if parserError.MatchString(text) {
		line++
	}
	f := doc.finding(notYAML, nil, "%s", text)
	f.Line, f.Column = doc.offset+line, 1
	return f
}

// read makes objects of the JSON that the API server would get.
func (d Document) read(raw []byte) ([]Document, []Finding) {
	var content any
	if err := utiljson.Unmarshal(raw, &content); err != nil {
		return nil, []Finding{syntax(d, err)}
	}
	if content == nil {
		return nil, nil
	}
	object, err := objectOf(content)
	if err != nil {
		return nil, []Finding{d.finding(notAnObject, nil, "%v", err)}
	}
	d.Object = object
	if object.IsList() {
		return d.items()
	}
	findings := d.duplicates(d.node, nil)
	if object.GetName() == "" && object.GetGenerateName() == "" {
		findings = append(findings, d.finding(notAnObject, []string{"metadata"}, "it has no metadata.name"))
	}
	return []Document{d}, findings
}

func objectOf(content any) (*unstructured.Unstructured, error) {
	m, ok := content.(map[string]any)
	if !ok {
		return nil, errors.New("it is not a map of fields")
	}
	object := &unstructured.Unstructured{Object: m}
	for _, field := range []string{"apiVersion", "kind"} {
		if text, _ := m[field].(string); text == "" {
			return nil, fmt.Errorf("it has no %s", field)
		}
	}
	if _, ok := m["metadata"].(map[string]any); m["metadata"] != nil && !ok {
		return nil, errors.New("its metadata is not a map of fields")
	}
	return object, nil
}

// items takes a List apart.
func (d Document) items() ([]Document, []Finding) {
	var documents []Document
	var findings []Finding
	items, _, _ := unstructured.NestedSlice(d.Object.Object, "items") // IsList has seen the list
	for i, item := range items {
		one := Document{File: d.File, offset: d.offset, node: d.nodeAt([]string{"items", strconv.Itoa(i)})}
		object, err := objectOf(item)
		if err != nil {
			findings = append(findings, one.finding(notAnObject, nil, "item %d of the list: %v", i, err))
			continue
		}
		one.Object = object
		documents = append(documents, one)
		findings = append(findings, one.duplicates(one.node, nil)...)
	}
	return documents, findings
}

// duplicates finds keys that appear twice. The text alone shows them: no
// object has them any more.
func (d Document) duplicates(node *yamlnode.Node, at []string) []Finding {
	var findings []Finding
	switch {
	case node == nil:
	case node.Kind == yamlnode.SequenceNode:
		for i, child := range node.Content {
			findings = append(findings, d.duplicates(child, below(at, strconv.Itoa(i)))...)
		}
	case node.Kind == yamlnode.MappingNode:
		seen := map[string]int{}
		for i := 0; i+1 < len(node.Content); i += 2 {
			key, path := node.Content[i], below(at, node.Content[i].Value)
			if first, twice := seen[key.Value]; twice {
				findings = append(findings, d.duplicate(key, path, first))
			}
			seen[key.Value] = d.offset + key.Line
			findings = append(findings, d.duplicates(node.Content[i+1], path)...)
		}
	}
	return findings
}

// duplicate is told apart for a scheduling preference, whose map of clusters
// invites to it.
func (d Document) duplicate(key *yamlnode.Node, path []string, first int) Finding {
	r, what := duplicateKey, "the key "+key.Value+" of "+dotted(path[:len(path)-1])
	if d.Object.GetKind() == schedulingKind && len(path) == 3 && path[1] == "clusters" {
		r, what = clusterTwice, "cluster "+key.Value
	}
	f := d.finding(r, path, "%s is on line %d already", what, first)
	f.Line, f.Column = d.offset+key.Line, key.Column
	return f
}
