package drift

import "slices"

// Group is the members that have the same to be said of them.
type Group struct {
	Clusters []string `json:"clusters"`
	Verdict  Verdict  `json:"verdict"`
	Cause    string   `json:"cause,omitempty"`
	Changes  []Change `json:"changes,omitempty"`
	// Results are the members' own: owners and origins of the changes may differ.
	Results []Result `json:"-"`
}

// Groups puts members with equal verdict, cause and changes together: groups
// in the order of their first member, members in their own order.
func (o Object) Groups() []Group {
	var groups []Group
	for _, r := range o.Results {
		i := slices.IndexFunc(groups, func(g Group) bool { return g.fits(r) })
		if i < 0 {
			groups = append(groups, Group{Verdict: r.Verdict, Cause: r.Cause, Changes: r.Changes})
			i = len(groups) - 1
		}
		groups[i].Clusters = append(groups[i].Clusters, r.Cluster)
		groups[i].Results = append(groups[i].Results, r)
	}
	return groups
}

func (g Group) fits(r Result) bool {
	return g.Verdict == r.Verdict && g.Cause == r.Cause && slices.EqualFunc(g.Changes, r.Changes, sameChange)
}

func sameChange(a, b Change) bool {
	return a.Path == b.Path && a.Added == b.Added && a.Removed == b.Removed &&
		equal(a.Before, b.Before) && equal(a.After, b.After)
}
