package load

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/verdict"
)

// run plays a plan whose generator does to each outcome what is asked.
func run(p Plan, change func(k int, o *Outcome) bool, end End) Result {
	rec := NewRecorder(p)
	for k := range p.Total() {
		o := Outcome{User: k, Route: "GET /a", Due: p.Due(k), Began: p.Due(k), Latency: 20 * time.Millisecond, Status: 200}
		if change == nil || change(k, &o) {
			rec.Record(o)
		}
	}
	if end.Ended.IsZero() {
		end.Began, end.Ended = begin, begin.Add(p.Length())
	}
	return rec.Result(end)
}

// INVALID is never a result: each way in which a generator can fail has its words,
// and what to do.
//
// Shows: 5.6.3
func TestValidity(t *testing.T) {
	p := plan(100, 20*time.Second)
	every := func(n int) func(int, *Outcome) bool { return func(k int, _ *Outcome) bool { return k%n != 0 } }
	trouble := func(kind Trouble) func(int, *Outcome) bool {
		return func(k int, o *Outcome) bool {
			if k == 7 {
				o.Status, o.Trouble = 0, kind
			}
			return true
		}
	}
	slow := func(_ int, o *Outcome) bool { o.Began = time.Duration(float64(o.Due) * 1.02); return true }
	strict := p
	strict.Limits = Limits{Least: 2001, Late: time.Millisecond, CPU: 0.1}
	few := plan(2, 20*time.Second)
	for name, c := range map[string]struct {
		r    Result
		want string
	}{
		"as asked":                      {run(p, nil, End{}), ""},
		"99.5% of the rate":             {run(p, every(200), End{}), ""},
		"98% of the rate":               {run(p, every(50), End{}), "sent 98 a second where 100 were asked for (98%"},
		"all of them, but too slowly":   {run(p, slow, End{}), "a second where 100 were asked for"},
		"no port":                       {run(p, trouble(Ports), End{}), "cannot assign requested address"},
		"no file":                       {run(p, trouble(Files), End{}), "ulimit -n"},
		"the target's trouble":          {run(p, trouble(Refused), End{}), ""},
		"a target that fails":           {run(p, func(_ int, o *Outcome) bool { o.Status = 500; return true }, End{}), ""},
		"late":                          {run(p, func(k int, o *Outcome) bool { o.Began += time.Duration(k%50/49) * 101 * time.Millisecond; return true }, End{}), "was late by 101 ms"},
		"late, but seldom":              {run(p, func(k int, o *Outcome) bool { o.Began += time.Duration((k+120)%200/199) * time.Second; return true }, End{}), ""},
		"later than its own limit":      {run(strict, func(k int, o *Outcome) bool { o.Began += 2 * time.Millisecond; return true }, End{}), "was late by 2 ms"},
		"busy":                          {run(p, nil, End{Generator: Generator{CPUShare: 0.86}}), "needed 86% of its processors"},
		"busier than its own limit":     {run(strict, nil, End{Generator: Generator{CPUShare: 0.11}}), "(at most 10%)"},
		"too few":                       {run(few, nil, End{}), "40 requests are too few"},
		"fewer than its own least":      {run(strict, nil, End{}), "at least 2001"},
		"a part is judged by the merge": {run(few.Shard(1, 1), nil, End{}), "too few"},
		"a part of several":             {run(few.Shard(1, 2), nil, End{}), ""},
		"interrupted":                   {run(p, func(k int, _ *Outcome) bool { return k < 1000 }, End{Began: begin, Ended: begin.Add(10 * time.Second), Interrupted: true}), "was interrupted after 10 s"},
		"stopped by the guard":          {run(p, func(k int, _ *Outcome) bool { return k < 1000 }, End{Began: begin, Ended: begin.Add(10 * time.Second), Stopped: "it melted"}), ""},
	} {
		got := strings.Join(c.r.Invalid, "\n")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) || c.r.Valid != (got == "") {
			t.Errorf("%s: %q (valid: %t), want %q", name, got, c.r.Valid, c.want)
		}
		if c.want != "" && !strings.Contains(got, ": ") {
			t.Errorf("%s does not say what to do: %s", name, got)
		}
	}
}

