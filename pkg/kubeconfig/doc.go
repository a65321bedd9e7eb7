// Package kubeconfig reads the clusters of a kubeconfig and changes the server
// of one of them without touching anything else in the file.
//
// Reading is client-go's: Load merges the $KUBECONFIG chain, or takes the one
// explicit file, and says which file owns each cluster entry. Writing is not:
// client-go's own writer drops comments and unknown fields, sorts keys, and
// truncates the file before it writes. Here a change is planned as a value
// (Plan gives an Edit) and applied by Apply: under the lock file that kubectl
// and kind honour, by replacing the bytes of one scalar, and by renaming a
// complete, synced copy over the old file.
//
// The package is an edge: it opens files, and prints nothing.
package kubeconfig
