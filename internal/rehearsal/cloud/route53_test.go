package cloud

import (
	"testing"
	"time"
)

// An alarm that a stack declares gives a health check its stream, and one that
// Route 53 cannot watch is told.
func TestAStacksAlarmIsAStream(t *testing.T) {
	alarm := func(name string, more map[string]any) declared {
		p := map[string]any{
			"AlarmName": name, "Namespace": "Cutover", "MetricName": "Verdict", "Statistic": "Minimum", "Period": 60.0, "EvaluationPeriods": "2",
			"ComparisonOperator": "LessThanThreshold", "Threshold": 1.0, "TreatMissingData": "missing", "Dimensions": []any{map[string]any{"Name": "Stage", "Value": "production"}},
		}
		for k, v := range more {
			p[k] = v
		}
		return declared{"s", "l", "AWS::CloudWatch::Alarm", p}
	}
	c := New("state")
	for name, more := range map[string]map[string]any{
		"fit": nil, "all of them": {"DatapointsToAlarm": "2"}, "m of n": {"DatapointsToAlarm": 1.0}, "percentile": {"Statistic": nil, "ExtendedStatistic": "p99"},
		"maths": {"MetricName": nil, "Metrics": []any{}}, "fast": {"Period": 10.0},
	} {
		if _, err := c.provision("AWS::CloudWatch::Alarm").create(c, alarm(name, more)); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"fit": "", "all of them": "", "m of n": "the alarm m of n rings on M out of N", "percentile": "the alarm percentile has the statistic ",
		"maths": "the alarm maths is of metric math", "fast": "the alarm fast is of high resolution", "none": "the alarm none does not exist, or is composite",
	} {
		if got := c.unfit53(AlarmIdentifier{Name: name}); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	s, _ := c.stream53("fit")
	if s.Namespace != "Cutover" || s.Metric != "Verdict" || s.Dimensions["Stage"] != "production" || s.Statistic != "Minimum" || s.Period != time.Minute || s.Periods != 2 || s.Threshold != 1 || s.Operator != "LessThanThreshold" || s.Missing != "missing" {
		t.Errorf("%+v", s)
	}
}

func TestComparisons(t *testing.T) {
	for operator, want := range map[string][3]bool{
		"GreaterThanThreshold": {false, false, true}, "GreaterThanOrEqualToThreshold": {false, true, true},
		"LessThanThreshold": {true, false, false}, "LessThanOrEqualToThreshold": {true, true, false},
	} {
		for i, value := range []float64{1, 2, 3} {
			if got := (Stream{Operator: operator, Threshold: 2}).past(value); got != want[i] {
				t.Errorf("%s of %v: %v", operator, value, got)
			}
		}
	}
}
