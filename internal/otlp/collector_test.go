package otlp_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/cutover-dev/cutover/internal/otlp"
)

func started(t *testing.T) *otlp.Collector {
	t.Helper()
	c, err := otlp.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// good is one span that is right; change makes it wrong.
func good(change func(s *tracepb.Span)) []byte {
	s := &tracepb.Span{
		TraceId: bytes.Repeat([]byte{1}, 16), SpanId: bytes.Repeat([]byte{2}, 8), Name: "n", Kind: tracepb.Span_SPAN_KIND_SERVER,
		StartTimeUnixNano: 1700833521e9, EndTimeUnixNano: 1700833522e9,
	}
	if change != nil {
		change(s)
	}
	text, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{s}}}}}})
	if err != nil {
		panic(err) // a test's own message
	}
	return text
}

func post(t *testing.T, c *otlp.Collector, kind, packed string, body []byte) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL()+otlp.Path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	if packed != "" {
		r.Header.Set("Content-Encoding", packed)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.Body.Close() != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func zip(text []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(text)
	_ = z.Close() // into memory
	return out.Bytes()
}

func key(name string, v *commonpb.AnyValue) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: name, Value: v}
}

func TestRequests(t *testing.T) {
	const binary = "application/x-protobuf"
	text := &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: "v"}}
	deep := text
	for range 20 {
		deep = &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: &commonpb.ArrayValue{Values: []*commonpb.AnyValue{deep}}}}
	}
	ofCase, err := os.ReadFile("testdata/created/spans.json")
	if err != nil {
		t.Fatal(err)
	}
	hugeZip := zip(make([]byte, 9<<20))
	for name, c := range map[string]struct {
		kind, packed string
		body         []byte
		status       int
		says         string
		spans        int
	}{
		"Protobuf":               {binary, "", good(nil), 200, "", 1},
		"Protobuf, packed":       {binary, "gzip", zip(good(nil)), 200, "", 1},
		"JSON":                   {"application/json; charset=utf-8", "", ofCase, 200, "{}", 5},
		"JSON, packed":           {"application/json", "gzip", zip(ofCase), 200, "{}", 5},
		"nothing":                {binary, "", nil, 200, "", 0},
		"an unknown member":      {"application/json", "", bytes.Replace(ofCase, []byte(`"resourceSpans"`), []byte(`"new":1,"resourceSpans"`), 1), 200, "{}", 5},
		"no type":                {"text/plain", "", good(nil), 415, "spans are", 0},
		"another packing":        {binary, "br", good(nil), 415, "not known", 0},
		"no gzip":                {binary, "gzip", good(nil), 400, "no gzip", 0},
		"a gzip that breaks off": {binary, "gzip", zip(good(nil))[:20], 400, "reading", 0},
		"a gzip that swells":     {binary, "gzip", hugeZip, 413, "at most", 0},
		"no Protobuf":            {binary, "", []byte("\xff\xff"), 400, "no export request", 0},
		"no JSON":                {"application/json", "", []byte("{"), 400, "no JSON", 0},
		"two of JSON":            {"application/json", "", []byte("{} {}"), 400, "behind", 0},
		"JSON, but a list":       {"application/json", "", []byte("[]"), 400, "JSON object", 0},
		"JSON, id in Base64":     {"application/json", "", bytes.Replace(ofCase, []byte("6560a8f1"), []byte("ZZ=="), 1), 400, "hexadecimal", 0},
		"JSON, a kind's name":    {"application/json", "", bytes.Replace(ofCase, []byte(`"kind": 2`), []byte(`"kind": "SPAN_KIND_SERVER"`), 1), 400, "a number", 0},
		"JSON, a wrong type":     {"application/json", "", []byte(`{"resourceSpans":7}`), 400, "no export request", 0},
		"a short trace id":       {binary, "", good(func(s *tracepb.Span) { s.TraceId = s.TraceId[:8] }), 400, "trace id", 0},
		"a trace id of zeros":    {binary, "", good(func(s *tracepb.Span) { s.TraceId = make([]byte, 16) }), 400, "trace id", 0},
		"no span id":             {binary, "", good(func(s *tracepb.Span) { s.SpanId = nil }), 400, "span id", 0},
		"a short parent":         {binary, "", good(func(s *tracepb.Span) { s.ParentSpanId = []byte{1} }), 400, "parent", 0},
		"its own parent":         {binary, "", good(func(s *tracepb.Span) { s.ParentSpanId = s.SpanId }), 400, "its own parent", 0},
		"no name":                {binary, "", good(func(s *tracepb.Span) { s.Name = "" }), 400, "no name", 0},
		"no such kind":           {binary, "", good(func(s *tracepb.Span) { s.Kind = 9 }), 400, "no kind", 0},
		"no such status":         {binary, "", good(func(s *tracepb.Span) { s.Status = &tracepb.Status{Code: 9} }), 400, "no status", 0},
		"no beginning":           {binary, "", good(func(s *tracepb.Span) { s.StartTimeUnixNano = 0 }), 400, "no time", 0},
		"beyond all time":        {binary, "", good(func(s *tracepb.Span) { s.EndTimeUnixNano = 1 << 63 }), 400, "no time", 0},
		"the end first":          {binary, "", good(func(s *tracepb.Span) { s.EndTimeUnixNano = 1 }), 400, "before it begins", 0},
		"an attribute twice": {binary, "", good(func(s *tracepb.Span) {
			s.Attributes = []*commonpb.KeyValue{key("a", text), key("a", text)}
		}), 400, "twice", 0},
		"an attribute too deep": {binary, "", good(func(s *tracepb.Span) { s.Attributes = []*commonpb.KeyValue{key("a", deep)} }), 400, "deeper", 0},
		"an event too deep": {binary, "", good(func(s *tracepb.Span) {
			s.Events = []*tracepb.Span_Event{{Name: "e", Attributes: []*commonpb.KeyValue{key("a", deep)}}}
		}), 400, "the event", 0},
	} {
		t.Run(name, func(t *testing.T) {
			to := started(t)
			status, says := post(t, to, c.kind, c.packed, c.body)
			if status != c.status || !strings.Contains(says, c.says) || len(to.Spans()) != c.spans {
				t.Errorf("%d %q, %d spans", status, says, len(to.Spans()))
			}
			if wrong := status != 200; wrong != (len(to.Refused()) == 1) {
				t.Errorf("remembered as refused: %q", to.Refused())
			}
		})
	}
}

