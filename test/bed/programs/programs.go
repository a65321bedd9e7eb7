// Package programs builds the programs that the bed runs and that tests call: Kubernetes, etcd, kwok,
// KubeFed, helm, kind, krew and the bed's own. Each is built once from its Go module, at the version that the
// go.mod beside this file pins, and kept outside the tree under the user's cache directory.
package programs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/kubectl-fed/kubectl-fed/test/bed/lock"
)

// KubernetesVersion is the Kubernetes that the bed runs unless it is asked for another, which can be
// OldKubernetesVersion; kubernetes/go.mod and kubernetes-1.34/go.mod pin the same.
const (
	KubernetesVersion    = "v1.37.2"
	OldKubernetesVersion = "v1.34.4"
)

// Minors are the minor versions of Kubernetes that the bed can run. The first is KubernetesVersion's.
var Minors = []string{minor(KubernetesVersion), minor(OldKubernetesVersion)}

// minor is 1.37 of v1.37.2.
func minor(version string) string {
	return strings.TrimPrefix(version[:strings.LastIndex(version, ".")], "v")
}

// Program is one program: where its source is and how it is linked.
type Program struct {
	Name    string // file name of the result
	Dir     string // folder of the Go module that pins it, below the repository's root
	Package string // import path, or ./path for the repository's own
	LDFlags string
}

// All are the programs that can be asked for, by name.
var All = map[string]Program{
	"kube-apiserver":          kubernetes("kube-apiserver", KubernetesVersion, "kubernetes"),
	"kube-controller-manager": kubernetes("kube-controller-manager", KubernetesVersion, "kubernetes"),
	"kube-scheduler":          kubernetes("kube-scheduler", KubernetesVersion, "kubernetes"),
	"kubectl":                 kubernetes("kubectl", KubernetesVersion, "kubernetes"),
	"etcd":                    {Dir: "test/bed/programs/etcd", Package: "go.etcd.io/etcd/server/v3"},
	"kwok":                    {Dir: "test/bed/programs/kwok", Package: "sigs.k8s.io/kwok/cmd/kwok"},
	"hyperfed":                {Dir: "test/bed/programs/kubefed", Package: "sigs.k8s.io/kubefed/cmd/hyperfed"},
	"kubefedctl":              {Dir: "test/bed/programs/kubefed", Package: "sigs.k8s.io/kubefed/cmd/kubefedctl"},
	"helm":                    {Dir: "test/bed/programs/helm", Package: "helm.sh/helm/v4/cmd/helm"},
	"kind":                    {Dir: "tools", Package: "sigs.k8s.io/kind"},
	"krew":                    {Dir: "tools", Package: "sigs.k8s.io/krew/cmd/krew"},
	"validate-krew-manifest":  {Dir: "tools", Package: "sigs.k8s.io/krew/cmd/validate-krew-manifest"},
	"bednode":                 {Dir: ".", Package: "./test/bed/cmd/bednode"},
	"kubectl-fed":             {Dir: ".", Package: "./cmd/kubectl-fed"},

	"kube-apiserver-1.34":          kubernetes("kube-apiserver", OldKubernetesVersion, "kubernetes-1.34"),
	"kube-controller-manager-1.34": kubernetes("kube-controller-manager", OldKubernetesVersion, "kubernetes-1.34"),
	"kube-scheduler-1.34":          kubernetes("kube-scheduler", OldKubernetesVersion, "kubernetes-1.34"),
}

// Of is the name in All of a node's program where the node is one of the given Kubernetes: kube-apiserver-1.34 is
// another than kube-apiserver, but etcd is the same for all.
func Of(kubernetes, name string) string {
	if _, own := All[name+"-"+kubernetes]; own {
		return name + "-" + kubernetes
	}
	return name
}

// kubernetes describes one of Kubernetes' own programs. The version is linked in: client libraries
// and KubeFed read it, and a server that calls itself v0.0.0 is refused by some of them.
func kubernetes(name, version, dir string) Program {
	flags := []string{
		"-X k8s.io/component-base/version.gitVersion=" + version,
		"-X k8s.io/component-base/version.gitMajor=1",
		"-X k8s.io/component-base/version.gitMinor=" + strings.Split(version, ".")[1],
		"-X k8s.io/client-go/pkg/version.gitVersion=" + version,
	}
	return Program{Dir: "test/bed/programs/" + dir, Package: "k8s.io/kubernetes/cmd/" + name, LDFlags: strings.Join(flags, " ")}
}

// Target is the system that a program is built for. The zero value is this machine's.
type Target struct{ OS string }

// Linux is the target of programs that go into containers.
var Linux = Target{OS: "linux"}

