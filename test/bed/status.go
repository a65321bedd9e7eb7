package bed

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// Member is one part of a bed that was found on this machine.
type Member struct {
	Bed       string
	Container string // or the process's name
	Cluster   string // kind's name of the cluster; "" for KubeFed's controller manager
	State     string // as Docker calls it: running, exited
}

// Status finds the parts of every bed on this machine, sorted by bed and name.
func Status(ctx context.Context) ([]Member, error) {
	var found []Member
	if HasDocker(ctx) {
		var err error
		if found, err = members(ctx, ""); err != nil {
			return nil, err
		}
	}
	processes, err := processMembers(ctx)
	if err != nil {
		return nil, err
	}
	found = append(found, processes...)
	slices.SortFunc(found, func(a, b Member) int {
		return cmp.Or(cmp.Compare(a.Bed, b.Bed), cmp.Compare(a.Container, b.Container))
	})
	return found, nil
}

// members lists the containers of one bed, or of all.
func members(ctx context.Context, bed string) ([]Member, error) {
	filter := "label=" + bedLabel
	if bed != "" {
		filter += "=" + bed
	}
	format := strings.Join([]string{`{{.Label "` + bedLabel + `"}}`, "{{.Names}}", `{{.Label "` + clusterLabel + `"}}`, "{{.State}}"}, "\t")
	out, err := docker(ctx, "ps", "--all", "--filter", filter, "--format", format)
	if err != nil {
		return nil, err
	}
	var found []Member
	for line := range strings.Lines(out) {
		if f := strings.Split(strings.TrimRight(line, "\n"), "\t"); len(f) == 4 {
			found = append(found, Member{Bed: f[0], Container: f[1], Cluster: f[2], State: f[3]})
		}
	}
	return found, nil
}

// processMembers lists the beds' processes, each in a folder of its bed's.
func processMembers(ctx context.Context) ([]Member, error) {
	cache, err := programs.CacheDir()
	if err != nil {
		return nil, err
	}
	locks, err := filepath.Glob(filepath.Join(cache, "beds", "*", "*", "alive.lock"))
	if err != nil {
		return nil, err
	}
	var found []Member
	for _, file := range locks {
		dir := filepath.Dir(file)
		s, err := (&process{dir: dir}).state(ctx)
		if err != nil {
			return nil, err
		}
		m := Member{Bed: filepath.Base(filepath.Dir(dir)), Container: filepath.Base(dir), State: string(s)}
		if _, err := os.Stat(filepath.Join(dir, adminConf)); err == nil {
			m.Cluster = m.Container
		}
		found = append(found, m)
	}
	return found, nil
}
