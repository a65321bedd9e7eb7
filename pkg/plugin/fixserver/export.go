package fixserver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

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
		default:
			r.file, r.err = o.exportOne(contexts, *r)
		}
	}
}

func (o *Options) exportOne(contexts clientcmdapi.Config, r server) (string, error) {
	if len(r.entry.Contexts) == 0 {
		err := fmt.Errorf("no context uses the entry %s, so there are no credentials to export", r.entry.Name)
		return "", hint.Add(err, "kubectl config set-context %[1]s --cluster %[1]s --user USER", r.entry.Name)
	}
	if strings.ContainsAny(r.cluster.Name, `/\:`) {
		return "", fmt.Errorf("%q can't be the name of a file", r.cluster.Name)
	}
	self, err := kubeconfig.SelfContained(contexts, o.contextFor(r.entry), r.url)
	if err != nil {
		return "", err
	}
	file := filepath.Join(o.Export, r.cluster.Name+".kubeconfig")
	if o.DryRun != "none" {
		return file, nil
	}
	if err := os.MkdirAll(o.Export, 0o700); err != nil {
		return "", err
	}
	return file, kubeconfig.Export(file, self)
}
