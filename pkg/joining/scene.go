package joining

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Sources are where clusters are looked for.
type Sources struct {
	Kubeconfig func() (*kubeconfig.Config, error)
	Contexts   func() (clientcmdapi.Config, error)
	Kinds      func(context.Context) ([]kindnode.Cluster, error)
	Timeout    time.Duration // for one cluster to answer
}

// Scene is all that is known before the first cluster joins or leaves: the host, its members, and the clusters
// of this machine.
type Scene struct {
	Host     *member.Host
	HostUID  string // of the host's namespace kube-system
	HostName string // part of the objects' names
	Members  []member.Member
	Contexts clientcmdapi.Config
	Entries  []kubeconfig.Entry
	Kinds    []kindnode.Cluster
	Place    Place
	Timeout  time.Duration
}

// Look sets the scene. Without a container runtime there are no kind clusters in it.
func Look(ctx context.Context, host *member.Host, from Sources) (*Scene, error) {
	s := &Scene{Host: host, Timeout: from.Timeout}
	config, err := from.Kubeconfig()
	if err != nil {
		return nil, err
	}
	s.Entries = config.Entries()
	if s.Contexts, err = from.Contexts(); err != nil {
		return nil, err
	}
	if err := s.askAround(ctx, from); err != nil {
		return nil, err
	}
	return s, s.place(ctx)
}

// askAround asks the host and the container runtime, at the same time.
func (s *Scene) askAround(ctx context.Context, from Sources) error {
	var all errgroup.Group
	all.Go(func() (err error) {
		s.Members, err = s.Host.Members(ctx)
		return err
	})
	all.Go(func() (err error) {
		if s.HostUID, err = member.ClusterUID(ctx, s.Host.Client); err != nil {
			return fmt.Errorf("%s: %w", s.Host.Context, err)
		}
		return nil
	})
	all.Go(func() (err error) {
		if s.Kinds, err = from.Kinds(ctx); errors.Is(err, exec.ErrNotFound) {
			return nil
		}
		return err
	})
	return all.Wait()
}

// place finds out what the host is: where KubeFed runs decides which addresses it reaches.
func (s *Scene) place(ctx context.Context) error {
	host, err := FindCandidate(s.Host.Context, s.Host.Context, s.Contexts, s.Entries)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	k, is, err := KindOf(ctx, host.Context, host.Entry, s.Kinds)
	if err != nil {
		return fmt.Errorf("%s: %w", s.Host.Context, err)
	}
	s.Place = Place{Server: host.Entry.Server}
	if is {
		s.Place.Kind = &k
	}
	s.HostName = HostName(s.Host.Context, k.Name)
	return nil
}

// Member finds a member by its joined name, its kind name or its context.
func (s *Scene) Member(name string) (member.Member, bool) {
	for _, call := range []string{name, strings.TrimPrefix(name, "kind-")} {
		if i := slices.IndexFunc(s.Members, func(m member.Member) bool { return m.Name == call }); i >= 0 {
			return s.Members[i], true
		}
	}
	entry := slices.IndexFunc(s.Entries, func(e kubeconfig.Entry) bool { return slices.Contains(e.Contexts, name) })
	if entry < 0 {
		return member.Member{}, false
	}
	if i := slices.IndexFunc(s.Members, func(m member.Member) bool { return member.SameCA(m.CA, s.Entries[entry].CA) }); i >= 0 {
		return s.Members[i], true
	}
	return member.Member{}, false
}

// NameOf is the name under which a cluster joins that was called so on the command line: that under which it is a
// member already, else its kind name, where it was called by the context that kind gave it.
func (s *Scene) NameOf(called string) string {
	if m, ok := s.Member(called); ok {
		return m.Name
	}
	if short, is := strings.CutPrefix(called, "kind-"); is && s.Contexts.Contexts[short] == nil {
		return short
	}
	return called
}

// Outside are the kind clusters that are not members, the host left out. One that answers is known by its CA,
// whatever it is called; one that does not, by its name.
func (s *Scene) Outside(ctx context.Context) []string {
	var names []string
	for _, k := range s.Kinds {
		if s.Place.Kind != nil && k.Name == s.Place.Kind.Name {
			continue
		}
		if _, joined := s.MemberOf(ctx, k); !joined {
			names = append(names, k.Name)
		}
	}
	return names
}

// MemberOf is the member that a kind cluster is: by its CA, or, while it is down or does not answer yet, by its name.
func (s *Scene) MemberOf(ctx context.Context, k kindnode.Cluster) (member.Member, bool) {
	var candidates []kindnode.Candidate
	for _, m := range s.Members {
		candidates = append(candidates, kindnode.Candidate{Name: m.Name, CA: m.CA})
	}
	match := k.Match(ctx, candidates)
	if match.Proven {
		return s.Member(match.Entries[0])
	}
	var foreign *kindnode.ForeignError
	if errors.As(match.Err, &foreign) {
		return member.Member{}, false // it answers, and is none of the members
	}
	return s.Member(k.Name)
}
