package retire

import (
	"maps"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/retire/plan"
)

// Step is where a retirement stands.
type Step string

// The steps, in their order. A hold is no step of its own: it freezes the one
// that it began in.
const (
	Ready    Step = "ready"    // nothing begun
	Gate     Step = "gate"     // has green carried everything for long enough?
	Freezing Step = "freeze"   // nobody deploys to blue; the restore kit is saved
	Detach   Step = "detach"   // blue's record goes, its TTL passes, its load balancer falls silent
	Lock     Step = "lock"     // scaling cannot bring tasks back
	Zero     Step = "zero"     // no task runs
	Holding  Step = "hold"     // ready to return, with one command
	Simple   Step = "simple"   // green's record is a simple one
	Archived Step = "archive"  // the images are in S3, verified
	Lifting  Step = "lift"     // protections are taken away, knowingly
	Deleting Step = "delete"   // one by one, in the plan's order; no way back from here
	Sweep    Step = "sweep"    // nothing is left over
	Validate Step = "validate" // every endpoint answers, and no more requests fail than before
	Document Step = "document" // the pull request and the retrospective
	Done     Step = "done"
	Aborting Step = "aborting" // on the way back
	Aborted  Step = "aborted"  // everything is as it was
	Stopped  Step = "stopped"  // aborted after the first deletion: nothing more is deleted
)

// Steps lists those of a retirement that goes well.
func Steps() []Step {
	return []Step{Gate, Freezing, Detach, Lock, Zero, Holding, Simple, Archived, Lifting, Deleting, Sweep, Validate, Document, Done}
}

// at is the place of a step among [Steps], -1 for the others.
func (s Step) at() int { return slices.Index(Steps(), s) }

// between says whether a step is neither before a nor behind b.
func (s Step) between(a, b Step) bool { return s.at() >= a.at() && s.at() <= b.at() }

// State is everything that outlives a tick. It holds what was decided before it
// is carried out, so that whoever reads it after a kill does the same.
type State struct {
	// Format is the version of this document.
	Format int  `json:"format"`
	Step   Step `json:"step"`
	// PlanSHA256 is the plan that it goes by, Approval who allowed that.
	PlanSHA256 string         `json:"plan_sha256,omitempty"`
	Approval   *plan.Approval `json:"approval,omitempty"`
	// Clock is the latest time that any tick has seen.
	Clock time.Time `json:"clock"`
	// Acted is when something was last asked for: what was looked at earlier
	// proves nothing.
	Acted time.Time `json:"acted,omitzero"`
	// Spans are the steps that were begun, in their order.
	Spans []Span `json:"spans,omitempty"`
	// Pending are the actions of the last decision.
	Pending []Action `json:"pending,omitempty"`
	// Asked counts how often what was asked for, by verb and ARN.
	Asked map[string]Asked `json:"asked,omitempty"`
	// Old is what things had before a step changed them, by ARN.
	Old map[string]map[string]string `json:"old,omitempty"`
	// Changed, Gone, Made and Lifted are as in [plan.Own].
	Changed map[string]string `json:"changed,omitempty"`
	Gone    map[string]bool   `json:"gone,omitempty"`
	Made    map[string]bool   `json:"made,omitempty"`
	Lifted  map[string]bool   `json:"lifted,omitempty"`
	// Deployment is that of the service when deployments were frozen; empty if AWS
	// does not tell one.
	Deployment string `json:"deployment,omitempty"`
	// Astray are the things that a way back has found gone or another's, Without
	// those that a person has said it shall go on without.
	Astray  []string        `json:"astray,omitempty"`
	Without map[string]bool `json:"without,omitempty"`
	// Kit is the SHA-256 of the restore kit.
	Kit string `json:"kit,omitempty"`
	// Before are green's requests when the retirement began.
	Before *Errors `json:"before,omitempty"`
	After  *Errors `json:"after,omitempty"`
	// Detached is when blue's records were seen to be gone, Empty when no task
	// was seen to run, Troubled when trouble was last seen during the hold.
	Detached time.Time `json:"detached,omitzero"`
	Empty    time.Time `json:"empty,omitzero"`
	Troubled time.Time `json:"troubled,omitzero"`
	// Index are the hashes of the verified archives, by repository.
	Index map[string]string `json:"index,omitempty"`
	// Deleted are the targets in the order in which they were seen to be gone.
	Deleted []Deletion `json:"deleted,omitempty"`
	// Dangling are references to what is gone, as the sweep found them.
	Dangling []string `json:"dangling,omitempty"`
	// Documents are where pull request and retrospective are.
	PullRequest   string `json:"pull_request,omitempty"`
	Retrospective string `json:"retrospective,omitempty"`
	// Hold is what freezes it, Wait what it waits for by itself; nil for none.
	Hold *Hold `json:"hold,omitempty"`
	Wait *Wait `json:"wait,omitempty"`
	// Outbox holds events that are not known to be written yet; Sequence is the
	// number of the last event ever, Last its hash.
	Outbox   []Event `json:"outbox,omitempty"`
	Sequence int     `json:"sequence"`
	Last     string  `json:"last"`
}

