// Package each is the verb "each".
package each

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// Options are what the verb depends on, and what its arguments and flags set.
type Options struct {
	Host      func(context.Context) (*member.Host, error)
	Namespace func() (string, error)
	Files     func() []string // the user's kubeconfig
	HostFlag  func() string
	Streams   genericiooptions.IOStreams
	Timeout   *time.Duration // of finding the way to one cluster

	Clusters []string
	NoPrefix bool
	Args     []string // for kubectl
}

const long = `Run kubectl on every member at once: whatever kubectl can do, plugins
included. Each line of its output has the member's name before it; what kubectl
writes to stderr goes to stderr. The exit code is the worst that any kubectl
ended with.

kubectl gets a kubeconfig of its own whose current context is the member's:
the user's own context for that cluster where there is one, else with the
credentials that KubeFed has. The namespace is that of -n, or else of the
host's context. Nothing of it is left behind.

Standard input is read once, and given to each, where an argument is "-".`

const example = `  kubectl fed each -- get pods -A
  kubectl fed each --clusters fed-worker01 -- rollout restart deploy/nginx

  # logs of all members, as they come
  kubectl fed each -- logs -f deploy/nginx

  # what is not federated
  kubectl kustomize overlays/dev | kubectl fed each -- apply -f -

  # a shell in a pod of one member
  kubectl fed each --clusters fed-worker01 --no-prefix -- \
    exec -it deploy/nginx -- sh`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Host: f.Host, Namespace: f.Namespace, Files: f.KubeconfigFiles, HostFlag: f.HostFlag, Streams: f.Streams, Timeout: &f.ClusterTimeout}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	cmd := &cobra.Command{
		Use:               "each [--clusters A,B] -- ARGS...",
		Short:             "Run kubectl on every member",
		Long:              long,
		Example:           example,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.take(args, cmd.ArgsLenAtDash()); err != nil {
				return outcome.As(outcome.Usage, err)
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringSliceVar(&o.Clusters, "clusters", nil, "Run it on these members only, by name")
	cmd.Flags().BoolVar(&o.NoPrefix, "no-prefix", false, "Print kubectl's lines as they are; with one member, kubectl gets the terminal")
	factory.Complete(cmd, "clusters", f.CompleteMembers)
	return cmd
}

// take reads what follows "--". Without it, flags that were meant for kubectl would be taken for ours.
func (o *Options) take(args []string, dash int) error {
	switch {
	case len(args) == 0:
		return hint.Add(errors.New("what shall kubectl do?"), "kubectl fed each -- get pods")
	case dash != 0:
		return hint.Add(errors.New("what is for kubectl comes after --"), "kubectl fed each -- %s", strings.Join(args, " "))
	}
	if args[0] == "kubectl" {
		args = args[1:]
	}
	if len(args) == 0 {
		return hint.Add(errors.New("what shall kubectl do?"), "kubectl fed each -- get pods")
	}
	o.Args = args
	return o.Validate()
}

// choosers are the flags by which kubectl is told which cluster to talk to.
var choosers = []string{"--context", "--kubeconfig", "--cluster", "--user", "--server"}

// Validate refuses flags that would lead every kubectl to one and the same cluster. What follows another "--" is
// no flag of kubectl's.
func (o *Options) Validate() error {
	for _, arg := range o.Args {
		if arg == "--" {
			return nil
		}
		if name, _, _ := strings.Cut(arg, "="); slices.Contains(choosers, name) {
			return fmt.Errorf("%s would lead every kubectl to one cluster: --clusters before the -- says which members are meant", name)
		}
	}
	return nil
}

// Run prepares a kubeconfig for each member, and then runs kubectl with all of them at once.
func (o *Options) Run(ctx context.Context) error {
	host, err := o.Host(ctx)
	if err != nil {
		return err
	}
	all, err := host.Members(ctx)
	if err != nil {
		return err
	}
	members, err := factory.Pick(all, o.Clusters)
	if err != nil {
		return err
	}
	if len(members) == 0 {
		return hint.Add(fmt.Errorf("%s has no members", host.Context), "kubectl fed join CLUSTER --context %s", host.Context)
	}
	r := &runner{options: o}
	defer r.listen()()
	ready, failed, err := r.prepare(ctx, host, members)
	if err != nil {
		return err
	}
	for _, err := range failed {
		report.Error(o.Streams.ErrOut, err)
	}
	code, err := r.run(ctx, ready)
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case len(failed) > 0:
		code = max(code, 1)
	}
	return outcome.Exit(code)
}
