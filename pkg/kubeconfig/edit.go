package kubeconfig

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Edit sets the server of one cluster entry in one file.
type Edit struct {
	// File is the kubeconfig that owns the entry; a symbolic link is followed.
	File string
	// Cluster is the name of the entry.
	Cluster string
	// From is the server that the entry has to have still when it is edited.
	From string
	// To is the server to write.
	To string
}

// Plan returns the edit that makes server the server of entry, and false when
// the entry has it already. A trailing slash is no difference.
func (*Config) Plan(entry Entry, server string) (Edit, bool) {
	edit := Edit{File: entry.File, Cluster: entry.Name, From: entry.Server, To: server}
	return edit, strings.TrimSuffix(edit.From, "/") != strings.TrimSuffix(edit.To, "/")
}

// Apply makes the edits. All files are locked, read and checked before the first
// is written, so that an edit that can't be made leaves every file as it was;
// each file then changes in one rename. There is one edit for each entry.
//
// A lock that another program holds is waited for until ctx ends, but no longer
// than a few seconds, and then is a *LockedError; what an earlier run of ours left
// behind when it was killed is removed. An entry whose server is not
// From any more is a *ChangedError. When a write fails, the error says which
// files had been written before.
func Apply(ctx context.Context, edits []Edit) error {
	files := filesOf(edits)
	unlock, err := lockAll(ctx, files)
	defer unlock()
	if err != nil {
		return err
	}
	var changes []change
	for _, file := range files {
		sweepTemporaries(file.target)
		change, err := prepare(file, edits)
		if err != nil {
			return err
		}
		changes = append(changes, change)
	}
	return commit(ctx, changes)
}

// change is a file with its contents before and after the edits.
type change struct {
	file
	before, after []byte
}

// prepare reads a file and makes its edits in memory.
func prepare(file file, edits []Edit) (change, error) {
	data, err := file.read()
	if err != nil {
		return change{}, fmt.Errorf("reading kubeconfig: %w", err)
	}
	var own []Edit
	for _, edit := range edits {
		if slices.Contains(file.names, edit.File) {
			own = append(own, edit)
		}
	}
	after, err := splice(data, own...)
	if err != nil {
		return change{}, fmt.Errorf("editing kubeconfig %s: %w", file.names[0], err)
	}
	return change{file: file, before: data, after: after}, nil
}

// commit writes the changed files. An interrupt is obeyed between two files but
// not within one, where it would only leave a temporary file to clean up.
func commit(ctx context.Context, changes []change) error {
	var written []string
	for _, change := range changes {
		if string(change.before) == string(change.after) {
			continue
		}
		err := ctx.Err()
		if err == nil {
			err = change.write(change.after)
		}
		if err != nil {
			return fmt.Errorf("writing kubeconfig %s%s: %w", change.names[0], already(written), err)
		}
		written = append(written, change.names[0])
	}
	return nil
}

func already(written []string) string {
	if len(written) == 0 {
		return ""
	}
	return " (already written: " + strings.Join(written, ", ") + ")"
}
