package cloud

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/otlp"
	"github.com/cutover-dev/cutover/internal/trace"
)

// The kinds of segments that AWS adds around a function.
const (
	ofStage    = "AWS::ApiGateway::Stage"
	ofLambda   = "AWS::Lambda"
	ofFunction = "AWS::Lambda::Function"
)

// shown is a trace as X-Ray has it now; false says that there is none. c.mu is
// held.
func (c *Cloud) shown(id string) (trace.Trace, bool) {
	t, ok := c.rays.traces[id]
	now := c.time()
	if !ok || lot(id, "drop") < c.rays.dropped {
		return trace.Trace{}, false
	}
	out := trace.Trace{ID: id, Partial: now.Before(t.first.Add(c.rays.appears + c.rays.unfolds))}
	late := func(at time.Time) bool { return now.Before(at.Add(c.rays.appears)) }
	var spans []otlp.Span
	var docs []trace.Document
	for _, s := range t.spans {
		if late(s.at) {
			out.Partial = true
			continue
		}
		spans = append(spans, s.Span)
	}
	for _, d := range t.docs {
		if late(d.at) {
			out.Partial = true
			continue
		}
		docs = append(docs, d.Document)
	}
	docs = append(docs, otlp.Documents(spans)...)
	frames := c.frames(docs)
	// A function that passes through has nothing recorded within it.
	docs = slices.DeleteFunc(docs, func(d trace.Document) bool { return c.passes(d) || out.Partial })
	docs = c.damaged(append(frames, docs...))
	if len(docs) == 0 {
		return trace.Trace{}, false
	}
	slices.SortStableFunc(docs, func(a, b trace.Document) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.ID, b.ID)) })
	out.Segments = docs
	begin, end := docs[0].Start, docs[0].End
	for _, d := range docs {
		end = max(end, d.End)
	}
	out.Duration = time.Duration((end - begin) * float64(time.Second))
	return out, true
}

func (c *Cloud) passes(d trace.Document) bool {
	f, known := c.functions[d.Name]
	return known && d.Origin == ofFunction && f.Tracing != "Active"
}

// frames are the segments that AWS makes around those of functions: of API
// Gateway's stage, which calls Lambda, of Lambda, and the one that Lambda makes
// of the function, whose id is the parent that the app was handed in
// _X_AMZN_TRACE_ID. Sources: API Gateway Developer Guide, "Understanding X-Ray
// traces"; Lambda Developer Guide, "Visualize Lambda function invocations using
// AWS X-Ray". An app that lost its parent stays alone, as it would there.
func (c *Cloud) frames(docs []trace.Document) []trace.Document {
	var all []trace.Document
	seen := map[string]bool{}
	for _, d := range docs {
		if d.Origin != ofFunction || seen[d.ParentID] && d.ParentID != "" || slices.ContainsFunc(docs, func(x trace.Document) bool { return x.ID == d.ParentID }) {
			continue
		}
		seen[d.ParentID] = true
		id := func(what string) string { return idOf(d.TraceID + d.ID + d.ParentID + what) }
		above := ""
		if d.HTTP != nil && d.HTTP.Request.Method != "" {
			gateway := gatewaySegment(d, id)
			above = gateway.Subsegments[0].ID
			all = append(all, gateway)
		}
		if c.passes(d) {
			continue
		}
		service := trace.Document{
			ID: id("service"), TraceID: d.TraceID, ParentID: above, Name: d.Name, Origin: ofLambda, Start: d.Start - 0.002, End: d.End + 0.002,
			HTTP: &trace.HTTP{}, AWS: map[string]any{"request_id": uuid(id("request"))},
		}
		service.HTTP.Response.Status = 200 // Lambda's, also where the function answers with another
		if c.rays.bare {
			service.ID = cmp.Or(d.ParentID, service.ID)
			all = append(all, service)
			continue
		}
		all = append(all, service, functionSegment(d, service.ID, id))
	}
	return all
}

