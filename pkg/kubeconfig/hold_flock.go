//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package kubeconfig

import (
	"errors"
	"os"
	"syscall"
)

// canHold says that a lock file of ours is known to be a dead run's or a living one's.
const canHold = true

// hold ties a file to the life of this process: it fails while another process
// holds it. The system lets go of it with the last descriptor.
func hold(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// isHeld tells the error of hold for a file that another process holds from that of a file system that has no
// such locks.
func isHeld(err error) bool { return errors.Is(err, syscall.EWOULDBLOCK) }
