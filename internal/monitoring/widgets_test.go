package monitoring_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
)

// filledIn is the body as CloudFormation makes it of the template, by its own
// rules: ${!x} becomes ${x}, ${A::B} a pseudo parameter, ${Id.Arn} an attribute.
// Source: CloudFormation User Guide, Fn::Sub.
func filledIn(t *testing.T, s monitoring.Stack, body cfn.Sub) string {
	t.Helper()
	return regexp.MustCompile(`\$\{([^}]*)\}`).ReplaceAllStringFunc(string(body), func(match string) string {
		name := match[2 : len(match)-1]
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + literal + "}"
		}
		if id, ok := strings.CutSuffix(name, ".Arn"); ok {
			alarm := ""
			switch p := s.Template.Resources[id].Properties.(type) {
			case cfn.Alarm:
				alarm = p.AlarmName
			case cfn.CompositeAlarm:
				alarm = p.AlarmName
			default:
				t.Errorf("the dashboard shows %s, which is no alarm of the template", id)
			}
			return "arn:aws:cloudwatch:us-east-1:123456789012:alarm:" + alarm
		}
		if name != "AWS::Region" {
			t.Errorf("CloudFormation does not know %s", match)
		}
		return "us-east-1"
	})
}

// bodies are the dashboards of a stack as CloudWatch gets them.
func bodies(t *testing.T, s monitoring.Stack) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, r := range s.Template.Resources {
		if d, ok := r.Properties.(cfn.Dashboard); ok {
			all[d.DashboardName] = filledIn(t, s, d.DashboardBody.(cfn.Sub))
		}
	}
	return all
}

// widgets are the widgets of all dashboards of a stack, by title.
func widgets(t *testing.T, s monitoring.Stack) map[string]dashboard.Metrics {
	t.Helper()
	all := map[string]dashboard.Metrics{}
	for name, body := range bodies(t, s) {
		placed, err := dashboard.Parse([]byte(body))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, p := range placed {
			if m, ok := p.Widget.(dashboard.Metrics); ok {
				if _, double := all[m.Title]; double {
					t.Errorf("two widgets %q", m.Title)
				}
				all[m.Title] = m
			}
		}
	}
	return all
}

// told writes a series in one line: what it fetches, by which statistic, or
// what it works out.
func told(m dashboard.Metrics, s dashboard.Series) string {
	if s.Expression != "" {
		return s.Expression
	}
	stat := s.Stat
	if stat == "" {
		stat = m.Stat
	}
	line := s.Namespace + " " + s.Metric + " " + stat
	for _, d := range s.Dimensions {
		line += " " + d.Name + "=" + d.Value
	}
	if s.Hidden {
		line = s.ID + ": " + line
	}
	return line
}

func search(metric, stat string) string {
	return fmt.Sprintf(`SEARCH('{AWS/Lambda,FunctionName} MetricName="%s" FunctionName=lego-api-production', '%s', 60)`, metric, stat)
}