// functionSegment is what Lambda itself makes of a function, beside what the app
// in it makes: how long it took to begin, to run, and to end.
func functionSegment(d trace.Document, above string, id func(string) string) trace.Document {
	f := trace.Document{
		ID: cmp.Or(d.ParentID, id("function")), TraceID: d.TraceID, ParentID: above, Name: d.Name, Origin: ofFunction, Start: d.Start - 0.001, End: d.End + 0.001,
		AWS: map[string]any{"account_id": Account, "function_arn": arn("lambda", "function:"+d.Name)},
	}
	if d.Metadata["default"]["faas.coldstart"] == true {
		f.Subsegments = []trace.Document{{ID: id("initialization"), Name: "Initialization", Start: d.Start - 0.001, End: d.Start - 0.0005}}
	}
	f.Subsegments = append(f.Subsegments,
		trace.Document{ID: id("invocation"), Name: "Invocation", Start: d.Start - 0.0005, End: d.End},
		trace.Document{ID: id("overhead"), Name: "Overhead", Start: d.End, End: d.End + 0.001})
	return f
}

// gatewaySegment is what the stage of a REST API makes of a request.
func gatewaySegment(d trace.Document, id func(string) string) trace.Document {
	text := func(name string) string { s, _ := d.Annotations[name].(string); return s }
	stage := cmp.Or(text("stage"), "prod")
	http := *d.HTTP
	g := trace.Document{
		ID: id("gateway"), TraceID: d.TraceID, Name: cmp.Or(text("project"), "api") + "/" + stage, Origin: ofStage, Start: d.Start - 0.005, End: d.End + 0.004, HTTP: &http,
		Annotations: map[string]any{"aws:api_id": "a1b2c3d4e5", "aws:api_stage": stage},
		AWS:         map[string]any{"api_gateway": map[string]any{"account_id": Account, "rest_api_id": "a1b2c3d4e5", "stage": stage, "request_id": uuid(id("api request"))}},
		Metadata:    map[string]map[string]any{"default": {"request_id": uuid(id("api request"))}},
	}
	if !strings.Contains(http.Request.URL, "://") {
		g.HTTP.Request.URL = "https://a1b2c3d4e5.execute-api." + Region + ".amazonaws.com/" + stage + http.Request.URL
	}
	switch status := http.Response.Status; {
	case status >= 500:
		g.Fault = true
	case status >= 400:
		g.Error, g.Throttle = true, status == 429
	}
	sub := trace.Document{
		ID: id("lambda"), Name: "Lambda", Namespace: "aws", Start: d.Start - 0.004, End: d.End + 0.003, HTTP: &trace.HTTP{},
		AWS: map[string]any{"function_name": d.Name, "region": Region, "operation": "Invoke", "resource_names": []any{d.Name}},
	}
	sub.HTTP.Request.Method, sub.HTTP.Response.Status = "POST", 200
	sub.HTTP.Request.URL = "https://lambda." + Region + ".amazonaws.com/2015-03-31/functions/" + arn("lambda", "function:"+d.Name) + "/invocations"
	g.Subsegments = []trace.Document{sub}
	return g
}

// damaged is what is left of segments when something was lost.
func (c *Cloud) damaged(docs []trace.Document) []trace.Document {
	var out []trace.Document
	for _, d := range docs {
		if slices.Contains(c.rays.lost, d.Name) || slices.Contains(c.rays.lost, d.Origin) && d.Origin != "" {
			continue
		}
		left := map[string]any{}
		for name, v := range d.Annotations {
			if !slices.Contains(c.rays.unnamed, name) {
				left[name] = v
			}
		}
		if d.Annotations = left; len(left) == 0 {
			d.Annotations = nil
		}
		d.Subsegments = c.damaged(d.Subsegments)
		out = append(out, d)
	}
	return out
}

// idOf is 16 hexadecimal digits, the same for the same text.
func idOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

func uuid(id string) string {
	return id[:8] + "-" + id[8:12] + "-4" + id[13:16] + "-8" + id[1:4] + "-" + id[4:] // 12 digits
}
