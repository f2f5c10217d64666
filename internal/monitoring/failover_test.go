package monitoring_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
	"github.com/cutover-dev/cutover/internal/unit"
)

// failover are the alarms of a plan that it has only for a failover.
func failover(p monitoring.Plan) map[string]string {
	found := map[string]string{}
	all := p.Alarms()
	for _, a := range all {
		if strings.HasPrefix(a.ID, "green-") {
			found[p.AlarmName(a)] = judged(a)
		}
	}
	if !slices.IsSortedFunc(all, func(a, b monitoring.Alarm) int { return strings.Compare(a.ID, b.ID) }) {
		found["order"] = "is wrong"
	}
	return found
}

func TestAlarmsThatTheHealthCheckFollows(t *testing.T) {
	const verdict = "WARNING green-verdict: Cutover GreenHealthy Minimum [Project=LEGO-API Stage=production]  < 1 0 or 1, 1 of 1 at 60 s, missing"
	http, rest := monitoring.API{Type: "http", Name: "h1", Stage: "$default"}, monitoring.API{Type: "rest", Name: "r1"}
	errors := func(of string, share string, minutes string) string {
		return "CRITICAL green-5xx: AWS/ApiGateway " + of + "  > " + share + " share, " + minutes + " of " + minutes + " at 60 s, missing"
	}
	for name, c := range map[string]struct {
		apis []monitoring.API
		f    *monitoring.Failover
		want string // of green-5xx; none is ""
		note bool
	}{
		"no traffic is shifted": {[]monitoring.API{http}, nil, "", false},
		"the only API":          {[]monitoring.API{http}, &monitoring.Failover{Errors: unit.Full / 10, Minutes: 3}, errors("5xx Average [ApiId=h1 Stage=$default]", "0.1", "3"), false},
		"a REST API":            {[]monitoring.API{rest}, &monitoring.Failover{Errors: unit.Full / 20, Minutes: 2}, errors("5XXError Average [ApiName=r1]", "0.05", "2"), false},
		"one of two is named":   {[]monitoring.API{http, rest}, &monitoring.Failover{API: &rest, Errors: unit.Full / 10, Minutes: 1}, errors("5XXError Average [ApiName=r1]", "0.1", "1"), false},
		"none of two is named":  {[]monitoring.API{http, rest}, &monitoring.Failover{Errors: unit.Full / 10, Minutes: 3}, "", true},
		"no API is known":       {nil, &monitoring.Failover{Errors: unit.Full / 10, Minutes: 3}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			p := planFor(monitoring.Inventory{Stage: "production", Region: "us-east-1", APIs: c.apis})
			p.Failover = c.f
			got := failover(p)
			if c.f != nil && got["LEGO-API-production-green-verdict"] != verdict || c.f == nil && len(got) > 0 || got["LEGO-API-production-green-5xx"] != c.want || got["order"] != "" {
				t.Errorf("%q", got)
			}
			if note := strings.Contains(strings.Join(build(t, p).Notes, "\n"), "There is no alarm LEGO-API-production-green-5xx"); note != c.note {
				t.Errorf("noted: %v", note)
			}
		})
	}
	if v, e := monitoring.VerdictAlarm("LEGO-API", "production"), monitoring.ErrorsAlarm("LEGO-API", "production"); v != "LEGO-API-production-green-verdict" || e != "LEGO-API-production-green-5xx" {
		t.Errorf("they are called %s and %s", v, e)
	}
}

// What a health check can follow; source: Route 53 API reference,
// AlarmIdentifier, and Route 53 Developer Guide, "Monitoring a CloudWatch
// alarm": one metric of standard resolution, no metric math, no percentile, no
// M out of N. CloudFormation calls what PutMetricAlarm calls the same.
func TestHealthChecksCanFollowTheirAlarms(t *testing.T) {
	followed := 0
	for path, i := range stacks(t) {
		template := build(t, planFor(i)).Template
		for id, r := range template.Resources {
			a, ok := r.Properties.(cfn.Alarm)
			if !ok || a.AlarmName != monitoring.VerdictAlarm("LEGO-API", i.Stage) && a.AlarmName != monitoring.ErrorsAlarm("LEGO-API", i.Stage) {
				continue
			}
			followed++
			plain := slices.Contains([]string{"Average", "Minimum", "Maximum", "Sum", "SampleCount"}, a.Statistic)
			if a.Metrics != nil || a.ExtendedStatistic != "" || !plain || a.Period%60 != 0 || a.Period == 0 || a.DatapointsToAlarm != a.EvaluationPeriods {
				t.Errorf("%s: %s: %+v", path, id, a)
			}
			if len(a.AlarmActions) != 1 || a.AlarmActions[0] != cfn.Ref("Alerts") {
				t.Errorf("%s: %s tells nobody", path, id)
			}
		}
		unwell := template.Resources["Unwell"].Properties.(cfn.CompositeAlarm)
		if strings.Contains(unwell.AlarmRule, "green-verdict") {
			t.Errorf("%s: the service is unwell until the next cutover begins: %s", path, unwell.AlarmRule)
		}
	}
	if followed < 8 {
		t.Errorf("%d alarms were looked at", followed)
	}
}
