package federation_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kubefed/pkg/controller/sync/status"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// theirStatuses and theirReasons are KubeFed's, by its own names.
var (
	theirStatuses = []status.PropagationStatus{
		status.ClusterPropagationOK, status.ClusterNotReady, status.CachedRetrievalFailed, status.ClientRetrievalFailed,
		status.ComputeResourceFailed, status.ApplyOverridesFailed, status.CreationFailed, status.CreationTimedOut,
		status.RetrievalFailed, status.AlreadyExists, status.ManagedLabelFalse, status.FieldRetentionFailed,
		status.VersionRetrievalFailed, status.UpdateFailed, status.UpdateTimedOut, status.WaitingForRemoval,
		status.DeletionFailed, status.DeletionTimedOut, status.LabelRemovalFailed, status.LabelRemovalTimedOut,
	}
	theirReasons = []status.AggregateReason{
		status.AggregateSuccess, status.ClusterRetrievalFailed, status.ComputePlacementFailed, status.NamespaceNotFederated, status.CheckClusters,
	}
)

func TestStatusesAreKubeFeds(t *testing.T) {
	var statuses []status.PropagationStatus
	for _, s := range federation.Statuses() {
		statuses = append(statuses, status.PropagationStatus(s))
	}
	if diff := cmp.Diff(theirStatuses, statuses); diff != "" {
		t.Errorf("-KubeFed +ours\n%s", diff)
	}
	var reasons []status.AggregateReason
	for _, r := range federation.ConditionReasons() {
		reasons = append(reasons, status.AggregateReason(r))
	}
	if diff := cmp.Diff(theirReasons, reasons); diff != "" {
		t.Errorf("-KubeFed +ours\n%s", diff)
	}
}

func TestRetriesAreKubeFeds(t *testing.T) {
	for _, s := range federation.Statuses() {
		got := s.Meaning().Retry == federation.RetryBackoff
		if want := status.IsRecoverableError(status.PropagationStatus(s)); got != want {
			t.Errorf("%s is retried: %t, by KubeFed: %t", s, got, want)
		}
	}
}

// TestMeanings: everything but success says what to do, in sentences that can be
// put after a colon.
func TestMeanings(t *testing.T) {
	check := func(word string, m federation.Meaning) {
		t.Helper()
		for _, text := range []string{m.Text, m.Retry.String(), m.Remedy} {
			if strings.HasSuffix(text, ".") || strings.Contains(text, "  ") {
				t.Errorf("%s: %q", word, text)
			}
		}
		if m.Text == "" || (m.Remedy == "") != (m.Retry == federation.RetryNone) {
			t.Errorf("%s: %+v", word, m)
		}
	}
	for _, s := range federation.Statuses() {
		check(string(s), s.Meaning())
	}
	for _, r := range federation.ConditionReasons() {
		check(string(r), r.Meaning())
	}
}

func TestMeaningOfUnknown(t *testing.T) {
	const want = "KubeFed v0.10.0 has no Sideways: another version of it, or something else, wrote this"
	if got := federation.Status("Sideways").Meaning(); got.Text != want || got.Remedy == "" {
		t.Errorf("got %+v", got)
	}
	if got := federation.ConditionReason("Sideways").Meaning(); got.Text != want || got.Remedy == "" {
		t.Errorf("got %+v", got)
	}
}

func TestRetryString(t *testing.T) {
	seen := map[string]federation.Retry{}
	for _, r := range []federation.Retry{
		federation.RetryNone, federation.RetryBackoff, federation.RetryWhenReady, federation.RetryWhenGone,
		federation.RetryByCluster, federation.RetryOnChange,
	} {
		text := r.String()
		if text == string(r) || seen[text] != "" {
			t.Errorf("%s reads %q", string(r), text)
		}
		seen[text] = r
	}
	if got := federation.Retry("Never").String(); got != "Never" {
		t.Errorf("got %q", got)
	}
}
