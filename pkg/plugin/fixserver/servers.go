package fixserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// strangerTimeout bounds the look at who answers at a server that is wrong: it only makes the row say more.
const strangerTimeout = 2 * time.Second

// server is what becomes of one cluster's entry in the kubeconfig.
type server struct {
	cluster  kindnode.Cluster
	context  string           // by which the cluster was named, if it was
	entry    kubeconfig.Entry // without a name: the kubeconfig has none of this cluster
	others   []string         // entries that have the same CA, and are left
	url      string           // that the entry has when all is done
	why      string           // that URL, where it was chosen
	answers  string           // who answers at the old URL, when it is another cluster
	edit     *kubeconfig.Edit // nil when there is nothing to change
	file     string           // that was exported
	stranger bool             // the kubeconfig has nothing that could be meant to be this cluster's entry
	err      error
}

// planServers works out all rows at once, each cluster with its own deadline. Of clusters that nobody named,
// those that the kubeconfig does not know are left out.
func (o *Options) planServers(ctx context.Context, s *scene) []server {
	rows := s.asked
	for _, t := range s.targets {
		rows = append(rows, server{cluster: t.cluster, context: t.context})
	}
	var all errgroup.Group
	for i := range rows {
		all.Go(func() error { o.planOne(ctx, s, &rows[i]); return nil })
	}
	_ = all.Wait() // each row has its own error
	if len(o.Clusters) == 0 {
		rows = slices.DeleteFunc(rows, func(r server) bool { return r.stranger })
	}
	return rows
}

// planOne finds the cluster's entry by the CA of the certificate that it serves, and the address to put there.
func (o *Options) planOne(ctx context.Context, s *scene, r *server) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout())
	defer cancel()
	choice, reached := o.reachByName(ctx, s, r)
	if r.err == nil && r.entry.Name == "" {
		s.findEntry(ctx, r)
	}
	r.url = r.entry.Server
	if r.err != nil {
		return
	}
	if !reached {
		var err error
		if choice, err = o.reach(ctx, *r); err != nil {
			r.err = o.mend(ctx, r.cluster, err)
			return
		}
	}
	r.why = choice.Why
	if edit, needed := s.config.Plan(r.entry, choice.URL); needed {
		r.edit, r.url = &edit, choice.URL
		r.answers = s.whoAnswers(ctx, *r)
	}
}

