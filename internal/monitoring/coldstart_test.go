package monitoring_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
)

// matched reads a line as CloudWatch Logs does with a pattern of fields: they
// are separated by white space, tabs too. It returns the field init, or "".
func matched(t *testing.T, pattern, line string) string {
	t.Helper()
	fields := strings.Split(strings.Trim(pattern, "[]"), ", ")
	words := strings.Fields(line)
	value := ""
	for n, field := range fields {
		if field == "..." {
			return value
		}
		if n >= len(words) {
			return ""
		}
		name, want, bound := strings.Cut(field, "=")
		if bound && strings.Trim(want, `"`) != words[n] {
			return ""
		}
		if name == "init" {
			value = words[n]
		}
	}
	t.Fatalf("%s does not end in ...", pattern)
	return ""
}

// filters are the metric filters of a stack, by log group and what they read.
func filters(t *testing.T, functions ...monitoring.Function) map[string]cfn.MetricFilter {
	t.Helper()
	all := map[string]cfn.MetricFilter{}
	for _, r := range build(t, planFor(monitoring.Inventory{Stage: "production", Functions: functions})).Template.Resources {
		if f, ok := r.Properties.(cfn.MetricFilter); ok {
			all[f.LogGroupName+" "+f.MetricTransformations[0].MetricValue] = f
		}
	}
	return all
}

func TestColdStartsAreReadFromReportLines(t *testing.T) {
	f := filters(t, monitoring.Function{Name: "f", LogFormat: "text"})["/aws/lambda/f $init"]
	const warm = "REPORT RequestId: 5002d846-892a-4bfe-83bb-b0c32406c482\tDuration: 741.17 ms\tBilled Duration: 800 ms\tMemory Size: 128 MB\tMax Memory Used: 84 MB\t"
	for line, want := range map[string]string{
		warm + "Init Duration: 345.65 ms\t": "345.65",
		warm + "Init Duration: 345.65 ms\t\nXRAY TraceId: 1-5f-a\tSegmentId: 4e\tSampled: true\t": "345.65",
		warm: "",
		warm + "Restore Duration: 345.65 ms\tBilled Restore Duration: 300 ms\t": "",
		"INFO the user wrote REPORT and Init Duration: 9 ms":                    "",
	} {
		if got := matched(t, f.FilterPattern, line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	if len(f.FilterPattern) > 1024 {
		t.Errorf("%d characters", len(f.FilterPattern))
	}
}

func TestColdStartFilters(t *testing.T) {
	all := filters(t, monitoring.Function{Name: "t", LogFormat: "text"}, monitoring.Function{Name: "j", LogFormat: "json"}, monitoring.Function{Name: "unknown"},
		monitoring.Function{Name: "a", LogGroup: "/shared", LogFormat: "text"}, monitoring.Function{Name: "b", LogGroup: "/shared", LogFormat: "text"})
	const text, object = " $init", " $.record.metrics.initDurationMs"
	if len(all) != 5 {
		t.Errorf("%d filters", len(all))
	}
	for _, want := range []string{"/aws/lambda/t" + text, "/aws/lambda/j" + object, "/aws/lambda/unknown" + text, "/aws/lambda/unknown" + object, "/shared" + text} {
		f, ok := all[want]
		if !ok {
			t.Errorf("no filter %s", want)
			continue
		}
		// The alarm reads exactly what the filters write.
		if got := fmt.Sprint(f.MetricTransformations[0].MetricNamespace, f.MetricTransformations[0].MetricName); got != "cutover/LEGO-API/productionColdStartDuration" {
			t.Error(got)
		}
	}
	if f := all["/aws/lambda/j"+object]; f.FilterPattern != `{ $.type = "platform.report" && $.record.metrics.initDurationMs = * }` {
		t.Error(f.FilterPattern)
	}
}
