package trace

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Result is what one check has found.
type Result struct {
	Plan        Plan
	Expectation Expectation
	Observation Observation
	Findings    Findings
	Map         Map
}

// Verdict is the worst of the findings.
func (r Result) Verdict() verdict.Verdict { return r.Findings.Verdict() }

// atOnce is how many rounds of requests go out side by side.
const atOnce = 4

// Run sends the plan's requests, waits until their traces are complete or the
// plan's time is up, and holds them to what is expected. It fails where there
// is nothing to judge: bad input, or ctx ended. What could not be read is in the
// findings as unknown.
func Run(ctx context.Context, p Plan, ports Ports) (Result, error) {
	if !runForm.MatchString(p.Run) {
		return Result{}, &fault.Fault{Kind: fault.Input, Name: "run", What: "is no name of a run", Got: p.Run, Allowed: "8 to 64 of a-z, 0-9 and -"}
	}
	o := Observation{Run: p.Run, From: ports.Clock.Now()}
	settings(ctx, ports, &o)
	var err error
	if o.Sent, err = send(ctx, p, ports); err != nil {
		return Result{}, err
	}
	o.To = ports.Clock.Now()
	if err := wait(ctx, p, ports, &o); err != nil {
		return Result{}, err
	}
	o.Ended = ports.Clock.Now()
	// The graph has whole minutes.
	if o.Edges, err = ports.Graph.Edges(ctx, o.From.Truncate(time.Minute), o.Ended, p.Group); err != nil {
		o.Edges, o.EdgesUnread = nil, err.Error()
	}
	if err := context.Cause(ctx); err != nil {
		return Result{}, err
	}
	e := p.Expectation()
	m := Draw(o.Traces, o.Edges)
	m.Stage, m.Region, m.Run, m.At = p.Stage, p.Region, p.Run, o.Ended.UTC().Truncate(time.Second)
	return Result{Plan: p, Expectation: e, Observation: o, Findings: Check(e, o), Map: m}, nil
}

// settings reads what does not depend on the requests.
func settings(ctx context.Context, ports Ports, o *Observation) {
	if d, err := ports.Setting.Destination(ctx); err != nil {
		o.DestinationUnread = err.Error()
	} else {
		o.Destination = &d
	}
	var err error
	if o.Modes, err = ports.Functions.Modes(ctx); err != nil {
		o.Modes, o.ModesUnread = nil, err.Error()
	}
}

// send sends all rounds, a few side by side, and no faster than the plan's rate.
func send(ctx context.Context, p Plan, ports Ports) ([]Sent, error) {
	rounds := p.rounds()
	total := 0
	for _, r := range rounds {
		total = max(total, r.first+r.count)
	}
	sent := make([]Sent, total)
	pace := &pace{clock: ports.Clock, every: time.Second / time.Duration(max(p.Settings.Rate, 1))}
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, r := range rounds {
		group.Go(func() error {
			captured := map[string]string{}
			for i := range r.count {
				one, err := p.sendOne(within, ports, pace, r, i, captured)
				if err != nil {
					return err
				}
				sent[r.first+i] = one
			}
			return nil
		})
	}
	return sent, group.Wait()
}

func (p Plan) sendOne(ctx context.Context, ports Ports, pace *pace, r round, i int, captured map[string]string) (Sent, error) {
	if err := pace.wait(ctx); err != nil {
		return Sent{}, err
	}
	route := r.routes[i]
	s := Sent{Number: r.first + i, Route: route, Decided: r.decided, At: ports.Clock.Now()}
	var err error
	if s.TraceID, err = pace.id(s.At, ports.Random); err != nil {
		return s, err
	}
	if s.Request, err = p.request(route, s.Number, r.decided, s.TraceID, captured); err != nil {
		s.Failed = err.Error()
		return s, context.Cause(ctx)
	}
	if s.Answer, err = ports.Sender.Send(ctx, s.Request); err != nil {
		s.Failed = err.Error()
		return s, context.Cause(ctx) // what a cancelled request says is no evidence
	}
	if route.Method == methodHead {
		s.Answer.Bytes = -1 // what the handler wrote does not come over
	}
	capture(route, s.Answer.Body, captured)
	return s, nil
}

// pace spaces requests, and hands the source of randomness to one at a time.
type pace struct {
	mu    sync.Mutex
	clock Clock
	every time.Duration
	next  time.Time
}

func (p *pace) wait(ctx context.Context) error {
	p.mu.Lock()
	now := p.clock.Now()
	at := p.next
	if at.Before(now) {
		at = now
	}
	p.next = at.Add(p.every)
	p.mu.Unlock()
	if at.After(now) {
		if err := p.clock.Wait(ctx, at.Sub(now)); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

func (p *pace) id(now time.Time, random func([]byte) (int, error)) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return newID(now, random)
}
