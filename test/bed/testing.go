package bed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"

	"github.com/kubectl-fed/kubectl-fed/test/bed/lock"
	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// TestBed is the name of the bed that all tests on a machine share: "test", or what KUBECTL_FED_TEST_BED says,
// for tests of two checkouts at the same time.
var TestBed = cmp.Or(os.Getenv("KUBECTL_FED_TEST_BED"), "test")

// Need is what a test needs of the bed.
type Need struct {
	Clusters int  // how many; test-master and test-worker01, test-worker02 and so on
	KubeFed  bool // the real controllers in the first
	Docker   bool // containers; the test is skipped where there is no Docker
	Alone    bool // no other test may use the bed meanwhile: this one stops nodes or changes who is a member
}

// Get gives a test the shared bed, brought up or mended where that is needed, until the test ends. With
// -short the test is skipped: everything on the bed needs the built programs.
func Get(t testing.TB, need Need) *Bed {
	t.Helper()
	if testing.Short() {
		t.Skip("needs real clusters, and -short was given")
	}
	if need.Docker && !HasDocker(t.Context()) {
		t.Skip(ErrNeedsDocker)
	}
	hold(t, need.Alone)
	b, err := Up(t.Context(), Spec{Name: TestBed, Clusters: TestClusters(need.Clusters), KubeFed: need.KubeFed}, logOf{t})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// hold takes the lock on the use of the bed for as long as the test runs.
func hold(t testing.TB, alone bool) {
	t.Helper()
	cache, err := programs.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	take := lock.Shared
	if alone {
		take = lock.Exclusive
	}
	release, err := take(t.Context(), filepath.Join(cache, TestBed+"-bed.lock"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
}

// TestClusters are the names of the first n clusters of the tests' bed.
func TestClusters(n int) []string {
	names := []string{TestBed + "-master"}
	for i := 1; i < n; i++ {
		names = append(names, fmt.Sprintf("%s-worker%02d", TestBed, i))
	}
	return names
}

// logOf writes a bed's progress to a test's log.
type logOf struct{ t testing.TB }

func (l logOf) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimRight(string(p), "\n"))
	return len(p), nil
}

// NewNamespace makes a namespace of the test's own in the host, and removes it everywhere when the test
// ends. Its name starts with the given word.
func (b *Bed) NewNamespace(t testing.TB, word string) string {
	t.Helper()
	name := word + "-" + rand.String(5)
	if err := b.Host().Namespace(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		err := b.each(func(c *Cluster) error {
			err := c.Client().CoreV1().Namespaces().Delete(ctx, name, metav1.DeleteOptions{})
			if apierrors.IsNotFound(err) {
				return nil
			}
			return err
		})
		if err != nil {
			t.Errorf("removing the namespace %s: %v", name, err)
		}
	})
	return name
}

// Eventually waits until the condition holds; the test fails with its last error when it does not within a
// minute. It looks often and never sleeps for a fixed time.
func Eventually(t testing.TB, what string, holds func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("a minute"))
	defer cancel()
	if err := until(ctx, what, holds); err != nil {
		t.Fatal(err)
	}
}
