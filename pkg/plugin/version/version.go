// Package version is the verb "version".
package version

import (
	"context"
	"runtime"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// number is the release, set when one is linked.
var number = "dev"

// KubeFed is the release of KubeFed whose behaviour is known here.
const KubeFed = "v0.10.0"

// Options are what the verb depends on.
type Options struct {
	Streams genericiooptions.IOStreams
}

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Streams: f.Streams}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version of kubectl fed",
		Example: "  kubectl fed version",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
}

// Run prints the version.
func (o *Options) Run(context.Context) error {
	report.Line(o.Streams.Out, "kubectl fed %s (%s, %s/%s), for KubeFed %s", number, runtime.Version(), runtime.GOOS, runtime.GOARCH, KubeFed)
	return nil
}
