package load

import (
	"math"
	"slices"
)

// tally counts values as they come, each as it is. It needs eight bytes for each
// different one, where a map needs some forty: a run has hundreds of thousands of
// them, and the machine is the generator's too.
type tally struct {
	// counted rise, fresh are as they came.
	counted []counted
	fresh   []uint32
	// large are beyond 32 bits, more than an hour.
	large histogram
}

// counted is a value and how often it came.
type counted struct{ us, n uint32 }

// fewestFresh is how many are gathered at least before they are sorted in.
const fewestFresh = 128

// add counts one value, of microseconds.
func (t *tally) add(us int64) {
	if us > math.MaxUint32 {
		if t.large == nil {
			t.large = histogram{}
		}
		t.large[us]++
		return
	}
	t.fresh = append(t.fresh, uint32(max(us, 0)))
	// Sorting in goes through all, so that it waits until there is enough to do.
	if len(t.fresh) >= max(fewestFresh, len(t.counted)/4) {
		t.fold()
	}
}

// fold sorts the fresh ones in.
func (t *tally) fold() {
	slices.Sort(t.fresh)
	more := 0
	t.merged(func(counted) { more++ })
	all := make([]counted, 0, more)
	t.merged(func(c counted) { all = append(all, c) })
	t.counted, t.fresh = all, t.fresh[:0]
}

// merged tells each different value once, rising, with its count.
func (t *tally) merged(tell func(counted)) {
	old, fresh := t.counted, t.fresh
	for len(old)+len(fresh) > 0 {
		var c counted
		if len(fresh) == 0 || len(old) > 0 && old[0].us <= fresh[0] {
			c, old = old[0], old[1:]
		} else {
			c.us = fresh[0]
		}
		for len(fresh) > 0 && fresh[0] == c.us {
			c.n, fresh = c.n+1, fresh[1:]
		}
		tell(c)
	}
}

// pairs are all values with their counts, rising.
func (t *tally) pairs() [][2]int64 {
	t.fold()
	pairs := make([][2]int64, 0, len(t.counted)+len(t.large))
	for _, c := range t.counted {
		pairs = append(pairs, [2]int64{int64(c.us), int64(c.n)})
	}
	return append(pairs, t.large.pairs()...)
}
