package get

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// retry is the pause before a member that could not be watched is tried again.
const retry = 2 * time.Second

// change is something that a member's watch tells: an event, or the list that it starts from; or why there is none
// for now.
type change struct {
	cluster string
	event   string // "" of a list
	table   *metav1.Table
	err     error
}

// watch prints what the members have, and then each change, until it is interrupted.
func (o *Options) watch(ctx context.Context, host *member.Host, members []member.Member, wanted []want) error {
	if len(wanted) != 1 || len(wanted[0].names) > 1 {
		return errors.New("--watch watches one type, or one object")
	}
	changes := make(chan change)
	for _, m := range members {
		go o.watchMember(ctx, host, m, wanted[0], changes)
	}
	printer := report.NewGetPrinter(o.Streams.Out, o.style(wanted[0], 1))
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case c := <-changes:
			if err := o.printChange(printer, wanted[0], c); err != nil {
				return err
			}
		}
	}
}

func (o *Options) printChange(printer *report.GetPrinter, w want, c change) error {
	if c.err != nil {
		report.Warning(o.Streams.ErrOut, "%s: %v; it is tried again", c.cluster, c.err)
		return nil
	}
	table := report.Merge([]report.ClusterTable{{Cluster: c.cluster, Table: c.table}}, o.AllNamespaces && w.namespaced())
	return printer.PrintEvent(c.event, table)
}

// watchMember lists, and then follows. A watch that ends is taken up where it ended; where the server has
// forgotten that, what is there is printed again. The same trouble is told once.
func (o *Options) watchMember(ctx context.Context, host *member.Host, m member.Member, w want, changes chan<- change) {
	send := func(c change) {
		c.cluster = m.Name
		select {
		case changes <- c:
		case <-ctx.Done():
		}
	}
	told := ""
	for ctx.Err() == nil {
		err := o.watchOnce(ctx, host, m, w, func(c change) { told = ""; send(c) })
		if err == nil || errors.Is(err, member.ErrExpired) {
			continue
		}
		if ctx.Err() == nil && err.Error() != told {
			told = err.Error()
			send(change{err: err})
		}
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
	}
}

// watchOnce lists, and follows until the member fails or has forgotten.
func (o *Options) watchOnce(ctx context.Context, host *member.Host, m member.Member, w want, send func(change)) error {
	own, cancel := context.WithTimeoutCause(ctx, *o.Timeout, fmt.Errorf("no answer within %s", *o.Timeout))
	defer cancel()
	client, err := host.Dial(own, m)
	if err != nil {
		return err
	}
	if !w.known {
		if w.query.API, err = client.Served(w.word); err != nil {
			return err
		}
	}
	q := w.query
	if !q.API.Namespaced {
		q.Namespace = ""
	}
	if len(w.names) == 1 {
		q.Fields = "metadata.name=" + w.names[0]
	}
	table, err := client.Table(own, q)
	if err != nil {
		if own.Err() != nil {
			return context.Cause(own)
		}
		return err
	}
	send(change{table: table})
	for version := table.ResourceVersion; ; {
		if version, err = client.Watch(ctx, q, version, func(e member.Event) { send(change{event: e.Type, table: e.Table}) }); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}
