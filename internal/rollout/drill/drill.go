// Package drill goes back to blue on purpose, and times it: by the data plane
// alone before a cutover begins, and with real traffic on a stage without users.
package drill

import (
	"context"
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Clock is the time of day. Wait returns early with ctx.
type Clock interface {
	Now() time.Time
	Wait(ctx context.Context, d time.Duration) error
}

// Leg is one part of a way, and how long it took.
type Leg struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	// Says is what was seen, in a sentence.
	Says string `json:"says"`
}

// Result is what a drill found. Verdict is pass if everything came about in its
// time, fail if it took longer or came about wrongly, and inconclusive if nobody
// could see it.
type Result struct {
	Verdict verdict.Verdict `json:"verdict"`
	Lead    string          `json:"lead"`
	Began   time.Time       `json:"began"`
	Legs    []Leg           `json:"legs"`
}

// Took is how long all legs were together.
func (r Result) Took() time.Duration {
	var sum float64
	for _, l := range r.Legs {
		sum += l.Seconds
	}
	return time.Duration(sum * float64(time.Second))
}

func (r *Result) leg(name string, from, to time.Time, says string, args ...any) {
	r.Legs = append(r.Legs, Leg{name, to.Sub(from).Seconds(), fmt.Sprintf(says, args...)})
}

// Plane is green's health check with what feeds it.
type Plane interface {
	// Verdict is what a tick says of green.
	Verdict(ctx context.Context, healthy bool) error
	// Standing is what Route 53 makes of all parts of green's check together.
	Standing(ctx context.Context) (healthy bool, err error)
}

// Times bound a rehearsal. Look is the pause between two looks; Again is after how
// long the verdict is said once more, since an alarm needs a figure each minute.
type Times struct {
	Look, Again, Within time.Duration
}

// Usual are the times at AWS: an alarm of one minute sees a figure within two,
// and Route 53 follows within another.
func Usual() Times {
	return Times{Look: 10 * time.Second, Again: time.Minute, Within: 6 * time.Minute}
}

// DataPlane rehearses what moves the users to blue when nobody is there: the
// verdict alone takes green's health check down, and up again. It is harmless
// while green has no weight. However it ends, green is said to be well again,
// unless nobody can be told.
func DataPlane(ctx context.Context, p Plane, c Clock, t Times, told func(line string)) (Result, error) {
	r := Result{Verdict: verdict.Inconclusive, Began: c.Now().UTC(), Legs: []Leg{}}
	up, err := until(ctx, p, c, t, true)
	if err != nil {
		return r, err
	}
	if !up.reached {
		r.Verdict, r.Lead = verdict.Fail, "Green's health check does not come up: "+up.says(t)+" Look at its three parts in Route 53."
		return r, nil
	}
	told("green's health check is up; now the verdict says that green is broken, as a tick would")
	down, err := until(ctx, p, c, t, false)
	if err != nil {
		return r, r.restore(ctx, p, err)
	}
	if !down.reached {
		r.Verdict, r.Lead = verdict.Fail, "Green's health check stays up although the verdict says that green is broken: "+down.says(t)+" Without it nothing takes users to blue when the runner is gone."
		return r, r.restore(ctx, p, nil)
	}
	r.leg("verdict to health check down", down.from, down.at, "Route 53 found green unhealthy by the verdict alone")
	told(fmt.Sprintf("down after %s; and back", down.took()))
	back, err := until(ctx, p, c, t, true)
	if err != nil {
		return r, r.restore(ctx, p, err)
	}
	if !back.reached {
		r.Verdict, r.Lead = verdict.Fail, "Green's health check does not come up again: "+back.says(t)
		return r, nil
	}
	r.leg("verdict to health check up", back.from, back.at, "Route 53 found green healthy again")
	r.Verdict = verdict.Pass
	r.Lead = fmt.Sprintf("The data plane goes back by itself: green's health check fell %s after the verdict, without a change of any record.", down.took())
	return r, nil
}

// restore says that green is well, also when the run was broken off.
func (r *Result) restore(ctx context.Context, p Plane, because error) error {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if err := p.Verdict(last, true); err != nil && because == nil {
		return &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.GreenDown}, Name: "verdict", What: "could not be set back, so that green's health check stays down", Err: err, Next: "Green has no weight, so nobody is harmed. Run start again."}
	}
	return because
}

// wait is what waiting for a health check came to.
type wait struct {
	from, at time.Time
	reached  bool
	unseen   error
}

func (w wait) took() time.Duration { return w.at.Sub(w.from).Round(time.Second) }

func (w wait) says(t Times) string {
	if w.unseen != nil {
		return fmt.Sprintf("it could not be read (%v).", w.unseen)
	}
	return fmt.Sprintf("that takes two to three minutes, and %s were waited.", t.Within)
}

// until says the verdict again and again until Route 53 agrees.
func until(ctx context.Context, p Plane, c Clock, t Times, healthy bool) (wait, error) {
	w := wait{from: c.Now()}
	var said time.Time
	for {
		now := c.Now()
		if said.IsZero() || now.Sub(said) >= t.Again {
			if err := p.Verdict(ctx, healthy); err != nil {
				return w, err
			}
			said = now
		}
		stands, err := p.Standing(ctx)
		w.unseen, w.at = err, c.Now()
		switch {
		case ctx.Err() != nil:
			return w, context.Cause(ctx)
		case err == nil && stands == healthy:
			w.reached = true
			return w, nil
		case w.at.Sub(w.from) > t.Within:
			return w, nil
		}
		if err := c.Wait(ctx, t.Look); err != nil {
			return w, err
		}
	}
}