// Shows: 5.1.2
func TestEveryWidgetOfTheStory(t *testing.T) {
	lambda := map[string]string{
		"Invocations": search("Invocations", "Sum"), "Errors": search("Errors", "Sum"), "Throttles": search("Throttles", "Sum"),
		"Duration average": search("Duration", "Average"), "Duration p50": search("Duration", "p50"), "Duration p95": search("Duration", "p95"), "Duration p99": search("Duration", "p99"),
		"Concurrent executions": search("ConcurrentExecutions", "Maximum"),
	}
	const (
		http = "ApiId=a1b2c3d4e5 Stage=$default"
		es   = "DomainName=lego-production ClientId=123456789012"
		s3   = "BucketName=lego-api-production-images FilterId=EntireBucket"
	)
	i := monitoring.Inventory{
		Stage: "production", Region: "us-east-1", Functions: []monitoring.Function{{Name: "lego-api-production-Api-x1"}}, APIs: []monitoring.API{{Type: "http", Name: "a1b2c3d4e5", Stage: "$default"}},
		RDS: &monitoring.RDS{Instance: "db", Proxy: "px"}, Redis: &monitoring.Redis{Kind: "node", IDs: []string{"c-001"}},
		OpenSearch: &monitoring.OpenSearch{Domain: "lego-production", Account: "123456789012"}, Buckets: []string{"lego-api-production-images"},
	}
	rest, serverless := i, i
	rest.APIs = []monitoring.API{{Type: "rest", Name: "lego", Stage: "live"}}
	serverless.Redis = &monitoring.Redis{Kind: "serverless", IDs: []string{"c"}}
	stores := map[string]string{
		"RDS Proxy connections":     "AWS/RDS DatabaseConnectionsCurrentlyBorrowed Sum ProxyName=px; open: AWS/RDS DatabaseConnections Sum ProxyName=px; open-active",
		"RDS Proxy borrow latency":  "average: AWS/RDS DatabaseConnectionsBorrowLatency Average ProxyName=px; average/1000; longest: AWS/RDS DatabaseConnectionsBorrowLatency Maximum ProxyName=px; longest/1000",
		"RDS CPU":                   "AWS/RDS CPUUtilization Average DBInstanceIdentifier=db",
		"RDS free memory":           "bytes: AWS/RDS FreeableMemory Minimum DBInstanceIdentifier=db; bytes/1073741824",
		"OpenSearch health":         "AWS/ES ClusterStatus.green Maximum " + es + "; AWS/ES ClusterStatus.yellow Maximum " + es + "; AWS/ES ClusterStatus.red Maximum " + es,
		"OpenSearch indexing":       "AWS/ES IndexingRate Sum " + es,
		"OpenSearch search latency": "AWS/ES SearchLatency Average " + es + "; AWS/ES SearchLatency Maximum " + es,
		"S3 GET requests":           "AWS/S3 GetRequests Sum " + s3,
		"S3 PUT requests":           "AWS/S3 PutRequests Sum " + s3,
	}
	for name, c := range map[string]struct {
		inventory monitoring.Inventory
		want      []map[string]string
	}{
		"HTTP API, nodes": {i, []map[string]string{lambda, stores, {
			"Requests": "AWS/ApiGateway Count Sum " + http, "Latency": "AWS/ApiGateway Latency p50 " + http + "; AWS/ApiGateway Latency p95 " + http + "; AWS/ApiGateway Latency p99 " + http,
			"Redis hit rate":      "AWS/ElastiCache CacheHitRate Average CacheClusterId=c-001",
			"Redis memory in use": "AWS/ElastiCache DatabaseMemoryUsagePercentage Maximum CacheClusterId=c-001", "Redis evictions": "AWS/ElastiCache Evictions Sum CacheClusterId=c-001",
			"API errors":                          "AWS/ApiGateway 4xx Sum " + http + "; AWS/ApiGateway 5xx Sum " + http,
			"Share of requests answered with 5xx": "bad0: AWS/ApiGateway 5xx Sum " + http + "; all0: AWS/ApiGateway Count Sum " + http + "; IF(all0>0,100*bad0/all0,0)",
		}}},
		"REST API": {rest, []map[string]string{lambda, {
			"Requests": "AWS/ApiGateway Count Sum ApiName=lego Stage=live", "API errors": "AWS/ApiGateway 4XXError Sum ApiName=lego Stage=live; AWS/ApiGateway 5XXError Sum ApiName=lego Stage=live",
			"Share of requests answered with 5xx": "m0: AWS/ApiGateway 5XXError Average ApiName=lego Stage=live; 100*m0",
		}}},
		"serverless cache": {serverless, []map[string]string{{
			"Redis hit rate": "AWS/ElastiCache CacheHitRate Average clusterId=c", "Redis memory in use": "bytes: AWS/ElastiCache BytesUsedForCache Maximum clusterId=c; bytes/1073741824",
		}}},
	} {
		shown := widgets(t, build(t, planFor(c.inventory)))
		for _, some := range c.want {
			for title, want := range some {
				if want == "" {
					continue
				}
				m := shown[title]
				var got []string
				for _, s := range m.Series {
					got = append(got, told(m, s))
				}
				if line := strings.Join(got, "; "); line != want && !strings.HasPrefix(line, want+"; ") {
					t.Errorf("%s: %q shows\n     %s\nwant %s", name, title, line, want)
				}
			}
		}
	}
}

