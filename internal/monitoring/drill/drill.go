// Package drill proves that each alarm of a stage reaches its topic, and that
// somebody listens there: it lets one alarm after the other ring, sees in
// CloudWatch's own history whether the message arrived at SNS, and puts the alarm
// back. No alarm is left ringing, whatever interrupts it.
package drill

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/monitoring/mute"
)

// The states of an alarm; source: CloudWatch API reference, MetricAlarm.
const (
	StateOK      = "OK"
	StateAlarm   = "ALARM"
	StateUnknown = "INSUFFICIENT_DATA"
)

// Alarm is an alarm as CloudWatch shows it.
type Alarm struct {
	Name, Description, State, Reason string
	Since                            time.Time
	Composite                        bool
	// Enabled says that its actions are carried out. Actions are those for
	// ALARM, Others those for the other states: ARNs.
	Enabled         bool
	Actions, Others []string
	// Metrics are what it watches, itself.
	Metrics []Metric
}

// Metric names a metric at CloudWatch.
type Metric struct {
	Namespace, Name string
	Dimensions      map[string]string
}

// Event is an entry of an alarm's history.
type Event struct {
	At   time.Time
	Kind string
	// Summary is for people, Data is JSON.
	Summary, Data string
}

// The kinds of entries that matter here; source: API reference,
// AlarmHistoryItem.
const (
	EventState  = "StateUpdate"
	EventAction = "Action"
)

// Subscription is who hears of what arrives at a topic.
type Subscription struct {
	Protocol, Endpoint string
	Confirmed          bool
}

// Alarms reads and sets alarms. Find finds those of both kinds whose names begin
// with prefix. History is what happened since then, the oldest first.
type Alarms interface {
	Find(ctx context.Context, prefix string) ([]Alarm, error)
	Set(ctx context.Context, name, state, reason string) error
	History(ctx context.Context, name string, since time.Time) ([]Event, error)
}

// Topics reads who hears of a topic.
type Topics interface {
	Subscriptions(ctx context.Context, topic string) ([]Subscription, error)
}

// Ports are the ways to the outside. Busy says why nothing may be tried now,
// such as a bake, or "". Told hears of each alarm when it is through, and may be
// nil.
type Ports struct {
	Alarms Alarms
	Rules  mute.Rules
	Topics Topics
	Clock  mute.Clock
	Busy   func(ctx context.Context) (why string, err error)
	Told   func(Rung)
}

// Request says whose alarms are tried. Run names who asks, such as a workflow
// run.
type Request struct{ Project, Stage, Run string }

// mark begins the reason of everything that a drill does, so that a later one
// finds what a killed one left.
const mark = "cutover drill"

// beforeMark leads to the state that the alarm is to be put back to.
const beforeMark = "Before: "

func (r Request) ring(before, at string) string {
	return mark + " of " + r.Project + " in " + r.Stage + ", " + r.Run + " at " + at + ": an exercise, nothing is wrong. " + beforeMark + before + "."
}

func (r Request) rest() string {
	return mark + " of " + r.Project + " in " + r.Stage + ", " + r.Run + ": the exercise is over."
}

// left says whether a drill let this alarm ring and did not put it back, and
// what it was before.
func left(a Alarm) (before string, yes bool) {
	if a.State != StateAlarm || !strings.HasPrefix(a.Reason, mark) {
		return "", false
	}
	if i := strings.LastIndex(a.Reason, beforeMark); i >= 0 {
		before = strings.TrimSuffix(a.Reason[i+len(beforeMark):], ".")
	}
	if before != StateOK {
		before = StateUnknown // the next evaluation knows better
	}
	return before, true
}

// order puts composite alarms last: a child that rings lets them ring too.
func order(alarms []Alarm) []Alarm {
	return slices.SortedFunc(slices.Values(alarms), func(a, b Alarm) int {
		if a.Composite != b.Composite {
			if b.Composite {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
}

// severity is the first word of a description, as this stack writes them.
func severity(description string) string {
	word, _, ok := strings.Cut(description, ":")
	if !ok || word != strings.ToUpper(word) || strings.ContainsAny(word, " .") {
		return ""
	}
	return word
}

// isTopic says whether an ARN is that of an SNS topic.
func isTopic(arn string) bool {
	parts := strings.SplitN(arn, ":", 6)
	return len(parts) == 6 && parts[0] == "arn" && parts[2] == "sns"
}
