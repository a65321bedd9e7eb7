package kubeconfig

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
)

const entryHead = "clusters:\n- name: kind-alpha\n  cluster:\n"

// Every document has its server once, as loopback in one spelling or another, and
// the result is the document with that spelling replaced.
func TestSplice(t *testing.T) {
	ipv6 := "https://[fc00:f853:ccd:e793::2]:6443"
	for name, test := range map[string]struct {
		before, old, new string
		to               string
	}{
		"comments and unknown fields": {before: two},
		"no newline at the end":       {before: entryHead + "    server: " + loopback},
		"double quotes":               {before: entryHead + `    server: "` + loopback + `" # "x"` + "\n"},
		"single quotes":               {before: entryHead + `    server: '` + loopback + `' # 'x'` + "\n"},
		"escapes in double quotes":    {before: entryHead + `    server: "https:\x2f/127.0.0.1:34001"` + "\n", old: `https:\x2f/127.0.0.1:34001`},
		"CR LF":                       {before: strings.ReplaceAll(two, "\n", "\r\n")},
		"CR alone":                    {before: strings.ReplaceAll(entryHead+"    server: "+loopback+"\n", "\n", "\r")},
		"JSON on one line":            {before: `{"clusters":[{"name":"kind-alpha","cluster":{"server":"` + loopback + `","x":[1]}}],"y":{}}`},
		"JSON with tabs": {before: "{\n\t\"clusters\": [\n\t\t{\n\t\t\t\"cluster\": {\n\t\t\t\t\"server\": \"" + loopback +
			"\"\n\t\t\t},\n\t\t\t\"name\": \"kind-alpha\"\n\t\t}\n\t]\n}\n"},
		"flow map":                       {before: "clusters: [{name: kind-alpha, cluster: {server: " + loopback + "}}]\n"},
		"flow map over lines":            {before: "clusters: [{name: kind-alpha,\n  cluster: {a: 1,\n  server: " + loopback + ",\n b: 2}}]\n"},
		"byte order mark":                {before: "\ufeff" + entryHead + "    server: " + loopback + "\n"},
		"byte order mark, first line":    {before: "\ufeffclusters: [{name: kind-alpha, cluster: {server: " + loopback + "}}]\n"},
		"not ASCII before it":            {before: "# día — 日本 🙂\nclusters: [{x: \"é🙂\", name: kind-alpha, cluster: {ü: 日本, server: " + loopback + "}}]\n"},
		"line separators in a comment":   {before: "# a\u2028# b\u0085# c\n" + entryHead + "    server: " + loopback + "\n"},
		"a document marker":              {before: "---\n" + entryHead + "    server: " + loopback + "\n...\n"},
		"a second document is not read":  {before: entryHead + "    server: " + loopback + "\n---\nother: " + inner + "\n"},
		"the same server elsewhere":      {before: "# " + loopback + "\nx: https://127.0.0.1:3400\n" + entryHead + "    server: " + loopback + "\n", old: "server: " + loopback, new: "server: " + inner},
		"a longer name before":           {before: "clusters:\n- name: kind-alpha2\n  cluster: {server: https://x}\n- name: kind-alpha\n  cluster: {server: " + loopback + "}\n"},
		"quoted keys and name":           {before: "\"clusters\":\n- 'name': \"kind-alpha\"\n  \"cluster\":\n    \"server\": " + loopback + "\n"},
		"a value on the next line":       {before: entryHead + "    server:\n      " + loopback + "\n"},
		"an anchor that no one uses":     {before: "clusters:\n- &a\n  name: kind-alpha\n  cluster: &b\n    server: " + loopback + "\n"},
		"other fields share an anchor":   {before: "x: &ca {server: https://x}\ny: *ca\n" + entryHead + "    server: " + loopback + "\n"},
		"duplicate keys elsewhere":       {before: "x: 1\nx: 2\n" + entryHead + "    server: " + loopback + "\n"},
		"IPv6, plain":                    {before: entryHead + "    server: " + loopback + "\n", to: ipv6},
		"IPv6, plain in a flow map":      {before: "clusters: [{name: kind-alpha, cluster: {server: " + loopback + "}}]\n", to: ipv6, new: `"` + ipv6 + `"`},
		"IPv6, quoted":                   {before: entryHead + `    server: "` + loopback + `"`, to: ipv6},
		"a path with & and a space":      {before: entryHead + `    server: "` + loopback + `"`, to: "https://x/a b?c&d<e"},
		"a quote in single quotes":       {before: entryHead + `    server: '` + loopback + `'`, to: "https://it's", new: "https://it''s"},
		"a comment sign in a plain one":  {before: entryHead + "    server: " + loopback + "\n", to: "https://x #y", new: `"https://x #y"`},
		"a word that YAML reads as null": {before: entryHead + "    server: " + loopback + "\n", to: "null", new: `"null"`},
	} {
		t.Run(name, func(t *testing.T) {
			old, to := or(test.old, loopback), or(test.to, inner)
			want := strings.Replace(test.before, old, or(test.new, to), 1)
			got, err := splice([]byte(test.before), Edit{Cluster: "kind-alpha", From: loopback, To: to})
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != want {
				t.Errorf("got\n%q\nwant\n%q", got, want)
			}
		})
	}
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func TestSpliceRefuses(t *testing.T) {
	for name, test := range map[string]struct{ before, want string }{
		"no such cluster":       {"clusters: []\n", `no cluster "kind-alpha"`},
		"an empty file":         {"", `no cluster "kind-alpha"`},
		"no server":             {entryHead + "    x: y\n", "has no server"},
		"a server that is null": {entryHead + "    server:\n", "has no server"},
		"no cluster":            {"clusters:\n- name: kind-alpha\n", "has no server"},
		"an alias":              {"x: &s " + loopback + "\n" + entryHead + "    server: *s\n", "alias *s"},
		"an anchor":             {entryHead + "    server: &s " + loopback + "\nx: *s\n", "anchor &s"},
		"a shared cluster": {"clusters:\n- name: kind-alpha\n  cluster: &c {server: " + loopback + "}\n- name: b\n  cluster: *c\n",
			"more than the one server"},
		"a cluster behind an alias":       {"x: &c {server: " + loopback + "}\nclusters:\n- name: kind-alpha\n  cluster: *c\n", "alias *c"},
		"an entry behind an alias":        {"x: &e {name: kind-alpha, cluster: {server: " + loopback + "}}\nclusters:\n- *e\n", "alias"},
		"a merged server":                 {"x: &c {server: " + loopback + "}\n" + entryHead + "    <<: *c\n", `no "server" of its own`},
		"a server twice":                  {entryHead + "    server: https://x\n    server: " + loopback + "\n", "defined twice, in lines 4 and 5"},
		"clusters twice":                  {"clusters: []\n" + entryHead + "    server: " + loopback + "\n", `"clusters" is defined twice`},
		"an entry twice":                  {entryHead + "    server: " + loopback + "\n- name: kind-alpha\n  cluster: {server: x}\n", `duplicate name "kind-alpha"`},
		"a folded block":                  {entryHead + "    server: >-\n      " + loopback + "\n", "block of lines"},
		"a literal block":                 {entryHead + "    server: |-\n      " + loopback + "\n", "block of lines"},
		"a tag":                           {entryHead + "    server: !!str " + loopback + "\n", "tag"},
		"not UTF-8":                       {entryHead + "    server: " + loopback + "\n# \xff\n", ""},
		"UTF-16, as PowerShell writes it": {utf16(entryHead + "    server: " + loopback + "\n"), "not UTF-8"},
		"no YAML":                         {"clusters: [", "yaml: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := splice([]byte(test.before), Edit{Cluster: "kind-alpha", From: loopback, To: inner})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestSpliceRefusesAPlainValueOverLines(t *testing.T) {
	before := entryHead + "    server: https://x\n      y\n"
	if _, err := splice([]byte(before), Edit{Cluster: "kind-alpha", From: "https://x y", To: inner}); err == nil || !strings.Contains(err.Error(), "spans lines") {
		t.Errorf("got %v", err)
	}
}

func TestSpliceNoticesAnotherWriter(t *testing.T) {
	_, err := splice([]byte(two), Edit{Cluster: "kind-alpha", From: "https://127.0.0.1:1", To: inner})
	var changed *ChangedError
	if !errors.As(err, &changed) {
		t.Fatalf("got %v, want a ChangedError", err)
	}
	if want := (ChangedError{"kind-alpha", "https://127.0.0.1:1", loopback}); *changed != want {
		t.Errorf("got %+v, want %+v", *changed, want)
	}
}

// utf16 encodes ASCII with a byte order mark.
func utf16(text string) string {
	var b strings.Builder
	b.WriteString("\xff\xfe")
	for _, r := range text {
		b.WriteByte(byte(r))
		b.WriteByte(0)
	}
	return b.String()
}

// FuzzSplice holds splice to its promise on any document: it refuses, or to
// client-go the result has the new server and is else the same, and there is a way
// back.
func FuzzSplice(f *testing.F) {
	for _, before := range []string{
		two, "\ufeff" + two, strings.ReplaceAll(two, "\n", "\r\n"),
		`{"clusters":[{"name":"kind-alpha","cluster":{"server":"https://x"}}]}`,
		"clusters: [{name: kind-alpha, cluster: {server: 'it''s', é: \"\\\"\"}}]",
		"x: &c {server: a}\nclusters:\n- name: kind-alpha\n  cluster: &d\n    <<: *c\n    server: \"a\\\n      b\"\n",
	} {
		f.Add([]byte(before), inner)
		f.Add([]byte(before), "https://[::1]:6443")
		f.Add([]byte(before), "a: 'b' \"c\" #d\n")
	}
	f.Fuzz(func(t *testing.T, before []byte, to string) {
		config, err := clientcmd.Load(before)
		if err != nil || config.Clusters["kind-alpha"] == nil || to == "" {
			return
		}
		from := config.Clusters["kind-alpha"].Server
		after, err := splice(before, Edit{Cluster: "kind-alpha", From: from, To: to})
		if err != nil {
			return
		}
		config.Clusters["kind-alpha"].Server = to
		if got, err := clientcmd.Load(after); err != nil || !reflect.DeepEqual(got, config) {
			t.Fatalf("%q became %q (%v)", before, after, err)
		}
		back, err := splice(after, Edit{Cluster: "kind-alpha", From: to, To: from})
		if err != nil {
			t.Fatalf("no way back from %q: %v", after, err)
		}
		again, err := load(back)
		if err != nil {
			t.Fatal(err)
		}
		if got := again.Clusters["kind-alpha"].Server; got != from {
			t.Fatalf("there and back the server reads %q, want %q", got, from)
		}
	})
}
