package cloudwatch_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// counted is a side of which nothing else is said.
func counted(requests, errors, slow, rejected int64) judge.Counts {
	return judge.Counts{Present: true, Requests: requests, Errors: errors, Slow: slow, Rejected: rejected}
}

// one reads the minute of noon.
func one(t *testing.T, sides cloudwatch.Sides, f figures) (m judge.Minute, known bool) {
	t.Helper()
	c, traffic := open(t, sides)
	observe(t, c, noon, f)
	minutes, err := traffic.Minutes(t.Context(), noon.Add(-5*time.Minute), now)
	if err != nil || len(minutes) > 1 {
		t.Fatal(minutes, err)
	}
	if len(minutes) == 0 {
		return judge.Minute{}, false
	}
	if !minutes[0].Start.Equal(noon) {
		t.Errorf("the minute begins at %s", minutes[0].Start)
	}
	return minutes[0], true
}

// The load balancer's figures, and what it means when one is absent.
func TestBlue(t *testing.T) {
	answered := append(times(8, 0.1), 0.9, 0.8)
	for name, x := range map[string]struct {
		told figures
		want judge.Counts
	}{
		"errors and rejections are absent: none": {figures{"requests": {4, 6}, "took": answered}, counted(10, 0, 2, 0)},
		"errors and rejections":                  {figures{"requests": {10}, "took": answered, "5xx": times(3, 1), "4xx": {2}}, counted(10, 3, 2, 2)},
		"the limit itself is not slow":           {figures{"requests": {2}, "took": {0.5, 0.501}}, counted(2, 0, 1, 0)},
		"none was fast":                          {figures{"requests": {2}, "took": {0.7, 0.8}}, counted(2, 0, 2, 0)},
		"without a target: on top":               {figures{"requests": {10}, "took": answered, "own 5xx": {3}, "own 503": {3}}, counted(13, 3, 2, 0)},
		"a broken connection: among them":        {figures{"requests": {10}, "took": answered[:8], "own 5xx": {2}}, counted(10, 2, 0, 0)},
		"its own rejections: on top":             {figures{"requests": {10}, "took": answered, "own 4xx": {5}, "4xx": {1}}, counted(15, 0, 2, 6)},
		"all of them broken, no time to tell":    {figures{"requests": {4}, "own 5xx": {4}}, counted(4, 4, 0, 0)},
		"no target at all":                       {figures{"own 5xx": {7}, "own 503": {7}}, counted(7, 7, 0, 0)},
		"more errors than requests":              {figures{"requests": {2}, "took": {0.1, 0.1}, "5xx": {9}, "4xx": {9}}, counted(2, 2, 0, 0)},
		"requests are missing":                   {figures{"5xx": {2}, "took": answered}, judge.Counts{}},
		"requests are missing, some were broken": {figures{"own 5xx": {2}, "took": answered}, judge.Counts{}},
		"requests are missing, a part is known":  {figures{"own 5xx": {5}, "own 503": {3}}, judge.Counts{}},
		"a part of what is not told":             {figures{"requests": {10}, "took": answered, "own 503": {3}}, counted(10, 0, 2, 0)},
		"times are missing":                      {figures{"requests": {10}, "5xx": {1}}, judge.Counts{}},
		"only the levels are told":               {figures{"cpu": {10}}, judge.Counts{}},
	} {
		t.Run(name, func(t *testing.T) {
			m, known := one(t, both(), x.told)
			if !known || m.Blue != x.want {
				t.Errorf("%+v, not %+v", m.Blue, x.want)
			}
			if m.Green.Present {
				t.Errorf("green has nothing to tell: %+v", m.Green)
			}
		})
	}
}

// The gateway's and Lambda's.
func TestGreen(t *testing.T) {
	answered := append(times(8, 100), 651, 9000)
	invoked := func(c judge.Counts, invocations, cold, slow, throttles int64) judge.Counts {
		c.Invocations, c.ColdStarts, c.SlowColdStarts, c.Throttles = invocations, cold, slow, throttles
		return c
	}
	for name, x := range map[string]struct {
		sides cloudwatch.Sides
		told  figures
		want  judge.Counts
	}{
		"an HTTP API, nothing else":    {both(), figures{"http count": times(10, 1), "http latency": answered}, counted(10, 0, 2, 0)},
		"an HTTP API, errors":          {both(), figures{"http count": times(10, 1), "http latency": answered, "http 5xx": {1}, "http 4xx": {3}}, counted(10, 1, 2, 3)},
		"a REST API, a 0 for the rest": {rest(), figures{"rest count": times(10, 1), "rest latency": answered, "rest 5xx": {0, 0, 1, 0}, "rest 4xx": {0, 1, 1, 0}}, counted(10, 1, 2, 2)},
		"another kind of API":          {rest(), figures{"http count": {10}, "http latency": answered}, judge.Counts{}},
		"the limit itself is not slow": {both(), figures{"http count": {1}, "http latency": {650}}, counted(1, 0, 0, 0)},
		"times are missing":            {both(), figures{"http count": {10}, "http 5xx": {1}}, judge.Counts{}},
		"requests are missing":         {both(), figures{"http latency": answered, "http 5xx": {1}}, judge.Counts{}},
		"more errors than requests":    {both(), figures{"http count": {2}, "http latency": {1, 1}, "http 5xx": {5}, "http 4xx": {5}}, counted(2, 2, 0, 0)},
		"Lambda's figures are sums":    {both(), figures{"http count": {1}, "http latency": {1}, "api": {7}, "jobs": {3}, "api throttled": {2}}, invoked(counted(1, 0, 0, 0), 10, 0, 0, 2)},
		"cold starts":                  {both(), figures{"http count": {1}, "http latency": {1}, "api": {9}, "cold": {300, 2000, 2001, 5000}}, invoked(counted(1, 0, 0, 0), 9, 4, 2, 0)},
		"cold starts without a call":   {both(), figures{"api": {1}, "cold": {3000, 3000}}, invoked(judge.Counts{}, 1, 1, 1, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := one(t, x.sides, x.told)
			if m.Green != x.want {
				t.Errorf("%+v, not %+v", m.Green, x.want)
			}
			if m.Blue.Present {
				t.Errorf("blue has nothing to tell: %+v", m.Blue)
			}
		})
	}
}

