//go:build !unix

package kubeconfig

import "os"

// keepOwner does nothing where files have no owner to set.
func keepOwner(*os.File, os.FileInfo) {}
