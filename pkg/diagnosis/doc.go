// Package diagnosis says what became of federated objects, and where it got stuck.
//
// Between a federated object and pods that run there are seven links: its type, its namespace, its placement, the
// member, the overrides, the propagation, the rollout. Each needs those before it, so the first one that is broken is
// the one to mend: it is named with its cause and the command that mends it.
//
// The package is pure: it judges facts that others have collected, and opens no connection.
package diagnosis
