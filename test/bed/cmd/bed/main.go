// Command bed brings up the clusters that the demo and the tests use, and changes what happens to them, by
// hand: go run ./test/bed/cmd/bed up --clusters fed-master,fed-worker01,fed-worker02
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/pflag"

	"github.com/kubectl-fed/kubectl-fed/test/bed"
	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

const usage = `usage: bed COMMAND [--name BED] [--clusters A,B,C] [--kubefed=false] [--kubernetes 1.34]

  up                    bring the clusters up, the first with KubeFed, and say where their kubeconfig is
  down                  remove the clusters and all that belongs to them
  status                what there is of every bed on this machine
  stop|start|restart A  the node of cluster A
  move A                restart A's node at another address
  attach|detach A       put A's node on a second network, or take it off again
  stop-kubefed          stop KubeFed's controllers
  start-kubefed         start them again
  proxy A               stand before A's API server until interrupted; --latency 50ms, --drop
`

// options are the flags.
type options struct {
	spec    bed.Spec
	latency time.Duration
	drop    bool
	listen  string
}

func main() {
	var o options
	flags := pflag.NewFlagSet("bed", pflag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	flags.StringVar(&o.spec.Name, "name", "demo", "name of the bed")
	flags.StringSliceVar(&o.spec.Clusters, "clusters", []string{"fed-master", "fed-worker01", "fed-worker02"}, "names of the clusters, the host first")
	flags.BoolVar(&o.spec.KubeFed, "kubefed", true, "run KubeFed in the first cluster")
	flags.StringVar(&o.spec.Kubernetes, "kubernetes", "", "up: version of a new bed's clusters: "+strings.Join(programs.Minors, " or "))
	flags.DurationVar(&o.latency, "latency", 0, "proxy: delay in each direction")
	flags.BoolVar(&o.drop, "drop", false, "proxy: cut every connection")
	flags.StringVar(&o.listen, "listen", "127.0.0.1:0", "proxy: address to listen on")
	if err := flags.Parse(os.Args[1:]); err != nil {
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, flags.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, args []string) error {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return fmt.Errorf("which command?")
	}
	switch args[0] {
	case "up":
		return up(ctx, o.spec)
	case "down":
		return bed.Down(ctx, o.spec.Name)
	case "status":
		return status(ctx)
	case "stop-kubefed", "start-kubefed":
		b, err := bed.Up(ctx, bed.Spec{Name: o.spec.Name, Clusters: o.spec.Clusters}, os.Stderr)
		if err != nil {
			return err
		}
		if args[0] == "stop-kubefed" {
			return b.StopKubeFed(ctx)
		}
		return b.StartKubeFed(ctx)
	}
	if len(args) != 2 {
		fmt.Fprint(os.Stderr, usage)
		return fmt.Errorf("%s: which cluster?", args[0])
	}
	return change(ctx, o, args[0], args[1])
}

func up(ctx context.Context, spec bed.Spec) error {
	b, err := bed.Up(ctx, spec, os.Stderr)
	if err != nil {
		return err
	}
	fmt.Printf("export KUBECONFIG=%s\n", b.Kubeconfig())
	return nil
}

func status(ctx context.Context) error {
	found, err := bed.Status(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "BED\tCLUSTER\tCONTAINER\tSTATE")
	for _, m := range found {
		fmt.Fprintln(table, strings.Join([]string{m.Bed, m.Cluster, m.Container, m.State}, "\t"))
	}
	return table.Flush()
}

// change does something to one cluster of a bed that is there.
func change(ctx context.Context, o options, what, name string) error {
	c, err := bed.Find(ctx, o.spec.Name, name, os.Stderr)
	if err != nil {
		return err
	}
	var address string
	switch what {
	case "stop":
		err = c.Stop(ctx)
	case "start":
		err = c.Start(ctx)
	case "restart":
		err = c.Restart(ctx)
	case "move":
		address, err = c.Move(ctx)
	case "attach":
		address, err = c.Attach(ctx)
	case "detach":
		err = c.Detach(ctx)
	case "proxy":
		return proxy(ctx, c, o)
	default:
		fmt.Fprint(os.Stderr, usage)
		err = fmt.Errorf("there is no command %q", what)
	}
	if address != "" {
		fmt.Println(address)
	}
	return err
}

func proxy(ctx context.Context, c *bed.Cluster, o options) error {
	p, err := c.ProxyAt(ctx, o.listen)
	if err != nil {
		return err
	}
	defer p.Close()
	p.SetLatency(o.latency)
	p.SetDrop(o.drop)
	fmt.Println(p.URL())
	<-ctx.Done()
	return nil
}
