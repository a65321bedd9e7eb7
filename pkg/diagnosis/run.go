package diagnosis

import (
	"fmt"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// rolloutLink looks at what runs: KubeFed does not.
func (x *examination) rolloutLink() {
	if !Runs(x.Type.Target.Group, x.Type.Target.Kind) {
		x.step(Rollout, x.Type.Name+" run nothing")
		x.Diagnosis.Chain[len(x.Diagnosis.Chain)-1].State = ""
		return
	}
	var parts []string
	for _, p := range x.members {
		if p.Result.Live == nil || x.cellOf(p.Name).State == NotTargeted {
			continue
		}
		parts = append(parts, fmt.Sprintf("%s %d/%d", p.Name, p.rollout.Ready, p.rollout.Desired))
		if !p.rollout.Done && !x.Diagnosis.Deleting {
			x.fault(x.unrolled(p))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing runs yet"}
	}
	x.step(Rollout, strings.Join(parts, ", "))
}

// unrolled is a workload that does not run as it shall.
func (x *examination) unrolled(p patient) Fault {
	r := p.rollout
	f := Fault{Link: Rollout, Clusters: []string{p.Name}, Waiting: !r.Failing, Title: r.Title, Cause: r.Cause}
	if r.Pod != "" && r.Failing {
		f.Cause += " (" + r.Pod + ")"
	}
	switch r.kind {
	case imageMissing:
		x.mendImage(p, &f)
	case crashing:
		f.Command = p.inMember(x.logs(r), x.space())
	case unschedulable, unready:
		f.Command = p.inMember("kubectl describe pod "+r.Pod, x.space())
	case misconfigured:
		x.mendNeed(p, &f)
	case otherFailure:
		f = x.mendReplicas(p, f)
	}
	return f
}

func (x *examination) logs(r RolloutState) string {
	if r.Pod == "" {
		return "kubectl logs " + strings.Replace(x.target(), " ", "/", 1)
	}
	command := "kubectl logs " + r.Pod
	if r.Container != "" {
		command += " -c " + r.Container
	}
	if strings.HasPrefix(r.Title, "crash") {
		command += " --previous"
	}
	return command
}

// mendImage takes back an override of the image; one that comes from the template has to be written anew.
func (x *examination) mendImage(p patient, f *Fault) {
	overrides, _ := federation.Overrides(x.Federated)
	for i, o := range overrides[p.Name] {
		if strings.HasSuffix(o.Path, "/image") {
			f.Remedy = fmt.Sprintf("the image comes from override %d of the cluster: %v", i+1, o.Value)
			f.Command = x.fed("override", "--clusters "+p.Name+" --unset "+o.Path)
			return
		}
	}
	f.Remedy, f.Command = "the image comes from the template", x.edit()
}

// needs finds in the kubelet's words what a container lacks.
var needs = regexp.MustCompile(`(configmap|secret) "([^"]+)" not found`)

// mendNeed is about what a pod refers to, and what was not federated with it.
func (x *examination) mendNeed(p patient, f *Fault) {
	found := needs.FindStringSubmatch(f.Cause)
	if found == nil {
		f.Command = p.inMember("kubectl describe pod "+p.rollout.Pod, x.space())
		return
	}
	f.Remedy = "what a pod needs has to be federated as well"
	f.Command = x.inHost("kubectl fed federate "+found[1]+" "+found[2], x.space())
}

// mendReplicas is about pods that the cluster does not let a workload make.
func (x *examination) mendReplicas(p patient, f Fault) Fault {
	for _, r := range refusals {
		if found := r.text.FindStringSubmatch(f.Cause); found != nil {
			mended := f
			r.mend(x, p, &mended, found)
			mended.Link, mended.Title = f.Link, f.Title
			return mended
		}
	}
	f.Command = p.inMember("kubectl describe "+x.target(), x.space())
	return f
}

// without is the federated object without one of a member's overrides.
func (x *examination) without(overrides map[string][]federation.Override, cluster string, i int) *unstructured.Unstructured {
	less := map[string][]federation.Override{}
	for name, list := range overrides {
		less[name] = list
	}
	less[cluster] = append(append([]federation.Override{}, overrides[cluster][:i]...), overrides[cluster][i+1:]...)
	fed := x.Federated.DeepCopy()
	if err := federation.SetOverrides(fed, less); err != nil {
		return x.Federated
	}
	return fed
}

// valid tells whether the refusal speaks of the field that an override sets.
func (x *examination) valid(overrides map[string][]federation.Override, p patient, i int) bool {
	path := overrides[p.Name][i].Path
	return strings.Contains(x.cause(p), federation.Dotted(federation.Tokens(path)))
}
