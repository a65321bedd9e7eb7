package render

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation/lint"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// source is what is rendered, and the host cluster where there is one.
type source struct {
	host    *member.Host
	members []member.Member
	asked   []member.Member // those of --clusters
	objects []member.Federated
	live    map[string]member.Outcome[[]*unstructured.Unstructured] // by cluster, in the objects' order; nil if not asked for
}

func (o *Options) source(ctx context.Context) (*source, error) {
	if !o.Files.Given() {
		return o.fromHost(ctx)
	}
	documents, findings, err := o.Files.Read(ctx, o.Streams.In)
	if err != nil {
		return nil, err
	}
	if len(findings) > 0 {
		return nil, unreadable(findings[0])
	}
	return o.fromFiles(ctx, documents)
}

// unreadable is the error for a document that is no object, or that has a key twice.
func unreadable(f lint.Finding) error {
	err := fmt.Errorf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Message)
	return hint.Add(err, "kubectl fed lint -f %s", f.File)
}

func (o *Options) fromHost(ctx context.Context) (*source, error) {
	s, err := o.reach(ctx)
	if err != nil {
		return nil, err
	}
	namespace, err := o.Namespace()
	if err != nil {
		return nil, err
	}
	s.objects, err = factory.Federated(ctx, s.host, o.Objects, namespace, s.members, o.HostFlag())
	return s, err
}

// reach connects to the host cluster and finds its members.
func (o *Options) reach(ctx context.Context) (*source, error) {
	host, err := o.Host(ctx)
	if err != nil {
		return nil, err
	}
	members, err := host.Members(ctx)
	if err != nil {
		return nil, err
	}
	picked, err := factory.Pick(members, o.Clusters)
	if err != nil {
		return nil, err
	}
	if len(o.Clusters) > 0 {
		o.Clusters = factory.Names(picked)
	}
	return &source{host: host, members: members, asked: picked}, nil
}

// fromFiles reads files, and asks the host cluster only for what they can't tell.
func (o *Options) fromFiles(ctx context.Context, documents []lint.Document) (*source, error) {
	set := factory.SetOf(documents)
	if len(set.Federated) == 0 {
		return nil, errors.New("no federated object is in the files")
	}
	clusters, err := o.knownClusters(ctx)
	if err != nil {
		return nil, err
	}
	s := &source{}
	if o.OverLive || clusters == nil && set.Selects() {
		if s, err = o.reach(ctx); err != nil {
			return nil, hint.Add(fmt.Errorf("who has joined is not known: %w", err), "%s", o.Again("--clusters-file", "FILE"))
		}
		clusters = member.Clusters(s.members)
	}
	for _, fed := range set.Federated {
		f, err := o.place(set, fed, clusters)
		if err != nil {
			return nil, err
		}
		s.objects = append(s.objects, f)
	}
	return s, nil
}

// knownClusters are the members of --clusters-file; nil without the flag.
func (o *Options) knownClusters(ctx context.Context) ([]federation.Cluster, error) {
	if o.ClustersFile == "" {
		return nil, nil
	}
	files := factory.Files{Names: []string{o.ClustersFile}}
	documents, findings, err := files.Read(ctx, o.Streams.In)
	if err != nil {
		return nil, err
	}
	if len(findings) > 0 {
		return nil, unreadable(findings[0])
	}
	clusters := factory.SetOf(documents).Clusters
	if len(clusters) == 0 {
		return nil, fmt.Errorf("%s has no KubeFedCluster", o.ClustersFile)
	}
	return clusters, nil
}

// place works out where an object of a file goes. Where it is not known who has joined, the clusters that it
// names are taken for members; where the files have no FederatedNamespace for it, the namespace is taken to
// be federated everywhere.
func (o *Options) place(set factory.Set, fed *unstructured.Unstructured, clusters []federation.Cluster) (member.Federated, error) {
	namespace, err := o.Namespace()
	if err != nil {
		return member.Federated{}, err
	}
	t, fed, err := set.TypeOf(fed, namespace)
	if err != nil {
		return member.Federated{}, err
	}
	if clusters == nil {
		for _, name := range factory.NamedClusters(fed) {
			clusters = append(clusters, federation.Cluster{Name: name})
		}
	}
	around := set.Namespaces[fed.GetNamespace()]
	placement, err := federation.Place(t, fed, around, clusters, around == nil)
	return member.Federated{Type: t, Object: fed, Placement: placement}, err
}

// chosen are the placed clusters, narrowed to those of --clusters.
func (o *Options) chosen(f member.Federated) []string {
	if len(o.Clusters) == 0 {
		return f.Placement.Clusters
	}
	return slices.DeleteFunc(slices.Clone(f.Placement.Clusters), func(name string) bool { return !slices.Contains(o.Clusters, name) })
}

// sayUnplaced says why a cluster gets nothing; of --clusters, also that nobody knows it.
func (o *Options) sayUnplaced(f member.Federated) {
	var rows []report.Unplaced
	for name, reason := range f.Placement.Excluded {
		if len(o.Clusters) == 0 || slices.Contains(o.Clusters, name) {
			rows = append(rows, report.Unplaced{Object: f.ID(), Cluster: name, Reason: reason.String()})
		}
	}
	for _, name := range o.Clusters {
		if _, excluded := f.Placement.Excluded[name]; !excluded && !f.Placement.Has(name) {
			rows = append(rows, report.Unplaced{Object: f.ID(), Cluster: name, Reason: federation.Reason{Code: federation.NotListed}.String()})
		}
	}
	for _, name := range f.Placement.Unknown {
		rows = append(rows, report.Unplaced{Object: f.ID(), Cluster: name, Reason: "it has not joined"})
	}
	report.NotPlaced(o.Streams.ErrOut, rows)
}
