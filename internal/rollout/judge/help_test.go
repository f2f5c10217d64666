package judge_test

import (
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/slo"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func at(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }

func rules(t testing.TB, slos string, gauges ...string) judge.Rules {
	t.Helper()
	var o slo.Objectives
	if err := strict.Decode("slos", []byte(slos), &o); err != nil {
		t.Fatal(err)
	}
	r := judge.Rules{Objectives: judge.Objectives(o, gauges...), Alpha: .01, Beta: .05, Agreement: 3}
	r.Tests = judge.Tests(r.Objectives, false)
	return r
}

func defaults(t testing.TB) judge.Rules {
	return rules(t, "cost_per_million: {below: $20}", judge.AllGauges()...)
}

// span is a number of minutes that are alike.
type span struct {
	minutes int
	minute  judge.Minute
}

// well is a minute of a thousand requests on each side, with room in the
// stores.
func well() judge.Minute { return errors(0, 0) }

// errors is a minute in which so many of a thousand fail on each side.
func errors(green, blue int64) judge.Minute {
	return judge.Minute{Green: counts(1000, green), Blue: counts(1000, blue), Gauges: judge.Gauges{Connections: .3, DatabaseCPU: .3, CacheMemory: .3, CostPerMillion: 9}}
}

func counts(requests, failed int64) judge.Counts {
	return judge.Counts{Present: requests > 0, Requests: requests, Invocations: requests, Errors: failed}
}

func with(m judge.Minute, change func(m *judge.Minute)) judge.Minute {
	change(&m)
	return m
}

// fed is a ledger of four hours after these minutes, which begin at noon.
func fed(r judge.Rules, spans ...span) *judge.Ledger {
	l := judge.Open(r, 1, 240, noon, nil)
	feed(&l, r, spans...)
	return &l
}

func feed(l *judge.Ledger, r judge.Rules, spans ...span) {
	for _, s := range spans {
		for range s.minutes {
			m := s.minute
			m.Start = l.Through
			l.Take(r, m, true)
		}
	}
}

// now is when the ledger's last minute is complete.
func now(l *judge.Ledger) judge.Situation {
	return judge.Situation{Now: l.Through.Add(2 * time.Minute), Risen: noon}
}
