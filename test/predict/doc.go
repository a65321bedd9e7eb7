// Package predict holds what "kubectl fed diff -o json" says that KubeFed will do against what KubeFed then does: many
// states of federated objects are laid out while its controllers are stopped, diff is run, the controllers are started,
// and every member's object has to become what was said, by the writes that were announced and no others, as the
// members' audit logs tell. The test takes minutes and has the build tag "long".
package predict
