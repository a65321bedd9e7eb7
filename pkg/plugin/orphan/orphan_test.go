package orphan

import (
	"testing"

	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
)

func TestValidate(t *testing.T) {
	web := []factory.Object{{Type: "deploy", Name: "web"}}
	for want, o := range map[string]Options{
		"":                                     {DryRun: "none", Objects: web},
		"-l selects objects: give it no names": {DryRun: "none", Objects: web, Selector: "a=b"},
		"an object by name is in one namespace: -n says which": {DryRun: "none", Objects: web, AllNamespaces: true},
		"--dry-run x: it is client, server or none":            {DryRun: "x"},
		"--output wide: it is json, yaml or name":              {DryRun: "none", Output: "wide"},
	} {
		got := ""
		if err := o.Validate(); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
