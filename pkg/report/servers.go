package report

import (
	"fmt"
	"io"
	"strings"
)

// ServersDocument is what fix-server prints with -o json: what became of each kind cluster's kubeconfig entry
// and of each member's endpoint.
type ServersDocument struct {
	TypeMeta `json:",inline"`
	DryRun   bool          `json:"dryRun"` // nothing was written: "changed" says what would be
	Clusters []ServerRow   `json:"clusters"`
	Members  []EndpointRow `json:"members"`
}

// ServerRow is what became of one kind cluster's entry in the kubeconfig.
type ServerRow struct {
	Cluster  string `json:"cluster"`            // kind's name
	Entry    string `json:"entry,omitempty"`    // in the kubeconfig; empty when it has none
	File     string `json:"file,omitempty"`     // that owns the entry
	Server   string `json:"server,omitempty"`   // that the entry has now, or would have
	Why      string `json:"why,omitempty"`      // this server
	Changed  bool   `json:"changed"`            // the entry was changed, or would be
	Was      string `json:"was,omitempty"`      // the server before, when it is another
	Answers  string `json:"answers,omitempty"`  // the cluster that answers at the server before, when it is another
	Exported string `json:"exported,omitempty"` // the file with a kubeconfig of its own
	Error    string `json:"error,omitempty"`    // why the entry was left
}

// EndpointRow is what became of one member's endpoint.
type EndpointRow struct {
	Member   string `json:"member"`
	Endpoint string `json:"endpoint"`          // that is registered now, or would be
	Why      string `json:"why,omitempty"`     // this endpoint, where it was chosen
	Changed  bool   `json:"changed"`           // it was replaced, or would be
	Was      string `json:"was,omitempty"`     // the endpoint before, when it is another
	Fault    string `json:"fault,omitempty"`   // why the endpoint before did not do
	Answers  string `json:"answers,omitempty"` // the kind cluster that answers at the endpoint before, when it is another
	Inside   bool   `json:"inside"`            // it was tried from within the host cluster's node

	NotInside string `json:"notInside,omitempty"` // why it was not
	Error     string `json:"error,omitempty"`     // why it was left
}

// Servers prints what fix-server did: as tables, or as a document for -o json and yaml.
func Servers(w io.Writer, document ServersDocument, output string) error {
	switch output {
	case "json", "yaml":
		document.TypeMeta = version("Servers")
		return Document(w, document, output)
	}
	wide := output == "wide"
	if len(document.Clusters) > 0 {
		if err := serverTable(w, document, wide); err != nil {
			return err
		}
	}
	if len(document.Clusters) > 0 && len(document.Members) > 0 {
		fmt.Fprintln(w)
	}
	if len(document.Members) == 0 {
		return nil
	}
	return endpointTable(w, document, wide)
}

func serverTable(w io.Writer, document ServersDocument, wide bool) error {
	header := []string{"CLUSTER", "ENTRY", "SERVER", "RESULT"}
	if wide {
		header = append(header, "WHY", "FILE")
	}
	var cells [][]string
	for _, r := range document.Clusters {
		row := []string{r.Cluster, dash(r.Entry), dash(r.Server), r.result(document.DryRun)}
		if wide {
			row = append(row, dash(r.Why), dash(r.File))
		}
		cells = append(cells, row)
	}
	return Table(w, header, cells)
}

// result is short: the whole error is printed below the table.
func (r ServerRow) result(try bool) string {
	switch {
	case r.Error != "":
		return "left"
	case r.Exported != "":
		return done(try, "exported to "+r.Exported)
	case r.Changed:
		return done(try, fmt.Sprintf("changed (was %s%s)", short(r.Was), answersAs(r.Answers)))
	}
	return "already right"
}

func endpointTable(w io.Writer, document ServersDocument, wide bool) error {
	header := []string{"MEMBER", "ENDPOINT", "RESULT"}
	if wide {
		header = append(header, "WHY", "TRIED FROM")
	}
	var cells [][]string
	for _, r := range document.Members {
		row := []string{r.Member, r.Endpoint, r.result(document.DryRun)}
		if wide {
			row = append(row, dash(r.Why), r.from())
		}
		cells = append(cells, row)
	}
	return Table(w, header, cells)
}

func (r EndpointRow) from() string {
	if r.Inside {
		return "host's node"
	}
	if r.NotInside != "" {
		return "this machine (" + r.NotInside + ")"
	}
	return "this machine"
}

func (r EndpointRow) result(try bool) string {
	switch {
	case r.Error != "":
		return "left"
	case r.Changed:
		return done(try, fmt.Sprintf("changed (was %s%s)", short(r.Was), answersAs(r.Answers)))
	case r.Fault != "":
		return "does not answer"
	}
	return "already right"
}

// done says what was done, or, in a try, what would be.
func done(try bool, what string) string {
	if try {
		return "would be " + what
	}
	return what
}

func short(url string) string { return strings.TrimPrefix(url, "https://") }

func answersAs(cluster string) string {
	if cluster == "" {
		return ""
	}
	return ", which is " + cluster
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
