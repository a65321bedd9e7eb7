package render

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// ask reads what a member has of an object; nil where it has none.
func (s *source) ask(timeout time.Duration) func(context.Context, member.Federated, string) (*unstructured.Unstructured, error) {
	return func(ctx context.Context, f member.Federated, cluster string) (*unstructured.Unstructured, error) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		i := slices.IndexFunc(s.members, func(m member.Member) bool { return m.Name == cluster })
		if i < 0 {
			return nil, fmt.Errorf("%s has not joined", cluster)
		}
		client, err := s.host.Dial(ctx, s.members[i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", cluster, err)
		}
		live, err := client.Live(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("%s: reading %s: %w", cluster, f.ID(), err)
		}
		return live, nil
	}
}

// render works out one object for some clusters. What fails for one of them costs only that one.
func (s *source) render(ctx context.Context, f member.Federated, clusters []string) (rendered []report.Rendered, failed []error) {
	for _, cluster := range clusters {
		object, err := s.renderOne(ctx, f, cluster)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", f.ID(), err))
			continue
		}
		rendered = append(rendered, report.Rendered{Cluster: cluster, Object: object.Object})
	}
	return rendered, failed
}

func (s *source) renderOne(ctx context.Context, f member.Federated, cluster string) (*unstructured.Unstructured, error) {
	if s.live == nil {
		return federation.ForCreate(f.Type, f.Object, cluster)
	}
	live, err := s.live(ctx, f, cluster)
	switch {
	case err != nil:
		return nil, err
	case live == nil:
		return federation.ForCreate(f.Type, f.Object, cluster)
	}
	return federation.ForUpdate(f.Type, f.Object, cluster, live)
}

func (o *Options) print(rendered []report.Rendered) error {
	if o.OutputDir == "" {
		return report.Objects(o.Streams.Out, o.Output, rendered)
	}
	return o.write(rendered)
}

// write makes a file for each cluster. A file of an earlier run is replaced.
func (o *Options) write(rendered []report.Rendered) error {
	if err := os.MkdirAll(o.OutputDir, 0o777); err != nil {
		return err
	}
	for _, cluster := range clustersOf(rendered) {
		own := slices.DeleteFunc(slices.Clone(rendered), func(r report.Rendered) bool { return r.Cluster != cluster })
		var text bytes.Buffer
		if err := report.Objects(&text, o.Output, own); err != nil {
			return err
		}
		file := filepath.Join(o.OutputDir, cluster+"."+o.Output)
		// a Secret may be among them
		if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
			return err
		}
		report.Line(o.Streams.Out, "%s: %s", file, report.Count(len(own), "object"))
	}
	return nil
}

func clustersOf(rendered []report.Rendered) []string {
	var names []string
	for _, r := range rendered {
		names = append(names, r.Cluster)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