func TestGuard(t *testing.T) {
	limits := Limits{Rate: 100, Requests: 5000, Duration: time.Minute, Errors: 0.2, P99: time.Second, Window: 5 * time.Second}
	good := Second{Sent: 100, Answered: 100, Latencies: slices.Repeat([]time.Duration{10 * time.Millisecond}, 100)}
	with := func(f func(*Second)) Second { s := good; f(&s); return s }
	for name, c := range map[string]struct {
		second Second
		// at is the second in which it must stop, 0 for never within thirty.
		at   int
		want string
	}{
		"well":               {good, 0, ""},
		"at the error limit": {with(func(s *Second) { s.Errors = 20 }), 0, ""},
		"above it":           {with(func(s *Second) { s.Errors = 21 }), 5, "105 of 500 requests failed within 5 s, more than the 20% of limits.errors"},
		"one of 100 slow":    {with(func(s *Second) { s.Latencies = append(slices.Repeat([]time.Duration{0}, 99), time.Hour) }), 0, ""},
		"two of 100 slow": {with(func(s *Second) {
			s.Latencies = append(slices.Repeat([]time.Duration{0}, 98), 2*time.Second, 2*time.Second)
		}), 5, "p99 was 2s within 5 s"},
		"nothing is answered":         {Second{Sent: 100, Waiting: 500}, 5, "answered nothing for 5 s, while 500 requests wait"},
		"each is refused":             {Second{Sent: 100, Answered: 100, Errors: 100}, 5, "500 of 500 requests failed"},
		"few errors of few":           {Second{Sent: 2, Answered: 2, Errors: 2}, 10, ""},
		"faster than allowed":         {with(func(s *Second) { s.Sent = 152 }), 1, "152 requests were sent in a second"},
		"a second that catches up":    {with(func(s *Second) { s.Sent = 151 }), 0, ""},
		"nothing is sent, as planned": {Second{}, 0, ""},
	} {
		p := plan(100, time.Hour)
		p.Limits = limits
		g, stopped, why := NewGuard(p), 0, ""
		for i := range 30 {
			s := c.second
			s.At = time.Duration(i+1) * time.Second
			if why = g.Observe(s); why != "" {
				stopped = i + 1
				break
			}
		}
		if c.want == "" && c.at == 10 { // fewer than 20 answers say nothing, whatever they are
			c.at = 0
		}
		if stopped != c.at || !strings.Contains(why, c.want) {
			t.Errorf("%s: it stops at %d: %q, want %d: %q", name, stopped, why, c.at, c.want)
		}
	}
}

// Requests and time are bounded whatever else happens; a part has its part of it.
func TestGuardBounds(t *testing.T) {
	p := plan(100, time.Hour)
	p.Limits = Limits{Requests: 1000, Duration: 30 * time.Second}
	observe := func(p Plan, sent int) (string, int) {
		g := NewGuard(p)
		for i := 1; i < 100; i++ {
			if why := g.Observe(Second{At: time.Duration(i) * time.Second, Sent: sent, Answered: sent}); why != "" {
				if g.Observe(Second{}) != why {
					t.Error("it takes back what it said")
				}
				return why, i
			}
		}
		return "", 0
	}
	for _, c := range []struct {
		p    Plan
		sent int
		want string
		at   int
	}{{p, 100, "1000 requests were sent, the most", 10}, {p.Shard(1, 2), 100, "500 requests were sent", 5}, {p, 10, "it has lasted for 30 s", 31}} {
		if why, at := observe(c.p, c.sent); !strings.Contains(why, c.want) || at != c.at {
			t.Errorf("at %d: %q, want at %d: %q", at, why, c.at, c.want)
		}
	}
}

