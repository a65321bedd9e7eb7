package fixserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// server is what becomes of one cluster's entry in the kubeconfig.
type server struct {
	cluster kindnode.Cluster
	entry   kubeconfig.Entry // without a name: the kubeconfig has none of this cluster
	url     string           // that the entry has when all is done
	why     string           // that URL, where it was chosen
	answers string           // who answers at the old URL, when it is another cluster
	edit    *kubeconfig.Edit // nil when there is nothing to change
	file    string           // that was exported
	unknown bool             // the kubeconfig has nothing that could be meant to be this cluster's entry
	err     error
}

// planServers works out all rows at once, each cluster with its own deadline. Of clusters that nobody named,
// those that the kubeconfig does not know are left out.
func (o *Options) planServers(ctx context.Context, config *kubeconfig.Config, f found) []server {
	rows := f.asked
	for _, c := range f.picked {
		rows = append(rows, server{cluster: c})
	}
	var all errgroup.Group
	for i := range rows {
		all.Go(func() error {
			own, cancel := context.WithTimeout(ctx, o.Timeout())
			defer cancel()
			o.planOne(own, config, f, &rows[i])
			return nil
		})
	}
	_ = all.Wait() // each row has its own error
	if len(o.Clusters) == 0 {
		rows = slices.DeleteFunc(rows, func(r server) bool { return r.unknown })
	}
	return rows
}

// planOne finds the cluster's entry by the CA of the certificate that it serves, and the address to put there.
func (o *Options) planOne(ctx context.Context, config *kubeconfig.Config, f found, r *server) {
	if r.err == nil && r.entry.Name == "" {
		r.entry, r.unknown, r.err = entryOf(ctx, config, r.cluster)
	}
	r.url = r.entry.Server
	if r.err != nil {
		return
	}
	choice, err := o.reach(ctx, *r)
	if err != nil {
		r.err = mend(r.cluster, err)
		return
	}
	r.why = choice.Why
	if edit, needed := config.Plan(r.entry, choice.URL); needed {
		r.edit, r.url = &edit, choice.URL
		r.answers = f.stranger(ctx, config, *r)
	}
}

// reach is where the cluster's entry is to point.
func (o *Options) reach(ctx context.Context, r server) (kindnode.Choice, error) {
	if o.Restore {
		return r.cluster.ReachPublished(ctx, r.entry.CA)
	}
	return r.cluster.Reach(ctx, r.entry.CA, kindnode.Preference(o.Endpoint))
}

// stranger is the other kind cluster that answers at the server that an entry has had. Its entry is known by
// the certificate, and its name by the entry.
func (f *found) stranger(ctx context.Context, config *kubeconfig.Config, r server) string {
	var candidates []kindnode.Candidate
	for _, e := range config.Entries() {
		candidates = append(candidates, kindnode.Candidate{Name: e.Name, CA: e.CA})
	}
	names, err := kindnode.Who(ctx, r.entry.Server, candidates)
	if err != nil || len(names) == 0 || slices.Contains(names, r.entry.Name) {
		return ""
	}
	return strings.TrimPrefix(names[0], "kind-")
}

// entryOf finds the entry by what the cluster serves, or by its name when the cluster does not answer. It is
// unknown when there is no such entry, and none of the name that kind gives either.
func entryOf(ctx context.Context, config *kubeconfig.Config, c kindnode.Cluster) (entry kubeconfig.Entry, unknown bool, err error) {
	entries := config.Entries()
	var candidates []kindnode.Candidate
	for _, e := range entries {
		candidates = append(candidates, kindnode.Candidate{Name: e.Name, CA: e.CA})
	}
	match := c.Match(ctx, candidates)
	byName := func(name string) int {
		return slices.IndexFunc(entries, func(e kubeconfig.Entry) bool { return e.Name == name })
	}
	if len(match.Entries) > 0 {
		return entries[byName(match.Entries[0])], false, nil
	}
	return kubeconfig.Entry{}, byName("kind-"+c.Name) < 0, noEntry(c, match)
}

// noEntry says why a cluster has no entry: it is down, or can't be reached, so that its CA is not known; or it
// was reached, and nothing has its CA.
func noEntry(c kindnode.Cluster, match kindnode.Match) error {
	if node, ok := c.APIServer(); ok && !node.Running {
		return mend(c, &kindnode.StoppedError{Node: node})
	}
	var foreign *kindnode.ForeignError
	if match.Err != nil && !errors.As(match.Err, &foreign) {
		return fmt.Errorf("finding its entry in the kubeconfig: %w", match.Err)
	}
	err := errors.New("the kubeconfig has no entry with this cluster's CA")
	return hint.Add(err, "kind export kubeconfig --name %s", c.Name)
}

// mend joins to the reason why a cluster was left the command that helps, where there is one.
func mend(c kindnode.Cluster, err error) error {
	var stopped *kindnode.StoppedError
	var name *kindnode.NameError
	var unreachable *kindnode.UnreachableError
	switch {
	case errors.As(err, &stopped):
		return hint.Add(err, "docker start %s", stopped.Node.Name)
	case errors.As(err, &name) && len(name.Covered) > 0:
		return hint.Add(err, "kubectl fed fix-server %s --restore", c.Name)
	case errors.As(err, &unreachable) && remoteEngine() != "":
		return fmt.Errorf("%w; the container engine is on another machine (%s)", err, remoteEngine())
	}
	return err
}

// remoteEngine is where the container engine is told to be, when that is another machine.
func remoteEngine() string {
	host := os.Getenv("DOCKER_HOST")
	if strings.HasPrefix(host, "tcp://") || strings.HasPrefix(host, "ssh://") {
		return host
	}
	return ""
}

// applyServers makes the edits one by one: an entry that can't be edited costs only its own row.
func applyServers(ctx context.Context, rows []server) {
	for i, r := range rows {
		if r.edit == nil {
			continue
		}
		if err := kubeconfig.Apply(ctx, []kubeconfig.Edit{*r.edit}); err != nil {
			rows[i].err, rows[i].url, rows[i].edit = err, r.entry.Server, nil
		}
	}
}

// warn tells who edits a file that no client looks at why nothing changes there.
func (r server) warn(w io.Writer) {
	for _, file := range r.entry.Shadowed {
		report.Warning(w, "%s is defined in %s too, where no client looks at it", r.entry.Name, file)
	}
}

// row is what is reported about the entry.
func (r server) row(try, export bool) report.ServerRow {
	row := report.ServerRow{
		Cluster: r.cluster.Name, Entry: r.entry.Name, File: r.entry.File, Server: r.url, Why: r.why,
		Exported: r.file, Try: try,
	}
	if r.edit != nil && !export {
		row.Changed, row.Was, row.Answers = true, r.edit.From, r.answers
	}
	if r.err != nil {
		row.Error = r.err.Error()
	}
	return row
}