// Without names the region's functions are summed by CloudWatch, and beyond
// twenty too.
func TestFunctionsOfTheRegion(t *testing.T) {
	for name, functions := range map[string][]string{"none": nil, "too many": make([]string, 21)} {
		t.Run(name, func(t *testing.T) {
			s := both()
			s.Functions = functions
			if m, _ := one(t, s, figures{"region": {11}, "api": {7}}); m.Green.Invocations != 11 {
				t.Errorf("%+v", m.Green)
			}
		})
	}
}

// Levels are shares, and a missing one is missing.
func TestGauges(t *testing.T) {
	none := math.NaN()
	for name, x := range map[string]struct {
		told figures
		want [3]float64
	}{
		"nothing":                   {figures{"requests": {1}}, [3]float64{none, none, none}},
		"the nodes of the proxy":    {figures{"connections": {20, 25}, "allowed": {45, 45}}, [3]float64{0.5, none, none}},
		"no allowance":              {figures{"connections": {20}}, [3]float64{none, none, none}},
		"an allowance of nothing":   {figures{"connections": {20}, "allowed": {0}}, [3]float64{none, none, none}},
		"no connections told":       {figures{"allowed": {90}}, [3]float64{none, none, none}},
		"none held":                 {figures{"connections": {0}, "allowed": {90}}, [3]float64{0, none, none}},
		"more than are allowed now": {figures{"connections": {99}, "allowed": {90}}, [3]float64{1.1, none, none}},
		"the processor's average":   {figures{"cpu": {20, 40}}, [3]float64{none, 0.3, none}},
		"the fullest node":          {figures{"memory 1": {10, 60}, "memory 2": {70, 20}}, [3]float64{none, none, 0.7}},
		"the fullest node is first": {figures{"memory 1": {70}, "memory 2": {20}}, [3]float64{none, none, 0.7}},
		"one node is silent":        {figures{"memory 2": {25}}, [3]float64{none, none, 0.25}},
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := one(t, both(), x.told)
			got := [3]float64{m.Gauges.Connections, m.Gauges.DatabaseCPU, m.Gauges.CacheMemory}
			for i := range got {
				if math.Abs(got[i]-x.want[i]) > 1e-12 || math.IsNaN(got[i]) != math.IsNaN(x.want[i]) {
					t.Errorf("%v, not %v", got, x.want)
				}
			}
			if !math.IsNaN(m.Gauges.CostPerMillion) {
				t.Errorf("CloudWatch knows no cost: %v", m.Gauges.CostPerMillion)
			}
		})
	}
}

// At weight 0 and at weight 100 one side has no traffic and so no points: it is
// not Present, and that is no error. Where neither has, the minute is left out.
func TestASideWithoutTraffic(t *testing.T) {
	c, traffic := open(t, both())
	blue, green := figures{"requests": {2}, "took": {0.1, 0.1}}, figures{"http count": {2}, "http latency": {1, 1}}
	observe(t, c, noon.Add(-4*time.Minute), blue)
	observe(t, c, noon.Add(-3*time.Minute), blue)
	observe(t, c, noon.Add(-3*time.Minute), green)
	observe(t, c, noon.Add(-2*time.Minute), green)
	observe(t, c, noon, figures{"healthy": {4}})
	minutes, err := traffic.Minutes(t.Context(), noon.Add(-time.Hour), now)
	if err != nil {
		t.Fatal(err)
	}
	var got [][2]bool
	for n, m := range minutes {
		got = append(got, [2]bool{m.Blue.Present, m.Green.Present})
		if want := noon.Add(time.Duration(n-4) * time.Minute); !m.Start.Equal(want) {
			t.Errorf("%d: %s, not %s", n, m.Start, want)
		}
	}
	if !slices.Equal(got, [][2]bool{{true, false}, {true, true}, {false, true}}) {
		t.Error(got)
	}
}

// Route 53's own requests are no users: they are taken out of the good ones, and
// never out of the bad.
func TestCheckersAreNoUsers(t *testing.T) {
	for name, c := range map[string]struct {
		all, bad, want int64
		present        bool
	}{
		"users and checkers":           {130, 2, 100, true},
		"checkers alone":               {30, 0, 0, false},
		"fewer than were expected":     {20, 0, 0, false},
		"everything fails":             {130, 130, 130, true},
		"the checkers alone, and fail": {30, 30, 30, true},
	} {
		sides := both()
		sides.Green.Checks = 30
		s, traffic := open(t, sides)
		api := map[string]string{"ApiId": "a1b2c3d4e5", "Stage": "$default"}
		for i := range c.all {
			s.Observe("AWS/ApiGateway", "Count", api, noon, 1)
			s.Observe("AWS/ApiGateway", "Latency", api, noon, 50)
			if i < c.bad {
				s.Observe("AWS/ApiGateway", "5xx", api, noon, 1)
			}
		}
		minutes, err := traffic.Minutes(t.Context(), noon, now)
		if err != nil || len(minutes) != 1 {
			t.Fatalf("%s: %+v, %v", name, minutes, err)
		}
		if g := minutes[0].Green; g.Present != c.present || g.Requests != c.want || g.Errors != c.bad {
			t.Errorf("%s: %+v", name, g)
		}
	}
}
