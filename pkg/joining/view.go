package joining

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// View is all that is known of one cluster: a member, a kind cluster of this machine, or both.
type View struct {
	Name    string            // joined name, else kind name
	Kind    *kindnode.Cluster // nil when it is no kind cluster, or not of this machine
	Context string            // that reaches it; "" when there is none
	IsHost  bool
	Version string         // of the API server; "" when it was not reached
	Member  *member.Member // nil when it is not joined
	// Endpoint says what is wrong with the registered endpoint, from where KubeFed runs; nil when it leads to the
	// cluster that was joined.
	Endpoint error
	// Identity says whether the cluster that answers is the one that was joined.
	Identity Identity
	// Credentials says what is wrong with the token that the host holds; nil when there is one.
	Credentials error
	// Unreached says why the cluster could not be asked from here.
	Unreached error
}

// Identity is what the UID of kube-system says about a member.
type Identity string

// The verdicts on an identity.
const (
	Matched  Identity = "matched"   // it is the cluster that was joined
	Another  Identity = "another"   // it is not
	NotNoted Identity = "not noted" // kubefedctl notes no UID; the CA was checked all the same
	Unknown  Identity = "unknown"   // it was not reached
)

// Views looks at all members and all kind clusters at once, each with its own deadline, and returns them sorted by
// name. The error is a *NotFromThereError, and says why endpoints were checked from this machine; the views are
// good all the same.
func (s *Scene) Views(ctx context.Context) ([]View, error) {
	views := s.pair(ctx)
	numbers := map[string]View{} // a kind cluster may be called like a member that is another cluster
	var all []member.Member
	for i, v := range views {
		number := strconv.Itoa(i)
		numbers[number] = v
		all = append(all, member.Member{Name: number})
	}
	outcomes := member.Each(ctx, all, s.Timeout, func(ctx context.Context, m member.Member) (View, error) {
		return s.ask(ctx, numbers[m.Name]), nil
	})
	for i, out := range outcomes {
		if out.Err == nil {
			views[i] = out.Value
			continue
		}
		views[i].Unreached, views[i].Identity = out.Err, Unknown
	}
	return views, s.checkEndpoints(ctx, views)
}

// pair puts members and kind clusters together: by CA, whatever they are called.
func (s *Scene) pair(ctx context.Context) []View {
	var views []View
	for _, m := range s.Members {
		views = append(views, View{Name: m.Name, Member: &m, Context: s.Host.ContextOf(m)})
	}
	for _, k := range s.Kinds {
		m, joined := s.MemberOf(ctx, k)
		if i := slices.IndexFunc(views, func(v View) bool { return joined && v.Name == m.Name }); i >= 0 {
			views[i].Kind = &k
			continue
		}
		view := View{Name: k.Name, Kind: &k}
		if found, err := FindCandidate(k.Name, "", s.Contexts, s.Entries); err == nil {
			view.Context = found.Context
		}
		views = append(views, view)
	}
	slices.SortFunc(views, func(a, b View) int { return strings.Compare(a.Name, b.Name) })
	return views
}

// ask asks the cluster itself, and the host for its token.
func (s *Scene) ask(ctx context.Context, v View) View {
	v.IsHost = s.isHost(v)
	if v.Member == nil {
		v.Version, v.Unreached = s.versionOf(v)
		return v
	}
	v.Credentials = s.credentials(ctx, *v.Member)
	v.Version, v.Identity = v.Member.Version, Unknown
	client, err := s.Host.Dial(ctx, *v.Member)
	if err != nil {
		v.Unreached = err
		return v
	}
	uid, err := member.ClusterUID(ctx, client.Dynamic)
	if err != nil {
		v.Unreached = err
		return v
	}
	v.Identity = identityOf(*v.Member, uid)
	v.IsHost = uid == s.HostUID
	if version, err := serverVersion(client.Config); err == nil {
		v.Version = version
	}
	return v
}

func identityOf(m member.Member, uid string) Identity {
	switch m.Annotations[UIDAnnotation] {
	case "":
		return NotNoted
	case uid:
		return Matched
	}
	return Another
}

func (s *Scene) isHost(v View) bool {
	return v.Kind != nil && s.Place.Kind != nil && v.Kind.Name == s.Place.Kind.Name
}

// versionOf asks a cluster that is not joined, through its context.
func (s *Scene) versionOf(v View) (string, error) {
	if v.Kind != nil && !v.Kind.Running() {
		node, _ := v.Kind.APIServer()
		return "", &kindnode.StoppedError{Node: node}
	}
	if v.Context == "" {
		return "", fmt.Errorf("no context of the kubeconfig reaches it")
	}
	config, err := member.ConfigFor(s.Contexts, v.Context, s.Timeout)
	if err != nil {
		return "", err
	}
	return serverVersion(config)
}

// credentials says what is wrong with the Secret of a member, without which KubeFed's controllers don't start.
func (s *Scene) credentials(ctx context.Context, m member.Member) error {
	token, err := s.hostToken(ctx, m.Secret)
	switch {
	case err != nil:
		return err
	case len(token) == 0:
		return fmt.Errorf("the Secret %s is not there, or holds no token", m.Secret)
	}
	return nil
}

// checkEndpoints proves the endpoint of every member, all in one go.
func (s *Scene) checkEndpoints(ctx context.Context, views []View) error {
	var wanted []Wanted
	var of []int
	for i, v := range views {
		if v.Member != nil && !v.Member.Insecure {
			of = append(of, i)
			wanted = append(wanted, Wanted{URLs: []string{v.Member.Endpoint}, CA: v.Member.CA, Kind: v.Kind})
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	proofs, err := s.Place.Prove(ctx, wanted)
	for i, proof := range proofs {
		if proof.URL == "" {
			views[of[i]].Endpoint = proof.Err
		}
	}
	return err
}
