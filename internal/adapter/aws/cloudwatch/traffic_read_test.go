package cloudwatch_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// steady publishes the same traffic on both sides in each minute of [from, to).
func steady(t *testing.T, c *cloud.Cloud, from, to time.Time) {
	t.Helper()
	for at := from; at.Before(to); at = at.Add(time.Minute) {
		observe(t, c, at, figures{"requests": {1, 1, 1, 1}, "took": {0.1, 0.1, 0.1, 0.9}, "http count": {1, 1}, "http latency": {100, 900}})
	}
}

// The newest two minutes are not complete, and the one that runs is none yet: a
// minute is read once it is right, and then it is right for ever.
func TestOnlyCompleteMinutes(t *testing.T) {
	c, traffic := open(t, both())
	at := now
	c.Time(func() time.Time { return at })
	c.Late(2 * time.Minute)
	steady(t, c, noon, noon.Add(10*time.Minute))
	for second := range 600 {
		at = noon.Add(time.Duration(second) * time.Second)
		if second%7 != 0 && second%60 > 1 {
			continue
		}
		minutes, err := traffic.Minutes(t.Context(), noon, at)
		if err != nil {
			t.Fatal(err)
		}
		if want := max(0, second/60-2); len(minutes) != want {
			t.Fatalf("%s after noon %d minutes, not %d", at.Sub(noon), len(minutes), want)
		}
		for _, m := range minutes {
			if m.Blue != counted(4, 0, 1, 0) || m.Green != counted(2, 0, 1, 0) {
				t.Fatalf("%s after noon: %+v", at.Sub(noon), m)
			}
		}
	}
}

// A minute that had begun before from was read by the tick before.
func TestSpan(t *testing.T) {
	c, traffic := open(t, both())
	steady(t, c, noon.Add(-5*time.Minute), noon.Add(time.Minute))
	for from, want := range map[time.Time]int{
		noon: 1, noon.Add(time.Second): 0, noon.Add(-time.Second): 1, noon.Add(-2 * time.Minute): 3,
		noon.Add(-2*time.Minute - time.Nanosecond): 3, now: 0, now.Add(time.Hour): 0, noon.AddDate(-1, 0, 0): 6, {}: 6,
	} {
		minutes, err := traffic.Minutes(t.Context(), from, now)
		if err != nil || len(minutes) != want {
			t.Errorf("from %s: %d minutes, not %d: %v", from, len(minutes), want, err)
		}
	}
	// The clock of CloudWatch is ahead of ours.
	c.Time(func() time.Time { return now.Add(10 * time.Minute) })
	if minutes, err := traffic.Minutes(t.Context(), time.Time{}, now); err != nil || len(minutes) != 6 {
		t.Errorf("%d minutes: %v", len(minutes), err)
	}
}

// A day has 1,440 minutes; on pages of any size each is there once, in order.
func TestADayOfMinutes(t *testing.T) {
	for _, size := range []int{0, 997} {
		c, traffic := open(t, both())
		c.PagePoints(size)
		from := noon.Add(-24*time.Hour + time.Minute)
		steady(t, c, from, noon.Add(time.Minute))
		minutes, err := traffic.Minutes(t.Context(), from, now)
		if err != nil || len(minutes) != 1440 {
			t.Fatal(len(minutes), err)
		}
		for n, m := range minutes {
			if !m.Start.Equal(from.Add(time.Duration(n)*time.Minute)) || m.Blue != counted(4, 0, 1, 0) || m.Green != counted(2, 0, 1, 0) {
				t.Fatalf("pages of %d, minute %d: %+v", size, n, m)
			}
		}
		if calls := len(c.Calls()); calls < 7 {
			t.Errorf("pages of %d: %d calls", size, calls)
		}
	}
}

