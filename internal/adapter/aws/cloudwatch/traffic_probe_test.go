package cloudwatch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

// everything is a minute in which all that can be measured is told.
func everything() figures {
	return figures{
		"requests": {20}, "all requests": {20}, "took": append(times(15, 0.1), times(5, 0.9)...), "http count": {20}, "http latency": append(times(12, 100), times(8, 900)...),
		"cold": {300, 2500}, "api": {20}, "connections": {20}, "allowed": {90}, "cpu": {20}, "memory 1": {10}, "memory 2": {20},
	}
}

func probe(t *testing.T, c *cloud.Cloud, traffic *cloudwatch.Traffic, f figures) map[string]cloudwatch.Seen {
	t.Helper()
	for n := range 3 {
		observe(t, c, noon.Add(time.Duration(-n)*time.Minute), f)
	}
	all, err := traffic.Probe(t.Context(), noon.Add(-time.Hour), now)
	if err != nil {
		t.Fatal(err)
	}
	troubled := map[string]cloudwatch.Seen{}
	for _, x := range all {
		if x.Trouble != "" {
			troubled[x.Metric] = x
		}
		if (x.Trouble == "") != (x.Next == "") {
			t.Errorf("a trouble without a way out: %+v", x)
		}
	}
	return troubled
}

// Where all is told, nothing is said; where a metric is silent, what that means.
func TestProbe(t *testing.T) {
	blur := func(stat string, by float64) func(c *cloud.Cloud) {
		return func(c *cloud.Cloud) {
			c.Blur(func(s string, value float64) float64 {
				if strings.HasPrefix(s, stat) {
					return value * by
				}
				return value
			})
		}
	}
	for name, x := range map[string]struct {
		change   func(f figures)
		break_   func(c *cloud.Cloud)
		metric   string
		required bool
		want     string
	}{
		"all well":               {metric: ""},
		"a little off":           {break_: blur("TC", 1.01), metric: ""},
		"no cold start":          {change: func(f figures) { delete(f, "cold") }, metric: ""},
		"no call":                {change: func(f figures) { delete(f, "api") }, metric: ""},
		"blue is silent":         {func(f figures) { delete(f, "requests"); delete(f, "all requests") }, nil, "RequestCount", true, "has no data"},
		"green is silent":        {func(f figures) { delete(f, "http count") }, nil, "ApiGateway Count", true, "has no data"},
		"no times":               {func(f figures) { delete(f, "http latency") }, nil, "Latency", true, "has no data"},
		"no processor":           {func(f figures) { delete(f, "cpu") }, nil, "CPUUtilization", false, "has no data"},
		"a value below nothing":  {func(f figures) { f["took"] = append(f["took"], -1) }, nil, "TargetResponseTime", true, "does not count them by TC(0.5:)"},
		"cold starts below":      {func(f figures) { f["cold"] = append(f["cold"], -1) }, nil, "ColdStartDuration", false, "does not count them by TC(2000:)"},
		"counts that do not add": {nil, blur("TC(650:)", 3), "Latency", true, "counts 36 and TC(650:) counts 72"},
		"another rank":           {nil, blur("PR(:650)", 0.5), "Latency", true, "36 values up to the limit by TC(:650) and 18 by PR(:650)"},
		"other target groups":    {func(f figures) { f["all requests"] = []float64{50} }, nil, "RequestCount (LoadBalancer app/lego/50dc6c495c0c9188)", false, "90 of its 150 requests"},
	} {
		t.Run(name, func(t *testing.T) {
			c, traffic := open(t, both())
			f := everything()
			if x.change != nil {
				x.change(f)
			}
			if x.break_ != nil {
				x.break_(c)
			}
			troubled := probe(t, c, traffic, f)
			if x.metric == "" {
				if len(troubled) > 0 {
					t.Errorf("%+v", troubled)
				}
				return
			}
			expect(t, troubled, x.metric, x.required, x.want)
		})
	}
}

// expect that one metric has that trouble, and hardly another, each with its way
// out.
func expect(t *testing.T, troubled map[string]cloudwatch.Seen, metric string, required bool, want string) {
	t.Helper()
	var found bool
	for name, seen := range troubled {
		if strings.Contains(name, metric) && seen.Required == required && strings.Contains(seen.Trouble, want) {
			found = true
		}
		if seen.Trouble == "has no data" && strings.Contains(seen.Next, "Send some requests") != required {
			t.Errorf("%s: what to do is %q", name, seen.Next)
		}
	}
	if !found || len(troubled) > 2 {
		t.Errorf("%+v", troubled)
	}
}

// A probe of a moment that is not over asks nothing, and a refusal is told.
func TestProbeIsBounded(t *testing.T) {
	c, traffic := open(t, both())
	if _, err := traffic.Probe(t.Context(), now.Add(-time.Minute), now); fault.KindOf(err) != fault.Outside || len(c.Calls()) != 0 {
		t.Error(err, c.Calls())
	}
	c.RefuseMonitoring(403, "AccessDeniedException")
	if _, err := traffic.Probe(t.Context(), now.Add(-time.Hour), now); fault.KindOf(err) != fault.Input {
		t.Error(err)
	}
}

// The alarm of green's health check takes the average of 5xx for a share.
func TestErrorsAreShares(t *testing.T) {
	for name, c := range map[string]struct {
		requests, zeros, ones int
		are, known            bool
	}{
		"a value for each request": {200, 190, 10, true, true},
		"values for errors alone":  {200, 0, 10, false, true},
		"none at all":              {200, 0, 0, false, true},
		"one is late":              {200, 190, 9, true, true},
		"no request":               {0, 0, 0, true, false},
	} {
		s, traffic := open(t, both())
		api := map[string]string{"ApiId": "a1b2c3d4e5", "Stage": "$default"}
		for range c.requests {
			s.Observe("AWS/ApiGateway", "Count", api, noon, 1)
		}
		for range c.zeros {
			s.Observe("AWS/ApiGateway", "5xx", api, noon, 0)
		}
		for range c.ones {
			s.Observe("AWS/ApiGateway", "5xx", api, noon, 1)
		}
		are, known, err := traffic.ErrorsAreShares(t.Context(), noon.Add(-time.Hour), now)
		if err != nil || known != c.known || known && are != c.are {
			t.Errorf("%s: %v, %v, %v", name, are, known, err)
		}
	}
}
