// Package load decides what load is sent at what rate, whether a run counts, and
// what it measured. It sends nothing: a generator behind a port does, which is
// told when each request is due and says what became of it.
package load

import "time"

// Version of Result.
const Version = 1

// Result is what a run measured. Results of shards merge into what one run would
// have measured, since latencies are kept as they are, in whole microseconds.
type Result struct {
	Version int    `json:"version"`
	Project string `json:"project,omitempty"`
	Stage   string `json:"stage,omitempty"`
	Profile string `json:"profile,omitempty"`
	// Target is scheme and host, without what a path or query may say.
	Target string    `json:"target"`
	Began  time.Time `json:"began"`
	Ended  time.Time `json:"ended"`
	// RequestedRate and AchievedRate are requests a second, over the whole run.
	RequestedRate float64 `json:"requested_rate"`
	AchievedRate  float64 `json:"achieved_rate"`
	// PeakRate is the highest that was held for a whole interval of the series.
	PeakRate float64 `json:"peak_rate"`
	// Valid is false for what is no measurement; Invalid says why.
	Valid   bool     `json:"valid"`
	Invalid []string `json:"invalid"`
	// Stopped says why a run ended before its plan did: a limit of the profile.
	Stopped string `json:"stopped,omitempty"`
	// Interrupted says that a person or a timeout ended it.
	Interrupted bool `json:"interrupted,omitempty"`
	// Asked is what the plan wanted, and what the run is held to.
	Asked    Asked `json:"asked"`
	Requests int   `json:"requests"`
	// Arrivals are the virtual users that came, Skipped the later requests that they
	// did not make because an earlier one failed.
	Arrivals int `json:"arrivals"`
	Skipped  int `json:"skipped"`
	// SentSeconds is until the last arrival, at least as long as was planned.
	SentSeconds float64 `json:"sent_seconds"`
	// Errors are answers with 5xx, none at all, and checks that failed.
	Errors int `json:"errors"`
	// Status counts answers by status; "0" is for no answer.
	Status map[string]int `json:"status"`
	// Troubles are why there was no answer, by kind.
	Troubles map[string]int `json:"troubles"`
	Latency  Percentiles    `json:"latency_ms"`
	Routes   []Route        `json:"routes"`
	Series   []Interval     `json:"series"`
	// Minutes are the latencies minute by minute, for whoever asks whether the run
	// was alike from beginning to end. Absent in results of older versions.
	Minutes []Block `json:"minutes,omitempty"`
	// Generator is what the generator itself needed.
	Generator Generator `json:"generator"`
	// Shards are the runs that were merged: 1/3, 2/3, 3/3.
	Shards []string `json:"shards,omitempty"`
	// Colds are the cold starts of the stage while it ran, where CloudWatch knows.
	Colds *Colds `json:"cold_starts,omitempty"`
}

// Asked is what the plan wanted of a run.
type Asked struct {
	// Plan is a digest of the whole plan, whichever part of it was sent.
	Plan string `json:"plan"`
	// Seconds is the plan's length, or until the run was stopped; Arrivals and
	// Requests were due in it.
	Seconds  float64 `json:"seconds"`
	Arrivals int     `json:"arrivals"`
	Requests int     `json:"requests"`
	// Least, LateMS and CPUShare are what a run must keep to count.
	Least    int     `json:"least"`
	LateMS   float64 `json:"late_ms"`
	CPUShare float64 `json:"cpu_share"`
	Goals    []Goal  `json:"goals"`
}

// Percentiles are exact: the nearest rank, which is the least value that at least
// that share of all answers does not exceed, and so one that was measured. They are, in milliseconds.
type Percentiles struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
	Mean float64 `json:"mean"`
}

// Route is what one kind of request measured.
type Route struct {
	Name     string         `json:"name"`
	Requests int            `json:"requests"`
	Errors   int            `json:"errors"`
	Checks   int            `json:"failed_checks"`
	Status   map[string]int `json:"status"`
	// Failed are the checks that failed, in words.
	Failed  map[string]int `json:"failed"`
	Latency Percentiles    `json:"latency_ms"`
	// Latencies are pairs, rising: microseconds and how many answers took them.
	// What got no answer has none.
	Latencies [][2]int64 `json:"latencies_us"`
	BytesIn   int64      `json:"bytes_in"`
	BytesOut  int64      `json:"bytes_out"`
}

// Interval is a part of the run.
type Interval struct {
	// At and Seconds are from the beginning of the run.
	At       float64 `json:"at"`
	Seconds  float64 `json:"seconds"`
	Target   float64 `json:"target_rate"`
	Rate     float64 `json:"rate"`
	Requests int     `json:"requests"`
	Errors   int     `json:"errors"`
	P50      float64 `json:"p50"`
	P95      float64 `json:"p95"`
	P99      float64 `json:"p99"`
	Max      float64 `json:"max"`
	// Latencies are kept in the result of a part, for the merge.
	Latencies [][2]int64 `json:"latencies_us,omitempty"`
}

// Block is a minute of the run, several in a run of hours, or what is left at its
// end.
type Block struct {
	// At and Seconds are from the beginning of the run.
	At       float64 `json:"at"`
	Seconds  float64 `json:"seconds"`
	Requests int     `json:"requests"`
	Errors   int     `json:"errors"`
	// Latencies of all routes together are pairs, rising: microseconds, rounded to
	// nine binary digits, and how many answers took them. The exact ones are the
	// routes'.
	Latencies [][2]int64 `json:"latencies_us"`
}

// Generator is what the generator itself needed.
type Generator struct {
	CPUSeconds float64 `json:"cpu_seconds"`
	// CPUShare is of all processors of the machine.
	CPUShare float64 `json:"cpu_share"`
	MemoryMB float64 `json:"memory_mb"`
	// LateMS is by how much requests began after they were due.
	LateMS Percentiles `json:"late_ms"`
	// Late are kept in the result of a part, for the merge.
	Late    [][2]int64 `json:"late_us,omitempty"`
	Sockets int        `json:"sockets"`
}

// Colds are cold starts.
type Colds struct {
	Count int `json:"count"`
	// Durations are pairs, rising: microseconds and how many took them.
	Durations [][2]int64 `json:"durations_us"`
}

// Latencies are those of all routes together: pairs, rising.
func (r Result) Latencies() [][2]int64 {
	all := histogram{}
	for _, route := range r.Routes {
		all.add(route.Latencies)
	}
	return all.pairs()
}