func TestJudge(t *testing.T) {
	p := plan(100, 20*time.Second)
	p.Goals = []Goal{{Metric: MetricP95, AtMost: 20}, {Metric: MetricP99, AtMost: 20, Below: true}, {Metric: MetricMax, AtMost: 19}, {Metric: MetricErrors, AtMost: 0.005}, {Metric: MetricSettle, AtMost: 1}}
	fail := func(n int) func(int, *Outcome) bool {
		return func(k int, o *Outcome) bool {
			if k < n {
				o.Status = 500
			}
			return true
		}
	}
	told := func(r Result) (s string) {
		for _, f := range Judge(r) {
			s += f.Name + " " + string(f.Verdict) + "; "
			if f.Verdict != verdict.Pass && f.Change == "" {
				t.Errorf("%s does not say what would change it", f.Name)
			}
		}
		return s
	}
	for name, c := range map[string]struct {
		r    Result
		want string
	}{
		"well":    {run(p, fail(10), End{}), "rate pass; p95 pass; p99 fail; max fail; errors pass; "},
		"errors":  {run(p, fail(11), End{}), "rate pass; p95 pass; p99 fail; max fail; errors fail; "},
		"stopped": {run(p, func(k int, _ *Outcome) bool { return k < 1000 }, End{Began: begin, Ended: begin.Add(10 * time.Second), Stopped: "it melted"}), "rate fail; p95 pass; p99 fail; max fail; errors pass; "},
		"INVALID": {run(p, nil, End{Generator: Generator{CPUShare: 1}}), "rate inconclusive; p95 inconclusive; p99 inconclusive; max inconclusive; errors inconclusive; "},
	} {
		if got := told(c.r); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// spike is 100 a second, then 500, with what p99 does after the rise.
func spike(after func(second int) time.Duration) (Plan, Result) {
	p := plan(100, time.Minute)
	p.Phases = append(p.Phases, Phase{Duration: 2 * time.Minute, From: 500, To: 500})
	p.Goals = []Goal{{Metric: MetricSettle, AtMost: 30_000}}
	return p, run(p, func(_ int, o *Outcome) bool {
		if second := int(o.Due.Seconds()) - 60; second >= 0 {
			o.Latency = after(second)
		}
		return true
	}, End{})
}

func minutes(n int, throttles float64) (list []Minute) {
	for i := range n {
		ran, none := float64(10*i), 0.0
		list = append(list, Minute{At: time.Duration(i) * time.Minute, Concurrent: &ran, Throttles: &none, Colds: &ran})
	}
	if throttles > 0 {
		list[n-1].Throttles = &throttles
	}
	return list
}

// Shows: 5.6.3
func TestScaling(t *testing.T) {
	until := func(settled int) func(int) time.Duration {
		return func(second int) time.Duration {
			if second < settled {
				return time.Second
			}
			return 25 * time.Millisecond
		}
	}
	unknown := minutes(3, 0)
	unknown[1].Throttles = nil
	unknownBad := minutes(3, 2)
	unknownBad[1].Throttles = nil
	for name, c := range map[string]struct {
		after   func(int) time.Duration
		minutes []Minute
		want    string
	}{
		"grows with it":                    {until(0), minutes(3, 0), "throttles pass 0; concurrency pass 20; cold_starts pass 30; settle pass 0; "},
		"grows after 30 s":                 {until(30), minutes(3, 0), "throttles pass 0; concurrency pass 20; cold_starts pass 30; settle pass 30; "},
		"grows too late":                   {until(31), minutes(3, 0), "throttles pass 0; concurrency pass 20; cold_starts pass 30; settle fail 31; "},
		"does not grow":                    {until(500), minutes(3, 0), "throttles pass 0; concurrency pass 20; cold_starts pass 30; settle fail none; "},
		"throttled":                        {until(0), minutes(3, 1), "throttles fail 1; concurrency pass 20; cold_starts pass 30; settle pass 0; "},
		"a minute is unknown":              {until(0), unknown, "throttles inconclusive 0; concurrency pass 20; cold_starts pass 30; settle pass 0; "},
		"throttled, and a minute unknown":  {until(0), unknownBad, "throttles fail 2; concurrency pass 20; cold_starts pass 30; settle pass 0; "},
		"CloudWatch says nothing":          {until(0), nil, "throttles inconclusive none; concurrency inconclusive none; cold_starts inconclusive none; settle pass 0; "},
		"two calm seconds are no recovery": {func(s int) time.Duration { return until(40)(s % 42) }, minutes(3, 0), "throttles pass 0; concurrency pass 20; cold_starts pass 30; settle fail none; "},
	} {
		got := ""
		p, r := spike(c.after)
		for _, f := range Scaling(p, r, c.minutes) {
			got += f.Name + " " + string(f.Verdict) + " " + strings.ReplaceAll(figure(f.Observed, ""), "not known", "none") + "; "
			if f.Verdict != verdict.Pass && f.Change == "" {
				t.Errorf("%s: %s does not say what would change it", name, f.Name)
			}
		}
		got = strings.ReplaceAll(got, " s;", ";")
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestRises(t *testing.T) {
	c := func(from, to float64) Phase { return Phase{Duration: time.Minute, From: from, To: to} }
	for name, one := range map[string]struct {
		phases []Phase
		want   []float64
	}{
		"sustained":              {[]Phase{c(100, 100)}, nil},
		"spike and back":         {[]Phase{c(100, 100), c(500, 500), c(100, 100)}, []float64{100, 500}},
		"too little":             {[]Phase{c(100, 100), c(120, 120)}, nil},
		"steps":                  {[]Phase{c(100, 100), c(200, 200), c(300, 300)}, []float64{100, 200, 200, 300}},
		"a ramp that then stays": {[]Phase{c(10, 200), c(200, 200)}, []float64{10, 200}},
		"a ramp alone":           {[]Phase{c(10, 200)}, nil},
	} {
		var got []float64
		for _, r := range (Plan{Phases: one.phases}).Rises() {
			got = append(got, r.From, r.To)
		}
		if !slices.Equal(got, one.want) {
			t.Errorf("%s: %v, want %v", name, got, one.want)
		}
	}
}
