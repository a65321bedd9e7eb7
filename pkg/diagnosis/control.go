package diagnosis

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/duration"
)

// ManagerName is the name of KubeFed's controller manager: of its Deployment and of the lock that one of its pods holds.
const ManagerName = "kubefed-controller-manager"

// ControlFacts are what the host cluster says of KubeFed's own controllers.
type ControlFacts struct {
	Namespace string
	// Deployments are those of the control plane's namespace, Pods what runs there.
	Deployments []*unstructured.Unstructured
	Pods        []corev1.Pod
	// Renewed is when the leading controller manager last renewed its lock, LeaseSeconds for how long that holds.
	// Renewed is zero where there is no lock.
	Renewed      metav1.Time
	LeaseSeconds int64
	// Controllers are the states of the types' controllers by the names of the types, as KubeFed notes them.
	Controllers map[string]string
	HostFlag    string
	Now         metav1.Time
}

// Workload is one of the control plane's own Deployments.
type Workload struct {
	Name    string `json:"name"`
	Ready   int64  `json:"ready"`
	Desired int64  `json:"desired"`
	Image   string `json:"image,omitempty"`
	Cause   string `json:"cause,omitempty"`
}

// Control is the control plane's health.
type Control struct {
	// Version is the tag of the controllers' image; empty where they don't run in the host cluster as a Deployment.
	Version   string     `json:"version,omitempty"`
	Workloads []Workload `json:"workloads,omitempty"`
	// Working says that a controller manager holds its lock.
	Working bool `json:"working"`
	// Stopped are the types whose controllers don't run.
	Stopped []string `json:"stopped,omitempty"`
	Faults  []Fault  `json:"faults,omitempty"`
}

// lateSeconds is for how much longer than its lease a lock may be old: clocks differ.
const lateSeconds = 5

// second is one in nanoseconds.
const second = 1_000_000_000

// ago is the time between two moments, for people.
func ago(now, then metav1.Time) string { return duration.HumanDuration(now.Sub(then.Time)) }

// JudgeControl judges the control plane's health.
func JudgeControl(f ControlFacts) Control {
	c := Control{Working: !f.Renewed.IsZero() && int64(f.Now.Sub(f.Renewed.Time)) <= (f.LeaseSeconds+lateSeconds)*second}
	for _, d := range f.Deployments {
		c.Workloads = append(c.Workloads, f.workload(d))
		if d.GetName() == ManagerName {
			c.Version = tagOf(c.Workloads[len(c.Workloads)-1].Image)
		}
	}
	if !c.Working {
		c.Faults = append(c.Faults, f.idle())
	}
	for _, w := range c.Workloads {
		if w.Name != ManagerName && w.Ready < w.Desired {
			c.Faults = append(c.Faults, Fault{
				Link: Type, Title: fmt.Sprintf("%s: %d of %d ready", w.Name, w.Ready, w.Desired), Cause: w.Cause,
				Remedy: "without it no object of KubeFed can be written", Command: f.describe(w.Name),
			})
		}
	}
	for name, state := range f.Controllers {
		if state != "Running" {
			c.Stopped = append(c.Stopped, name)
		}
	}
	slices.Sort(c.Stopped)
	return c
}

// idle is the fault of a control plane in which nobody leads.
func (f ControlFacts) idle() Fault {
	fault := Fault{Link: Type, Title: "KubeFed's controllers do not run", Cause: f.lock()}
	i := slices.IndexFunc(f.Deployments, func(d *unstructured.Unstructured) bool { return d.GetName() == ManagerName })
	if i < 0 {
		fault.Cause += "; there is no Deployment " + ManagerName + " in " + f.Namespace
		fault.Remedy = "start them where they run"
		fault.Command = "kubectl get pods -n " + f.Namespace + f.HostFlag
		return fault
	}
	w := f.workload(f.Deployments[i])
	switch {
	case w.Desired == 0:
		fault.Cause += "; their Deployment is scaled to 0"
		fault.Command = "kubectl scale deployment " + ManagerName + " --replicas=1 -n " + f.Namespace + f.HostFlag
	case w.Cause != "":
		fault.Cause += "; " + w.Cause
		fault.Command = "kubectl logs deployment/" + ManagerName + " -n " + f.Namespace + f.HostFlag
	default:
		fault.Command = "kubectl rollout restart deployment " + ManagerName + " -n " + f.Namespace + f.HostFlag
	}
	return fault
}

func (f ControlFacts) lock() string {
	if f.Renewed.IsZero() {
		return "no controller manager has ever held the lock " + ManagerName
	}
	return fmt.Sprintf("the lock %s was last renewed %s ago", ManagerName, ago(f.Now, f.Renewed))
}

func (f ControlFacts) describe(name string) string {
	return "kubectl describe deployment " + name + " -n " + f.Namespace + f.HostFlag
}

func (f ControlFacts) workload(d *unstructured.Unstructured) Workload {
	r := RolloutOf(d, f.Pods)
	return Workload{Name: d.GetName(), Ready: r.Ready, Desired: r.Desired, Image: first(r.Images), Cause: cmp.Or(r.Cause, r.Title)}
}

// tagOf is the tag of an image, without a digest.
func tagOf(image string) string {
	name, _, _ := strings.Cut(image, "@")
	i := strings.LastIndex(name, ":")
	if i < 0 || strings.Contains(name[i:], "/") {
		return ""
	}
	return name[i+1:]
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