// reachByName tries the likeliest case, that the entry is the one that kind named: a cluster that is reached with
// its CA has proved both at once, by one handshake. Half of the time is left for the other cases.
func (o *Options) reachByName(ctx context.Context, s *scene, r *server) (kindnode.Choice, bool) {
	own, has := s.entry("kind-" + r.cluster.Name)
	if !has || o.Restore || r.context != "" || r.entry.Name != "" || r.err != nil {
		return kindnode.Choice{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout()/2)
	defer cancel()
	by := *r
	by.entry = own
	choice, err := o.reach(ctx, by)
	if err != nil {
		return kindnode.Choice{}, false
	}
	r.entry, r.others = own, s.twins(own)
	return choice, true
}

// twins are the names of the other entries with an entry's CA.
func (s *scene) twins(of kubeconfig.Entry) []string {
	var names []string
	for _, e := range s.config.Entries() {
		if e.Name != of.Name && member.SameCA(e.CA, of.CA) {
			names = append(names, e.Name)
		}
	}
	return names
}

// reach is where the cluster's entry is to point. An export has to work and has nothing to lose: where the
// containers' addresses lead nowhere, it gets the published port.
func (o *Options) reach(ctx context.Context, r server) (kindnode.Choice, error) {
	by := kindnode.Reader{CA: r.entry.CA, ServerName: r.entry.ServerName}
	if o.Restore {
		return r.cluster.ReachPublished(ctx, by)
	}
	choice, err := r.cluster.Reach(ctx, by, kindnode.Preference(o.Endpoint))
	if err != nil && o.Export != "" && o.Endpoint == string(kindnode.Auto) {
		if published, second := r.cluster.ReachPublished(ctx, by); second == nil {
			return published, nil
		}
	}
	return choice, err
}

// whoAnswers is the other kind cluster that answers at the server that an entry has had. It is known by the
// certificate, and its name by its entry.
func (s *scene) whoAnswers(ctx context.Context, r server) string {
	if slices.Contains(r.cluster.PublishedURLs(), r.entry.Server) {
		return "" // what kind wrote, and nobody's fault
	}
	ctx, cancel := context.WithTimeout(ctx, strangerTimeout)
	defer cancel()
	names, err := kindnode.Who(ctx, r.entry.Server, s.candidates())
	if err != nil || len(names) == 0 || slices.Contains(names, r.entry.Name) {
		return ""
	}
	return strings.TrimPrefix(names[0], "kind-")
}

func (s *scene) candidates() []kindnode.Candidate {
	var candidates []kindnode.Candidate
	for _, e := range s.config.Entries() {
		candidates = append(candidates, kindnode.Candidate{Name: e.Name, CA: e.CA})
	}
	return candidates
}

// findEntry finds the entry of a row's cluster: that of the context by which it was named, else by what it
// serves the one that kind named, or the first. When it does not answer, the entry of kind's name is taken.
func (s *scene) findEntry(ctx context.Context, r *server) {
	match := r.cluster.Match(ctx, s.candidates())
	if own, has := entryOfContext(s.config, r.context); has && slices.Contains(match.Entries, own.Name) {
		r.entry = own
		return
	}
	if len(match.Entries) == 0 {
		_, kinds := s.entry("kind-" + r.cluster.Name)
		r.stranger, r.err = !kinds, s.noEntry(r.cluster, match)
		return
	}
	r.entry, _ = s.entry(match.Entries[0])
	r.others = match.Entries[1:]
}

func (s *scene) entry(name string) (kubeconfig.Entry, bool) {
	entries := s.config.Entries()
	i := slices.IndexFunc(entries, func(e kubeconfig.Entry) bool { return e.Name == name })
	if i < 0 {
		return kubeconfig.Entry{}, false
	}
	return entries[i], true
}

// noEntry says why a cluster has no entry: it is down, or can't be reached, so that its CA is not known; or it
// was reached, and nothing has its CA.
func (s *scene) noEntry(c kindnode.Cluster, match kindnode.Match) error {
	if node, ok := c.APIServer(); ok && !node.Running {
		return stopped(&kindnode.StoppedError{Node: node})
	}
	var foreign *kindnode.ForeignError
	if match.Err != nil && !errors.As(match.Err, &foreign) {
		return fmt.Errorf("finding its entry in the kubeconfig: %w", match.Err)
	}
	if own, has := s.entry("kind-" + c.Name); has && own.CAError != nil {
		return fmt.Errorf("its entry %s: %w", own.Name, own.CAError)
	}
	err := errors.New("the kubeconfig has no entry with this cluster's CA")
	return hint.Add(err, "kind export kubeconfig --name %s", c.Name)
}

func stopped(err *kindnode.StoppedError) error { return hint.Add(err, "%s", err.Mend()) }

// mend joins to the reason why a cluster was left what helps, where something does.
func (o *Options) mend(ctx context.Context, c kindnode.Cluster, err error) error {
	var down *kindnode.StoppedError
	var name *kindnode.NameError
	var unreachable *kindnode.UnreachableError
	switch {
	case errors.As(err, &down):
		return stopped(down)
	case errors.As(err, &name) && !o.Restore:
		return hint.Add(err, "kubectl fed fix-server %s --restore", c.Name)
	case errors.As(err, &unreachable):
		if engine := kindnode.RemoteEngine(context.WithoutCancel(ctx)); engine != "" {
			err = fmt.Errorf("%w; the container engine is on another machine (%s)", err, engine)
		}
		if !o.JoinedOnly && !o.KubeconfigOnly && !strings.HasPrefix(o.Endpoint, "https://") {
			return hint.Add(err, "kubectl fed fix-server %s --joined-only", c.Name)
		}
	}
	return err
}

// applyServers makes the edits, those of one file in one step: a file is locked, proved and synced once and not
// for each entry. Where that fails they are made one by one, so that an entry that can't be edited costs only its
// own row. Where nothing is to be edited, what a killed run has left goes all the same.
func applyServers(ctx context.Context, rows []server) {
	var known []string
	for _, r := range rows {
		if r.entry.File != "" {
			known = append(known, r.entry.File)
		}
	}
	kubeconfig.Tidy(known)
	for _, file := range filesOf(rows) {
		var edits []kubeconfig.Edit
		for _, r := range rows {
			if r.edit != nil && r.edit.File == file {
				edits = append(edits, *r.edit)
			}
		}
		if kubeconfig.Apply(ctx, edits) != nil {
			applyEach(ctx, file, rows)
		}
	}
}

// filesOf are the files that rows have edits for, each once.
func filesOf(rows []server) []string {
	var files []string
	for _, r := range rows {
		if r.edit != nil && !slices.Contains(files, r.edit.File) {
			files = append(files, r.edit.File)
		}
	}
	return files
}

// applyEach makes the edits of a file one by one, and notes which can't be made.
func applyEach(ctx context.Context, file string, rows []server) {
	for i, r := range rows {
		if r.edit == nil || r.edit.File != file {
			continue
		}
		if err := kubeconfig.Apply(ctx, []kubeconfig.Edit{*r.edit}); err != nil {
			rows[i].err, rows[i].url, rows[i].edit = err, r.entry.Server, nil
		}
	}
}

// warn tells who has several entries, or files, for one cluster why only one of them changes.
func (r server) warn(w io.Writer) {
	for _, file := range r.entry.Shadowed {
		report.Warning(w, "%s is defined in %s too, where no client looks at it", r.entry.Name, file)
	}
	if len(r.others) > 0 {
		report.Warning(w, "%s: the kubeconfig has it as %s too, left as it is: name its context to set that", r.cluster.Name, strings.Join(r.others, ", "))
	}
}

// row is what is reported about the entry.
func (r server) row(export bool) report.ServerRow {
	row := report.ServerRow{
		Cluster: r.cluster.Name, Entry: r.entry.Name, File: r.entry.File, Server: r.url, Why: r.why, Exported: r.file,
	}
	if r.edit != nil && !export {
		row.Changed, row.Was, row.Answers = true, r.edit.From, r.answers
	}
	if r.err != nil {
		row.Error = r.err.Error()
	}
	return row
}
