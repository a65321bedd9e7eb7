package bed

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-fed/kubectl-fed/test/bed/lock"
	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// nodePrograms are what runs in a node; hyperfed is KubeFed's controller manager under another name.
var nodePrograms = []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"}

// image makes sure that the engine has the bed's image, and returns its name. One image serves for nodes
// of one Kubernetes and for KubeFed. Its tag is a hash over what is in it, so that a running container can be
// told to be of another build.
func image(ctx context.Context, kubernetes string, log io.Writer) (string, error) {
	files, err := nodeFiles(ctx, kubernetes, programs.Linux, log)
	if err != nil {
		return "", err
	}
	files["hyperfed"], err = programs.Path(ctx, "hyperfed", programs.Linux, log)
	if err != nil {
		return "", err
	}
	tag, err := imageTag(files)
	if err != nil {
		return "", err
	}
	cache, err := programs.CacheDir()
	if err != nil {
		return "", err
	}
	release, err := lock.Exclusive(ctx, filepath.Join(cache, "image.lock"))
	if err != nil {
		return "", err
	}
	defer release()
	if _, err := docker(ctx, "image", "inspect", tag); err == nil {
		return tag, nil
	}
	fmt.Fprintln(log, "making the bed's image, once")
	return tag, importImage(ctx, tag, files)
}

// nodeFiles builds all that a node of that Kubernetes runs, one after another: the Go tool uses every core for one.
func nodeFiles(ctx context.Context, kubernetes string, target programs.Target, log io.Writer) (map[string]string, error) {
	files := map[string]string{}
	for _, name := range append([]string{"bednode"}, nodePrograms...) {
		file, err := programs.Path(ctx, programs.Of(kubernetes, name), target, log)
		if err != nil {
			return nil, err
		}
		files[name] = file
	}
	return files, nil
}

// imageTag hashes the places of the pinned programs, which stand for their versions, and the bytes of the
// one that changes with the tree.
func imageTag(files map[string]string) (string, error) {
	sum := sha256.New()
	for _, name := range append([]string{"hyperfed"}, nodePrograms...) {
		fmt.Fprintln(sum, name, files[name])
	}
	own, err := os.ReadFile(files["bednode"])
	if err != nil {
		return "", err
	}
	sum.Write(own)
	return "localhost/kubectl-fed-bed:" + hex.EncodeToString(sum.Sum(nil))[:12], nil
}

func importImage(ctx context.Context, tag string, files map[string]string) error {
	reader, writer := io.Pipe()
	var both errgroup.Group
	both.Go(func() error {
		err := writeRootFS(writer, files)
		writer.CloseWithError(err)
		return err
	})
	both.Go(func() error {
		_, err := dockerWith(ctx, reader, "import",
			"--change", `ENTRYPOINT ["/usr/local/bin/bednode"]`, "--change", "ENV PATH=/usr/local/bin:/bin", "-", tag)
		reader.CloseWithError(err)
		return err
	})
	return both.Wait()
}

// names are those under which a program does another's work.
var names = map[string]string{
	"bin/cat":                          "usr/local/bin/bednode",
	"bin/curl":                         "usr/local/bin/bednode",
	"usr/local/bin/controller-manager": "usr/local/bin/hyperfed",
}

// writeRootFS writes the image's files: the programs, and their further names.
func writeRootFS(w io.Writer, files map[string]string) error {
	out := tar.NewWriter(w)
	for _, dir := range []string{"bin/", "etc/", "tmp/", "usr/", "usr/local/", "usr/local/bin/", "var/"} {
		mode := int64(0o755)
		if dir == "tmp/" {
			mode = 0o1777
		}
		if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: mode}); err != nil {
			return err
		}
	}
	for _, name := range append([]string{"bednode", "hyperfed"}, nodePrograms...) {
		if err := addFile(out, "usr/local/bin/"+name, files[name]); err != nil {
			return err
		}
	}
	for name, target := range names {
		if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: target, Mode: 0o755}); err != nil {
			return err
		}
	}
	return out.Close()
}

func addFile(out *tar.Writer, name, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o755, Size: info.Size()}); err != nil {
		return err
	}
	_, err = io.Copy(out, f)
	return err
}

// singleFile is a tar archive with one file in it, for docker cp.
func singleFile(name string, data []byte) (io.Reader, error) {
	var buffer strings.Builder
	out := tar.NewWriter(&buffer)
	if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(data))}); err != nil {
		return nil, err
	}
	if _, err := out.Write(data); err != nil {
		return nil, err
	}
	if err := out.Close(); err != nil {
		return nil, err
	}
	return strings.NewReader(buffer.String()), nil
}
