// Package lint judges what watches a system: the alarms, dashboards, topics and
// filters of a CloudFormation template, ours or anyone's. It says only what is
// certain; what a deployment alone knows is counted and not judged.
package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/lint/template"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Level says how bad a finding is.
type Level string

// The levels: an error does not work, a warning misleads or stays unheard, and
// an info is good to know.
const (
	Error   Level = "error"
	Warning Level = "warning"
	Info    Level = "info"
)

// Rule is one thing that is looked for.
type Rule struct {
	ID    string
	Level Level
	// Title is what is wrong, Why what follows from it, Source where that stands,
	// and Next what to do.
	Title, Why, Source, Next string
	check                    func(*sheet)
}

// Finding is one thing that is wrong. Path is the place within the resource.
type Finding struct {
	Rule     string `json:"rule"`
	Level    Level  `json:"level" jsonschema:"enum=error,enum=warning,enum=info"`
	Resource string `json:"resource"`
	Path     string `json:"path"`
	Line     int    `json:"line"`
	Message  string `json:"message"`
	Next     string `json:"next"`
}

// Ignored is a finding that the template says to leave, with its reason.
type Ignored struct {
	Rule     string `json:"rule"`
	Resource string `json:"resource"`
	Line     int    `json:"line"`
	Message  string `json:"message"`
	Reason   string `json:"reason"`
}

// Result is what was found in one file.
type Result struct {
	Version  int       `json:"version"`
	File     string    `json:"file"`
	Findings []Finding `json:"findings"`
	Ignored  []Ignored `json:"ignored"`
	// Alarms is how many there are; Unresolved how many values only a deployment
	// knows, so that rules passed them over; Unknown how many metrics of AWS's
	// the catalogue does not have.
	Alarms     int     `json:"alarms"`
	Unresolved int     `json:"unresolved"`
	Unknown    int     `json:"unknown_metrics"`
	Monthly    float64 `json:"monthly_usd"`
	Strict     bool    `json:"strict"`
}

// Runbooks says whether a runbook is there. known is false for one that cannot
// be looked up here, such as one on another site.
type Runbooks interface {
	Has(link string) (there, known bool)
}

// Options are what a caller may add.
type Options struct {
	// Runbooks may be nil: then no link is followed.
	Runbooks Runbooks
	// Limit is what alarms and dashboards may cost a month; 0 is no limit.
	Limit unit.Money
	// Strict lets infos count too.
	Strict bool
	// Rules are all unless some are given.
	Rules []Rule
}

// Lint judges a template.
func Lint(t template.Template, o Options) Result {
	s := newSheet(t, o)
	rules := o.Rules
	if rules == nil {
		rules = Rules()
	}
	for _, r := range rules {
		s.rule = r
		r.check(s)
	}
	result := Result{
		Version: 1, File: t.File, Findings: []Finding{}, Ignored: []Ignored{}, Alarms: len(s.alarms) + len(s.composites),
		Unresolved: len(s.open) + t.Loops, Unknown: len(s.unknown), Monthly: s.monthly().Dollars(), Strict: o.Strict,
	}
	for _, f := range s.found {
		if reason := s.ignored(f); reason != "" {
			result.Ignored = append(result.Ignored, Ignored{f.Rule, f.Resource, f.Line, f.Message, reason})
			continue
		}
		result.Findings = append(result.Findings, f)
	}
	slices.SortStableFunc(result.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Rule, b.Rule))
	})
	slices.SortStableFunc(result.Ignored, func(a, b Ignored) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule, b.Rule)) })
	return result
}

// Count is how many findings of a level there are.
func (r Result) Count(level Level) int {
	n := 0
	for _, f := range r.Findings {
		if f.Level == level {
			n++
		}
	}
	return n
}

// Err is the gate's no: errors and warnings, and infos too if strict.
func (r Result) Err() error {
	errs, warnings, infos := r.Count(Error), r.Count(Warning), r.Count(Info)
	if errs+warnings == 0 && (infos == 0 || !r.Strict) {
		return nil
	}
	return &fault.Fault{
		Kind: fault.Gate, Name: r.File, What: fmt.Sprintf("has %s, %s and %s", report.Count(errs, "error"), report.Count(warnings, "warning"), report.Count(infos, "info")),
		Next: "Mend them, or say at the resource why one does not matter: Metadata: {cutover: {lint: {ignore: {<rule>: <reason>}}}}.",
	}
}

// ignored is the reason that the resource gives for leaving a finding.
func (s *sheet) ignored(f Finding) string {
	if f.Rule == ignoreRule {
		return ""
	}
	for _, r := range s.t.Resources {
		if r.ID == f.Resource {
			reason, _ := r.Metadata.Get("cutover", "lint", "ignore", f.Rule).Known()
			return strings.TrimSpace(reason)
		}
	}
	return ""
}

const ignoreRule = "ignore-without-reason"

// Rules are all rules, in the order of the documentation.
func Rules() []Rule {
	return slices.Concat(runbookRules, missingRules, statisticRules, thresholdRules, shapeRules, mathRules, compositeRules, metricRules,
		dashboardRules, topicRules, hearingRules, logRules, costRules, doubleRules, []Rule{{
			ID: ignoreRule, Level: Error, Title: "Ignoring without a reason",
			Why:    "Whoever reads the template next cannot tell whether the finding was weighed or only silenced.",
			Source: "this project", Next: "Write the reason as the value, and the rule as this page names it.",
			check: checkIgnores,
		}})
}

func checkIgnores(s *sheet) {
	known := map[string]bool{}
	for _, r := range Rules() {
		known[r.ID] = true
	}
	for _, r := range s.t.Resources {
		list := r.Metadata.Get("cutover", "lint", "ignore")
		for _, rule := range list.Keys() {
			reason, _ := list.Get(rule).Known()
			switch {
			case !known[rule]:
				s.say(r, list.Get(rule), "Metadata", "ignores %q, which is no rule", rule)
			case strings.TrimSpace(reason) == "":
				s.say(r, list.Get(rule), "Metadata", "ignores %s without saying why", rule)
			}
		}
	}
}
