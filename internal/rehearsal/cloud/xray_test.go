package cloud_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"
	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/otlp"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/trace"
)

// at is when the requests of these tests are made.
var at = time.Unix(1700833521, 0)

func traceNo(n int) string { return fmt.Sprintf("1-6560a8f1-%024x", n) }

// request is the spans of one request: the function's, and its queries'.
func request(n int, status int64, more map[string]any) []otlp.Span {
	id := strings.ReplaceAll(traceNo(n)[2:], "-", "")
	root := map[string]any{
		"faas.name": "lego-api-staging-create-moc", "project": "lego-api", "stage": "staging", "operation": "create-moc", "status": status, "run": "run-0001",
		"coldStart": n == 1, "faas.coldstart": n == 1, "http.request.method": "POST", "url.path": "/mocs", "http.response.status_code": status,
		"aws.xray.annotations": []any{"project", "stage", "operation", "status", "run", "coldStart"},
	}
	for k, v := range more {
		root[k] = v
	}
	span := func(span, parent, name string, kind otlp.Kind, from, to int, with map[string]any) otlp.Span {
		return otlp.Span{TraceID: id, ID: span, ParentID: parent, Name: name, Kind: kind, Start: at.Add(time.Duration(from) * time.Millisecond), End: at.Add(time.Duration(to) * time.Millisecond), Attributes: with}
	}
	return []otlp.Span{
		span("0000000000000001", "00000000000000aa", "create-moc", otlp.Server, 0, 40, root),
		span("0000000000000002", "0000000000000001", "RDS INSERT", otlp.Client, 1, 11, map[string]any{"peer.service": "RDS", "db.system.name": "postgresql", "db.query.text": "insert into mocs values ($1)"}),
		span("0000000000000003", "0000000000000001", "S3 HeadObject", otlp.Client, 12, 20, map[string]any{"peer.service": "S3", "rpc.system": "aws-api"}),
		span("0000000000000004", "0000000000000001", "Redis GET", otlp.Client, 21, 22, map[string]any{"peer.service": "Redis"}),
	}
}

func tracing(t *testing.T, requests ...[]otlp.Span) (*cloud.Cloud, *xray.Client) {
	t.Helper()
	c, config := watched(t)
	c.Function("lego-api-staging-create-moc", cloud.Lambda{Tracing: "Active"})
	for _, r := range requests {
		if err := c.Record(r); err != nil {
			t.Fatal(err)
		}
	}
	return c, xray.NewFromConfig(config)
}

// got is every page of BatchGetTraces.
func got(t *testing.T, client *xray.Client, ids ...string) (traces map[string]trace.Trace, missing []string) {
	t.Helper()
	traces = map[string]trace.Trace{}
	for pages := xray.NewBatchGetTracesPaginator(client, &xray.BatchGetTracesInput{TraceIds: ids}); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		missing = append(missing, page.UnprocessedTraceIds...)
		for _, x := range page.Traces {
			one := trace.Trace{ID: *x.Id}
			for _, s := range x.Segments {
				d, err := trace.Parse([]byte(*s.Document))
				if err != nil || d.ID != *s.Id {
					t.Fatalf("%s: %v", *s.Document, err)
				}
				one.Segments = append(one.Segments, d)
			}
			traces[*x.Id] = one
		}
	}
	return traces, missing
}

func codeOf(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}

