// Package factory gives verbs what they depend on, as functions: nothing is read and nobody is asked before
// a verb calls one of them.
package factory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// probeTimeout bounds the look into other contexts for a hint.
const probeTimeout = 3 * time.Second

// Factory has the flags that every verb takes, and what they lead to.
type Factory struct {
	Streams genericiooptions.IOStreams
	// ClusterTimeout is how long one cluster may take to answer before it is given up.
	ClusterTimeout time.Duration

	typed            []string
	flags            *genericclioptions.ConfigFlags
	kubefedNamespace string
}

// New makes a factory for the arguments that were typed. The flags have their defaults until AddFlags has
// been called and they are parsed.
func New(streams genericiooptions.IOStreams, typed []string) *Factory {
	flags := genericclioptions.NewConfigFlags(true)
	flags.ClusterName = nil // --cluster would be taken for a member
	f := &Factory{Streams: streams, typed: typed, flags: flags, kubefedNamespace: "kube-federation-system", ClusterTimeout: 10 * time.Second}
	flags.WrapConfigFn = func(config *rest.Config) *rest.Config { member.Tune(config, f.ClusterTimeout); return config }
	return f
}

// AddFlags adds the flags of kubectl, and those of ours that every verb takes.
func (f *Factory) AddFlags(flags *pflag.FlagSet) {
	f.flags.AddFlags(flags)
	flags.Lookup("context").Usage = "The kubeconfig context of the host cluster, where KubeFed runs (also: --host-cluster-context)"
	flags.StringVar(&f.kubefedNamespace, "kubefed-namespace", f.kubefedNamespace, "The namespace of KubeFed's control plane")
	flags.DurationVar(&f.ClusterTimeout, "cluster-timeout", f.ClusterTimeout, "How long one cluster may take to answer before it is given up")
}

// KubefedctlNames lets users of kubefedctl type the flag that they know. It is for the root command, since
// each command looks its flags up by itself.
func KubefedctlNames(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	if name == "host-cluster-context" {
		name = "context"
	}
	return pflag.NormalizedName(name)
}

// Again is the command that was typed with something more, for hints. Credentials that were typed are left
// out: a hint may end in a log.
func (f *Factory) Again(more ...string) string {
	words := []string{"kubectl", "fed"}
	for _, word := range append(without(f.typed, "--token", "--password"), more...) {
		words = append(words, quote(word))
	}
	return strings.Join(words, " ")
}

// HostFlag is the flag that leads to the same host again, for hints: " --context X", or nothing where the
// current context was meant.
func (f *Factory) HostFlag() string {
	if *f.flags.Context == "" {
		return ""
	}
	return " --context " + quote(*f.flags.Context)
}

// without takes flags that have a value out of a command line.
func without(words []string, flags ...string) []string {
	var rest []string
	for i := 0; i < len(words); i++ {
		name, _, valued := strings.Cut(words[i], "=")
		switch {
		case !slices.Contains(flags, name):
			rest = append(rest, words[i])
		case !valued:
			i++ // the value is a word of its own
		}
	}
	return rest
}

// againIn is the command that was typed, for another host.
func (f *Factory) againIn(context string) string {
	other := Factory{typed: without(f.typed, "--context", "--host-cluster-context")}
	return other.Again("--context", context)
}

// quote protects a word from the shell, where it needs that.
func quote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,@%+", r)
	}
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Kubeconfig reads the user's kubeconfig.
func (f *Factory) Kubeconfig() (*kubeconfig.Config, error) {
	return kubeconfig.Load(f.flags.ToRawKubeConfigLoader().ConfigAccess())
}

// KubeconfigFiles are the files of the user's kubeconfig, as KUBECONFIG would name them.
func (f *Factory) KubeconfigFiles() []string {
	access := f.flags.ToRawKubeConfigLoader().ConfigAccess()
	if access.IsExplicitFile() {
		return []string{access.GetExplicitFile()}
	}
	return access.GetLoadingPrecedence()
}

// Kinds finds the kind clusters of this machine.
func (f *Factory) Kinds(ctx context.Context) ([]kindnode.Cluster, error) {
	ctx, cancel := context.WithTimeout(ctx, f.ClusterTimeout)
	defer cancel()
	return kindnode.Find(ctx)
}

// Contexts is the user's kubeconfig, all files merged. It is loaded by our own package first: the errors of
// client-go's loader may quote the file, tokens included.
func (f *Factory) Contexts() (clientcmdapi.Config, error) {
	if _, err := f.Kubeconfig(); err != nil {
		return clientcmdapi.Config{}, err
	}
	return f.flags.ToRawKubeConfigLoader().RawConfig()
}

// Namespace is that of -n, or else of the host's context.
func (f *Factory) Namespace() (string, error) {
	if _, err := f.Kubeconfig(); err != nil {
		return "", err
	}
	namespace, _, err := f.flags.ToRawKubeConfigLoader().Namespace()
	return namespace, err
}

