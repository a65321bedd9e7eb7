package controlplane

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"

	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// source reads a file of the KubeFed module. What it defaults to can't be asked for: the packages that say so stand
// on all of k8s.io/apiserver.
func source(t *testing.T, file string) string {
	t.Helper()
	dir, err := programs.ModuleDir(t.Context(), "sigs.k8s.io/kubefed")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestDefaultsAreKubeFeds holds the defaults against the constants in KubeFed's source.
func TestDefaultsAreKubeFeds(t *testing.T) {
	var s v1beta1.KubeFedConfigSpec
	CompleteConfig(&s)
	ours := map[string]string{
		"ClusterAvailableDelay":                   s.ControllerDuration.AvailableDelay.Duration.String(),
		"ClusterUnavailableDelay":                 s.ControllerDuration.UnavailableDelay.Duration.String(),
		"CacheSyncTimeout":                        s.ControllerDuration.CacheSyncTimeout.Duration.String(),
		"LeaderElectionLeaseDuration":             s.LeaderElect.LeaseDuration.Duration.String(),
		"LeaderElectionRenewDeadline":             s.LeaderElect.RenewDeadline.Duration.String(),
		"LeaderElectionRetryPeriod":               s.LeaderElect.RetryPeriod.Duration.String(),
		"LeaderElectionResourceLock":              map[v1beta1.ResourceLockType]string{v1beta1.ConfigMapsResourceLock: "v1beta1.ConfigMapsResourceLock"}[*s.LeaderElect.ResourceLock],
		"ClusterHealthCheckPeriod":                s.ClusterHealthCheck.Period.Duration.String(),
		"ClusterHealthCheckTimeout":               s.ClusterHealthCheck.Timeout.Duration.String(),
		"ClusterHealthCheckFailureThreshold":      fmt.Sprint(*s.ClusterHealthCheck.FailureThreshold),
		"ClusterHealthCheckSuccessThreshold":      fmt.Sprint(*s.ClusterHealthCheck.SuccessThreshold),
		"SyncControllerMaxConcurrentReconciles":   fmt.Sprint(*s.SyncController.MaxConcurrentReconciles),
		"StatusControllerMaxConcurrentReconciles": fmt.Sprint(*s.StatusController.MaxConcurrentReconciles),
	}
	theirs := map[string]string{}
	constant := regexp.MustCompile(`(?m)^\tDefault(\w+) += (.+)$`)
	for _, m := range constant.FindAllStringSubmatch(source(t, "pkg/apis/core/v1beta1/defaults/defaults.go"), -1) {
		theirs[m[1]] = evaluated(m[2])
	}
	if diff := cmp.Diff(theirs, ours); diff != "" {
		t.Errorf("(-KubeFed +ours):\n%s", diff)
	}
	if *s.SyncController.AdoptResources != v1beta1.AdoptResourcesEnabled || s.Scope != Cluster {
		t.Errorf("adoptResources %s, scope %s", *s.SyncController.AdoptResources, s.Scope)
	}
}

// evaluated is "20 * time.Second" as a duration.
func evaluated(text string) string {
	var n int
	var unit string
	if read, _ := fmt.Sscanf(text, "%d * time.%s", &n, &unit); read == 2 {
		return (time.Duration(n) * map[string]time.Duration{"Second": time.Second, "Minute": time.Minute}[unit]).String()
	}
	return text
}

func TestFeatureGatesAreKubeFeds(t *testing.T) {
	want := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\t(\w+): +\{Default: (\w+),`).FindAllStringSubmatch(source(t, "pkg/features/features.go"), -1) {
		want[m[1]] = m[2] == "true"
	}
	if diff := cmp.Diff(want, FeatureGates); diff != "" {
		t.Errorf("(-KubeFed +ours):\n%s", diff)
	}
}

func TestSettings(t *testing.T) {
	tests := map[string]string{ // to what is in the error, "" for none
		"clusterHealthCheck.period=5s":                   "",
		"spec.clusterHealthCheck.failureThreshold=5":     "",
		"syncController.adoptResources=Disabled":         "",
		"syncController.adoptResources=Sometimes":        "Enabled or Disabled",
		"clusterHealthCheck.perod=5s":                    "no such field; it has clusterHealthCheck.failureThreshold, ",
		"clusterHealthCheck=5s":                          "no such field",
		"clusterHealthCheck.period":                      "want FIELD=VALUE",
		"clusterHealthCheck.period=often":                "is not what the field takes",
		"clusterHealthCheck.failureThreshold=many":       "is not what the field takes",
		"clusterHealthCheck.failureThreshold=0":          "has to be greater than 0",
		"leaderElect.leaseDuration=10s":                  "greater than leaderElect.renewDeadline",
		"leaderElect.retryPeriod=9s":                     "1.2 times",
		"leaderElect.resourceLock=leases":                "configmaps or endpoints",
		"controllerDuration.cacheSyncTimeout=-1s":        "has to be greater than 0",
		"scope=Namespaced":                               "--scope says it",
		"featureGates=PushReconciler":                    "--feature-gates sets them",
		"statusController.maxConcurrentReconciles=[1, 2": "is no YAML",
	}
	for text, want := range tests {
		setting, err := ParseSetting(text)
		if err == nil {
			_, err = Wish{Settings: []Setting{setting}}.config(nil)
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// TestConfigKeepsWhatIsThere changes one field of a configuration of the user's own.
func TestConfigKeepsWhatIsThere(t *testing.T) {
	var found v1beta1.KubeFedConfigSpec
	CompleteConfig(&found)
	seconds(&found.ClusterHealthCheck.Period, 0)
	*found.ClusterHealthCheck.FailureThreshold = 7
	found.StatusController = nil
	wish := Wish{Settings: []Setting{{"clusterHealthCheck.timeout", "1s"}}, Gates: map[string]bool{"RawResourceStatusCollection": true}}
	got, err := wish.config(&found)
	if err != nil {
		t.Fatal(err)
	}
	want := *found.DeepCopy()
	CompleteConfig(&want)
	want.ClusterHealthCheck.Timeout.Duration = 1e9
	want.FeatureGates[1].Configuration = v1beta1.ConfigurationEnabled
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
