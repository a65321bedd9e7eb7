// Package checkup collects what a diagnosis needs: from the host cluster, what its controllers and their events say;
// from the members, how they stand to the federated objects and what runs there.
//
// Objects by the hundred cost each member one LIST for each type, and one of the pods of each namespace in which
// something is not ready. A few objects are looked at more closely: what KubeFed would write is tried as a dry run,
// so that the member itself says what is wrong with it.
package checkup

import (
	"context"
	"strings"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/diagnosis"
	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/survey"
)

// Subject is what is looked at.
type Subject struct {
	Host *member.Host
	// Members are those that are asked.
	Members []member.Member
	Objects []member.Federated
	// Namespace is where the objects lie, "" for several.
	Namespace string
	// Closely has members asked what they would say to KubeFed's writes.
	Closely  bool
	HostFlag string
}

// Result is what was found.
type Result struct {
	Control diagnosis.Control
	// Objects are in the order of the subject's.
	Objects []diagnosis.Diagnosis
	// Misplaced are FederatedNamespaces that KubeFed never looks at.
	Misplaced []diagnosis.Fault
	// Errors are one for each member that could not be asked to the end.
	Errors []error
}

// Run looks at the control plane, and at every object in every member, all at the same time.
func Run(ctx context.Context, s Subject) (Result, error) {
	var (
		r         Result
		control   diagnosis.Control
		found     []drift.Object
		warnings  map[key][]diagnosis.Warning
		misplaced []*unstructured.Unstructured
	)
	group, within := errgroup.WithContext(ctx)
	group.Go(func() (err error) { control, err = s.control(within); return err })
	group.Go(func() (err error) {
		misplaced, err = s.Host.MisplacedNamespaces(within, s.Namespace)
		return err
	})
	group.Go(func() error { warnings = s.warnings(within); return nil })
	group.Go(func() error {
		found, r.Errors = survey.Objects(within, s.Host, s.Members, s.Objects, survey.Options{Listed: !s.Closely})
		return nil
	})
	if err := group.Wait(); err != nil {
		return r, err
	}
	r.Control = control
	for _, one := range misplaced {
		r.Misplaced = append(r.Misplaced, s.misplaced(one))
	}
	s.diagnose(ctx, &r, found, warnings, misplaced)
	return r, nil
}

// control reads and judges the control plane.
func (s Subject) control(ctx context.Context) (diagnosis.Control, error) {
	plane, err := s.Host.ControlPlane(ctx)
	if err != nil {
		return diagnosis.Control{}, err
	}
	return diagnosis.JudgeControl(diagnosis.ControlFacts{
		Namespace: s.Host.Namespace, Deployments: plane.Deployments, Pods: plane.Pods,
		Renewed: metav1.NewTime(plane.Renewed), LeaseSeconds: int64(plane.Lease.Seconds()),
		Controllers: plane.Controllers, HostFlag: s.HostFlag, Now: metav1.Now(),
	}), nil
}

func (s Subject) misplaced(one *unstructured.Unstructured) diagnosis.Fault {
	name, in := one.GetName(), one.GetNamespace()
	return diagnosis.Fault{
		Link: diagnosis.Namespace, Title: "FederatedNamespace " + name + " lies in the namespace " + in,
		Cause:   "KubeFed ignores it: it would have to lie in the namespace " + name,
		Command: diagnosis.MoveNamespace(name, in, s.HostFlag),
	}
}

// diagnose puts together what is known of each object.
func (s Subject) diagnose(ctx context.Context, r *Result, found []drift.Object, warnings map[key][]diagnosis.Warning, misplaced []*unstructured.Unstructured) {
	closer := s.lookCloser(ctx, found)
	namespaces := s.namespaces(ctx)
	now := metav1.Now()
	elsewhere := map[string]string{}
	for _, one := range misplaced {
		elsewhere[one.GetName()] = one.GetNamespace()
	}
	for i, object := range s.Objects {
		f := diagnosis.Facts{
			ID: object.ID(), Type: object.Type, Federated: object.Object, Placement: object.Placement,
			Namespace: namespaces[object.Object.GetNamespace()], Misplaced: elsewhere[object.Object.GetNamespace()], Warnings: warnings[keyOf(object)],
			Calls: diagnosis.Calls{HostFlag: s.HostFlag, KubeFedNamespace: s.Host.Namespace}, Now: now,
		}
		if s.Closely { // else it is said once, above all objects
			f.Control = &r.Control
		}
		if object.Unplaceable != nil {
			f.Unplaceable = object.Unplaceable.Error()
		}
		for j, m := range s.Members {
			f.Members = append(f.Members, s.member(m, object, found[i].Results[j], closer[j]))
		}
		r.Objects = append(r.Objects, diagnosis.Diagnose(f))
		found[i] = drift.Object{} // what the members have is large, and done with
	}
}

func (s Subject) member(m member.Member, object member.Federated, result drift.Result, more closer) diagnosis.Member {
	return diagnosis.Member{
		Name: m.Name, Context: s.Host.ContextOf(m), Ready: m.Ready, NotReady: m.NotReady, Result: result,
		NotServed: strings.HasPrefix(result.Cause, "the cluster does not serve "),
		Pods:      more.pods[object.Object.GetNamespace()], Webhooks: more.webhooks[object.ID()],
	}
}

// namespaces are the FederatedNamespaces by name; none where they can't be read.
func (s Subject) namespaces(ctx context.Context) map[string]*unstructured.Unstructured {
	if s.Namespace != "" {
		one, err := s.Host.FederatedNamespace(ctx, s.Namespace)
		if err != nil || one == nil {
			return nil
		}
		return map[string]*unstructured.Unstructured{s.Namespace: one}
	}
	all, err := s.Host.FederatedNamespaces(ctx)
	if err != nil {
		return nil
	}
	return all
}
