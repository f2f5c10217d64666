package trace

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// The headers that every request carries. Source of the first: AWS X-Ray
// Developer Guide, "Tracing header".
const (
	HeaderTrace       = "X-Amzn-Trace-Id"
	HeaderRun         = "X-Cutover-Run"
	headerIdempotency = "Idempotency-Key"
	headerContent     = "Content-Type"
)

// The methods that change nothing. net/http stays in the adapter.
const (
	methodGet  = "GET"
	methodHead = "HEAD"
)

// runForm is what the app takes for a run's id.
var runForm = pattern.New(`^[a-z0-9-]{8,64}$`)

// newID makes a trace's id: the second it begins and 96 random bits.
func newID(now time.Time, random func([]byte) (int, error)) (string, error) {
	var b [12]byte
	if n, err := random(b[:]); err != nil || n != len(b) {
		return "", &fault.Fault{Kind: fault.Outside, What: "no random numbers are to be had for the ids of traces", Err: err}
	}
	return fmt.Sprintf("1-%08x-%s", uint32(now.Unix()), hex.EncodeToString(b[:])), nil //nolint:gosec // X-Ray's ids hold 32 bits of the time, until 2106
}

// round is one pass through the requests of the mix, one after the other: later
// ones need what earlier ones have captured.
type round struct {
	first, count int
	decided      bool
	routes       []Route
}

// rounds share the requests out. The undecided ones leave out the health path,
// which has a sampling rule of its own.
func (p Plan) rounds() (all []round) {
	s := p.Settings
	number := 0
	add := func(total int, decided bool, routes []Route) {
		for total > 0 && len(routes) > 0 {
			n := min(total, len(routes))
			all = append(all, round{number, n, decided, routes})
			number, total = number+n, total-n
		}
	}
	add(s.Count, true, s.Requests)
	var free []Route
	for _, r := range s.Requests {
		if path, _, _ := strings.Cut(r.Path, "?"); p.HealthPath == "" || path != p.HealthPath {
			free = append(free, r)
		}
	}
	add(s.Undecided, false, free)
	return all
}

// request fills a route in. The same run and number give the same request, but
// for its trace.
func (p Plan) request(r Route, number int, decided bool, id string, captured map[string]string) (Request, error) {
	values := map[string]string{holderRun: p.Run, holderIndex: strconv.Itoa(number)}
	for name, value := range captured {
		values[name] = value
	}
	for _, name := range append(placeholders(r.Path), placeholders(r.Body)...) {
		if _, ok := values[name]; !ok {
			return Request{}, &fault.Fault{Kind: fault.Outside, What: "was not sent: no answer before it had {" + name + "}"}
		}
	}
	q := Request{Method: r.Method, Path: filled(r.Path, values, encoded), Headers: map[string]string{}}
	for name, value := range r.Headers {
		q.Headers[name] = value
	}
	if r.Body != "" {
		q.Body = []byte(filled(r.Body, values, inText))
		q.Headers[headerContent] = "application/json"
	}
	if r.Method != methodGet && r.Method != methodHead {
		q.Headers[headerIdempotency] = p.Run + "-" + strconv.Itoa(number)
	}
	q.Headers[HeaderRun] = p.Run
	q.Headers[HeaderTrace] = "Root=" + id
	if decided {
		q.Headers[HeaderTrace] += ";Sampled=1"
	}
	return q, nil
}

// filled puts values where {name} stands, each written as its place needs.
func filled(text string, values map[string]string, written func(string) string) string {
	return holder.ReplaceAllStringFunc(text, func(m string) string { return written(values[m[1:len(m)-1]]) })
}

// inText writes a value as part of a text of JSON.
func inText(value string) string {
	quoted, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(quoted[1 : len(quoted)-1])
}

// step is one step of a path such as $.items[0].id.
var step = pattern.New(`\.([A-Za-z_][A-Za-z0-9_-]*)|\[([0-9]{1,4})\]`)

// capture reads what later requests need from an answer, as far as it is there.
func capture(r Route, answer []byte, into map[string]string) {
	if len(r.Capture) == 0 {
		return
	}
	var body any
	if json.Unmarshal(answer, &body) != nil {
		return
	}
	for name, path := range r.Capture {
		if text, ok := at(body, path); ok {
			into[name] = text
		}
	}
}

// mostCaptured bounds what an answer may put into the next request.
const mostCaptured = 512

func at(value any, path string) (string, bool) {
	for _, m := range step.FindAllStringSubmatch(path, -1) {
		if m[1] != "" {
			object, _ := value.(map[string]any)
			value = object[m[1]]
			continue
		}
		list, _ := value.([]any)
		i, err := strconv.Atoi(m[2])
		if err != nil || i >= len(list) {
			return "", false
		}
		value = list[i]
	}
	switch v := value.(type) {
	case string:
		return v, v != "" && len(v) <= mostCaptured
	case float64, bool:
		text, err := json.Marshal(v)
		return string(text), err == nil
	}
	return "", false
}
