package load

import "time"

// Plan is what is sent, when, and within which bounds. It is a value: the same
// plan makes the same requests in the same order, whoever sends it.
//
// The loop is open. A virtual user arrives when the plan says so, however long
// the users before take; each goes through the requests of one scenario. With
// scenarios of one request each, an arrival is a request.
type Plan struct {
	Name    string `json:"name"`
	Project string `json:"project,omitempty"`
	Stage   string `json:"stage,omitempty"`
	// Target is scheme, host and perhaps a path, without a slash at its end.
	Target string `json:"target"`
	// Phases follow each other; their rates are arrivals a second.
	Phases []Phase `json:"phases"`
	// Mix is what arrivals do, by weight.
	Mix []Scenario `json:"mix"`
	// Data are the values that templates may name, beside what is captured.
	Data   []Data `json:"data,omitempty"`
	Limits Limits `json:"limits"`
	// Goals are what the target is held to.
	Goals []Goal `json:"goals,omitempty"`
	// Timeout is how long an answer may take; zero is the generator's own.
	Timeout time.Duration `json:"timeout,omitempty"`
	// Seed decides each choice and each random value.
	Seed uint64 `json:"seed"`
	// Part is which share of the arrivals is sent; the zero value is all.
	Part Part `json:"part"`
}

// Phase is a stretch of time with one rate, or one that changes evenly. Steps
// are several phases.
type Phase struct {
	Name     string        `json:"name,omitempty"`
	Duration time.Duration `json:"duration"`
	// From and To are arrivals a second at the beginning and at the end.
	From float64 `json:"from"`
	To   float64 `json:"to"`
}

// Part is one of several generators: the Index-th (from 1) of Of.
type Part struct {
	Index int `json:"index"`
	Of    int `json:"of"`
}

// Scenario is what one virtual user does: requests, one after the other, each
// when the one before was answered.
type Scenario struct {
	Name     string    `json:"name"`
	Weight   float64   `json:"weight"`
	Requests []Request `json:"requests"`
}

// Request is one kind of request. Path, header values and body may hold
// templates: {{ name }}, {{ $uuid }}, {{ $randomNumber(1, 100) }},
// {{ $randomString(8) }}, {{ $number }} (of the user, from 0).
type Request struct {
	// Name is the route under which it is told.
	Name   string `json:"name"`
	Method string `json:"method"`
	// Path begins with / or with a template, and may have a query.
	Path    string   `json:"path"`
	Headers []Header `json:"headers,omitempty"`
	Body    string   `json:"body,omitempty"`
	// JSON says that the body is JSON, so that values are escaped in it and the
	// content type is set.
	JSON bool `json:"json,omitempty"`
	// After is how long the user waits before this request, from the answer to the
	// one before, or from the arrival.
	After    time.Duration `json:"after,omitempty"`
	Checks   []Check       `json:"checks,omitempty"`
	Captures []Capture     `json:"captures,omitempty"`
}

// Header is a header of a request.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// CheckKind is what a check looks at.
type CheckKind string

// The kinds of checks.
const (
	// CheckStatus wants one of the statuses in Values.
	CheckStatus CheckKind = "status"
	// CheckExists wants Path to exist in the answer's JSON.
	CheckExists CheckKind = "exists"
	// CheckEquals wants Path in the answer's JSON to be Values[0].
	CheckEquals CheckKind = "equals"
	// CheckContains wants Values[0] in the body.
	CheckContains CheckKind = "contains"
	// CheckType wants Values[0] at the beginning of the content type.
	CheckType CheckKind = "content-type"
	// CheckHeader wants the header Path to be there, and to be Values[0] if given.
	CheckHeader CheckKind = "header"
	// CheckLatency wants the answer within Under.
	CheckLatency CheckKind = "latency"
)

// Check is what an answer must be. One that fails makes the request an error.
// Without a check of the status, every status below 400 is as expected.
type Check struct {
	Kind   CheckKind     `json:"kind"`
	Path   string        `json:"path,omitempty"`
	Values []string      `json:"values,omitempty"`
	Under  time.Duration `json:"under,omitempty"`
}

// Capture keeps a value of an answer for later requests of the same user.
type Capture struct {
	Name string `json:"name"`
	// Path is where it stands in the answer's JSON, such as $.items[0].id; Header
	// is a header that holds it instead.
	Path   string `json:"path,omitempty"`
	Header string `json:"header,omitempty"`
}

// Data are rows of values, one row for a user: those of a file, or variables.
type Data struct {
	Name    string     `json:"name"`
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
	// Random picks rows by the seed; else users take them in turn.
	Random bool `json:"random,omitempty"`
}

// Limits are the bounds of a run. What is zero does not bound.
type Limits struct {
	// Rate is the highest number of requests a second, Requests the most of all,
	// Duration the longest time: never exceeded.
	Rate     float64       `json:"rate,omitempty"`
	Requests int           `json:"requests,omitempty"`
	Duration time.Duration `json:"duration,omitempty"`
	// Errors is the share of errors, and P99 the latency, at which the target
	// counts as melted, over Window; the run stops.
	Errors float64       `json:"errors,omitempty"`
	P99    time.Duration `json:"p99,omitempty"`
	Window time.Duration `json:"window,omitempty"`
	// Least is with how few requests a run says nothing.
	Least int `json:"least,omitempty"`
	// Late is by how much the generator may be late (p99), and CPU which share of
	// its machine it may need, for a run to count.
	Late time.Duration `json:"late,omitempty"`
	CPU  float64       `json:"cpu,omitempty"`
}

// Goal is what the target is held to: Metric is p50, p75, p90, p95, p99, p999,
// max or mean, in milliseconds, or errors, a share.
type Goal struct {
	Metric string  `json:"metric"`
	AtMost float64 `json:"at_most"`
	// Below wants less than AtMost, not as much.
	Below bool `json:"below,omitempty"`
}
