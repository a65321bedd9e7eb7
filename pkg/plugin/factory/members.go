package factory

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Pick narrows the members to those of --clusters, in the members' order. A cluster may be called by its
// joined name, its kind name or its context. None named means all.
func Pick(members []member.Member, names []string) ([]member.Member, error) {
	if len(names) == 0 {
		return members, nil
	}
	wanted := map[string]bool{}
	for _, name := range names {
		m, found := find(members, name)
		if !found {
			return nil, unknown(members, name)
		}
		wanted[m.Name] = true
	}
	return slices.DeleteFunc(slices.Clone(members), func(m member.Member) bool { return !wanted[m.Name] }), nil
}

func find(members []member.Member, name string) (member.Member, bool) {
	for _, call := range []string{name, strings.TrimPrefix(name, "kind-")} {
		if i := slices.IndexFunc(members, func(m member.Member) bool { return m.Name == call }); i >= 0 {
			return members[i], true
		}
	}
	return member.Member{}, false
}

// unknown is the error for a name that belongs to no member.
func unknown(members []member.Member, name string) error {
	err := fmt.Errorf("%s is not a member; the members are %s", name, strings.Join(Names(members), ", "))
	if len(members) == 0 {
		err = fmt.Errorf("%s is not a member; nothing has joined yet", name)
	}
	return hint.Add(err, "kubectl fed join %s", strings.TrimPrefix(name, "kind-"))
}

// Names are the members' names, in their order.
func Names(members []member.Member) []string {
	var names []string
	for _, m := range members {
		names = append(names, m.Name)
	}
	return names
}

// Object names an object on the command line.
type Object struct{ Type, Name string }

// String is how the object was called: deploy/nginx.
func (o Object) String() string { return o.Type + "/" + o.Name }

// ParseObjects reads TYPE NAME... or TYPE/NAME..., as kubectl does. A type alone gives one Object without a
// name; no argument gives none.
func ParseObjects(args []string) ([]Object, error) {
	if len(args) == 0 {
		return nil, nil
	}
	if !strings.Contains(args[0], "/") {
		return ofOneType(args[0], args[1:])
	}
	var objects []Object
	for _, arg := range args {
		kind, name, ok := strings.Cut(arg, "/")
		if !ok || kind == "" || name == "" || strings.Contains(name, "/") {
			return nil, fmt.Errorf("%q is not TYPE/NAME, and the arguments before it are", arg)
		}
		objects = append(objects, Object{kind, name})
	}
	return objects, nil
}

func ofOneType(kind string, names []string) ([]Object, error) {
	if len(names) == 0 {
		return []Object{{Type: kind}}, nil
	}
	var objects []Object
	for _, name := range names {
		if strings.Contains(name, "/") {
			return nil, fmt.Errorf("%q: names after a TYPE have no TYPE of their own", name)
		}
		objects = append(objects, Object{kind, name})
	}
	return objects, nil
}
