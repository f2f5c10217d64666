package monitoring_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/monitoring"
)

const base = "runbook_base: https://example.com/runbooks\n"

func TestSettings(t *testing.T) {
	kpi := func(title, metric, more string) string {
		return fmt.Sprintf("{title: %s, namespace: Lego, metric: %s%s}", title, metric, more)
	}
	tests := []struct{ name, yaml, want string }{
		{"defaults are sound", base, ""},
		{"a week of logs", base + "log_retention: 7 days", ""},
		{"the same period in hours", base + "log_retention: 24 h", ""},
		{"a period CloudWatch lacks", base + "log_retention: 10 days", `write "14 days"`},
		{"half a day", base + "log_retention: 12 h", `write "24 h"`},
		{"a day and a half", base + "log_retention: 36 h", `write "3 days"`},
		{"longer than CloudWatch keeps", base + "log_retention: 9999 days", `write "3653 days"`},
		{"nothing to spend", base + "cost_limit: $0", "must be more than $0"},
		{"nobody told", base + "teams: []", "has no entry"},
		{"KPIs", base + "kpis: [" + kpi("A", "X", "") + ", " + kpi("B", "Y", "") + "]", ""},
		{"one metric, two statistics", base + "kpis: [" + kpi("A", "X", "") + ", " + kpi("B", "X", ", statistic: Maximum") + "]", ""},
		{"one metric, two titles", base + "kpis: [" + kpi("A", "X", "") + ", " + kpi("B", "X", "") + "]", `kpis[1]: shows the same metric as "A" on line 2`},
		{"one title, two metrics", base + "kpis: [" + kpi("A", "X", "") + ", " + kpi("A", "Y", "") + "]", "kpis[1].title: \"A\" stands twice"},
		{"a metric of AWS", base + "kpis: [{title: A, namespace: AWS/Lambda, metric: Errors}]", "belongs to AWS"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var s monitoring.Settings
			err := strict.Decode("s", []byte(test.yaml), &s)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}
