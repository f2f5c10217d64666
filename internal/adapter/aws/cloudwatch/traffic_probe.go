package cloudwatch

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Seen is what a probe saw of one metric.
type Seen struct {
	// Metric with its dimensions.
	Metric string
	// Required says that nothing can be judged without it.
	Required bool
	// Minutes that had a point.
	Minutes int
	// Trouble is what is wrong with it, empty for nothing; Next what to do.
	Trouble, Next string
}

// blueAll is what reached targets of any group of blue's load balancer; only a
// probe asks for it.
const blueAll = "blue_requests_of_all_groups"

// sparse are the metrics that are silent while all is well: they are told only
// where there is something to count. Sources as at blue and green.
var sparse = []string{blueErrors, blueRejected, blueOwnErrors, blueOwnRejected, blueNoTarget, greenErrors, greenRejected, throttles, invocations}

// timed is a metric whose values are counted by a limit, in every way in which
// CloudWatch can: the counts below and above it must make up all, and the share
// that it calls below must be that of the count.
type timed struct {
	fast, slow, samples, rank Query
	required                  bool
}

// Probe looks, before a rollout, whether each metric has data, and whether
// CloudWatch counts requests by their time at all: it can only where a metric's
// raw values are published, and is silent otherwise. An hour with traffic on both
// sides is enough.
func (t *Traffic) Probe(ctx context.Context, from, to time.Time) ([]Seen, error) {
	from, to = span(from, to)
	if !from.Before(to) {
		return nil, outside("cannot be probed: no minute is complete yet", from.Format(time.RFC3339))
	}
	plain, times := t.sides.probes()
	queries := slices.Clone(plain)
	for _, x := range times {
		queries = append(queries, x.fast, x.slow, x.samples, x.rank)
	}
	p, err := t.read(ctx, queries, from, to, minutely)
	if err != nil {
		return nil, err
	}
	var all []Seen
	for _, q := range plain {
		all = append(all, seen(p, q))
	}
	for _, x := range times {
		all = append(all, x.seen(p))
	}
	return all, nil
}

// probes are the queries of a tick, those about times apart from the others.
func (s Sides) probes() (plain []Query, times []timed) {
	by := map[string]Query{}
	for _, q := range s.Queries() {
		by[q.ID] = q
		if !slices.Contains([]string{blueFast, blueSlow, greenFast, greenSlow, coldStarts, coldSlow}, q.ID) {
			plain = append(plain, q)
		}
	}
	all := by[blueRequests]
	all.ID, all.Dimensions = blueAll, all.Dimensions[:1]
	for _, slow := range []string{blueSlow, greenSlow, coldSlow} {
		q, ok := by[slow]
		if !ok {
			continue
		}
		name, limit := strings.TrimSuffix(slow, "_slow"), strings.TrimSuffix(strings.TrimPrefix(q.Stat, "TC("), ":)")
		as := func(id, stat string) Query {
			return Query{name + id, q.Namespace, q.Metric, stat, q.Dimensions}
		}
		times = append(times, timed{as("_fast", "TC(:"+limit+")"), q, as("_samples", "SampleCount"), as("_rank", "PR(:"+limit+")"), slow != coldSlow})
	}
	return append(plain, all), times
}

// seen judges a metric that is told as it is.
func seen(p points, q Query) Seen {
	x := Seen{Metric: q.Subject(), Required: q.ID == blueRequests || q.ID == greenRequests, Minutes: len(p[q.ID])}
	quiet := slices.ContainsFunc(sparse, func(id string) bool { return strings.HasPrefix(q.ID, id) })
	switch {
	case q.ID == blueAll:
		if all, ours := p.sum(blueAll), p.sum(blueRequests); all > 1.01*ours {
			x.Trouble = fmt.Sprintf("%.0f of its %.0f requests went to other target groups", all-ours, all)
			x.Next = "Errors that the load balancer makes itself are told for all of them together and count as blue's: give blue a load balancer of its own, or know it when both sides look broken."
		}
	case x.Minutes > 0 || quiet:
	case x.Required:
		x.Trouble, x.Next = "has no data", "Send some requests to this side's direct name, wait three minutes, and look whether its names in cutover.yaml are those of its metrics."
	default:
		x.Trouble, x.Next = "has no data", "It will not be judged. Look whether its name is that of the metric's dimension."
	}
	return x
}

// seen judges a metric by all ways to count it.
func (t timed) seen(p points) Seen {
	x := Seen{Metric: t.slow.Subject(), Required: t.required, Minutes: len(p[t.samples.ID])}
	all, fast, slow := p.sum(t.samples.ID), p.sum(t.fast.ID), p.sum(t.slow.ID)
	share := 0.0
	for at, percent := range p[t.rank.ID] {
		share += percent / 100 * p[t.samples.ID][at]
	}
	off := func(got, want float64) bool { return math.Abs(got-want) > 1+want/50 }
	switch {
	case all == 0 && t.required:
		x.Trouble, x.Next = "has no data", "Send some requests to this side's direct name and wait three minutes."
	case all == 0: // there may have been no cold start
	case len(p[t.fast.ID])+len(p[t.slow.ID]) == 0:
		x.Trouble = fmt.Sprintf("has %.0f values, and CloudWatch does not count them by %s", all, t.slow.Stat)
		x.Next = "It needs raw values: they must not be published as statistic sets, and none may be negative. Slow requests cannot be judged until then."
	case off(fast+slow, all):
		x.Trouble = fmt.Sprintf("has %.0f values, of which %s counts %.0f and %s counts %.0f", all, t.fast.Stat, fast, t.slow.Stat, slow)
		x.Next = "The counts do not make up the whole, so slow requests cannot be judged: ask AWS support."
	case off(share, fast):
		x.Trouble = fmt.Sprintf("has %.0f values up to the limit by %s and %.0f by %s", fast, t.fast.Stat, share, t.rank.Stat)
		x.Next = "The two must agree, so slow requests cannot be judged: ask AWS support."
	}
	return x
}

func (p points) sum(id string) (total float64) {
	for _, v := range p[id] {
		total += v
	}
	return total
}

// ErrorsAreShares says whether the gateway publishes a value of 5xx for each
// request, 0 or 1: only then is the average of the metric a share, which the alarm
// of green's health check takes it for. known is false without a request. Source
// for REST APIs: API Gateway Developer Guide, metrics and dimensions; for HTTP
// APIs CloudWatch's recommended alarms say so, and this looks.
func (t *Traffic) ErrorsAreShares(ctx context.Context, from, to time.Time) (are, known bool, err error) {
	from, to = span(from, to)
	if !from.Before(to) {
		return false, false, nil
	}
	var queries []Query
	for _, q := range t.sides.Queries() {
		switch q.ID {
		case greenErrors:
			q.Stat = "SampleCount"
		case greenRequests:
		default:
			continue
		}
		queries = append(queries, q)
	}
	p, err := t.read(ctx, queries, from, to, minutely)
	if err != nil {
		return false, false, err
	}
	requests, values := p.sum(greenRequests), p.sum(greenErrors)
	// A minute at the edge may have one and not yet the other.
	return math.Abs(values-requests) <= 0.02*requests, requests >= 1, nil
}
