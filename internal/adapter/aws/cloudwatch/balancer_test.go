package cloudwatch_test

import (
	"net/http"
	"testing"
	"time"
)

// A load balancer's requests are counted as a whole, in complete minutes. One that
// got nothing has no points, and that is told as none; what cannot be read is an
// error, never none.
// Shows: 5.8.4
func TestBalancer(t *testing.T) {
	of := with("LoadBalancer", both().Blue.Name)
	for name, c := range map[string]struct {
		counts   map[time.Duration]float64
		from, to time.Duration
		requests int64
		minutes  int
	}{
		"silent":                  {nil, -12 * time.Minute, 3*time.Minute + 20*time.Second, 0, 13},
		"one request":             {map[time.Duration]float64{-2 * time.Minute: 1}, -10 * time.Minute, 3 * time.Minute, 1, 11},
		"several minutes":         {map[time.Duration]float64{-2 * time.Minute: 3, -time.Minute: 4, 0: 5}, -10 * time.Minute, 3 * time.Minute, 12, 11},
		"before the time":         {map[time.Duration]float64{-30 * time.Minute: 9}, -10 * time.Minute, 3 * time.Minute, 0, 11},
		"in the newest minutes":   {map[time.Duration]float64{2 * time.Minute: 9}, -10 * time.Minute, 3 * time.Minute, 0, 11},
		"begins within a minute":  {map[time.Duration]float64{-10 * time.Minute: 9}, -10*time.Minute + time.Second, 3 * time.Minute, 0, 10},
		"no minute that is known": {map[time.Duration]float64{0: 9}, time.Minute, 2 * time.Minute, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, traffic := open(t, both())
			for at, n := range c.counts {
				cloud.Observe("AWS/ApplicationELB", "RequestCount", of, noon.Add(at), n)
				// Those of another one, and of one of its target groups, are not its.
				cloud.Observe("AWS/ApplicationELB", "RequestCount", with("LoadBalancer", "app/other/50dc6c495c0c9199"), noon.Add(at), 100)
				cloud.Observe("AWS/ApplicationELB", "RequestCount", with("LoadBalancer", both().Blue.Name, "TargetGroup", both().Blue.TargetGroup), noon.Add(at), 1000)
			}
			from, through, requests, err := traffic.Balancer(t.Context(), noon.Add(c.from), noon.Add(c.to))
			if err != nil || requests != c.requests || max(0, int(through.Sub(from)/time.Minute)) != c.minutes {
				t.Errorf("%d requests in %s to %s, %v", requests, from, through, err)
			}
		})
	}
	t.Run("refused", func(t *testing.T) {
		cloud, traffic := open(t, both())
		cloud.RefuseMonitoring(http.StatusForbidden, "AccessDenied")
		if _, _, requests, err := traffic.Balancer(t.Context(), noon.Add(-10*time.Minute), now); err == nil {
			t.Errorf("nobody may look, and it says %d", requests)
		}
	})
}
