package rollout

import (
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Step is where a rollout stands.
type Step string

// The steps. A hold is no step of its own: it freezes the one it began in.
const (
	Ready       Step = "ready"        // all traffic on blue, nothing begun
	Shifting    Step = "shifting"     // new weights decided, not yet seen to stand
	Settling    Step = "settling"     // weights stand, clients still follow
	Watching    Step = "watching"     // the phase is judged
	RollingBack Step = "rolling_back" // on the way back to blue
	RolledBack  Step = "rolled_back"  // blue has the traffic again
	Soaking     Step = "soaking"      // all phases promoted; judged until ECS is retired
	Complete    Step = "complete"     // ECS is retired, nothing to fall back to
)

// State is everything that outlives a tick: one JSON document a rollout. It
// holds what was decided, so that whoever reads it next can go on, also after
// a kill in the middle of carrying it out.
type State struct {
	// Format is the version of this document.
	Format int  `json:"format"`
	Step   Step `json:"step"`
	// Phase is the index of the present phase, Attempt counts starts from 1.
	Phase   int `json:"phase"`
	Attempt int `json:"attempt"`
	// Weight is the share of the traffic that green should have.
	Weight unit.Percent `json:"weight"`
	// Digest of the policy that the rollout goes by.
	Digest string `json:"digest"`
	// Clock is the latest time that any tick has seen. Time only moves forward.
	Clock time.Time `json:"clock"`
	// Risen is when the present weight was decided, Settled when it showed in
	// the traffic; zero while it has not.
	Risen   time.Time `json:"risen"`
	Settled time.Time `json:"settled"`
	// Ledger is the evidence; nil until the first start.
	Ledger *judge.Ledger `json:"ledger,omitempty"`
	// Shares are the requests of the latest minutes, the newest last.
	Shares []Share `json:"shares,omitempty"`
	// Probes of blue, the newest last.
	Probes []judge.Probe `json:"probes,omitempty"`
	// Hold freezes promotion; nil when nothing does.
	Hold *Hold `json:"hold,omitempty"`
	// Paused says that a person has stopped promotion.
	Paused bool `json:"paused,omitempty"`
	// Approved is how many phases a person has approved: phase i may begin
	// when it is more than i.
	Approved int `json:"approved,omitempty"`
	// Accepted says that a person has seen that green is worse than blue, and
	// goes on.
	Accepted bool `json:"accepted,omitempty"`
	// Down counts the latest ticks that saw green's health check down.
	Down int `json:"down,omitempty"`
	// Rollback is the last one; nil when there was none in this attempt.
	Rollback *Rollback `json:"rollback,omitempty"`
	// Outbox holds events that are not known to be written yet; Sequence is
	// the number of the last event ever.
	Outbox   []Event `json:"outbox,omitempty"`
	Sequence int     `json:"sequence"`
	// Last is that event's hash.
	Last string `json:"last"`
	// Told is what was said last of a waiting phase, so that it is said once.
	Told string `json:"told,omitempty"`
}

// Share is what each side got in the minute that ended at At.
type Share struct {
	At          time.Time `json:"at"`
	Green, Blue int64
}

// Hold is why promotion is frozen.
type Hold struct {
	Kind   HoldKind  `json:"kind"`
	Since  time.Time `json:"since"`
	Reason string    `json:"reason"`
	// Paged says that a person was called because a limit is broken.
	Paged bool `json:"paged,omitempty"`
}

// limit says whether a broken limit is what is held for.
func (h *Hold) limit() bool {
	return h != nil && (h.Kind == HoldBroken || h.Kind == HoldUnclear || h.Kind == HoldShared)
}

// HoldKind says what a hold waits for.
type HoldKind string

// The kinds, in the order in which one hides another.
const (
	HoldBroken       HoldKind = "broken"         // green broke a limit and policy leaves it to a person
	HoldUnclear      HoldKind = "unclear"        // broken, and not yet clear by whom
	HoldShared       HoldKind = "shared_fault"   // both sides are broken
	HoldMissing      HoldKind = "missing_data"   // a required signal is silent
	HoldUndelivered  HoldKind = "undelivered"    // the weight does not show in the traffic
	HoldDrift        HoldKind = "drift"          // somebody else changed the weights
	HoldWorse        HoldKind = "worse"          // green is worse than blue, within its limits
	HoldGuard        HoldKind = "guard"          // a guard is up
	HoldPolicy       HoldKind = "policy_changed" // cutover.yaml changed since the start
	HoldPaused       HoldKind = "paused"         // a person paused
	HoldInconclusive HoldKind = "inconclusive"   // the phase is over and not proved
	HoldApproval     HoldKind = "approval"       // the next phase needs a person
)

// Rollback is the way back to blue. Each leg has its time, zero until done.
type Rollback struct {
	Reason      string            `json:"reason"`
	Attribution judge.Attribution `json:"attribution"`
	From        unit.Percent      `json:"from"`
	Began       time.Time         `json:"began"`     // estimate of when the fault began; zero if nobody knows
	Decided     time.Time         `json:"decided"`   // by whoever decided it
	Shifted     time.Time         `json:"shifted"`   // the record's weights stand
	Confirmed   time.Time         `json:"confirmed"` // blue has at least 95% of the requests
	Late        bool              `json:"late,omitempty"`
}

// New returns the state of a rollout that has not begun.
func New(p Policy) State { return State{Format: 1, Step: Ready, Phase: -1, Digest: p.Digest} }

// clone returns a state that shares nothing with s.
func (s State) clone() State {
	s.Ledger = s.Ledger.Clone()
	s.Shares, s.Probes, s.Outbox = slices.Clone(s.Shares), slices.Clone(s.Probes), slices.Clone(s.Outbox)
	if s.Hold != nil {
		hold := *s.Hold
		s.Hold = &hold
	}
	if s.Rollback != nil {
		rollback := *s.Rollback
		s.Rollback = &rollback
	}
	return s
}

// Active says whether green has traffic that must be watched.
func (s State) Active() bool {
	switch s.Step {
	case Shifting, Settling, Watching, Soaking:
		return true
	}
	return false
}
