package joining

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// axe cuts the line to both servers after a number of writes: the last one reaches its server, and the answer
// does not come back.
type axe struct {
	mutex sync.Mutex
	after int
	cut   bool
}

var errCut = errors.New("the line was cut")

// client is a client whose line may be cut; a nil axe cuts nothing.
func (a *axe) client(t *testing.T, config *rest.Config) dynamic.Interface {
	t.Helper()
	if a != nil {
		config.Wrap(func(next http.RoundTripper) http.RoundTripper { return line{a, next} })
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// line is what requests go through.
type line struct {
	axe  *axe
	next http.RoundTripper
}

func (l line) RoundTrip(request *http.Request) (*http.Response, error) {
	l.axe.mutex.Lock()
	defer l.axe.mutex.Unlock()
	if l.axe.cut {
		return nil, errCut
	}
	response, err := l.next.RoundTrip(request)
	if request.Method == http.MethodGet {
		return response, err
	}
	if l.axe.after--; l.axe.after == 0 {
		l.axe.cut = true
		if err == nil {
			response.Body.Close()
		}
		return nil, errCut
	}
	return response, err
}

// TestKilledJoin kills a join after every single write. The next one ends as one that was never disturbed, and
// so does an unjoin after it.
func TestKilledJoin(t *testing.T) {
	w := newWorld(t)
	bare := w.listing()
	w.mustJoin()
	joined := w.listing()
	for after := 1; ; after++ {
		w.unjoin()
		w.same(bare, fmt.Sprintf("unjoined after the kill at write %d", after-1))
		if !w.killed(after, func(a *axe) error { return w.join(a, false) }) {
			w.enough(after-1, 7) // namespace, account, role, binding, token; Secret, registration
			return
		}
		w.mustJoin()
		w.same(joined, fmt.Sprintf("join, killed after write %d and run again", after))
		w.tokenWorks()
	}
}

// TestKilledRefresh does the same with the renewal of token, CA and endpoint.
func TestKilledRefresh(t *testing.T) {
	w := newWorld(t)
	w.mustJoin()
	defer w.unjoin()
	joined := w.listing()
	before := w.token()
	for after := 1; w.killed(after, func(a *axe) error { return w.join(a, true) }); after++ {
		if err := w.join(nil, true); err != nil {
			t.Fatal(err)
		}
		w.same(joined, fmt.Sprintf("refresh, killed after write %d and run again", after))
		w.tokenWorks()
	}
	if w.token() == before {
		t.Error("the token is the old one")
	}
}

// TestKilledUnjoin does the same with an unjoin.
func TestKilledUnjoin(t *testing.T) {
	w := newWorld(t)
	bare := w.listing()
	for after := 1; ; after++ {
		w.mustJoin()
		if !w.killed(after, w.leave) {
			w.enough(after-1, 7)
			w.same(bare, "unjoin, never killed")
			return
		}
		if err := w.leave(nil); err != nil {
			t.Fatal(err)
		}
		w.same(bare, fmt.Sprintf("unjoin, killed after write %d and run again", after))
	}
}

// killed runs something that is cut off after a number of writes, and tells whether it was: it did fewer
// otherwise, and has to have succeeded.
func (w *world) killed(after int, run func(*axe) error) bool {
	w.t.Helper()
	a := &axe{after: after}
	err := run(a)
	switch {
	case a.cut && err == nil:
		w.t.Fatalf("cut off after write %d, and no error", after)
	case !a.cut && err != nil:
		w.t.Fatal(err)
	}
	return a.cut
}

// enough makes sure that the axe saw the writes at all.
func (w *world) enough(writes, want int) {
	w.t.Helper()
	if writes != want {
		w.t.Errorf("%d writes, want %d", writes, want)
	}
}

func (w *world) same(want map[string]string, when string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.listing()); diff != "" {
		w.t.Fatalf("%s: the clusters are not as after an undisturbed run, -want +got\n%s", when, diff)
	}
}
