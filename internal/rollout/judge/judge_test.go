package judge_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

func rejected(green, blue int64) judge.Minute {
	return with(well(), func(m *judge.Minute) { m.Green.Rejected, m.Blue.Rejected = green, blue })
}

// alone is the same minute at 100%: blue has nothing.
func alone(m judge.Minute) judge.Minute { return with(m, noBlue) }

// few is a minute of so many requests on green.
func few(requests, failed int64) judge.Minute {
	return with(well(), func(m *judge.Minute) { m.Green = counts(requests, failed) })
}

func connections(level float64) judge.Minute {
	return with(well(), func(m *judge.Minute) { m.Gauges.Connections = level })
}

// A hard limit needs two minutes in a row and enough requests, and no test.
func TestHardLimits(t *testing.T) {
	for _, c := range []struct {
		name  string
		spans []span
		want  string // the objective; empty is no breach
	}{
		{"a minute is not enough", []span{{1, errors(150, 0)}}, ""},
		{"two are", []span{{2, errors(150, 0)}}, judge.ErrorRate},
		{"two with a good one between are not", []span{{1, errors(150, 0)}, {1, well()}, {1, errors(150, 0)}}, ""},
		{"a minute without data between changes nothing", []span{{1, errors(150, 0)}, {1, with(well(), func(m *judge.Minute) { m.Green = judge.Counts{} })}, {1, errors(150, 0)}}, judge.ErrorRate},
		{"four bad requests are chance, whatever their share", []span{{2, few(4, 4)}}, ""},
		{"five are not", []span{{2, few(5, 5)}}, judge.ErrorRate},
		{"just below", []span{{2, errors(99, 0)}}, ""},
		{"rejections, far more than blue's", []span{{2, rejected(230, 20)}}, judge.Rejected},
		{"rejections, as many as blue's", []span{{10, rejected(230, 210)}}, ""},
		{"rejections, less than the limit above blue's", []span{{2, rejected(230, 40)}}, ""},
		{"rejections with blue idle, above what blue used to have", []span{{10, rejected(100, 100)}, {2, alone(rejected(350, 0))}}, judge.Rejected},
		{"rejections with blue idle, as blue used to have", []span{{10, rejected(100, 100)}, {2, alone(rejected(250, 0))}}, ""},
		{"connections saturated", []span{{2, connections(.95)}}, judge.Connections},
		{"connections saturated for a minute", []span{{1, connections(.97)}}, ""},
		{"connections high", []span{{9, connections(.94)}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rules(t, "{}", judge.Connections)
			l := fed(r, append([]span{{10, well()}}, c.spans...)...)
			switch b := l.Assess(r, now(l)).Breach; {
			case c.want == "" && b != nil && b.Hard:
				t.Errorf("broken: %s", b.Reason)
			case c.want != "" && (b == nil || !b.Hard || b.Objective != c.want || b.Attribution != judge.Green):
				t.Errorf("%+v, want %s", b, c.want)
			}
		})
	}
}

