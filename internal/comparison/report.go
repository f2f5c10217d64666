package comparison

import (
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Report is the result, from which every face is made.
type Report struct {
	Version int             `json:"version"`
	Project string          `json:"project"`
	Stage   string          `json:"stage"`
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	// Decision follows from the rows by rule.
	Decision Decision `json:"decision" jsonschema:"enum=proceed,enum=return,enum=undecided"`
	// Lead is the sentence that somebody reads who reads only one.
	Lead string `json:"lead"`
	Rows []Row  `json:"rows"`
	// Facts are told and not judged.
	Facts []Fact `json:"facts"`
	// Advice is for who decides, each sentence carried by a row or a fact.
	Advice []string  `json:"advice"`
	Blue   Shown     `json:"blue"`
	Green  Shown     `json:"green"`
	Cost   *CostView `json:"cost,omitempty" jsonschema:"nullable"`
	Billed *Billed   `json:"billed,omitempty" jsonschema:"nullable"`
	Limits Limits    `json:"limits"`
	Files  []File    `json:"files"`
}

// Row is one thing that was judged.
type Row struct {
	// Name is one of: latency_p50, latency_p95, latency_p99, throughput,
	// errors_5xx, cold_start_p99, savings.
	Name    string          `json:"name"`
	Title   string          `json:"title"`
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Figure
	// Target is in the row's unit, Rule is it in words.
	Target float64 `json:"target"`
	Rule   string  `json:"rule"`
	// Why is the verdict in a sentence, Settle what would settle or change it.
	Why    string `json:"why"`
	Settle string `json:"settle,omitempty"`
}

// Fact is one thing that is told and not judged.
type Fact struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Figure
	Text string `json:"text"`
}

// Figure is a value with what it takes to judge it; what is null is unknown, or
// not bounded by what was measured.
type Figure struct {
	Unit     string   `json:"unit"`
	Blue     *float64 `json:"blue" jsonschema:"nullable"`
	Green    *float64 `json:"green" jsonschema:"nullable"`
	Observed *float64 `json:"observed" jsonschema:"nullable"`
	Low      *float64 `json:"low" jsonschema:"nullable"`
	High     *float64 `json:"high" jsonschema:"nullable"`
	// Level says what the ends promise.
	Level  string `json:"level,omitempty"`
	Sample int64  `json:"sample"`
	// SampleOf names what Sample counts.
	SampleOf string `json:"sample_of"`
	Method   string `json:"method,omitempty"`
}

// Shown is what a face shows of a side.
type Shown struct {
	Name      string   `json:"name"`
	Source    string   `json:"source"`
	Window    Window   `json:"window"`
	Invalid   []string `json:"invalid"`
	Stopped   string   `json:"stopped,omitempty"`
	Requests  int64    `json:"requests"`
	Errors5xx int64    `json:"errors_5xx"`
	// Unanswered had no answer; they count as slower than any.
	Unanswered int64 `json:"unanswered"`
	// Distribution is how many answers took how long: pairs of a bin and a count.
	// Bin b begins at 10^(b/20) microseconds.
	Distribution [][2]int64 `json:"distribution"`
}

// Limits are the policy by which it was judged.
type Limits struct {
	LatencyTolerance float64 `json:"latency_tolerance"`
	ErrorsBelow      float64 `json:"errors_below"`
	ColdStartUnderMS float64 `json:"cold_start_under_ms"`
	Savings          float64 `json:"savings"`
	CountShared      bool    `json:"count_shared"`
	Confidence       float64 `json:"confidence"`
	MinRequests      int64   `json:"min_requests"`
	MinDays          int64   `json:"min_days"`
}

// Decision is what the rows say to do.
type Decision string

// The decisions.
const (
	// Proceed takes blue out of service.
	Proceed Decision = "proceed"
	// Return brings the traffic back to blue.
	Return Decision = "return"
	// Undecided leaves all as it is until the open rows are settled.
	Undecided Decision = "undecided"
)

// Decide is the rule. A row that fails returns, since each is something that was
// promised; an open one leaves the question open, since what is not shown is not
// reached; only if all pass, blue may go. No row outweighs another: a person may
// always do less than what the rule says, and never more.
func Decide(rows []Row) (Decision, verdict.Verdict) {
	findings := make([]verdict.Finding, len(rows))
	for i, r := range rows {
		findings[i].Verdict = r.Verdict
	}
	v := verdict.Worst(findings)
	switch v {
	case verdict.Pass:
		return Proceed, v
	case verdict.Fail:
		return Return, v
	}
	return Undecided, v
}
