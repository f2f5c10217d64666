package trace_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/trace"
)

func TestValidate(t *testing.T) {
	segment := func(change func(*trace.Document)) trace.Document {
		d := trace.Document{ID: "00000000000000f1", TraceID: "1-6b046490-ded252c776e3ef1c15154534", Name: "lego-api-staging-create-moc", Origin: "AWS::Lambda::Function", Start: 1795450001, End: 1795450002,
			Annotations: map[string]any{"userId": "x", "status": 201.0, "coldStart": true},
			Subsegments: []trace.Document{{ID: "00000000000000a1", Name: "RDS", Namespace: "remote", Start: 1795450001.1, End: 1795450001.2, SQL: &trace.SQL{Query: "SELECT $1"}}}}
		change(&d)
		return d
	}
	many := func(n int) map[string]any {
		m := map[string]any{}
		for i := range n {
			m[fmt.Sprint("k", i)] = "v"
		}
		return m
	}
	sub := func(change func(*trace.Document)) trace.Document {
		return segment(func(d *trace.Document) { change(&d.Subsegments[0]) })
	}
	alone := func(change func(*trace.Document)) trace.Document {
		return segment(func(d *trace.Document) {
			own := d.Subsegments[0]
			own.Type, own.TraceID, own.ParentID = "subsegment", d.TraceID, d.ID
			change(&own)
			*d = own
		})
	}
	exceptions := func(e ...trace.Exception) func(*trace.Document) {
		return func(d *trace.Document) { d.Cause = trace.Cause{Exceptions: e} }
	}
	for name, c := range map[string]struct {
		document trace.Document
		want     string
	}{
		"sound":                         {segment(func(*trace.Document) {}), ""},
		"sound, by itself":              {alone(func(*trace.Document) {}), ""},
		"in progress":                   {segment(func(d *trace.Document) { d.End, d.InProgress = 0, true }), ""},
		"200 characters":                {segment(func(d *trace.Document) { d.Name = strings.Repeat("é", 200) }), ""},
		"50 annotations":                {segment(func(d *trace.Document) { d.Annotations = many(50) }), ""},
		"a cause":                       {segment(exceptions(trace.Exception{ID: "00000000000000e1", Cause: "00000000000000e2"}, trace.Exception{ID: "00000000000000e2"})), ""},
		"id":                            {segment(func(d *trace.Document) { d.ID = "F1" }), "id "},
		"id in capitals":                {segment(func(d *trace.Document) { d.ID = "00000000000000F1" }), "id "},
		"an id twice":                   {sub(func(d *trace.Document) { d.ID = "00000000000000f1" }), "stands twice"},
		"trace id":                      {segment(func(d *trace.Document) { d.TraceID = "2-6b046490-ded252c776e3ef1c15154534" }), "trace_id"},
		"a trace id of OpenTelemetry":   {segment(func(d *trace.Document) { d.TraceID = "6b046490ded252c776e3ef1c15154534" }), "trace_id"},
		"older than its trace":          {segment(func(d *trace.Document) { d.Start -= 400 }), "start_time"},
		"parent id":                     {segment(func(d *trace.Document) { d.ParentID = "x" }), "parent_id"},
		"no name":                       {segment(func(d *trace.Document) { d.Name = "" }), "name is missing"},
		"201 characters":                {segment(func(d *trace.Document) { d.Name = strings.Repeat("n", 201) }), "201 characters"},
		"a name with signs":             {segment(func(d *trace.Document) { d.Name = "a<b>" }), "letters, digits"},
		"no start":                      {segment(func(d *trace.Document) { d.Start = 0 }), "start_time is missing"},
		"milliseconds":                  {segment(func(d *trace.Document) { d.Start, d.End = 1795450001000, 1795450002000 }), "not in seconds"},
		"no end":                        {segment(func(d *trace.Document) { d.End = 0 }), "end_time is missing"},
		"ended and in progress":         {segment(func(d *trace.Document) { d.InProgress = true }), "beside in_progress"},
		"ends before it begins":         {segment(func(d *trace.Document) { d.End = d.Start - 1 }), "before start_time"},
		"another type":                  {segment(func(d *trace.Document) { d.Type = "segment" }), "type"},
		"by itself without its parent":  {alone(func(d *trace.Document) { d.ParentID = "" }), "parent_id is missing"},
		"a segment's namespace":         {segment(func(d *trace.Document) { d.Namespace = "aws" }), "subsegments alone"},
		"another namespace":             {sub(func(d *trace.Document) { d.Namespace = "local" }), "neither aws nor remote"},
		"a subsegment's origin":         {sub(func(d *trace.Document) { d.Origin = "AWS::S3" }), "segments alone"},
		"a segment's sql":               {segment(func(d *trace.Document) { d.SQL = &trace.SQL{} }), "sql is of subsegments"},
		"a password":                    {sub(func(d *trace.Document) { d.SQL.URL = "postgres://me:secret@db/x" }), "holds a password"},
		"a key with a dot":              {segment(func(d *trace.Document) { d.Annotations["a.b"] = 1.0 }), "is no key"},
		"a list":                        {segment(func(d *trace.Document) { d.Annotations["a"] = []any{} }), "no text, number or boolean"},
		"1,001 characters":              {segment(func(d *trace.Document) { d.Annotations["a"] = strings.Repeat("x", 1001) }), "1000 characters"},
		"51 annotations":                {segment(func(d *trace.Document) { d.Annotations = many(51) }), "51, more than 50"},
		"51 annotations in all":         {segment(func(d *trace.Document) { d.Annotations, d.Subsegments[0].Annotations = many(26), many(25) }), "51, more than 50"},
		"AWS's metadata":                {segment(func(d *trace.Document) { d.Metadata = map[string]map[string]any{"AWS.x": {"a": 1}} }), "AWS's"},
		"a method":                      {segment(func(d *trace.Document) { d.HTTP = &trace.HTTP{}; d.HTTP.Request.Method = "get it" }), "method"},
		"a status":                      {segment(func(d *trace.Document) { d.HTTP = &trace.HTTP{}; d.HTTP.Response.Status = 999 }), "status"},
		"a length":                      {segment(func(d *trace.Document) { d.HTTP = &trace.HTTP{}; d.HTTP.Response.Length = -1 }), "content_length"},
		"throttled without error":       {segment(func(d *trace.Document) { d.Throttle = true }), "throttle"},
		"a cause by a bad id":           {segment(func(d *trace.Document) { d.Cause = trace.Cause{Ref: "x"} }), "neither an id"},
		"an exception without id":       {segment(exceptions(trace.Exception{Message: "x"})), "exceptions[0].id"},
		"an exception of none":          {segment(exceptions(trace.Exception{ID: "00000000000000e1", Cause: "00000000000000e9"})), "exceptions[0].cause"},
		"within, and of another parent": {sub(func(d *trace.Document) { d.ParentID = "00000000000000b1" }), "stands elsewhere"},
		"too large": {segment(func(d *trace.Document) {
			d.Metadata = map[string]map[string]any{"default": {"x": strings.Repeat("x", 64<<10)}}
		}), "more than 65536"},
	} {
		t.Run(name, func(t *testing.T) {
			errs := trace.Validate(c.document)
			if c.want == "" && len(errs) > 0 || c.want != "" && (len(errs) != 1 || !strings.Contains(errs[0].Error(), c.want)) {
				t.Errorf("%v, want one with %q", errs, c.want)
			}
		})
	}
}

// Every document of the healthy case is as X-Ray takes it.
func TestCasesAreValid(t *testing.T) {
	_, o := load(t, "healthy")
	n := 0
	for _, tr := range o.Traces {
		for _, d := range tr.Segments {
			n++
			if errs := trace.Validate(d); len(errs) > 0 {
				t.Errorf("%s: %v", d.Name, errs)
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d documents", n)
	}
}
