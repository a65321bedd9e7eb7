// Package controlplane is KubeFed's own control plane in the host cluster: what it consists of, as a plan of
// objects in order; putting them there, or mending what is there; and taking them away again.
//
// The objects are those of KubeFed's own chart (charts/kubefed in its module), made from the same API types. The
// chart can't be installed any more: it sends objects to a webhook that does not answer yet, and pulls an image
// that is gone. Here everything has its turn, and each step is waited for.
package controlplane
