package judge_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Errors in clumps count for less: a hundred requests that share their fate
// are no hundred witnesses.
func TestDispersion(t *testing.T) {
	r := rules(t, "{}")
	var baseline []judge.Minute
	for i := range 200 {
		bad := int64(0)
		if i%10 == 3 {
			bad = 40
		}
		baseline = append(baseline, with(errors(bad, bad), func(m *judge.Minute) { m.Start = at(i) }))
	}
	clumped := r
	clumped.Objectives = judge.Measured(r.Objectives, baseline)
	if c := clumped.Objectives[0].Correlation; c < .01 || c > .2 || r.Objectives[0].Correlation != 0 {
		t.Fatalf("correlation %g", c)
	}
	plain, wide := fed(r, span{30, well()}).Tracks[judge.ErrorRate], fed(clumped, span{30, well()}).Tracks[judge.ErrorRate]
	if plain.EffectiveTotal != 30_000 || wide.EffectiveTotal > 3_000 || wide.Total != 30_000 {
		t.Errorf("%g effective requests without clumps, %g of %d with them", plain.EffectiveTotal, wide.EffectiveTotal, wide.Total)
	}
	// In comparing with blue, too.
	burst := []span{{60, errors(2, 2)}, {4, errors(20, 2)}}
	l, w := fed(r, burst...), fed(clumped, burst...)
	_, _, sure := l.Tracks[judge.ErrorRate].Log()
	_, _, unsure := w.Tracks[judge.ErrorRate].Log()
	if sure < l.Threshold(r) || unsure > math.Log(10) {
		t.Errorf("evidence of %g and, with clumps, %g", sure, unsure)
	}
	// And they take more minutes to convince.
	l, w = fed(r, span{60, well()}, span{3, errors(90, 0)}), fed(clumped, span{60, well()}, span{3, errors(90, 0)})
	if l.Assess(r, now(l)).Breach == nil || w.Assess(clumped, now(w)).Breach != nil {
		t.Error("three bad minutes convince also where errors come in clumps, or nowhere")
	}
}

// Blue's rate is known from past minutes only: what a minute itself says of
// blue must not change what is expected in it.
func TestBlueIsKnownFromThePast(t *testing.T) {
	r := rules(t, "{}")
	l := fed(r, span{1, errors(50, 0)})
	if _, _, log := l.Tracks[judge.ErrorRate].Log(); log > 1e-9 {
		t.Errorf("evidence of %g in the first minute, when nothing is known of blue", log)
	}
	l = fed(r, span{60, errors(2, 2)})
	_, _, before := l.Tracks[judge.ErrorRate].Log()
	feed(l, r, span{1, errors(0, 1000)})
	_, _, then := l.Tracks[judge.ErrorRate].Log()
	feed(l, r, span{8, errors(2, 2)})
	_, _, later := l.Tracks[judge.ErrorRate].Log()
	if then > before || later > math.Log(10) {
		t.Errorf("evidence against green went from %g to %g and %g as blue failed", before, then, later)
	}
}

// A minute that is missing is not a minute without errors.
func TestMissingIsNotZero(t *testing.T) {
	r := defaults(t)
	gone := judge.Minute{Gauges: judge.NoGauges()}
	a, b := fed(r, span{30, errors(3, 3)}), fed(r, span{30, errors(3, 3)})
	feed(b, r, span{9, gone})
	for name, track := range a.Tracks {
		after := b.Tracks[name]
		green, blue, worse := track.Log()
		g, u, w := after.Log()
		if after.Total != track.Total || after.LogPass(objective(r, name)) != track.LogPass(objective(r, name)) || g != green || u != blue || after.Past != track.Past || after.Green.Past != track.Green.Past || after.Level != track.Level {
			t.Errorf("%s changed over missing minutes: %+v, before %+v", name, after, track)
		}
		if w > worse+.05 {
			t.Errorf("%s: evidence that green is worse rose from %g to %g", name, worse, w)
		}
	}
	if !b.Green.Equal(a.Green) || !b.Through.After(a.Through) {
		t.Errorf("green through %s of %s", b.Green, b.Through)
	}
	// Present, without a request: the same.
	feed(a, r, span{9, with(gone, func(m *judge.Minute) { m.Green.Present = true })})
	if !reflect.DeepEqual(a, b) {
		t.Error("a side that reports no requests is taken for one that is well")
	}
}

