package member

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

var deployments = ObjectQuery{
	API:       federation.API{Group: "apps", Version: "v1", Kind: "Deployment", Plural: "deployments", Namespaced: true},
	Namespace: "shop", Chunk: 2,
}

// row is the table of one object, with more to come or not.
func row(name, version, more string) string {
	return fmt.Sprintf(`{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"9","continue":%q},
		"columnDefinitions":[{"name":"Name","type":"string","format":"name"},{"name":"Big","type":"integer"}],
		"rows":[{"cells":[%q,1000000],"object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":%q,"resourceVersion":%q}}}]}`,
		more, name, name, version)
}

// server answers requests by their query.
func server(t *testing.T, answers map[string]string) *Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := r.URL.Path + "?" + r.URL.RawQuery
		answer, ok := answers[asked]
		if !ok {
			t.Errorf("nobody expects %s", asked)
		}
		w.Header().Set("Content-Type", "application/json")
		var status metav1.Status
		if err := json.Unmarshal([]byte(answer), &status); err == nil && status.Code != 0 {
			w.WriteHeader(int(status.Code))
		}
		if _, err := w.Write([]byte(answer)); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return &Client{Name: "a", Config: &rest.Config{Host: s.URL}}
}

const gone = `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","message":"too old","code":410}`

func names(table *metav1.Table) (all []string) {
	for _, r := range table.Rows {
		all = append(all, fmt.Sprintf("%v %v", r.Cells...))
	}
	return all
}

func TestTable(t *testing.T) {
	const path = "/apis/apps/v1/namespaces/shop/deployments"
	for name, test := range map[string]struct {
		query   ObjectQuery
		answers map[string]string
		want    []string
	}{
		"in chunks": {deployments, map[string]string{
			path + "?limit=2": row("x", "1", "more"), path + "?continue=more&limit=2": row("y", "2", ""),
		}, []string{"x 1000000", "y 1000000"}},
		"again where the server has forgotten the first chunk": {deployments, map[string]string{
			path + "?limit=2": row("x", "1", "more"), path + "?continue=more&limit=2": gone, path + "?": row("z", "3", ""),
		}, []string{"z 1000000"}},
		"one by its name": {ObjectQuery{API: deployments.API, Namespace: "shop", Name: "x", Chunk: 2}, map[string]string{
			path + "/x?": row("x", "1", ""),
		}, []string{"x 1000000"}},
		"a server without columns": {ObjectQuery{API: federation.API{Version: "v1", Plural: "things"}}, map[string]string{
			"/api/v1/things?": `{"kind":"ThingList","apiVersion":"v1","items":[{"kind":"Thing","apiVersion":"v1","metadata":{"name":"x"}}]}`,
		}, []string{"x <unknown>"}},
	} {
		t.Run(name, func(t *testing.T) {
			table, err := server(t, test.answers).Table(t.Context(), test.query)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, names(table)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestTableOfNothing(t *testing.T) {
	client := server(t, map[string]string{
		"/apis/apps/v1/namespaces/shop/deployments/x?": `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","message":"deployments.apps \"x\" not found","code":404}`,
	})
	q := deployments
	q.Name = "x"
	if _, err := client.Table(t.Context(), q); !apierrors.IsNotFound(err) || apierrors.IsUnexpectedServerError(err) {
		t.Errorf("got %v, want that it is not found", err)
	}
}

func TestFollow(t *testing.T) {
	event := func(kind, object string) string { return fmt.Sprintf("{\"type\":%q,\"object\":%s}\n", kind, object) }
	stream := event("MODIFIED", row("x", "10", "")) + event("BOOKMARK", row("", "12", "")) + event("DELETED", row("x", "13", ""))
	var got []string
	changed := func(e Event) { got = append(got, e.Type+" "+e.Table.Rows[0].Cells[0].(string)) }
	version, err := follow(json.NewDecoder(strings.NewReader(stream)), "9", changed)
	if err != nil || version != "13" {
		t.Errorf("got to version %s, %v", version, err)
	}
	if diff := cmp.Diff([]string{"MODIFIED x", "DELETED x"}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if _, err := follow(json.NewDecoder(strings.NewReader(event("ERROR", gone))), "9", changed); !errors.Is(err, ErrExpired) {
		t.Errorf("got %v, want that the server has forgotten", err)
	}
}