func TestOtherAddressesAndMethods(t *testing.T) {
	c := started(t)
	for _, x := range []struct {
		method, path string
		status       int
	}{{"GET", "/v1/traces", 405}, {"POST", "/v1/logs", 404}, {"POST", "/v1/traces?x=1", 404}} {
		r, err := http.NewRequestWithContext(t.Context(), x.method, c.URL()+x.path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil || answer.Body.Close() != nil || answer.StatusCode != x.status {
			t.Errorf("%s %s: %v %v", x.method, x.path, answer.StatusCode, err)
		}
	}
}

func TestAFullCollectorSaysTryAgain(t *testing.T) {
	c := started(t)
	many := make([]otlp.Span, 100_000)
	if err := c.Add(many); err != nil {
		t.Fatal(err)
	}
	if status, _ := post(t, c, "application/x-protobuf", "", good(nil)); status != http.StatusTooManyRequests {
		t.Errorf("answered with %d", status)
	}
}

const header = `{"format":"json","version":1}` + "\n"

func TestDatagrams(t *testing.T) {
	spans := base64.StdEncoding.EncodeToString(good(nil))
	const doc = `{"id":"0000000000000001","trace_id":"1-6560a8f1-00000000000000000000abcd","name":"n","start_time":1.5,"end_time":2}`
	for name, c := range map[string]struct {
		packet, says    string
		spans, document int
	}{
		"spans":                  {header + "T1S" + spans, "", 1, 0},
		"unsampled spans":        {header + "T1U" + spans, "", 1, 0},
		"a document":             {header + doc, "", 0, 1},
		"one in progress":        {header + strings.Replace(doc, `"end_time":2`, `"in_progress":true`, 1), "", 0, 1},
		"no header":              {"T1S" + spans, "a datagram begins", 0, 0},
		"another version":        {strings.Replace(header, "1", "2", 1) + "T1S" + spans, "a datagram begins", 0, 0},
		"more in the header":     {strings.Replace(header, "}", `,"x":1}`, 1) + "T1S" + spans, "a datagram begins", 0, 0},
		"more behind the header": {strings.Replace(header, "}", "} 1", 1) + "T1S" + spans, "a datagram begins", 0, 0},
		"no Base64":              {header + "T1S!", "no Base64", 0, 0},
		"no spans":               {header + "T1S" + base64.StdEncoding.EncodeToString([]byte{255}), "no export request", 0, 0},
		"no document":            {header + "T1Xabc", "no segment document", 0, 0},
		"neither end nor going":  {header + strings.Replace(doc, `,"end_time":2`, "", 1), "has ended", 0, 0},
		"the end first":          {header + strings.Replace(doc, `"end_time":2`, `"end_time":1`, 1), "has ended", 0, 0},
		"an orphan":              {header + strings.Replace(doc, `"name"`, `"type":"subsegment","name"`, 1), "names its parent", 0, 0},
		"another type":           {header + strings.Replace(doc, `"name"`, `"type":"x","parent_id":"0000000000000002","name"`, 1), "names its parent", 0, 0},
		"a foreign trace id":     {header + strings.Replace(doc, `"1-`, `"2-`, 1), "a trace id", 0, 0},
		"one that is too long":   {header + strings.Replace(doc, `"n"`, `"`+strings.Repeat("n", 65000)+`"`, 1) + strings.Repeat(" ", 600), "at most", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := otlp.Daemon([]byte(c.packet))
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) || len(got.Spans) != c.spans || (got.Document != nil) != (c.document == 1) {
				t.Errorf("%+v %v", got, err)
			}
			if len(got.Spans) == 1 && got.Spans[0].Unsampled != strings.Contains(c.packet, "T1U") {
				t.Error("sampled and unsampled are mixed up")
			}
		})
	}
}

