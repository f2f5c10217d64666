package cloudwatch_test

import (
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
)

// A health check is what the newest minute says of it, calculated or not.
func TestHealthCheck(t *testing.T) {
	for name, c := range map[string]struct {
		points map[time.Duration][]float64 // before noon
		want   bool
		err    bool
	}{
		"up":                             {map[time.Duration][]float64{time.Minute: {1}}, true, false},
		"down":                           {map[time.Duration][]float64{2 * time.Minute: {1}, time.Minute: {0}}, false, false},
		"up again":                       {map[time.Duration][]float64{2 * time.Minute: {0}, time.Minute: {1}}, true, false},
		"down in a part of a minute":     {map[time.Duration][]float64{time.Minute: {1, 0, 1}}, false, false},
		"up in the minute that runs":     {map[time.Duration][]float64{time.Minute: {0}, 0: {1, 1}}, true, false},
		"nothing told":                   {nil, false, true},
		"nothing told for a long time":   {map[time.Duration][]float64{10 * time.Minute: {1}}, false, true},
		"told of another one":            {map[time.Duration][]float64{-1: {1}}, false, true},
		"more than one minute of points": {map[time.Duration][]float64{4 * time.Minute: {0}, 3 * time.Minute: {0}, 2 * time.Minute: {1}, time.Minute: {1}}, true, false},
	} {
		s, _ := start(t)
		s.Time(func() time.Time { return noon.Add(20 * time.Second) })
		for before, values := range c.points {
			id := "11111111-2222-4333-8444-555555555555"
			if before < 0 {
				id, before = "99999999-2222-4333-8444-555555555555", time.Minute
			}
			s.Observe("AWS/Route53", "HealthCheckStatus", map[string]string{"HealthCheckId": id}, noon.Add(-before), values...)
		}
		checks, err := cloudwatch.OpenChecks(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got, err := checks.HealthCheck(t.Context(), "11111111-2222-4333-8444-555555555555", noon.Add(20*time.Second))
		if got != c.want || (err != nil) != c.err {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// The proxy's connections: the most there were, the fewest that were allowed.
func TestConnections(t *testing.T) {
	s, traffic := open(t, both())
	proxy := map[string]string{"ProxyName": "lego-proxy"}
	if got, err := traffic.Connections(t.Context(), 14, now); err == nil {
		t.Errorf("without a figure: %+v", got)
	}
	for i, used := range []float64{40, 130, 60} {
		at := noon.Add(-time.Duration(i+5) * time.Minute)
		// Two nodes tell of their own.
		s.Observe("AWS/RDS", "DatabaseConnections", proxy, at, used/2, used/2)
		s.Observe("AWS/RDS", "MaxDatabaseConnectionsAllowed", proxy, at, 200, 200-10*float64(i))
	}
	got, err := traffic.Connections(t.Context(), 14, now)
	if err != nil || got.Peak != 130 || got.Allowed != 380 || !got.Proxied {
		t.Errorf("%+v, %v", got, err)
	}
	alone := both()
	alone.Proxy = ""
	if got, err := of(t, alone).Connections(t.Context(), 14, now); err == nil {
		t.Errorf("without a proxy: %+v", got)
	}
}
