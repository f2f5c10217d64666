package baseline_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/baseline"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

var (
	noon   = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	policy = rollout.Policy{Rules: judge.Rules{Objectives: judge.Limits(0.01, 0.05)}}
	pair   = baseline.Pair{Stage: "production", Blue: "blue.example.com", Green: "green.example.com"}
	smoke  = []baseline.Answer{{Side: "blue", Request: "GET /health"}, {Side: "green", Request: "GET /health"}}
)

// measured are n minutes in which each side had 100 requests, with errors.
func measured(n int, greenErrors, blueErrors int64) []judge.Minute {
	var all []judge.Minute
	for i := range n {
		all = append(all, judge.Minute{
			Start:  noon.Add(time.Duration(i-n) * time.Minute),
			Green:  judge.Counts{Present: true, Requests: 100, Errors: greenErrors, Slow: 1, Invocations: 100, ColdStarts: 2, SlowColdStarts: 1},
			Blue:   judge.Counts{Present: true, Requests: 100, Errors: blueErrors, Slow: 1},
			Gauges: judge.NoGauges(),
		})
	}
	return all
}

func taken(minutes []judge.Minute) baseline.Baseline {
	return baseline.New("production", "blue.example.com", "green.example.com", noon, minutes, smoke)
}

func TestWhatIsStoredIsReadAgain(t *testing.T) {
	minutes := measured(40, 0, 0)
	minutes[7].Green = judge.Counts{}
	b := taken(minutes)
	again, err := baseline.Parse(b.Text())
	if err != nil || !reflect.DeepEqual(again, b) || !bytes.Equal(again.Text(), b.Text()) {
		t.Fatalf("%v", err)
	}
	for i, m := range again.Judged() {
		if m.Green != minutes[i].Green || m.Blue != minutes[i].Blue || !m.Start.Equal(minutes[i].Start) {
			t.Errorf("minute %d: %+v", i, m)
		}
	}
}

// Shows: 5.5.4
func TestARolloutBeginsOnlyWithAFittingBaseline(t *testing.T) {
	silent := measured(60, 0, 0)
	for i := range silent {
		if i >= 29 {
			silent[i].Green = judge.Counts{}
		}
	}
	for name, c := range map[string]struct {
		b    baseline.Baseline
		pair baseline.Pair
		now  time.Time
		want string // "" fits
	}{
		"as it should be":                {taken(measured(30, 0, 0)), pair, noon, ""},
		"two weeks later":                {taken(measured(30, 0, 0)), pair, noon.Add(14 * 24 * time.Hour), ""},
		"a day more":                     {taken(measured(30, 0, 0)), pair, noon.Add(15 * 24 * time.Hour), "15 days old"},
		"from a clock that runs ahead":   {taken(measured(30, 0, 0)), pair, noon.Add(-2 * time.Hour), "still to come"},
		"too short":                      {taken(measured(29, 0, 0)), pair, noon, "blue was measured for 29 minutes, and 30 are needed; green was measured for 29"},
		"one side silent":                {taken(silent), pair, noon, "green was measured for 29 minutes"},
		"of another stage":               {taken(measured(30, 0, 0)), baseline.Pair{Stage: "staging", Blue: pair.Blue, Green: pair.Green}, noon, "it is of production"},
		"of another green":               {taken(measured(30, 0, 0)), baseline.Pair{Stage: "production", Blue: pair.Blue, Green: "new.example.com"}, noon, "to new.example.com"},
		"green broken":                   {taken(measured(30, 1, 0)), pair, noon, "green breaks error_rate already: 30 of 3000 requests, and the limit is 1%"},
		"both broken the same":           {taken(measured(30, 1, 1)), pair, noon, ""},
		"errors below the limit":         {taken(append(measured(61, 1, 0)[:30], measured(31, 0, 0)...)), pair, noon, ""},
		"a wrong answer":                 {baseline.New("production", pair.Blue, pair.Green, noon, measured(30, 0, 0), append(smoke, baseline.Answer{Side: "green", Request: "GET /mocs", Wrong: "status 500"})), pair, noon, "green answered GET /mocs wrongly: status 500"},
		"nobody asked green by its name": {baseline.New("production", pair.Blue, pair.Green, noon, measured(30, 0, 0), smoke[:1]), pair, noon, "green was not asked anything"},
	} {
		err := c.b.Fit(policy, c.pair, c.now)
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), "command: baseline")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestADamagedBaselineIsNone(t *testing.T) {
	good := string(taken(measured(2, 0, 0)).Text())
	for name, c := range map[string]struct{ old, updated, want string }{
		"cut off":              {`"answers"`, ``, "invalid character"},
		"another format":       {`"format":1`, `"format":2`, "its format is 2"},
		"an unknown field":     {`"stage"`, `"stag"`, "unknown field"},
		"more errors than all": {`"errors":0`, `"errors":101`, "minute 1 counts what cannot be"},
		"a negative count":     {`"requests":100,"errors":0,"slow":1`, `"requests":100,"errors":0,"slow":-1`, "minute 1 counts"},
		"minutes out of order": {`11:59:00Z`, `11:58:00Z`, "minute 2 is no minute after"},
		"half a minute":        {`11:58:00Z`, `11:58:30Z`, "minute 1 is no minute"},
		"something behind":     {"]}\n", "]}{}", "something follows"},
	} {
		text := strings.Replace(good, c.old, c.updated, 1)
		if text == good {
			t.Fatalf("%s: %s is not in %s", name, c.old, good)
		}
		if _, err := baseline.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever is read fits the judge's words, and is written as it was read.
func FuzzParse(f *testing.F) {
	f.Add(taken(measured(2, 0, 0)).Text())
	f.Add([]byte(`{"format":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := baseline.Parse(text)
		if err != nil {
			return
		}
		again, err := baseline.Parse(b.Text())
		if err != nil || !bytes.Equal(again.Text(), b.Text()) {
			t.Errorf("%v: %s", err, b.Text())
		}
		for _, m := range b.Judged() {
			if m.Green.Errors > m.Green.Requests || m.Blue.Errors < 0 {
				t.Errorf("%+v", m)
			}
		}
	})
}
