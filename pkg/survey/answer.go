package survey

import (
	"errors"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
)

// isAnswer tells an API server's answer from a failure to get one.
func isAnswer(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status) && !apierrors.IsTimeout(err) && !apierrors.IsTooManyRequests(err)
}

// isOfRights tells the refusals that KubeFed would not meet: they are about what the user may do. A refusal by admission
// is Forbidden too, but does not speak of that.
func isOfRights(err error) bool {
	text := err.Error()
	denied := apierrors.IsForbidden(err) && strings.Contains(text, " cannot ") && strings.Contains(text, " resource ")
	return denied || apierrors.IsUnauthorized(err)
}

// isOfDryRuns tells the refusals of webhooks that don't take part in dry runs.
func isOfDryRuns(err error) bool { return strings.Contains(err.Error(), "does not support dry run") }

// refusal is what a member says to a write that it won't take.
func refusal(err error) string {
	text := err.Error()
	if strings.Contains(text, "immutable") {
		text += "; the object has to be deleted and made anew"
	}
	return text
}

// said is the status that KubeFed gave a member, if it is about the federated object as it is now.
func said(fed *unstructured.Unstructured, cluster string) drift.Said {
	observed, _, err := unstructured.NestedInt64(fed.Object, "status", "observedGeneration")
	if err != nil || observed != fed.GetGeneration() {
		return ""
	}
	value, _, _ := unstructured.NestedFieldNoCopy(fed.Object, "status", "clusters")
	clusters, _ := value.([]any)
	for _, one := range clusters {
		if c, ok := one.(map[string]any); ok && c["name"] == cluster {
			status, _ := c["status"].(string)
			return drift.Said(status)
		}
	}
	return ""
}
