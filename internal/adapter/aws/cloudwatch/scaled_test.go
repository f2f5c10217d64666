package cloudwatch_test

import (
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
)

// How functions scaled is told minute by minute: the highest level of each, and all
// of their invocations, throttles and cold starts.
//
// Shows: 5.6.3
func TestScaledMinutes(t *testing.T) {
	c, _ := start(t)
	from := time.Now().UTC().Truncate(time.Minute).Add(-30 * time.Minute)
	for m := range 3 {
		at := from.Add(time.Duration(m) * time.Minute)
		for name, n := range map[string]float64{"one": 4, "two": 3} {
			of := map[string]string{"FunctionName": name}
			c.Observe("AWS/Lambda", "ConcurrentExecutions", of, at, n, 2*n)
			c.Observe("AWS/Lambda", "Invocations", of, at, 100*n)
			c.Observe("AWS/Lambda", "Throttles", of, at, float64(m))
		}
		c.Observe("cutover/LEGO-API/staging", "ColdStartDuration", nil, at, 640, 710)
	}
	s, err := cloudwatch.OpenScaling(t.Context(), "us-east-1", []string{"one", "two"}, "cutover/LEGO-API/staging")
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Minutes(t.Context(), from.Add(20*time.Second), from.Add(2*time.Minute+10*time.Second))
	if err != nil || len(all) != 3 {
		t.Fatalf("%+v, %v", all, err)
	}
	for m, one := range all {
		if !one.Known || one.Concurrent != 14 || one.Invocations != 700 || one.Throttles != int64(2*m) || one.ColdStarts != 2 {
			t.Errorf("minute %d: %+v", m, one)
		}
	}
	// A minute of which nothing is told is not known.
	later, err := s.Minutes(t.Context(), from.Add(5*time.Minute), from.Add(5*time.Minute))
	if err != nil || len(later) != 1 || later[0].Known {
		t.Errorf("%+v, %v", later, err)
	}
}
