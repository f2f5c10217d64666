package retiring

import (
	"context"
	"errors"
	"time"

	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/sim/legacy"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Run is one retirement, rehearsed from its plan to where it ended.
type Run struct {
	Scenario legacy.Scenario
	Settings retire.Settings
	// Plan is the one that was made last; Refusals are why there is none.
	Plan     plan.Sealed
	Refusals plan.Refusals
	// Evidence is what was seen last.
	Evidence retire.Evidence
	State    retire.State
	Events   []retire.Event
	Orders   []Ordered
	Kills    []Kill
	Happened []legacy.Happening
	Minutes  []legacy.Minute
	// Wrong is what must not have happened, as the account's referee saw it; Left
	// what of blue is still there.
	Wrong, Left, Deleted []string
	// Restored is whether the account is as it was when it began.
	Restored bool
	Trouble  []string
	// Runs is how many runs of the schedule there were.
	Runs           int
	Started, Ended time.Time
}

// Ordered is an order that a person gave, and what came of it.
type Ordered struct {
	At               time.Time
	Kind, By, Reason string
	// Refused says why not; empty if it was taken.
	Refused string
}

// Kill is a run that was ended from outside.
type Kill struct {
	At       time.Time
	Boundary string
}

// Settings are what cutover.yaml would name of the account, with the usual times.
func Settings(s legacy.Scenario) retire.Settings {
	set := retire.Settings{Cluster: legacy.ClusterName, Service: legacy.ServiceName, LoadBalancer: legacy.BalancerName,
		TargetGroups: []string{legacy.TargetGroupName, legacy.SecondGroupName}, Repositories: []string{legacy.RepositoryName},
		Soak: unit.Duration(7 * 24 * time.Hour), Hold: unit.Duration(48 * time.Hour), ImageRetention: unit.Duration(90 * 24 * time.Hour)}
	if s.Stack == "owns" {
		set.Stack = legacy.StackName
	}
	return set
}

// With takes the times of a cutover.yaml. The bounds of a scenario's end are made
// for the usual ones, and with others they are left out.
func With(s legacy.Scenario, set, own retire.Settings) (legacy.Scenario, retire.Settings) {
	usual := set.Soak + set.Hold
	set.Soak, set.Hold, set.ImageRetention = own.Soak, own.Hold, own.ImageRetention
	if more := set.Soak + set.Hold - usual; more != 0 {
		s.Lasts += max(0, more)
		s.Expect.After, s.Expect.By = nil, nil
	}
	return s, set
}

// rehearsal is a run in the making.
type rehearsal struct {
	run    Run
	room   *room
	before []string
	seen   map[string]bool
	end    time.Time
}

// Rehearse runs one retirement. The same settings, scenario and seed give the same
// run, unless ctx ends it early.
func Rehearse(ctx context.Context, set retire.Settings, s legacy.Scenario, seed uint64) Run {
	a := legacy.New(s, seed)
	k := &killer{account: a, on: s.Kills == "every-boundary", seen: map[string]bool{}}
	r := &rehearsal{room: &room{scenario: s, account: a, killer: k, told: map[int]time.Time{}, archives: map[string]retire.Archive{}}, seen: map[string]bool{}, end: a.Start().Add(s.Lasts.Std())}
	r.run = Run{Scenario: s, Settings: set, Started: a.Start()}
	r.before = picture(a)
	for _, kind := range []string{"plan", "approve", "apply"} {
		r.order(ctx, legacy.PlannedOrder{Kind: kind, By: "dana", Reason: "rehearsed"})
	}
	orders := s.Orders
	for !r.over(orders) && ctx.Err() == nil {
		next := a.Now().Truncate(time.Minute).Add(s.Every.Std())
		if len(orders) > 0 {
			if at := a.Start().Add(orders[0].At.Std()); at.Before(next) {
				next = at
			}
		}
		a.Advance(next.Sub(a.Now()))
		for len(orders) > 0 && !a.Now().Before(a.Start().Add(orders[0].At.Std())) {
			r.order(ctx, orders[0])
			orders = orders[1:]
		}
		r.tick(ctx, nil)
	}
	run := &r.run
	run.Ended, run.Evidence = a.Now(), r.room.seen
	if r.room.store.state.Step == retire.Aborted {
		a.Advance(after)
	}
	run.State, run.Events, run.Kills, run.Happened = r.room.store.state, r.room.log, k.kills, a.Happened()
	run.Minutes, run.Wrong, run.Left, run.Deleted = a.Minutes(a.Start()), a.Wrong(), a.Left(), a.Deleted()
	run.Restored = same(r.before, picture(a))
	return r.run
}

// after is how long clients are watched once blue is back.
const after = 30 * time.Minute

// over says whether anything is left to see.
func (r *rehearsal) over(orders []legacy.PlannedOrder) bool {
	switch r.room.store.state.Step {
	case retire.Done, retire.Aborted, retire.Stopped:
		if len(orders) == 0 {
			return true
		}
	}
	return !r.room.account.Now().Before(r.end) || r.run.Refusals != nil && len(orders) == 0
}

// tick is a run of the schedule, or of a person with an order.
func (r *rehearsal) tick(ctx context.Context, o *retire.Order) (refused string) {
	r.run.Runs++
	shell := retire.Shell{Plan: r.run.Plan, World: surveyor{r.room}, Evidence: witness{r.room}, Hands: r.room, Store: r.room, Log: r.room, Teller: r.room}
	for {
		var out retire.Outcome
		var err error
		if dead := survive(func() { out, err = shell.Run(ctx, r.room.account.Now, o) }); dead {
			if o != nil {
				continue // a person whose run was killed starts it again
			}
			return ""
		}
		for _, what := range out.Trouble {
			r.note(what)
		}
		if err != nil {
			r.note(err.Error())
		}
		return out.Refused
	}
}

func (r *rehearsal) note(what string) {
	if !r.seen[what] {
		r.seen[what] = true
		r.run.Trouble = append(r.run.Trouble, what)
	}
}

// approval is how long one holds: longer than soak, hold and a weekend.
const approval = 20 * 24 * time.Hour

// order carries out what a person wants.
func (r *rehearsal) order(ctx context.Context, o legacy.PlannedOrder) {
	now := r.room.account.Now()
	given := Ordered{At: now, Kind: o.Kind, By: o.By, Reason: o.Reason}
	switch {
	case o.Kind == "plan":
		r.run.Refusals = nil
		p, err := plan.Of(look(r.room.account), r.run.Settings.Scope(legacy.Number, legacy.Region, legacy.Domain))
		if err != nil {
			given.Refused = err.Error()
			if !errors.As(err, &r.run.Refusals) {
				r.note(err.Error())
			}
		} else {
			r.run.Plan = plan.Seal(p)
		}
	case r.run.Refusals != nil:
		given.Refused = "there is no plan"
	default:
		order := &retire.Order{Kind: retire.OrderKind(o.Kind), By: o.By, Reason: o.Reason}
		if o.Kind == "approve" {
			p := r.run.Plan
			order.Approval = &plan.Approval{By: o.By, PlanSHA256: p.PlanSHA256, Account: legacy.Number, Name: p.Plan.Scope.Confirm(), At: now, Expires: now.Add(approval)}
		}
		given.Refused = r.tick(ctx, order)
		r.wait(ctx)
	}
	r.run.Orders = append(r.run.Orders, given)
}

// patience is how long a person's abort waits for what is soon, as the action's
// input `for` says.
const patience = time.Hour

// wait stays with an abort until everything is back.
func (r *rehearsal) wait(ctx context.Context) {
	a := r.room.account
	for end := a.Now().Add(patience); r.room.store.state.Step == retire.Aborting && a.Now().Before(end) && ctx.Err() == nil; {
		a.Advance(time.Minute)
		r.tick(ctx, nil)
	}
}
