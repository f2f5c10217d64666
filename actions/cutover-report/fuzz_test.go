package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/load"
)

// Each input has a target of its own reading: what one of them takes for good must
// hold what the rest of the action relies on, and what was taken reads back as
// itself. kind chooses the input, so that the fuzzer mutates texts of one shape.
func FuzzInputs(f *testing.F) {
	text, _ := json.Marshal(costs)
	small := measurement(40_000, 1, 0)
	small.Requests, small.Arrivals, small.Status = 2, 2, map[string]int{"200": 2}
	small.Routes[0].Requests, small.Routes[0].Status, small.Routes[0].Latencies = 2, small.Status, [][2]int64{{40_000, 2}}
	small.Routes[0].Latency = load.PercentilesOf(small.Routes[0].Latencies)
	small.Latency, small.Series[0].Requests = small.Routes[0].Latency, 2
	result, _ := json.Marshal(small)
	if _, err := load.ParseResult(result); err != nil {
		f.Fatal(err)
	}
	for kind, seeds := range [][]string{
		{"2026-11-23T12:00:00Z/2026-11-23T13:00:00Z", "2026-11-23T12:00:00+01:00/2026-11-23T12:00:00Z", "2026-11-16T00:00:00.5Z / 2026-11-23T00:00:00Z", "/", "0000-01-01T00:00:00Z/9999-12-31T23:59:59Z"},
		{"ada-lovelace", "@ada", " ada ", "Ada Lovelace", "a\u202eb", "", "acme_ada"},
		{"{}", string(text), string(text) + "{}", strings.Replace(string(text), "88.5", "-1", 1), strings.Replace(string(text), "88.5", "1e999", 1)},
		{"blue.json", "a.json, b.json", ",", "a.json,,b.json\n"},
		{string(result), string(result) + "x", "{}"},
		{"7", "0", "-1", "+7", "007", "9223372036854775808", "7/../8"},
	} {
		for _, seed := range seeds {
			f.Add(uint8(kind), seed)
		}
	}
	readers := []func(*testing.T, string){fuzzWindow, fuzzApprover, fuzzCost, fuzzNames, fuzzLoad, fuzzRun}
	f.Fuzz(func(t *testing.T, kind uint8, text string) { readers[int(kind)%len(readers)](t, text) })
}

// The number of a run can stand in an address, and nothing else can.
func fuzzRun(t *testing.T, text string) {
	run, err := parseRun(text)
	if err == nil && (run <= 0 || strings.Trim(text, "+0123456789") != "") {
		t.Errorf("%q is %d", text, run)
	}
}

// A window ends behind its beginning, reads back from how it is told, and its days
// are whole, within it, and no more than a day shorter at either end.
func fuzzWindow(t *testing.T, text string) {
	w, err := parseWindow(text)
	if err != nil {
		return
	}
	if !w.From.Before(w.To) || w.From.Location() != time.UTC {
		t.Fatalf("%q is %v", text, w)
	}
	if again, err := parseWindow(w.From.Format(time.RFC3339Nano) + "/" + w.To.Format(time.RFC3339Nano)); err != nil || again != w {
		t.Errorf("%q is %v, then %v: %v", text, w, again, err)
	}
	days, whole := wholeDays(w)
	if days.From.Before(w.From) || days.To.After(w.To) || !days.From.Equal(days.From.Truncate(24*time.Hour)) || days.From.Sub(w.From) >= 24*time.Hour || w.To.Sub(days.To) >= 24*time.Hour {
		t.Errorf("%v has the days %v", w, days)
	}
	if whole != days.From.Before(days.To) {
		t.Errorf("%v: %v", days, whole)
	}
}

// An account can stand in an address, in a table and in a line.
func fuzzApprover(t *testing.T, text string) {
	name, err := parseApprover(text)
	if err != nil {
		return
	}
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" || name == "" || len(name) > 100 {
		t.Errorf("%q is %q", text, name)
	}
	if again, err := parseApprover("@" + name); err != nil || again != name {
		t.Errorf("%q, then %q: %v", name, again, err)
	}
}

// A cost is one when it is written again, and holds nothing that a projection
// cannot be.
func fuzzCost(t *testing.T, text string) {
	v, what := parseCost([]byte(text))
	if what != "" {
		return
	}
	for _, a := range []float64{v.Days, v.Shared, v.Blue.Low, v.Blue.Median, v.Blue.High, v.Green.Median, v.Traffic.Low, v.Traffic.High} {
		if a < 0 || math.IsNaN(a) || math.IsInf(a, 0) {
			t.Errorf("%q holds %f", text, a)
		}
	}
	again, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if _, what := parseCost(again); what != "" {
		t.Errorf("%q reads back as none: %s", text, what)
	}
}

// Names are never empty, hold no comma, and repeating them together or one by one
// is the same.
func fuzzNames(t *testing.T, text string) {
	all := names([]string{text})
	for _, name := range all {
		if name == "" || strings.Contains(name, ",") || strings.TrimSpace(name) != name {
			t.Errorf("%q holds %q", text, name)
		}
	}
	if one := names(all); strings.Join(one, ",") != strings.Join(all, ",") {
		t.Errorf("%q is %q, then %q", text, all, one)
	}
}

// Whatever lies in a file is a load result or a fault that names the input; never
// a panic, and never a side of fewer answers than were counted.
func fuzzLoad(t *testing.T, text string) {
	path := filepath.Join(t.TempDir(), "load.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := readLoad("blue", nameBlue, []string{path})
	if err != nil {
		if fault.KindOf(err) == fault.Input && !strings.Contains(err.Error(), "blue") {
			t.Errorf("%v does not say which input", err)
		}
		return
	}
	if m.side.Requests < counted(m.side.Latencies) || m.side.Errors5xx > m.side.Requests || len(m.files) != 1 || m.files[0].SHA256 != digest([]byte(text)) {
		t.Errorf("%q is %+v", text, m.side)
	}
}
