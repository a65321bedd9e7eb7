package factory

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/resource"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation/lint"
)

// urlTimeout bounds the download of one file.
const urlTimeout = 30 * time.Second

// Files are the files that a user names with -f and -k.
type Files struct {
	Names     []string // files, folders, URLs, or "-" for standard input
	Kustomize string   // a folder with a kustomization
	Recursive bool
}

// AddFlags adds -f, -k and -R as kubectl has them.
func (f *Files) AddFlags(cmd *cobra.Command, usage string) {
	flags := genericclioptions.FileNameFlags{Usage: usage, Filenames: &f.Names, Kustomize: &f.Kustomize, Recursive: &f.Recursive}
	flags.AddFlags(cmd.Flags())
}

// Given tells whether any was named.
func (f *Files) Given() bool { return len(f.Names) > 0 || f.Kustomize != "" }

// Read reads all objects in the files, with their places in the text. What is no object is a finding; a file
// that can't be read is an error.
func (f *Files) Read(ctx context.Context, in io.Reader) ([]lint.Document, []lint.Finding, error) {
	var documents []lint.Document
	var findings []lint.Finding
	for _, name := range f.Names {
		files, err := f.expand(name)
		if err != nil {
			return nil, nil, err
		}
		for _, file := range files {
			text, err := readOne(ctx, file, in)
			if err != nil {
				return nil, nil, fmt.Errorf("reading %s: %w", file, err)
			}
			docs, found := lint.Parse(file, text)
			documents, findings = append(documents, docs...), append(findings, found...)
		}
	}
	built, err := f.build()
	return append(documents, built...), findings, err
}

// build makes the objects of a kustomization. They have no text that a user wrote.
func (f *Files) build() ([]lint.Document, error) {
	if f.Kustomize == "" {
		return nil, nil
	}
	infos, err := resource.NewLocalBuilder().Unstructured().Local().Flatten().
		FilenameParam(false, &resource.FilenameOptions{Kustomize: f.Kustomize}).Do().Infos()
	if err != nil {
		return nil, fmt.Errorf("building %s: %w", f.Kustomize, err)
	}
	var documents []lint.Document
	for _, info := range infos {
		object, err := asUnstructured(info.Object)
		if err != nil {
			return nil, fmt.Errorf("building %s: %w", f.Kustomize, err)
		}
		documents = append(documents, lint.FromObject(object))
	}
	return documents, nil
}

func isURL(name string) bool {
	return strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://")
}

// expand gives the files of a folder in the order of their names, and anything else as it is.
func (f *Files) expand(name string) ([]string, error) {
	if name == "-" || isURL(name) {
		return []string{name}, nil
	}
	var files []string
	err := filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != name && !f.Recursive:
			return fs.SkipDir
		case !entry.IsDir() && (path == name || slices.Contains(resource.FileExtensions, filepath.Ext(path))):
			files = append(files, path)
		}
		return nil
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s has no file that ends in %s", name, strings.Join(resource.FileExtensions, ", "))
	}
	return files, err
}

func readOne(ctx context.Context, name string, in io.Reader) ([]byte, error) {
	switch {
	case name == "-":
		return io.ReadAll(in)
	case isURL(name):
		return download(ctx, name)
	}
	return os.ReadFile(name)
}

func download(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, urlTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answers %s", response.Status)
	}
	return io.ReadAll(response.Body)
}
