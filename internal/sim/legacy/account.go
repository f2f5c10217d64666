package legacy

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/unit"
)

// The account, and the name that users call.
const (
	Number = "123456789012"
	Region = "eu-central-1"
	Domain = "api.example.com"
)

// start is a Monday; which one is of no importance.
var start = time.Date(2026, time.January, 5, 9, 0, 0, 0, time.UTC)

// Thing is one resource, in AWS's own words: Type is that of CloudFormation, or of
// the API where CloudFormation has none.
type Thing struct {
	ARN, Type, Name string
	// Stack is the ARN of the stack that owns it, Policy its DeletionPolicy.
	Stack, Policy string
	// Config is how somebody has configured it, Counts what changes by itself or
	// is scaled.
	Config, Counts map[string]string
	Tags           map[string]string
	Protected      bool
	Status         string
	Made           time.Time
	// Monthly is its list price a month; nil if it has none of its own.
	Monthly *unit.Money
	// blue is whether it is the old side's alone. Nobody but the referee asks.
	blue bool
	// until is when AWS is done with what it does to it.
	until time.Time
}

// Ref is one reference: By is the property or the relation that makes it.
type Ref struct{ From, To, By string }

// Account is the simulated account. Nothing in it is safe for goroutines.
type Account struct {
	scenario Scenario
	now      time.Time
	rand     *rand.Rand
	things   map[string]*Thing
	// byARN are the things in their order; nil once one has come or gone.
	byARN    []*Thing
	refs     []Ref
	due      []Change
	clients  clients
	wrong    []string
	deleted  []string
	happened []Happening
	// trouble are the times in which green fails, calls those in which somebody
	// calls the load balancer by its own name.
	trouble, calls []spell
	scaledOut      int
}

// Happening is something that somebody did or that went wrong.
type Happening struct {
	At     time.Time
	What   string
	Target string
}

// spell is a time with something in it; end is zero if it does not end.
type spell struct {
	from, end time.Time
	share     float64
}

func (s spell) on(at time.Time) bool {
	return !at.Before(s.from) && (s.end.IsZero() || at.Before(s.end))
}

// New opens the account. Blue's weight has gone to 0 a moment ago, so that
// clients that ignore the TTL still ask it.
func New(s Scenario, seed uint64) *Account {
	a := &Account{scenario: s, now: start, rand: rand.New(rand.NewPCG(seed, 11)), things: map[string]*Thing{}} //nolint:gosec // a simulation must be drawn again from the same seed
	a.build()
	a.clients = newClients(s)
	for _, c := range s.Changes {
		if c.Before == "plan" {
			a.happen(c)
		} else {
			a.due = append(a.due, c)
		}
	}
	return a
}

// Start is when the account begins, Now the present virtual time.
func (a *Account) Start() time.Time { return start }

// Now is the present virtual time.
func (a *Account) Now() time.Time { return a.now }

// Advance lets time pass, minute by minute: AWS goes on, clients ask, people act.
func (a *Account) Advance(d time.Duration) {
	for end := a.now.Add(d); a.now.Before(end); {
		next := a.now.Truncate(time.Minute).Add(time.Minute)
		if next.After(end) {
			a.now = end
			return
		}
		a.now = next
		for len(a.due) > 0 && !a.now.Before(start.Add(a.due[0].At.Std())) {
			c := a.due[0]
			a.due = a.due[1:]
			a.happen(c)
		}
		a.work()
		a.minute()
	}
}

// Things lists what is there, by ARN; what is gone is not told.
func (a *Account) Things() []Thing {
	list := make([]Thing, 0, len(a.things))
	for _, t := range a.that(func(*Thing) bool { return true }) {
		list = append(list, t.copied())
	}
	return list
}

// Thing returns one, and whether it is there.
func (a *Account) Thing(arn string) (Thing, bool) {
	t, ok := a.things[arn]
	if !ok {
		return Thing{}, false
	}
	return t.copied(), true
}

// Refs lists the references between things, in the order in which they were made.
func (a *Account) Refs() []Ref { return slices.Clone(a.refs) }

// Wrong is what the referee saw: what AWS allows and must not have happened all the same.
func (a *Account) Wrong() []string { return slices.Clone(a.wrong) }

// Deleted lists what was deleted, in order.
func (a *Account) Deleted() []string { return slices.Clone(a.deleted) }

// Happened lists what others did, in order.
func (a *Account) Happened() []Happening { return slices.Clone(a.happened) }

// Left lists what of blue alone is still there, but for what its template keeps.
func (a *Account) Left() []string {
	var left []string
	for _, t := range a.that(func(t *Thing) bool { return t.blue && t.Policy == "" }) {
		left = append(left, t.ARN)
	}
	return left
}

func (t *Thing) copied() Thing {
	c := *t
	c.Config, c.Counts, c.Tags = maps.Clone(t.Config), maps.Clone(t.Counts), maps.Clone(t.Tags)
	return c
}

func (a *Account) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(a.wrong, text) {
		a.wrong = append(a.wrong, text)
	}
}

// of lists the things of a type, by ARN.
func (a *Account) of(kind string) []*Thing {
	return a.that(func(t *Thing) bool { return t.Type == kind })
}

// that lists the things for which is holds, by ARN.
func (a *Account) that(is func(*Thing) bool) []*Thing {
	if a.byARN == nil {
		a.byARN = slices.SortedFunc(maps.Values(a.things), func(x, y *Thing) int { return strings.Compare(x.ARN, y.ARN) })
	}
	var list []*Thing
	for _, t := range a.byARN {
		if is(t) {
			list = append(list, t)
		}
	}
	return list
}

// referrers lists those that refer to a thing by one of the given properties.
func (a *Account) referrers(arn string, by ...string) []*Thing {
	var list []*Thing
	for _, r := range a.refs {
		if r.To == arn && slices.Contains(by, r.By) && a.things[r.From] != nil {
			list = append(list, a.things[r.From])
		}
	}
	return list
}

func (a *Account) cut(is func(Ref) bool) { a.refs = slices.DeleteFunc(a.refs, is) }
