package releasing

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Verdict is what became of one object in one member.
type Verdict struct {
	Object  Object
	Cluster string
	Pods    int
	// Absent is set where the member did not have it before.
	Absent bool
	// Problem says what is not as it should be: the label is still there, or something changed. "" when all is well.
	Problem string
	// Unreached is set where the member could not be asked.
	Unreached bool
}

// LabelStays is the problem of a member where KubeFed has not taken its label off yet.
const LabelStays = "it still has KubeFed's label"

// Check waits until KubeFed's label is off everywhere, and says of each object in each member what became of it.
// When ctx ends, what is not well by then stays a problem.
func (r *Release) Check(ctx context.Context) []Verdict {
	// the last look is taken even when the time is up
	last := context.WithoutCancel(ctx)
	for {
		verdicts := r.verdicts(r.look(last, r.before))
		if !labelled(verdicts) {
			return verdicts
		}
		select {
		case <-ctx.Done():
			return verdicts
		case <-time.After(pause):
		}
	}
}

func labelled(verdicts []Verdict) bool {
	for _, v := range verdicts {
		if v.Problem == LabelStays {
			return true
		}
	}
	return false
}

func (r *Release) verdicts(after []view) []Verdict {
	var all []Verdict
	for i, o := range r.Objects {
		for c, m := range r.Members {
			if r.watched(i, m.Name) {
				all = append(all, verdict(o, m.Name, i, r.before[c], after[c]))
			}
		}
	}
	return all
}

func verdict(o Object, cluster string, i int, before, after view) Verdict {
	v := Verdict{Object: o, Cluster: cluster}
	if err := errors.Join(before.err, after.err); err != nil {
		v.Unreached, v.Problem = true, fmt.Sprintf("it can't be asked: %v", firstOf(before.err, after.err))
		return v
	}
	was, is := before.states[i], after.states[i]
	v.Absent, v.Pods = !was.There, is.Pods()
	v.Problem = is.Differs(was)
	if v.Problem == "" && is.Managed {
		v.Problem = LabelStays
	}
	return v
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
