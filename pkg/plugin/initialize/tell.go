package initialize

import (
	"errors"
	"fmt"
	"time"

	"github.com/kubectl-fed/kubectl-fed/pkg/controlplane"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// print prints the whole plan for a cluster that has nothing. A key is no matter for a file that may be shared.
func (o *Options) print() error {
	request, _, err := o.Wish.Request(controlplane.Found{})
	if err != nil {
		return err
	}
	if o.Wish.Secret == "" {
		request.Certificate = controlplane.Certificate{}
	}
	plan, err := controlplane.New(request)
	if err != nil {
		return err
	}
	if o.Wish.Secret == "" {
		report.Warning(o.Streams.ErrOut, "left out: the Secret with the webhook's certificate, and its CA in the webhook configurations; "+
			"kubectl fed init makes them, or --webhook-secret NAME --webhook-ca FILE names yours")
	} else if len(o.Wish.Authorities) == 0 {
		report.Warning(o.Streams.ErrOut, "left out: the CA in the webhook configurations; --webhook-ca FILE names it")
	}
	return report.Manifests(o.Streams.Out, o.Output, plan.Objects())
}

// showTried says in a line each what would be done.
func (o *Options) showTried(steps []controlplane.Step) error {
	for _, step := range steps {
		what := step.What
		if step.Helm != "" {
			what += ", taken over from helm's release " + step.Helm
		}
		report.Done(o.Streams.Out, step.Object, what+dryRuns[o.DryRun])
	}
	return nil
}

// dryRuns are kubectl's words for them.
var dryRuns = map[string]string{"client": " (dry run)", "server": " (server dry run)"}

// rowOf counts what came of the objects of a stage, and names those that were there and are changed.
func rowOf(stage string, steps []controlplane.Step, waited time.Duration) report.InstallationRow {
	row := report.InstallationRow{Stage: stage, Waited: waited, Counts: map[string]int{}}
	for _, step := range steps {
		row.Counts[step.What]++
		if step.Helm != "" {
			row.Helm++
		} else if step.What == controlplane.Configured {
			row.Changed = append(row.Changed, step.Object)
		}
	}
	return row
}

// tellHelm says what became of helm's releases: their objects are ours, their records stay.
func (o *Options) tellHelm(namespace, context string, found controlplane.Found) {
	for _, r := range found.Releases {
		report.Warning(o.Streams.ErrOut, "helm's release %s (%s) is taken over: its record stays until kubectl fed deinit, and helm must not be used on it any more; the namespace is %s in %s",
			r.Name, r.Status, namespace, context)
	}
}

// explain adds to an error what mends it.
func (o *Options) explain(target factory.Target, plan controlplane.Plan, err error) error {
	var (
		pod       *controlplane.PodError
		timeout   *controlplane.TimeoutError
		newer     *controlplane.NewerError
		scope     *controlplane.ScopeError
		elsewhere *controlplane.ElsewhereError
		keeper    *controlplane.KeeperError
	)
	wrapped := fmt.Errorf("%s: %w", target.Context, err)
	switch {
	case errors.As(err, &pod) && pod.Image != "":
		return hint.Add(wrapped, "docker pull %s && %s", pod.Image, o.Again("--load-image", pod.Image))
	case errors.As(err, &pod):
		return hint.Add(wrapped, "kubectl logs %s -n %s --context %s --previous", pod.Pod, plan.Namespace, target.Context)
	case errors.As(err, &timeout):
		return hint.Add(outcome.As(outcome.Timeout, wrapped), "kubectl get pods,events -n %s --context %s", plan.Namespace, target.Context)
	case errors.As(err, &newer):
		return hint.Add(wrapped, "%s", o.Again("--image", newer.Running))
	case errors.As(err, &scope):
		return hint.Add(wrapped, "kubectl fed deinit%s", o.HostFlag())
	case errors.As(err, &elsewhere):
		return hint.Add(wrapped, "%s", o.Again("--kubefed-namespace", elsewhere.Namespace))
	case errors.As(err, &keeper):
		return hint.Add(wrapped, "%s", o.Again("--webhook-secret", "kubefed-admission-webhook-serving-cert"))
	}
	return wrapped
}
