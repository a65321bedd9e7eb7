package member

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"path"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// ObjectQuery says which objects of a member are asked for.
type ObjectQuery struct {
	API       federation.API
	Namespace string // "" for all
	Name      string // "" for all that the selectors leave
	Labels    string // a label selector
	Fields    string // a field selector
	Chunk     int64  // how many are asked for at once; 0 for all
	Whole     bool   // rows come with their whole object, and not only its metadata
}

// asTable asks for the columns that the server prints; a server that knows none for a type sends the objects.
const asTable = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

// Table is what the server of a member prints about objects: its own columns. A list comes in chunks, and is
// put together.
func (c *Client) Table(ctx context.Context, q ObjectQuery) (*metav1.Table, error) {
	all := &metav1.Table{}
	err := c.pages(ctx, q, asTable, func(body []byte) (metav1.ListMeta, error) {
		table, err := readTable(body)
		if err != nil {
			return metav1.ListMeta{}, err
		}
		if len(all.ColumnDefinitions) == 0 {
			all.ColumnDefinitions = table.ColumnDefinitions
		}
		all.ResourceVersion = table.ResourceVersion
		all.Rows = append(all.Rows, table.Rows...)
		return table.ListMeta, nil
	}, func() { all = &metav1.Table{} })
	return all, err
}

// Objects are the whole objects.
func (c *Client) Objects(ctx context.Context, q ObjectQuery) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	err := c.pages(ctx, q, "application/json", func(body []byte) (metav1.ListMeta, error) {
		objects, page, err := readObjects(body)
		all = append(all, objects...)
		return page, err
	}, func() { all = nil })
	return all, err
}

// pages reads a list chunk by chunk. Where the server no longer knows the state that the chunks are of, all is
// read again at once.
func (c *Client) pages(ctx context.Context, q ObjectQuery, accept string, add func([]byte) (metav1.ListMeta, error), again func()) error {
	client, err := c.rest(c.Config.Timeout)
	if err != nil {
		return err
	}
	for next := ""; ; {
		body, err := do(ctx, q.request(client, next).SetHeader("Accept", accept))
		if next != "" && apierrors.IsResourceExpired(err) {
			again()
			q.Chunk, next = 0, ""
			continue
		}
		if err != nil {
			return Plain(err)
		}
		page, err := add(body)
		if err != nil {
			return err
		}
		if next = page.Continue; next == "" {
			return nil
		}
	}
}

// do sends a request. The error is the server's Status where it sent one.
func do(ctx context.Context, request *rest.Request) ([]byte, error) {
	result := request.Do(ctx)
	if err := result.Error(); err != nil {
		return nil, err
	}
	return result.Raw()
}

func (q ObjectQuery) request(client rest.Interface, next string) *rest.Request {
	request := client.Get().AbsPath(q.path())
	for name, value := range map[string]string{"labelSelector": q.Labels, "fieldSelector": q.Fields, "continue": next} {
		if value != "" {
			request = request.Param(name, value)
		}
	}
	if q.Chunk > 0 && q.Name == "" {
		request = request.Param("limit", strconv.FormatInt(q.Chunk, 10))
	}
	if q.Whole {
		request = request.Param("includeObject", string(metav1.IncludeObject))
	}
	return request
}

// path is the place of the objects on the server.
func (q ObjectQuery) path() string {
	root := path.Join("/apis", q.API.Group, q.API.Version)
	if q.API.Group == "" {
		root = path.Join("/api", q.API.Version)
	}
	if q.API.Namespaced && q.Namespace != "" {
		root = path.Join(root, "namespaces", q.Namespace)
	}
	return path.Join(root, q.API.Plural, q.Name)
}

// rest is a client that knows no types. A timeout of 0 is for what goes on.
func (c *Client) rest(timeout time.Duration) (rest.Interface, error) {
	config := rest.CopyConfig(c.Config)
	config.Timeout = timeout
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	return rest.UnversionedRESTClientFor(config)
}

// readTable reads a server's table, or makes one of the objects that came instead.
func readTable(body []byte) (*metav1.Table, error) {
	var kind metav1.TypeMeta
	if err := json.Unmarshal(body, &kind); err != nil {
		return nil, fmt.Errorf("reading the server's answer: %w", err)
	}
	if kind.Kind != "Table" {
		objects, page, err := readObjects(body)
		return tableOf(objects, page), err
	}
	table := &metav1.Table{}
	if err := json.Unmarshal(body, table); err != nil {
		return nil, fmt.Errorf("reading the server's table: %w", err)
	}
	for i := range table.Rows {
		object := &unstructured.Unstructured{}
		if raw := table.Rows[i].Object.Raw; len(raw) > 0 {
			if err := object.UnmarshalJSON(raw); err != nil {
				return nil, fmt.Errorf("reading a row of the server's table: %w", err)
			}
		}
		table.Rows[i].Object.Object = object
		whole(table.Rows[i].Cells)
	}
	return table, nil
}

