// Package predict holds what the product says that KubeFed will do against what
// KubeFed then does: many states of federated objects are laid out while its
// controllers are stopped, every member is asked, the controllers are started,
// and every member's object has to become what was said. The test takes minutes
// and has the build tag "long".
package predict
