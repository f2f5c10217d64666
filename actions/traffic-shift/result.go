package main

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/baseline"
	"github.com/cutover-dev/cutover/internal/rollout/drill"
	"github.com/cutover-dev/cutover/internal/rollout/preflight"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/verdict"
	"github.com/cutover-dev/cutover/internal/virtual"
)

// result is what the action prints (schemas/traffic-shift.schema.json). A
// command fills in its own part.
type result struct {
	Command string `json:"command"`
	Project string `json:"project"`
	Stage   string `json:"stage"`
	Record  string `json:"record"`
	// State is the step; Phase counts from 1, Weight is green's share in percent.
	State  string  `json:"state" jsonschema:"enum=ready,enum=shifting,enum=settling,enum=watching,enum=rolling_back,enum=rolled_back,enum=soaking,enum=complete"`
	Phase  int     `json:"phase"`
	Phases int     `json:"phases"`
	Weight float64 `json:"weight"`
	// Since is when the weight was decided; null before the first.
	Since   *time.Time      `json:"since" jsonschema:"nullable"`
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Action  string          `json:"action,omitempty" jsonschema:"enum=wait,enum=hold,enum=promote,enum=rollback"`
	Lead    string          `json:"lead"`
	// Watching says that somebody must go on watching.
	Watching bool  `json:"watching"`
	Hold     *hold `json:"hold,omitempty"`
	// Stands are the weights of the record as they are; null if nobody could read
	// them.
	Stands  *split            `json:"stands" jsonschema:"nullable"`
	Events  []rollout.Event   `json:"events"`
	Legs    []leg             `json:"legs,omitempty"`
	Tail    []minute          `json:"tail,omitempty"`
	Rows    []row             `json:"rows,omitempty"`
	Notes   []string          `json:"notes"`
	Trouble []string          `json:"trouble"`
	Outlook *virtual.Outlook  `json:"outlook,omitempty"`
	Answers []baseline.Answer `json:"answers,omitempty"`
	Drill   *drill.Result     `json:"drill,omitempty"`
	Ready   *preflight.Result `json:"preflight,omitempty"`

	// document is what people see; blocks come after its own.
	document report.Document
}

// hold is why promotion is frozen.
type hold struct {
	Kind   string    `json:"kind"`
	Since  time.Time `json:"since"`
	Reason string    `json:"reason"`
}

// split is what the two records weigh.
type split struct {
	Green int `json:"green"`
	Blue  int `json:"blue"`
}

// leg is one part of a rollback, from its beginning; Within is what it may take in
// all until then.
type leg struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	Budget  float64 `json:"budget_seconds"`
	Done    bool    `json:"done"`
}

// minute is what each side got after a rollback.
type minute struct {
	At    time.Time `json:"at"`
	Green int64     `json:"green"`
	Blue  int64     `json:"blue"`
}

// row is one thing that prepare has looked at.
type row struct {
	Name    string          `json:"name"`
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Found   string          `json:"found"`
	Next    string          `json:"next,omitempty"`
}

// of takes what a state says.
func (r *result) of(s rollout.State) {
	r.State, r.Phase, r.Weight = string(s.Step), s.Phase+1, 100*s.Weight.Fraction()
	r.Hold, r.Since = nil, nil
	if s.Hold != nil {
		r.Hold = &hold{string(s.Hold.Kind), s.Hold.Since.UTC(), s.Hold.Reason}
	}
	if since := s.Risen; !since.IsZero() {
		if s.Rollback != nil {
			since = s.Rollback.Decided
		}
		since = since.UTC()
		r.Since = &since
	}
}

// legs are those of a rollback: what is over has its time since the decision.
func legs(s rollout.State, budget time.Duration) []leg {
	b := s.Rollback
	if b == nil {
		return nil
	}
	since := func(name string, from, to time.Time, within time.Duration) leg {
		l := leg{Name: name, Budget: within.Seconds()}
		if !from.IsZero() && !to.IsZero() {
			l.Seconds, l.Done = to.Sub(from).Seconds(), true
		}
		return l
	}
	var all []leg
	if !b.Began.IsZero() {
		all = append(all, since("from the fault's beginning, as estimated, to the decision", b.Began, b.Decided, 0))
	}
	return append(all,
		since("decision to the record giving blue everything", b.Decided, b.Shifted, budget),
		since("decision to blue having 95% of the requests", b.Decided, b.Confirmed, budget))
}

// tell shows the result everywhere and passes err on.
func (w *work) tell(err error) error {
	r := &w.result
	if r.State == "" {
		r.State = string(rollout.Ready)
	}
	if r.Verdict == "" {
		r.Verdict = verdict.Inconclusive
	}
	r.Phases = len(w.traffic.Phases)
	d := r.people()
	if r.Hold != nil {
		d.Blocks = append(slices.Clone(d.Blocks), w.s.RunbookTable(runbook.Row("rollout", r.Hold.Kind)))
	}
	w.s.Summary(report.Markdown(d))
	problems := []error{err}
	if *w.in.report != "" {
		page, err := report.HTML(d.Title, d)
		if err == nil {
			err = w.s.WriteFile("report", *w.in.report, page)
		}
		problems = append(problems, err)
	}
	for name, value := range map[string]string{
		"state": r.State, "phase": strconv.Itoa(r.Phase), "weight": strconv.FormatFloat(r.Weight, 'f', -1, 64), "action": r.Action,
		"verdict": string(r.Verdict), "watching": strconv.FormatBool(r.Watching), "lead": r.Lead,
	} {
		problems = append(problems, w.s.Output(name, value))
	}
	return errors.Join(append(problems, w.s.Result(report.Terminal(d, w.s.Colour()), *r))...)
}
