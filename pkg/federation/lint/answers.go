package lint

import "strings"

var refusedByMember = register(Rule{
	Code: "FED801", Severity: Error, Title: "a member refuses the object",
	Ignored: "KubeFed is refused as well, and tries again and again.",
	Mend:    "Mend what the member's API server says.",
})

var deletes = register(Rule{
	Code: "FED802", Severity: Warning, Title: "the object will be deleted from a member",
	Ignored: "KubeFed deletes it there, with all that belongs to it.",
	Mend:    "If it shall stay, keep the cluster in the placement of the object and of its namespace.",
})

var adopts = register(Rule{
	Code: "FED803", Severity: Warning, Title: "a member has an object of this name that KubeFed did not make",
	Ignored: "KubeFed takes it over and overwrites it, and deletes it when the federated object goes.",
	Mend:    "Choose another name, take the cluster out of the placement, or label the object there " + managedFalse + ".",
})

const managedFalse = "kubefed.io/managed=false"

// Outcome is what would become of an object in one member.
type Outcome int

// The outcomes that a rule is about.
const (
	Refused Outcome = iota // the member would refuse it, or KubeFed can't make it
	Deleted
	Adopted
)

// Answer is what was found out about one document by asking a member.
type Answer struct {
	Cluster string
	Outcome Outcome
	Cause   string // the member's words
}

// Answers makes findings of what members said, one for all that said the
// same.
func Answers(d Document, answers []Answer) []Finding {
	var findings []Finding
	said := map[Answer]int{} // answer without cluster, to the number of its finding
	for _, a := range answers {
		same := Answer{Outcome: a.Outcome, Cause: a.Cause}
		i, ok := said[same]
		if !ok {
			i = len(findings)
			said[same] = i
			findings = append(findings, d.answer(a))
		}
		findings[i].Clusters = append(findings[i].Clusters, a.Cluster)
	}
	return findings
}

func (d Document) answer(a Answer) Finding {
	cause := strings.Join(strings.Fields(a.Cause), " ")
	switch a.Outcome {
	case Deleted:
		return d.finding(deletes, placementPath, "it will be deleted: %s", cause)
	case Adopted:
		return d.finding(adopts, []string{"metadata", "name"}, "an object of this name is there, and will be taken over")
	}
	return d.finding(refusedByMember, templatePath, "%s", cause)
}
