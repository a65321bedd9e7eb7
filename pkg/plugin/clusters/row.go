package clusters

import (
	"github.com/kubectl-fed/kubectl-fed/pkg/joining"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// clusterOf is a view in the form in which it is printed.
func clusterOf(v joining.View) report.Cluster {
	c := report.Cluster{
		APIVersion: report.APIVersion, Kind: "Cluster", Metadata: report.ClusterMetadata{Name: v.Name},
		Context: v.Context, IsHost: v.IsHost, KubernetesVersion: v.Version,
	}
	if v.Kind != nil {
		c.KindName = v.Kind.Name
	}
	if v.Unreached != nil {
		c.Problems = append(c.Problems, "not reached from here: "+v.Unreached.Error())
	}
	if v.Member != nil {
		addMembership(&c, v)
	}
	return c
}

func addMembership(c *report.Cluster, v joining.View) {
	m := v.Member
	c.Metadata.Labels = m.Labels
	c.Member = &report.Membership{
		Ready: m.Ready, Reason: m.NotReady, Endpoint: m.Endpoint, EndpointWorks: v.Endpoint == nil && !m.Insecure,
		Identity: string(v.Identity), Credentials: v.Credentials == nil,
	}
	if !m.Since.IsZero() {
		c.Member.Since = &m.Since
	}
	if !m.Ready {
		c.Problems = append(c.Problems, "not ready: "+m.NotReady)
	}
	if v.Endpoint != nil {
		c.Problems = append(c.Problems, "the endpoint is stale: "+v.Endpoint.Error())
	}
	if v.Identity == joining.Another {
		c.Problems = append(c.Problems, "it is not the cluster that was joined: that was made anew since, perhaps")
	}
	if v.Credentials != nil {
		c.Problems = append(c.Problems, "KubeFed has no credentials for it and will not start again: "+v.Credentials.Error())
	}
}
