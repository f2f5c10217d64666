package cloudwatch

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Peak is the most that blue has borne. While green has traffic, blue must stay
// able to bear it again.
type Peak struct {
	// Targets is how many were healthy at once. Where the target group does not
	// balance across zones, each zone counts its own, and this is the fullest one's.
	Targets int
	// PerMinute is how many requests reached targets in one minute.
	PerMinute int64
	// Mean and Longest are the time from the load balancer to the head of a
	// target's answer. One that never came has no time.
	Mean, Longest time.Duration
	// From is the first hour of which anything is known, To the end of the last
	// minute that is complete.
	From, To time.Time
	// Minutes is in how many there were requests. Single minutes are kept for 15
	// days, so that PerMinute and this look no further back.
	Minutes int
}

const (
	// mostDays is how long hours are kept, less one for hours that have begun and
	// for clocks that differ; source: API reference, GetMetricData.
	mostDays = 454
	// recent is how old the newest figure of healthy targets may be.
	recent = 15 * time.Minute
)

// The figures of Peak and Healthy.
const (
	healthy                               = "healthy"
	requestTimes, requestTotal, requestOf = "times_longest", "times_total", "times_count"
)

// healthyHosts are told as long as there are targets, with traffic or without;
// source: ALB user guide, CloudWatch metrics, reporting criteria.
func (s Sides) healthyHosts(stat string) Query {
	return Query{healthy, "AWS/ApplicationELB", "HealthyHostCount", stat, s.Blue.target()}
}

// peakQueries are those of each hour, and the one of each minute.
func (s Sides) peakQueries() (hours, minutes []Query) {
	of := func(id, metric, stat string) Query {
		return Query{id, "AWS/ApplicationELB", metric, stat, s.Blue.target()}
	}
	const took = "TargetResponseTime"
	return []Query{s.healthyHosts("Maximum"), of(requestTimes, took, "Maximum"), of(requestTotal, took, "Sum"), of(requestOf, took, "SampleCount")},
		[]Query{of(blueRequests, "RequestCount", "Sum")}
}

// Peak reads what blue has borne in the last days. What is not known is an error:
// a peak of zero would let blue be made too small to take the traffic back. How
// large answers were is not among it: a load balancer tells no sizes by request.
func (t *Traffic) Peak(ctx context.Context, days int, now time.Time) (Peak, error) {
	if days < 1 || days > mostDays {
		return Peak{}, &fault.Fault{Kind: fault.Input, Name: "days", What: "cannot be looked back over", Got: strconv.Itoa(days), Allowed: fmt.Sprintf("1 to %d, as long as CloudWatch keeps hours", mostDays)}
	}
	since := now.Add(-time.Duration(days) * 24 * time.Hour)
	first, end := span(since, now)
	hours, minutes := t.sides.peakQueries()
	p, err := t.read(ctx, hours, since.UTC().Truncate(time.Hour), end, hourly)
	if err != nil {
		return Peak{}, err
	}
	requests, err := t.read(ctx, minutes, first, end, minutely)
	if err != nil {
		return Peak{}, err
	}
	x := Peak{
		Targets: int(whole(p.most(healthy))), PerMinute: whole(requests.most(blueRequests)),
		Longest: seconds(p.most(requestTimes)), To: end,
	}
	for _, v := range requests[blueRequests] {
		if v > 0 {
			x.Minutes++
		}
	}
	count := p.sum(requestOf)
	switch {
	case x.Targets == 0:
		return Peak{}, t.missing(hours[0], "shows no healthy target", days)
	case x.PerMinute == 0:
		return Peak{}, t.missing(minutes[0], "shows no request", min(days, keptDays))
	case count <= 0 || len(p[requestTimes]) == 0 || len(p[requestTotal]) == 0:
		return Peak{}, t.missing(hours[1], "shows no answer", days)
	}
	x.Mean = seconds(p.sum(requestTotal) / count)
	x.From = p.first()
	return x, nil
}

// missing says which figure of blue is.
func (t *Traffic) missing(q Query, what string, days int) error {
	return &fault.Fault{
		Kind: fault.Outside, Name: q.Subject(), What: fmt.Sprintf("%s in the last %d days, so what blue must be able to bear is not known", what, days),
		Next: "Look whether traffic.blue names the load balancer and the target group that clients reach, and wait until they have had traffic.",
	}
}

// Healthy is how many of blue's targets were healthy throughout the newest minute
// that is complete, and when that began. None healthy is 0; nothing told is an
// error.
func (t *Traffic) Healthy(ctx context.Context, now time.Time) (targets int, at time.Time, err error) {
	from, end := span(now.Add(-recent), now)
	q := t.sides.healthyHosts("Minimum")
	p, err := t.read(ctx, []Query{q}, from, end, minutely)
	if err != nil {
		return 0, time.Time{}, err
	}
	var value float64
	for minute, v := range p[healthy] {
		if at.Before(minute) {
			at, value = minute, v
		}
	}
	if at.IsZero() {
		return 0, at, &fault.Fault{
			Kind: fault.Outside, Name: q.Subject(), What: fmt.Sprintf("has told nothing for %.0f minutes, so whether blue can take the traffic back is not known", recent.Minutes()),
			Next: "Look at the target group: without registered targets nothing is told. Until then do not give green more.",
		}
	}
	return int(whole(value)), at, nil
}

// most is the highest value of a figure; no value is 0.
func (p points) most(id string) (highest float64) {
	for _, v := range p[id] {
		highest = max(highest, v)
	}
	return highest
}

// first is the oldest time of which there is a value.
func (p points) first() (oldest time.Time) {
	for _, values := range p {
		for at := range values {
			if oldest.IsZero() || at.Before(oldest) {
				oldest = at
			}
		}
	}
	return oldest
}

// longest bounds a time, so that it fits whatever CloudWatch says.
const longest = 365 * 24 * time.Hour

func seconds(v float64) time.Duration {
	return time.Duration(math.Round(min(max(v, 0), longest.Seconds()) * float64(time.Second)))
}
