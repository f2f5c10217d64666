package load

import (
	"fmt"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Judge holds a result to its goals. What is no measurement passes nothing and
// fails nothing.
func Judge(r Result) []verdict.Finding {
	window := fmt.Sprintf("%s of load", report.Seconds(r.Ended.Sub(r.Began)))
	findings := []verdict.Finding{r.carriedOut(window)}
	for _, g := range r.Asked.Goals {
		if g.Metric == MetricSettle {
			continue // of the series; see Scaling
		}
		f := verdict.Finding{Name: g.Metric, Unit: "ms", Sample: count(r.Latencies()), SampleOf: "answers", Window: window, Source: "load test"}
		observed, limit := r.metric(g.Metric), g.AtMost
		if g.Metric == MetricErrors {
			f.Unit, f.Sample, f.SampleOf = "%", int64(r.Requests), "requests"
			// The whole numbers decide; the percentage is for the reader.
			observed, limit = share(r.Errors, r.Requests)*100, g.AtMost*100
		}
		f.Observed, f.Limit = &observed, &limit
		f.Verdict = verdict.Fail
		switch {
		case !r.Valid || f.Sample == 0:
			f.Verdict, f.Change = verdict.Inconclusive, "Run the load test again so that it counts."
		case observed < limit || observed == limit && !g.Below:
			f.Verdict = verdict.Pass
		case g.Metric == MetricErrors:
			f.Change = "Look at the routes' statuses and failed checks, and at the stage's logs of that time."
		default:
			f.Change = "Look at which route is slow and at what time, and at its traces."
		}
		findings = append(findings, f)
	}
	return findings
}

// carriedOut says whether the run is a measurement, and came to its end.
func (r *Result) carriedOut(window string) verdict.Finding {
	achieved, wanted := r.AchievedRate, r.RequestedRate
	f := verdict.Finding{Name: "rate", Verdict: verdict.Pass, Observed: &achieved, Limit: &wanted, Unit: "requests/s",
		Sample: int64(r.Requests), SampleOf: "requests", Window: window, Source: "load test"}
	switch {
	case !r.Valid:
		f.Verdict = verdict.Inconclusive
		f.Change = "This is no measurement: " + r.Invalid[0] + "."
	case r.Stopped != "":
		f.Verdict = verdict.Fail
		f.Change = "The run stopped by itself: " + r.Stopped + ". Find the rate that the stage bears with a profile of steps."
	}
	return f
}

func (r *Result) metric(name string) float64 {
	switch name {
	case MetricP50:
		return r.Latency.P50
	case MetricP90:
		return r.Latency.P90
	case MetricP95:
		return r.Latency.P95
	case MetricP99:
		return r.Latency.P99
	case MetricP999:
		return r.Latency.P999
	case MetricMax:
		return r.Latency.Max
	}
	return r.Latency.Mean
}

func share(part, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}
