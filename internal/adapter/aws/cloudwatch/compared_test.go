package cloudwatch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

// lately is a cloud with the window of an hour that ended ten minutes ago: what is
// compared is over by this machine's clock.
func lately(t *testing.T, sides cloudwatch.Sides) (*cloud.Cloud, *cloudwatch.Traffic, time.Time) {
	t.Helper()
	c, _ := start(t)
	return c, of(t, sides), time.Now().UTC().Truncate(time.Minute).Add(-70 * time.Minute)
}

// Each side's minutes have its requests and errors, and CloudWatch's own
// percentiles in milliseconds, also where the service tells seconds.
//
// Shows: 5.6.1
func TestComparedMinutes(t *testing.T) {
	took := make([]float64, 100)
	for i := range took {
		took[i] = float64(i + 1)
	}
	seconds := make([]float64, 100)
	for i, ms := range took {
		seconds[i] = ms / 1000
	}
	c, traffic, from := lately(t, both())
	c.PagePoints(7)
	observe(t, c, from, figures{"requests": {100}, "took": seconds, "5xx": {1, 1}, "own 5xx": {3}, "own 503": {3}, "http count": times(100, 1), "http latency": took, "http 5xx": {1}})
	observe(t, c, from.Add(2*time.Minute), figures{"requests": {1}, "took": {0.25}, "cpu": {50}})
	observe(t, c, from.Add(3*time.Minute), figures{"cpu": {50}, "api": {1}})                                  // nobody asked
	observe(t, c, from.Add(-time.Minute), figures{"requests": {1}, "took": {9}, "http count": {1}})           // before
	observe(t, c, from.Add(time.Hour), figures{"requests": {1}, "took": {9}, "http count": {1}, "cold": {1}}) // after
	blue, err := traffic.CompareBlue(t.Context(), from, from.Add(time.Hour))
	if err != nil || len(blue) != 2 {
		t.Fatalf("%+v %v", blue, err)
	}
	green, err := traffic.CompareGreen(t.Context(), from, from.Add(time.Hour))
	if err != nil || len(green) != 1 {
		t.Fatalf("%+v %v", green, err)
	}
	near := func(got cloudwatch.Compared, requests, errors int64, p50, p95, p99 float64) {
		t.Helper()
		off := func(a, b float64) bool { return a < b-1.01 || a > b+1.01 } // a percentile between two values
		if got.Requests != requests || got.Errors != errors || off(got.P50, p50) || off(got.P95, p95) || off(got.P99, p99) {
			t.Errorf("%+v", got)
		}
	}
	near(blue[0], 103, 5, 50, 95, 99)
	near(blue[1], 1, 0, 250, 250, 250)
	near(green[0], 100, 1, 50, 95, 99)
	if !blue[0].Start.Equal(from) || !blue[1].Start.Equal(from.Add(2*time.Minute)) {
		t.Errorf("%s, %s", blue[0].Start, blue[1].Start)
	}
}

// A percentile that CloudWatch does not tell is not known, and a minute whose times
// are missing is no minute.
func TestComparedWithoutTimes(t *testing.T) {
	c, traffic, from := lately(t, rest())
	observe(t, c, from, figures{"rest count": times(4, 1), "rest 5xx": {0, 0, 0, 1}})
	observe(t, c, from.Add(time.Minute), figures{"requests": {4}, "own 5xx": {4}})
	green, err := traffic.CompareGreen(t.Context(), from, from.Add(time.Hour))
	if err != nil || len(green) != 0 {
		t.Errorf("%+v %v", green, err)
	}
	blue, err := traffic.CompareBlue(t.Context(), from, from.Add(time.Hour))
	if err != nil || len(blue) != 1 || blue[0].P50 != 0 || blue[0].Errors != 4 {
		t.Errorf("%+v %v", blue, err)
	}
}

