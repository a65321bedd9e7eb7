// Command archive builds the plugins in plugins.yaml and packs an archive of each for every platform. Run it
// at the repository's root:
//
//	go run ./krew/archive --dist dist
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/spf13/pflag"

	"github.com/kubectl-fed/kubectl-fed/krew/release"
)

func main() {
	version := pflag.String("version", "", "version to link in, instead of the one in plugins.yaml")
	platforms := pflag.StringSlice("platform", nil, "only these platforms, each OS/ARCH")
	dist := pflag.String("dist", "dist", "folder to write the archives into")
	pflag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *version, *platforms, *dist); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, version string, platforms []string, dist string) error {
	set, err := release.Open("plugins.yaml", version, platforms)
	if err != nil {
		return err
	}
	for _, plugin := range set.Plugins {
		for _, on := range plugin.Platforms {
			file, err := set.MakeArchive(ctx, ".", plugin, on, dist)
			if err != nil {
				return err
			}
			fmt.Println(file)
		}
	}
	return nil
}
