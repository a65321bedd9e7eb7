// Command generate writes the Krew manifest of each plugin in plugins.yaml, with the checksums of the archives
// that krew/archive made. Run it at the repository's root:
//
//	go run ./krew/generate --dist dist --out krew
package main

import (
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"github.com/kubectl-fed/kubectl-fed/krew/release"
)

func main() {
	version := pflag.String("version", "", "version of the release, instead of the one in plugins.yaml")
	platforms := pflag.StringSlice("platform", nil, "only these platforms, each OS/ARCH")
	dist := pflag.String("dist", "dist", "folder that the archives are in")
	out := pflag.String("out", "krew", "folder to write the manifests into")
	pflag.Parse()

	if err := run(*version, *platforms, *dist, *out); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(version string, platforms []string, dist, out string) error {
	set, err := release.Open("plugins.yaml", version, platforms)
	if err != nil {
		return err
	}
	for _, plugin := range set.Plugins {
		file, err := set.WriteManifest(plugin, dist, out)
		if err != nil {
			return err
		}
		fmt.Println(file)
	}
	return nil
}