// Cold starts are counted over all of a window: those that take the limit itself
// are not below it.
//
// Shows: 5.6.1
func TestComparedColdStarts(t *testing.T) {
	unseen := both()
	unseen.ColdStarts = ""
	for name, x := range map[string]struct {
		sides cloudwatch.Sides
		told  []figures // minute by minute
		want  cloudwatch.Colds
	}{
		"none":                {both(), []figures{{"api": {5}}}, cloudwatch.Colds{Known: true}},
		"nobody counts them":  {unseen, []figures{{"api": {5}}}, cloudwatch.Colds{}},
		"all are fast":        {both(), []figures{{"cold": {300, 1999.99}}, {"cold": {500}}}, cloudwatch.Colds{Count: 3, Known: true}},
		"the limit itself":    {both(), []figures{{"cold": {2000}}}, cloudwatch.Colds{Count: 1, Slow: 1, Known: true}},
		"some of each minute": {both(), []figures{{"cold": {300, 2500}}, {"cold": {2001, 9000}}, {"cold": times(40, 100)}}, cloudwatch.Colds{Count: 44, Slow: 3, Known: true}},
		"without a request":   {both(), []figures{{"requests": {1}, "took": {1}, "cold": {100}}}, cloudwatch.Colds{Count: 1, Known: true}},
	} {
		t.Run(name, func(t *testing.T) {
			c, traffic, from := lately(t, x.sides)
			c.PagePoints(2)
			for n, f := range x.told {
				observe(t, c, from.Add(time.Duration(n)*time.Minute), f)
			}
			observe(t, c, from.Add(-time.Minute), figures{"cold": {9000}})
			observe(t, c, from.Add(time.Hour), figures{"cold": {9000}})
			got, err := traffic.CompareColds(t.Context(), from, from.Add(time.Hour))
			if err != nil || got != x.want {
				t.Errorf("%+v, not %+v %v", got, x.want, err)
			}
		})
	}
}

// Another window than the one that was asked for would be another comparison.
func TestComparedRefuses(t *testing.T) {
	c, traffic, from := lately(t, both())
	for name, x := range map[string]struct {
		from, to time.Time
		want     string
	}{
		"too old":          {from.Add(-15 * day), from.Add(-14 * day), "before what CloudWatch keeps minute by minute"},
		"too long":         {from.Add(-16 * day), from, "before what CloudWatch keeps minute by minute"},
		"not over":         {from, time.Now().Add(time.Hour), "is not over, or not complete"},
		"not complete":     {from, time.Now().Add(-time.Second), "is not over, or not complete"},
		"backwards":        {from, from.Add(-time.Hour), "is shorter than a minute"},
		"part of a minute": {from, from.Add(59 * time.Second), "is shorter than a minute"},
		"nothing":          {from, from, "is shorter than a minute"},
	} {
		t.Run(name, func(t *testing.T) {
			_, one := traffic.CompareBlue(t.Context(), x.from, x.to)
			_, two := traffic.CompareGreen(t.Context(), x.from, x.to)
			_, three := traffic.CompareColds(t.Context(), x.from, x.to)
			for _, err := range []error{one, two, three} {
				if fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), x.want) {
					t.Errorf("%v", err)
				}
			}
		})
	}
	if n := len(c.Calls()); n != 0 {
		t.Errorf("%d calls for nothing", n)
	}
	c.RefuseMonitoring(403, "AccessDeniedException")
	if _, err := traffic.CompareColds(t.Context(), from, from.Add(time.Hour)); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "cloudwatch:GetMetricData") {
		t.Error(err)
	}
}

// What green uses is read by the minute, with the hour before, and what both sides
// carried by the hour of the week before.
//
// Shows: 5.5.5
func TestMetersLive(t *testing.T) {
	c, m := meters(t, metered())
	c.PagePoints(3)
	lb, api := with("LoadBalancer", "app/lego/50dc6c495c0c9188"), with("ApiId", "a1b2c3d4e5", "Stage", "$default")
	first := noon.Add(-time.Minute)
	for _, at := range []time.Time{first.Add(-61 * time.Minute), first.Add(-60 * time.Minute), first, noon, now} {
		c.Observe("AWS/ApiGateway", "Count", api, at, 5)
		c.Observe("AWS/Lambda", "Duration", with("FunctionName", "lego-api"), at, 70)
	}
	for _, back := range []time.Duration{8 * day, 6 * day, 2 * time.Hour, 0} {
		c.Observe("AWS/ApplicationELB", "RequestCount", lb, noon.Add(-back), 100)
		c.Observe("AWS/ApplicationELB", "ProcessedBytes", lb, noon.Add(-back), 900)
	}
	live, err := m.Live(t.Context(), first, now)
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		got, want float64
	}{
		"requests": {live.Green.Requests.Sum(), 15}, "one minute": {live.Green.Requests[noon], 5}, "duration": {live.Green.Functions[0].Milliseconds.Sum(), 210},
		"blue": {live.BlueRequests.Sum(), 200}, "blue's bytes": {live.BlueBytes.Sum(), 1800}, "green by the hour": {live.GreenRequests.Sum(), 15},
	} {
		if x.got != x.want {
			t.Errorf("%s: %g, not %g", name, x.got, x.want)
		}
	}
	if n := metered().LiveQueries(); n != 12 || metered().LivePrice().String() != "$0.00012" {
		t.Errorf("%d, %s", n, metered().LivePrice())
	}
	if live, err := m.Live(t.Context(), now.Add(day), now.Add(-day)); err != nil || live.Green.Requests.Known() {
		t.Errorf("%+v %v", live, err)
	}
}
