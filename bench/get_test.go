package bench

import (
	"testing"
	"time"
)

// mostForTen is how much longer ten members may take than one: they are asked at once.
const mostForTen = 1.5

// BenchmarkGet lists the ConfigMaps of ten members and of one, with 50 ms on every round trip to every API server.
// What the host serves is known from an earlier call, as it is to whoever uses kubectl.
func BenchmarkGet(b *testing.B) {
	g := newGround(b)
	g.reset()
	g.join()
	for _, p := range g.proxies {
		p.SetLatency(25 * time.Millisecond) // each way
	}
	get := func(more ...string) func() {
		args := append([]string{"get", "configmaps", "-A", "--context", g.bed.Host().Context()}, more...)
		return func() { g.run(g.ours, args...) }
	}
	all, one := get(), get("--clusters", g.bed.Clusters[1].Name)
	all()
	var ten, single time.Duration
	for b.Loop() {
		ten += g.timed(all)
		single += g.timed(one)
	}
	ratio := ten.Seconds() / single.Seconds()
	b.ReportMetric(0, "ns/op") // of both together: it means nothing
	b.ReportMetric(ten.Seconds()/float64(b.N), "s/ten")
	b.ReportMetric(single.Seconds()/float64(b.N), "s/one")
	b.ReportMetric(ratio, "ten/one")
	if ratio > mostForTen {
		b.Errorf("ten members took %.2f of what one took, want at most %.2f", ratio, mostForTen)
	}
}
