package get

import (
	"cmp"
	"fmt"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/util/jsonpath"
)

// The formats that have columns of the user's own.
const (
	customColumns     = "custom-columns"
	customColumnsFile = "custom-columns-file"
)

// column is one of them.
type column struct {
	header string
	path   *jsonPath
}

// columns reads them from the flag or from the file that it names.
func (o *Options) columns() ([]column, error) {
	kind, spec, _ := strings.Cut(*o.Print.OutputFormat, "=")
	if kind == customColumnsFile {
		text, err := os.ReadFile(spec)
		if err != nil {
			return nil, fmt.Errorf("reading the columns: %w", err)
		}
		return columnsOfFile(string(text))
	}
	return columnsOf(spec)
}

// columnsOf reads NAME:PATH,NAME:PATH. A comma within brackets or braces belongs to its path.
func columnsOf(spec string) ([]column, error) {
	var all []column
	for _, part := range splitOutside(spec) {
		header, path, ok := strings.Cut(part, ":")
		if !ok || header == "" || path == "" {
			return nil, fmt.Errorf("%s: %q is not NAME:.path", customColumns, part)
		}
		c, err := newColumn(header, path)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, errNoColumns
	}
	return all, nil
}

// columnsOfFile reads a line of names, and one of paths below it.
func columnsOfFile(text string) ([]column, error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) != 2 {
		return nil, fmt.Errorf("%s: want a line of names and a line of paths, and there are %d lines", customColumnsFile, len(lines))
	}
	headers, paths := strings.Fields(lines[0]), strings.Fields(lines[1])
	if len(headers) != len(paths) {
		return nil, fmt.Errorf("%s: %d names and %d paths", customColumnsFile, len(headers), len(paths))
	}
	var all []column
	for i := range headers {
		c, err := newColumn(headers[i], paths[i])
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func newColumn(header, path string) (column, error) {
	parsed, err := newPath(path)
	if err != nil {
		return column{}, fmt.Errorf("column %s: %w", header, err)
	}
	return column{header: header, path: parsed}, nil
}

func splitOutside(spec string) []string {
	var parts []string
	depth, start := 0, 0
	for i, r := range spec {
		switch r {
		case '[', '{', '(':
			depth++
		case ']', '}', ')':
			depth--
		case ',':
			if depth == 0 {
				parts = append(parts, spec[start:i])
				start = i + 1
			}
		}
	}
	if spec[start:] != "" {
		parts = append(parts, spec[start:])
	}
	return parts
}

// jsonPath is a path into objects, in any of the forms that kubectl takes: {.a.b}, .a.b, a.b.
type jsonPath struct{ parsed *jsonpath.JSONPath }

func newPath(path string) (*jsonPath, error) {
	path = strings.TrimSpace(path)
	if strings.HasPrefix(path, "{") && strings.HasSuffix(path, "}") {
		path = path[1 : len(path)-1]
	}
	parsed := jsonpath.New("path").AllowMissingKeys(true)
	if err := parsed.Parse("{." + strings.TrimPrefix(path, ".") + "}"); err != nil {
		return nil, fmt.Errorf("%q is no JSONPath: %w", path, err)
	}
	return &jsonPath{parsed}, nil
}

func (p *jsonPath) values(object *unstructured.Unstructured) ([]any, error) {
	found, err := p.parsed.FindResults(object.Object)
	if err != nil {
		return nil, err
	}
	var values []any
	for _, results := range found {
		for _, v := range results {
			if v.IsValid() && v.CanInterface() && v.Interface() != nil {
				values = append(values, v.Interface())
			}
		}
	}
	return values, nil
}

// text is what kubectl prints in a cell: all values with commas between them, <none> for none.
func (p *jsonPath) text(object *unstructured.Unstructured) (string, error) {
	values, err := p.values(object)
	if err != nil {
		return "", err
	}
	var texts []string
	for _, v := range values {
		texts = append(texts, fmt.Sprint(v))
	}
	return cmp.Or(strings.Join(texts, ","), "<none>"), nil
}

// compare orders two objects by what the path leads to: what is not there first, numbers and quantities by their
// size, all else as text.
func (p *jsonPath) compare(a, b *unstructured.Unstructured) int {
	x, _ := p.values(a)
	y, _ := p.values(b)
	if len(x) == 0 || len(y) == 0 {
		return cmp.Compare(len(x), len(y))
	}
	left, right := fmt.Sprint(x[0]), fmt.Sprint(y[0])
	m, errM := resource.ParseQuantity(left)
	n, errN := resource.ParseQuantity(right)
	if errM == nil && errN == nil {
		return m.Cmp(n)
	}
	return strings.Compare(left, right)
}
