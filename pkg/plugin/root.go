package plugin

import (
	"context"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/clusters"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/deinit"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/diff"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/disable"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/each"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/enable"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/federate"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/fixserver"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/get"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/initialize"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/join"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/lint"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/orphan"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/override"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/render"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/schedule"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/status"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/types"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/unfederate"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/unjoin"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/version"
)

// NewCmd builds the command tree for the arguments that were typed. It opens no file and no connection.
func NewCmd(streams genericiooptions.IOStreams, args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-fed",
		Short: "KubeFed federations on kind clusters, seen before anything is applied",
		Long: `kubectl fed joins kind clusters to a KubeFed control plane, makes federated
objects from plain ones, and says in which cluster KubeFed will change what.

Flags go behind the plugin's name: kubectl fed diff --context kind-fed-master.`,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl fed"},
		SilenceErrors: true, // Main prints them, with their hint
		SilenceUsage:  true,
		// its scripts complete the word kubectl-fed, which nobody types
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.ErrOut)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return outcome.As(outcome.Usage, err) })
	root.SetArgs(args)
	f := factory.New(streams, args)
	f.AddFlags(root.PersistentFlags())
	root.SetGlobalNormalizationFunc(factory.KubefedctlNames)
	root.AddCommand(
		fixserver.NewCmd(f, nil),
		initialize.NewCmd(f, joinAll(f), nil),
		deinit.NewCmd(f, nil),
		join.NewCmd(f, nil),
		unjoin.NewCmd(f, nil),
		clusters.NewCmd(f, nil),
		enable.NewCmd(f, nil),
		disable.NewCmd(f, nil),
		types.NewCmd(f, nil),
		federate.NewCmd(f, nil),
		unfederate.NewCmd(f, nil),
		orphan.NewCmd(f, nil),
		diff.NewCmd(f, nil),
		status.NewCmd(f, nil),
		get.NewCmd(f, nil),
		each.NewCmd(f, nil),
		schedule.NewCmd(f, nil),
		override.NewCmd(f, nil),
		render.NewCmd(f, nil),
		lint.NewCmd(f, nil),
		version.NewCmd(f, nil),
	)
	return root
}

// joinAll is "join --all" for another verb.
func joinAll(f *factory.Factory) func(context.Context) error {
	return func(ctx context.Context) error {
		cmd := join.NewCmd(f, nil)
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetArgs([]string{"--all", "--wait"})
		return cmd.ExecuteContext(ctx)
	}
}
