package render

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"

	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

func (o *Options) print(rendered []report.Rendered) error {
	if o.OutputDir == "" {
		return report.RenderedObjects(o.Streams.Out, o.Output, rendered)
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
		if err := report.RenderedObjects(&text, o.Output, own); err != nil {
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