// Host reaches the host cluster: that of --context, else of the current context. It is never guessed; where
// it has no KubeFed, the hint names one that has.
func (f *Factory) Host(ctx context.Context) (*member.Host, error) {
	contexts, err := f.Contexts()
	if err != nil {
		return nil, err
	}
	name, err := f.hostContext(contexts)
	if err != nil {
		return nil, err
	}
	host, err := f.connect(ctx, name, contexts)
	var absent *member.NoKubeFedError
	if errors.As(err, &absent) {
		return nil, f.suggestHost(ctx, err, name, contexts)
	}
	return host, err
}

// ErrNoContext says that neither the kubeconfig nor the user says which cluster is the host.
var ErrNoContext = errors.New("the kubeconfig has no current context, and --context was not given")

// hostContext is the context of the host: --context, else the current one.
func (f *Factory) hostContext(contexts clientcmdapi.Config) (string, error) {
	name := cmp.Or(*f.flags.Context, contexts.CurrentContext)
	switch {
	case name == "":
		return "", hint.Add(ErrNoContext, "kubectl config get-contexts")
	case contexts.Contexts[name] == nil:
		return "", hint.Add(fmt.Errorf("the kubeconfig has no context %q", name), "kubectl config get-contexts")
	}
	return name, nil
}

// HostContext is the context of the host, "" where there is none; Host says why.
func (f *Factory) HostContext() string {
	contexts, err := f.Contexts()
	if err != nil {
		return ""
	}
	name, err := f.hostContext(contexts)
	if err != nil {
		return ""
	}
	return name
}

func (f *Factory) connect(ctx context.Context, name string, contexts clientcmdapi.Config) (*member.Host, error) {
	config, err := f.flags.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	mapper, err := f.flags.ToRESTMapper()
	if err != nil {
		return nil, err
	}
	loaded, err := f.Kubeconfig()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, f.ClusterTimeout)
	defer cancel()
	host := member.Host{Context: name, Namespace: f.kubefedNamespace, Config: config, Mapper: mapper, Kinds: f.Kinds}
	found, err := member.Connect(ctx, host, contexts, loaded.Entries())
	if err != nil && ctx.Err() == context.DeadlineExceeded {
		return nil, fmt.Errorf("%s does not answer within %s", name, f.ClusterTimeout)
	}
	return found, err
}

// HostAt is Host for when the kubeconfig's servers may be out of date: where servers has one for the entry that
// the host's context uses, that is dialled. The result is good for reading and writing KubeFed's own objects;
// it knows no other types.
func (f *Factory) HostAt(ctx context.Context, servers map[string]string) (*member.Host, error) {
	contexts, err := f.Contexts()
	if err != nil {
		return nil, err
	}
	name, err := f.hostContext(contexts)
	if err != nil {
		return nil, err
	}
	config, err := f.flags.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	if server := servers[contexts.Contexts[name].Cluster]; server != "" && *f.flags.APIServer == "" {
		config.Host = server
	}
	ctx, cancel := context.WithTimeout(ctx, f.ClusterTimeout)
	defer cancel()
	found, err := member.Connect(ctx, member.Host{Context: name, Namespace: f.kubefedNamespace, Config: config}, contexts, nil)
	if err != nil && ctx.Err() == context.DeadlineExceeded {
		return nil, fmt.Errorf("%s does not answer within %s", name, f.ClusterTimeout)
	}
	return found, err
}

// Dial is a client for one context of the kubeconfig.
func (f *Factory) Dial(context string) (dynamic.Interface, error) {
	contexts, err := f.Contexts()
	if err != nil {
		return nil, err
	}
	config, err := member.ConfigFor(contexts, context, f.ClusterTimeout)
	if err != nil {
		return nil, err
	}
	return dynamic.NewForConfig(config)
}

// suggestHost names in the error the contexts whose clusters have a KubeFed control plane.
func (f *Factory) suggestHost(ctx context.Context, err error, not string, contexts clientcmdapi.Config) error {
	found := f.hosts(ctx, not, contexts)
	if len(found) == 0 {
		return err
	}
	err = fmt.Errorf("%w; there is one in %s", err, strings.Join(found, ", "))
	return hint.Add(err, "%s", f.againIn(found[0]))
}

// hosts asks the clusters of all other contexts at once.
func (f *Factory) hosts(ctx context.Context, not string, contexts clientcmdapi.Config) []string {
	var names []member.Member
	for name := range contexts.Contexts {
		if name != not {
			names = append(names, member.Member{Name: name})
		}
	}
	outcomes := member.Each(ctx, names, probeTimeout, func(ctx context.Context, m member.Member) (bool, error) {
		config, err := member.ConfigFor(contexts, m.Name, probeTimeout)
		if err != nil {
			return false, err
		}
		_, err = member.Connect(ctx, member.Host{Context: m.Name, Namespace: f.kubefedNamespace, Config: config}, contexts, nil)
		return err == nil, err
	})
	return yes(outcomes)
}

func yes(outcomes []member.Outcome[bool]) []string {
	var names []string
	for _, o := range outcomes {
		if o.Value {
			names = append(names, o.Member.Name)
		}
	}
	slices.Sort(names)
	return names
}
