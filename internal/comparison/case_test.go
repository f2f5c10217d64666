package comparison_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/schematest"
)

var update = flag.Bool("update", false, "rewrite the golden files and the schema")

// healthy is a comparison in which all is well. A case is a change of it: a new
// case is a new folder with a change.json.
func healthy() comparison.Input {
	from := time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)
	even, target := 35.7e6, 16.7e6
	in := comparison.Input{
		Project: "LEGO-API", Stage: "production", Policy: comparison.Defaults(),
		Blue: comparison.Side{Name: "ECS", Source: "load result blue.json", Window: comparison.Window{From: from, To: from.Add(30 * time.Minute)}, Errors5xx: 12, PeakRate: 500.2, PeakTarget: 500},
		Green: comparison.Side{Name: "Lambda", Source: "load result green.json", Window: comparison.Window{From: from.Add(time.Hour), To: from.Add(90 * time.Minute)}, Errors5xx: 9, PeakRate: 499.1, PeakTarget: 500,
			ColdsKnown: true, ColdStarts: drawn(9, 360, 700_000, 0.18)},
		Cost: &comparison.CostView{
			Prices: "list prices of us-east-1, 2026-11-01", Days: 14, Shared: 61.4, BreakEven: &even, TargetAt: &target,
			Blue:     comparison.CostSide{Low: 88.5, Median: 88.5, High: 88.5, PerMillion: 10.92, Parts: []comparison.CostPart{{Name: "Fargate, 2 tasks of 1 vCPU and 2 GB", Monthly: 72.08}, {Name: "load balancer", Monthly: 16.43}}},
			Green:    comparison.CostSide{Low: 19.2, Median: 36.4, High: 71.7, PerMillion: 4.49, Parts: []comparison.CostPart{{Name: "RDS Proxy", Monthly: 21.9}, {Name: "requests of the HTTP API", Monthly: 8.1}, {Name: "Lambda", Monthly: 6.4}}},
			Traffic:  comparison.Traffic{Low: 2.3e6, Median: 8.1e6, High: 19.4e6},
			Variants: []comparison.Variant{{Name: "256 MB, arm", Monthly: 34.1}, {Name: "512 MB, arm", Monthly: 36.4, Current: true}, {Name: "512 MB, x86", Monthly: 37.9}, {Name: "1024 MB, arm", Monthly: 41.8}},
			Notes:    []string{"Blue keeps its tasks at any traffic."},
		},
		Files: []comparison.File{{Name: "blue.json", SHA256: strings.Repeat("1f", 32)}, {Name: "green.json", SHA256: strings.Repeat("e0", 32)}},
	}
	for i := range 21 {
		m := 2.5e6 * float64(i)
		in.Cost.Curve = append(in.Cost.Curve, comparison.CostPoint{Requests: m, Blue: 88.5, Green: 21.9 + m*1.8655e-6})
	}
	in.Blue.Latencies, in.Green.Latencies = drawn(1, 60_000, 42_000, 0.45), join(drawn(2, 59_640, 37_000, 0.4), in.Green.ColdStarts)
	in.Blue.Requests, in.Green.Requests = 60_000, 60_000
	return in
}

// drawn is a log-normal sample, in a tenth of a millisecond so that files stay
// small.
func drawn(seed uint64, n int, median, spread float64) [][2]int64 {
	r, seen := rand.New(rand.NewPCG(seed, 1)), map[int64]int64{}
	for range n {
		seen[int64(median*math.Exp(spread*r.NormFloat64()))/100*100]++
	}
	return sorted(seen)
}

func join(lists ...[][2]int64) [][2]int64 {
	seen := map[int64]int64{}
	for _, l := range lists {
		for _, p := range l {
			seen[p[0]] += p[1]
		}
	}
	return sorted(seen)
}

func sorted(seen map[int64]int64) (pairs [][2]int64) {
	for v, n := range seen {
		pairs = append(pairs, [2]int64{v, n})
	}
	slices.SortFunc(pairs, func(a, b [2]int64) int { return int(a[0] - b[0]) })
	return pairs
}

// change is what a case makes of the healthy comparison.
type change struct {
	// Green and Blue make a side slower, or give it other requests.
	Blue, Green struct {
		Scale      float64    // times as slow
		Only       int        // so many requests, drawn anew
		Lost       int64      // requests without an answer
		Latencies  [][2]int64 // in place of all
		Errors5xx  *int64
		ColdStarts *[][2]int64
		ColdsKnown *bool
		// Counted of them by somebody who keeps no durations, so many of them slow.
		Counted, Slow int64
		PeakRate      *float64
		PeakTarget    *float64
		Invalid       []string
		Stopped       string
		Minutes       [][3]float64 // p50, p95, p99 of minutes, in place of latencies
		Name          string
		ByMinute      bool // dealt out to thirty minutes
		Burst         bool // all errors of four minutes in thirty
	}
	NoCost bool
	Cost   *json.RawMessage
	Billed *comparison.Billed
	Policy string // as in cutover.yaml
}

