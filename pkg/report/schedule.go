package report

import (
	"io"
	"strconv"
	"strings"
)

// SchedulePlan is the JSON form of what schedule shows: what KubeFed makes of one ReplicaSchedulingPreference now.
type SchedulePlan struct {
	TypeMeta  `json:",inline"` // of kind SchedulePlan
	Namespace string           `json:"namespace"`
	Name      string           `json:"name"`
	// Target is the federated kind.
	Target string `json:"target"`
	// Asked is the total of the preference.
	Asked int64 `json:"asked"`
	// Placed is the sum of what is planned; it may be less than Asked or, with overflow, more.
	Placed int64 `json:"placed"`
	// Unplaced is how many run nowhere for want of a cluster that may have them, or has room.
	Unplaced int64            `json:"unplaced"`
	Members  []ScheduleMember `json:"members"`
	// Changes says that KubeFed has something to write, or had when it gets to it.
	Changes bool `json:"changes"`
	// Problems are what is wrong with the plan, each in one line.
	Problems []string `json:"problems,omitempty"`
	// Broken says that a problem stands against writing it.
	Broken bool `json:"broken,omitempty"`
}

// ScheduleMember is a member's part of it.
type ScheduleMember struct {
	Name string `json:"name"`
	// Now is how many replicas run, as KubeFed counts them; not there where it does not have the workload.
	Now *int64 `json:"now,omitempty"`
	// Room is how many it has room for; not there where KubeFed does not know.
	Room *int64 `json:"room,omitempty"`
	// Written is what the federated object's overrides have.
	Written *int64 `json:"written,omitempty"`
	// Planned is what KubeFed writes; not there where it leaves the member out.
	Planned  *int64 `json:"planned,omitempty"`
	Overflow int64  `json:"overflow,omitempty"`
	Why      string `json:"why"`
}

// NewSchedulePlan has the kind and version of the document.
func NewSchedulePlan() SchedulePlan { return SchedulePlan{TypeMeta: version("SchedulePlan")} }

// barWidth is that of the longest bar.
const barWidth = 12

// Schedule prints the plan as a table, and below it what is wrong.
func Schedule(w io.Writer, p SchedulePlan) error {
	most := int64(1)
	for _, m := range p.Members {
		most = max(most, value(m.Planned))
	}
	var rows [][]string
	for _, m := range p.Members {
		rows = append(rows, []string{m.Name, number(m.Now), number(m.Written), number(m.Planned), bar(m, most), m.Why})
	}
	if err := Table(w, []string{"MEMBER", "NOW", "WRITTEN", "PLAN", "", "WHY"}, rows); err != nil {
		return err
	}
	Line(w, "%d asked for, %d placed", p.Asked, p.Placed)
	for _, problem := range p.Problems {
		Line(w, "! %s", oneLine(problem))
	}
	return nil
}

func number(n *int64) string {
	if n == nil {
		return "-"
	}
	return strconv.FormatInt(*n, 10)
}

func value(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// bar is as long as the plan, with what is beyond the member's room in another shade.
func bar(m ScheduleMember, most int64) string {
	length := func(n int64) int { return int((max(n, 0)*barWidth + most - 1) / most) }
	all, over := length(value(m.Planned)), length(m.Overflow)
	return strings.Repeat("█", max(all-over, 0)) + strings.Repeat("░", min(over, all))
}
