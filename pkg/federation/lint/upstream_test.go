package lint_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation/lint"
)

// upstream is the folder of KubeFed's module.
func upstream(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kubefed").Output()
	if err != nil {
		t.Fatal("finding KubeFed's module: ", err)
	}
	return strings.TrimSpace(string(out))
}

// justified is what is found in KubeFed's own examples, and is so.
var justified = map[string][]string{
	// It leaves an empty map in the place of all annotations, the Deployment
	// controller's among them, which writes its own again.
	"example/sample1/federateddeployment.yaml": {"FED221 35:7 spec.overrides[0].clusterOverrides[2].path [cluster2]"},
}

// TestNoFalseAlarm lints every YAML file of KubeFed's examples, and every
// YAML block of its documentation that is an object.
func TestNoFalseAlarm(t *testing.T) {
	root, files := upstream(t), 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, _ := filepath.Rel(root, path)
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		switch {
		case strings.HasPrefix(name, "example/"), strings.HasPrefix(name, "config/"), name == "charts/kubefed/templates/federatedtypeconfig.yaml":
			files++
			if diff := cmp.Diff(justified[name], brief(check(string(raw), lint.Known{}))); diff != "" {
				t.Errorf("%s: -want +got\n%s", name, diff)
			}
		case filepath.Ext(name) == ".md":
			files += lintBlocks(t, name, string(raw))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 30 {
		t.Errorf("only %d files and blocks were linted", files)
	}
}

var blocks = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```")

// lintBlocks passes over blocks that are a part of an object, or that leave
// something out.
func lintBlocks(t *testing.T, name, text string) (linted int) {
	for _, block := range blocks.FindAllStringSubmatch(text, -1) {
		content := block[1]
		if !strings.Contains(content, "apiVersion: ") || strings.Contains(content, "...") || strings.HasPrefix(content, "- ") {
			continue
		}
		linted++
		if diff := cmp.Diff([]string(nil), brief(check(content, lint.Known{}))); diff != "" {
			t.Errorf("%s: -want +got\n%s\nof\n%s", name, diff, content)
		}
	}
	return linted
}

// walkthrough are the three preferences of the walkthrough as people copy
// them from the web: two name one cluster twice.
var walkthrough = map[string]struct {
	clusters string
	want     []string
}{
	"equal weights":                     {"    \"*\":\n      weight: 1\n", nil},
	"weights per cluster":               {"    fed-worker01:\n      weight: 2\n    fed-worker01:\n      weight: 3\n", []string{"FED503 10:5 spec.clusters.fed-worker01"}},
	"weights with minima and maxima":    {"    fed-worker01:\n      minReplicas: 2\n      maxReplicas: 6\n      weight: 2\n    fed-worker01:\n      minReplicas: 4\n      maxReplicas: 8\n      weight: 3\n", []string{"FED503 12:5 spec.clusters.fed-worker01", "FED507 6:3 spec.totalReplicas"}},
	"minima and maxima, both clusters":  {"    fed-worker01:\n      minReplicas: 2\n      maxReplicas: 6\n      weight: 2\n    fed-worker02:\n      minReplicas: 4\n      maxReplicas: 8\n      weight: 3\n", nil},
	"weights per cluster, both of them": {"    fed-worker01:\n      weight: 2\n    fed-worker02:\n      weight: 3\n", nil},
}

func TestWalkthrough(t *testing.T) {
	for name, w := range walkthrough {
		text := preference("  targetKind: FederatedDeployment\n  totalReplicas: 10\n  clusters:\n" + w.clusters)
		if diff := cmp.Diff(w.want, brief(check(text, lint.Known{}))); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}
