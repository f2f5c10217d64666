package load

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A block's latency is off by 0.2% at most, whatever it is, and what is small is
// as it was.
func TestRoundedLatencies(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 1))
	for range 100_000 {
		us := rng.Int64N(1 + rng.Int64N(1<<(1+rng.IntN(40))))
		got := rounded(us)
		if math.Abs(float64(got-us)) > 0.002*float64(us) || us < 1<<digits && got != us {
			t.Fatalf("%d is rounded to %d", us, got)
		}
		if next := rounded(us + 1); next < got {
			t.Fatalf("%d is rounded to %d, one more to %d", us, got, next)
		}
	}
}

// Each answer is in the block of its minute; together they are the routes'.
func TestMinutes(t *testing.T) {
	r := played(plan(20, 150*time.Second))
	if len(r.Minutes) != 3 || r.Minutes[1].At != 60 || r.Minutes[1].Seconds != 60 || r.Minutes[2].Seconds != 30 || r.Minutes[1].Requests != 1200 || r.Minutes[2].Requests != 600 {
		t.Fatalf("%+v", r.Minutes)
	}
	var all [][2]int64
	errors := 0
	for _, b := range r.Minutes {
		all, errors = joined(all, b.Latencies), errors+b.Errors
	}
	want := histogram{}
	for _, p := range r.Latencies() {
		want[rounded(p[0])] += p[1]
	}
	if !slices.Equal(all, want.pairs()) || errors != r.Errors || errors == 0 {
		t.Errorf("%d errors of %d, %d latencies of %d", errors, r.Errors, count(all), count(want.pairs()))
	}
	for length, want := range map[time.Duration]float64{20 * time.Second: 20, 3 * time.Hour: 60, 24 * time.Hour: 420} {
		if p := plan(1, length); p.minute().Seconds() != max(want, 60) || int(length/p.minute()) > mostBlocks {
			t.Errorf("%s: blocks of %s", length, p.minute())
		}
	}
	// Whoever goes on for long behind the last arrival makes no more of them.
	rec := NewRecorder(plan(2, 10*time.Second))
	rec.Record(Outcome{Route: "GET /a", Step: 1, Due: 9 * time.Hour, Began: 9 * time.Hour, Status: 200})
	if r := rec.Result(End{Began: begin, Ended: begin}); len(r.Minutes) != mostBlocks || r.Minutes[mostBlocks-1].Requests != 1 {
		t.Errorf("%d blocks", len(r.Minutes))
	}
}

// Half an hour at 100 requests a second: the minutes add little to the result.
func TestMinutesStaySmall(t *testing.T) {
	p := plan(100, 30*time.Minute)
	rec := NewRecorder(p)
	rng := rand.New(rand.NewPCG(8, 1))
	for k := range p.Total() {
		due := p.Due(k)
		// A median of 45 ms with a tail: p99 is at 180 ms.
		rec.Record(Outcome{Route: "GET /a", Due: due, Began: due, Status: 200, Latency: time.Duration(45_000*math.Exp(0.6*rng.NormFloat64())) * time.Microsecond})
	}
	r := rec.Result(End{Began: begin, Ended: begin.Add(p.Length())})
	size := func(v any) int {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return len(text)
	}
	minutes, whole := size(r.Minutes), size(r)
	t.Logf("%d bytes in all, %d of them the minutes", whole, minutes)
	if len(r.Minutes) != 30 || minutes > 400_000 {
		t.Errorf("%d minutes in %d bytes", len(r.Minutes), minutes)
	}
}

// Minutes that are not the routes' requests were not written by us; a result of
// an older version has none.
func TestMinutesThatContradict(t *testing.T) {
	for name, spoil := range map[string]func(*Result){
		"a request more":   func(r *Result) { r.Minutes[0].Requests++ },
		"an error more":    func(r *Result) { r.Minutes[0].Errors++ },
		"an answer more":   func(r *Result) { r.Minutes[0].Latencies[0][1]++ },
		"falling":          func(r *Result) { slices.Reverse(r.Minutes[0].Latencies) },
		"too many minutes": func(r *Result) { r.Minutes = append(r.Minutes, make([]Block, mostBlocks)...) },
		"no number":        func(r *Result) { r.Minutes[0].At = -1 },
	} {
		r := played(plan(20, 90*time.Second))
		spoil(&r)
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseResult(text); err == nil {
			t.Errorf("%s passes", name)
		}
		r.Minutes = nil
		if text, err = json.Marshal(r); err != nil {
			t.Fatal(err)
		}
		if _, err := ParseResult(text); err != nil {
			t.Errorf("a result of an older version: %v", err)
		}
	}
}
