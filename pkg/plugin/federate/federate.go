// Package federate is the verb "federate".
package federate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/enabling"
	"github.com/kubectl-fed/kubectl-fed/pkg/federating"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
)

// Options are what the verb depends on, and what its arguments and flags set.
type Options struct {
	Host      func(context.Context) (*member.Host, error)
	Namespace func() (string, error)
	Again     func(more ...string) string // the command that was typed, for hints
	HostFlag  func() string               // the flag that leads to the same host, for hints
	Streams   genericiooptions.IOStreams
	Timeout   *time.Duration // of one cluster

	Objects  []factory.Object
	Files    factory.Files
	Selector string

	Clusters        []string
	ClusterSelector string
	AllClusters     bool
	Overrides       []federation.Argument
	Edits           []federating.ClusterEdit
	KeepAnnotations []string
	PinAPIVersion   bool

	FederateNamespace bool
	EnableType        bool
	Dependencies      bool
	Contents          bool
	Skip              []string
	IgnoreForbidden   bool
	Adopt             bool
	Explain           bool

	DryRun      string
	Output      string
	ShowSecrets bool
	Wait        bool
	WaitTimeout time.Duration

	types *enabling.Plan // what enables types that are not yet
}

const long = `Make federated objects from plain ones: of the host cluster, by name, by label
or with all of their namespace, or from files.

The plain object itself stays as it is. The federated one names the clusters
where it is placed: those of --clusters, else all that are joined now. What no
other cluster would accept, such as a Service's address, is left out, and so is
what KubeFed does not carry, such as annotations; either is said. Run again, it
brings the template up to date and keeps placement and overrides.

KubeFed places nothing in a namespace that is not federated itself. For such a
namespace nothing is written, unless --federate-namespace makes it federated
too. What members have already under the same name, and KubeFed would take over,
is named first, and needs --adopt or a terminal's answer.

With -f and -o no cluster is needed: the placement is then every member.`

const example = `  # the Deployment nginx, on every member, with two replicas on one of them
  kubectl fed federate deploy nginx --replicas fed-worker01=2

  # with the ConfigMaps, Secrets, Services and so on that belong to it
  kubectl fed federate deploy/nginx -n shop --federate-namespace \
    --clusters fed-worker01,fed-worker02 --with-dependencies

  # another image on one member
  kubectl fed federate deploy nginx --image fed-worker01:nginx=nginx:1.27

  # anything else; names in brackets choose from a list
  kubectl fed federate deploy nginx --override \
    'fed-worker01:spec.template.spec.containers[nginx].env[0].value=debug'

  # a whole namespace, save for what controllers made in it
  kubectl fed federate namespace shop --contents

  # a file, without any cluster
  kubectl fed federate -f nginx.yaml -o yaml`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{
		Host: f.Host, Namespace: f.Namespace, Again: f.Again, HostFlag: f.HostFlag, Streams: f.Streams, Timeout: &f.ClusterTimeout,
	}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	var typed flags
	cmd := &cobra.Command{
		Use:               "federate (TYPE NAME... | TYPE/NAME... | TYPE -l SELECTOR | -f FILE)",
		Short:             "Make federated objects from plain ones",
		Long:              long,
		Example:           example,
		ValidArgsFunction: f.CompletePlain,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := typed.complete(o, args); err != nil {
				return outcome.As(outcome.Usage, err)
			}
			return run(cmd.Context(), o)
		},
	}
	typed.add(f, cmd, o)
	return cmd
}

// Validate checks what can be told from the call alone.
func (o *Options) Validate() error {
	switch {
	case o.Files.Given() && (len(o.Objects) > 0 || o.Selector != ""):
		return errors.New("name objects or files, not both")
	case o.Files.Given():
	case len(o.Objects) == 0:
		return hint.Add(errors.New("which object shall be federated?"), "kubectl fed federate deployment NAME")
	case o.Selector != "" && o.Objects[0].Name != "":
		return errors.New("-l selects objects of a type: give it a TYPE, and no names")
	case o.Selector == "" && o.Objects[0].Name == "":
		return hint.Add(fmt.Errorf("which %s shall be federated?", o.Objects[0].Type), "kubectl get %s", o.Objects[0].Type)
	}
	return errors.Join(o.validateContents(), o.validatePlacement(), o.validateOutput())
}

func (o *Options) validateContents() error {
	switch {
	case o.Contents && (o.Files.Given() || len(o.Objects) != 1 || o.Selector != ""):
		return hint.Add(errors.New("--contents is for one namespace, by name"), "kubectl fed federate namespace NAME --contents")
	case o.Contents && o.Dependencies:
		return errors.New("--contents has the dependencies in it")
	case !o.Contents && (len(o.Skip) > 0 || o.IgnoreForbidden):
		return errors.New("--skip-api-resources and --ignore-forbidden go with --contents")
	case o.Dependencies && o.Files.Given():
		return errors.New("--with-dependencies looks in the host cluster; the files have to have them")
	}
	return nil
}

func (o *Options) validatePlacement() error {
	given := 0
	for _, is := range []bool{len(o.Clusters) > 0, o.ClusterSelector != "", o.AllClusters} {
		if is {
			given++
		}
	}
	if given > 1 {
		return errors.New("--clusters, --cluster-selector and --all-clusters are three ways to say one thing: give one of them")
	}
	return nil
}

func (o *Options) validateOutput() error {
	switch {
	case !slices.Contains([]string{"none", "client", "server"}, o.DryRun):
		return fmt.Errorf("--dry-run %s: it is client, server or none", o.DryRun)
	case !slices.Contains([]string{"", "yaml", "json"}, o.Output):
		return fmt.Errorf("--output %s: it is yaml or json", o.Output)
	case o.Output != "" && o.EnableType:
		return errors.New("--enable-type writes, and -o does not: kubectl fed enable TYPE -o yaml prints the type")
	}
	return nil
}
