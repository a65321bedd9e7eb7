// Package fixserver is the verb "fix-server".
package fixserver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/dynamic"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// Options are what the verb depends on, and what its arguments and flags set.
type Options struct {
	Kubeconfig func() (*kubeconfig.Config, error)
	Contexts   func() (clientcmdapi.Config, error)
	Kinds      func(context.Context) ([]kindnode.Cluster, error)
	Dial       func(context string) (dynamic.Interface, error)
	Host       func(ctx context.Context, servers map[string]string) (*member.Host, error)
	// HostContext is the context of the host, "" where there is none.
	HostContext func() string
	Streams     genericiooptions.IOStreams
	Timeout     func() time.Duration // for one cluster

	Clusters       []string
	Endpoint       string
	KubeconfigOnly bool
	JoinedOnly     bool
	Check          bool
	Restore        bool
	Export         string
	DryRun         string
	Output         string
}

const long = `Set the server of kind clusters in the kubeconfig to the address at which
other clusters reach them, and repair the endpoints of joined clusters.

kind writes https://127.0.0.1:PORT, which means something else in every other
container. The address of the cluster's container is written instead, once the
cluster was reached there from this machine and its certificate proved that it
is that cluster; otherwise the entry is left as it is, with the reason. Of the
file nothing but that one value changes.

Where the context's cluster runs KubeFed, the endpoint of each joined cluster is
tried from within the host cluster's node. One that is loopback, gone stale or
answered by another cluster is replaced in the KubeFedCluster.

Without a name, every kind cluster that the kubeconfig knows is done, and every
member. A cluster may be called by its kind name, its context or its joined
name. After a restart of Docker the addresses may have changed: run it again.`

const example = `  # every kind cluster that the kubeconfig knows, and every member
  kubectl fed fix-server

  # these two, by kind name or by context
  kubectl fed fix-server fed-worker01 kind-fed-worker02

  # say what would be repaired, and change nothing (exit code 1)
  kubectl fed fix-server --check

  # back to the published ports that kind wrote
  kubectl fed fix-server --restore

  # a kubeconfig of its own for each cluster, to hand to somebody or something
  kubectl fed fix-server --export ./kubeconfigs`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{
		Kubeconfig: f.Kubeconfig, Contexts: f.Contexts, Kinds: f.Kinds, Dial: f.Dial, Host: f.HostAt, HostContext: f.HostContext,
		Streams: f.Streams,
		Timeout: func() time.Duration { return f.ClusterTimeout },
	}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	cmd := &cobra.Command{
		Use:               "fix-server [CLUSTER...]",
		Short:             "Set servers in the kubeconfig to addresses that work from other clusters",
		Long:              long,
		Example:           example,
		Annotations:       map[string]string{outcome.Compares: "--check"},
		ValidArgsFunction: f.CompleteKinds,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Clusters = args
			if err := o.Validate(); err != nil {
				return outcome.As(outcome.Usage, err)
			}
			return run(cmd.Context(), o)
		},
	}
	o.addFlags(cmd)
	return cmd
}