// What AWS adds around a function hangs together: the stage, which calls Lambda,
// Lambda's own two segments, and the app's.
//
// Shows: 5.3.6
func TestATraceIsFramed(t *testing.T) {
	_, client := tracing(t, request(1, 201, nil))
	traces, _ := got(t, client, traceNo(1))
	var chain []string
	parents := map[string]string{}
	for _, d := range traces[traceNo(1)].Segments {
		chain = append(chain, d.Origin+" "+d.Name)
		parents[d.ID] = d.ParentID
		if d.Origin != "AWS::ApiGateway::Stage" { // whose annotations have names of AWS's own
			for _, err := range trace.Validate(d) {
				t.Errorf("%s: %v", d.Name, err)
			}
		}
	}
	want := []string{"AWS::ApiGateway::Stage lego-api/staging", "AWS::Lambda lego-api-staging-create-moc", "AWS::Lambda::Function lego-api-staging-create-moc", "AWS::Lambda::Function lego-api-staging-create-moc"}
	if !slices.Equal(chain, want) {
		t.Fatalf("%q", chain)
	}
	s := traces[traceNo(1)].Segments
	if s[0].ParentID != "" || s[1].ParentID != s[0].Subsegments[0].ID || s[2].ParentID != s[1].ID || s[3].ParentID != s[2].ID || s[2].ID != "00000000000000aa" {
		t.Errorf("parents: %v", parents)
	}
	if s[2].Subsegments[0].Name != "Initialization" || len(s[3].Subsegments) != 3 || s[0].HTTP.Response.Status != 201 || s[0].HTTP.Request.URL != "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/staging/mocs" {
		t.Errorf("%+v", s)
	}
	// And what reads it sees the whole way.
	var calls []string
	for _, c := range trace.Draw([]trace.Trace{traces[traceNo(1)]}, nil).Calls {
		calls = append(calls, c.From.Type+" > "+c.To.Name)
	}
	if want := []string{"AWS::ApiGateway::Stage > lego-api-staging-create-moc", "AWS::Lambda > S3", "AWS::Lambda > RDS", "AWS::Lambda > Redis"}; !slices.Equal(calls, want) {
		t.Errorf("%q", calls)
	}
}

func TestFramesByWhatBeganThem(t *testing.T) {
	for name, c := range map[string]struct {
		with  map[string]any
		lost  bool
		bare  bool
		names int
	}{
		"by HTTP":                        {nil, false, false, 4},
		"by a bucket":                    {map[string]any{"http.request.method": nil, "http.response.status_code": nil}, false, false, 3},
		"an app that lost its parent":    {nil, true, false, 4},
		"without Lambda's own":           {nil, false, true, 3},
		"lost, and without Lambda's own": {nil, true, true, 3},
	} {
		t.Run(name, func(t *testing.T) {
			spans := request(1, 200, c.with)
			if c.lost {
				spans[0].ParentID = ""
			}
			cloud, client := tracing(t, spans)
			if c.bare {
				cloud.BareFunctions()
			}
			traces, _ := got(t, client, traceNo(1))
			s := traces[traceNo(1)].Segments
			if len(s) != c.names {
				t.Fatalf("%+v", s)
			}
			above := slices.ContainsFunc(s, func(d trace.Document) bool { return d.ID == s[len(s)-1].ParentID })
			if above == c.lost {
				t.Errorf("the app's segment hangs below Lambda's: %v", above)
			}
		})
	}
}

