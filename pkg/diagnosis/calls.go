package diagnosis

import (
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// inHost is a command of kubectl about something in the host cluster.
func (x *examination) inHost(command, namespace string) string {
	if namespace != "" {
		command += " -n " + namespace
	}
	return command + x.Calls.HostFlag
}

// inMember is a command of kubectl in a member; "" where no context leads there.
func (p patient) inMember(command, namespace string) string {
	if p.Context == "" {
		return ""
	}
	if namespace != "" {
		command += " -n " + namespace
	}
	return command + " --context " + p.Context
}

// resource is what kubectl calls the federated object.
func (x *examination) resource() string {
	return called(x.Type.Federated) + " " + x.Federated.GetName()
}

// target is what kubectl calls the target.
func (x *examination) target() string { return called(x.Type.Target) + " " + x.Federated.GetName() }

// called is the name of an API in a command, as short as it is plain.
func called(api federation.API) string {
	switch api.Group {
	case "", federation.FederatedGroup, "apps", "batch":
		return strings.ToLower(api.Kind)
	}
	return api.Resource().String()
}

// edit opens the federated object.
func (x *examination) edit() string {
	return x.inHost("kubectl edit "+x.resource(), x.Federated.GetNamespace())
}

// touch makes KubeFed look at the federated object again.
func (x *examination) touch() string {
	return x.inHost("kubectl annotate "+x.resource()+" kubectl-fed.io/retry=$(date +%s) --overwrite", x.Federated.GetNamespace())
}

// fed is a command of our own about the object.
func (x *examination) fed(verb, rest string) string {
	command := "kubectl fed " + verb + " " + called(x.Type.Target) + " " + x.Federated.GetName()
	if rest != "" {
		command += " " + rest
	}
	namespace := ""
	if x.Type.Target.Namespaced {
		namespace = x.Federated.GetNamespace()
	}
	return x.inHost(command, namespace)
}

// space is the namespace of the target, "" for one that has none.
func (x *examination) space() string {
	if x.Type.Target.Namespaced {
		return x.Federated.GetNamespace()
	}
	return ""
}
