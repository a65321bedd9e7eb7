// Command kubectl-fed is the kubectl plugin "kubectl fed" for KubeFed federations on kind clusters.
package main

import (
	"os"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	// credential plugins that a kubeconfig may name
	_ "k8s.io/client-go/plugin/pkg/client/auth"

	"github.com/kubectl-fed/kubectl-fed/pkg/plugin"
)

func main() {
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	os.Exit(plugin.Main(os.Args[1:], streams))
}
