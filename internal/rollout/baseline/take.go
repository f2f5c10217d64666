package baseline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// Sides in the order in which they are asked.
var sides = []string{"blue", "green"}

// Users ask a side by its direct name. wrong says what was wrong with the answer;
// no answer at all is a wrong one. Requests change nothing.
type Users interface {
	Ask(ctx context.Context, side, request string) (wrong string)
}

// Clock is the time of day. Wait returns early with ctx.
type Clock interface {
	Now() time.Time
	Wait(ctx context.Context, d time.Duration) error
}

// Ports are the ways to the outside. Told hears how far it is, and may be nil.
type Ports struct {
	Users   Users
	Metrics rollout.Metrics
	Clock   Clock
	Told    func(line string)
}

// Request says what is measured. Every is the pause between two requests to each
// side, For how long they are sent: a green that has no users yet has no
// figures. For may be 0 where there are figures already. Window is how far back
// is measured.
type Request struct {
	Pair
	Checks             []string
	Every, For, Window time.Duration
}

const (
	// mostAtOnce bounds the requests under way: a side that answers slowly gets
	// fewer, not ever more.
	mostAtOnce = 8
	// melting is after how many wrong answers of one side in a row nobody sends
	// any more.
	melting = 20
	// complete is when CloudWatch knows everything of a minute.
	complete = 3 * time.Minute
	// shown is how often somebody who waits is told.
	shown = 5 * time.Minute
)

// Take asks both sides, sends them a few requests for a while, and reads what
// CloudWatch counted. A side that answers wrongly ends it: there is nothing to
// measure.
func Take(ctx context.Context, p Ports, r Request) (Baseline, error) {
	answers := smoke(ctx, p, r)
	for _, a := range answers {
		if a.Wrong != "" {
			return New(r.Stage, r.Blue, r.Green, p.Clock.Now(), nil, answers), &fault.Fault{
				Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.NoBaseline}, Name: a.Side, What: "answered " + a.Request + " wrongly: " + a.Wrong, Next: "Mend it first: a baseline of a side that does not work measures nothing.",
			}
		}
	}
	began := p.Clock.Now()
	if r.For > 0 {
		if err := send(ctx, p, r); err != nil {
			return New(r.Stage, r.Blue, r.Green, p.Clock.Now(), nil, answers), err
		}
		p.tell("CloudWatch needs a few minutes to know everything.")
		if err := p.Clock.Wait(ctx, complete); err != nil {
			return Baseline{}, err
		}
	}
	now := p.Clock.Now()
	minutes, err := p.Metrics.Minutes(ctx, began.Add(-r.Window).Truncate(time.Minute), now)
	if err != nil {
		return Baseline{}, err
	}
	return New(r.Stage, r.Blue, r.Green, now, minutes, answers), nil
}

func (p Ports) tell(line string) {
	if p.Told != nil {
		p.Told(line)
	}
}

func smoke(ctx context.Context, p Ports, r Request) []Answer {
	var all []Answer
	for _, side := range sides {
		for _, check := range r.Checks {
			all = append(all, Answer{Side: side, Request: check, Wrong: p.Users.Ask(ctx, side, check)})
		}
	}
	return all
}

// errMelts says that a side takes no more.
var errMelts = errors.New("it does not answer rightly any more")

// load is the requests under way.
type load struct {
	Ports
	Request
	slots chan struct{}
	mu    sync.Mutex
	wrong map[string]int // in a row
	sent  int
	last  string
}

// send sends each side one request after the other, at a pace that no answer
// changes, and stops by itself when a side melts.
func send(ctx context.Context, p Ports, r Request) error {
	l := &load{Ports: p, Request: r, slots: make(chan struct{}, mostAtOnce), wrong: map[string]int{}}
	began, told := p.Clock.Now(), p.Clock.Now()
	var under sync.WaitGroup
	defer under.Wait()
	for n := 0; ; n++ {
		now := p.Clock.Now()
		if now.Sub(began) >= r.For {
			return nil
		}
		for _, side := range sides {
			if err := l.melts(side); err != nil {
				return err
			}
			select {
			case l.slots <- struct{}{}:
			default:
				continue // eight are under way: this one is left out
			}
			under.Add(1)
			go func() {
				defer under.Done()
				l.one(ctx, side, r.Checks[n%len(r.Checks)])
			}()
		}
		if now.Sub(told) >= shown {
			told = now
			p.tell(fmt.Sprintf("%d of %d minutes.", int(now.Sub(began).Minutes()), int(r.For.Minutes())))
		}
		if err := p.Clock.Wait(ctx, r.Every); err != nil {
			return err
		}
	}
}

func (l *load) one(ctx context.Context, side, check string) {
	wrong := l.Users.Ask(ctx, side, check)
	<-l.slots
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent++
	if wrong == "" {
		l.wrong[side] = 0
		return
	}
	l.wrong[side]++
	l.last = wrong
}

func (l *load) melts(side string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wrong[side] < melting {
		return nil
	}
	return &fault.Fault{Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.NoBaseline}, Name: side, What: fmt.Sprintf("answered %d requests in a row wrongly, the last one: %s", l.wrong[side], l.last), Err: errMelts, Next: "No more are sent. Look what is wrong with it before any user is."}
}
