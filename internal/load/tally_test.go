package load

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// A tally is what a map of the same values holds, at every moment.
func TestTallyIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 1))
	for range 300 {
		var got tally
		want := histogram{}
		kinds := 1 + rng.Int64N(1+rng.Int64N(20_000))
		for k := range rng.IntN(5000) {
			us := rng.Int64N(kinds)
			if rng.IntN(50) == 0 {
				us += math.MaxUint32 - kinds/2
			}
			got.add(us)
			want[us]++
			if k%1700 == 0 && !slices.Equal(got.pairs(), want.pairs()) {
				t.Fatalf("after %d: %v, want %v", k+1, got.pairs(), want.pairs())
			}
		}
		if !slices.Equal(got.pairs(), want.pairs()) || !rising(got.pairs()) {
			t.Fatalf("%v, want %v", got.pairs(), want.pairs())
		}
	}
}

// 150,000 different latencies, five minutes at 500 a second, are a few megabytes.
func TestTallyIsSmall(t *testing.T) {
	used := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := used()
	var all tally
	for k := range 150_000 {
		all.add(int64(k*7919) % 150_001)
	}
	if got := used() - before; len(all.counted)+len(all.fresh) != 150_000 || got > 3<<20 {
		t.Errorf("%d bytes for %d values", got, len(all.counted)+len(all.fresh))
	}
	runtime.KeepAlive(&all)
}