func (o *Options) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.Endpoint, "endpoint", string(kindnode.Auto), "What to write: auto, ip, name, or, for one cluster, an https URL")
	flags.BoolVar(&o.KubeconfigOnly, "kubeconfig-only", false, "Leave the endpoints of joined clusters alone")
	flags.BoolVar(&o.JoinedOnly, "joined-only", false, "Leave the kubeconfig alone")
	flags.BoolVar(&o.Check, "check", false, "Change nothing; exit with 1 if something is to be repaired")
	flags.BoolVar(&o.Restore, "restore", false, "Write the published port back into the kubeconfig, as kind did")
	flags.StringVar(&o.Export, "export", "", "Write one self-contained kubeconfig for each cluster into this folder, and change nothing else")
	flags.StringVar(&o.DryRun, "dry-run", "none", "client, server or none: say what would be done, and do nothing")
	flags.Lookup("dry-run").NoOptDefVal = "client"
	flags.StringVarP(&o.Output, "output", "o", "", "How to print: wide, json or yaml")
	_ = cmd.RegisterFlagCompletionFunc("endpoint", cobra.FixedCompletions([]string{"auto", "ip", "name", "https://"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("dry-run", cobra.FixedCompletions([]string{"client", "server", "none"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"wide", "json", "yaml"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.MarkFlagDirname("export")
}

// Validate finds flags that contradict each other.
func (o *Options) Validate() error {
	isURL := strings.HasPrefix(o.Endpoint, "https://")
	known := slices.Contains([]string{"auto", "ip", "name"}, o.Endpoint)
	switch {
	case !known && !isURL:
		return fmt.Errorf("--endpoint %q is none of auto, ip, name and an https URL", o.Endpoint)
	case isURL && len(o.Clusters) != 1:
		return errors.New("--endpoint with a URL is for one cluster: name it")
	case !slices.Contains([]string{"none", "client", "server"}, o.DryRun):
		return fmt.Errorf("--dry-run %q is none of client, server and none", o.DryRun)
	case !slices.Contains([]string{"", "wide", "json", "yaml"}, o.Output):
		return fmt.Errorf("--output %q is none of wide, json and yaml", o.Output)
	case o.KubeconfigOnly && o.JoinedOnly:
		return errors.New("--kubeconfig-only and --joined-only leave nothing to do")
	case o.Restore && (o.JoinedOnly || o.Export != "" || o.Endpoint != "auto"):
		return errors.New("--restore goes with neither --joined-only, --export nor --endpoint: it writes published ports into the kubeconfig")
	case o.Export != "" && (o.JoinedOnly || o.Check):
		return errors.New("--export goes with neither --joined-only nor --check: it writes kubeconfigs of their own and nothing else")
	}
	return nil
}

// Run works out what each kubeconfig entry should say, writes it, does the same for the endpoints of members,
// and reports what came of each.
func (o *Options) Run(ctx context.Context) error {
	config, err := o.Kubeconfig()
	if err != nil {
		return err
	}
	s, err := o.look(ctx, config)
	if err != nil {
		return err
	}
	servers := o.planServers(ctx, s)
	switch {
	case o.Export != "":
		o.exportAll(servers)
	case !o.isTry() && !o.JoinedOnly:
		applyServers(ctx, servers)
	}
	endpoints, err := o.endpoints(ctx, s, servers)
	if o.JoinedOnly {
		servers = nil
	}
	if len(servers)+len(endpoints) == 0 && err == nil {
		return o.nothing(s)
	}
	return o.finish(servers, endpoints, err)
}

// nothing is the end of a run that has found nothing to look at.
func (o *Options) nothing(s *scene) error {
	if o.JoinedOnly {
		return hint.Add(errors.New("nothing has joined yet"), "kubectl fed join CLUSTER")
	}
	var names []string
	for _, c := range s.kinds {
		names = append(names, c.Name)
	}
	err := fmt.Errorf("the kubeconfig knows none of the kind clusters: %s", strings.Join(names, ", "))
	return hint.Add(err, "kind export kubeconfig --name CLUSTER")
}

// isTry says that nothing is to be changed.
func (o *Options) isTry() bool { return o.Check || o.DryRun != "none" }

// finish prints what became of everything, and returns what went wrong.
func (o *Options) finish(servers []server, endpoints []endpoint, failed error) error {
	document := report.ServersDocument{DryRun: o.isTry(), Clusters: []report.ServerRow{}, Members: []report.EndpointRow{}}
	var errs []error
	repairs := 0
	for _, s := range servers {
		row := s.row(o.Export != "")
		document.Clusters = append(document.Clusters, row)
		errs = append(errs, named(s.cluster.Name, s.err))
		repairs += one(row.Changed)
		s.warn(o.Streams.ErrOut)
	}
	for _, e := range endpoints {
		row := e.row()
		document.Members = append(document.Members, row)
		errs = append(errs, named(e.Member.Name, e.err))
		repairs += one(row.Changed)
	}
	if err := report.Servers(o.Streams.Out, document, o.Output); err != nil {
		return err
	}
	if failed != nil {
		errs = append(errs, failed)
	}
	return o.outcome(errs, repairs)
}

// outcome is what the command came to: an error, or nil, for each row. What keeps the entry of a cluster from being
// written, that it is down, often keeps its endpoint from being repaired too, and is said once.
func (o *Options) outcome(rows []error, repairs int) error {
	worked := slices.Contains(rows, nil)
	failed := slices.DeleteFunc(rows, func(err error) bool { return err == nil })
	failed = slices.CompactFunc(sortedByText(failed), func(a, b error) bool { return a.Error() == b.Error() })
	switch {
	case o.Check && len(failed) > 0:
		return outcome.As(outcome.Trouble, errors.Join(failed...))
	case o.Check && repairs > 0:
		return outcome.ErrFound
	case worked && len(failed) > 0:
		return outcome.As(outcome.Partial, errors.Join(failed...))
	}
	return errors.Join(failed...)
}

func sortedByText(errs []error) []error {
	slices.SortStableFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errs
}

// named puts a cluster's name before its error; nil stays nil.
func named(cluster string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", cluster, err)
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}
