package drill

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// What became of an alarm.
const (
	// Arrived is the proof that was looked for; Told is that of an alarm that
	// rings by itself.
	Arrived = "arrived"
	Told    = "told"
	Failed  = "failed"
	Silent  = "silent"
	Ringing = "ringing"
	Nobody  = "nobody"
	Off     = "off"
)

// Rung is what became of one alarm.
type Rung struct {
	Alarm     string   `json:"alarm"`
	Severity  string   `json:"severity"`
	Composite bool     `json:"composite"`
	Before    string   `json:"before"`
	Outcome   string   `json:"outcome" jsonschema:"enum=arrived,enum=told,enum=failed,enum=silent,enum=ringing,enum=nobody,enum=off,enum=broken-off"`
	Topics    []string `json:"topics"`
	// Seconds is how long it took until the message showed in the history.
	Seconds float64 `json:"seconds"`
	Why     string  `json:"why"`
	Next    string  `json:"next"`
}

func (r Rung) ended(outcome, why, next string) Rung {
	r.Outcome, r.Why, r.Next = outcome, why, next
	return r
}

// Topic is who hears of a topic that alarms tell.
type Topic struct {
	ARN       string   `json:"arn"`
	Confirmed int      `json:"confirmed"`
	Pending   []string `json:"pending"`
}

// Result is what came of a drill (schemas/monitoring-drill.schema.json).
type Result struct {
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Lead    string          `json:"lead"`
	Next    string          `json:"next"`
	Project string          `json:"project"`
	Stage   string          `json:"stage"`
	Run     string          `json:"run"`
	Alarms  []Rung          `json:"alarms"`
	Topics  []Topic         `json:"topics"`
	// Shown and Open say what this proves, and what only AWS can show.
	Shown []string `json:"shown"`
	Open  []string `json:"open"`
	Notes []string `json:"notes"`
}

func newResult(r Request) Result {
	return Result{
		Project: r.Project, Stage: r.Stage, Run: r.Run, Alarms: []Rung{}, Topics: []Topic{}, Shown: []string{}, Notes: []string{},
		Open: []string{"Whether SNS's mail reached the mailbox and was read: SNS tells nobody. Everybody who is subscribed should have two messages an alarm, one when it rang and one when it was well again."},
	}
}

// judge says what the drill came to. err is what broke it off.
func (r *Result) judge(err error) {
	counts := map[string]int{}
	for i, a := range r.Alarms {
		if a.Outcome == "" {
			r.Alarms[i].Outcome = "broken-off"
		}
		counts[a.Outcome]++
	}
	good := counts[Arrived] + counts[Told]
	if good > 0 {
		r.Shown = append(r.Shown, "CloudWatch's own history says that SNS took the message: the topic's policy and its key let CloudWatch publish.")
	}
	deaf := 0
	for _, t := range r.Topics {
		if t.Confirmed > 0 {
			r.Shown = append(r.Shown, fmt.Sprintf("%d confirmed subscriptions hear of %s.", t.Confirmed, short(t.ARN)))
			continue
		}
		deaf++
	}
	bad := counts[Failed] + counts[Silent] + counts[Nobody] + counts[Off]
	switch n := len(r.Alarms); {
	case err != nil:
		r.Verdict, r.Lead, r.Next = verdict.Inconclusive, fmt.Sprintf("The drill was broken off after %d alarms.", n), "See the error, then drill again."
		if errors.Is(err, context.Canceled) {
			r.Next = "Drill again."
		}
	case bad > 0:
		r.Verdict, r.Lead, r.Next = verdict.Fail, fmt.Sprintf("%d of %d alarms reach nobody.", bad, n), "See each alarm's line."
	case deaf > 0:
		r.Verdict, r.Lead, r.Next = verdict.Fail, "The messages arrived, and nobody hears them: a topic has no confirmed subscription.", "Confirm the subscriptions by the link in the mail that AWS sent, then drill again."
	case n == 0 || counts[Ringing] > 0:
		r.Verdict, r.Lead, r.Next = verdict.Inconclusive, fmt.Sprintf("%d of %d alarms ring by themselves, without a message in their history.", counts[Ringing], n), "See to what they ring for, then drill again."
	default:
		r.Verdict, r.Lead = verdict.Pass, fmt.Sprintf("All %d alarms reach their topic, and somebody hears them.", n)
	}
}

// short is the name of a topic.
func short(arn string) string { return arn[strings.LastIndexByte(arn, ':')+1:] }

// Masked is an address as a report may show it: a public run's summary is read
// by strangers.
func Masked(endpoint string) string {
	name, host, mail := strings.Cut(endpoint, "@")
	if !mail || name == "" {
		return endpoint
	}
	return name[:1] + "…@" + host
}

// Document shows the result for people.
func (r Result) Document() report.Document {
	d := report.Document{Title: "Drill of " + r.Project + " in " + r.Stage, Verdict: r.Verdict, Lead: r.Lead}
	if r.Next != "" {
		d.Blocks = append(d.Blocks, report.Text{Body: "What to do: " + r.Next})
	}
	t := report.Table{Caption: "Alarms", Columns: []report.Column{{Title: "alarm"}, {Title: "severity"}, {Title: "message"}, {Title: "after", Numeric: true}, {Title: "why, and what to do"}}}
	for _, a := range r.Alarms {
		tone := map[string]report.Tone{Arrived: report.Good, Told: report.Good, Ringing: report.Doubt, "broken-off": report.Doubt}[a.Outcome]
		if tone == report.Plain {
			tone = report.Bad
		}
		took := ""
		if a.Seconds > 0 {
			took = report.Seconds(time.Duration(a.Seconds * float64(time.Second)))
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: a.Alarm, Code: true}, {Text: a.Severity}, {Text: a.Outcome, Tone: tone}, {Text: took}, {Text: strings.TrimSpace(a.Why + " " + a.Next)}})
	}
	topics := report.Table{Caption: "Who hears", Columns: []report.Column{{Title: "topic"}, {Title: "confirmed", Numeric: true}, {Title: "not yet confirmed"}}}
	for _, x := range r.Topics {
		tone := report.Good
		if x.Confirmed == 0 {
			tone = report.Bad
		}
		topics.Rows = append(topics.Rows, []report.Cell{{Text: short(x.ARN), Code: true}, {Text: fmt.Sprint(x.Confirmed), Tone: tone}, {Text: strings.Join(x.Pending, ", ")}})
	}
	for _, table := range []report.Table{t, topics} {
		if len(table.Rows) > 0 {
			d.Blocks = append(d.Blocks, table)
		}
	}
	for _, s := range r.Shown {
		d.Blocks = append(d.Blocks, report.Text{Body: "Shown: " + s})
	}
	for _, s := range r.Open {
		d.Blocks = append(d.Blocks, report.Text{Body: "Not shown: " + s})
	}
	for _, n := range r.Notes {
		d.Blocks = append(d.Blocks, report.Text{Body: n})
	}
	return d
}
