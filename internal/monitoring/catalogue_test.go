package monitoring_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
)

// everything is a stage of which all is known.
var everything = monitoring.Inventory{
	Stage: "production", Functions: []monitoring.Function{{Name: "api", TimeoutSeconds: 20}},
	APIs: []monitoring.API{{Type: "http", Name: "h1", Stage: "$default"}, {Type: "rest", Name: "r1", Stage: "live"}},
	RDS:  &monitoring.RDS{Instance: "db", Proxy: "db-proxy", StorageGB: 100}, Redis: &monitoring.Redis{Kind: "node", IDs: []string{"cache-001"}},
	OpenSearch: &monitoring.OpenSearch{Domain: "search", Account: "123456789012"},
}

// judged writes what an alarm judges in one line.
func judged(a monitoring.Alarm) string {
	var series []string
	for _, s := range a.Series {
		var dims []string
		for _, d := range s.Dimensions {
			dims = append(dims, d.Name+"="+d.Value)
		}
		series = append(series, fmt.Sprintf("%s %s %s [%s]", s.Namespace, s.Metric, s.Stat, strings.Join(dims, " ")))
	}
	sign := ">"
	if a.Below {
		sign = "<"
	}
	return fmt.Sprintf("%s %s: %s %s %s %.12g %s, %d of %d at %d s, %s", a.Severity, a.ID, strings.Join(series, " over "), a.Expression, sign, a.Threshold, a.Unit, a.Datapoints, a.OutOf, a.Period, a.Missing)
}

// Shows: 5.2.3
func TestEveryAlarmOfTheStory(t *testing.T) {
	const share = "IF(all>0,100*bad/all,0)"
	got := map[string]bool{}
	for _, a := range monitoring.Catalogue(everything, "own") {
		got[judged(a)] = true
	}
	for _, want := range []string{
		"CRITICAL lambda-error-rate: AWS/Lambda Errors Sum [FunctionName=api] over AWS/Lambda Invocations Sum [FunctionName=api] " + share + " > 5 %, 1 of 1 at 300 s, notBreaching",
		"WARNING lambda-throttles: AWS/Lambda Throttles Sum [FunctionName=api]  > 10 count, 1 of 1 at 300 s, notBreaching",
		"CRITICAL api-5xx: AWS/ApiGateway 5xx Sum [ApiId=h1 Stage=$default] over AWS/ApiGateway Count Sum [ApiId=h1 Stage=$default] " + share + " > 3 %, 1 of 1 at 300 s, notBreaching",
		"CRITICAL api-5xx: AWS/ApiGateway 5XXError Average [ApiName=r1 Stage=live]  > 0.03 share, 1 of 1 at 300 s, notBreaching",
		"WARNING api-latency: AWS/ApiGateway Latency p99 [ApiId=h1 Stage=$default]  > 3000 ms, 3 of 5 at 60 s, notBreaching",
		"WARNING rds-cpu: AWS/RDS CPUUtilization Average [DBInstanceIdentifier=db]  > 80 %, 5 of 5 at 60 s, missing",
		"WARNING rds-memory: AWS/RDS FreeableMemory Minimum [DBInstanceIdentifier=db]  < 1073741824 bytes, 5 of 5 at 60 s, missing",
		"WARNING redis-evictions: AWS/ElastiCache Evictions Sum [CacheClusterId=cache-001]  > 100 count, 3 of 5 at 60 s, missing",
		"CRITICAL opensearch-red: AWS/ES ClusterStatus.red Maximum [DomainName=search ClientId=123456789012]  > 1 0 or 1, 1 of 1 at 60 s, missing",
		"WARNING cold-start: own ColdStartDuration p99 []  > 2000 ms, 2 of 3 at 300 s, notBreaching",
		// Beyond the story: what the rollout and the night need.
		"WARNING rds-proxy-connections: AWS/RDS DatabaseConnections Sum [ProxyName=db-proxy] over AWS/RDS MaxDatabaseConnectionsAllowed Sum [ProxyName=db-proxy] " + share + " > 80 %, 3 of 5 at 60 s, notBreaching",
		"WARNING rds-storage: AWS/RDS FreeStorageSpace Minimum [DBInstanceIdentifier=db]  < 10737418240 bytes, 3 of 3 at 300 s, missing",
		"WARNING lambda-near-timeout: AWS/Lambda Duration Maximum [FunctionName=api]  > 18000 ms, 3 of 5 at 60 s, notBreaching",
	} {
		if !got[want] {
			t.Errorf("there is no %s", want)
		}
	}
	if t.Failed() {
		for a := range got {
			t.Log(a)
		}
	}
}

// What a metric is told in, so that no threshold is of another unit; sources:
// CloudWatch metrics pages of each service.
var units = map[string][]monitoring.Unit{
	"Errors": {monitoring.Percent}, "Throttles": {monitoring.Count}, "Duration": {monitoring.Milliseconds}, "ColdStartDuration": {monitoring.Milliseconds},
	"5xx": {monitoring.Percent, monitoring.Share}, "GreenHealthy": {monitoring.State}, "5XXError": {monitoring.Share}, "Latency": {monitoring.Milliseconds}, "CPUUtilization": {monitoring.Percent}, "DatabaseConnections": {monitoring.Percent},
	"FreeableMemory": {monitoring.Bytes}, "FreeStorageSpace": {monitoring.Bytes}, "Evictions": {monitoring.Count}, "ClusterStatus.red": {monitoring.State},
}