func TestDaemonListens(t *testing.T) {
	c := started(t)
	to, err := net.Dial("udp", c.Daemon())
	if err != nil {
		t.Fatal(err)
	}
	for _, packet := range []string{"nonsense", header + `{"id":"0000000000000001","trace_id":"1-6560a8f1-00000000000000000000abcd","name":"n","start_time":1.5,"end_time":2}`, header + "T1S" + base64.StdEncoding.EncodeToString(good(nil))} {
		if _, err := io.WriteString(to, packet); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := c.Wait(ctx, func(s []otlp.Span) bool { return len(s) == 1 }); err != nil {
		t.Fatal(err)
	}
	if len(c.Sent()) != 1 || len(c.Refused()) != 1 || len(c.Traces()["01010101010101010101010101010101"]) != 1 {
		t.Errorf("%+v %q %v", c.Sent(), c.Refused(), c.Traces())
	}
	if err := c.Wait(ctx, func(s []otlp.Span) bool { cancel(); return len(s) > 1 }); err == nil {
		t.Error("it does not give up with its context")
	}
	if err := to.Close(); err != nil {
		t.Error(err)
	}
}

func FuzzBodies(f *testing.F) {
	text, err := os.ReadFile("testdata/failed/spans.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(good(nil))
	f.Add([]byte(header + "T1S" + base64.StdEncoding.EncodeToString(good(nil))))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, read := range []func([]byte) ([]otlp.Span, error){otlp.JSON, otlp.Protobuf, func(b []byte) ([]otlp.Span, error) {
			d, err := otlp.Daemon(b)
			return d.Spans, err
		}} {
			if spans, err := read(body); err == nil {
				once := map[string]bool{}
				for _, s := range spans {
					once[s.TraceID+s.ID] = true
				}
				if len(once) == len(spans) {
					hold(t, spans)
				}
				written(t, spans)
			}
		}
	})
}
