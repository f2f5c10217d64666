package main

import (
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Where a window of CloudWatch stands for green, its cold starts are judged by how
// many were slow: 299 fast ones prove it, and fewer say how many more would.
//
// Shows: 5.6.1
func TestColdStartsOfAWindow(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		fast, slow int
		want       verdict.Verdict
		says       string
	}{
		"enough":   {299, 0, verdict.Pass, "0 of 299 cold starts took 2 s or more, which proves it"},
		"too few":  {200, 0, verdict.Inconclusive, "99 cold starts more prove it"},
		"too slow": {280, 20, verdict.Fail, "20 of 300 cold starts took 2 s or more: more than one in a hundred does"},
		"none":     {0, 0, verdict.Inconclusive, "There was no cold start"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			to := time.Now().UTC().Truncate(time.Minute).Add(-5 * time.Minute)
			from := to.Add(-20 * time.Minute)
			api := map[string]string{"ApiId": "a1b2c3d4e5", "Stage": "$default"}
			for at := from; at.Before(to); at = at.Add(time.Minute) {
				for range 60 {
					w.cloud.Observe("AWS/ApiGateway", "Count", api, at, 1)
					w.cloud.Observe("AWS/ApiGateway", "Latency", api, at, 40)
				}
			}
			for i := range x.fast + x.slow {
				took := 700.0
				if i < x.slow {
					took = 2000 // the limit itself is not below it
				}
				w.cloud.Observe(monitoring.Namespace("LEGO-API", "production"), "ColdStartDuration", nil, from.Add(time.Duration(i)*3*time.Second), took)
			}
			r, got := w.run(cmdReport, "--green", "-", "--window-green", from.Format(time.RFC3339)+"/"+to.Format(time.RFC3339))
			row := r.row("cold_start_p99")
			if row.Verdict != x.want || !strings.Contains(row.Why+row.Settle, x.says) || row.Sample != int64(x.fast+x.slow) {
				t.Errorf("%+v\n%s", row, got.Stderr)
			}
		})
	}
}

// The minutes of a load result say how much alike its requests are; results of an
// older cutover have none, and the row says so.
//
// Shows: 5.6.1
func TestMinutesOfALoadResult(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before, _ := w.run(cmdReport)
	old := before.row("latency_p95")
	if !strings.Contains(old.Method, "independent") {
		t.Errorf("%+v", old)
	}
	for name, median := range map[string]int64{"blue.json": 40_000, "green.json": 38_000} {
		w.result(name, drifting(measurement(median, 1, 0)))
	}
	r, got := w.run(cmdReport)
	row := r.row("latency_p95")
	if !strings.Contains(row.Method, "as alike as they are") || row.High == nil || row.Low == nil || *row.High-*row.Low < 1.5*(*old.High-*old.Low) {
		t.Errorf("%+v after %+v\n%s", row, old, got.Stderr)
	}
}

// drifting gives a result twenty minutes: slower requests come in the later ones
// more often.
func drifting(r load.Result) load.Result {
	const minutes = 20
	for m := range minutes {
		r.Minutes = append(r.Minutes, load.Block{At: float64(60 * m), Seconds: 60, Latencies: [][2]int64{}})
	}
	for i, p := range r.Routes[0].Latencies {
		for n := range p[1] {
			at := (i*100 + int(n)) % minutes
			if n%8 == 0 {
				at = i * minutes / len(r.Routes[0].Latencies)
			}
			b := &r.Minutes[at]
			b.Requests++
			if last := len(b.Latencies) - 1; last >= 0 && b.Latencies[last][0] == p[0] {
				b.Latencies[last][1]++
				continue
			}
			b.Latencies = append(b.Latencies, [2]int64{p[0], 1})
		}
	}
	return r
}
