// Package comparison judges whether green is as good as blue, and whether it is
// cheaper: rows with their intervals, a decision by rule, and its record. What it
// judges was measured elsewhere.
package comparison

import "time"

// Version of Input and Report.
const Version = 1

// Input is all that is judged.
type Input struct {
	Project string `json:"project"`
	Stage   string `json:"stage"`
	Blue    Side   `json:"blue"`
	Green   Side   `json:"green"`
	// Cost is nil if nothing is known of it.
	Cost *CostView `json:"cost,omitempty"`
	// Billed is nil if the cost was not held against the bill.
	Billed *Billed `json:"billed,omitempty"`
	Policy Policy  `json:"-"`
	// Files are what all this was read from.
	Files []File `json:"files"`
}

// File is an input by its content.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// Window is the time that was looked at.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Side is what was measured of one side.
type Side struct {
	// Name is how people call it: ECS, Lambda.
	Name string `json:"name"`
	// Source is where the figures come from: a load result, CloudWatch.
	Source string `json:"source"`
	Window Window `json:"window"`
	// Invalid says why this is no measurement: nothing is judged by it.
	Invalid []string `json:"invalid,omitempty"`
	// Stopped says why the load ended before its plan did: the side gave way.
	Stopped string `json:"stopped,omitempty"`
	// Requests are all, those without an answer, too.
	Requests  int64 `json:"requests"`
	Errors5xx int64 `json:"errors_5xx"`
	// Latencies are pairs: microseconds and how many answers took them. Requests
	// beyond their sum had no answer.
	Latencies [][2]int64 `json:"latencies_us,omitempty"`
	// PeakRate is the highest rate of answers that was held, in requests a second;
	// PeakTarget is what was asked for at that time. 0 is unknown.
	PeakRate   float64 `json:"peak_rate,omitempty"`
	PeakTarget float64 `json:"peak_target,omitempty"`
	// ColdStarts are pairs: microseconds and how many took them; ColdsKnown says
	// that there is somebody who knows them, so that none is none.
	ColdStarts [][2]int64 `json:"cold_starts_us,omitempty"`
	ColdsKnown bool       `json:"colds_known,omitempty"`
	// ColdsCounted is how many there were where somebody counts them and keeps no
	// durations, as CloudWatch does; ColdsSlow of them took as long as the limit or
	// longer. They serve where ColdStarts has none.
	ColdsCounted int64 `json:"colds_counted,omitempty"`
	ColdsSlow    int64 `json:"colds_slow,omitempty"`
	// Minutes are the same requests minute by minute, where that is known.
	Minutes []Minute `json:"minutes,omitempty"`
}

// Minute is one minute of a side.
type Minute struct {
	Requests  int64      `json:"requests"`
	Errors5xx int64      `json:"errors_5xx"`
	Latencies [][2]int64 `json:"latencies_us,omitempty"`
	// P50, P95 and P99 are milliseconds, where somebody else computed them, as
	// CloudWatch does. 0 is unknown.
	P50 float64 `json:"p50_ms,omitempty"`
	P95 float64 `json:"p95_ms,omitempty"`
	P99 float64 `json:"p99_ms,omitempty"`
}

// CostView is what both sides cost. All amounts are dollars; what both sides
// share is left out of theirs.
type CostView struct {
	// Prices names the price table with its date.
	Prices string `json:"prices"`
	// Window is the time whose traffic and usage were measured, Days its length.
	Days  float64  `json:"days"`
	Blue  CostSide `json:"blue"`
	Green CostSide `json:"green"`
	// Traffic is what low, median and high mean: requests a month.
	Traffic Traffic `json:"traffic"`
	// Shared is the monthly cost of what both sides use, such as the database.
	Shared float64 `json:"shared"`
	// BreakEven is the traffic at which both cost the same, in requests a month;
	// nil if there is none. TargetAt is where the target for savings is just met.
	BreakEven *float64 `json:"break_even,omitempty" jsonschema:"nullable"`
	TargetAt  *float64 `json:"target_at,omitempty" jsonschema:"nullable"`
	// Curve is what both cost at more or less traffic, rising.
	Curve []CostPoint `json:"curve,omitempty"`
	// Variants are what green would cost with other settings at median traffic.
	Variants []Variant `json:"variants,omitempty"`
	// Notes say what was assumed.
	Notes []string `json:"notes,omitempty"`
}

// Traffic is in requests a month.
type Traffic struct {
	Low    float64 `json:"low"`
	Median float64 `json:"median"`
	High   float64 `json:"high"`
}

// CostSide is what one side costs a month at low, median and high traffic.
type CostSide struct {
	Low    float64 `json:"low"`
	Median float64 `json:"median"`
	High   float64 `json:"high"`
	// PerMillion is what a million requests cost in the window; 0 is unknown.
	PerMillion float64 `json:"per_million"`
	// Parts are the lines of the median.
	Parts []CostPart `json:"parts,omitempty"`
	// Unknown names what is not in the figures, since nobody measured it: they are
	// too low by that much.
	Unknown []string `json:"unknown,omitempty"`
}

// CostPart is one line of a bill.
type CostPart struct {
	Name    string  `json:"name"`
	Monthly float64 `json:"monthly"`
}

// CostPoint is what both sides cost at some traffic.
type CostPoint struct {
	Requests float64 `json:"requests"`
	Blue     float64 `json:"blue"`
	Green    float64 `json:"green"`
}

// Variant is what green would cost with another setting.
type Variant struct {
	Name    string  `json:"name"`
	Monthly float64 `json:"monthly"`
	Current bool    `json:"current,omitempty"`
}
