// Package verdict is how every judgement of cutover is told: one of three
// answers, and under it findings that show their numbers.
package verdict

// Verdict is the answer of a judgement. Inconclusive never passes a gate and
// never promotes.
type Verdict string

// The three answers.
const (
	Pass         Verdict = "pass"
	Fail         Verdict = "fail"
	Inconclusive Verdict = "inconclusive"
)

// Finding is one thing that was looked at, with what it takes to check it by
// hand.
type Finding struct {
	// Name of what was judged: "lines", "error_rate".
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	// Observed and Limit are in Unit; nil means that there is none.
	Observed *float64 `json:"observed" jsonschema:"nullable"`
	Limit    *float64 `json:"limit" jsonschema:"nullable"`
	Unit     string   `json:"unit"`
	// Sample is how many things the observation counts, named by SampleOf.
	Sample   int64  `json:"sample"`
	SampleOf string `json:"sample_of"`
	// Window is the time or the scope that was looked at.
	Window string `json:"window"`
	// Source is where the figure comes from: a query or a file.
	Source string `json:"source"`
	// Change says what would change this verdict, as an imperative sentence.
	Change string `json:"change,omitempty"`
}

// Worst combines verdicts: any fail fails, else any inconclusive is
// inconclusive. Nothing judged at all is inconclusive, never a pass.
func Worst(findings []Finding) Verdict {
	passed := 0
	for _, f := range findings {
		switch f.Verdict {
		case Fail:
			return Fail
		case Pass:
			passed++
		}
	}
	if passed == 0 || passed < len(findings) {
		return Inconclusive
	}
	return Pass
}
