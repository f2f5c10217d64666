package monitoring

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Plan is what the stack of one stage is made from.
type Plan struct {
	Project   string
	Inventory Inventory
	// RunbookBase is the address of the folder with the runbooks.
	RunbookBase string
	// Mailboxes get every alarm.
	Mailboxes []string
	// Budget is nil for a stage whose stack has none: the budget is of the
	// project, and AWS takes its name once.
	Budget *Budget
	// Tracing is nil where nothing is said of traces.
	Tracing *Tracing
	// KPIs are the business figures on the dashboard.
	KPIs []KPI
	// Traffic says that the traffic of this stage is shifted.
	Traffic bool
	// Failover is nil where it is not.
	Failover *Failover
	// Events are marked on the dashboard, the newest of them.
	Events []Event
}

// Budget is what the project may cost a month. Alerts go to the topic, and to
// the mailboxes that the topic does not reach.
type Budget struct {
	Monthly   unit.Money
	Alerts    []unit.Percent
	Mailboxes []string
	// Unfiltered makes the budget count the whole account: until the cost
	// allocation tag Project is active, a budget that filters by it sees nothing.
	Unfiltered bool
}

// Stack is what watches one stage.
type Stack struct {
	Template cfn.Template
	Alarms   []Alarm
	// Boards are the dashboards, as the template has them.
	Boards []dashboard.Placement
	// Notes say what is not watched, or not as one may think, and why.
	Notes []string
	// traces is how many thousand are paid for a month.
	traces int
}

// Build makes the stack of one stage. The same plan gives the same stack.
func Build(p Plan) (Stack, error) {
	p.Mailboxes = slices.Compact(slices.Sorted(slices.Values(p.Mailboxes)))
	s := Stack{
		Template: cfn.New("cutover: what watches " + p.Project + " in " + p.Inventory.Stage),
		Alarms:   p.Alarms(),
		Notes:    p.notes(),
	}
	s.Template.Metadata, s.traces = p.metadata(), p.traces()
	topic := p.addTopic(s.Template)
	p.addAlarms(s.Template, s.Alarms, topic)
	s.Notes = append(s.Notes, p.addColdStarts(s.Template)...)
	p.addTracing(s.Template)
	s.Boards = p.boards(s.Alarms)
	p.addDashboards(s.Template, s.Boards)
	if p.Budget != nil {
		if err := p.addBudget(s.Template, topic); err != nil {
			return Stack{}, err
		}
	}
	if n := len(s.Template.Resources); n > cfn.MostResources {
		return Stack{}, &fault.Fault{
			Kind: fault.Input, Name: "inventory", What: "needs more resources than a CloudFormation stack may have", Got: fmt.Sprint(n), Allowed: fmt.Sprint(cfn.MostResources),
			Next: "This is a mistake of cutover's: it leaves out what does not fit. Please report it with the inventory.",
		}
	}
	return s, nil
}

// namespace holds the metrics that the stage has only because of this stack.
func (p Plan) namespace() string { return Namespace(p.Project, p.Inventory.Stage) }

// name is the name of something of this stage.
func (p Plan) name(parts ...string) string {
	return strings.Join(append([]string{p.Project, p.Inventory.Stage}, parts...), "-")
}

// TopicName is the name of the topic that every alarm tells.
func TopicName(project, stage string) string {
	return strings.ToLower(project) + "-serverless-alerts-" + stage
}

// StackName is the name of the one stack that watches a stage.
func StackName(project, stage string) string {
	return strings.ToLower(project) + "-" + stage + "-monitoring"
}

// AlarmName is the name of an alarm at CloudWatch.
func (p Plan) AlarmName(a Alarm) string {
	if a.Subject == "" {
		return p.name(a.ID)
	}
	return p.name(a.ID, a.Subject)
}

func (p Plan) runbook(id string) string {
	return runbook.Link(p.RunbookBase, runbook.Alarm(id))
}

func (p Plan) tags(more ...cfn.Tag) []cfn.Tag {
	return append([]cfn.Tag{{Key: "Project", Value: p.Project}, {Key: "Environment", Value: p.Inventory.Stage}}, more...)
}

// notes are in the order in which a reader would ask.
func (p Plan) notes() []string {
	i := p.Inventory
	var notes []string
	if n := len(i.Functions); n == 0 {
		notes = append(notes, "No function is known: Lambda is watched over the whole region, other applications' functions with it, and no log is read for cold starts. Give --inventory.")
	} else if n > PerFunction {
		notes = append(notes, fmt.Sprintf("%d functions are more than the %d that get alarms of their own: Lambda is watched over the whole region, other applications' functions with it.", n, PerFunction))
	}
	if len(i.APIs) == 0 {
		notes = append(notes, "No API is known: its errors and latency are not watched. Set traffic.green.api, or give --inventory.")
	}
	if i.RDS != nil && i.RDS.StorageGB == 0 {
		notes = append(notes, "The database's storage is not known: it is not watched. Aurora has none; otherwise give rds.storage_gb in the inventory.")
	}
	if i.Redis != nil && i.Redis.Kind == redisServerless && i.Redis.Dimension == "" {
		notes = append(notes, "The serverless cache's dimension is taken to be "+serverlessDimension+"; aws cloudwatch list-metrics --namespace AWS/ElastiCache tells.")
	}
	if p.Budget == nil {
		notes = append(notes, "This stack has no budget: there is none in cutover.yaml, or it is in the stack of the stage that takes the traffic.")
	}
	if p.Budget != nil && p.Budget.Unfiltered {
		notes = append(notes, "The cost allocation tag Project is not active yet: until it is, the budget counts everything in the account.")
	}
	notes = append(append(append(notes, p.failoverNotes()...), p.functionNotes()...), p.bucketNotes()...)
	return append(notes, p.tracingNotes()...)
}

// camel is an id of CloudFormation's from our words.
func camel(id string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(id, "-") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// mark tells subjects apart in ids that may hold no sign. It does not depend on
// what else there is, so that a new function moves no other one's resources.
func mark(subject string) string {
	if subject == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(subject))
	return hex.EncodeToString(sum[:5])
}
