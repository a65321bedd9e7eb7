package drift

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// comparePaths sorts JSON pointers token by token, and indices as numbers, so
// that element 10 comes after element 2.
func comparePaths(a, b string) int {
	as, bs := federation.Tokens(a), federation.Tokens(b)
	for i := 0; i < len(as) && i < len(bs); i++ {
		if c := compareTokens(as[i], bs[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(as), len(bs))
}

func compareTokens(a, b string) int {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	return strings.Compare(a, b)
}

func child(path, token string) string { return path + federation.Pointer(token) }

func element(path string, i int) string { return child(path, strconv.Itoa(i)) }
