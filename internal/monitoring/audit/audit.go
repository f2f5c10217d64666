// Package audit looks whether what should watch a deployed stage really does:
// functions are traced and tagged and their logs kept as long as they should be,
// metrics have data, alarms watch metrics that exist, somebody hears, and the
// costs can be told apart. What cannot be seen is inconclusive, never a pass.
package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/discover"
	"github.com/cutover-dev/cutover/internal/monitoring/drill"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// ErrLinked says that another account pays the bills, and alone may ask.
var ErrLinked = errors.New("another account pays the bills")

// Groups asks for how many days a log group is kept, 0 for ever; false is that
// there is none of that name.
type Groups interface {
	Retention(ctx context.Context, group string) (days int, ok bool, err error)
}

// Alarms finds alarms by the beginning of their names.
type Alarms interface {
	Find(ctx context.Context, prefix string) ([]drill.Alarm, error)
}

// Costs asks which of these tags costs are told apart by. The error is
// [ErrLinked] where another account would have to be asked.
type Costs interface {
	Active(ctx context.Context, keys []string) (map[string]bool, error)
}

// Ports are the ways to the outside. Told hears of each finding, and may be nil.
type Ports struct {
	Functions discover.Functions
	Tags      discover.Tags
	Groups    Groups
	Metrics   discover.Metrics
	Alarms    Alarms
	Topics    drill.Topics
	Costs     Costs
	Told      func(Finding)
}

// Request says what should be there. More are metrics that no alarm of the plan
// watches, such as those of the dashboard. Topic is the ARN of the topic.
type Request struct {
	Plan      monitoring.Plan
	More      []monitoring.Series
	Topic     string
	Retention time.Duration
}

// Thing is one thing that a finding is about.
type Thing struct {
	Name    string          `json:"name"`
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Why     string          `json:"why"`
}

// Finding is what came of one rule. Things are those that do not pass.
type Finding struct {
	verdict.Finding
	Rule   string  `json:"rule"`
	Things []Thing `json:"things"`
}

// audit is one audit. functions are what Lambda said of each.
// listed are the metrics that were asked for.
type audit struct {
	Ports
	Request
	functions map[string]discover.Function
	mu        sync.Mutex
	listed    map[string][]map[string]string
}

// The tags that costs are told apart by.
const (
	tagProject = "Project"
	tagStage   = "Environment"
)

// rule is one rule: what must hold, and how that is seen.
type rule struct {
	name, must, sampleOf, source string
	// next is what to do where no thing says otherwise.
	next string
	see  func(*audit, context.Context) (seen, error)
}

// seen is how many things were looked at, and those that do not pass.
type seen struct {
	of     int
	things []Thing
}

func (s *seen) bad(name, why string) { s.things = append(s.things, Thing{name, verdict.Fail, why}) }

func (s *seen) open(name, why string) {
	s.things = append(s.things, Thing{name, verdict.Inconclusive, why})
}

func rules() []rule {
	return []rule{
		{"functions", "the application's functions are known and there", "functions", "lambda GetFunctionConfiguration", "Let the stage's functions be found by their tags, or give --inventory.", (*audit).known},
		{"tracing", "each function is traced", "functions", "lambda GetFunctionConfiguration, TracingConfig.Mode", "Set tracing to Active: in sst.config.ts, transform.function of the function or $transform of all.", (*audit).traced},
		{"tags", "each function carries the tags Project and Environment", "functions", "tag GetResources", "Give them as default tags of the provider aws in sst.config.ts.", (*audit).tagged},
		{"log_retention", "each log group is kept as long as cutover.yaml says", "log groups", "logs DescribeLogGroups", "Set logging.retention of the functions in sst.config.ts, or aws logs put-retention-policy.", (*audit).retained},
		{"metrics", "each metric that is watched has data", "metrics", "cloudwatch ListMetrics", "Use the application once, wait a quarter of an hour, and audit again.", (*audit).measured},
		{"request_metrics", "each bucket has request metrics", "buckets", "cloudwatch ListMetrics AWS/S3 AllRequests", "", (*audit).requests},
		{"alarms", "each alarm is there, tells the topic, and watches a metric that exists", "alarms", "cloudwatch DescribeAlarms, ListMetrics", "Deploy the monitoring stack again.", (*audit).alarms},
		{"subscriptions", "somebody hears, and nobody is still asked", "subscriptions", "sns ListSubscriptionsByTopic", "Follow the link in the mail that AWS sent; after three days it is dead, and the subscription must be made again.", (*audit).heard},
		{"mailboxes", "each mailbox of cutover.yaml hears", "mailboxes", "sns ListSubscriptionsByTopic", "Deploy the monitoring stack, then follow the link in the mail.", (*audit).mailboxes},
		{"cost_tags", "costs are told apart by the tags", "tags", "ce ListCostAllocationTags", "In the account that pays: aws ce update-cost-allocation-tags-status --cost-allocation-tags-status TagKey=Project,Status=Active TagKey=Environment,Status=Active. It takes up to a day; until then the budget counts the whole account.", (*audit).costs},
	}
}

