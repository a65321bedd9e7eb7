package report

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// Prefixer lets several clusters write to one stream at the same time, each line whole and with the cluster's
// name before it.
type Prefixer struct {
	mutex sync.Mutex
	to    io.Writer
	width int
}

// NewPrefixer makes one for the clusters that will write.
func NewPrefixer(to io.Writer, clusters []string) *Prefixer {
	p := &Prefixer{to: to}
	for _, name := range clusters {
		p.width = max(p.width, len(name))
	}
	return p
}

// For is the stream of one cluster. It has to be closed: a last line without an end is written then.
func (p *Prefixer) For(cluster string) io.WriteCloser { return &prefixed{all: p, cluster: cluster} }

type prefixed struct {
	all     *Prefixer
	cluster string
	rest    []byte
}

// Write writes the lines that are complete.
func (p *prefixed) Write(text []byte) (int, error) {
	p.rest = append(p.rest, text...)
	end := bytes.LastIndexByte(p.rest, '\n') + 1
	if end == 0 {
		return len(text), nil
	}
	lines := p.rest[:end]
	p.rest = bytes.Clone(p.rest[end:])
	return len(text), p.all.write(p.cluster, lines)
}

// Close writes what is left.
func (p *prefixed) Close() error {
	if len(p.rest) == 0 {
		return nil
	}
	return p.all.write(p.cluster, append(p.rest, '\n'))
}

func (p *Prefixer) write(cluster string, lines []byte) error {
	var out bytes.Buffer
	for line := range bytes.Lines(lines) {
		fmt.Fprintf(&out, "%-*s  %s", p.width, cluster, line)
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	_, err := p.to.Write(out.Bytes())
	return err
}