// What CloudWatch says in parts, with errors or not at all is no side without
// errors: the tick learns nothing.
func TestAllOrNothing(t *testing.T) {
	status := func(code string) func(c *cloud.Cloud) {
		return func(c *cloud.Cloud) {
			c.DataStatus(func(metric string) string {
				if metric == "HTTPCode_Target_5XX_Count" {
					return code
				}
				return ""
			})
		}
	}
	for name, x := range map[string]struct {
		break_ func(c *cloud.Cloud)
		kind   fault.Kind
		want   []string
	}{
		"forbidden":     {status("Forbidden"), fault.Input, []string{"HTTPCode_Target_5XX_Count", "may not be read", "cloudwatch:GetMetricData"}},
		"a part":        {status("PartialData"), fault.Outside, []string{"HTTPCode_Target_5XX_Count", "a part"}},
		"a message":     {func(c *cloud.Cloud) { c.DataMessage("too many") }, fault.Outside, []string{"not answered all", "MaxMetricsExceeded", "too many"}},
		"access denied": {func(c *cloud.Cloud) { c.RefuseMonitoring(403, "AccessDeniedException") }, fault.Input, []string{"cloudwatch:GetMetricData"}},
		"expired":       {func(c *cloud.Cloud) { c.RefuseMonitoring(403, "ExpiredTokenException") }, fault.Input, []string{"configure-aws-credentials"}},
		"wrong":         {func(c *cloud.Cloud) { c.RefuseMonitoring(400, "InvalidParameterValue") }, fault.Outside, []string{"InvalidParameterValue"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, traffic := open(t, both())
			steady(t, c, noon, noon.Add(time.Minute))
			x.break_(c)
			minutes, err := traffic.Minutes(t.Context(), noon, now)
			if fault.KindOf(err) != x.kind || minutes != nil {
				t.Fatalf("%v, %v", minutes, err)
			}
			for _, want := range append(x.want, "") {
				if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "very-secret") {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

// Throttling, errors within and lost answers pass; an error within that stays is
// an error, and so is time that is up.
func TestTroubleThatPasses(t *testing.T) {
	for name, broken := range map[string]func(c *cloud.Cloud, calls *int){
		"throttled": func(c *cloud.Cloud, calls *int) {
			c.RefuseWatch(func(string) (int, string) {
				if *calls++; *calls <= 1 {
					return 400, "ThrottlingException"
				}
				return 0, ""
			})
		},
		"an error within": func(c *cloud.Cloud, calls *int) {
			c.DataStatus(func(metric string) string {
				// Each answer looks twice at both figures of the metric.
				if metric == "Latency" {
					*calls++
				}
				if metric == "Latency" && *calls <= 4 {
					return "InternalError"
				}
				return ""
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, traffic := open(t, both())
			steady(t, c, noon, noon.Add(time.Minute))
			var calls int
			broken(c, &calls)
			minutes, err := traffic.Minutes(t.Context(), noon, now)
			if err != nil || len(minutes) != 1 || minutes[0].Green != counted(2, 0, 1, 0) || calls < 2 {
				t.Errorf("%+v after %d: %v", minutes, calls, err)
			}
		})
	}
	c, traffic := open(t, both())
	c.DataStatus(func(string) string { return "InternalError" })
	if minutes, err := traffic.Minutes(t.Context(), noon, now); minutes != nil || fault.KindOf(err) != fault.Outside || !strings.Contains(err.Error(), "4 times in a row") {
		t.Error(minutes, err)
	}
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if minutes, err := traffic.Minutes(short, noon, now); minutes != nil || fault.KindOf(err) != fault.Outside || !strings.Contains(err.Error(), "the time is up") {
		t.Error(minutes, err)
	}
}

// Answers that make no sense are refused, however they came about.
func TestStrangeAnswers(t *testing.T) {
	result := func(id string, at cbor.List, values ...cbor.Value) cbor.Map {
		return cbor.Map{"Id": cbor.String(id), "StatusCode": cbor.String("Complete"), "Timestamps": at, "Values": cbor.List(values)}
	}
	when := func(t time.Time) cbor.Value { return &cbor.Tag{ID: 1, Value: cbor.Float64(t.Unix())} }
	at := cbor.List{when(noon)}
	type sides struct{ blue, green judge.Counts }
	for name, x := range map[string]struct {
		answer cbor.Map
		want   string
		sides
	}{
		"what was not asked":   {cbor.Map{"MetricDataResults": cbor.List{result("other", at, cbor.Float64(1))}}, "not asked", sides{}},
		"times without values": {cbor.Map{"MetricDataResults": cbor.List{result("blue_requests", at)}}, "times without values", sides{}},
		"the same page":        {cbor.Map{"MetricDataResults": cbor.List{}, "NextToken": cbor.String("again")}, "same page", sides{}},
		"other minutes, and negative counts": {cbor.Map{"MetricDataResults": cbor.List{
			result("blue_requests", cbor.List{when(noon), when(noon.Add(-time.Minute)), when(noon.Add(time.Minute))}, cbor.Float64(9), cbor.Float64(1), cbor.Float64(1)),
			result("blue_5xx", at, cbor.Float64(-3)), result("blue_slow", at, cbor.Float64(2.51)), result("blue_fast", at, cbor.Float64(7e300)),
		}}, "", sides{blue: counted(9, 0, 3, 0)}},
		// CloudWatch may say nothing where it could say 0.
		"only the slow are told": {cbor.Map{"MetricDataResults": cbor.List{
			result("blue_requests", at, cbor.Float64(3)), result("blue_slow", at, cbor.Float64(3)), result("green_requests", at, cbor.Float64(2)), result("green_slow", at, cbor.Float64(2)),
		}}, "", sides{counted(3, 0, 3, 0), counted(2, 0, 2, 0)}},
		"only the fast are told": {cbor.Map{"MetricDataResults": cbor.List{
			result("blue_requests", at, cbor.Float64(3)), result("blue_fast", at, cbor.Float64(3)), result("green_requests", at, cbor.Float64(2)), result("green_fast", at, cbor.Float64(2)),
		}}, "", sides{counted(3, 0, 0, 0), counted(2, 0, 0, 0)}},
	} {
		t.Run(name, func(t *testing.T) {
			start(t)
			var calls atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
				w.Header().Set("Content-Type", "application/cbor")
				_, _ = w.Write(cbor.Encode(x.answer))
			}))
			defer server.Close()
			t.Setenv("AWS_ENDPOINT_URL", server.URL)
			minutes, err := of(t, both()).Minutes(t.Context(), noon, now)
			if x.want != "" && (fault.KindOf(err) != fault.Outside || !strings.Contains(err.Error(), x.want) || minutes != nil) {
				t.Errorf("%v, %v", minutes, err)
			}
			if x.want == "" && (err != nil || len(minutes) != 1 || minutes[0].Blue != x.blue || minutes[0].Green != x.green) {
				t.Errorf("%+v, %v", minutes, err)
			}
			if n := calls.Load(); n > 2 {
				t.Errorf("%d calls", n)
			}
		})
	}
}
