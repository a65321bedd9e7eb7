package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// Balance is what kind puts before several control planes: it passes each connection to one of the API servers
// that accepts it, in turn, until ctx ends. It looks into nothing, so the certificate is that server's.
func Balance(ctx context.Context, port int, servers []string) error {
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { listener.Close() })
	var turn atomic.Int64
	for {
		client, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		go func() {
			defer client.Close()
			pass(client, servers, int(turn.Add(1)))
		}()
	}
}

// pass connects a client with the first server that accepts, from the one whose turn it is.
func pass(client net.Conn, servers []string, turn int) {
	for i := range servers {
		server, err := net.DialTimeout("tcp", servers[(turn+i)%len(servers)], time.Second)
		if err != nil {
			continue
		}
		defer server.Close()
		ended := make(chan struct{}, 2)
		go func() { _, _ = io.Copy(server, client); ended <- struct{}{} }()
		go func() { _, _ = io.Copy(client, server); ended <- struct{}{} }()
		<-ended // one side is gone: the deferred closes end the other
		return
	}
}
