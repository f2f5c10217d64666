package cloudwatch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Compared is one minute of one side, for a comparison. The percentiles are those
// that CloudWatch computed of the minute, in milliseconds; 0 is unknown. They
// cannot be pooled into those of an hour.
type Compared struct {
	Start            time.Time
	Requests, Errors int64
	P50, P95, P99    float64
}

// mostCompared is the longest window that is read minute by minute.
const mostCompared = keptDays * 24 * time.Hour

// figures of a side that is compared; see their namesakes among Queries.
const median, slow5, slow1 = "p50", "p95", "p99"

// CompareBlue reads the load balancer's minutes of a window. A minute without a
// request is left out.
func (t *Traffic) CompareBlue(ctx context.Context, from, to time.Time) ([]Compared, error) {
	queries := t.sides.blueQueries()
	queries = append(queries, percentiles("AWS/ApplicationELB", "TargetResponseTime", t.sides.Blue.target())...)
	// The load balancer measures in seconds.
	return t.compared(ctx, queries, from, to, 1000, func(m at) (int64, int64, bool) {
		c := m.blue()
		return c.Requests, c.Errors, c.Present
	})
}

// CompareGreen reads the gateway's minutes of a window, as CompareBlue does.
func (t *Traffic) CompareGreen(ctx context.Context, from, to time.Time) ([]Compared, error) {
	queries := t.sides.greenQueries()
	queries = append(queries, percentiles("AWS/ApiGateway", "Latency", queries[0].Dimensions)...)
	return t.compared(ctx, queries, from, to, 1, func(m at) (int64, int64, bool) {
		c := t.sides.green(m)
		return c.Requests, c.Errors, c.Present
	})
}

func percentiles(namespace, metric string, of []Dimension) []Query {
	var all []Query
	for _, p := range []string{median, slow5, slow1} {
		all = append(all, Query{p, namespace, metric, p, of})
	}
	return all
}

// compared reads a window. Unlike a tick's it must be whole: what is too old or
// not complete yet would make it another window than the one that was asked for.
func (t *Traffic) compared(ctx context.Context, queries []Query, from, to time.Time, scale float64, count func(at) (requests, errors int64, known bool)) ([]Compared, error) {
	first, end := from.UTC().Truncate(time.Minute), to.UTC().Truncate(time.Minute)
	now := time.Now()
	asked := first.Format(time.RFC3339) + "/" + end.Format(time.RFC3339)
	switch {
	case end.Sub(first) > mostCompared, now.Sub(first) > kept:
		return nil, &fault.Fault{Kind: fault.Input, Name: "window", What: "begins before what CloudWatch keeps minute by minute", Got: asked, Allowed: fmt.Sprintf("the last %d days", keptDays)}
	case end.After(now.Add(-incomplete)):
		return nil, &fault.Fault{Kind: fault.Input, Name: "window", What: "is not over, or not complete at CloudWatch", Got: asked, Allowed: "one that ended " + incomplete.String() + " ago or earlier"}
	case !first.Before(end):
		return nil, &fault.Fault{Kind: fault.Input, Name: "window", What: "is shorter than a minute", Got: asked}
	}
	p, err := t.read(ctx, queries, first, end, minutely)
	if err != nil {
		return nil, err
	}
	starts := map[time.Time]bool{}
	for _, values := range p {
		for start := range values {
			starts[start] = true
		}
	}
	var all []Compared
	for _, start := range slices.SortedFunc(maps.Keys(starts), time.Time.Compare) {
		m := at{p, start}
		requests, errors, known := count(m)
		if !known || requests == 0 {
			continue
		}
		c := Compared{Start: start, Requests: requests, Errors: errors}
		for id, into := range map[string]*float64{median: &c.P50, slow5: &c.P95, slow1: &c.P99} {
			v, _ := m.level(id)
			*into = max(v, 0) * scale
		}
		all = append(all, c)
	}
	return all, nil
}
