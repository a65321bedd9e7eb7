// Package lint says of federated objects, before they are applied, what
// KubeFed would refuse, prune, drop, ignore or loop on.
//
// It reads YAML as it was written, with lines and columns, or objects as a
// cluster has them, and is a function of its arguments like all of package
// federation: what is known of a federation beside the documents is handed
// in, and what is not known raises no alarm.
//
// Each rule stands beside its check, as a value of type Rule with a code that
// never changes its meaning: FED0xx files and fields, 1xx placement, 2xx
// overrides, 3xx templates, 4xx namespaces, 5xx scheduling preferences, 6xx
// types, 7xx clusters, 8xx what a member says.
package lint
