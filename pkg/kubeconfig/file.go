package kubeconfig

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// file is a kubeconfig on disk. Two names can lead to it, a symbolic link and
// its target say, and then it must be read and written once.
type file struct {
	target string   // without symbolic links
	names  []string // as the edits spell it
}

// filesOf are the files of edits.
func filesOf(edits []Edit) []file {
	var names []string
	for _, edit := range edits {
		names = append(names, edit.File)
	}
	return filesNamed(names)
}

// filesNamed groups names by what they lead to, sorted by target.
func filesNamed(names []string) []file {
	var files []file
	for _, name := range names {
		target, err := filepath.EvalSymlinks(name)
		if err != nil {
			target = name // reading it will say what is wrong
		}
		target = absolute(target)
		at := slices.IndexFunc(files, func(f file) bool { return f.target == target })
		if at < 0 {
			files = append(files, file{target: target, names: []string{name}})
		} else if !slices.Contains(files[at].names, name) {
			files[at].names = append(files[at].names, name)
		}
	}
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(a.target, b.target) })
	return files
}

// absolute makes two spellings of one path alike.
func absolute(name string) string {
	if path, err := filepath.Abs(name); err == nil {
		return path
	}
	return name
}

// read returns the contents. The file is opened for writing too, though rename
// needs no such right: who made it read-only wants it left alone.
func (f file) read() ([]byte, error) {
	info, err := os.Stat(f.target)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", f.target)
	}
	handle, err := os.OpenFile(f.target, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer handle.Close()
	return io.ReadAll(handle)
}

// write replaces the contents in one step: other programs, and this machine after
// a power cut, see the old file or the new one. A failure leaves the old file and
// no temporary one.
func (f file) write(data []byte) error {
	info, err := os.Stat(f.target)
	if err != nil {
		return err
	}
	return f.replace(data, info)
}

// replace puts a file with these contents, and the mode and owner of another one, in the place of the target,
// if there is one. Without another one only its owner may read it.
func (f file) replace(data []byte, like os.FileInfo) error {
	directory := filepath.Dir(f.target)
	temporary, err := os.CreateTemp(directory, draftPrefix(f.target))
	if err != nil {
		return err
	}
	if err := fill(temporary, data, like); err != nil {
		_ = os.Remove(temporary.Name())
		return err
	}
	if err := os.Rename(temporary.Name(), f.target); err != nil {
		_ = os.Remove(temporary.Name())
		return err
	}
	syncDirectory(directory)
	return nil
}

// fill writes data, gives the file the mode and owner of the one that it will
// replace, if it replaces one, and closes it.
func fill(temporary *os.File, data []byte, like os.FileInfo) error {
	_, err := temporary.Write(data)
	if err == nil && like != nil {
		keepOwner(temporary, like)
		err = temporary.Chmod(like.Mode().Perm())
	}
	if err == nil {
		err = temporary.Sync()
	}
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	return err
}

// syncDirectory makes the rename last. Not every file system and system can do
// it, and by now the change has been made, so there is no error to report.
func syncDirectory(path string) {
	if directory, err := os.Open(path); err == nil {
		_ = directory.Sync()
		_ = directory.Close()
	}
}
