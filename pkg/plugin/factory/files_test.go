package factory

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\n"

// write writes a ConfigMap for each file, named like the file.
func write(t *testing.T, dir string, files ...string) {
	t.Helper()
	for _, file := range files {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(configMap, "NAME", filepath.Base(file))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFilesRead(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "b.yaml", "a.yml", "c.json", "d.txt", "deep/e.yaml")
	write(t, dir, "kustomized/f.yaml")
	kustomization := "resources: [f.yaml]\nnamePrefix: pre-\n"
	if err := os.WriteFile(filepath.Join(dir, "kustomized", "kustomization.yaml"), []byte(kustomization), 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/there" {
			http.NotFound(w, r)
			return
		}
		if _, err := w.Write([]byte(strings.ReplaceAll(configMap, "NAME", "served"))); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	tests := map[string]struct {
		files Files
		want  []string
		err   string
	}{
		"a file of any name":   {Files{Names: []string{filepath.Join(dir, "d.txt")}}, []string{"d.txt"}, ""},
		"a folder":             {Files{Names: []string{dir}}, []string{"a.yml", "b.yaml", "c.json"}, ""},
		"and what is below it": {Files{Names: []string{filepath.Join(dir, "deep"), dir}, Recursive: true}, []string{"e.yaml", "a.yml", "b.yaml", "c.json", "e.yaml", "f.yaml"}, ""},
		"standard input":       {Files{Names: []string{"-"}}, []string{"typed"}, ""},
		"a URL":                {Files{Names: []string{server.URL + "/there"}}, []string{"served"}, ""},
		"a kustomization":      {Files{Kustomize: filepath.Join(dir, "kustomized")}, []string{"pre-f.yaml"}, ""},
		"a URL of nothing":     {Files{Names: []string{server.URL + "/none"}}, nil, "/none: the server answers 404 Not Found"},
		"no file":              {Files{Names: []string{filepath.Join(dir, "none")}}, nil, "none: no such file or directory"},
		"a folder of nothing":  {Files{Names: []string{t.TempDir()}}, nil, "has no file that ends in .json, .yaml, .yml"},
		"no kustomization":     {Files{Kustomize: filepath.Join(dir, "deep")}, nil, "building " + filepath.Join(dir, "deep")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			documents, findings, err := test.files.Read(t.Context(), strings.NewReader(strings.ReplaceAll(configMap, "NAME", "typed")))
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("got %v, want an error with %q", err, test.err)
				}
				return
			}
			var got []string
			for _, d := range documents {
				got = append(got, d.Object.GetName())
			}
			// that of a kustomization, which is no object for an API server, has no name
			if test.files.Recursive {
				findings = nil
			}
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil || len(findings) > 0 {
				t.Errorf("%v, %v, -want +got\n%s", err, findings, diff)
			}
		})
	}
}
