package member

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/kubefed/pkg/apis/core/common"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Member is a joined cluster, as its KubeFedCluster says.
type Member struct {
	Name        string
	Labels      map[string]string
	Annotations map[string]string
	Endpoint    string // that the controllers use
	CA          []byte // PEM
	Secret      string // in KubeFed's namespace, with the token of the controllers
	Insecure    bool   // the controllers don't check the certificate
	Ready       bool
	NotReady    string    // the controllers' reason, when it is not ready and they gave one
	Since       time.Time // since when it is ready or not; zero when the controllers don't say
	Probed      time.Time // when the controllers last looked at it; in whole seconds
	Version     string    // of its API server, as the controllers saw it
}

// Members lists the joined clusters, sorted by name.
func (h *Host) Members(ctx context.Context) ([]Member, error) {
	list, err := h.Client.Resource(kubefedClusters).Namespace(h.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("%s: listing the joined clusters: %w", h.Context, Plain(err))
	}
	var all []Member
	for _, item := range list.Items {
		var cluster v1beta1.KubeFedCluster
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, &cluster); err != nil {
			return nil, fmt.Errorf("%s: reading KubeFedCluster %s: %w", h.Context, item.GetName(), err)
		}
		all = append(all, memberOf(cluster))
	}
	slices.SortFunc(all, func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// Federation reads who has joined and which types are enabled, both at the same time.
func (h *Host) Federation(ctx context.Context) ([]Member, []federation.Type, error) {
	var members []Member
	var types []federation.Type
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { members, err = h.Members(ctx); return err })
	group.Go(func() (err error) { types, err = h.Types(ctx); return err })
	return members, types, group.Wait()
}

func memberOf(c v1beta1.KubeFedCluster) Member {
	m := Member{
		Name: c.Name, Labels: c.Labels, Annotations: c.Annotations,
		Endpoint: c.Spec.APIEndpoint, CA: c.Spec.CABundle, Secret: c.Spec.SecretRef.Name,
		Insecure: slices.Contains(c.Spec.DisabledTLSValidations, v1beta1.TLSAll),
		Version:  c.Status.KubernetesVersion,
	}
	for _, condition := range c.Status.Conditions {
		if condition.LastProbeTime.After(m.Probed) {
			m.Probed = condition.LastProbeTime.Time
		}
		switch {
		case condition.Type == common.ClusterReady && condition.Status == corev1.ConditionTrue:
			m.Ready = true
		case condition.Type == common.ClusterReady:
			m.NotReady = message(condition)
		case condition.Status == corev1.ConditionTrue: // Offline and ConfigMalformed have the cause
			m.NotReady = message(condition)
		default:
			continue
		}
		if condition.LastTransitionTime != nil {
			m.Since = condition.LastTransitionTime.Time
		}
	}
	if !m.Ready && m.NotReady == "" {
		m.NotReady = "KubeFed has not looked at it yet"
	}
	return m
}

func message(c v1beta1.ClusterCondition) string {
	if c.Message != nil && *c.Message != "" {
		return failedChecks(*c.Message)
	}
	if c.Reason != nil {
		return *c.Reason
	}
	return string(c.Type)
}

// failedCheck is one line of what an API server says of its health, as an error quotes it.
var failedCheck = regexp.MustCompile(`\[-\]([^\n\\]+)`)

// failedChecks shortens a message that quotes all that an API server says of its health, fifty lines that are well,
// to the checks that failed.
func failedChecks(text string) string {
	failed := failedCheck.FindAllStringSubmatch(text, -1)
	start := strings.Index(text, "[+]")
	if start < 0 || len(failed) == 0 {
		return text
	}
	var names []string
	for _, check := range failed {
		names = append(names, check[1])
	}
	head, _, _ := strings.Cut(text[:start], `("`)
	return strings.TrimPrefix(strings.TrimSpace(head)+": "+strings.Join(names, ", "), ": ")
}

// Clusters are the members as placement sees them.
func Clusters(members []Member) []federation.Cluster {
	var clusters []federation.Cluster
	for _, m := range members {
		clusters = append(clusters, federation.Cluster{Name: m.Name, Labels: m.Labels})
	}
	return clusters
}

// SameCA tells whether two PEM texts hold the same certificates, however they are wrapped. It is false when
// either holds none.
func SameCA(a, b []byte) bool {
	x, y := certificates(a), certificates(b)
	return len(x) > 0 && slices.Equal(x, y)
}

func certificates(text []byte) []string {
	var sums []string
	for rest := bytes.TrimSpace(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			slices.Sort(sums)
			return slices.Compact(sums)
		}
		sum := sha256.Sum256(block.Bytes)
		sums = append(sums, string(sum[:]))
	}
}

// Outcome is what came of one member.
type Outcome[T any] struct {
	Member Member
	Value  T
	Err    error
}

// Each does something with every member at the same time, each with its own deadline, and returns the
// outcomes in the members' order. One that is slow or fails costs only its own outcome; it is not waited for
// after its deadline, even if it does not notice.
func Each[T any](ctx context.Context, members []Member, timeout time.Duration, do func(context.Context, Member) (T, error)) []Outcome[T] {
	pending := make([]<-chan Outcome[T], len(members))
	for i, m := range members {
		pending[i] = start(ctx, m, timeout, do)
	}
	outcomes := make([]Outcome[T], len(members))
	for i := range members {
		outcomes[i] = <-pending[i]
	}
	return outcomes
}

// start does something with one member; the outcome comes when it is done or its time is up.
func start[T any](ctx context.Context, m Member, timeout time.Duration, do func(context.Context, Member) (T, error)) <-chan Outcome[T] {
	outcome := make(chan Outcome[T], 1)
	go func() {
		own, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no answer within %s", timeout))
		defer cancel()
		done := make(chan Outcome[T], 1)
		go func() {
			value, err := do(own, m)
			done <- Outcome[T]{m, value, err}
		}()
		select {
		case out := <-done:
			if out.Err != nil && own.Err() != nil {
				out.Err = context.Cause(own)
			}
			outcome <- out
		case <-own.Done():
			outcome <- Outcome[T]{Member: m, Err: context.Cause(own)}
		}
	}()
	return outcome
}
