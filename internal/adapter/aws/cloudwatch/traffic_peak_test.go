package cloudwatch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/fault"
)

const day = 24 * time.Hour

// What blue has borne, whenever it was: targets and times by the hour, requests by
// the minute.
func TestPeak(t *testing.T) {
	c, traffic := open(t, both())
	c.PagePoints(3)
	first := noon.Add(-20 * day)
	observe(t, c, first, figures{"healthy": {9, 2}, "took": {4, 0.1}, "requests": {5000}}) // its minutes are gone
	observe(t, c, noon.Add(-14*day), figures{"healthy": {3}, "took": {0.2, 0.1}, "requests": {300, 41}})
	observe(t, c, noon.Add(-time.Hour), figures{"healthy": {4}, "took": {0.3}, "requests": {300}})
	observe(t, c, noon.Add(-time.Minute), figures{"healthy": {5}, "requests": {0}})
	observe(t, c, noon, figures{"healthy": {6}, "took": {1.3}, "requests": {340}})
	observe(t, c, noon.Add(2*time.Minute), figures{"requests": {9000}}) // not complete yet
	for days, want := range map[int]cloudwatch.Peak{
		30:  {Targets: 9, PerMinute: 341, Mean: time.Second, Longest: 4 * time.Second, From: first, Minutes: 3},
		454: {Targets: 9, PerMinute: 341, Mean: time.Second, Longest: 4 * time.Second, From: first, Minutes: 3},
		15:  {Targets: 6, PerMinute: 341, Mean: 475 * time.Millisecond, Longest: 1300 * time.Millisecond, From: noon.Add(-14 * day), Minutes: 3},
		1:   {Targets: 6, PerMinute: 340, Mean: 800 * time.Millisecond, Longest: 1300 * time.Millisecond, From: noon.Add(-time.Hour), Minutes: 2},
	} {
		want.To = noon.Add(time.Minute)
		if got, err := traffic.Peak(t.Context(), days, now); err != nil || got != want {
			t.Errorf("%d days: %+v, not %+v: %v", days, got, want, err)
		}
	}
}

// A figure that is missing is an error in words: a peak of zero would let blue be
// made too small.
func TestPeakIsNeverZero(t *testing.T) {
	whole := func(without string) figures {
		f := figures{"healthy": {4}, "took": {0.3}, "requests": {300}}
		delete(f, without)
		return f
	}
	for name, x := range map[string]struct {
		told figures
		want string
	}{
		"no targets":       {whole("healthy"), "no healthy target in the last 30 days"},
		"none was healthy": {figures{"healthy": {0}, "took": {0.3}, "requests": {300}}, "no healthy target in the last 30 days"},
		"no requests":      {whole("requests"), "no request in the last 15 days"},
		"none came":        {figures{"healthy": {4}, "took": {0.3}, "requests": {0, 0}}, "no request in the last 15 days"},
		"no times":         {whole("took"), "no answer in the last 30 days"},
		"nothing":          {nil, "no healthy target"},
		"another group's":  {figures{"all requests": {300}}, "no healthy target"},
	} {
		t.Run(name, func(t *testing.T) {
			c, traffic := open(t, both())
			observe(t, c, noon, x.told)
			got, err := traffic.Peak(t.Context(), 30, now)
			if got != (cloudwatch.Peak{}) || fault.KindOf(err) != fault.Outside || !strings.Contains(err.Error(), x.want) || !strings.Contains(err.Error(), "TargetGroup targetgroup/lego") {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	c, traffic := open(t, both())
	for _, days := range []int{0, -1, 455} {
		if _, err := traffic.Peak(t.Context(), days, now); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "1 to 454") {
			t.Errorf("%d: %v", days, err)
		}
	}
	for call := 1; call <= 2; call++ {
		var calls int
		c.RefuseWatch(func(string) (int, string) {
			// And again: a clock that differs makes the SDK ask once more.
			if calls++; calls >= call {
				return 403, "AccessDeniedException"
			}
			return 0, ""
		})
		if _, err := traffic.Peak(t.Context(), 30, now); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "cloudwatch:GetMetricData") {
			t.Errorf("call %d: %v", call, err)
		}
	}
}

// The newest complete minute counts, and its worst moment; none healthy is told,
// silence is an error.
func TestHealthy(t *testing.T) {
	c, traffic := open(t, both())
	if n, at, err := traffic.Healthy(t.Context(), now); n != 0 || !at.IsZero() || fault.KindOf(err) != fault.Outside || !strings.Contains(err.Error(), "told nothing for 15 minutes") {
		t.Error(n, at, err)
	}
	observe(t, c, noon.Add(-time.Hour), figures{"healthy": {9}})
	if n, _, err := traffic.Healthy(t.Context(), now); err == nil {
		t.Errorf("%d an hour ago", n)
	}
	for _, x := range []struct {
		minute time.Duration
		told   []float64
		want   int
		at     time.Duration
	}{
		{-5 * time.Minute, []float64{4, 3}, 3, -5 * time.Minute},
		{-2 * time.Minute, []float64{5}, 5, -2 * time.Minute},
		{-4 * time.Minute, []float64{7}, 5, -2 * time.Minute},
		{time.Minute, []float64{8}, 5, -2 * time.Minute}, // not complete yet
		{0, []float64{2, 0}, 0, 0},
	} {
		observe(t, c, noon.Add(x.minute), figures{"healthy": x.told})
		n, at, err := traffic.Healthy(t.Context(), now)
		if err != nil || n != x.want || !at.Equal(noon.Add(x.at)) {
			t.Errorf("%+v: %d at %s, %v", x, n, at, err)
		}
	}
	c.RefuseMonitoring(403, "AccessDeniedException")
	if _, _, err := traffic.Healthy(t.Context(), now); fault.KindOf(err) != fault.Input {
		t.Error(err)
	}
}
