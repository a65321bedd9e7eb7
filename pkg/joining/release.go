package joining

import (
	"context"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Stuck are the objects among the mentions whose deletion waits for a cluster.
func Stuck(mentions []Mention) []Mention {
	return slices.DeleteFunc(slices.Clone(mentions), func(m Mention) bool { return !m.Stuck })
}

// AwaitRelease waits until KubeFed's controllers have let go of objects whose deletion waited for a cluster that
// is registered no more, and returns those that are still there when ctx ends.
func (s *Scene) AwaitRelease(ctx context.Context, stuck []Mention) []Mention {
	for {
		stuck = slices.DeleteFunc(slices.Clone(stuck), func(m Mention) bool { return s.isGone(ctx, m) })
		if len(stuck) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return stuck
		case <-time.After(namespacePause):
		}
	}
}

func (s *Scene) isGone(ctx context.Context, m Mention) bool {
	_, err := s.Host.Client.Resource(m.Resource).Namespace(m.Object.GetNamespace()).Get(ctx, m.Object.GetName(), metav1.GetOptions{})
	return apierrors.IsNotFound(err)
}
