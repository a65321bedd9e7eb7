package bed

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/kubectl-fed/kubectl-fed/test/bed/node"
)

// AuditEvent is one finished request to a cluster's API server, reduced to what tests ask about.
type AuditEvent struct {
	Verb       string    `json:"verb"`
	RequestURI string    `json:"requestURI"`
	Time       time.Time `json:"stageTimestamp"`
	UserAgent  string    `json:"userAgent"`
	User       struct {
		Username string `json:"username"`
	} `json:"user"`
	Object struct {
		Resource    string `json:"resource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
		Subresource string `json:"subresource"`
	} `json:"objectRef"`
	Response struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
}

// AuditQuery says which requests are wanted; an empty field wants all.
type AuditQuery struct {
	User      string
	Namespace string
	Verb      string
	Since     time.Time
}

func (q AuditQuery) wants(e AuditEvent) bool {
	return (q.User == "" || q.User == e.User.Username) &&
		(q.Namespace == "" || q.Namespace == e.Object.Namespace) &&
		(q.Verb == "" || q.Verb == e.Verb) &&
		!e.Time.Before(q.Since)
}

// Audit reads the requests that the cluster's API server has answered, oldest first. What the control plane
// reads for itself is not in the log.
func (c *Cluster) Audit(ctx context.Context, q AuditQuery) ([]AuditEvent, error) {
	data, err := c.node.read(ctx, node.AuditLog)
	if err != nil {
		return nil, fmt.Errorf("reading the audit log of %s: %w", c.Name, err)
	}
	var events []AuditEvent
	for line := range bytes.Lines(data) {
		var e AuditEvent
		if err := json.Unmarshal(line, &e); err != nil {
			continue // the last line may be half written
		}
		if q.wants(e) {
			events = append(events, e)
		}
	}
	return events, nil
}
