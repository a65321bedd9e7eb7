package bed

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/client-go/rest"
)

// Proxy stands before a cluster's API server on 127.0.0.1, a name that the server's certificate covers, and
// spoils the way to it as told. It passes bytes and sees no content.
type Proxy struct {
	listener net.Listener
	backend  string
	latency  atomic.Int64 // nanoseconds, each way
	drop     atomic.Bool

	mutex sync.Mutex
	open  map[net.Conn]bool
}

// Proxy puts a proxy before the cluster. Close it when done.
func (c *Cluster) Proxy(ctx context.Context) (*Proxy, error) {
	return c.ProxyAt(ctx, "127.0.0.1:0")
}

// ProxyAt is Proxy at an address of the caller's choice.
func (c *Cluster) ProxyAt(ctx context.Context, address string) (*Proxy, error) {
	port, err := c.node.port(ctx)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: listener, backend: fmt.Sprintf("127.0.0.1:%d", port), open: map[net.Conn]bool{}}
	go p.accept()
	return p, nil
}

// URL is where the cluster is reached through the proxy.
func (p *Proxy) URL() string { return "https://" + p.listener.Addr().String() }

// Through is a copy of a client configuration that goes through the proxy.
func (p *Proxy) Through(config *rest.Config) *rest.Config {
	config = rest.CopyConfig(config)
	config.Host = p.URL()
	return config
}

// SetLatency adds a delay to everything that is sent, in each direction.
func (p *Proxy) SetLatency(d time.Duration) { p.latency.Store(int64(d)) }

// SetDrop cuts every open connection and, until it is called with false, each new one as soon as it is made.
func (p *Proxy) SetDrop(drop bool) {
	p.drop.Store(drop)
	if !drop {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for connection := range p.open {
		connection.Close()
	}
}

// Close ends the proxy and every connection through it.
func (p *Proxy) Close() {
	p.listener.Close()
	p.SetDrop(true)
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		if p.drop.Load() {
			client.Close()
			continue
		}
		go p.serve(client)
	}
}

func (p *Proxy) serve(client net.Conn) {
	defer p.forget(p.remember(client))
	server, err := net.DialTimeout("tcp", p.backend, 5*time.Second)
	if err != nil {
		return
	}
	defer p.forget(p.remember(server))
	ended := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		go func() { p.copy(way[1], way[0]); ended <- struct{}{} }()
	}
	<-ended // one side is gone: the deferred closes end the other
}

func (p *Proxy) remember(c net.Conn) net.Conn {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.open[c] = true
	return c
}

func (p *Proxy) forget(c net.Conn) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	delete(p.open, c)
	c.Close()
}

// parcel is a piece of data and when it may arrive.
type parcel struct {
	data []byte
	due  time.Time
}

// copy passes on what is read after the latency, without holding up what follows: a slow line has a
// delay, not a low rate.
func (p *Proxy) copy(to io.Writer, from io.Reader) {
	line := make(chan parcel, 1024)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for one := range line {
			time.Sleep(time.Until(one.due)) // the latency itself; nothing is being waited for
			if _, err := to.Write(one.data); err != nil {
				break
			}
		}
		for range line { // the reader must not be stuck on a full line
		}
	}()
	for {
		buffer := make([]byte, 32*1024)
		n, err := from.Read(buffer)
		if n > 0 {
			line <- parcel{buffer[:n], time.Now().Add(time.Duration(p.latency.Load()))}
		}
		if err != nil {
			break
		}
	}
	close(line)
	<-done
}
