package enabling

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Scene is what plans are made from: what is enabled, and what the host and each member serve.
type Scene struct {
	Host    *member.Host
	Catalog Catalog
	Configs []v1beta1.FederatedTypeConfig
	Members []Served

	timeout time.Duration
}

// Served is what one member serves; Err says why that is not known.
type Served struct {
	member.Member
	Catalog Catalog
	Err     error
}

// Look asks the host and all members at once. The timeout is that of one member.
func Look(ctx context.Context, host *member.Host, timeout time.Duration) (*Scene, error) {
	s := &Scene{Host: host, timeout: timeout}
	var all errgroup.Group
	all.Go(func() (err error) {
		if s.Catalog, err = Discover(ctx, host.Config); err != nil {
			return fmt.Errorf("%s: asking what it serves: %w", host.Context, err)
		}
		s.Catalog.Context = host.Context
		return nil
	})
	all.Go(func() (err error) {
		s.Configs, err = host.TypeConfigs(ctx)
		return err
	})
	all.Go(func() error {
		members, err := host.Members(ctx)
		if err != nil {
			return err
		}
		for _, out := range member.Each(ctx, members, timeout, s.discover) {
			s.Members = append(s.Members, Served{out.Member, out.Value, out.Err})
		}
		return nil
	})
	return s, all.Wait()
}

func (s *Scene) discover(ctx context.Context, m member.Member) (Catalog, error) {
	client, err := s.Host.Dial(ctx, m)
	if err != nil {
		return Catalog{}, err
	}
	return Discover(ctx, client.Config)
}

// Types are those that are enabled, sorted by name.
func (s *Scene) Types() []federation.Type {
	var types []federation.Type
	for i := range s.Configs {
		types = append(types, federation.TypeOf(&s.Configs[i]))
	}
	return types
}

// config is the FederatedTypeConfig of that name, nil where there is none.
func (s *Scene) config(name string) *v1beta1.FederatedTypeConfig {
	i := slices.IndexFunc(s.Configs, func(c v1beta1.FederatedTypeConfig) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Configs[i]
}

// Absence is a member that does not serve a type, or of which that is not known.
type Absence struct {
	Member string
	Ready  bool
	Err    error // why it is not known
}

// Lacking are the members that do not serve an API, or can't be asked, by name.
func (s *Scene) Lacking(api federation.API) []Absence {
	var all []Absence
	for _, m := range s.Members {
		served, err := false, m.Err
		if err == nil {
			served, err = m.Catalog.Serves(api)
		}
		if !served {
			all = append(all, Absence{m.Name, m.Ready, err})
		}
	}
	return all
}
