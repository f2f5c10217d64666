package rollout_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/evidence"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// rates are the shares of bad requests in one minute of a made trace.
type rates struct{ greenErrors, greenSlow, blueErrors, blueSlow float64 }

// usual are the limits that a phase has unless they are set.
var usual = rollout.TraceLimits{Errors: 0.01, Slow: 0.05, Alpha: 0.01, Beta: 0.05}

var well = rates{0.003, 0.02, 0.003, 0.02}

// made writes a trace of independent requests. A rate below 0 leaves the
// minute out.
func made(seed uint64, minutes, green, blue int, at func(minute int) rates) string {
	r := rand.New(rand.NewPCG(seed, 77))
	draw := func(n int, p float64) int {
		k := 0
		for range n {
			if r.Float64() < p {
				k++
			}
		}
		return k
	}
	var b strings.Builder
	b.WriteString(rollout.TraceHeader + "\n")
	for m := 1; m <= minutes; m++ {
		if p := at(m); p.greenErrors >= 0 {
			fmt.Fprintf(&b, "%d,%d,%d,%d,%d,%d,%d\n", m, green, draw(green, p.greenErrors), draw(green, p.greenSlow), blue, draw(blue, p.blueErrors), draw(blue, p.blueSlow))
		}
	}
	return b.String()
}

