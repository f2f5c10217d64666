//go:build e2e

package xray_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/xray"
	"github.com/cutover-dev/cutover/internal/mototest"
)

// sends puts segments of some traces, and prints what is not taken.
const sends = `
import boto3, json, os, sys
c = boto3.client("xray", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
start = int(sys.argv[1])
for i, trace in enumerate(sys.argv[2:]):
    root = dict(id="%016x" % (10 * i + 1), trace_id=trace, name="lego-api/live", origin="AWS::ApiGateway::Stage", start_time=start + 0.25, end_time=start + 1.5)
    call = dict(id="%016x" % (10 * i + 3), name="RDS", namespace="remote", start_time=start + 0.5, end_time=start + 0.75, sql=dict(sanitized_query="SELECT ?"))
    function = dict(id="%016x" % (10 * i + 2), trace_id=trace, parent_id=root["id"], name="lego-api-staging-list", origin="AWS::Lambda::Function", start_time=start + 0.5,
        end_time=start + 1.5, fault=True, annotations=dict(userId="anonymous", status=500), metadata=dict(default={"http.request.body.size": 17}), subsegments=[call])
    print(c.put_trace_segments(TraceSegmentDocuments=[json.dumps(root), json.dumps(function)])["UnprocessedTraceSegments"])
`

// What the adapter sends and reads is understood by an X-Ray that was not
// written here, whose segments another client has put: BatchGetTraces beyond
// five ids and with unknown ones. Of the rest moto plays too little: a summary
// has Users as an object where the API reference has a list, which the SDK does
// not read; filter expressions are refused; the service graph is always empty;
// Transaction Search and the setting of where traces go are unknown. Those are
// held to the documented shapes (testdata) and to the strict cloud of a rehearsal.
func TestE2EMotoKeepsTraces(t *testing.T) {
	run := mototest.Start(t).Python
	x, err := xray.Open(t.Context(), "", xray.Options{Backoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now().Unix() - 60
	var ids []string
	for i := range 7 {
		ids = append(ids, fmt.Sprintf("1-%08x-%024d", start, i))
	}
	if said := run(sends, append([]string{fmt.Sprint(start)}, ids[:6]...)...); strings.Trim(said, "[]\n") != "" {
		t.Fatal(said)
	}
	found, missing, err := x.Get(t.Context(), ids)
	if err != nil || len(found) != 6 || len(missing) != 1 || missing[0] != ids[6] {
		t.Fatalf("%+v, %v, %v", found, missing, err)
	}
	for i, f := range found {
		if f.ID != ids[i] || len(f.Segments) != 2 || f.Partial || f.Duration != time.Second {
			t.Errorf("%+v", f)
			continue
		}
		root, function := f.Segments[0], f.Segments[1]
		if root.Origin != "AWS::ApiGateway::Stage" || function.ParentID != root.ID || !function.Fault || function.Annotations["status"] != 500.0 ||
			function.Metadata["default"]["http.request.body.size"] != 17.0 || function.Subsegments[0].SQL.Query != "SELECT ?" {
			t.Errorf("%+v", f)
		}
	}
	at := time.Unix(start, 0)
	if all, err := x.Summaries(t.Context(), "", at.Add(-time.Hour), at.Add(-time.Minute)); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := x.Summaries(t.Context(), "", at.Add(-time.Minute), at.Add(time.Minute)); err == nil {
		t.Error("moto's summaries can be read now: hold them to more than this")
	}
	if edges, err := x.Edges(t.Context(), at, at.Add(time.Minute), ""); err != nil || len(edges) != 0 {
		t.Errorf("moto draws a graph now: hold it to more than this: %v, %v", edges, err)
	}
}
