package kubeconfig

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// FuzzSpliceGenerated edits kubeconfigs that a generator writes in every way that people and tools write them:
// the server is the only thing that may change, in its bytes and in its meaning.
func FuzzSpliceGenerated(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed, uint64(0))
	}
	f.Fuzz(func(t *testing.T, one, two uint64) {
		text, style := newWriter(one, two).kubeconfig()
		to := fmt.Sprintf("https://172.18.0.%d:6443", one%250)
		after, err := splice([]byte(text), Edit{Cluster: "kind-alpha", From: loopback, To: to})
		if err != nil {
			t.Fatalf("%s: %v\n%s", style, err, text)
		}
		checkOneChange(t, []byte(text), after, "kind-alpha", to)
	})
}

// checkOneChange holds a file after an edit against the file before: one run of bytes differs, and read by
// another library than the editor's they differ in that server alone.
func checkOneChange(t *testing.T, before, after []byte, cluster, to string) {
	t.Helper()
	want, got := decode(t, before), decode(t, after)
	entry := clusterOf(want, cluster)
	if entry == nil {
		t.Fatalf("no cluster %s in\n%s", cluster, before)
	}
	entry["server"] = to
	if !reflect.DeepEqual(want, got) {
		t.Fatalf("more than the server has changed:\n%q\n%q", before, after)
	}
	start := 0
	for start < len(before) && start < len(after) && before[start] == after[start] {
		start++
	}
	end := 0
	for end < len(before)-start && end < len(after)-start && before[len(before)-1-end] == after[len(after)-1-end] {
		end++
	}
	if gone := before[start : len(before)-end]; len(gone) > len(loopback)*6 || bytes.ContainsAny(gone, "\n\r") {
		t.Fatalf("a part %q was rewritten", gone)
	}
}

func decode(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var value map[string]any
	if err := yaml.Unmarshal(text, &value); err != nil {
		t.Fatalf("%v\n%q", err, text)
	}
	return value
}

func clusterOf(config map[string]any, name string) map[string]any {
	list, _ := config["clusters"].([]any)
	for _, one := range list {
		if entry, _ := one.(map[string]any); entry["name"] == name {
			cluster, _ := entry["cluster"].(map[string]any)
			return cluster
		}
	}
	return nil
}

// writer writes a kubeconfig, with choices of its own.
type writer struct {
	*rand.Rand
	comments bool
}

func newWriter(one, two uint64) *writer { return &writer{Rand: rand.New(rand.NewPCG(one, two))} }

// kubeconfig is a file that has kind-alpha at loopback somewhere among other clusters; style says how it is
// written.
func (w *writer) kubeconfig() (text, style string) {
	w.comments = w.IntN(2) == 0
	text = w.comment() + "apiVersion: v1\n" + w.unknown() + "clusters:" + w.clusters() + w.unknown() +
		"users: " + pick(w, []string{"[]", `[{name: u, user: {token: "x: y # z"}}]`}) + w.comment() + "kind: Config\n"
	style = "LF"
	if w.IntN(3) == 0 {
		text, style = strings.ReplaceAll(text, "\n", "\r\n"), "CR LF"
	}
	if w.IntN(5) == 0 {
		text, style = "\ufeff"+text, style+" with a byte order mark"
	}
	return text, style
}

// clusters is the list: on one line as in JSON, or an element on each, or a field on each.
func (w *writer) clusters() string {
	write := pick(w, []func([]pair, []pair) string{w.flow, w.block})
	var items []string
	at := w.IntN(4)
	for i := range 4 {
		name, server := fmt.Sprintf("other-%d", i), pick(w, []string{loopback, "https://x", inner})
		if i == at {
			name, server = "kind-alpha", loopback
		}
		items = append(items, write([]pair{{"name", name}}, w.cluster(server)))
	}
	if w.IntN(3) == 0 && strings.HasPrefix(items[0], "{") {
		return " [" + strings.Join(items, ", ") + "]" + w.comment()
	}
	text := w.comment()
	for _, item := range items {
		text += "- " + strings.TrimRight(item, "\n") + w.comment()
	}
	return text
}

// pair is a field, both parts as they are written.
type pair struct{ key, value string }

// cluster are the fields of one entry, in any order.
func (w *writer) cluster(server string) []pair {
	quote := pick(w, []string{`"`, `'`, ""})
	fields := []pair{
		{pick(w, []string{"server", `"server"`, `'server'`}), quote + server + quote},
		{"x-team", pick(w, []string{"a", `"ü 🙂"`, "[1, {y: z}]", "~", "&anchor q"})},
	}
	if w.IntN(2) == 0 {
		fields = append(fields, pair{`"certificate-authority-data"`, "Q0E="})
	}
	w.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	return fields
}

// flow writes an entry between braces.
func (w *writer) flow(name, cluster []pair) string {
	between := func(fields []pair) string {
		var parts []string
		for _, field := range fields {
			parts = append(parts, field.key+": "+field.value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	entry := append(name, pair{"cluster", between(cluster)})
	w.Shuffle(len(entry), func(i, j int) { entry[i], entry[j] = entry[j], entry[i] })
	return between(entry)
}

// block writes an entry with a field on each line.
func (w *writer) block(name, cluster []pair) string {
	text := "cluster:" + w.comment()
	for _, field := range cluster {
		text += "    " + field.key + ": " + field.value + w.comment()
	}
	if w.IntN(2) == 0 {
		return text + "  name: " + name[0].value + "\n"
	}
	return "name: " + name[0].value + w.comment() + "  " + text
}

// comment ends a line, with a comment or without.
func (w *writer) comment() string {
	if !w.comments {
		return "\n"
	}
	return pick(w, []string{"\n", " # " + loopback + "\n", "   # 日本 server: x\n", "\n# alone: {\n", "\n\n"})
}

// unknown is a field that no client knows, with anchors, aliases and blocks of text in it.
func (w *writer) unknown() string {
	return pick(w, []string{"", "x-a: &a {server: " + loopback + "}\nx-b: *a\n", "x-c: |\n  server: " + loopback + "\n  # no comment\n", "preferences: {}\n"})
}

func pick[T any](w *writer, from []T) T { return from[w.IntN(len(from))] }
