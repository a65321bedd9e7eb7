package initialize

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-fed/kubectl-fed/pkg/controlplane"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
)

// flags are those that have to be read before they are options.
type flags struct {
	types, settings, gates []string
	authorities            string
}

func (f *flags) add(cmd *cobra.Command, o *Options) {
	flags := cmd.Flags()
	flags.StringVar(&o.Wish.Image, "image", "", "KubeFed's image (default: "+controlplane.DefaultImage+", or one of your own that runs already)")
	flags.StringSliceVar(&f.types, "types", nil, "The types to federate (default: those of KubeFed's chart); those that are enabled already stay")
	flags.StringVar((*string)(&o.Wish.Scope), "scope", "", "Cluster, or Namespaced: only KubeFed's own namespace is federated (default Cluster)")
	flags.Int64Var(&o.Wish.Replicas, "replicas", 0, "How many controller managers run; one of them leads (default 1)")
	flags.StringArrayVar(&f.settings, "set", nil, "FIELD=VALUE in the spec of the KubeFedConfig, such as clusterHealthCheck.period=5s")
	flags.StringSliceVar(&f.gates, "feature-gates", nil, "NAME=true or false,... of KubeFed's feature gates")
	flags.StringArrayVar(&o.LoadImages, "load-image", nil, "An image, or the FILE that docker save wrote, to put into every node of the host first; it has to be a kind cluster")
	flags.StringVar(&o.Wish.Secret, "webhook-secret", "", "A Secret of your own with the webhook's certificate: tls.crt, tls.key and ca.crt")
	flags.StringVar(&f.authorities, "webhook-ca", "", "The FILE with what that certificate is checked against, where it is not in the Secret")
	flags.BoolVar(&o.Join, "join", false, "Then make all other kind clusters members")
	flags.BoolVarP(&o.Yes, "yes", "y", false, "The current context is meant; don't ask")
	flags.StringVar(&o.DryRun, "dry-run", "none", "client or server: ask the server about everything, write nothing and say what would be done")
	flags.StringVarP(&o.Output, "output", "o", "", "yaml or json: write nothing and print all objects in order; needs no cluster")
	flags.DurationVar(&o.WaitTimeout, "timeout", 5*time.Minute, "How long it may take altogether")
	flags.Lookup("dry-run").NoOptDefVal = "client"
	factory.Complete(cmd, "types", words(federation.KnownNames()))
	factory.Complete(cmd, "scope", words([]string{string(controlplane.Cluster), string(controlplane.Namespaced)}))
	factory.Complete(cmd, "feature-gates", words(slices.Sorted(maps.Keys(controlplane.FeatureGates))))
	factory.Complete(cmd, "set", words(controlplane.ConfigFields()))
}

func words(all []string) cobra.CompletionFunc {
	return cobra.FixedCompletions(all, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace)
}

// complete reads what has a form of its own.
func (f *flags) complete(o *Options) error {
	var failed []error
	for _, text := range f.settings {
		setting, err := controlplane.ParseSetting(text)
		failed = append(failed, err)
		o.Wish.Settings = append(o.Wish.Settings, setting)
	}
	failed = append(failed, f.readGates(o), f.readTypes(o))
	if f.authorities != "" {
		var err error
		o.Wish.Authorities, err = os.ReadFile(f.authorities)
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

func (f *flags) readGates(o *Options) error {
	o.Wish.Gates = map[string]bool{}
	for _, text := range f.gates {
		name, value, _ := strings.Cut(text, "=")
		on, err := strconv.ParseBool(value)
		if _, known := controlplane.FeatureGates[name]; !known || err != nil {
			names := slices.Sorted(maps.Keys(controlplane.FeatureGates))
			return fmt.Errorf("--feature-gates %s: want NAME=true or NAME=false, of %s", text, strings.Join(names, ", "))
		}
		o.Wish.Gates[name] = on
	}
	return nil
}

func (f *flags) readTypes(o *Options) error {
	for _, word := range f.types {
		t, ok := federation.KnownAs(word)
		if !ok {
			err := fmt.Errorf("--types %s: no type of Kubernetes itself is called so; others are enabled once KubeFed runs", word)
			return hint.Add(err, "kubectl fed enable %s", word)
		}
		o.Wish.Types = append(o.Wish.Types, t)
	}
	return nil
}
