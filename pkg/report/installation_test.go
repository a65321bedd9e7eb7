package report

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestInstallation(t *testing.T) {
	changed := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "kubefed-controller-manager"},
	}}
	var out, progress bytes.Buffer
	i := NewInstallation(&out, &progress)
	i.Done(InstallationRow{Stage: "namespace", Counts: map[string]int{"unchanged": 1}})
	i.Done(InstallationRow{Stage: "rights", Counts: map[string]int{"configured": 3, "unchanged": 12}, Helm: 3})
	i.Waiting("webhook", "no\nanswer")
	i.Done(InstallationRow{Stage: "webhook", Counts: map[string]int{"created": 4}, Waited: 6200 * time.Millisecond})
	i.Done(InstallationRow{Stage: "controllers", Counts: map[string]int{"configured": 1}, Changed: []*unstructured.Unstructured{changed}})
	i.End()
	want := `namespace               1 unchanged
rights                  3 configured, 12 unchanged (3 of helm's)
webhook                 4 created                     ready after 6s
controllers             1 configured
deployment.apps/kubefed-controller-manager configured
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("webhook: waiting: no answer\n", progress.String()); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
}

func TestInstallationOnATerminal(t *testing.T) {
	var out, progress bytes.Buffer
	i := NewInstallation(&out, &progress)
	i.terminal = true
	i.Waiting("webhook", "a reason that is longer than a line of the terminal is wide, which could not be taken back")
	i.End()
	i.End()
	want := "\r\x1b[Kwebhook: a reason that is longer than a line of the terminal is wide, which...\r\x1b[K"
	if diff := cmp.Diff(want, progress.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
