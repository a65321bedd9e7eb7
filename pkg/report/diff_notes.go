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
	for _, r := range g.Results {
		if i >= len(r.Changes) {
			return "", ""
		}
		c := r.Changes[i]
		if c.Owner != nil {
			owners = append(owners, said{ownerNote(*c.Owner, now), r.Cluster})
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

func ownerNote(o drift.Owner, now time.Time) string {
	who := o.Manager
	if o.IsKubeFed() {
		who = "KubeFed"
	}
	if o.Subresource != "" {
		who += " through " + o.Subresource
	}
	if o.Time == nil || now.IsZero() {
		return "set by " + who
	}
	return fmt.Sprintf("set by %s %s ago", who, duration.HumanDuration(max(now.Sub(o.Time.Time), 0)))
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
