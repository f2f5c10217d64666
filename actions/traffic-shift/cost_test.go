package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
)

// metered lets CloudWatch tell what green uses: calls of so many milliseconds, an
// answer of 2 KB and a line of 500 bytes in the log. What is left out is not told.
func (w *world) metered(milliseconds float64, without ...string) {
	const function = "lego-api-production-api"
	named, balancer := map[string]string{"FunctionName": function}, map[string]string{"LoadBalancer": "app/lego-api/50dc6c495c0c9188"}
	api := map[string]string{"ApiId": "a1b2c3d4e5", "Stage": "$default"}
	w.used = func(at time.Time, f traffic) {
		w.cloud.Observe("AWS/ApplicationELB", "RequestCount", balancer, at, float64(f.blue))
		w.cloud.Observe("AWS/ApplicationELB", "ProcessedBytes", balancer, at, 2048*float64(f.blue))
		n := float64(f.green)
		for _, m := range []struct {
			namespace, name string
			of              map[string]string
			value           float64
		}{
			{"AWS/ApiGateway", "DataProcessed", api, 2048 * n}, {"AWS/Lambda", "Invocations", named, n}, {"AWS/Lambda", "Duration", named, milliseconds * n},
			{"AWS/Logs", "IncomingBytes", map[string]string{"LogGroupName": "/aws/lambda/" + function}, 500 * n},
		} {
			if n > 0 && !slices.Contains(without, m.name) {
				w.cloud.Observe(m.namespace, m.name, m.of, at, m.value)
			}
		}
	}
	for m := range 60 {
		w.used(noon.Add(time.Duration(m-60)*time.Minute), traffic{blue: 600})
	}
}

// priced is a world whose cutover.yaml limits what a million requests cost.
func priced(t *testing.T, more string) *world {
	t.Helper()
	w := newWorld(t)
	w.write("cutover.yaml", w.config()+"slos: {cost_per_million: {below: $20}}\n"+more)
	return w
}

// Green at a tenth of the traffic is held to what a million requests would cost if
// it carried all of it: a call of 100 ms is cheap although its proxy has few
// requests to be shared by, one of 3 s is dear, and a green whose use nobody tells
// is not taken for cheap.
//
// Shows: 5.5.5
func TestTheCostIsJudgedLive(t *testing.T) {
	t.Parallel()
	const proxy = "cost: {blue: {cpu: 1024, memory: 2048}, green: {proxy: 2}}\n"
	for name, x := range map[string]struct {
		took    float64
		without []string
		more    string
		hold    rollout.HoldKind // none: promoted
		says    []string
	}{
		"cheap, with a proxy":       {took: 100, more: proxy},
		"dear":                      {took: 3000, more: proxy, hold: rollout.HoldGuard, says: []string{"cost_per_million is at $", "its limit is $20"}},
		"nobody tells its duration": {took: 100, without: []string{"Duration"}, hold: rollout.HoldMissing, says: []string{"cost_per_million has had no data since", "told no duration"}},
		"nobody tells its logs":     {took: 100, without: []string{"IncomingBytes"}, hold: rollout.HoldMissing, says: []string{"logs.gb (the functions' log groups told no bytes)"}},
		"no price in the table":     {took: 100, more: strings.Replace(proxy, "}\n", ", prices: few.json}\n", 1), hold: rollout.HoldMissing, says: []string{"api.http.request (the table has no price of it in us-east-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := priced(t, x.more)
			w.write("few.json", `{"version": 1, "prices": [{"region": "us-east-1", "item": "lambda.request", "unit": "request", "usd": "0.0000002", "date": "2026-03-01", "source": "a test"}]}`)
			w.metered(x.took, x.without...)
			w.ready()
			w.begin()
			if x.hold == "" {
				if r := w.ticksEvery(5, 15, 600, nil, func(r result) bool { return r.Weight == 50 }); r.Hold != nil {
					t.Errorf("%+v", r.Hold)
				}
				if r := w.must(0, cmdStatus); len(r.Trouble) > 0 {
					t.Errorf("%v", r.Trouble)
				}
				return
			}
			r := w.ticksEvery(5, 15, 600, nil, func(r result) bool { return r.Hold != nil && r.Hold.Kind == string(x.hold) })
			if r.Weight != 10 {
				t.Errorf("green has %v%%", r.Weight)
			}
			told := r.Hold.Reason + strings.Join(r.Trouble, "; ")
			for _, want := range x.says {
				if !strings.Contains(told, want) {
					t.Errorf("no %q in %s", want, told)
				}
			}
			for range 5 { // well past the phase's time
				for range 5 {
					w.flow(600, nil)
				}
				if r, _ := w.tick(); r.Weight != 10 {
					t.Fatalf("promoted all the same: %+v", r)
				}
			}
		})
	}
}

// A green that cannot be metered is judged by all the rest: it is still sent back.
func TestTheCostIsNoReasonToLookAway(t *testing.T) {
	t.Parallel()
	w := priced(t, "")
	w.ready()
	w.begin()
	w.cloud.Refuse(func(string, string) (int, string, string) {
		return http.StatusForbidden, "AccessDeniedException", "not allowed"
	})
	r := w.ticksEvery(5, 10, 600, nil, in(rollout.Watching))
	if !strings.Contains(strings.Join(r.Trouble, "; "), "what green costs is not known") {
		t.Errorf("%v", r.Trouble)
	}
	w.ticks(20, 600, func(green int) int { return green / 5 }, func(r result) bool { return strings.HasPrefix(r.State, "roll") })
}