// Span is one step in time; Done is zero while it lasts.
type Span struct {
	Step  Step      `json:"step"`
	Began time.Time `json:"began"`
	Done  time.Time `json:"done,omitzero"`
}

// Asked is how often something was asked for, and when last.
type Asked struct {
	Count int       `json:"count"`
	At    time.Time `json:"at"`
}

// Deletion is a target that is gone.
type Deletion struct {
	ARN  string    `json:"arn"`
	Seen time.Time `json:"seen"`
}

// Wait is what a retirement waits for although nothing is wrong.
type Wait struct {
	What string `json:"what"`
	// Until is when it ends by itself; zero if nobody knows.
	Until time.Time `json:"until,omitzero"`
}

// Hold is why nothing goes on, and what would end it.
type Hold struct {
	Kind   HoldKind  `json:"kind"`
	Since  time.Time `json:"since"`
	Reason string    `json:"reason"`
	Next   string    `json:"next"`
}

// HoldKind says what a hold waits for.
type HoldKind string

// The kinds, in the order in which one hides another.
const (
	HoldUnread   HoldKind = "unread"   // the world or the evidence could not be read
	HoldPlan     HoldKind = "plan"     // the plan is another one, or too old
	HoldApproval HoldKind = "approval" // nobody has approved, or it has expired
	HoldDrift    HoldKind = "drift"    // the world is not as planned
	HoldUndone   HoldKind = "undone"   // somebody took a step of ours back
	HoldKit      HoldKind = "kit"      // the restore kit or an archive is damaged
	HoldTrouble  HoldKind = "trouble"  // an alarm rings, or too many requests fail
	HoldFailed   HoldKind = "failed"   // what was asked for does not happen
)

// New returns the state of a retirement that has not begun.
func New() State { return State{Format: 1, Step: Ready} }

// own is what the steps have done, for the comparison with the plan.
func (s State) own() plan.Own {
	return plan.Own{Changed: s.Changed, Gone: s.Gone, Made: s.Made, Lifted: s.Lifted, Archived: len(s.Index) > 0 && s.Step.at() > Archived.at()}
}

// clone returns a state that shares nothing with s.
func (s State) clone() State {
	s.Spans, s.Pending, s.Deleted, s.Outbox, s.Dangling = slices.Clone(s.Spans), slices.Clone(s.Pending), slices.Clone(s.Deleted), slices.Clone(s.Outbox), slices.Clone(s.Dangling)
	s.Astray, s.Without = slices.Clone(s.Astray), copied(s.Without)
	s.Asked, s.Changed, s.Gone, s.Made, s.Lifted, s.Index = copied(s.Asked), copied(s.Changed), copied(s.Gone), copied(s.Made), copied(s.Lifted), copied(s.Index)
	old := make(map[string]map[string]string, len(s.Old))
	for arn, facts := range s.Old {
		old[arn] = maps.Clone(facts)
	}
	s.Old = old
	s.Approval, s.Before, s.After, s.Hold, s.Wait = pointed(s.Approval), pointed(s.Before), pointed(s.After), pointed(s.Hold), pointed(s.Wait)
	return s
}

// copied returns a map that can be written to.
func copied[K comparable, V any](m map[K]V) map[K]V {
	out := make(map[K]V, len(m))
	maps.Copy(out, m)
	return out
}

func pointed[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