// The golden stacks too have each widget of what they have.
//
// Shows: 5.1.1, 5.1.2, 5.1.6
func TestEachStackHasItsDashboard(t *testing.T) {
	for path, i := range stacks(t) {
		s := build(t, planFor(i))
		shown := widgets(t, s)
		want := []string{"Invocations", "Errors", "Throttles", "Duration average", "Duration p50", "Duration p95", "Duration p99", "Concurrent executions", "Cold starts", "Cost a day, 30 days", "Share of the traffic that goes to Lambda"}
		if len(i.APIs) == 1 {
			want = append(want, "Requests", "API errors", "Latency")
		}
		if i.RDS != nil {
			want = append(want, "RDS CPU", "RDS free memory")
			if i.RDS.Proxy != "" {
				want = append(want, "RDS Proxy connections", "RDS Proxy borrow latency")
			}
		}
		if i.Redis != nil {
			want = append(want, "Redis hit rate", "Redis memory in use", "Redis evictions")
		}
		if i.OpenSearch != nil {
			want = append(want, "OpenSearch health", "OpenSearch indexing", "OpenSearch search latency")
		}
		if len(i.Buckets) > 0 {
			want = append(want, "S3 GET requests", "S3 PUT requests")
		}
		for _, title := range want {
			if _, ok := shown[title]; !ok {
				t.Errorf("%s has no widget %q", path, title)
			}
		}
		d, ok := s.Template.Resources["Dashboard"].Properties.(cfn.Dashboard)
		if !ok || d.DashboardName != "LEGO-API-Serverless-Production" {
			t.Errorf("%s: %+v", path, d.DashboardName)
		}
		const url = "https://console.aws.amazon.com/cloudwatch/home?region=${AWS::Region}#dashboards/dashboard/LEGO-API-Serverless-Production"
		if got := s.Template.Outputs["DashboardUrl"].Value; got != cfn.Sub(url) {
			t.Errorf("%s: %v", path, got)
		}
	}
}

// Every board that comes out of here is one that CloudWatch takes, also when
// each search finds all functions; and what is printed is what is deployed.
func TestEachBodyIsRight(t *testing.T) {
	inventories := stacks(t)
	inventories["everything"] = everything
	for _, n := range []int{1, 11, 60, 400, 1000} {
		inventories[fmt.Sprint(n)] = monitoring.Inventory{Stage: "production", Region: "us-east-1", Functions: functions("lego-api-production-", n)}
	}
	for path, i := range inventories {
		i.Region = "us-east-1"
		p := planFor(i)
		p.Events = events(30)
		deployed := bodies(t, build(t, p))
		for _, b := range monitoring.Boards(p, "123456789012") {
			if string(b.Body) != deployed[b.Name] {
				t.Errorf("%s: what is printed of %s is not what is deployed", path, b.Name)
			}
			if problems := dashboard.CheckFinding(b.Body, len(i.Functions)); len(problems) > 0 {
				t.Errorf("%s: %v", path, problems)
			}
			if !regexp.MustCompile(`^[A-Za-z0-9_-]+$`).MatchString(b.Name) || strings.ContainsAny(string(b.Body), "⟦⟧") {
				t.Errorf("%s: %s", path, b.Name)
			}
			delete(deployed, b.Name)
		}
		if len(deployed) > 0 {
			t.Errorf("%s: %d dashboards are not printed", path, len(deployed))
		}
	}
}

