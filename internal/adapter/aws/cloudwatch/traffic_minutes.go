package cloudwatch

import (
	"maps"
	"math"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// points are the values of each query by the beginning of their minute.
type points map[string]map[time.Time]float64

func (p points) add(id string, at time.Time, value float64) {
	if p[id] == nil {
		p[id] = map[time.Time]float64{}
	}
	p[id][at] = value
}

// at are the points of one minute.
type at struct {
	points
	start time.Time
}

func (m at) level(id string) (float64, bool) {
	v, ok := m.points[id][m.start]
	return v, ok
}

// mostCount bounds what a minute can hold, so that sums of counts do not
// overflow whatever CloudWatch says.
const mostCount = 1e12

// count is a figure as a whole number: trimmed counts are interpolated. An absent
// one is 0; has says where absence means something else.
func (m at) count(id string) int64 {
	v, _ := m.level(id)
	return whole(v)
}

func whole(v float64) int64 { return int64(math.Round(min(max(v, 0), mostCount))) }

func (m at) has(ids ...string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { _, ok := m.level(id); return ok })
}

// minutes are those of which anything is known, the oldest first.
func (s Sides) minutes(p points) []judge.Minute {
	starts := map[time.Time]bool{}
	for _, values := range p {
		for start := range values {
			starts[start] = true
		}
	}
	var all []judge.Minute
	for _, start := range slices.SortedFunc(maps.Keys(starts), time.Time.Compare) {
		m := at{p, start}
		all = append(all, judge.Minute{Start: start, Blue: m.blue(), Green: s.green(m), Gauges: s.levels(m)})
	}
	return all
}

// blue counts what the load balancer's clients got. What is absent means:
//
//   - RequestCount: nothing reached a target. It is always told while anything
//     does, and counts only requests for which a target was chosen.
//   - 4xx and 5xx: none; they are told only when there is one.
//   - TargetResponseTime: no target answered. Where one must have, the minute is
//     not known.
//
// Source: ALB user guide, CloudWatch metrics, reporting criteria. A 503 of the
// load balancer and its own 4xx come without a target, so they are requests on
// top. Its 502 and 504 are among RequestCount: without one, something is missing.
func (m at) blue() judge.Counts {
	targets, own, noTarget, rejected := m.count(blueRequests), m.count(blueOwnErrors), m.count(blueNoTarget), m.count(blueOwnRejected)
	noTarget = min(noTarget, own)
	broken := own - noTarget
	c := judge.Counts{Requests: targets + noTarget + rejected}
	switch {
	case !m.has(blueRequests) && (broken > 0 || c.Requests == 0):
		return judge.Counts{}
	case targets > broken && !m.has(blueFast, blueSlow):
		return judge.Counts{}
	}
	c.Present = true
	c.Errors = min(m.count(blueErrors)+own, c.Requests)
	c.Rejected = min(m.count(blueRejected)+rejected, c.Requests-c.Errors)
	c.Slow = min(m.count(blueSlow), targets)
	return c
}

// green counts what the gateway's clients got, and what Lambda says. What is
// absent means:
//
//   - Count: the minute is not known; a gateway without a request tells nothing.
//   - 4xx and 5xx: none. A REST API tells a 0 for each other request (its average
//     is the rate); of HTTP APIs the reference says nothing, and dashboards show
//     gaps.
//   - Latency: the minute is not known, since each request has one.
//   - Invocations and Throttles: none; Lambda tells no zeros of the former.
//   - cold starts: none; the filter that counts them has no default value.
//
// Sources: API Gateway developer guide, metrics and dimensions; Lambda developer
// guide, metrics; CloudWatch Logs user guide, metric filters.
func (s Sides) green(m at) judge.Counts {
	var c judge.Counts
	for n := range s.functions() {
		c.Invocations += m.count(numbered(invocations, n))
		c.Throttles += m.count(numbered(throttles, n))
	}
	c.ColdStarts = min(m.count(coldStarts), c.Invocations)
	c.SlowColdStarts = min(m.count(coldSlow), c.ColdStarts)
	requests := m.count(greenRequests)
	if !m.has(greenRequests) || requests > 0 && !m.has(greenFast, greenSlow) {
		return c
	}
	bad := min(m.count(greenErrors), requests)
	// What is taken out for the checkers was answered well: a bad answer is not
	// forgiven because one of them may have got it.
	users := max(requests-s.Green.Checks, bad)
	if users == 0 {
		return c
	}
	c.Present, c.Requests, c.Errors = true, users, bad
	c.Rejected = min(m.count(greenRejected), users-c.Errors)
	c.Slow = min(m.count(greenSlow), users)
	return c
}

// levels are the gauges as shares; an absent figure is missing. Of the cache's
// nodes the fullest counts, of those that told.
func (s Sides) levels(m at) judge.Gauges {
	g := judge.NoGauges()
	used, known := m.level(connections)
	if most, ok := m.level(mostConnections); known && ok && most > 0 {
		g.Connections = share(used / most)
	}
	if v, ok := m.level(processor); ok {
		g.DatabaseCPU = share(v / 100)
	}
	for n := range s.Caches {
		if v, ok := m.level(numbered(memory, n)); ok && (math.IsNaN(g.CacheMemory) || share(v/100) > g.CacheMemory) {
			g.CacheMemory = share(v / 100)
		}
	}
	return g
}

// share bounds a level from below: none is less than nothing. A proxy may hold
// more connections than it is now allowed, and then it is more than full.
func share(v float64) float64 { return max(v, 0) }
