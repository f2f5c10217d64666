package sim_test

import (
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/sim"
)

// parse reads a scenario of a few lines below the head that all share.
func parse(t testing.TB, lines string) sim.Scenario {
	t.Helper()
	s, err := sim.Parse("own.yaml", []byte(head+lines))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// world is a steady one, without bursts or a day's curve, at the weights.
func world(t testing.TB, lines string, green, blue int) *sim.World {
	t.Helper()
	w := sim.New(parse(t, "correlation: 0%\ntraffic: {amplitude: 0%}\n"+lines), 1)
	if err := w.SetWeights(green, blue); err != nil {
		t.Fatal(err)
	}
	return w
}

// whole waits until everything is complete and returns it.
func whole(t testing.TB, w *sim.World) []sim.Minute {
	t.Helper()
	minutes, err := w.Metrics(w.Start(), w.Now().Add(-2*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return minutes
}

// sound holds counts to what counting allows.
func sound(t testing.TB, minutes []sim.Minute) {
	t.Helper()
	for _, m := range minutes {
		for _, c := range []sim.Counts{m.Green, m.Blue} {
			switch {
			case !c.Present && c != (sim.Counts{}):
				t.Fatalf("%s: absent, and yet %+v", m.Start, c)
			case c.Present && c.Requests <= 0:
				t.Fatalf("%s: a point without requests", m.Start)
			case min(c.Errors, c.Slow, c.Rejected, c.ColdStarts, c.SlowColdStarts, c.Invocations, c.Throttles) < 0,
				c.Errors+c.Rejected > c.Requests, c.Slow > c.Requests, c.Throttles > c.Errors,
				c.Invocations+c.Throttles > c.Requests, c.ColdStarts > c.Invocations, c.SlowColdStarts > c.ColdStarts, c.SlowColdStarts > c.Slow:
				t.Fatalf("%s: impossible counts %+v", m.Start, c)
			}
		}
		if b := m.Blue; b.ColdStarts+b.SlowColdStarts+b.Invocations+b.Throttles != 0 {
			t.Fatalf("%s: blue is no Lambda: %+v", m.Start, b)
		}
	}
}

// equal compares minutes; NaN equals NaN.
func equal(a, b []sim.Minute) bool {
	bits := func(minutes []sim.Minute) (all [][4]uint64) {
		for _, m := range minutes {
			all = append(all, [4]uint64{math.Float64bits(m.Connections), math.Float64bits(m.DatabaseCPU), math.Float64bits(m.CacheMemory), math.Float64bits(m.CostPerMillion)})
		}
		return all
	}
	if len(a) != len(b) || !reflect.DeepEqual(bits(a), bits(b)) {
		return false
	}
	for i := range a {
		if a[i].Green != b[i].Green || a[i].Blue != b[i].Blue || !a[i].Start.Equal(b[i].Start) {
			return false
		}
	}
	return true
}

// phases are the weights of green and blue in a cutover.
var phases = map[time.Duration][2]int{0: {1, 9}, 2 * time.Hour: {1, 1}, 6 * time.Hour: {1, 0}}

// play runs the usual phases blindly and returns all that was seen.
func play(t testing.TB, s sim.Scenario, seed uint64, length time.Duration) (*sim.World, []sim.Minute) {
	t.Helper()
	w := sim.New(s, seed)
	var seen []sim.Minute
	for at := time.Duration(0); at < length; at += time.Minute {
		if weights, due := phases[at]; due {
			for range 50 { // a service that throttles lets the same call through later
				if err := w.SetWeights(weights[0], weights[1]); !errors.Is(err, sim.ErrThrottled) {
					break
				}
			}
		}
		w.Advance(time.Minute)
		newest, _ := w.Metrics(w.Now().Add(-5*time.Minute), w.Now())
		seen = append(seen, newest...)
		w.GreenHealthy()
		w.Orders()
	}
	return w, seen
}

func TestSameSeedSameWorld(t *testing.T) {
	for _, name := range sim.Names() {
		t.Run(name, func(t *testing.T) {
			s, err := sim.Find(name)
			if err != nil {
				t.Fatal(err)
			}
			a, seenA := play(t, s, 7, 8*time.Hour)
			b, seenB := play(t, s, 7, 8*time.Hour)
			c, _ := play(t, s, 8, 8*time.Hour)
			sound(t, seenA)
			if !equal(seenA, seenB) || !reflect.DeepEqual(a.Truth(), b.Truth()) || !equal(a.Baseline(), b.Baseline()) {
				t.Error("the same seed gives two worlds")
			}
			if reflect.DeepEqual(a.Truth(), c.Truth()) {
				t.Error("two seeds give one world")
			}
		})
	}
}

// What a policy does is not what makes the noise: how many clients come is the
// same under any weights, however often the world is looked at.
func TestWeightsDoNotChangeArrivals(t *testing.T) {
	a, b := world(t, "", 1, 9), world(t, "", 1, 1)
	for range 60 {
		a.Advance(time.Minute)
		b.Advance(30 * time.Second)
		if _, err := b.ProbeBlue(3); err != nil {
			t.Fatal(err)
		}
		b.Advance(30 * time.Second)
	}
	ma, mb := whole(t, a), whole(t, b)
	for i := range ma {
		if sum := ma[i].Green.Requests + ma[i].Blue.Requests; sum != mb[i].Green.Requests+mb[i].Blue.Requests || sum == 0 {
			t.Errorf("minute %d: %d and %d requests", i, sum, mb[i].Green.Requests+mb[i].Blue.Requests)
		}
	}
	if ma[30].Green.Requests >= mb[30].Green.Requests {
		t.Error("five times the weight brings no more requests")
	}
}

func TestTruthIsTheSumOfTheMinutes(t *testing.T) {
	w := world(t, "", 1, 1)
	w.Advance(62 * time.Minute)
	var green, both int64
	minutes, err := w.Metrics(w.Start(), w.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range minutes[:60] {
		green += m.Green.Requests
		both += m.Green.Requests + m.Blue.Requests
	}
	truth := w.Truth()
	if green > truth.GreenRequests || both > truth.Requests || len(truth.Shares) != 62 {
		t.Errorf("seen %d of %d and %d of %d, %d shares", green, truth.GreenRequests, both, truth.Requests, len(truth.Shares))
	}
	w.Advance(2 * time.Minute)
	if truth.Requests == w.Truth().Requests || len(truth.Shares) != 62 {
		t.Error("a truth that was handed out changed, or time brings nothing")
	}
	near(t, "requests a minute", float64(truth.Requests)/62, 1200, 5*math.Sqrt(1200/62.0))
}

func near(t testing.TB, what string, got, want, allowed float64) {
	t.Helper()
	if !(math.Abs(got-want) <= allowed) {
		t.Errorf("%s: %g, want %g within %g", what, got, want, allowed)
	}
}

func TestHealthyRatesAndDay(t *testing.T) {
	s := parse(t, "correlation: 0%\nbaseline: 1 d\n")
	w := sim.New(s, 3)
	var green, blue sim.Counts
	hours := map[int]float64{}
	history := w.Baseline()
	sound(t, history)
	for _, m := range history {
		add(&green, m.Green)
		add(&blue, m.Blue)
		hours[m.Start.Hour()] += float64(m.Blue.Requests) / 60
	}
	if !history[0].Start.Equal(w.Start().Add(-24*time.Hour)) || len(history) != 1440 {
		t.Errorf("%d minutes from %s", len(history), history[0].Start)
	}
	share := func(k, n int64) float64 { return float64(k) / float64(n) }
	for name, c := range map[string]sim.Counts{"green": green, "blue": blue} {
		near(t, name+" errors", share(c.Errors, c.Requests), 0.002, 0.0002)
		near(t, name+" slow", share(c.Slow, c.Requests), 0.02, 0.0006)
		near(t, name+" rejected", share(c.Rejected, c.Requests), 0.015, 0.0006)
	}
	near(t, "cold starts", share(green.ColdStarts, green.Invocations), 0.005, 0.0003)
	near(t, "slow cold starts", share(green.SlowColdStarts, green.ColdStarts), 0.002, 0.0025)
	near(t, "busiest hour", hours[14], 1680, 40)
	near(t, "quietest hour", hours[2], 720, 30)
}

// Bad requests of the world come in clumps as large as the scenario says.
func TestWorldIsCorrelated(t *testing.T) {
	const p, rho = 0.05, 0.1
	w := sim.New(parse(t, "correlation: 10%\nbaseline: 7 days\ntraffic: {amplitude: 0%, per_minute: 200}\ngreen: {errors: 5%}\nblue: {slow: 5%}\n"), 5)
	for name, bad := range map[string]func(sim.Minute) (k, n int64){
		"errors on green": func(m sim.Minute) (int64, int64) { return m.Green.Errors, m.Green.Requests },
		"slow on blue":    func(m sim.Minute) (int64, int64) { return m.Blue.Slow, m.Blue.Requests },
	} {
		var squares, size float64
		for _, m := range w.Baseline() {
			k, n := bad(m)
			squares += math.Pow(float64(k)-p*float64(n), 2)
			size += float64(n) * p * (1 - p)
		}
		near(t, name, (squares/size-1)/199, rho, 0.012)
	}
}

func add(sum *sim.Counts, c sim.Counts) {
	sum.Requests += c.Requests
	sum.Errors += c.Errors
	sum.Slow += c.Slow
	sum.Rejected += c.Rejected
	sum.ColdStarts += c.ColdStarts
	sum.SlowColdStarts += c.SlowColdStarts
	sum.Invocations += c.Invocations
	sum.Throttles += c.Throttles
}

// BenchmarkThirtyHours is one whole cutover, looked at every minute.
func BenchmarkThirtyHours(b *testing.B) {
	for _, name := range []string{"healthy", "late-break"} {
		b.Run(name, func(b *testing.B) {
			s, err := sim.Find(name)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for seed := uint64(0); b.Loop(); seed++ {
				w := sim.New(s, seed)
				_ = w.SetWeights(1, 9)
				for range 30 * 60 {
					w.Advance(time.Minute)
					_, _ = w.Metrics(w.Now().Add(-3*time.Minute), w.Now())
				}
			}
		})
	}
}
