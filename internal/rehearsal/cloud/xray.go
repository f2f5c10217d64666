package cloud

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/otlp"
	"github.com/cutover-dev/cutover/internal/trace"
)

// rays is what X-Ray has of the account.
type rays struct {
	traces map[string]*recorded
	kept   int // how many spans and documents there are
	// appears is how long nothing shows of what came, unfolds how long only the
	// frame of a trace does after that.
	appears, unfolds time.Duration
	dropped          float64
	unnamed, lost    []string
	throttled        int
	search           *searching
	retrievals       map[string]*retrieval
	groups           map[string]string
	bare             bool
}

// recorded is what came of one trace.
type recorded struct {
	first time.Time
	spans []arrived
	docs  []arrivedDocument
}

type arrived struct {
	at time.Time
	otlp.Span
}

type arrivedDocument struct {
	at time.Time
	trace.Document
}

// mostRecorded bounds what is kept of all traces.
const mostRecorded = 200_000

// xrayCall answers one call; c.mu is held. in is a pointer to what the call
// takes.
type xrayCall struct {
	in     func() any
	answer func(c *Cloud, in any) (map[string]any, *denial)
}

func taking[T any](answer func(c *Cloud, in *T) (map[string]any, *denial)) xrayCall {
	return xrayCall{
		in: func() any { return new(T) },
		answer: func(c *Cloud, in any) (map[string]any, *denial) {
			return answer(c, in.(*T)) // in has just made it
		},
	}
}

// xrayCalls are the calls by path; each is a POST of JSON. The names are those
// that IAM has for them.
func xrayCalls() map[string]struct {
	name string
	xrayCall
} {
	type known = struct {
		name string
		xrayCall
	}
	return map[string]known{
		"/Traces":                     {"BatchGetTraces", taking((*Cloud).batchGetTraces)},
		"/TraceSummaries":             {"GetTraceSummaries", taking((*Cloud).traceSummaries)},
		"/ServiceGraph":               {"GetServiceGraph", taking((*Cloud).serviceGraph)},
		"/TraceGraph":                 {"GetTraceGraph", taking((*Cloud).traceGraph)},
		"/Groups":                     {"GetGroups", taking((*Cloud).traceGroups)},
		"/GetSamplingRules":           {"GetSamplingRules", taking((*Cloud).samplingRules)},
		"/GetIndexingRules":           {"GetIndexingRules", taking((*Cloud).indexingRules)},
		"/GetTraceSegmentDestination": {"GetTraceSegmentDestination", taking((*Cloud).segmentDestination)},
		"/StartTraceRetrieval":        {"StartTraceRetrieval", taking((*Cloud).startRetrieval)},
		"/ListRetrievedTraces":        {"ListRetrievedTraces", taking((*Cloud).listRetrieved)},
		"/GetRetrievedTracesGraph":    {"GetRetrievedTracesGraph", taking((*Cloud).retrievedGraph)},
		"/CancelTraceRetrieval":       {"CancelTraceRetrieval", taking((*Cloud).cancelRetrieval)},
		"/TraceSegments":              {"PutTraceSegments", taking((*Cloud).putSegments)},
	}
}

// xray answers X-Ray's calls; source: X-Ray API reference, REST-JSON.
func (c *Cloud) xray(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	fail := func(f *denial) {
		w.Header().Set("X-Amzn-Errortype", f.code)
		w.WriteHeader(f.status)
		reply(w, map[string]string{"Message": f.message})
	}
	known, ok := xrayCalls()[r.URL.Path]
	if !ok || r.Method != http.MethodPost || r.URL.RawQuery != "" {
		c.strange("xray " + r.Method + " " + r.URL.String())
		fail(&denial{http.StatusNotImplemented, "UnknownOperationException", "this cloud does not know the request"})
		return
	}
	in := known.in()
	if err := strictly(r.Body, in); err != nil {
		c.strange("xray " + known.name + ": " + err.Error())
		fail(&denial{http.StatusBadRequest, "SerializationException", err.Error()})
		return
	}
	if f := c.refusal("xray:" + known.name); f != nil {
		fail(f)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// None of these calls is about a resource that a policy could name; source:
	// Service Authorization Reference, X-Ray.
	c.note(r, "xray:"+known.name, "*")
	if c.rays.throttled > 0 {
		c.rays.throttled--
		fail(&denial{http.StatusTooManyRequests, "ThrottledException", "Rate exceeded"})
		return
	}
	out, f := known.answer(c, in)
	if f != nil {
		fail(f)
		return
	}
	reply(w, out)
}

// strictly reads one JSON object, nothing unknown in it and nothing behind it.
// The SDK sends no body for a call that takes nothing.
func strictly(body io.Reader, in any) error {
	d := json.NewDecoder(io.LimitReader(body, 8<<20))
	d.DisallowUnknownFields()
	if err := d.Decode(in); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind the request")
	}
	return nil
}