func (t Target) os() string {
	if t.OS == "" {
		return runtime.GOOS
	}
	return t.OS
}

// Path returns where the program is, and builds it first where it is not there yet. Progress, one line
// for each program that has to be built, goes to log. etcd, kube-apiserver and kubectl are taken from
// KUBEBUILDER_ASSETS where that is set and has them and the target is this machine's.
func Path(ctx context.Context, name string, target Target, log io.Writer) (string, error) {
	if file := asset(name, target); file != "" {
		return file, nil
	}
	program, known := All[name]
	if !known {
		return "", fmt.Errorf("there is no program %q to build", name)
	}
	program.Name = name
	root, err := Root()
	if err != nil {
		return "", err
	}
	file, err := place(root, program, target)
	if err != nil {
		return "", fmt.Errorf("finding a place for %s: %w", name, err)
	}
	if err := buildOnce(ctx, root, program, target, file, log); err != nil {
		return "", fmt.Errorf("building %s: %w", name, err)
	}
	return file, nil
}

// asset is the file of that name in KUBEBUILDER_ASSETS, or "".
func asset(name string, target Target) string {
	dir := os.Getenv("KUBEBUILDER_ASSETS")
	if dir == "" || target.os() != runtime.GOOS {
		return ""
	}
	file := filepath.Join(dir, name)
	if info, err := os.Stat(file); err != nil || info.IsDir() {
		return ""
	}
	return file
}

// place names the file of a program. Its folder's name is a hash over all that decides what is built, so
// that another version lies beside this one and neither is taken for the other.
func place(root string, p Program, target Target) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, p.Package, p.LDFlags, target.os(), runtime.GOARCH, runtime.Version())
	if p.Dir != "." {
		if err := hashFiles(sum, filepath.Join(root, p.Dir, "go.mod"), filepath.Join(root, p.Dir, "go.sum")); err != nil {
			return "", err
		}
	}
	base, err := CacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(base, "programs", hex.EncodeToString(sum.Sum(nil))[:12], p.Name), nil
}

func hashFiles(sum io.Writer, files ...string) error {
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		sum.Write(data)
	}
	return nil
}

// buildOnce builds the program unless it is there. Our own programs change with the tree: go build
// decides by itself, quickly, whether there is anything to do.
func buildOnce(ctx context.Context, root string, p Program, target Target, file string, log io.Writer) error {
	own := p.Dir == "."
	if exists(file) && !own {
		return nil
	}
	release, err := lock.Exclusive(ctx, file+".lock")
	if err != nil {
		return err
	}
	defer release()
	if exists(file) && !own {
		return nil
	}
	if !own {
		fmt.Fprintf(log, "building %s, once (Kubernetes' own take minutes each)\n", p.Name)
	}
	start := time.Now()
	if err := build(ctx, root, p, target, file); err != nil {
		return err
	}
	if !own {
		fmt.Fprintf(log, "built %s in %s\n", p.Name, time.Since(start).Round(time.Second))
	}
	return nil
}

// build runs go build into a temporary file and renames it over the result, so that a build that is
// killed leaves nothing that looks finished.
func build(ctx context.Context, root string, p Program, target Target, file string) error {
	temporary := file + ".new"
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", strings.TrimSpace("-s -w "+p.LDFlags), "-o", temporary, p.Package)
	cmd.Dir = filepath.Join(root, p.Dir)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+target.os(), "GOWORK=off", "GOFLAGS=-buildvcs=false -mod=readonly")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, lastLines(string(out), 20))
	}
	return os.Rename(temporary, file)
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return strings.Join(lines, "\n")
}

// CacheDir is the project's folder below the user's cache directory ($XDG_CACHE_HOME on Linux).
func CacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache directory: %w", err)
	}
	return filepath.Join(base, "kubectl-fed"), nil
}

// Root is the repository's root: the folder of the main module's go.mod.
var Root = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/kubectl-fed/kubectl-fed").Output()
	if dir := strings.TrimSpace(string(out)); err == nil && dir != "" {
		return dir, nil
	}
	return "", errors.New("the bed builds its programs from the repository: run it inside a checkout")
})

// ModuleDir is the folder of a module that the repository's main module requires, such as
// sigs.k8s.io/kubefed, whose chart has the CRDs that the bed applies.
func ModuleDir(ctx context.Context, module string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	if err := exec.CommandContext(ctx, "go", "-C", root, "mod", "download", module).Run(); err != nil {
		return "", fmt.Errorf("downloading %s: %w", module, err)
	}
	out, err := exec.CommandContext(ctx, "go", "-C", root, "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return "", fmt.Errorf("finding the module %s: %w", module, err)
	}
	return strings.TrimSpace(string(out)), nil
}
