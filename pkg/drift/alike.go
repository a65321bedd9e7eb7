package drift

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// sets are the lists of plain values whose order means nothing.
var sets = []string{
	"accessModes", "add", "apiGroups", "drop", "externalIPs", "finalizers", "loadBalancerSourceRanges",
	"nonResourceURLs", "policyTypes", "resourceNames", "resources", "values", "verbs",
}

func isSet(path string) bool { return slices.Contains(sets, lastToken(path)) }

func lastToken(path string) string {
	tokens := federation.Tokens(path)
	if len(tokens) == 0 {
		return ""
	}
	return tokens[len(tokens)-1]
}

// sameElements tells whether two lists of plain values have the same, in
// whatever order.
func sameElements(a, b []any) bool {
	x, okX := plain(a)
	y, okY := plain(b)
	return okX && okY && slices.Equal(x, y)
}

func plain(list []any) ([]string, bool) {
	var out []string
	for _, e := range list {
		switch e.(type) {
		case map[string]any, []any:
			return nil, false
		}
		out = append(out, fmt.Sprintf("%T %v", e, e))
	}
	slices.Sort(out)
	return out, true
}

// quantities are the maps whose values are quantities, and quantity the fields
// that are one themselves.
var (
	quantities = []string{"requests", "limits", "capacity", "hard", "default", "defaultRequest", "min", "max", "overhead", "allocatable"}
	quantity   = []string{"sizeLimit", "divisor", "averageValue"}
)

// sameQuantity tells whether both values are the same quantity, "1000m" and 1
// say, in a field that holds one.
func sameQuantity(path string, a, b any) bool {
	tokens := federation.Tokens(path)
	n := len(tokens)
	inMap := n > 1 && slices.Contains(quantities, tokens[n-2])
	if !inMap && (n == 0 || !slices.Contains(quantity, tokens[n-1])) {
		return false
	}
	x, errX := resource.ParseQuantity(fmt.Sprint(a))
	y, errY := resource.ParseQuantity(fmt.Sprint(b))
	return errX == nil && errY == nil && x.Cmp(y) == 0
}
