package render

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// allTime bounds what one member takes for all objects; each request to it has a deadline of its own.
const allTime = 10 * time.Minute

// readLive asks the members that are meant, all at the same time, for what they have of the objects.
func (s *source) readLive(ctx context.Context) {
	outcomes := member.Each(ctx, s.asked, allTime, func(ctx context.Context, m member.Member) ([]*unstructured.Unstructured, error) {
		return s.readMember(ctx, m)
	})
	s.live = map[string]member.Outcome[[]*unstructured.Unstructured]{}
	for _, out := range outcomes {
		s.live[out.Member.Name] = out
	}
}

// readMember is what one member has of each object; nil for what it does not have, or should not have.
func (s *source) readMember(ctx context.Context, m member.Member) ([]*unstructured.Unstructured, error) {
	client, err := s.host.Dial(ctx, m)
	if err != nil {
		return nil, err
	}
	found := make([]*unstructured.Unstructured, len(s.objects))
	for i, f := range s.objects {
		if !f.Placement.Has(m.Name) {
			continue
		}
		if found[i], err = client.Live(ctx, f); err != nil {
			return nil, fmt.Errorf("reading %s: %w", f.ID(), err)
		}
	}
	return found, nil
}

// render works out the object of that number for some clusters. What fails for one of them costs only that one.
func (s *source) render(i int, clusters []string) (rendered []report.Rendered, failed []error) {
	for _, cluster := range clusters {
		object, err := s.renderOne(i, cluster)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", s.objects[i].ID(), err))
			continue
		}
		rendered = append(rendered, report.Rendered{Cluster: cluster, Object: object.Object})
	}
	return rendered, failed
}

func (s *source) renderOne(i int, cluster string) (*unstructured.Unstructured, error) {
	f, out := s.objects[i], s.live[cluster]
	switch {
	case out.Err != nil:
		return nil, fmt.Errorf("cluster %s: %w", cluster, out.Err)
	case out.Value == nil || out.Value[i] == nil:
		return federation.ForCreate(f.Type, f.Object, cluster)
	}
	return federation.ForUpdate(f.Type, f.Object, cluster, out.Value[i])
}