func TestBatchGetTraces(t *testing.T) {
	_, client := tracing(t, request(1, 200, nil), request(2, 500, nil), request(3, 200, nil))
	traces, missing := got(t, client, traceNo(1), traceNo(2), traceNo(3), traceNo(4), traceNo(1))
	if len(traces) != 3 || !slices.Equal(missing, []string{traceNo(4)}) {
		t.Errorf("%v, missing %v", traces, missing)
	}
	six := []string{}
	for n := range 6 {
		six = append(six, traceNo(n))
	}
	for name, ids := range map[string][]string{"six": six, "none": {}, "another's form": {"6560a8f1"}} {
		_, err := client.BatchGetTraces(t.Context(), &xray.BatchGetTracesInput{TraceIds: ids})
		if codeOf(err) != "InvalidRequestException" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Nothing at first, then the frame, then all of it; a span that comes late makes
// the trace partial again.
func TestTracesUnfold(t *testing.T) {
	now := at
	c, client := tracing(t)
	c.Time(func() time.Time { return now })
	c.TraceDelay(5*time.Second, 3*time.Second)
	spans := request(1, 200, nil)
	if err := c.Record(spans[:3]); err != nil {
		t.Fatal(err)
	}
	partial := func() (int, bool) {
		traces, _ := got(t, client, traceNo(1))
		out, err := client.GetTraceSummaries(t.Context(), &xray.GetTraceSummariesInput{StartTime: aws.Time(at.Add(-time.Minute)), EndTime: aws.Time(at.Add(time.Minute))})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, d := range traces[traceNo(1)].Segments {
			n += 1 + len(d.Subsegments)
		}
		return n, len(out.TraceSummaries) == 1 && *out.TraceSummaries[0].IsPartial
	}
	for _, step := range []struct {
		after   time.Duration
		parts   int
		partial bool
	}{{4 * time.Second, 0, false}, {5 * time.Second, 7, true}, {8 * time.Second, 10, false}} {
		now = at.Add(step.after)
		if n, p := partial(); n != step.parts || p != step.partial {
			t.Errorf("after %s: %d parts, partial %v", step.after, n, p)
		}
	}
	if err := c.Record(spans[3:]); err != nil {
		t.Fatal(err)
	}
	if _, p := partial(); !p {
		t.Error("with a span under way it is not partial")
	}
	if now = now.Add(5 * time.Second); true {
		if n, p := partial(); n != 11 || p {
			t.Errorf("in the end: %d parts, partial %v", n, p)
		}
	}
}

func TestSummaries(t *testing.T) {
	_, client := tracing(t, request(1, 201, nil), request(2, 503, nil), request(3, 404, map[string]any{"run": "run-0002"}), request(4, 429, nil))
	from, to := at.Add(-time.Minute), at.Add(time.Minute)
	for expression, want := range map[string]string{
		"":                            "1 2 3 4",
		`annotation.run = "run-0001"`: "1 2 4", `annotation[run] = "run-0001"`: "1 2 4",
		`annotation.run = "run-0001" AND fault`: "2", `fault AND error`: "", "fault": "2", "error": "3 4",
		"annotation.status = 201": "1", `annotation.status = "201"`: "", "annotation.coldStart = true": "1", "annotation.coldStart = false": "2 3 4",
		`annotation.absent = "x"`: "", `service("lego-api-staging-create-moc")`: "1 2 3 4", `service("RDS")  AND annotation.status = 404`: "3", `service("Invocation")`: "", `service("other")`: "",
		"duration > 1": "!", "fault OR error": "!", "!fault": "!", `annotation.run BEGINSWITH "r"`: "!", "fault AND": "!", "faulty": "!", "fault error": "!", `annotation.run = "a`: "!", `service("a") { fault }`: "!",
	} {
		var found []string
		var err error
		for pages := xray.NewGetTraceSummariesPaginator(client, &xray.GetTraceSummariesInput{StartTime: &from, EndTime: &to, FilterExpression: &expression}); err == nil && pages.HasMorePages(); {
			var page *xray.GetTraceSummariesOutput
			if page, err = pages.NextPage(t.Context()); err == nil {
				for _, s := range page.TraceSummaries {
					found = append(found, (*s.Id)[len(*s.Id)-1:])
				}
			}
		}
		if got := strings.Join(found, " "); want == "!" && codeOf(err) != "InvalidRequestException" || want != "!" && (err != nil || got != want) {
			t.Errorf("%q finds %q, not %q: %v", expression, got, want, err)
		}
	}
}

func TestSummariesTell(t *testing.T) {
	_, client := tracing(t, request(2, 503, nil))
	out, err := client.GetTraceSummaries(t.Context(), &xray.GetTraceSummariesInput{StartTime: aws.Time(at.Add(-time.Minute)), EndTime: aws.Time(at.Add(time.Minute)), TimeRangeType: types.TimeRangeTypeService})
	if err != nil || len(out.TraceSummaries) != 1 {
		t.Fatal(out, err)
	}
	s := out.TraceSummaries[0]
	status, _ := s.Annotations["status"][0].AnnotationValue.(*types.AnnotationValueMemberNumberValue)
	run, _ := s.Annotations["run"][0].AnnotationValue.(*types.AnnotationValueMemberStringValue)
	cold, _ := s.Annotations["coldStart"][0].AnnotationValue.(*types.AnnotationValueMemberBooleanValue)
	if status == nil || status.Value != 503 || run == nil || run.Value != "run-0001" || cold == nil || cold.Value {
		t.Errorf("%+v", s.Annotations)
	}
	if !*s.HasFault || *s.HasError || *s.Http.HttpStatus != 503 || *s.EntryPoint.Name != "lego-api/staging" || *s.Duration < 0.04 || len(s.ServiceIds) != 3 {
		t.Errorf("%+v %+v", s, s.Http)
	}
}

func TestRangesAreBounded(t *testing.T) {
	_, client := tracing(t, request(1, 200, nil))
	for name, c := range map[string]struct {
		from, to time.Duration
		fails    bool
	}{
		"six hours": {0, 6 * time.Hour, false}, "more": {0, 6*time.Hour + time.Second, true}, "turned": {time.Hour, 0, true},
	} {
		_, err := client.GetTraceSummaries(t.Context(), &xray.GetTraceSummariesInput{StartTime: aws.Time(at.Add(c.from)), EndTime: aws.Time(at.Add(c.to))})
		_, other := client.GetServiceGraph(t.Context(), &xray.GetServiceGraphInput{StartTime: aws.Time(at.Add(c.from)), EndTime: aws.Time(at.Add(c.to))})
		if (codeOf(err) == "InvalidRequestException") != c.fails || (codeOf(other) == "InvalidRequestException") != c.fails {
			t.Errorf("%s: %v, %v", name, err, other)
		}
	}
}

// edgesOf are the edges of a graph, as from > to requests/faults.
func edgesOf(services []types.Service) (edges []string) {
	names := map[int32]string{}
	for _, s := range services {
		names[*s.ReferenceId] = *s.Type + " " + *s.Name
	}
	for _, s := range services {
		for _, e := range s.Edges {
			edges = append(edges, fmt.Sprintf("%s > %s %d/%d", names[*s.ReferenceId], names[*e.ReferenceId], *e.SummaryStatistics.TotalCount, *e.SummaryStatistics.FaultStatistics.TotalCount))
		}
	}
	slices.Sort(edges)
	return edges
}

func TestServiceGraph(t *testing.T) {
	c, client := tracing(t, request(1, 200, nil), request(2, 500, nil))
	c.TraceGroup("faults", "fault")
	graph := func(group string) []string {
		var all []types.Service
		in := &xray.GetServiceGraphInput{StartTime: aws.Time(at.Add(-time.Minute)), EndTime: aws.Time(at.Add(time.Minute))}
		if group != "" {
			in.GroupName = &group
		}
		for pages := xray.NewGetServiceGraphPaginator(client, in); pages.HasMorePages(); {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, page.Services...)
		}
		return edgesOf(all)
	}
	const f = "AWS::Lambda::Function lego-api-staging-create-moc"
	want := []string{
		"AWS::ApiGateway::Stage lego-api/staging > AWS::Lambda lego-api-staging-create-moc 2/0", "AWS::Lambda lego-api-staging-create-moc > " + f + " 2/0",
		f + " > AWS::S3 S3 2/0", f + " > Database::SQL RDS 2/0", f + " > remote Redis 2/0", "client lego-api/staging > AWS::ApiGateway::Stage lego-api/staging 2/1",
	}
	if got := graph(""); !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	if got := graph("faults"); len(got) != 6 || got[5] != "client lego-api/staging > AWS::ApiGateway::Stage lego-api/staging 1/1" {
		t.Errorf("of the group: %q", got)
	}
	_, err := client.GetServiceGraph(t.Context(), &xray.GetServiceGraphInput{StartTime: &at, EndTime: &at, GroupName: aws.String("other")})
	if codeOf(err) != "InvalidRequestException" {
		t.Errorf("a group that is not there: %v", err)
	}
	var all []types.Service
	for pages := xray.NewGetTraceGraphPaginator(client, &xray.GetTraceGraphInput{TraceIds: []string{traceNo(2)}}); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Services...)
	}
	if got := edgesOf(all); len(got) != 6 || !strings.HasSuffix(got[5], "1/1") {
		t.Errorf("of one trace: %q", got)
	}
	groups, err := client.GetGroups(t.Context(), &xray.GetGroupsInput{})
	if err != nil || len(groups.Groups) != 2 || *groups.Groups[1].FilterExpression != "fault" {
		t.Errorf("%+v %v", groups, err)
	}
}

