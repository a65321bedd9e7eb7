package federate

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-fed/kubectl-fed/pkg/federating"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
)

// flags are those that have to be read before they are options.
type flags struct{ overrides, images, replicas []string }

func (t *flags) add(f *factory.Factory, cmd *cobra.Command, o *Options) {
	flags := cmd.Flags()
	o.Files.AddFlags(cmd, "with plain objects to federate")
	flags.StringVarP(&o.Selector, "selector", "l", "", "Federate the objects of the TYPE that have these labels (key=value,...)")
	flags.StringSliceVar(&o.Clusters, "clusters", nil, "The members to place it on, by name (default: all that are joined now)")
	flags.StringVar(&o.ClusterSelector, "cluster-selector", "", "Place it on the members with these labels, those that join later too")
	flags.BoolVar(&o.AllClusters, "all-clusters", false, "Place it on all members, those that join later too")
	flags.StringArrayVar(&t.overrides, "override", nil, "CLUSTER:PATH=VALUE, what is to be different on one member; may be repeated, as the next two")
	flags.StringArrayVar(&t.images, "image", nil, "CLUSTER:CONTAINER=IMAGE")
	flags.StringSliceVar(&t.replicas, "replicas", nil, "CLUSTER=N")
	flags.StringSliceVar(&o.KeepAnnotations, "keep-annotations", nil, "Keep annotations with these keys, or all, as overrides; for kinds on which no controller writes any")
	flags.BoolVar(&o.PinAPIVersion, "pin-api-version", false, "Write the object's apiVersion into the template (default: the version of the type)")
	flags.BoolVar(&o.FederateNamespace, "federate-namespace", false, "Make the namespace federated too, on the same members, when it is not yet")
	flags.BoolVarP(&o.EnableType, "enable-type", "t", false, "Enable types that are not yet")
	flags.BoolVar(&o.Dependencies, "with-dependencies", false, "Also what a workload names or is named by: ConfigMaps, Secrets, ServiceAccount, claims, Services, autoscalers")
	flags.BoolVarP(&o.Contents, "contents", "c", false, "With a namespace: all that users made in it")
	flags.StringSliceVar(&o.Skip, "skip-api-resources", nil, "With --contents: types or API groups to leave out")
	flags.BoolVar(&o.IgnoreForbidden, "ignore-forbidden", false, "With --contents: leave out types that you may not list")
	flags.BoolVar(&o.Adopt, "adopt", false, "Let KubeFed take over what members have already under the same name")
	flags.BoolVar(&o.Explain, "explain", false, "Say all that does not travel, bookkeeping too")
	flags.StringVar(&o.DryRun, "dry-run", "none", "client: write nothing and say what would be written; server: ask the host and every member too")
	flags.Lookup("dry-run").NoOptDefVal = "client"
	flags.StringVarP(&o.Output, "output", "o", "", "Print the federated objects as yaml or json, and write nothing")
	flags.BoolVar(&o.ShowSecrets, "show-secrets", false, "With -o: print Secrets, with their values")
	flags.BoolVar(&o.Wait, "wait", false, "Wait until KubeFed has written it to all members")
	flags.DurationVar(&o.WaitTimeout, "timeout", time.Minute, "How long to wait for that")
	factory.Complete(cmd, "clusters", f.CompleteMembers)
	factory.Complete(cmd, "dry-run", cobra.FixedCompletions([]string{"client", "server", "none"}, cobra.ShellCompDirectiveNoFileComp))
	factory.Complete(cmd, "output", cobra.FixedCompletions([]string{"yaml", "json"}, cobra.ShellCompDirectiveNoFileComp))
}

// complete reads the arguments and what has a form of its own; it asks nobody.
func (t *flags) complete(o *Options, args []string) (err error) {
	if o.Objects, err = factory.ParseObjects(args); err != nil {
		return err
	}
	for _, text := range t.overrides {
		argument, err := federation.ParseOverride(text)
		if err != nil {
			return err
		}
		o.Overrides = append(o.Overrides, argument)
	}
	for _, text := range t.images {
		edit, err := image(text)
		if err != nil {
			return err
		}
		o.Edits = append(o.Edits, edit)
	}
	for _, text := range t.replicas {
		edit, err := replicas(text)
		if err != nil {
			return err
		}
		o.Edits = append(o.Edits, edit)
	}
	return o.Validate()
}

// workloads are the kinds that have replicas.
var workloads = []string{"Deployment", "ReplicaSet", "StatefulSet"}

func image(text string) (federating.ClusterEdit, error) {
	cluster, rest, ok := strings.Cut(text, ":")
	container, name, has := strings.Cut(rest, "=")
	if !ok || !has || cluster == "" || container == "" || name == "" {
		return federating.ClusterEdit{}, fmt.Errorf("--image %s: want CLUSTER:CONTAINER=IMAGE, such as worker1:web=nginx:1.27", text)
	}
	return federating.ClusterEdit{Cluster: cluster, Flag: "--image " + text, Edit: federation.SetImage(container, name)}, nil
}

func replicas(text string) (federating.ClusterEdit, error) {
	cluster, number, _ := strings.Cut(text, "=")
	n, err := strconv.ParseInt(number, 10, 32)
	if cluster == "" || err != nil || n < 0 {
		return federating.ClusterEdit{}, fmt.Errorf("--replicas %s: want CLUSTER=N, such as worker1=2", text)
	}
	return federating.ClusterEdit{Cluster: cluster, Flag: "--replicas " + text, Edit: federation.Set("replicas", n), Kinds: workloads}, nil
}