func objective(r judge.Rules, name string) judge.Objective {
	for _, o := range r.Objectives {
		if o.Name == name && o.Limit > 0 && o.Limit < 1 {
			return o
		}
	}
	return r.Objectives[0]
}

func TestMinuteCountsOnce(t *testing.T) {
	r := defaults(t)
	once, again := fed(r, span{30, errors(3, 3)}), fed(r, span{30, errors(3, 3)})
	for _, minute := range []int{29, 0, 15, 29, -500} {
		again.Take(r, with(errors(900, 900), func(m *judge.Minute) { m.Start = at(minute) }), true)
	}
	if !reflect.DeepEqual(once, again) {
		t.Error("a minute that was judged is judged again")
	}
}

// Interpolated counts may exceed what they are a part of, or fall below zero.
func TestUnsoundCountsAreBounded(t *testing.T) {
	r := defaults(t)
	odd := judge.Counts{Present: true, Requests: 10, Errors: -3, Slow: 40, Rejected: 11, Invocations: 5, ColdStarts: 9, SlowColdStarts: 20, Throttles: -1}
	l := fed(r, span{5, judge.Minute{Green: odd, Blue: odd, Gauges: judge.NoGauges()}})
	for name, want := range map[string][2]int64{judge.ErrorRate: {0, 50}, judge.Slow: {50, 50}, judge.Rejected: {50, 50}, judge.ColdStart: {25, 25}, judge.Throttles: {0, 25}} {
		if got := l.Tracks[name]; got.Bad != want[0] || got.Total != want[1] {
			t.Errorf("%s: %d of %d, want %v", name, got.Bad, got.Total, want)
		}
	}
	below := judge.Counts{Present: true, Requests: -10, Errors: 5, Slow: 5}
	l = fed(r, span{5, judge.Minute{Green: below, Blue: below, Gauges: judge.NoGauges()}})
	if got := l.Tracks[judge.ErrorRate]; got.Total != 0 || l.Green.After(noon) {
		t.Errorf("%d requests, green through %s", got.Total, l.Green)
	}
}

// Each epoch has half the α of the one before, and every test its part.
func TestAlphaIsSpent(t *testing.T) {
	r := rules(t, "{}")
	for epoch := 1; epoch < 20; epoch++ {
		l := judge.Open(r, epoch, 100, noon, nil)
		want := math.Log(float64(r.Tests)) + float64(epoch)*math.Ln2 - math.Log(.01)
		if r.Tests != 2 || math.Abs(l.Threshold(r)-want) > 1e-9 {
			t.Errorf("epoch %d, %d tests: threshold %g, want %g", epoch, r.Tests, l.Threshold(r), want)
		}
	}
	if n := judge.Tests(r.Objectives, true); n != 5 {
		t.Errorf("%d tests may roll back where worse than blue does", n)
	}
	l := fed(r, span{30, well()})
	l.Reopen(r, 50)
	if l.Epoch != 2 || l.Tracks[judge.ErrorRate].Total != 30_000 || l.Length != 50 || !l.Opened.Equal(noon) {
		t.Errorf("reopened: epoch %d of %d, %d requests", l.Epoch, l.Length, l.Tracks[judge.ErrorRate].Total)
	}
	if l.Forget(); l.Tracks[judge.ErrorRate].Total != 0 || l.Tracks[judge.ErrorRate].EffectiveTotal != 0 {
		t.Error("what was forgotten still counts")
	}
}

func TestCloneSharesNothing(t *testing.T) {
	r := defaults(t)
	l := fed(r, span{40, errors(3, 2)})
	before, _ := json.Marshal(l)
	c := l.Clone()
	if !reflect.DeepEqual(l, c) {
		t.Fatal("the clone differs")
	}
	feed(c, r, span{40, errors(90, 90)})
	c.Forget()
	c.Rest()
	c.Reopen(r, 5)
	if after, _ := json.Marshal(l); string(after) != string(before) {
		t.Errorf("the original changed from %s to %s", before, after)
	}
	if (*judge.Ledger)(nil).Clone() != nil {
		t.Error("a clone of nothing is something")
	}
}

