package join

import (
	"errors"
	"net/url"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-fed/kubectl-fed/pkg/joining"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// flags are those that have to be read before they are options.
type flags struct {
	labels       []string
	region, zone string
}

func (f *flags) add(cmd *cobra.Command, o *Options) {
	flags := cmd.Flags()
	flags.BoolVar(&o.All, "all", false, "Every kind cluster that is not a member, the host left out")
	flags.StringVar(&o.ClusterContext, "cluster-context", "", "The kubeconfig context of the cluster, when it is called otherwise there")
	flags.StringVar(&o.Wishes.Endpoint, "api-endpoint", "", "Where KubeFed reaches the cluster: internal, kubeconfig or a URL (default: internal between kind clusters, else kubeconfig)")
	flags.StringVar(&o.Wishes.Proxy, "proxy-url", "", "The proxy that KubeFed goes through (default: the kubeconfig's, unless it is on loopback)")
	flags.BoolVar(&o.Wishes.Insecure, "insecure", false, "Let KubeFed check no certificate of the cluster")
	flags.StringSliceVar(&f.labels, "labels", nil, "KEY=VALUE,... labels of the member, for placements to select")
	flags.StringVar(&f.region, "region", "", "The member's region, as the label "+corev1.LabelTopologyRegion)
	flags.StringVar(&f.zone, "zone", "", "The member's zone, as the label "+corev1.LabelTopologyZone)
	flags.BoolVar(&o.Refresh, "refresh", false, "Renew token, CA and endpoint of a member in place")
	flags.BoolVar(&o.Force, "force", false, "Join a cluster that has joined under another name, or under the name of another")
	flags.StringVar(&o.DryRun, "dry-run", "none", "client or server: check everything, write nothing and say what would be made")
	flags.StringVarP(&o.Output, "output", "o", "", "yaml or json: check everything, write nothing and print what would be made")
	flags.BoolVar(&o.Wait, "wait", report.IsTerminal(o.Streams.Out), "Wait until KubeFed's controllers call the clusters ready; the default on a terminal")
	flags.DurationVar(&o.WaitTimeout, "timeout", time.Minute, "How long to wait for that")
	flags.Lookup("dry-run").NoOptDefVal = "client"
}

// complete reads what has a form of its own.
func (f *flags) complete(o *Options) (err error) {
	if o.Labels, err = joining.ParseLabels(f.labels); err != nil {
		return err
	}
	for key, value := range map[string]string{corev1.LabelTopologyRegion: f.region, corev1.LabelTopologyZone: f.zone} {
		if value != "" {
			o.Labels[key] = value
		}
	}
	switch o.Wishes.Endpoint {
	case "", joining.Internal, joining.Kubeconfig:
		return nil
	}
	if parsed, err := url.Parse(o.Wishes.Endpoint); err != nil || parsed.Scheme != "https" || parsed.Host == "" {
		return errors.New("--api-endpoint is internal, kubeconfig or a URL with https://")
	}
	return nil
}