// whole gives numbers back what JSON took from them: a million is not 1e+06.
func whole(cells []any) {
	for i, cell := range cells {
		if number, ok := cell.(float64); ok && number == math.Trunc(number) && math.Abs(number) < 1<<53 {
			cells[i] = int64(number)
		}
	}
}

// tableOf has the columns that kubectl prints of a type that it knows nothing of.
func tableOf(objects []*unstructured.Unstructured, page metav1.ListMeta) *metav1.Table {
	table := &metav1.Table{ListMeta: page, ColumnDefinitions: []metav1.TableColumnDefinition{
		{Name: "Name", Type: "string", Format: "name"}, {Name: "Age", Type: "string"},
	}}
	for _, object := range objects {
		age := "<unknown>"
		if made := object.GetCreationTimestamp(); !made.IsZero() {
			age = duration.HumanDuration(time.Since(made.Time))
		}
		row := metav1.TableRow{Cells: []any{object.GetName(), age}}
		row.Object.Object = object
		table.Rows = append(table.Rows, row)
	}
	return table
}

// readObjects takes a list apart; what is no list is one object.
func readObjects(body []byte) ([]*unstructured.Unstructured, metav1.ListMeta, error) {
	object, _, err := unstructured.UnstructuredJSONScheme.Decode(body, nil, nil)
	if err != nil {
		return nil, metav1.ListMeta{}, fmt.Errorf("reading the server's answer: %w", err)
	}
	list, ok := object.(*unstructured.UnstructuredList)
	if !ok {
		return []*unstructured.Unstructured{object.(*unstructured.Unstructured)}, metav1.ListMeta{}, nil
	}
	var objects []*unstructured.Unstructured
	for i := range list.Items {
		objects = append(objects, &list.Items[i])
	}
	return objects, metav1.ListMeta{ResourceVersion: list.GetResourceVersion(), Continue: list.GetContinue()}, nil
}

// Event is one change of one object, as a table of one row.
type Event struct {
	Type  string // ADDED, MODIFIED or DELETED
	Table *metav1.Table
}

// ErrExpired says that the server does not know any more what came after the version that was asked for.
var ErrExpired = errors.New("the server has forgotten what happened since")

// Watch gives every change after a version of the list, until the server ends it or the context is done. It
// returns the version that it got to.
func (c *Client) Watch(ctx context.Context, q ObjectQuery, version string, changed func(Event)) (string, error) {
	client, err := c.rest(0)
	if err != nil {
		return version, err
	}
	if q.Name != "" { // a single object is watched as a list of one
		q.Fields, q.Name = "metadata.name="+q.Name, ""
	}
	q.Chunk = 0
	request := q.request(client, "").SetHeader("Accept", asTable).
		Param("watch", "true").Param("resourceVersion", version).Param("allowWatchBookmarks", "true")
	stream, err := request.Stream(ctx)
	if err != nil {
		return version, Plain(err)
	}
	defer func() { _ = stream.Close() }()
	return follow(json.NewDecoder(stream), version, changed)
}

// follow reads the events of one watch.
func follow(decoder *json.Decoder, version string, changed func(Event)) (string, error) {
	for {
		var event struct {
			Type   string          `json:"type"`
			Object json.RawMessage `json:"object"`
		}
		err := decoder.Decode(&event)
		switch {
		case errors.Is(err, io.EOF):
			return version, nil
		case err != nil:
			return version, Plain(err)
		case event.Type == "ERROR":
			return version, watchError(event.Object)
		}
		table, err := readTable(event.Object)
		if err != nil {
			return version, err
		}
		version = cmp.Or(versionOf(table), version)
		if event.Type != "BOOKMARK" && len(table.Rows) > 0 {
			changed(Event{event.Type, table})
		}
	}
}

// versionOf is the newest version that a table of one row tells.
func versionOf(table *metav1.Table) string {
	if len(table.Rows) == 1 {
		if object, ok := table.Rows[0].Object.Object.(*unstructured.Unstructured); ok && object.Object != nil {
			return object.GetResourceVersion()
		}
	}
	return table.ResourceVersion
}

func watchError(object []byte) error {
	var status metav1.Status
	if err := json.Unmarshal(object, &status); err != nil {
		return fmt.Errorf("reading the server's error: %w", err)
	}
	if status.Code == http.StatusGone {
		return ErrExpired
	}
	return errors.New(status.Message)
}
