package cloud

import (
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/trace"
)

// TraceDelay is how long nothing shows of what came, and how long after that a
// trace is there without its functions' segments; both nothing unless set.
func (c *Cloud) TraceDelay(appears, unfolds time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rays.appears, c.rays.unfolds = appears, unfolds
}

// DropTraces loses a share of all traces, always the same ones.
func (c *Cloud) DropTraces(share float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rays.dropped = share
}

// LoseAnnotations takes annotations away from every segment.
func (c *Cloud) LoseAnnotations(names ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rays.unnamed = names
}

// LoseNodes takes away segments and subsegments of these names, or segments of
// these origins.
func (c *Cloud) LoseNodes(names ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rays.lost = names
}

// PassThrough turns active tracing of functions off. Nothing is recorded of one
// then, neither by Lambda nor from within it.
func (c *Cloud) PassThrough(names ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range names {
		if f, ok := c.functions[name]; ok {
			f.Tracing = "PassThrough"
		}
	}
}

// ThrottleTraces refuses so many calls of X-Ray for their rate.
func (c *Cloud) ThrottleTraces(calls int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rays.throttled = calls
}

// TransactionSearch sends spans to CloudWatch Logs instead and indexes only a
// share of the traces, in percent. Pending says that it has been asked for and
// is not there yet. A retrieval takes as long as it says.
func (c *Cloud) TransactionSearch(percent float64, pending bool, takes time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rays.search = &searching{percent, pending, takes}
}

// TraceGroup makes a group of X-Ray.
func (c *Cloud) TraceGroup(name, filter string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rays.groups == nil {
		c.rays.groups = map[string]string{}
	}
	c.rays.groups[name] = filter
}

// BareFunctions leaves away the segment that Lambda itself makes of a function,
// so that the app's own stands directly below Lambda's.
func (c *Cloud) BareFunctions() { c.mu.Lock(); defer c.mu.Unlock(); c.rays.bare = true }

// Traced are all traces as X-Ray has them now, however they may be asked for.
func (c *Cloud) Traced() []trace.Trace {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []trace.Trace
	for _, id := range slices.Sorted(maps.Keys(c.rays.traces)) {
		if t, ok := c.shown(id); ok {
			all = append(all, t)
		}
	}
	return all
}

// lot is where between 0 and 1 a trace falls, always at the same place.
func lot(id, what string) float64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(what + " " + id)) // it never fails
	x := h.Sum64()
	// FNV mixes its last bytes badly into the high bits.
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}
