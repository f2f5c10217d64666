package load

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/schematest"
)

var update = flag.Bool("update", false, "rewrite schemas and golden files")

var begin = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// play is what a generator would have told of a plan: every request that is due,
// with an outcome that follows from its number.
func play(p Plan, tell func(Outcome)) {
	for k := range p.Total() {
		u := p.User(p.Arrival(k))
		due := p.Due(k)
		for step := range u.Left() {
			rng := rand.New(rand.NewPCG(uint64(p.Arrival(k)), uint64(step)))
			o := Outcome{User: p.Arrival(k), Step: step, Route: u.scenario.Requests[step].Name, Due: due, Status: 200, BytesIn: rng.Int64N(999), BytesOut: 7,
				Began: due + time.Duration(rng.IntN(900))*time.Microsecond, Latency: time.Duration(1000+rng.ExpFloat64()*20_000) * time.Microsecond}
			switch rng.IntN(40) {
			case 0:
				o.Status = 503
			case 1:
				o.Status, o.Trouble = 0, Timeout
			case 2:
				o.Failed = []string{"no $.id"}
			}
			tell(o)
			due += o.Latency
		}
	}
}

func played(p Plan) Result {
	r := NewRecorder(p)
	play(p, r.Record)
	return r.Result(End{Began: begin, Ended: begin.Add(p.Length()), Generator: Generator{CPUSeconds: 1, CPUShare: 0.2, MemoryMB: 30, Sockets: 4}})
}

func plan(rate float64, d time.Duration) Plan {
	return Plan{Name: "p", Target: "http://127.0.0.1:80/x", Phases: []Phase{{Duration: d, From: rate, To: rate}}, Mix: []Scenario{{Name: "a", Weight: 1, Requests: []Request{{Name: "GET /a", Method: "GET", Path: "/a"}}}}}
}

// same compares all of two results but what several generators need more of.
func same(t *testing.T, got, want Result) {
	t.Helper()
	got.Shards, got.Generator.CPUSeconds, got.Generator.Sockets = nil, want.Generator.CPUSeconds, want.Generator.Sockets
	if !reflect.DeepEqual(got, want) {
		a, _ := json.MarshalIndent(got, "", " ")
		b, _ := json.MarshalIndent(want, "", " ")
		la, lb := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
		for i := range min(len(la), len(lb)) {
			if la[i] != lb[i] {
				t.Fatalf("line %d of the merge is %s, of the whole %s", i, la[i], lb[i])
			}
		}
		t.Fatalf("they differ in length, or in nothing that is shown:\n%v\n%v", got, want)
	}
}

// The merge of all parts is what one generator measures, in every figure.
func TestMergeIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	for range 60 {
		p, n := some(rng), 1+rng.IntN(5)
		if p.Total() == 0 {
			continue
		}
		whole := played(p)
		var parts []Result
		for _, i := range rng.Perm(n) {
			one := played(p.Shard(i+1, n))
			text, err := json.Marshal(one)
			if err != nil {
				t.Fatal(err)
			}
			if one, err = ParseResult(text); err != nil {
				t.Fatal(err)
			}
			parts = append(parts, one)
		}
		merged, err := Merge(parts)
		if err != nil {
			t.Fatal(err)
		}
		same(t, merged, whole)
		text, err := json.Marshal(merged)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseResult(text); err != nil {
			t.Fatalf("the merged result is refused: %v", err)
		}
	}
}

