package kubeconfig

import (
	"maps"
	"os"
	"time"
)

const (
	// steadyPatience is how long a reader waits for a quiet moment; then it takes what it has read.
	steadyPatience = 3 * time.Second
	// writing is how long a program may take to write a kubeconfig. A lock that is older was left behind.
	writing = 2 * time.Second
)

// steadily calls read until nobody has written the files meanwhile: kubectl empties
// a kubeconfig under its lock before it fills it, and a reader that comes between
// would find no cluster in it, or half of them.
func steadily(names []string, read func() error) error {
	for deadline := time.Now().Add(steadyPatience); ; time.Sleep(lockPoll) {
		before, quiet := look(names)
		err := read()
		after, still := look(names)
		if quiet && still && maps.Equal(before, after) || time.Now().After(deadline) {
			return err
		}
	}
}

// state is by what a file that was written is told from the one before.
type state struct {
	size    int64
	changed time.Time
}

// look notes the state of all files, and whether none is being written.
func look(names []string) (states map[string]state, quiet bool) {
	states, quiet = map[string]state{}, true
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			states[name] = state{info.Size(), info.ModTime()}
		}
	}
	for _, lock := range locksOf(filesNamed(names)) {
		if info, err := os.Lstat(lock); err == nil && time.Since(info.ModTime()) < writing {
			quiet = false
		}
	}
	return states, quiet
}
