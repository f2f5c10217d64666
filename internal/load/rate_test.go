package load

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// some is a plan of random phases: constant, ramps, pauses, from and to zero.
func some(rng *rand.Rand) Plan {
	p := Plan{Target: "http://127.0.0.1", Seed: rng.Uint64(), Mix: []Scenario{
		{Name: "a", Weight: 3, Requests: []Request{{Name: "GET /a", Method: "GET", Path: "/a"}}},
		{Name: "b", Weight: 1, Requests: []Request{{Name: "GET /b", Method: "GET", Path: "/b"}, {Name: "GET /c", Method: "GET", Path: "/c"}}},
	}}
	rate := func() float64 { return []float64{0, 0.3, 1, 7, 100, 333.3}[rng.IntN(6)] }
	for range 1 + rng.IntN(4) {
		f := Phase{Duration: time.Duration(1+rng.IntN(9_000_000)) * time.Microsecond, From: rate(), To: rate()}
		if rng.IntN(2) == 0 {
			f.To = f.From
		}
		p.Phases = append(p.Phases, f)
	}
	return p
}

// Due is the inverse of Hits, rises, and its arrivals are as many as the integral
// of Rate says: with that, an open loop is what was asked for.
func TestDueIsTheInverseOfHits(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 2000 {
		p := some(rng)
		total, last := p.Total(), time.Duration(-1)
		if want := p.hits(p.Length()); math.Abs(float64(total)-want) >= 1 {
			t.Fatalf("plan %d: %d arrivals of %g", i, total, want)
		}
		for k := range total {
			due := p.Due(k)
			if due < last || due < 0 || due > p.Length() {
				t.Fatalf("plan %d: arrival %d is due at %s, the one before at %s (%+v)", i, k, due, last, p.Phases)
			}
			// A nanosecond of rounding at the highest rate, and the hair.
			if got := p.hits(due); math.Abs(got-float64(k)) > 1e-5 {
				t.Fatalf("plan %d: %g have arrived when number %d is due (%+v)", i, got, k, p.Phases)
			}
			last = due
		}
		for range 20 {
			at := time.Duration(rng.Int64N(int64(p.Length())))
			if p.Rate(at) > 0.05 {
				if back := p.when(p.hits(at)); (back - at).Abs() > 10*time.Microsecond {
					t.Fatalf("plan %d: Due(Hits(%s)) = %s (%+v)", i, at, back, p.Phases)
				}
			}
		}
	}
}

// Rate is the slope of Hits.
func TestRateIsTheSlopeOfHits(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	for i := range 500 {
		p, sum := some(rng).Shard(1, 1+rng.IntN(3)), 0.0
		const pieces = 20_000
		step := p.Length() / pieces
		for k := range pieces {
			sum += p.Rate(time.Duration(k)*step+step/2) * step.Seconds()
		}
		if want := p.Hits(step * pieces); math.Abs(sum-want) > 0.2+want/1000 {
			t.Fatalf("plan %d: the integral is %g, Hits %g", i, sum, want)
		}
	}
}

func TestTotals(t *testing.T) {
	constant := func(rate float64, d time.Duration) Phase { return Phase{Duration: d, From: rate, To: rate} }
	for name, c := range map[string]struct {
		phases []Phase
		want   int
		first  []time.Duration
	}{
		"sustained, 30 minutes": {[]Phase{constant(100, 30*time.Minute)}, 180_000, []time.Duration{0, 10 * time.Millisecond}},
		"spike, 5 minutes":      {[]Phase{constant(500, 5*time.Minute)}, 150_000, []time.Duration{0, 2 * time.Millisecond}},
		"ramp":                  {[]Phase{{Duration: 10 * time.Second, From: 0, To: 2}}, 10, []time.Duration{0, 3162277660, 4472135955}},
		"pause, then":           {[]Phase{constant(0, time.Minute), constant(1, 2*time.Second)}, 2, []time.Duration{time.Minute, 61 * time.Second}},
		"steps":                 {[]Phase{constant(1, 2*time.Second), constant(2, 2*time.Second)}, 6, []time.Duration{0, time.Second, 2 * time.Second, 2500 * time.Millisecond}},
		"down to nothing":       {[]Phase{{Duration: 4 * time.Second, From: 2, To: 0}, constant(0, time.Hour)}, 4, nil},
		"nobody":                {[]Phase{constant(0, time.Minute)}, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := Plan{Phases: c.phases, Mix: []Scenario{{Weight: 1, Requests: make([]Request, 2)}}}
			if got := p.Total(); got != c.want {
				t.Errorf("%d arrive, want %d", got, c.want)
			}
			for k, want := range c.first {
				if got := p.Due(k); got != want {
					t.Errorf("number %d is due at %s, want %s", k, got, want)
				}
			}
			if got := p.Planned(p.Length()); got != 2*c.want {
				t.Errorf("%d requests, want %d", got, 2*c.want)
			}
		})
	}
}

// Shards together are the plan: each arrival once, at its time, doing the same.
func TestShardsAreTheWhole(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	for i := range 300 {
		p, n := some(rng), 1+rng.IntN(5)
		seen := map[int]time.Duration{}
		requests := 0
		for s := 1; s <= n; s++ {
			part := p.Shard(s, n)
			requests += part.Planned(part.Length())
			for k := range part.Total() {
				if _, double := seen[part.Arrival(k)]; double {
					t.Fatalf("plan %d: arrival %d is sent twice", i, part.Arrival(k))
				}
				seen[part.Arrival(k)] = part.Due(k)
				if part.scenario(part.Arrival(k)).Name != p.scenario(part.Arrival(k)).Name {
					t.Fatalf("plan %d: a shard chose otherwise", i)
				}
			}
		}
		if len(seen) != p.Total() || requests != p.Planned(p.Length()) {
			t.Fatalf("plan %d: %d arrivals and %d requests in %d shards, want %d and %d", i, len(seen), requests, n, p.Total(), p.Planned(p.Length()))
		}
		for number, at := range seen {
			if at != p.Due(number) {
				t.Fatalf("plan %d: a shard sends number %d at another time", i, number)
			}
		}
	}
}

// The mix is by weight, and the same for the same seed alone.
func TestMix(t *testing.T) {
	p := Plan{Seed: 7, Mix: []Scenario{{Name: "a", Weight: 6}, {Name: "b", Weight: 3}, {Name: "c", Weight: 1}}}
	draw := func(p Plan) (list []string) {
		for k := range 20_000 {
			list = append(list, p.scenario(k).Name)
		}
		return list
	}
	first := draw(p)
	if !slices.Equal(first, draw(p)) {
		t.Error("the same seed chooses otherwise")
	}
	counts := map[string]int{}
	for _, name := range first {
		counts[name]++
	}
	for name, want := range map[string]int{"a": 12_000, "b": 6000, "c": 2000} {
		if got := counts[name]; math.Abs(float64(got-want)) > 4*math.Sqrt(float64(want)) {
			t.Errorf("%s was chosen %d times, want about %d", name, got, want)
		}
	}
	p.Seed = 8
	if slices.Equal(first, draw(p)) {
		t.Error("another seed chooses the same")
	}
}