func input(t testing.TB, name string) comparison.Input {
	t.Helper()
	in := healthy()
	text, err := os.ReadFile(filepath.Join("testdata", name, "change.json"))
	if err != nil {
		t.Fatal(err)
	}
	var c change
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		t.Fatal(err)
	}
	for i, s := range []*comparison.Side{&in.Blue, &in.Green} {
		x := c.Blue
		if i == 1 {
			x = c.Green
		}
		if x.Only > 0 {
			s.Latencies, s.Requests = drawn(uint64(7+i), x.Only, 40_000, 0.45), int64(x.Only)
		}
		if x.Scale > 0 {
			for j := range s.Latencies {
				s.Latencies[j][0] = int64(float64(s.Latencies[j][0]) * x.Scale)
			}
		}
		if x.Latencies != nil {
			s.Latencies = x.Latencies
		}
		if x.Minutes != nil {
			s.Latencies = nil
			for _, m := range x.Minutes {
				s.Minutes = append(s.Minutes, comparison.Minute{Requests: s.Requests / int64(len(x.Minutes)), P50: m[0], P95: m[1], P99: m[2]})
			}
		}
		s.Requests += x.Lost
		set(&s.Errors5xx, x.Errors5xx)
		set(&s.ColdStarts, x.ColdStarts)
		set(&s.ColdsKnown, x.ColdsKnown)
		set(&s.PeakRate, x.PeakRate)
		set(&s.PeakTarget, x.PeakTarget)
		s.ColdsCounted, s.ColdsSlow = x.Counted, x.Slow
		s.Invalid, s.Stopped = x.Invalid, x.Stopped
		if x.Name != "" {
			s.Name = x.Name
		}
		if x.ByMinute {
			s.Minutes = dealt(s.Latencies)
		}
		if x.Burst {
			for m := range int64(30) {
				s.Minutes = append(s.Minutes, comparison.Minute{Requests: s.Requests / 30, Errors5xx: (m % 8 / 7) * s.Errors5xx / 3})
			}
		}
	}
	if c.NoCost {
		in.Cost = nil
	}
	if c.Cost != nil {
		if err := json.Unmarshal(*c.Cost, in.Cost); err != nil {
			t.Fatal(err)
		}
	}
	in.Billed = c.Billed
	if c.Policy != "" {
		if err := strict.Decode("comparison", []byte(c.Policy), &in.Policy); err != nil {
			t.Fatal(err)
		}
	}
	return in
}

// dealt gives each request to one of thirty minutes.
func dealt(all [][2]int64) []comparison.Minute {
	minutes, r := make([]comparison.Minute, 30), rand.New(rand.NewPCG(30, 1))
	for _, p := range all {
		for range p[1] {
			m := &minutes[r.IntN(len(minutes))]
			m.Requests++
			if last := len(m.Latencies) - 1; last >= 0 && m.Latencies[last][0] == p[0] {
				m.Latencies[last][1]++
				continue
			}
			m.Latencies = append(m.Latencies, [2]int64{p[0], 1})
		}
	}
	return minutes
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func cases(t testing.TB) (names []string) {
	t.Helper()
	all, _ := filepath.Glob("testdata/*/change.json")
	for _, path := range all {
		names = append(names, filepath.Base(filepath.Dir(path)))
	}
	if len(names) < 10 {
		t.Fatalf("only %d cases", len(names))
	}
	return names
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs (rewrite it with -update)\n%s", path, got)
	}
}

var approved = comparison.Approval{Approver: "Ada Lovelace (product)", At: time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)}

// Each case has its report, its decision record and its text; the report reads
// back as itself and fits its schema.
//
// Shows: 5.6.1, 5.6.2, 5.6.5
func TestCases(t *testing.T) {
	schema := schematest.Of(t, "../../schemas/comparison.schema.json", "comparison", "Whether green is as good as blue and cheaper, row by row, with the decision that follows.", comparison.Report{}, *update)
	for _, name := range cases(t) {
		t.Run(name, func(t *testing.T) {
			r := comparison.Judge(input(t, name))
			text, err := r.Canonical()
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", name, "report.golden.json"), string(text))
			if err := schema.Check(string(text)); err != nil {
				t.Error(err)
			}
			again, err := comparison.ParseReport("report", text)
			if err != nil {
				t.Fatal(err)
			}
			if second, _ := again.Canonical(); !bytes.Equal(second, text) || !reflect.DeepEqual(again.Document(), r.Document()) {
				t.Error("the report reads back as another")
			}
			record, err := again.Record(approved)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", name, "decision.golden.md"), record)
			golden(t, filepath.Join("testdata", name, "text.golden"), report.Terminal(again.Document(), false))
			if folder := os.Getenv("COMPARISON_SAMPLE"); folder != "" {
				page, err := again.HTML()
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(folder, name+".html"), page, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
