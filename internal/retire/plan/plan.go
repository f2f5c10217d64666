package plan

import (
	"time"

	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Plan is what shall happen, whole. The same world and scope give the same plan,
// byte for byte.
type Plan struct {
	// Format is the version of this document.
	Format int       `json:"format"`
	At     time.Time `json:"at"`
	Scope  Scope     `json:"scope"`
	// Targets go, in the order in which they are deleted; what goes with another
	// thing stands behind it.
	Targets []Target `json:"targets"`
	// Parts are the things that the steps before a deletion change.
	Parts Parts `json:"parts"`
	// Passing come and go by themselves and do so with a target.
	Passing []Seen `json:"passing"`
	// Forgotten refer to what goes, and stay unless somebody deletes them.
	Forgotten []Seen `json:"forgotten"`
	// Stays is everything else that was seen.
	Stays []Seen `json:"stays"`
	// Links are all that touch a target or a part: a new one is a drift.
	Links []estate.Link `json:"links"`
	// Watched are the things other than targets whose print must not change:
	// records, health checks, repositories and their images.
	Watched []Watched `json:"watched"`
	// Monthly is what is saved a month by list price; Unpriced counts the targets
	// whose price is not known.
	Monthly  Price `json:"monthly"`
	Unpriced int   `json:"unpriced"`
	// Prices says which table that is by, with its date.
	Prices string `json:"prices,omitempty"`
}

// Way is how a target goes.
type Way string

// The ways.
const (
	ByHand   Way = "delete" // by a call of its own
	ByStack  Way = "stack"  // with the stack that owns it
	WithOwn  Way = "with"   // with the thing that it belongs to
	TheStack Way = "delete-stack"
)

// Target is one thing that goes.
type Target struct {
	ARN  string      `json:"arn"`
	Kind estate.Kind `json:"kind"`
	Name string      `json:"name"`
	// Owner is the ARN of the stack that owns it, or "none".
	Owner string `json:"owner"`
	Way   Way    `json:"way"`
	// Through is the ARN of the stack, or of the thing that it goes with.
	Through string `json:"through,omitempty"`
	// Why it is in the plan.
	Why string `json:"why"`
	// After are the ARNs that must be gone before it may go.
	After []string `json:"after"`
	// Refs is what else refers to it.
	Refs      []Ref             `json:"refs"`
	Print     string            `json:"print"`
	Protected bool              `json:"protected"`
	Facts     map[string]string `json:"facts,omitempty"`
	// Restore is the command that makes it anew from the restore kit.
	Restore string `json:"restore"`
	Monthly *Price `json:"monthly" jsonschema:"nullable"`
}

// Calls says whether the target is deleted by a call of its own.
func (t Target) Calls() bool { return t.Way == ByHand || t.Way == TheStack }

// Ref is somebody who refers to a target.
type Ref struct {
	ARN   string `json:"arn"`
	How   string `json:"how"`
	Holds bool   `json:"holds"`
	// Goes is whether it goes too.
	Goes bool `json:"goes"`
}

// Parts are the ARNs by what they are to the steps.
type Parts struct {
	Service      string   `json:"service"`
	Cluster      string   `json:"cluster"`
	Stack        string   `json:"stack,omitempty"`
	LoadBalancer string   `json:"load_balancer,omitempty"`
	Scaling      []string `json:"scaling"`
	// Blue are the weighted records that point to the load balancer; Green the
	// weighted ones of the same name, Simple what those become.
	Blue   []string `json:"blue"`
	Green  []string `json:"green"`
	Simple []string `json:"simple"`
	// TTL is how long clients may still know blue's records, in seconds.
	TTL          Seconds  `json:"ttl_seconds"`
	Repositories []string `json:"repositories"`
}

// Seen is something that was seen and is left alone.
type Seen struct {
	ARN  string      `json:"arn"`
	Kind estate.Kind `json:"kind"`
	Name string      `json:"name"`
	Why  string      `json:"why"`
	// Command removes it, for a person to decide; empty if nobody should.
	Command string `json:"command,omitempty"`
}

// Watched is a thing that stays, as it was when the plan was made.
type Watched struct {
	ARN   string      `json:"arn"`
	Kind  estate.Kind `json:"kind"`
	Print string      `json:"print"`
}

// Price is an amount a month by list price, written as people write it: "$36.00".
type Price string

// NotKnown is the sum of which no part is known: it is no amount, and not $0.
const NotKnown Price = "not known"

// Words are for people: no price is told from a price of nothing.
func (p *Price) Words() string {
	switch {
	case p == nil:
		return string(NotKnown)
	case *p == free:
		return "nothing of its own"
	}
	return string(*p)
}

// free is what a thing costs that AWS makes no charge for.
var free = Price(unit.Money(0).String())

// Saved says what is saved a month, as the end of a sentence.
func (p Plan) Saved() string {
	switch {
	case p.Monthly == NotKnown:
		return "how much is saved a month is not known"
	case p.Unpriced > 0:
		return "at least " + string(p.Monthly) + " a month less by list price"
	}
	return string(p.Monthly) + " a month less by list price"
}

// String writes it.
func (p Price) String() string { return string(p) }

// priced writes an amount that may not be known.
func priced(m *unit.Money) *Price {
	if m == nil {
		return nil
	}
	p := Price(m.String())
	return &p
}

// Target finds a target by its ARN.
func (p Plan) Target(arn string) (Target, bool) {
	for _, t := range p.Targets {
		if t.ARN == arn {
			return t, true
		}
	}
	return Target{}, false
}

// Until is when the plan can be applied no more.
func (p Plan) Until() time.Time { return p.At.Add(p.Scope.Validity.Std()) }

// Of makes the plan. The error is a [Refusals] with every reason that was found.
// It takes any world, so that what is refused can be told whole.
func Of(w estate.World, s Scope) (Plan, error) {
	d := draft{g: w.Graph(), s: s.usual(), picked: map[string]*pick{}}
	d.sane()
	if len(d.refused) > 0 {
		// A world that is not whole or not the one that was named is not
		// reasoned about any further.
		return Plan{}, d.refused.settled()
	}
	d.name()
	d.derive()
	d.children()
	d.judge()
	order := d.order()
	if len(d.refused) > 0 {
		return Plan{}, d.refused.settled()
	}
	return d.plan(order), nil
}
