package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/duration"
)

// Cluster is a member, a kind cluster of this machine, or both: an item of what clusters prints as JSON.
type Cluster struct {
	APIVersion string          `json:"apiVersion"` // Version
	Kind       string          `json:"kind"`       // Cluster
	Metadata   ClusterMetadata `json:"metadata"`
	// KindName is kind's name of it; empty when it is no kind cluster of this machine.
	KindName string `json:"kindName,omitempty"`
	// Context is the kubeconfig context that reaches it.
	Context string `json:"context,omitempty"`
	// IsHost says that KubeFed runs in it.
	IsHost bool `json:"isHost,omitempty"`
	// KubernetesVersion is that of its API server; empty when it was not reached.
	KubernetesVersion string `json:"kubernetesVersion,omitempty"`
	// Member is there for a joined cluster.
	Member *Membership `json:"member,omitempty"`
	// Problems are what is wrong with it, each in one line.
	Problems []string `json:"problems,omitempty"`
}

// ClusterMetadata names a cluster.
type ClusterMetadata struct {
	// Name is the joined name, else kind's.
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
}

// Membership is what a member's registration says, and what became of it.
type Membership struct {
	Ready bool `json:"ready"`
	// Since is when it became ready or ceased to be.
	Since *time.Time `json:"since,omitempty"`
	// Reason is the controllers' own, for one that is not ready.
	Reason string `json:"reason,omitempty"`
	// Endpoint is where the controllers reach it.
	Endpoint string `json:"endpoint"`
	// EndpointWorks says that the cluster that was joined answers there, with a certificate of the registered CA. It
	// is false for a member whose certificate KubeFed does not check.
	EndpointWorks bool `json:"endpointWorks"`
	// Identity is matched, another, not noted or unknown: whether the cluster that answers is the one that was
	// joined.
	Identity string `json:"identity"`
	// Credentials says that the host holds a token for it.
	Credentials bool `json:"credentials"`
}

// Clusters prints the table, wide or not, and below it what is wrong.
func Clusters(w io.Writer, clusters []Cluster, wide bool, now time.Time) error {
	header := []string{"CLUSTER", "CONTEXT", "JOINED AS", "READY", "VERSION", "ENDPOINT"}
	if wide {
		header = append(header, "ENDPOINT WORKS", "IDENTITY", "CREDENTIALS", "LABELS")
	}
	var rows [][]string
	for _, c := range clusters {
		rows = append(rows, c.row(wide, now))
	}
	if err := Table(w, header, rows); err != nil {
		return err
	}
	for _, c := range clusters {
		for _, problem := range c.Problems {
			fmt.Fprintf(w, "%s: %s\n", c.Metadata.Name, oneLine(problem))
		}
	}
	return nil
}

func (c Cluster) row(wide bool, now time.Time) []string {
	name := c.KindName
	if name == "" {
		name = c.Metadata.Name
	}
	row := []string{name, dash(c.Context), c.joined(), "-", dash(c.KubernetesVersion), "-"}
	works, identity, credentials := "-", "-", "-"
	if m := c.Member; m != nil {
		row[3], row[5] = m.ready(now), m.Endpoint
		works, identity, credentials = yesNo(m.EndpointWorks), m.Identity, yesNo(m.Credentials)
	}
	if wide {
		row = append(row, works, identity, credentials, dash(labelText(c.Metadata.Labels)))
	}
	return row
}

func (c Cluster) joined() string {
	switch {
	case c.Member != nil && c.IsHost:
		return c.Metadata.Name + " (host)"
	case c.Member != nil:
		return c.Metadata.Name
	case c.IsHost:
		return "(host)"
	}
	return "-"
}

func (m Membership) ready(now time.Time) string {
	if m.Since == nil {
		return yesNo(m.Ready)
	}
	return yesNo(m.Ready) + ", " + duration.HumanDuration(now.Sub(*m.Since))
}

// labelText leaves out the labels that every member has that we joined.
func labelText(labels map[string]string) string {
	var pairs []string
	for key, value := range labels {
		if pair := key + "=" + value; !strings.HasPrefix(key, "kubectl-fed.io/") && pair != "app.kubernetes.io/managed-by=kubectl-fed" {
			pairs = append(pairs, pair)
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, ",")
}

// ClusterList is the clusters as objects, for the printers of kubectl's -o.
func ClusterList(clusters []Cluster) (*unstructured.UnstructuredList, error) {
	list := &unstructured.UnstructuredList{Object: map[string]any{"apiVersion": APIVersion, "kind": "ClusterList"}}
	for _, c := range clusters {
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&c)
		if err != nil {
			return nil, err
		}
		list.Items = append(list.Items, unstructured.Unstructured{Object: content})
	}
	return list, nil
}