// Shows: 5.1.3
func TestBusinessFiguresAreWhatIsDeclared(t *testing.T) {
	p := planFor(monitoring.Inventory{Stage: "staging", Region: "us-east-1"})
	p.KPIs = append(p.KPIs, monitoring.KPI{Title: "Size", Namespace: "Lego/{stage}", Metric: "Bytes", Statistic: "Average", Dimensions: map[string]string{"b": "x-{stage}", "a": "1"}})
	shown := widgets(t, build(t, p))
	for title, want := range map[string]string{
		"MOCs created": "LegoApi MocsCreated Sum stage=staging", "MOCs created in 24 hours": "LegoApi MocsCreated Sum stage=staging",
		"Images uploaded": "LegoApi ImagesUploaded Sum stage=staging", "Searches performed": "LegoApi SearchesPerformed Sum stage=staging",
		"Size": "Lego/staging Bytes Average a=1 b=x-staging", "Size, average of 24 hours": "Lego/staging Bytes Average a=1 b=x-staging",
	} {
		m, ok := shown[title]
		if !ok || len(m.Series) != 1 || told(m, m.Series[0]) != want {
			t.Errorf("%q: %+v, want %s", title, m.Series, want)
			continue
		}
		if day := strings.Contains(title, "24 hours"); (m.View == dashboard.Number) != day || m.Whole != day {
			t.Errorf("%q: %s %v", title, m.View, m.Whole)
		}
	}
}

// Shows: 5.1.4
func TestADayMinuteByMinute(t *testing.T) {
	for path, i := range stacks(t) {
		s := build(t, planFor(i))
		for name, body := range bodies(t, s) {
			if !strings.HasPrefix(body, `{"start":"-PT24H","periodOverride":"inherit","widgets":[{`) {
				t.Errorf("%s, %s: %.80s", path, name, body)
			}
		}
		for title, m := range widgets(t, s) {
			if title == "Cost a day, 30 days" {
				continue // of which there is one figure a day
			}
			if m.Period != 60 || m.Start != "" || m.Region != "us-east-1" {
				t.Errorf("%s: %q has points of %d s from %q in %s", path, title, m.Period, m.Start, m.Region)
			}
			for _, series := range m.Series {
				if strings.Contains(series.Expression, "SEARCH(") && !strings.HasSuffix(series.Expression, ", 60)") {
					t.Errorf("%s: %q searches by %s", path, title, series.Expression)
				}
			}
		}
	}
}

// Shows: 5.7.6
func TestCostOfEachDay(t *testing.T) {
	p := planFor(monitoring.Inventory{Stage: "production", Region: "us-east-1"})
	m := widgets(t, build(t, p))["Cost a day, 30 days"]
	if m.Period != 86_400 || m.Start != "-P30D" || len(m.Series) != 1 || told(m, m.Series[0]) != "cutover/LEGO-API/production DailyCost Maximum" || m.Left.Label != "USD" {
		t.Errorf("%+v", m)
	}
	if len(m.Lines) != 1 || fmt.Sprintf("%.4f", m.Lines[0].Value) != "6.6667" || m.Lines[0].Label != "a thirtieth of the budget of $200 a month" {
		t.Errorf("%+v", m.Lines)
	}
	p.Budget = nil
	if m := widgets(t, build(t, p))["Cost a day, 30 days"]; len(m.Lines) != 0 || len(m.Series) != 1 {
		t.Errorf("without a budget: %+v", m)
	}
}

// Every alarm has its line where what it watches is shown, in the unit of the
// widget. The values are written out here: that is what they must come to.
func TestThresholdsAreDrawnInTheUnitOfTheWidget(t *testing.T) {
	i := everything
	i.Region, i.APIs, i.Functions = "us-east-1", []monitoring.API{{Type: "rest", Name: "r1", Stage: "live"}}, []monitoring.Function{{Name: "a", TimeoutSeconds: 20}, {Name: "b", TimeoutSeconds: 20}, {Name: "c", TimeoutSeconds: 30}}
	s := build(t, planFor(i))
	want := map[string][]string{
		"Share of invocations that fail": {"alarm above 5% 5"}, "Throttles": {"alarm above 2 a minute (10 in 5 min) 2"},
		"Duration longest": {"alarm above 18000 ms 18000", "alarm above 27000 ms 27000"}, "Cold starts": {"alarm above 2000 ms 2000"},
		"Share of requests answered with 5xx": {"alarm above 3% 3"}, "Latency": {"alarm above 3000 ms 3000"},
		"Share of green's requests answered with 5xx, with health checks": {"alarm above 10% 10"}, "Verdict on green: 1 is fit for traffic": {"alarm below 1 1"},
		"RDS CPU": {"alarm above 80% 80"}, "RDS free memory": {"alarm below 1 GiB 1"}, "RDS free storage": {"alarm below 10 GiB 10"},
		"RDS Proxy: share of its connections in use": {"alarm above 80% 80"}, "Redis evictions": {"alarm above 100 a minute 100"}, "OpenSearch health": {"alarm at 1 1"},
	}
	lines := 0
	for title, m := range widgets(t, s) {
		if strings.HasPrefix(title, "Cost") {
			continue
		}
		var got []string
		for _, l := range m.Lines {
			got = append(got, fmt.Sprintf("%s %g", l.Label, l.Value))
		}
		if lines += len(got); !slices.Equal(got, want[title]) {
			t.Errorf("%q: %q, want %q", title, got, want[title])
		}
	}
	kinds := map[string]bool{}
	for _, a := range s.Alarms {
		kinds[a.ID] = true
	}
	// One widget an alarm's kind; the timeouts have two values.
	if lines != len(kinds)+1 {
		t.Errorf("%d lines for %d kinds of alarms: one is drawn nowhere", lines, len(kinds))
	}
}

