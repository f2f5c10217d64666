package load

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// A result is read as it was written, and one that was changed by hand is not.
//
// Attack: tampered-load
func TestParseResult(t *testing.T) {
	r := played(plan(50, 4*time.Second))
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ParseResult(text); err != nil || !reflect.DeepEqual(again, r) {
		t.Errorf("it reads as another: %v", err)
	}
	change := func(f func(*Result)) string {
		var c Result
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatal(err)
		}
		f(&c)
		out, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	for name, c := range map[string]string{
		"cut off":                    string(text[:len(text)/2]),
		"two":                        string(text) + string(text),
		"an unknown key":             strings.Replace(string(text), `"version"`, `"extra":1,"version"`, 1),
		"a list":                     "[]",
		"another version":            change(func(r *Result) { r.Version = 2 }),
		"fewer errors":               change(func(r *Result) { r.Errors-- }),
		"more requests":              change(func(r *Result) { r.Requests++ }),
		"a route's errors":           change(func(r *Result) { r.Routes[0].Errors = r.Routes[0].Requests + 1 }),
		"a status":                   change(func(r *Result) { r.Routes[0].Status["200"]-- }),
		"a status that is none":      change(func(r *Result) { r.Routes[0].Status["ok"] = 0 }),
		"a latency":                  change(func(r *Result) { r.Routes[0].Latencies[3][1]++ }),
		"latencies that fall":        change(func(r *Result) { r.Routes[0].Latencies[3][0] = 0 }),
		"a faster p99":               change(func(r *Result) { r.Latency.P99-- }),
		"a route's faster p99":       change(func(r *Result) { r.Routes[0].Latency.P99-- }),
		"an interval":                change(func(r *Result) { r.Series[1].Requests++ }),
		"an interval's errors":       change(func(r *Result) { r.Series[1].Errors = -1 }),
		"valid without being so":     change(func(r *Result) { r.Invalid = []string{"late"} }),
		"invalid without words":      change(func(r *Result) { r.Valid = false }),
		"invalid for no reason":      change(func(r *Result) { r.Valid, r.Invalid = false, []string{""} }),
		"an end before the begin":    change(func(r *Result) { r.Ended = r.Began.Add(-1) }),
		"a rate below nothing":       change(func(r *Result) { r.AchievedRate = -1 }),
		"cold starts without counts": change(func(r *Result) { r.Colds = &Colds{Count: 1, Durations: [][2]int64{{1, 2}}} }),
	} {
		if _, err := ParseResult([]byte(c)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func FuzzParseResult(f *testing.F) {
	for _, p := range []Plan{plan(5, 2*time.Second), plan(5, 2*time.Second).Shard(1, 2)} {
		text, err := json.Marshal(played(p))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"version":1,"valid":true}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ParseResult(text)
		if err != nil {
			return
		}
		// What was accepted can be told, judged and written again.
		Describe(r, Judge(r), nil)
		out, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParseResult(out); err != nil || again.Requests != r.Requests {
			t.Errorf("it cannot be read again: %v", err)
		}
	})
}

func FuzzParseData(f *testing.F) {
	f.Add("a.csv", "a,b\n1,\"2\n3\"\n")
	f.Add("a.jsonl", "{\"a\":1,\"b\":[null]}\n\n{\"b\":2,\"a\":\"x\"}")
	f.Fuzz(func(t *testing.T, file, text string) {
		d, err := ParseData(file, []byte(text))
		if err != nil {
			return
		}
		for _, row := range d.Rows {
			if len(row) != len(d.Columns) {
				t.Errorf("%d values for %d names", len(row), len(d.Columns))
			}
		}
		p := plan(1, time.Second)
		p.Data = []Data{d}
		if err := p.Validate(); err != nil {
			t.Errorf("rows that no plan takes: %v", err)
		}
	})
}
