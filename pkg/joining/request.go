package joining

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Request makes the request for the join of a cluster that was met, at an endpoint that was proved. What an
// earlier join has chosen stays: labels and the names of objects, kubefedctl's too.
func (s *Scene) Request(ctx context.Context, m *Met, endpoint string, w Wishes) (Request, error) {
	r := Request{
		Cluster: m.Name, Host: s.HostName, HostUID: s.HostUID, UID: m.UID,
		Namespace: s.Host.Namespace, Namespaced: s.Host.IsNamespaced(),
		Registration: Registration{Endpoint: endpoint, CA: m.CA, Proxy: m.Proxy, Insecure: w.Insecure, Labels: map[string]string{}},
	}
	before, joined := s.Member(m.Name)
	if !joined || before.Name != m.Name {
		return r, nil
	}
	maps.Copy(r.Labels, before.Labels)
	token, err := s.hostToken(ctx, before.Secret)
	r.Secret, r.Account = before.Secret, accountOf(token)
	return r, err
}

// hostToken reads the token that the host holds in a Secret; nil when there is none.
func (s *Scene) hostToken(ctx context.Context, name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	secret, err := s.Host.Client.Resource(secrets).Namespace(s.Host.Namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: reading the Secret %s: %w", s.Host.Context, name, member.Plain(err))
	}
	return tokenIn(secret), nil
}

// foreign refuses to take over what the join of another host has made in the member under the same names.
func (p Plan) foreign(ctx context.Context, s Sides) error {
	account, err := Unstructured(p.Member[1])
	if err != nil {
		return err
	}
	found, err := resource(s.Member, account).Get(ctx, account.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("in the member: %w", about(account, err))
	}
	if uid := found.GetAnnotations()[HostUIDAnnotation]; uid != "" && uid != p.HostUID {
		return fmt.Errorf("in the member: %w", about(account, errors.New("another federation's host made it, and is called the same")))
	}
	return nil
}

// Conflicts are the reasons for which a join needs to be forced: who the cluster is, and who else has joined it.
func (p Plan) Conflicts(ctx context.Context, s Sides, members []member.Member, hostContext string) error {
	if err := CheckIdentity(p.Request, members, hostContext); err != nil {
		return err
	}
	return p.foreign(ctx, s)
}

// ParseLabels reads KEY=VALUE pairs, separated by commas or given one by one.
func ParseLabels(texts []string) (map[string]string, error) {
	labels := map[string]string{}
	for _, text := range texts {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("%q is no label: KEY=VALUE", text)
		}
		labels[key] = value
	}
	return labels, nil
}