// What a test can break is broken.
func TestTracesCanBeDamaged(t *testing.T) {
	var many [][]otlp.Span
	var ids []string
	for n := range 200 {
		many = append(many, request(n, 200, nil))
		ids = append(ids, traceNo(n))
	}
	c, client := tracing(t, many...)
	count := func(yes func(trace.Document) bool) (n int) {
		for _, x := range c.Traced() {
			for _, d := range x.Segments {
				n += len(slices.DeleteFunc(append(slices.Clone(d.Subsegments), d), func(d trace.Document) bool { return !yes(d) }))
			}
		}
		return n
	}
	rds := func(d trace.Document) bool { return d.Name == "RDS" }
	ran := func(d trace.Document) bool { return d.Annotations["run"] != nil }
	if count(rds) != 200 || count(ran) != 200 {
		t.Fatalf("%d %d", count(rds), count(ran))
	}
	c.LoseNodes("RDS", "AWS::Lambda")
	c.LoseAnnotations("run")
	if count(rds)+count(ran)+count(func(d trace.Document) bool { return d.Origin == "AWS::Lambda" }) != 0 {
		t.Error("something lost is there")
	}
	c.LoseNodes()
	c.LoseAnnotations()
	c.DropTraces(0.3)
	left := len(c.Traced())
	if left < 110 || left > 170 {
		t.Errorf("with 30%% dropped, %d of 200 are left", left)
	}
	if traces, missing := got(t, client, ids[:5]...); len(traces)+len(missing) != 5 || left != len(c.Traced()) {
		t.Errorf("%d, %d missing", len(traces), len(missing))
	}
	c.DropTraces(0)
	c.PassThrough("lego-api-staging-create-moc")
	if n := count(func(d trace.Document) bool { return d.Origin != "" && d.Origin != "AWS::ApiGateway::Stage" }); n != 0 || len(c.Traced()) != 200 {
		t.Errorf("of a function that passes through there are %d segments", n)
	}
	c.ThrottleTraces(1)
	in := &xray.BatchGetTracesInput{TraceIds: ids[:1]}
	if _, err := client.BatchGetTraces(t.Context(), in); codeOf(err) != "ThrottledException" {
		t.Errorf("throttled: %v", err)
	}
	if _, err := client.BatchGetTraces(t.Context(), in); err != nil {
		t.Errorf("once is enough: %v", err)
	}
	c.RefuseWatch(func(call string) (int, string) {
		if call == "xray:BatchGetTraces" {
			return http.StatusForbidden, "AccessDeniedException"
		}
		return 0, ""
	})
	if _, err := client.BatchGetTraces(t.Context(), in); codeOf(err) != "AccessDeniedException" {
		t.Errorf("refused: %v", err)
	}
}

