package cloudwatch_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit"
)

// What green's health check watches: 1 or 0, by project and stage, at the time at
// which it arrives.
func TestVerdict(t *testing.T) {
	c, traffic := open(t, both())
	for _, healthy := range []bool{true, false} {
		if err := traffic.Verdict(t.Context(), healthy); err != nil {
			t.Fatal(err)
		}
	}
	got := c.Published("Cutover", "GreenHealthy", with("Project", "lego", "Stage", "production"))
	if len(got) != 2 || got[0].Value != 1 || got[1].Value != 0 || !got[0].At.Equal(now) {
		t.Error(got)
	}
	for _, x := range cloudwatch.VerdictDimensions("lego", "production") {
		if want := with("Project", "lego", "Stage", "production"); want[x.Name] != x.Value {
			t.Errorf("%+v", x)
		}
	}
	if low, ok := c.Statistic("Cutover", "GreenHealthy", with("Project", "lego", "Stage", "production"), "Minimum", noon.Add(3*time.Minute), time.Minute); !ok || low != 0 {
		t.Errorf("of two verdicts in a minute the worse one counts: %v %v", low, ok)
	}
}

func TestWeight(t *testing.T) {
	c, traffic := open(t, both())
	for _, green := range []unit.Percent{0, unit.Full / 10, unit.Full} {
		if err := traffic.Weight(t.Context(), green); err != nil {
			t.Fatal(err)
		}
	}
	got := c.Published("cutover/lego/production", "GreenWeight", nil)
	if len(got) != 3 || got[0].Value != 0 || got[1].Value != 10 || got[2].Value != 100 {
		t.Error(got)
	}
}

// A cold boundary: the value arrives and the answer is lost. The SDK says it
// again, in the same minute, with the same value: what a health check may watch
// does not change.
func TestALostAnswerChangesNothing(t *testing.T) {
	c, _ := open(t, both())
	lost := 1
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if lost--; lost < 0 {
			c.ServeHTTP(w, r)
			return
		}
		c.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}))
	defer server.Close()
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	if err := of(t, both()).Verdict(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	dims := with("Project", "lego", "Stage", "production")
	for stat, want := range map[string]float64{"Minimum": 1, "Maximum": 1, "Average": 1, "SampleCount": 2, "Sum": 2} {
		if got, ok := c.Statistic("Cutover", "GreenHealthy", dims, stat, noon.Add(3*time.Minute), time.Minute); !ok || got != want {
			t.Errorf("%s: %v %v, not %v", stat, got, ok, want)
		}
	}
}

func TestPublishingIsRefused(t *testing.T) {
	c, traffic := open(t, both())
	c.RefuseMonitoring(403, "AccessDeniedException")
	for namespace, err := range map[string]error{"Cutover": traffic.Verdict(t.Context(), true), "cutover/lego/production": traffic.Weight(t.Context(), 0)} {
		if fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "cloudwatch:PutMetricData where cloudwatch:namespace is "+namespace+".") || strings.Contains(err.Error(), "very-secret") {
			t.Error(err)
		}
	}
}
