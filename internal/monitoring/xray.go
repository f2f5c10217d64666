package monitoring

import (
	"fmt"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Tracing is how much of the requests is traced. Whether a trace is recorded is
// decided when the request comes in, before anybody knows whether it will fail:
// every error is kept only if everything is recorded. What is recorded and not
// indexed costs little, and is still found.
type Tracing struct {
	// Record is the share of requests that is recorded.
	Record unit.Percent
	// Index is the share of what is recorded that X-Ray can be searched for by
	// annotations. It is a setting of the account and in a stack of its own.
	Index unit.Percent
	// Millions of requests a month are what the estimate reckons with.
	Millions int
	// HealthPath is asked by Route 53 so often that its traces would outnumber
	// the users'; Slow is what a group of slow traces begins at. Both may be empty.
	HealthPath string
	Slow       time.Duration
}

// The annotations by which a trace tells whose it is: what traces the handlers
// sets them.
const (
	AnnotationProject = "project"
	AnnotationStage   = "stage"
)

// One in a hundred of the checkers' requests is enough to follow one; what they
// find is an alarm's business.
const healthRate = 0.01

// addTracing puts the groups of traces and the rules of what is recorded into
// the template.
func (p Plan) addTracing(t cfn.Template) {
	x := p.Tracing
	if x == nil {
		return
	}
	ours := fmt.Sprintf("annotation.%s = %q AND annotation.%s = %q", AnnotationProject, p.Project, AnnotationStage, p.Inventory.Stage)
	group := func(id, name, filter string) {
		t.Add(id, cfn.TraceGroup{GroupName: name, FilterExpression: filter, InsightsConfiguration: cfn.Insights{}, Tags: p.tags()})
	}
	group("Traces", p.short(), ours)
	group("TracesFailed", p.short("failed"), ours+" AND fault = true")
	if x.Slow > 0 {
		group("TracesSlow", p.short("slow"), fmt.Sprintf("%s AND responsetime > %g", ours, x.Slow.Seconds()))
	}
	rule := func(id, name string, priority, reservoir int, rate float64, by root, path string) {
		t.Add(id, cfn.SamplingRule{SamplingRule: cfn.Sampling{
			RuleName: name, Priority: priority, FixedRate: rate, ReservoirSize: reservoir,
			ServiceName: by.name, ServiceType: by.kind, Host: "*", HTTPMethod: "*", URLPath: path, ResourceARN: "*", Version: 1,
		}, Tags: p.tags()})
	}
	share := x.Record.Fraction()
	for _, s := range p.traced() {
		if x.HealthPath != "" {
			rule("SampleHealth"+mark(s.name), p.short("health", mark(s.name)), 100, 0, healthRate, s, x.HealthPath)
		}
		rule("Sample"+mark(s.name), p.short(mark(s.name)), 200, 1, share, s, "*")
	}
}

// root is where a trace begins, and so where a sampling rule is asked.
type root struct{ name, kind string }

// traced are the stage's roots: its REST APIs, and whatever traces itself under
// the stage's name. An HTTP API has no traces, and Lambda asks no rule.
func (p Plan) traced() []root {
	roots := []root{{strings.ToLower(p.Project) + "-" + p.Inventory.Stage + "*", "*"}}
	for _, api := range p.Inventory.APIs {
		if api.Type != apiREST {
			continue
		}
		stage := api.Stage
		if stage == "" {
			stage = "*"
		}
		roots = append(roots, root{api.Name + "/" + stage, "AWS::ApiGateway::Stage"})
	}
	return roots
}

// traces is how many thousand are paid for a month.
func (p Plan) traces() int {
	if p.Tracing == nil {
		return 0
	}
	return max(0, int(float64(p.Tracing.Millions)*1000*p.Tracing.Record.Fraction())-freeTraces)
}

// mostTraceName is the longest name of a group or rule; source: X-Ray API
// reference, CreateGroup and SamplingRule.
const mostTraceName = 32

// short is a name that X-Ray takes.
func (p Plan) short(parts ...string) string {
	var named []string
	for _, part := range parts {
		if part != "" {
			named = append(named, part)
		}
	}
	name := p.name(named...)
	if len(name) <= mostTraceName {
		return name
	}
	return strings.TrimRight(name[:mostTraceName-11], "-") + "-" + mark(name)
}

// tracingNotes say what the rules cannot do.
func (p Plan) tracingNotes() []string {
	x := p.Tracing
	if x == nil {
		return nil
	}
	var notes []string
	if x.Record < unit.Full {
		notes = append(notes, fmt.Sprintf("%s of the requests are traced, and so %s of the errors: it is decided before a request has failed. monitoring.tracing.record: 100%% keeps every error.", x.Record, x.Record))
	}
	for _, api := range p.Inventory.APIs {
		if api.Type == apiHTTP {
			notes = append(notes, "An HTTP API has no traces, and Lambda by itself records one request a second and 5% of the others, whatever a rule says. The application's own tracing records as the rules say.")
			break
		}
	}
	return notes
}

// AccountStack is the name of the one stack of an account and region that
// holds what cannot be set per stage.
const AccountStack = "cutover-transaction-search"

// Account is the template of Transaction Search: every span X-Ray takes goes to
// CloudWatch Logs, where it costs less and can be searched, and the share index
// of the traces is indexed as before. It is for the whole account and region,
// other applications' traces with it. Source: CloudWatch User Guide, Enable
// transaction search.
func Account(index unit.Percent) cfn.Template {
	t := cfn.New("cutover: where X-Ray keeps the spans of this account")
	policy := t.Add("SpansPolicy", cfn.LogsPolicy{
		PolicyName: AccountStack,
		PolicyDocument: cfn.Sub(cfn.Expression(cfn.Policy{Version: "2012-10-17", Statement: []cfn.Statement{{
			Sid: "Spans", Effect: "Allow", Principal: cfn.Principal{Service: "xray.amazonaws.com"}, Action: []string{"logs:PutLogEvents"},
			Resource: []string{
				"arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:aws/spans:*",
				"arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/application-signals/data:*",
			},
			Condition: map[string]map[string]any{
				"ArnLike":      {"aws:SourceArn": "arn:${AWS::Partition}:xray:${AWS::Region}:${AWS::AccountId}:*"},
				"StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"},
			},
		}}})),
	})
	t.Add("TransactionSearch", cfn.TransactionSearch{IndexingPercentage: 100 * index.Fraction()}, string(policy))
	return t
}
