package fixserver

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
)

// exportAll writes a kubeconfig for each cluster that can be reached.
func (o *Options) exportAll(rows []server) {
	contexts, err := o.Contexts()
	for i := range rows {
		r := &rows[i]
		switch {
		case r.err != nil:
		case err != nil:
			r.err = err
		case len(r.entry.Contexts) == 0:
			r.err = hint.Add(fmt.Errorf("no context uses the entry %s, so there are no credentials to export", r.entry.Name),
				"kubectl config set-context %s --cluster %s --user USER", r.entry.Name, r.entry.Name)
		default:
			r.file = filepath.Join(o.Export, r.cluster.Name+".kubeconfig")
			if r.err = o.exportOne(contexts, *r); r.err != nil {
				r.file = ""
			}
		}
	}
}

func (o *Options) exportOne(contexts kubeconfig.Contexts, r server) error {
	self, err := kubeconfig.SelfContained(contexts, r.entry.Contexts[0], r.url)
	if err != nil {
		return err
	}
	if o.DryRun != "none" {
		return nil
	}
	if err := os.MkdirAll(o.Export, 0o700); err != nil {
		return err
	}
	return kubeconfig.Export(r.file, self)
}
