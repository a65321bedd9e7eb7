package federating

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// pause is between two looks at what KubeFed has done.
const pause = 200 * time.Millisecond

// Await waits until KubeFed says of every step that it is propagated, and returns those of which it does not when
// ctx ends, each with what it says instead. What KubeFed never looks at is not waited for.
func (p *Plan) Await(ctx context.Context, host *member.Host) []string {
	var waiting []*Step
	for _, s := range p.Steps {
		if federation.Ignored(s.Type, s.After, host.Namespace) == "" {
			waiting = append(waiting, s)
		}
	}
	for {
		said := make([]string, len(waiting))
		var all errgroup.Group
		all.SetLimit(atOnce)
		for i, s := range waiting {
			all.Go(func() error { said[i] = s.lacks(ctx, host); return nil })
		}
		_ = all.Wait() // what is said is the outcome
		var rest []*Step
		var lacking []string
		for i, s := range waiting {
			if said[i] != "" {
				rest, lacking = append(rest, s), append(lacking, fmt.Sprintf("%s: %s", s.ID(), said[i]))
			}
		}
		if waiting = rest; len(waiting) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return lacking
		case <-time.After(pause):
		}
	}
}

// lacks says what is missing to a step that is propagated, "" for nothing.
func (s *Step) lacks(ctx context.Context, host *member.Host) string {
	found, err := host.Find(ctx, s.Type.Federated, s.After.GetNamespace(), s.After.GetName())
	switch {
	case err != nil && ctx.Err() != nil:
		return "KubeFed has not said that it is propagated"
	case err != nil:
		return err.Error()
	case found == nil:
		return "it is not there any more"
	}
	return Unpropagated(found)
}

// Unpropagated says what KubeFed's status of a federated object lacks, "" where all is propagated.
func Unpropagated(fed *unstructured.Unstructured) string {
	observed, _, _ := unstructured.NestedInt64(fed.Object, "status", "observedGeneration")
	if observed < fed.GetGeneration() {
		return "KubeFed has not looked at it yet"
	}
	conditions, _, _ := unstructured.NestedSlice(fed.Object, "status", "conditions")
	for _, c := range conditions {
		condition, _ := c.(map[string]any)
		if condition["type"] == "Propagation" && condition["status"] == "True" {
			return ""
		}
		if reason, _ := condition["reason"].(string); reason != "" && condition["type"] == "Propagation" {
			return strings.Join(append([]string{reason}, failing(fed)...), ", ")
		}
	}
	return "KubeFed has not said anything of it yet"
}

// failing are the clusters that KubeFed has trouble with, with the status of each.
func failing(fed *unstructured.Unstructured) []string {
	clusters, _, _ := unstructured.NestedSlice(fed.Object, "status", "clusters")
	var all []string
	for _, c := range clusters {
		cluster, _ := c.(map[string]any)
		if status, _ := cluster["status"].(string); status != "" {
			all = append(all, fmt.Sprintf("%v %s", cluster["name"], status))
		}
	}
	return all
}
