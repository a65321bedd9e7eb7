package e2e

import (
	"context"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kubectl-fed/kubectl-fed/test/bed"
)

// move: CLUSTER restarts its node at another address; on the bed only.
func (g ground) move(ts *testscript.TestScript, _ bool, args []string) {
	g.onNode(ts, args, func(ctx context.Context, c *bed.Cluster) error {
		_, err := c.Move(ctx)
		return err
	})
}

// restart: CLUSTER restarts its node, as Docker does when the machine starts; on the bed only.
func (g ground) restart(ts *testscript.TestScript, _ bool, args []string) {
	g.onNode(ts, args, func(ctx context.Context, c *bed.Cluster) error { return c.Restart(ctx) })
}

// onNode does something to the node of the only argument.
func (g ground) onNode(ts *testscript.TestScript, args []string, do func(context.Context, *bed.Cluster) error) {
	if len(args) != 1 || g.bed == nil || g.bed.Cluster(args[0]) == nil {
		ts.Fatalf("usage, on the bed: move|restart CLUSTER")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ts.Check(do(ctx, g.bed.Cluster(args[0])))
}