func replayed(t *testing.T, text string) rollout.Replayed {
	t.Helper()
	trace, err := rollout.ParseTrace("trace.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return rollout.Replay(rollout.TracePolicy(trace, usual), trace)
}

func from(minute int, then rates) func(int) rates {
	return func(m int) rates {
		if m >= minute {
			return then
		}
		return well
	}
}

func during(first, last int, then rates) func(int) rates {
	return func(m int) rates {
		if m >= first && m <= last {
			return then
		}
		return well
	}
}

func TestReplay(t *testing.T) {
	const green, shared, none = judge.Green, judge.Shared, judge.None
	gone := rates{greenErrors: -1}
	for name, c := range map[string]struct {
		text         string
		verdict      rollout.Action
		attribution  judge.Attribution
		first, last  int // bounds of the minute
		reasonSaying string
	}{
		"healthy":                      {made(1, 120, 60, 540, from(999, well)), "promote", none, 120, 120, "proved"},
		"no errors, just enough":       {made(1, 120, 4, 36, from(1, rates{})), "promote", none, 120, 120, ""},
		"too few requests":             {made(1, 120, 3, 27, from(1, rates{})), "hold", none, 120, 120, "57 more requests"},
		"errors from the start":        {made(2, 120, 60, 540, from(1, rates{0.05, 0.02, 0.003, 0.02})), "rollback", green, 3, 10, "error_rate"},
		"errors at minute 200 of 360":  {made(3, 360, 60, 540, from(200, rates{0.05, 0.02, 0.003, 0.02})), "rollback", green, 202, 212, "error_rate"},
		"slow at minute 60":            {made(4, 120, 60, 540, from(60, rates{0.003, 0.3, 0.003, 0.02})), "rollback", green, 62, 70, "slow"},
		"everything fails":             {made(5, 120, 60, 540, from(60, rates{1, 0, 0.003, 0})), "rollback", green, 61, 61, "far past"},
		"shared outage, on to the end": {made(6, 120, 300, 300, from(60, rates{0.2, 0.02, 0.2, 0.02})), "hold", shared, 61, 66, "blue broke it too"},
		"shared outage, over":          {made(7, 240, 300, 300, during(60, 80, rates{0.2, 0.02, 0.2, 0.02})), "promote", shared, 240, 240, "proved"},
		"shared, but green stays bad":  {made(8, 240, 300, 300, func(m int) rates { return rates{at(m, 60, 240), 0.02, at(m, 60, 80), 0.02} }), "rollback", green, 81, 90, "green has not"},
		"both right after the start":   {made(9, 120, 300, 300, from(5, rates{0.2, 0.02, 0.2, 0.02})), "rollback", green, 6, 12, "minutes after"},
		"worse within the limit":       {made(10, 240, 300, 300, from(60, rates{0.009, 0.02, 0.001, 0.02})), "hold", none, 61, 100, "times (evidence"},
		"traffic stops":                {made(11, 60, 60, 540, from(999, well)) + silent(61, 120), "hold", none, 60, 75, "no data"},
		"a gap that ends":              {made(12, 120, 60, 540, during(40, 60, gone)), "promote", none, 120, 120, ""},
		"blue has nothing":             {made(13, 120, 60, 0, from(60, rates{0.2, 0.02, 0, 0})), "rollback", green, 61, 66, "not probed"},
	} {
		t.Run(name, func(t *testing.T) {
			got := replayed(t, c.text)
			if got.Verdict != c.verdict || got.Attribution != c.attribution || got.Minute < c.first || got.Minute > c.last || !strings.Contains(got.Reason, c.reasonSaying) {
				t.Errorf("%s (%s) at minute %d: %s", got.Verdict, got.Attribution, got.Minute, got.Reason)
			}
			if err := rollout.Verify(got.Events); err != nil {
				t.Error(err)
			}
			for name, slo := range got.SLOs {
				l := evidence.Limit(slo.Limit)
				if slo.LogEPass != l.LogPass(float64(slo.Bad), float64(slo.Total)) || math.IsNaN(slo.LogEFailChangepoint+slo.LogETwoSample) {
					t.Errorf("%s: %+v", name, slo)
				}
			}
		})
	}
}

func at(m, first, last int) float64 {
	if m >= first && m <= last {
		return 0.2
	}
	return 0.003
}

// silent is a row of minutes in which green had no request.
func silent(first, last int) string {
	var b strings.Builder
	for m := first; m <= last; m++ {
		fmt.Fprintf(&b, "%d,0,0,0,540,1,9\n", m)
	}
	return b.String()
}

func TestParseTrace(t *testing.T) {
	h := rollout.TraceHeader + "\n"
	for name, c := range map[string]struct{ text, want string }{
		"empty file":          {"", "no minute"},
		"only a header":       {h, "no minute"},
		"another header":      {"minute,requests\n1,2\n", "header"},
		"too few fields":      {h + "1,2,3\n", "trace.csv:2: the row does not have seven fields"},
		"no number":           {h + "1,2,x,0,0,0,0\n", "no count"},
		"not a number":        {h + "1,NaN,0,0,0,0,0\n", "no count"},
		"endless":             {h + "1,Inf,0,0,0,0,0\n", "no count"},
		"negative":            {h + "1,-2,0,0,0,0,0\n", "no count"},
		"half a minute":       {h + "1.5,2,0,0,0,0,0\n", "no whole number"},
		"twice the same":      {h + "1,2,0,0,0,0,0\n1,2,0,0,0,0,0\n", "trace.csv:3: the minute does not follow"},
		"backwards":           {h + "5,2,0,0,0,0,0\n4,2,0,0,0,0,0\n", "does not follow"},
		"more bad than all":   {h + "1,2,5,0,0,0,0\n", "more bad requests"},
		"too long":            {h + "1,2,0,0,0,0,0\n200000,2,0,0,0,0,0\n", "too long"},
		"a line without end":  {h + strings.Repeat("1", 5000) + "\n", "too long"},
		"blue's bad, too":     {h + "1,2,0,0,3,0,9\n", "more bad requests"},
		"windows and a mark":  {"\ufeff" + strings.ReplaceAll(h+"1,2,0,0,3,0,0\n", "\n", "\r\n"), ""},
		"interpolated counts": {h + "1,10,0.2,10.4,3,0,0\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := rollout.ParseTrace("trace.csv", strings.NewReader(c.text))
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	for first, want := range map[int]int{0: 3, 1: 2, 2: 3, 29_000_000: 2} {
		trace, err := rollout.ParseTrace("t", strings.NewReader(fmt.Sprintf("%s%d,5,0,0,5,0,0\n%d,5,0,0,5,0,0\n", h, first, first+1+min(1, max(0, 1-first)))))
		if err != nil || trace.Length() != want {
			t.Errorf("from %d on: %d minutes, want %d: %v", first, trace.Length(), want, err)
		}
	}
}

func FuzzParseTrace(f *testing.F) {
	f.Add(rollout.TraceHeader + "\n1,60,0,1,540,2,3\n3,60.4,0,1,540,2,3\n")
	f.Fuzz(func(t *testing.T, text string) {
		trace, err := rollout.ParseTrace("t", strings.NewReader(text))
		if err != nil || trace.Length() > 2000 {
			return
		}
		got := rollout.Replay(rollout.TracePolicy(trace, usual), trace)
		if !slices.Contains([]rollout.Action{"promote", "rollback", "hold"}, got.Verdict) || got.Minute < 0 || got.Minute > got.Minutes {
			t.Errorf("%s at minute %d of %d", got.Verdict, got.Minute, got.Minutes)
		}
	})
}
