//go:build kind

package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// charts are the variables of scripts about KubeFed's chart: helm, the chart, and the chart as it was installed when
// that worked: what its webhook does not answer yet is let pass, and no hook pulls anything.
func (k kindGround) charts() map[string]string {
	k.t.Helper()
	module, err := programs.ModuleDir(k.t.Context(), "sigs.k8s.io/kubefed")
	if err != nil {
		k.t.Fatal(err)
	}
	chart, lenient := filepath.Join(module, "charts", "kubefed"), filepath.Join(k.t.TempDir(), "kubefed")
	if err := copyLenient(lenient, chart); err != nil {
		k.t.Fatal(err)
	}
	return map[string]string{
		"HELM": program(k.t, "helm"), "CHART": chart, "LENIENT": lenient, "KUBEFED": kubefedImage,
		"VALUES": "controllermanager.controller.tag=v0.10.0,controllermanager.webhook.tag=v0.10.0",
	}
}

func copyLenient(to, from string) error {
	return filepath.WalkDir(from, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || strings.HasSuffix(file, "post-install-job.yaml") {
			return err
		}
		place := filepath.Join(to, strings.TrimPrefix(file, from))
		if entry.IsDir() {
			return os.MkdirAll(place, 0o755)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		text := strings.ReplaceAll(string(data), "failurePolicy: Fail", "failurePolicy: Ignore")
		return os.WriteFile(place, []byte(text), 0o644)
	})
}