// An API's widgets show that API alone, and the sum of all functions has the
// line of the alarm that watches the sum.
func TestALineStandsBesideWhatItsAlarmWatches(t *testing.T) {
	i := monitoring.Inventory{Stage: "production", Region: "us-east-1", APIs: []monitoring.API{{Type: "http", Name: "one", Stage: "$default"}, {Type: "rest", Name: "two", Stage: "live"}}}
	shown := widgets(t, build(t, planFor(i)))
	for title, series := range map[string]int{"Share of requests answered with 5xx, one/$default": 3, "Share of requests answered with 5xx, two/live": 2, "Throttles, all functions": 1} {
		if m := shown[title]; len(m.Series) != series || len(m.Lines) != 1 {
			t.Errorf("%q: %d series, %+v", title, len(m.Series), m.Lines)
		}
	}
	if m := shown["Throttles"]; len(m.Lines) != 0 {
		t.Errorf("each function's throttles are held against the alarm on their sum: %+v", m.Lines)
	}
}

// events are so many events, each an hour after the one before.
func events(n int) []monitoring.Event {
	var all []monitoring.Event
	for i := range n {
		kind := []monitoring.EventKind{monitoring.EventDeployment, monitoring.EventWeight, monitoring.EventRollback}[i%3]
		all = append(all, monitoring.Event{At: time.Date(2026, 3, 4, i, 0, 0, 0, time.UTC), Label: fmt.Sprintf("e%d ${x} ⟦y⟧", i), Kind: kind})
	}
	slices.Reverse(all)
	return all
}

func TestEventsAreMarkedWhereTheyShow(t *testing.T) {
	p := planFor(stacks(t)["testdata/stacks/one-http-node"])
	p.Events = events(30)
	for title, m := range widgets(t, build(t, p)) {
		marked := strings.HasPrefix(title, "Duration") || slices.Contains([]string{"Invocations", "Errors", "Share of invocations that fail", "Requests", "API errors", "Share of requests answered with 5xx", "Latency", "Share of the traffic that goes to Lambda"}, title)
		if marked != (len(m.Marks) > 0) {
			t.Errorf("%q has %d marks", title, len(m.Marks))
		}
		if marked && (len(m.Marks) != 20 || m.Marks[0].Label != "weight: e10 ${x} (y)" || m.Marks[19].Label != "rollback: e29 ${x} (y)" || m.Marks[19].At.Hour() != 5) {
			t.Errorf("%q: %+v", title, m.Marks)
		}
	}
}

func functions(prefix string, n int) (all []monitoring.Function) {
	for i := range n {
		all = append(all, monitoring.Function{Name: fmt.Sprintf("%sF%04d", prefix, i)})
	}
	return all
}