// A ledger that went through the store goes on as if it had not.
func TestLedgerSurvivesJSON(t *testing.T) {
	r := defaults(t)
	l := fed(r, span{40, errors(3, 2)}, span{6, errors(60, 2)})
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	var again judge.Ledger
	if err := json.Unmarshal(text, &again); err != nil || !reflect.DeepEqual(l, &again) {
		t.Fatalf("%v: %+v", err, again)
	}
	feed(l, r, span{20, errors(4, 4)})
	feed(&again, r, span{20, errors(4, 4)})
	if !reflect.DeepEqual(l, &again) {
		t.Error("they part after the next minutes")
	}
}

func TestLedgerStaysSmall(t *testing.T) {
	r := defaults(t)
	l := fed(r)
	for minute := range 10_000 {
		m := errors(int64(minute%7), int64(minute%5))
		if minute%1000 > 900 {
			m = errors(100, 100)
		}
		feed(l, r, span{1, m})
		if l.Over() {
			l.Reopen(r, 2*l.Length)
		}
	}
	text, err := json.Marshal(l)
	if err != nil || len(text) > 16<<10 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

// A finding shows all that it takes to check it by hand.
func TestFindings(t *testing.T) {
	r := defaults(t)
	starts := func(m *judge.Minute) { m.Green.ColdStarts = 10 }
	spans := map[string][]span{
		"well":        {{60, with(well(), starts)}},
		"broken":      {{60, with(well(), starts)}, {9, with(errors(200, 0), starts)}},
		"no data":     nil,
		"saturated":   {{60, with(well(), starts)}, {4, with(connections(.97), starts)}},
		"a level up":  {{60, with(well(), starts)}, {4, with(connections(.85), starts)}},
		"worse":       {{60, with(errors(2, 2), starts)}, {60, with(errors(7, 2), starts)}},
		"few":         {{60, with(few(2, 0), starts)}},
		"never to be": {{60, with(errors(11, 11), starts)}},
	}
	want := map[string]map[string]verdict.Verdict{
		"well":        {judge.ErrorRate: verdict.Pass, judge.Connections: verdict.Pass, judge.Cost: verdict.Pass, judge.Slow: verdict.Pass, judge.ColdStart: verdict.Pass},
		"broken":      {judge.ErrorRate: verdict.Fail, judge.Slow: verdict.Pass},
		"no data":     {judge.ErrorRate: verdict.Inconclusive, judge.Slow: verdict.Inconclusive, judge.Connections: verdict.Inconclusive},
		"saturated":   {judge.Connections: verdict.Fail, judge.ErrorRate: verdict.Pass},
		"a level up":  {judge.Connections: verdict.Fail},
		"worse":       {judge.ErrorRate: verdict.Inconclusive},
		"few":         {judge.ErrorRate: verdict.Inconclusive},
		"never to be": {judge.ErrorRate: verdict.Inconclusive},
	}
	for name, s := range spans {
		t.Run(name, func(t *testing.T) {
			l := fed(r, s...)
			findings := l.Findings(r)
			if len(findings) != len(r.Objectives) {
				t.Fatalf("%d findings of %d objectives", len(findings), len(r.Objectives))
			}
			for _, f := range findings {
				if v, ok := want[name][f.Name]; ok && v != f.Verdict {
					t.Errorf("%s is %s, want %s (%s)", f.Name, f.Verdict, v, f.Change)
				}
				whole := f.Name != "" && f.Unit != "" && f.SampleOf != "" && f.Source != "" && strings.Contains(f.Window, "epoch 1, through 2026-03-02 1")
				if !whole || (f.Verdict != verdict.Pass) != (f.Change != "") || f.Sample > 0 && f.Observed == nil || f.Name != judge.Rejected && f.Limit == nil {
					t.Errorf("not whole: %+v", f)
				}
			}
		})
	}
}

// A level that was never seen since the phase began counts from there.
func TestRecovered(t *testing.T) {
	r := rules(t, "{}")
	l := fed(r, span{60, well()}, span{9, errors(50, 50)})
	if l.Assess(r, now(l)).Recovered {
		t.Error("recovered in the middle of it")
	}
	feed(l, r, span{5, well()})
	if a := l.Assess(r, now(l)); !a.Recovered || a.Breach != nil {
		t.Errorf("five good minutes later: %+v", a)
	}
	feed(l, r, span{20, well()})
	if !l.Tracks[judge.ErrorRate].Green.Broken.IsZero() {
		t.Error("still latched after 25 good minutes")
	}
	if s := (judge.Situation{Now: l.Through.Add(time.Hour)}); len(l.Assess(r, s).Missing) != 1 {
		t.Error("an hour of silence is not missing")
	}
}