// What stops without rolling back, and what is only to be known.
func TestGuardsAndSignals(t *testing.T) {
	slowStarts := with(well(), func(m *judge.Minute) { m.Green.ColdStarts, m.Green.SlowColdStarts = 100, 10 })
	throttled := with(well(), func(m *judge.Minute) { m.Green.Throttles = 20 })
	silent := with(well(), func(m *judge.Minute) { m.Green = judge.Counts{} })
	blind := with(well(), func(m *judge.Minute) { m.Gauges = judge.NoGauges() })
	guards := func(a judge.Assessment) []string { return a.Guards }
	missing := func(a judge.Assessment) []string { return a.Missing }
	worse := func(a judge.Assessment) []string { return a.Worse }
	restless := func(a judge.Assessment) []string { return a.Restless }
	for _, c := range []struct {
		name string
		last span
		list func(judge.Assessment) []string
		want string // a part of the only entry; empty is none
	}{
		{"a store past its level in three of five minutes", span{3, connections(.85)}, guards, "database_connections is at 85%, its limit is 80%"},
		{"in two of five", span{2, connections(.85)}, guards, ""},
		{"a cost past its limit", span{3, with(well(), func(m *judge.Minute) { m.Gauges.CostPerMillion = 36 })}, guards, "cost_per_million is at $36.00, its limit is $20.00"},
		{"slow cold starts", span{9, slowStarts}, guards, "cold_start is past its limit of 1%"},
		{"throttles", span{9, throttled}, guards, "throttles is past its limit of 0.1%"},
		{"all well", span{30, well()}, guards, ""},
		{"green silent for eight minutes and two", span{8, silent}, missing, ""},
		{"green silent for nine minutes and two", span{9, silent}, missing, "green has had no data since 13:00"},
		{"levels silent for ten minutes", span{10, blind}, missing, ""},
		{"green three times worse than blue, within the limit", span{60, errors(6, 2)}, worse, "error_rate: green is worse than blue, about 3 times"},
		{"green as bad as blue", span{120, errors(6, 6)}, worse, ""},
		{"green better than blue", span{120, errors(1, 6)}, worse, ""},
		{"a limit nearly broken", span{2, errors(30, 0)}, restless, "promotion wants less than 10"},
		{"a limit kept", span{30, errors(5, 5)}, restless, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := defaults(t)
			warm := errors(2, 2)
			if c.name == "green better than blue" {
				warm = errors(1, 6)
			}
			l := fed(r, span{60, warm}, c.last)
			got := c.list(l.Assess(r, now(l)))
			if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	t.Run("every level silent for eleven minutes", func(t *testing.T) {
		r := defaults(t)
		l := fed(r, span{60, well()}, span{11, blind})
		if got := l.Assess(r, now(l)).Missing; len(got) != 4 {
			t.Errorf("%q", got)
		}
	})
	t.Run("a level that was never seen", func(t *testing.T) {
		r := defaults(t)
		l := fed(r, span{11, blind})
		if got := l.Assess(r, now(l)).Missing; len(got) != 4 {
			t.Errorf("%q", got)
		}
	})
}

// With six requests a minute and a limit of 1%, minutes are pooled until they
// can tell; a break is still found, and a healthy side is not called broken.
func TestPoolingAtLowTraffic(t *testing.T) {
	r := rules(t, "{}")
	l := fed(r, span{60, few(6, 0)}, span{40, few(6, 1)})
	if b := l.Assess(r, now(l)).Breach; b == nil || b.Hard {
		t.Errorf("one in six for 40 minutes: %+v", b)
	}
	l = fed(r, span{60, few(6, 0)}, span{1, few(6, 1)}, span{4, few(6, 0)})
	if a := l.Assess(r, now(l)); a.Breach != nil || len(a.Restless) > 0 {
		t.Errorf("one error in six: %+v", a)
	}
}

// However bad, one minute cannot break a limit, nor two: as many as agreement
// asks for must each say their part.
func TestOneMinuteNeverBreaksALimit(t *testing.T) {
	for agreement := 2; agreement <= 5; agreement++ {
		r := rules(t, "error_rate: {rollback_above: 100%}")
		r.Agreement = agreement
		for _, requests := range []int64{10, 1000, 1_000_000} {
			l := fed(r, span{60, few(requests, 0)})
			for minute := 1; minute < 20; minute++ {
				feed(l, r, span{1, few(requests, requests)})
				green, _, _ := l.Tracks[judge.ErrorRate].Log()
				broken := !l.Tracks[judge.ErrorRate].Green.Broken.IsZero()
				if minute < agreement && broken || minute == 1 && green >= l.Threshold(r) {
					t.Fatalf("agreement %d, %d requests: broken in minute %d", agreement, requests, minute)
				}
				if minute == agreement && requests >= 1000 && !broken {
					t.Fatalf("agreement %d, %d requests: not broken in minute %d (%g of %g)", agreement, requests, minute, green, l.Threshold(r))
				}
			}
		}
	}
}

// Three of the last five minutes must be past the limit, also where the
// evidence alone would do.
func TestAgreementOfMinutes(t *testing.T) {
	r := rules(t, "{}")
	l := fed(r, span{60, well()})
	for minute := range 60 { // a bad minute in three
		bad := int64(1)
		if minute%3 == 0 {
			bad = 9
		}
		feed(l, r, span{1, few(100, bad)})
		if b := l.Assess(r, now(l)).Breach; b != nil {
			t.Fatalf("after %d minutes with a third of them bad: %s", minute, b.Reason)
		}
	}
	green, _, _ := l.Tracks[judge.ErrorRate].Log()
	if green < l.Threshold(r) {
		t.Errorf("the evidence of %g is below %g: this shows nothing", green, l.Threshold(r))
	}
	feed(l, r, span{3, few(100, 9)})
	if l.Assess(r, now(l)).Breach == nil {
		t.Error("three bad minutes in a row break nothing")
	}
}