func TestMergeRefuses(t *testing.T) {
	p := plan(50, 4*time.Second)
	part := func(i, n int) Result { return played(p.Shard(i, n)) }
	other := played(plan(60, 4*time.Second).Shard(2, 2))
	for name, c := range map[string]struct {
		parts []Result
		want  string
	}{
		"none":          {nil, "no result to merge"},
		"one missing":   {[]Result{part(1, 3), part(3, 3)}, "2 results are there of 3 shards"},
		"one twice":     {[]Result{part(1, 2), part(1, 2)}, "is there twice"},
		"other plan":    {[]Result{part(1, 2), other}, "another plan"},
		"a whole":       {[]Result{played(p), part(1, 2)}, "is a whole result"},
		"a lone shard":  {[]Result{part(1, 2)}, "1 results are there of 2 shards"},
		"other shares":  {[]Result{part(1, 2), part(2, 3)}, "2 results are there of 3 shards"},
		"out of bounds": {[]Result{{Shards: []string{"3/2"}}, part(1, 2)}, "is no shard"},
	} {
		if _, err := Merge(c.parts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if one, err := Merge([]Result{played(p)}); err != nil || !reflect.DeepEqual(one, played(p)) {
		t.Errorf("a whole result alone is its own merge: %v", err)
	}
}

// Percentiles are those of the sorted list, by nearest rank.
func TestPercentilesAreExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	for range 500 {
		n := 1 + rng.IntN(2500)
		var list []int64
		h := histogram{}
		for range n {
			v := rng.Int64N(1 + rng.Int64N(5000))
			list = append(list, v)
			h[v]++
		}
		slices.Sort(list)
		for _, perMille := range []int{500, 900, 950, 990, 999, 1000} {
			if got, want := Rank(h.pairs(), int64(perMille)), list[(n*perMille+999)/1000-1]; got != want {
				t.Fatalf("p%d of %d is %d, want %d", perMille, n, got, want)
			}
		}
	}
	if p := PercentilesOf([][2]int64{{1000, 19}, {2000, 1}}); p.P95 != 1 || p.P99 != 2 || p.Mean != 1.05 || p.Max != 2 {
		t.Errorf("%+v", p)
	}
	if PercentilesOf(nil) != (Percentiles{}) {
		t.Error("nothing has percentiles")
	}
}

func TestSeries(t *testing.T) {
	for length, want := range map[time.Duration]int{20 * time.Second: 20, 9 * time.Minute: 540, 30 * time.Minute: 450, 5 * time.Hour: 530, 1500 * time.Millisecond: 2} {
		p := plan(2, length)
		r := played(p)
		if len(r.Series) != want || len(r.Series) > mostIntervals {
			t.Errorf("%s: %d intervals, want %d", length, len(r.Series), want)
		}
		if r.PeakRate != 2 {
			t.Errorf("%s: the peak is %g", length, r.PeakRate)
		}
		sum := 0.0
		for _, in := range r.Series {
			sum += in.Seconds
			if in.Target != 2 {
				t.Fatalf("%s: the target is %g at %g", length, in.Target, in.At)
			}
		}
		if sum != length.Seconds() {
			t.Errorf("%s: the series lasts %g s", length, sum)
		}
	}
	// Whoever goes on for long behind the last arrival does not make it longer.
	p := plan(2, 10*time.Second)
	rec := NewRecorder(p)
	rec.Record(Outcome{Route: "GET /a", Step: 1, Due: time.Hour, Began: time.Hour, Status: 200})
	if r := rec.Result(End{Began: begin, Ended: begin}); len(r.Series) != mostIntervals || r.Series[mostIntervals-1].Requests != 1 {
		t.Errorf("%d intervals", len(r.Series))
	}
}

// A thousand kinds of failed checks are no thousand rows.
func TestFailedChecksAreBounded(t *testing.T) {
	p := plan(500, 10*time.Second)
	rec := NewRecorder(p)
	for k := range 1000 {
		rec.Record(Outcome{Route: "GET /a", Status: 200, Failed: []string{strings.Repeat("x", k)}})
	}
	at := rec.Result(End{Began: begin, Ended: begin}).Routes[0]
	if len(at.Failed) != mostFailed+1 || at.Failed[otherFailed] != 1000-mostFailed || at.Checks != 1000 || at.Errors != 1000 {
		t.Errorf("%d kinds, %d others, %d requests", len(at.Failed), at.Failed[otherFailed], at.Checks)
	}
}

func TestResultSchema(t *testing.T) {
	schema := schematest.Of(t, "../../schemas/load-result.schema.json", "Result of a load test", "What cutover load and load-test measured.", &Result{}, *update)
	p := plan(50, 4*time.Second)
	for name, r := range map[string]Result{"whole": played(p), "shard": played(p.Shard(2, 3)), "nothing sent": NewRecorder(p).Result(End{Began: begin, Ended: begin})} {
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Check(string(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if schema.Check(`{"version": 1}`) == nil {
		t.Error("the schema accepts a result without figures")
	}
}