func TestTransactionSearch(t *testing.T) {
	now := at
	c, config := watched(t)
	c.Function("lego-api-staging-create-moc", cloud.Lambda{Tracing: "Active"})
	// A body that breaks off is asked for again, as everybody does who uses the SDK:
	// here it does once in some hundred runs of a busy machine.
	client := xray.NewFromConfig(config, func(o *xray.Options) { o.RetryMaxAttempts = 3 })
	c.Time(func() time.Time { return now })
	for n := range 3 {
		if err := c.Record(request(n+1, 200, nil)); err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	start := &xray.StartTraceRetrievalInput{TraceIds: []string{traceNo(1), traceNo(2), traceNo(3), traceNo(9)}, StartTime: aws.Time(at.Add(-time.Hour)), EndTime: aws.Time(at.Add(time.Hour))}
	to := func() string {
		out, err := client.GetTraceSegmentDestination(ctx, &xray.GetTraceSegmentDestinationInput{})
		if err != nil {
			t.Fatal(err)
		}
		return string(out.Destination) + " " + string(out.Status)
	}
	if _, err := client.StartTraceRetrieval(ctx, start); to() != "XRay ACTIVE" || codeOf(err) != "ResourceNotFoundException" {
		t.Errorf("%s: %v", to(), err)
	}
	c.TransactionSearch(0, true, 0)
	if _, err := client.StartTraceRetrieval(ctx, start); to() != "CloudWatchLogs PENDING" || codeOf(err) != "ResourceNotFoundException" {
		t.Errorf("%s: %v", to(), err)
	}
	c.TransactionSearch(0, false, 2*time.Second)
	rules, err := client.GetIndexingRules(ctx, &xray.GetIndexingRulesInput{})
	if err != nil || *rules.IndexingRules[0].Rule.(*types.IndexingRuleValueMemberProbabilistic).Value.DesiredSamplingPercentage != 0 || to() != "CloudWatchLogs ACTIVE" {
		t.Errorf("%+v %v", rules, err)
	}
	if traces, missing := got(t, client, traceNo(1), traceNo(2)); len(traces) != 0 || len(missing) != 2 {
		t.Errorf("X-Ray itself has %d", len(traces))
	}
	begun, err := client.StartTraceRetrieval(ctx, start)
	if err != nil {
		t.Fatal(err)
	}
	list := func() (status types.RetrievalStatus, found int) {
		for token, more := (*string)(nil), true; more; {
			page, err := client.ListRetrievedTraces(ctx, &xray.ListRetrievedTracesInput{RetrievalToken: begun.RetrievalToken, NextToken: token, TraceFormat: types.TraceFormatTypeXray})
			if err != nil {
				t.Fatal(err)
			}
			status, token, more = page.RetrievalStatus, page.NextToken, page.NextToken != nil
			for _, x := range page.Traces {
				found += len(x.Spans)
			}
		}
		return status, found
	}
	if s, n := list(); s != types.RetrievalStatusRunning || n != 0 {
		t.Errorf("%s %d", s, n)
	}
	now = now.Add(2 * time.Second)
	if s, n := list(); s != types.RetrievalStatusComplete || n != 12 {
		t.Errorf("%s %d", s, n)
	}
	whole := begun
	if begun, err = client.StartTraceRetrieval(ctx, &xray.StartTraceRetrievalInput{TraceIds: start.TraceIds, StartTime: aws.Time(at.Add(time.Minute)), EndTime: aws.Time(at.Add(time.Hour))}); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Second)
	if s, n := list(); s != types.RetrievalStatusComplete || n != 0 {
		t.Errorf("of another hour: %s %d", s, n)
	}
	begun = whole
	graph, err := client.GetRetrievedTracesGraph(ctx, &xray.GetRetrievedTracesGraphInput{RetrievalToken: begun.RetrievalToken})
	if err != nil || len(graph.Services) != 2 || graph.NextToken == nil {
		t.Errorf("%+v %v", graph, err)
	}
	now = now.Add(2 * time.Hour)
	if s, n := list(); s != types.RetrievalStatusTimeout || n != 0 {
		t.Errorf("%s %d", s, n)
	}
	if _, err := client.CancelTraceRetrieval(ctx, &xray.CancelTraceRetrievalInput{RetrievalToken: begun.RetrievalToken}); err != nil {
		t.Error(err)
	}
	if s, _ := list(); s != types.RetrievalStatusCancelled {
		t.Errorf("%s", s)
	}
	if _, err := client.ListRetrievedTraces(ctx, &xray.ListRetrievedTracesInput{RetrievalToken: aws.String("none")}); codeOf(err) != "ResourceNotFoundException" {
		t.Errorf("another's token: %v", err)
	}
}

