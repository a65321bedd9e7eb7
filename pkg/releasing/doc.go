// Package releasing lets go of federated objects: members keep running what they run, and nobody manages it any
// more. It marks federated objects for orphaning, deletes them, waits until KubeFed's controllers have let go, and
// looks in every member whether the label is off and nothing was restarted.
//
// KubeFed writes nothing when the annotation changes, so that it has been seen can't be observed by itself. It
// needs not be: what KubeFed decides on is the object that carries both the annotation and the time of its
// deletion, and the deletion here is of the very version that has the annotation. The finalizer's going is the
// sign that KubeFed has seen it.
package releasing
