package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
)

// said is what is said of one member.
type said struct{ text, cluster string }

// notes are what is said behind both sides of a group's change: who set the live value, and where the new one comes
// from.
func notes(g drift.Group, i int, now time.Time) (before, after string) {
	var owners, origins []said
	ages := agesOf(g, i, now)
	for _, r := range g.Results {
		if i >= len(r.Changes) {
			return "", ""
		}
		c := r.Changes[i]
		if c.Owner != nil {
			owners = append(owners, said{ownerNote(*c.Owner, ages), r.Cluster})
		}
		if c.Origin != nil {
			origins = append(origins, said{originNote(c), r.Cluster})
		}
	}
	return together(owners, len(g.Results)), together(origins, len(g.Results))
}

// together says once what is the same for all members, and else of which it is.
func together(all []said, members int) string {
	var texts []string
	clusters := map[string][]string{}
	for _, s := range all {
		if !slices.Contains(texts, s.text) {
			texts = append(texts, s.text)
		}
		clusters[s.text] = append(clusters[s.text], s.cluster)
	}
	if len(texts) == 1 && len(all) == members {
		return texts[0]
	}
	var parts []string
	for _, text := range texts {
		parts = append(parts, fmt.Sprintf("%s for %s", text, strings.Join(clusters[text], ", ")))
	}
	return strings.Join(parts, "; ")
}

// ages are how long ago each wrote: the last time and the first, of all members.
type ages map[string][2]time.Duration

// agesOf keeps what one hand did in one member after the other from being told member by member.
func agesOf(g drift.Group, i int, now time.Time) ages {
	all := ages{}
	for _, r := range g.Results {
		if i >= len(r.Changes) || r.Changes[i].Owner == nil || r.Changes[i].Owner.Time == nil || now.IsZero() {
			continue
		}
		who, age := writer(*r.Changes[i].Owner), max(now.Sub(r.Changes[i].Owner.Time.Time), 0)
		between, seen := all[who]
		if !seen {
			between = [2]time.Duration{age, age}
		}
		all[who] = [2]time.Duration{min(between[0], age), max(between[1], age)}
	}
	return all
}

func writer(o drift.Owner) string {
	who := o.Manager
	if o.IsKubeFed() {
		who = "KubeFed"
	}
	if o.Subresource != "" {
		who += " through " + o.Subresource
	}
	return who
}

func ownerNote(o drift.Owner, all ages) string {
	who := writer(o)
	between, known := all[who]
	if o.Time == nil || !known {
		return "set by " + who
	}
	last, first := duration.HumanDuration(between[0]), duration.HumanDuration(between[1])
	if last != first {
		last += " to " + first
	}
	return fmt.Sprintf("set by %s %s ago", who, last)
}

func originNote(c drift.Change) string {
	switch o := *c.Origin; {
	case o.From == drift.FromOverride:
		return fmt.Sprintf("override %d", o.Override)
	case o.From == drift.FromPreference:
		return "scheduling preference " + o.Preference
	case o.From == drift.FromTemplate && c.Removed:
		return "not in the template"
	case o.From == drift.FromKubeFed:
		return "KubeFed's label"
	case o.From == drift.FromServer:
		return "the cluster's own default"
	default:
		return string(o.From)
	}
}