// Shows: 5.2.4
func TestWhatEveryAlarmMustHave(t *testing.T) {
	inventories := stacks(t)
	inventories["everything"] = everything
	for path, i := range inventories {
		s := build(t, planFor(i))
		names := map[string]bool{}
		for _, a := range s.Alarms {
			if first := a.Series[0]; !slices.Contains(units[first.Metric], a.Unit) || (a.Unit == monitoring.Percent) != (a.Expression != "" || first.Metric == "CPUUtilization") {
				t.Errorf("%s: %s is judged in %q", path, first.Metric, a.Unit)
			}
			if a.Missing != monitoring.Quiet && a.Missing != monitoring.Unknown || a.Datapoints < 1 || a.Datapoints > a.OutOf || a.Period%60 != 0 || a.Period*a.OutOf > 86_400 {
				t.Errorf("%s: %s", path, judged(a))
			}
			if len(a.Series)+1 > 10 && a.Expression != "" || len(a.Series) != 1 && a.Expression == "" {
				t.Errorf("%s: %d metrics", path, len(a.Series))
			}
		}
		for id, r := range s.Template.Resources {
			switch a := r.Properties.(type) {
			case cfn.Alarm:
				checkAlarm(t, path+": "+id, a)
				if names[a.AlarmName] {
					t.Errorf("%s: two alarms %s", path, a.AlarmName)
				}
				names[a.AlarmName] = true
			case cfn.CompositeAlarm:
				checkComposite(t, s.Template, a)
			}
		}
	}
}

var runbookLink = regexp.MustCompile(`Runbook: https://example\.com/runbooks/([a-z0-9-]+)\.md$`)

func checkAlarm(t *testing.T, name string, a cfn.Alarm) {
	t.Helper()
	link := runbookLink.FindStringSubmatch(a.AlarmDescription)
	if link == nil || !slices.Contains(monitoring.Kinds(), link[1]) || len(a.AlarmDescription) > 1024 || len(a.AlarmName) > 255 {
		t.Errorf("%s: %q", name, a.AlarmDescription)
	}
	if len(a.AlarmActions) != 1 || len(a.OKActions) != 1 || a.AlarmActions[0] != cfn.Ref("Alerts") {
		t.Errorf("%s tells %v", name, a.AlarmActions)
	}
	percentile := strings.HasPrefix(a.ExtendedStatistic, "p")
	if a.TreatMissingData == "" || (a.EvaluateLowSampleCountPercentile == "ignore") != percentile || percentile == (a.Statistic != "" || a.Metrics != nil) {
		t.Errorf("%s: %+v", name, a)
	}
	sign := "GreaterThanThreshold"
	switch {
	case strings.HasPrefix(a.MetricName, "Free"), a.MetricName == "GreenHealthy":
		sign = "LessThanThreshold"
	case a.MetricName == "ClusterStatus.red":
		sign = "GreaterThanOrEqualToThreshold"
	}
	if a.ComparisonOperator != sign || a.Threshold <= 0 {
		t.Errorf("%s: %s %v", name, a.ComparisonOperator, a.Threshold)
	}
	if len(a.Tags) != 3 {
		t.Errorf("%s: tags %v", name, a.Tags)
	}
}

func checkComposite(t *testing.T, template cfn.Template, a cfn.CompositeAlarm) {
	t.Helper()
	children := regexp.MustCompile(`ALARM\("([^"]+)"\)`).FindAllStringSubmatch(a.AlarmRule, -1)
	var names []string
	for _, c := range children {
		names = append(names, c[1])
	}
	if a.AlarmName != "LEGO-API-production-unwell" || len(children) == 0 || len(children) > 100 || len(a.AlarmActions) != 1 {
		t.Errorf("%+v", a)
	}
	for _, name := range names {
		found := false
		for _, id := range template.Resources["Unwell"].DependsOn {
			child, ok := template.Resources[id].Properties.(cfn.Alarm)
			found = found || ok && child.AlarmName == name
		}
		if !found {
			t.Errorf("the composite alarm asks %s, which it does not wait for", name)
		}
	}
}

// Shows: 5.2.4
func TestEachAlarmHasItsRunbookAndEachRunbookItsAlarm(t *testing.T) {
	paths, err := filepath.Glob("../../docs/runbooks/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, path := range paths {
		id := strings.TrimSuffix(filepath.Base(path), ".md")
		if id == "cutover" || id == "README" {
			continue // of the traffic shift; of all of them
		}
		have = append(have, id)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"# ", "## First look", "## Likely causes", "## What to do", "## Roll back when"} {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s has no %q", path, part)
			}
		}
		if n := strings.Count(string(text), "\n"); n > 60 {
			t.Errorf("%s has %d lines: too long for the night", path, n)
		}
	}
	slices.Sort(have)
	if !slices.Equal(have, monitoring.Kinds()) {
		t.Errorf("runbooks %v\nalarms %v", have, monitoring.Kinds())
	}
}
