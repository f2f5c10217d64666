package cloudwatch

import (
	"context"
	"fmt"
	"maps"
	"math"
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

// Colds are the cold starts of a window: how many there were, and how many of them
// took as long as the limit or longer. CloudWatch keeps each duration and tells no
// percentile of several minutes, but it counts.
type Colds struct {
	Count, Slow int64
	// Known says that somebody counts them, so that none is none.
	Known bool
}

// CompareColds counts a window's cold starts. The filter that publishes them has no
// default value: a minute without any tells nothing.
//
// Of those up to a limit the limit is one itself, and durations have two digits
// behind the point, so that the limit that is asked for is a hundredth of a
// millisecond less. Counts between two limits may be interpolated: what is not
// surely fast is slow. Sources: CloudWatch User Guide, statistics definitions;
// Lambda developer guide, on REPORT lines.
func (t *Traffic) CompareColds(ctx context.Context, from, to time.Time) (c Colds, err error) {
	if t.sides.ColdStarts == "" || t.sides.SlowStart <= 0 {
		return c, nil
	}
	under := milliseconds(t.sides.SlowStart - 10*time.Microsecond)
	p, err := t.window(ctx, []Query{
		{coldStarts, t.sides.ColdStarts, coldStartMetric, "SampleCount", nil},
		{coldFast, t.sides.ColdStarts, coldStartMetric, "TC(:" + under + ")", nil},
		{coldSlow, t.sides.ColdStarts, coldStartMetric, "TC(" + under + ":)", nil},
	}, from, to)
	if err != nil {
		return c, err
	}
	var slow float64
	for start, n := range p[coldStarts] {
		m := at{p, start}
		if n <= 0 {
			continue
		}
		if !m.has(coldFast, coldSlow) {
			return Colds{}, nil // how long they took is not told
		}
		fast, _ := m.level(coldFast)
		c.Count += whole(n)
		slow += max(n-max(fast, 0), 0)
	}
	c.Slow, c.Known = min(int64(math.Ceil(slow-1e-6)), c.Count), true
	return c, nil
}

// coldFast is a figure beside those of a rollout.
const coldFast = "cold_fast"

// window reads all minutes of a window. Unlike a tick's it must be whole: what is
// too old or not complete yet would make it another window than the one that was
// asked for.
func (t *Traffic) window(ctx context.Context, queries []Query, from, to time.Time) (points, error) {
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
	return t.read(ctx, queries, first, end, minutely)
}

// compared are the minutes of a side in which it had a request.
func (t *Traffic) compared(ctx context.Context, queries []Query, from, to time.Time, scale float64, count func(at) (requests, errors int64, known bool)) ([]Compared, error) {
	p, err := t.window(ctx, queries, from, to)
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
