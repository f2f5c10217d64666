package forecast_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/forecast"
	"github.com/cutover-dev/cutover/internal/unit"
)

// recording is an hour of blue with so many requests a minute and so many
// errors in every tenth.
func recording(t *testing.T, requests, errors int) rollout.Trace {
	t.Helper()
	var b strings.Builder
	b.WriteString(rollout.TraceHeader + "\n")
	for m := 1; m <= 60; m++ {
		bad := 0
		if m%10 == 0 {
			bad = errors
		}
		fmt.Fprintf(&b, "%d,0,0,0,%d,%d,0\n", m, requests, bad)
	}
	trace, err := rollout.ParseTrace("recording", strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

// Without an error 417 requests are proof, with one 657 (see the milestones in
// evidence); the forecast allows for bad luck, so it wants a little more.
func TestForecast(t *testing.T) {
	for name, c := range map[string]struct {
		requests, errors int
		weight           unit.Percent
		hold             time.Duration
		provable         bool
		needed           int64
		remedy           string
	}{
		"enough":                       {1000, 0, unit.Full / 10, 2 * time.Hour, true, 434, ""},
		"too short":                    {100, 0, unit.Full / 10, 30 * time.Minute, false, 480, "hold: 50 m, or weight: 16%"},
		"all of it, and still too few": {10, 0, unit.Full, 30 * time.Minute, false, 742, "hold: 80 m"},
		"blue is past the limit":       {1000, 200, unit.Full / 10, 2 * time.Hour, false, 0, "error_rate: blue itself has 2.00% and the limit is 1.00%"},
	} {
		t.Run(name, func(t *testing.T) {
			trace := recording(t, c.requests, c.errors)
			p := rollout.TracePolicy(trace, rollout.TraceLimits{Errors: 0.01, Slow: 0.05, Alpha: 0.01, Beta: 0.05})
			p.Phases = []rollout.Phase{{Weight: c.weight, Hold: unit.Duration(c.hold)}}
			f := forecast.Of(p, trace)
			got := f.Phases[0]
			if f.Provable != c.provable || got.Provable != c.provable || !strings.HasPrefix(got.Remedy, c.remedy) {
				t.Errorf("%+v", got)
			}
			if needed := got.Needed; (needed == nil) != (c.needed == 0) || needed != nil && *needed != c.needed {
				t.Errorf("needed %d", *needed)
			}
			if got.GreenRequests != int64(float64(c.requests)*c.weight.Fraction()*c.hold.Minutes()) {
				t.Errorf("%d requests to green", got.GreenRequests)
			}
		})
	}
	none := forecast.Of(rollout.TracePolicy(recording(t, 0, 0), rollout.TraceLimits{Errors: 0.01, Slow: 0.05, Alpha: 0.01, Beta: 0.05}), recording(t, 0, 0))
	if none.Provable || none.Phases[0].Remedy != "there is no traffic to prove anything with" {
		t.Errorf("without traffic: %+v", none)
	}
}