// Run audits a stage. A rule that could not be looked at is inconclusive, with
// why. An error says that nothing could be looked at, or that it was broken off.
func Run(ctx context.Context, p Ports, r Request) (Result, error) {
	a := &audit{Ports: p, Request: r, functions: map[string]discover.Function{}, listed: map[string][]map[string]string{}}
	out := newResult(r)
	var wrong []error
	answered := false
	for _, rule := range rules() {
		s, err := rule.see(a, ctx)
		if cause := context.Cause(ctx); cause != nil {
			out.judge()
			return out, cause
		}
		if err != nil {
			wrong = append(wrong, err)
		}
		answered = answered || err == nil && s.of > 0
		f := rule.finding(s, err, r.Plan.Inventory.Stage)
		if out.Findings = append(out.Findings, f); p.Told != nil {
			p.Told(f)
		}
	}
	out.judge()
	if len(wrong) > 0 && !answered {
		return out, errors.Join(wrong...)
	}
	return out, nil
}

// finding puts what was seen into the words of a finding. Nothing seen is no
// pass: an answer that is empty, by mistake or from an emulator, says nothing.
func (r rule) finding(s seen, err error, stage string) Finding {
	failed, open := 0, 0
	for _, t := range s.things {
		if t.Verdict == verdict.Fail {
			failed++
		} else {
			open++
		}
	}
	observed, limit := float64(failed), 0.0
	f := Finding{Rule: r.must, Things: s.things, Finding: verdict.Finding{
		Name: r.name, Verdict: verdict.Pass, Observed: &observed, Limit: &limit, Unit: r.sampleOf + " that do not hold", Sample: int64(s.of), SampleOf: r.sampleOf,
		Window: "the stage " + stage, Source: r.source,
	}}
	if f.Things == nil {
		f.Things = []Thing{}
	}
	slices.SortFunc(f.Things, compare)
	switch {
	case err != nil:
		f.Verdict, f.Observed, f.Change = verdict.Inconclusive, nil, "It could not be looked at: "+err.Error()
	case failed > 0:
		f.Verdict, f.Change = verdict.Fail, r.next
	case open > 0 || s.of == 0:
		f.Verdict, f.Change = verdict.Inconclusive, r.next
	}
	return f
}

// BudgetFiltered says whether a budget may be filtered by the tag Project, and
// why not: one that is filtered by a tag that billing does not know sees no cost
// and never rings.
func BudgetFiltered(ctx context.Context, costs Costs) (filtered bool, why string, err error) {
	active, err := costs.Active(ctx, []string{tagProject})
	switch {
	case errors.Is(err, ErrLinked):
		return false, "Another account pays the bills, and only it can say whether costs are told apart by the tag Project: the budget counts this whole account.", nil
	case err != nil && fault.KindOf(err) == fault.Input:
		return false, "Whether costs are told apart by the tag Project may not be read: the budget counts the whole account. " + err.Error(), nil
	case err != nil:
		return false, "", err
	case !active[tagProject]:
		return false, "Costs are not told apart by the tag Project yet: the budget counts the whole account. Activate it in the account that pays; it takes up to a day.", nil
	}
	return true, "", nil
}

func (a *audit) stage() string { return a.Plan.Inventory.Stage }

// costs looks at the tags that costs are told apart by.
func (a *audit) costs(ctx context.Context) (seen, error) {
	s := seen{of: 2}
	active, err := a.Costs.Active(ctx, []string{tagProject, tagStage})
	if errors.Is(err, ErrLinked) {
		for _, key := range []string{tagProject, tagStage} {
			s.open(key, "Another account pays the bills: ask there. Until then a budget of this account should not be filtered.")
		}
		return s, nil
	}
	if err != nil {
		return s, err
	}
	for _, key := range []string{tagProject, tagStage} {
		if !active[key] {
			s.bad(key, "Costs are not told apart by it: a budget that is filtered by it sees nothing.")
		}
	}
	return s, nil
}

// days writes a time as whole days.
func days(n int) string {
	switch n {
	case 0:
		return "for ever"
	case 1:
		return "for a day"
	}
	return fmt.Sprintf("for %d days", n)
}