// invalid is X-Ray's one refusal of what a request says.
func invalid(message string) *denial {
	return &denial{http.StatusBadRequest, "InvalidRequestException", message}
}

var traceID = regexp.MustCompile(`^1-[0-9a-f]{8}-[0-9a-f]{24}$`)

// asked holds the ids of traces to their form, and to how many a call may name.
func asked(ids []string, most int) *denial {
	switch {
	case len(ids) == 0:
		return invalid("1 validation error detected: Value at 'traceIds' failed to satisfy constraint: Member must not be null")
	case len(ids) > most:
		return invalid("The number of trace ids exceeds the limit")
	}
	for _, id := range ids {
		if !traceID.MatchString(id) {
			return invalid("Invalid trace id: " + id)
		}
	}
	return nil
}

// telemetry takes spans by OTLP over HTTP, as the daemon beside a function would
// by its own protocol. AWS's endpoint of the same path wants a signature; what
// is rehearsed has no credentials.
func (c *Cloud) telemetry(w http.ResponseWriter, r *http.Request) bool {
	if r.URL.Path != otlp.Path {
		return false
	}
	otlp.Handler(c.Record).ServeHTTP(w, r)
	return true
}

// Record takes in spans, as if an app had exported them.
func (c *Cloud) Record(spans []otlp.Span) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rays.kept+len(spans) > mostRecorded {
		return otlp.ErrFull
	}
	now := c.time()
	for _, s := range spans {
		t := c.trace(otlp.TraceID(s.TraceID), now)
		t.spans = append(t.spans, arrived{now, s})
		c.rays.kept++
	}
	return nil
}

// trace is where what comes of a trace is kept; c.mu is held.
func (c *Cloud) trace(id string, now time.Time) *recorded {
	if c.rays.traces == nil {
		c.rays.traces = map[string]*recorded{}
	}
	t, ok := c.rays.traces[id]
	if !ok {
		t = &recorded{first: now}
		c.rays.traces[id] = t
	}
	return t
}

// putSegments takes documents; source: X-Ray API reference, PutTraceSegments,
// and "X-Ray endpoints and quotas": 50 a call.
func (c *Cloud) putSegments(in *struct{ TraceSegmentDocuments []string }) (map[string]any, *denial) {
	if n := len(in.TraceSegmentDocuments); n == 0 || n > 50 {
		return nil, invalid("between 1 and 50 segment documents are taken in a call")
	}
	failed := []any{}
	for _, text := range in.TraceSegmentDocuments {
		doc, err := otlp.Segment([]byte(text))
		if err == nil && c.rays.kept == mostRecorded {
			err = otlp.ErrFull
		}
		if err != nil {
			var partly struct{ ID string }
			_ = json.Unmarshal([]byte(text), &partly) // it may have no id
			failed = append(failed, map[string]any{"Id": partly.ID, "ErrorCode": "InvalidSegment", "Message": err.Error()})
			continue
		}
		t := c.trace(doc.TraceID, c.time())
		// The whole segment takes the place of the one in progress.
		t.docs = slices.DeleteFunc(t.docs, func(d arrivedDocument) bool { return d.ID == doc.ID })
		t.docs = append(t.docs, arrivedDocument{c.time(), *doc})
		c.rays.kept++
	}
	return map[string]any{"UnprocessedTraceSegments": failed}, nil
}
