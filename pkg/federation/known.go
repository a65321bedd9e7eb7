package federation

import (
	"slices"
	"strings"
)

// KnownAs is the type of a kind of Kubernetes itself that a user means by a
// word, without a server to ask: deployments, deployment, Deployment or
// deployments.apps.
func KnownAs(word string) (Type, bool) {
	word = strings.ToLower(word)
	i := slices.IndexFunc(wellKnown, func(a API) bool {
		return word == strings.ToLower(a.Kind) || word == a.Plural || word == a.Resource().String()
	})
	if i < 0 {
		return Type{}, false
	}
	return assumed(wellKnown[i]), true
}

// KnownNames are the names of all types that KnownAs finds.
func KnownNames() []string {
	var names []string
	for _, a := range wellKnown {
		names = append(names, a.Resource().String())
	}
	return names
}
