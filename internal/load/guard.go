package load

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
)

// Guard ends a run that its limits do not allow to go on. It decides by what it
// is told, second by second, and looks at no clock.
type Guard struct {
	limits  Limits
	seconds []Second
	// planned and sent are requests.
	planned, sent int
	why           string
}

// usualWindow is over what a target is watched where the plan does not say.
const usualWindow = 10 * time.Second

// fewest is with how many answers a share says something.
const fewest = 20

// NewGuard is one for a plan.
func NewGuard(p Plan) *Guard {
	g := &Guard{limits: p.Limits, planned: p.Planned(p.Length())}
	if g.limits.Window <= 0 {
		g.limits.Window = usualWindow
	}
	// A part may send its part of what all may.
	g.limits.Rate /= float64(p.parts())
	g.limits.Requests = (g.limits.Requests + p.parts() - 1) / p.parts()
	return g
}

// Observe takes a second and says why the run must stop, or "". Once it has said
// so, it does not take it back.
func (g *Guard) Observe(s Second) (stop string) {
	if g.why == "" {
		g.sent += s.Sent
		g.seconds = append(g.seconds, s)
		keep := slices.IndexFunc(g.seconds, func(old Second) bool { return old.At > s.At-g.limits.Window })
		g.seconds = g.seconds[max(keep, 0):]
		g.why = g.bounded(s)
		if g.why == "" {
			g.why = g.melted(s)
		}
	}
	return g.why
}

// slack is by how much a second may be above the rate, since a generator that was
// late for a moment sends what is due.
const slack = 1.5

// bounded holds the run to its bounds.
func (g *Guard) bounded(s Second) string {
	l := g.limits
	switch {
	case l.Requests > 0 && g.sent >= l.Requests && g.sent < g.planned:
		return fmt.Sprintf("%d requests were sent, the most that limits.requests allows", g.sent)
	case l.Duration > 0 && s.At > l.Duration:
		return fmt.Sprintf("it has lasted for %s, the longest that limits.duration allows", report.Seconds(l.Duration))
	case l.Rate > 0 && float64(s.Sent) > slack*l.Rate+1:
		return fmt.Sprintf("%d requests were sent in a second, where limits.rate allows %s", s.Sent, report.Number(l.Rate))
	}
	return ""
}

// melted says whether the target cannot be asked to take more. It waits for a
// whole window, so that the first cold starts are no melting.
func (g *Guard) melted(s Second) string {
	l := g.limits
	if s.At < l.Window {
		return ""
	}
	answered, errors, sent := 0, 0, 0
	var latencies []time.Duration
	for _, one := range g.seconds {
		answered, errors, sent = answered+one.Answered, errors+one.Errors, sent+one.Sent
		latencies = append(latencies, one.Latencies...)
	}
	window := report.Seconds(l.Window)
	switch {
	case answered == 0 && sent >= fewest:
		return fmt.Sprintf("the target has answered nothing for %s, while %d requests wait", window, s.Waiting)
	case answered < fewest:
		return ""
	case l.Errors > 0 && float64(errors) > l.Errors*float64(answered):
		return fmt.Sprintf("%d of %d requests failed within %s, more than the %s%% of limits.errors", errors, answered, window, report.Number(l.Errors*100))
	case len(latencies) == 0 && errors == answered:
		return fmt.Sprintf("none of %d requests got an answer within %s", answered, window)
	case l.P99 > 0 && len(latencies) >= fewest && rank(latencies, 990) > l.P99:
		return fmt.Sprintf("p99 was %s within %s, above limits.p99 (%s)", rank(latencies, 990).Round(time.Millisecond), window, l.P99)
	}
	return ""
}

// rank is the nearest rank.
func rank(latencies []time.Duration, perMille int) time.Duration {
	sorted := slices.SortedFunc(slices.Values(latencies), cmp.Compare[time.Duration])
	return sorted[max((len(sorted)*perMille+999)/1000, 1)-1]
}
