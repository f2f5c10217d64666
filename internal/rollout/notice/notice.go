// Package notice says what people are told of a rollout: each event in words
// that help whoever is woken by it, and each said once.
package notice

import (
	"fmt"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Kind is how a notice is to be taken. The words are those of the announcements
// of Slack.
type Kind string

// The kinds.
const (
	Progress Kind = "phase-progress" // the rollout is further, or waits
	Back     Kind = "rolled-back"    // blue gets everything
	Alarm    Kind = "alarm"          // a person is called
)

// Facts are what the texts need to know beside the event.
type Facts struct {
	Stage string
	// Record is the name that clients use.
	Record string
	// Phases of the policy.
	Phases []rollout.Phase
	// DecisionTime and RollbackBudget as in the policy.
	DecisionTime, RollbackBudget time.Duration
	// Runbooks is the address of the folder with the runbooks.
	Runbooks string
}

// Field is a figure with its name.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Notice is one event as people read it. Its reason may hold a stranger's words:
// it is shown and never acted on.
type Notice struct {
	// Sequence is the event's number, and stands in every text, so that one
	// that was said twice is known for what it is.
	Sequence int `json:"sequence"`
	// Hash is the event's.
	Hash  string       `json:"hash"`
	Event rollout.Kind `json:"event"`
	Kind  Kind         `json:"kind"`
	// Loud says that somebody should look now; else it goes into the thread.
	Loud bool `json:"loud"`
	// Title is one line, Happened and Next the sentences below it.
	Title    string  `json:"title"`
	Happened string  `json:"happened"`
	Next     string  `json:"next"`
	Fields   []Field `json:"fields"`
	// Phase counts from 1, Phases are all; Weight is green's share.
	Phase  int          `json:"phase"`
	Phases int          `json:"phases"`
	Weight unit.Percent `json:"weight"`
	Stage  string       `json:"stage"`
	// Runbook is the address of what to do, empty where nothing is wrong.
	Runbook string `json:"runbook,omitempty"`
}

// Opens says that a phase begins with the event: what boards keep for a phase
// is begun anew.
func (n Notice) Opens() bool { return n.Event == rollout.Started || n.Event == rollout.Promoted }

// Text is what stands below the title.
func (n Notice) Text() string {
	return strings.TrimSpace(n.Happened + "\n\n" + n.Next)
}

// Of puts an event into words.
func Of(f Facts, e rollout.Event) Notice {
	n := Notice{
		Sequence: e.Sequence, Hash: e.Hash, Event: e.Kind, Kind: Progress, Stage: f.Stage,
		Phase: e.Phase, Phases: len(f.Phases), Weight: e.Weight,
	}
	if e.Weight == 0 {
		n.Kind = Back
	}
	w := f.words(e)
	switch {
	case w.alarm:
		n.Kind, n.Loud = Alarm, true
	case w.loud:
		n.Loud = true
	}
	n.Title = fmt.Sprintf("#%d %s", e.Sequence, w.title)
	n.Happened = sentence(e.Reason)
	if a := blame(e.Attribution); a != "" {
		n.Happened = strings.TrimSpace(n.Happened + " " + a)
	}
	n.Next = w.next
	n.Fields = f.fields(e)
	if k := Section(e); k != "" {
		n.Runbook = runbook.Link(f.Runbooks, k)
	}
	return n
}

// Section is the section of the runbooks for an event, empty where nothing is
// wrong.
func Section(e rollout.Event) runbook.Kind {
	switch {
	case e.Kind == rollout.Held:
		hold, _, _ := strings.Cut(e.Reason, ":")
		return runbook.Row("rollout", hold)
	case e.Kind == rollout.Paged && e.Weight == 0:
		return runbook.BackTooSlow
	}
	return sections[e.Kind]
}

// sections are those of the other events.
var sections = map[rollout.Kind]runbook.Kind{
	rollout.Paged: runbook.Decide, rollout.Corrected: runbook.Corrected, rollout.Rebuilt: runbook.Rebuilt,
	rollout.FellBack: runbook.RolledBack, rollout.Confirmed: runbook.BlueBack, rollout.Reported: runbook.Reported,
}

func (f Facts) fields(e rollout.Event) []Field {
	fields := []Field{{"Green's share", e.Weight.String()}}
	if e.Phase > 0 && len(f.Phases) > 0 {
		fields = append(fields, Field{"Phase", fmt.Sprintf("%d of %d", e.Phase, max(len(f.Phases), e.Phase))})
	}
	if f.Record != "" {
		fields = append(fields, Field{"Record", f.Record})
	}
	fields = append(fields, Field{"At", e.At.UTC().Format("2006-01-02 15:04:05 UTC")})
	if e.By != "" {
		fields = append(fields, Field{"By", e.By})
	}
	return append(fields, Field{"Event", fmt.Sprintf("%d, %.12s", e.Sequence, e.Hash)})
}

// sentence makes a reason one: a capital, and a full stop.
func sentence(reason string) string {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return ""
	}
	if c := reason[0]; c >= 'a' && c <= 'z' && !strings.HasPrefix(reason, "http") && !named(reason) {
		reason = string(c-'a'+'A') + reason[1:]
	}
	if !strings.ContainsAny(reason[len(reason)-1:], ".!?…") {
		reason += "."
	}
	return reason
}

// named says that a reason begins with the name of an objective or of a hold,
// which is written as in cutover.yaml.
func named(reason string) bool {
	first, _, _ := strings.Cut(reason, " ")
	return strings.ContainsAny(first, "_:")
}

// blame says whose fault a finding is.
func blame(a judge.Attribution) string {
	switch a {
	case judge.Green:
		return "It is green's fault: blue keeps the limit."
	case judge.Shared:
		return "Both sides are broken: look at what they share."
	case judge.Unclear:
		return "Whose fault it is cannot be told yet."
	}
	return ""
}