func TestAFunctionAppearsByItselfWhereItCan(t *testing.T) {
	for name, c := range map[string]struct {
		functions []monitoring.Function
		series    int
		first     string
		note      string
	}{
		"none known":                 {nil, 1, search("Errors", "Sum"), ""},
		"few of the app":             {functions("lego-api-production-", 2), 1, search("Errors", "Sum"), ""},
		"many of the app":            {functions("lego-api-production-", 400), 1, search("Errors", "Sum"), ""},
		"few of other names":         {functions("x-", 3), 3, "AWS/Lambda Errors Sum FunctionName=x-F0000", "the dashboard names each"},
		"many of another name":       {functions("old-app-", 11), 1, `SEARCH('{AWS/Lambda,FunctionName} MetricName="Errors" FunctionName=old-app', 'Sum', 60)`, ""},
		"many with nothing common":   {append(functions("a-", 6), functions("b-", 6)...), 1, `SEARCH('{AWS/Lambda,FunctionName} MetricName="Errors"', 'Sum', 60)`, "every function of the region"},
		"more than CloudWatch shows": {functions("lego-api-production-", 501), 1, search("Errors", "Sum"), "CloudWatch shows 500 functions"},
	} {
		s := build(t, planFor(monitoring.Inventory{Stage: "production", Region: "us-east-1", Functions: c.functions}))
		m := widgets(t, s)["Errors"]
		if len(m.Series) != c.series || told(m, m.Series[0]) != c.first {
			t.Errorf("%s: %d series, %s", name, len(m.Series), told(m, m.Series[0]))
		}
		if notes := strings.Join(s.Notes, "\n"); !strings.Contains(notes, c.note) {
			t.Errorf("%s: %s", name, notes)
		}
	}
}

// Many functions make several dashboards, each linked to the others.
func TestDashboardsSplit(t *testing.T) {
	s := build(t, planFor(monitoring.Inventory{Stage: "production", Region: "us-east-1", Functions: functions("lego-api-production-", 500)}))
	all := bodies(t, s)
	if len(all) < 2 || all["LEGO-API-Serverless-Production"] == "" || all["LEGO-API-Serverless-Production-2"] == "" {
		t.Fatalf("%d dashboards", len(all))
	}
	for name, body := range all {
		for other := range all {
			if linked := strings.Contains(body, "["+other+"](https://console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards/dashboard/"+other+")"); linked != (other != name) {
				t.Errorf("%s links to %s: %v", name, other, linked)
			}
		}
	}
	if e := monitoring.EstimateOf(s, "production", 0); !slices.ContainsFunc(e.Lines, func(l monitoring.Line) bool { return l.What == "dashboards" && l.Count == len(all) && l.Each == 3 }) {
		t.Errorf("%+v", e.Lines)
	}
}

// The head leads to the runbooks and the alarms, each section to the runbooks
// of its alarms, and the row of states has all alarms of the stack.
func TestTheDashboardLeadsToTheRunbooks(t *testing.T) {
	i := everything
	i.Region = "us-east-1"
	p := planFor(i)
	p.Failover.API = &i.APIs[0]
	s := build(t, p)
	body := ""
	for _, b := range bodies(t, s) {
		body += b
	}
	for _, kind := range monitoring.Kinds() {
		if !strings.Contains(body, "["+kind+"](https://example.com/runbooks/"+kind+".md)") {
			t.Errorf("nothing leads to the runbook of %s", kind)
		}
	}
	for _, want := range []string{"[Runbooks](https://example.com/runbooks)", "[Alarms](https://console.aws.amazon.com/cloudwatch/home?region=us-east-1#alarmsV2:?search=LEGO-API-production)"} {
		if !strings.Contains(body, want) {
			t.Errorf("the head lacks %s", want)
		}
	}
	for _, r := range s.Template.Resources {
		var name string
		switch p := r.Properties.(type) {
		case cfn.Alarm:
			name = p.AlarmName
		case cfn.CompositeAlarm:
			name = p.AlarmName
		default:
			continue
		}
		if !strings.Contains(body, `"arn:aws:cloudwatch:us-east-1:123456789012:alarm:`+name+`"`) {
			t.Errorf("%s is not among the states", name)
		}
	}
}

func TestDashboardName(t *testing.T) {
	for want, of := range map[string][2]string{"LEGO-API-Serverless-Production": {"LEGO-API", "production"}, "a-b-Serverless-Pr-1": {"a b", "pr-1"}, "x-Serverless-": {"x", ""}} {
		if got := monitoring.DashboardName(of[0], of[1]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
