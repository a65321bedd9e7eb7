// Command bednode is what runs in each container of the bed: a control plane of Kubernetes with kwok
// for a node. Under the name cat it is cat, since kind reads a node's admin.conf with one; under the name
// curl it is as much of curl as the product calls in a node; under the name probe it does nothing until it is
// stopped, for pods of tests on genuine kind.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/kubectl-fed/kubectl-fed/test/bed/node"
)

func main() {
	var err error
	switch filepath.Base(os.Args[0]) {
	case "cat":
		err = cat(os.Args[1:])
	case "curl":
		err = curl(os.Args[1:])
	case "probe":
		probe()
	default:
		err = run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run() error {
	config := node.Config{}
	var behind string
	flag.StringVar(&config.Cluster, "cluster", "", "name of the cluster")
	flag.StringVar(&config.Root, "root", "/", "folder that stands for the node's /")
	flag.StringVar(&config.Programs.Dir, "programs", "/usr/local/bin", "folder of the programs")
	flag.Var(&config.Programs, "program", "NAME=FILE of a program that is not in that folder, repeatable")
	flag.StringVar(&config.Address, "address", "", "the only address to serve on (default: all)")
	flag.IntVar(&config.Port, "port", 6443, "port of the API server")
	flag.IntVar(&config.EtcdPort, "etcd-port", 2379, "port of etcd; its peer port is the next one")
	flag.IntVar(&config.HelperPort, "helper-port", 10257, "first of two ports for the other control plane programs")
	flag.StringVar(&config.Node, "node", "", "name of the node (default: that of the cluster's first control plane)")
	flag.StringVar(&config.Etcd, "etcd", "", "URL of another node's etcd; nothing but an API server is run then")
	flag.BoolVar(&config.EtcdOpen, "etcd-open", false, "let other nodes use etcd")
	flag.BoolVar(&config.Balanced, "balanced", false, "a load balancer stands before the API servers")
	flag.BoolVar(&config.IPv6, "ipv6", false, "the cluster is one of IPv6")
	flag.StringVar(&behind, "balance", "", "be the load balancer before these, HOST:PORT with commas")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if behind != "" {
		return node.Balance(ctx, config.Port, strings.Split(behind, ","))
	}
	return node.Run(ctx, config)
}

func probe() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	<-ctx.Done()
}

func cat(files []string) error {
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		_, err = io.Copy(os.Stdout, f)
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