func TestIndexShare(t *testing.T) {
	var many [][]otlp.Span
	for n := range 400 {
		many = append(many, request(n, 200, nil))
	}
	c, client := tracing(t, many...)
	c.TransactionSearch(5, false, 0)
	found := 0
	for pages := xray.NewGetTraceSummariesPaginator(client, &xray.GetTraceSummariesInput{StartTime: aws.Time(at.Add(-time.Minute)), EndTime: aws.Time(at.Add(time.Minute))}); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		found += len(page.TraceSummaries)
	}
	if found < 5 || found > 40 {
		t.Errorf("%d of 400 are indexed", found)
	}
}

func TestPutTraceSegments(t *testing.T) {
	_, client := tracing(t)
	const doc = `{"id":"0000000000000001","trace_id":"1-6560a8f1-000000000000000000000001","name":"n","start_time":1700833521,"in_progress":true}`
	put := func(documents ...string) *xray.PutTraceSegmentsOutput {
		t.Helper()
		out, err := client.PutTraceSegments(t.Context(), &xray.PutTraceSegmentsInput{TraceSegmentDocuments: documents})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	out := put(doc, `{"id":"0000000000000002"}`, "{")
	if len(out.UnprocessedTraceSegments) != 2 || *out.UnprocessedTraceSegments[0].Id != "0000000000000002" {
		t.Errorf("%+v", out.UnprocessedTraceSegments)
	}
	put(strings.Replace(doc, `"in_progress":true`, `"end_time":1700833522`, 1))
	traces, _ := got(t, client, traceNo(1))
	if s := traces[traceNo(1)].Segments; len(s) != 1 || s[0].InProgress || s[0].End != 1700833522 {
		t.Errorf("%+v", s)
	}
	// A step within a function is no service.
	put(strings.NewReplacer(`"0000000000000001"`, `"0000000000000002"`, `"name":"n"`, `"type":"subsegment","parent_id":"0000000000000001","name":"step"`, `"in_progress":true`, `"end_time":1700833522`).Replace(doc))
	for name, want := range map[string]int{"n": 1, "step": 0} {
		found, err := client.GetTraceSummaries(t.Context(), &xray.GetTraceSummariesInput{StartTime: &at, EndTime: aws.Time(at.Add(time.Minute)), FilterExpression: aws.String(`service("` + name + `")`)})
		if err != nil || len(found.TraceSummaries) != want {
			t.Errorf("service(%q) finds %d: %v", name, len(found.TraceSummaries), err)
		}
	}
	if _, err := client.PutTraceSegments(t.Context(), &xray.PutTraceSegmentsInput{TraceSegmentDocuments: slices.Repeat([]string{doc}, 51)}); codeOf(err) != "InvalidRequestException" {
		t.Errorf("51 documents: %v", err)
	}
}

// What stacks declare is what X-Ray shows.
func TestDeclaredSettings(t *testing.T) {
	_, client := tracing(t)
	rules, err := client.GetSamplingRules(context.Background(), &xray.GetSamplingRulesInput{})
	if err != nil || len(rules.SamplingRuleRecords) != 1 || *rules.SamplingRuleRecords[0].SamplingRule.RuleName != "Default" || rules.SamplingRuleRecords[0].SamplingRule.FixedRate != 0.05 {
		t.Errorf("%+v %v", rules, err)
	}
}

// What nobody knows is refused and remembered.
func TestUnknownRequestsOfXRay(t *testing.T) {
	c, config := watched(t)
	client := xray.NewFromConfig(config)
	if _, err := client.GetEncryptionConfig(t.Context(), &xray.GetEncryptionConfigInput{}); codeOf(err) != "UnknownOperationException" {
		t.Errorf("%v", err)
	}
	_, err := client.GetTraceSummaries(t.Context(), &xray.GetTraceSummariesInput{StartTime: &at, EndTime: &at, Sampling: aws.Bool(true)})
	if codeOf(err) != "InvalidRequestException" || len(c.Unknown()) != 2 {
		t.Errorf("%v %q", err, c.Unknown())
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, *config.BaseEndpoint+"/Traces", strings.NewReader(`{"TraceIds":["1-6560a8f1-000000000000000000000001"],"New":1}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/xray/aws4_request, x")
	answer, err := http.DefaultClient.Do(r)
	if err != nil || answer.StatusCode != http.StatusBadRequest || answer.Body.Close() != nil || len(c.Unknown()) != 3 {
		t.Errorf("%v %v %q", answer, err, c.Unknown())
	}
}

// An app sends its spans to the cloud's own address.
func TestSpansByOTLP(t *testing.T) {
	c, config := watched(t)
	text, err := os.ReadFile("../../otlp/testdata/created/spans.json")
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]int{string(text): 200, "{": 400} {
		answer, err := http.Post(*config.BaseEndpoint+"/v1/traces", "application/json", bytes.NewReader([]byte(body)))
		if err != nil || answer.StatusCode != want || answer.Body.Close() != nil {
			t.Errorf("%v %v", answer, err)
		}
	}
	all := c.Traced()
	if text, err := json.Marshal(all); err != nil || len(all) != 1 || len(all[0].Segments) != 4 {
		t.Errorf("%s %v", text, err)
	}
	for _, call := range c.Calls() {
		t.Errorf("an unsigned request counts as a call: %+v", call)
	}
}
