package otlp_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/otlp"
	"github.com/cutover-dev/cutover/internal/trace"
)

var update = flag.Bool("update", false, "write the wanted documents anew")

// Each folder of testdata is a case: spans.json as OTLP has it, and the
// documents that become of it.
//
// Shows: 5.3.2
func TestDocuments(t *testing.T) {
	cases, err := filepath.Glob("testdata/*/spans.json")
	if err != nil || len(cases) < 5 {
		t.Fatalf("%d cases: %v", len(cases), err)
	}
	for _, file := range cases {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			spans, err := otlp.JSON(text)
			if err != nil {
				t.Fatal(err)
			}
			got := written(t, spans)
			slices.Reverse(spans)
			if other := written(t, spans); !bytes.Equal(got, other) {
				t.Errorf("the order in which spans come changes the documents:\n%s", other)
			}
			golden := filepath.Join(filepath.Dir(file), "documents.golden")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("the documents are\n%s\nnot\n%s", got, want)
			}
			hold(t, spans)
			for _, d := range otlp.Documents(spans) {
				for _, err := range trace.Validate(d) {
					t.Errorf("%s of %s: %v", d.ID, d.TraceID, err)
				}
			}
		})
	}
}

func written(t *testing.T, spans []otlp.Span) []byte {
	t.Helper()
	text, err := json.MarshalIndent(otlp.Documents(spans), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

// hold is what is true of the documents of any spans: each span is there once,
// below its parent, in its trace.
func hold(t *testing.T, spans []otlp.Span) {
	t.Helper()
	wanted := map[string]otlp.Span{}
	for _, s := range spans {
		if !s.Unsampled {
			wanted[s.TraceID+s.ID] = s
		}
	}
	found := 0
	var walk func(d trace.Document, in string, parent string)
	walk = func(d trace.Document, in, parent string) {
		found++
		s, ok := wanted[in+d.ID]
		if !ok || parent != "" && s.ParentID != parent {
			t.Errorf("%s of trace %s lies below %q: %+v", d.ID, in, parent, s)
		}
		for _, sub := range d.Subsegments {
			walk(sub, in, d.ID)
		}
	}
	for _, d := range otlp.Documents(spans) {
		walk(d, d.TraceID[2:10]+d.TraceID[11:], "")
	}
	if found != len(wanted) {
		t.Errorf("%d spans became %d documents", len(wanted), found)
	}
}

func span(id, parent string, kind otlp.Kind, with map[string]any) otlp.Span {
	at := time.Unix(1700833521, 0)
	return otlp.Span{TraceID: "6560a8f100000000000000000000abcd", ID: id, ParentID: parent, Name: "n", Kind: kind, Start: at, End: at.Add(time.Millisecond), Attributes: with}
}

func TestWhatJSONCannotSay(t *testing.T) {
	docs := otlp.Documents([]otlp.Span{span("0000000000000001", "", otlp.Server, map[string]any{
		"nan": math.NaN(), "inf": math.Inf(1), "bytes": []byte("x"), "empty": nil, "aws.xray.annotations": []any{"nan", "bytes", 7, "empty"},
	})})
	if text, err := json.Marshal(docs); err != nil || !bytes.Contains(text, []byte(`"metadata":{"default":{"bytes":"eA=="}}`)) || docs[0].Annotations != nil {
		t.Errorf("%s %v", text, err)
	}
}

func TestAnnotationsAreBounded(t *testing.T) {
	with, names := map[string]any{}, []any{}
	for i := range 60 {
		name := fmt.Sprintf("a%d", i)
		with[name] = int64(i)
		names = append(names, name)
	}
	with["aws.xray.annotations"] = names
	d := otlp.Documents([]otlp.Span{span("0000000000000001", "", otlp.Server, with)})[0]
	if len(d.Annotations) > 50 || len(d.Annotations)+len(d.Metadata["default"]) != 60 {
		t.Errorf("%d annotations, %d metadata", len(d.Annotations), len(d.Metadata["default"]))
	}
}

// An app that tells causes one by one, and one that throws without end.
func TestCausesAreChained(t *testing.T) {
	s := span("0000000000000001", "", otlp.Server, nil)
	for depth := range 30 {
		s.Events = append(s.Events, otlp.Event{Name: "exception", Attributes: map[string]any{"exception.type": fmt.Sprintf("E%d", depth), "exception.cause.depth": int64(depth % 3)}})
	}
	d := otlp.Documents([]otlp.Span{s})[0]
	all := d.Cause.Exceptions
	if len(all) != 20 || len(trace.Validate(d)) > 0 {
		t.Fatalf("%d: %v", len(all), trace.Validate(d))
	}
	for i, e := range all[:19] {
		want := ""
		if i%3 != 2 {
			want = all[i+1].ID
		}
		if e.Cause != want {
			t.Errorf("%s is caused by %q, not %q", e.Type, e.Cause, want)
		}
	}
}

// What no HTTP request has, and queries of a whole function, are not passed on.
func TestForeignValuesStayMetadata(t *testing.T) {
	long := strings.Repeat("x", 1001)
	d := otlp.Documents([]otlp.Span{span("0000000000000001", "", otlp.Server, map[string]any{
		"http.request.method": "get it", "http.response.status_code": int64(7), "db.query.text": "select 1", "long": long, "aws.xray.annotations": []any{"long"},
	})})[0]
	if d.HTTP != nil || d.SQL != nil || d.Annotations != nil || len(d.Metadata["default"]) != 4 || len(trace.Validate(d)) > 0 {
		t.Errorf("%+v %v", d, trace.Validate(d))
	}
}

func TestUnsampledSpansMakeNone(t *testing.T) {
	s := span("0000000000000001", "", otlp.Server, nil)
	s.Unsampled = true
	if docs := otlp.Documents([]otlp.Span{s}); len(docs) != 0 {
		t.Errorf("%+v", docs)
	}
}
