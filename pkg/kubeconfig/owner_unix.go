//go:build unix

package kubeconfig

import (
	"os"
	"syscall"
)

// keepOwner gives a file the owner and group of another. Only root may give a
// file away, and only then is it needed: under sudo, where the user would else
// lose the right to read the kubeconfig. The group alone a user may often set.
func keepOwner(file *os.File, like os.FileInfo) {
	stat, ok := like.Sys().(*syscall.Stat_t)
	if !ok {
		return
	}
	if file.Chown(int(stat.Uid), int(stat.Gid)) != nil {
		_ = file.Chown(-1, int(stat.Gid))
	}
}
