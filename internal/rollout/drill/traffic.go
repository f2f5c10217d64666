package drill

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Road is everything between a user and a side.
type Road struct {
	Record  rollout.Record
	Metrics rollout.Metrics
	// Ask sends one request to the name that users use, by a new connection, so
	// that it follows DNS. Its answer is not judged here.
	Ask func(ctx context.Context)
	// Told hears how far it is.
	Told func(line string)
}

// Ride is how the drill goes: Load is the pause between two requests, Look the
// one between two looks at the figures, Within bounds each way.
type Ride struct {
	Load, Look, Within time.Duration
	// Budget is what a rollback may take, TTL how long resolvers keep an answer.
	Budget, TTL time.Duration
}

// Arrived is the share of the requests at which a side has the traffic.
const Arrived = 95

// least is how many requests a minute must have had to say who has the traffic.
const least = 20

// Traffic gives green everything and takes it back under load: the drill of a
// stage without users. It is timed from the decision until blue has 95% of the
// requests, by the figures of both sides. However it ends, blue has everything.
func Traffic(ctx context.Context, road Road, c Clock, ride Ride) (r Result, err error) {
	r = Result{Verdict: verdict.Inconclusive, Began: c.Now().UTC(), Legs: []Leg{}}
	load, stop := context.WithCancel(ctx)
	var users sync.WaitGroup
	users.Go(func() { drive(load, road, c, ride.Load) })
	defer func() {
		stop()
		users.Wait()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Minute)
		defer cancel()
		if back := road.Record.Shift(last, rollout.SplitOf(0)); back != nil {
			err = errors.Join(err, &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.BackTooSlow}, Name: "weights", What: "could not be set back to blue", Err: back, Next: "Run traffic-shift with command: rollback."})
		}
	}()
	road.Told("green gets everything, under load")
	if err := road.Record.Shift(ctx, rollout.SplitOf(unit.Full)); err != nil {
		return r, err
	}
	there, err := arrives(ctx, road, c, ride, c.Now(), func(m judge.Minute) int64 { return m.Green.Requests })
	if err != nil || !there.reached {
		r.Lead = "Green never got the traffic, so there was nothing to go back from: " + there.said()
		return r, err
	}
	road.Told("green has the traffic; now back to blue")
	decided := c.Now()
	if err := road.Record.Shift(ctx, rollout.SplitOf(0)); err != nil {
		return r, err
	}
	set := c.Now()
	r.leg("decision to all of Route 53", decided, set, "both weights in one change, INSYNC")
	back, err := arrives(ctx, road, c, ride, decided, func(m judge.Minute) int64 { return m.Blue.Requests })
	if err != nil {
		return r, err
	}
	if !back.reached {
		r.Verdict, r.Lead = verdict.Fail, fmt.Sprintf("Blue did not get %d%% of the requests within %s: %s", Arrived, ride.Within, back.said())
		return r, nil
	}
	r.leg("Route 53 to the users", set, later(back.at, set), "the TTL of %s, and connections that are kept; the first minute in which blue has %d%% ended then", ride.TTL, Arrived)
	r.Verdict = verdict.Pass
	r.Lead = fmt.Sprintf("Back on blue after %s of the %s that a rollback may take; measured by whole minutes, so that it was no later than that.", r.Took().Round(time.Second), ride.Budget)
	if r.Took() > ride.Budget {
		r.Verdict = verdict.Fail
		r.Lead = fmt.Sprintf("Back on blue after %s, and a rollback may take %s. Shorten the record's TTL, or look which leg takes long.", r.Took().Round(time.Second), ride.Budget)
	}
	return r, nil
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// drive sends requests until it is over, at most eight at a time: a side that is
// slow gets fewer, not ever more.
func drive(ctx context.Context, road Road, c Clock, pause time.Duration) {
	slots := make(chan struct{}, 8)
	var asking sync.WaitGroup
	defer asking.Wait()
	for c.Wait(ctx, pause) == nil {
		select {
		case slots <- struct{}{}:
			asking.Go(func() {
				road.Ask(ctx)
				<-slots
			})
		default:
		}
	}
}

// arrival is what waiting for the traffic came to.
type arrival struct {
	reached bool
	at      time.Time
	// part of all requests of the last minute that was complete.
	part, all int64
	unseen    error
}

func (a arrival) said() string {
	switch {
	case a.unseen != nil:
		return fmt.Sprintf("the figures could not be read (%v).", a.unseen)
	case a.all == 0:
		return "no request was counted on either side. Look at the address that is asked, and at the metrics of both sides."
	}
	return fmt.Sprintf("it got %d of %d requests of the last minute.", a.part, a.all)
}

// arrives waits until a side has the traffic in a whole minute after since.
func arrives(ctx context.Context, road Road, c Clock, ride Ride, since time.Time, of func(judge.Minute) int64) (arrival, error) {
	var a arrival
	for {
		now := c.Now()
		minutes, err := road.Metrics.Minutes(ctx, since.Truncate(time.Minute), now)
		if ctx.Err() != nil {
			return a, context.Cause(ctx)
		}
		a.unseen = err
		for _, m := range minutes {
			a.part, a.all = of(m), m.Green.Requests+m.Blue.Requests
			if !m.Start.Before(since.Truncate(time.Minute)) && a.all >= least && a.part*100 >= Arrived*a.all {
				a.reached, a.at = true, m.End()
				return a, nil
			}
		}
		if now.Sub(since) > ride.Within {
			return a, nil
		}
		if err := c.Wait(ctx, ride.Look); err != nil {
			return a, err
		}
	}
}
