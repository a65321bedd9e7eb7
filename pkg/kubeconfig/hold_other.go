//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package kubeconfig

import "os"

// canHold: without flock nothing tells a dead run's lock file from a living one's,
// so every lock is left alone, and its name and age are in the error.
const canHold = false

// hold does nothing where the system can't tie a file to the life of a process.
func hold(*os.File) error { return nil }

// isHeld is never asked where nothing can be held.
func isHeld(error) bool { return false }
