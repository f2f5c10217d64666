// Package vegeta sends the requests of a load.Plan with vegeta as a library, and
// says what became of each. Plan, recording and verdict are internal/load's.
//
// The loop is open: requests begin when they are due, however long the answers
// before take, and workers are made as they are needed. Latency counts from when
// a request was due.
package vegeta

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"syscall"
	"time"

	lib "github.com/tsenart/vegeta/v12/lib"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/pause"
)

// Options are how a plan is sent; the zero value is for most.
type Options struct {
	// At is when it begins, so that several generators begin at once.
	At time.Time
	// Timeout bounds one request with its answer.
	Timeout time.Duration
	// Connections bounds how many are open at once. Requests that wait for one
	// count as waiting, as they do at a user's.
	Connections int
	// Outcome is told of each request, Second of each second; what Second returns
	// ends the run. Both are called from one goroutine.
	Outcome func(load.Outcome)
	Second  func(load.Second) (stop string)

	dial dialer
}

const (
	// usualTimeout is vegeta's own.
	usualTimeout = 30 * time.Second
	// mostConnections is about as many as Linux has ports for to one address, with
	// its usual range (ip_local_port_range).
	mostConnections = 28_000
	// spareFiles are left for what else a process has open.
	spareFiles = 64
	// mostWaiting requests under way are more than a generator should hold.
	mostWaiting = 50_000
	// drained is how long answers are waited for once a run was broken off: a
	// cancelled job has ten seconds in all.
	drained = 2 * time.Second
	// mostBody is how much of an answer is kept where it is looked into.
	mostBody = 4 << 20
	// workers are vegeta's to begin with; it makes more when all are busy.
	workers = 16
)

// run is one run.
type run struct {
	plan      *load.Plan
	o         Options
	began     time.Time
	schedule  *schedule
	transport *transport
	cancel    context.CancelFunc

	skipped int
	stopped string
	second  load.Second
	sent    int
}

// Run sends the plan and returns how that ended. The context ends it early: what
// was measured until then is told, and the end says that it was interrupted.
func Run(ctx context.Context, plan load.Plan, o Options) (load.End, error) {
	to, err := url.Parse(plan.Target)
	if err != nil || to.Host == "" || (to.Scheme != "http" && to.Scheme != "https") {
		return load.End{}, &fault.Fault{Kind: fault.Input, Name: "target", What: "is no address of an API", Allowed: "an http or https URL"}
	}
	o.Timeout = cmp.Or(o.Timeout, plan.Timeout, usualTimeout)
	o.Connections = connections(o.Connections)
	if err := until(ctx, o.At); err != nil {
		return load.End{}, err
	}
	sending, cancel := context.WithCancel(ctx)
	defer cancel()
	before := spent()
	r := &run{plan: &plan, o: o, began: time.Now(), cancel: cancel, transport: newTransport(to.Scheme, to.Host, o.Connections, o.dial)}
	defer r.transport.end()
	if d := plan.Limits.Duration; d > 0 {
		var done context.CancelFunc
		sending, done = context.WithTimeout(sending, d)
		defer done()
	}
	r.schedule = newSchedule(sending, r.plan, r.began)
	r.collect(sending, r.attack())
	after := spent()
	end := load.End{
		Began: r.began.UTC(), Ended: after.at.UTC(), Stopped: r.stopped, Skipped: r.skipped,
		Generator: load.Generator{CPUSeconds: (after.cpu - before.cpu).Seconds(), CPUShare: before.share(after), MemoryMB: after.memoryMB, Sockets: r.transport.sockets()},
	}
	switch {
	case ctx.Err() != nil:
		end.Interrupted, end.Stopped = true, "it was interrupted"
	case end.Stopped == "" && errors.Is(sending.Err(), context.DeadlineExceeded) && r.schedule.left():
		end.Stopped = "it reached its longest duration, " + plan.Limits.Duration.String()
	}
	return end, nil
}

// attack lets vegeta send.
func (r *run) attack() <-chan *lib.Result {
	kept := int64(0)
	if looksInto(r.plan) {
		kept = mostBody
	}
	attacker := lib.NewAttacker(
		lib.Client(&http.Client{
			Transport: r.transport, Timeout: r.o.Timeout,
			// A redirect is an answer: it may lead to another host.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}),
		lib.Workers(workers), lib.MaxBody(kept),
	)
	return attacker.Attack(r.target, r.schedule, 0, "")
}

// looksInto says whether any answer's body is needed; else none is kept.
func looksInto(p *load.Plan) bool {
	inside := []load.CheckKind{load.CheckExists, load.CheckEquals, load.CheckContains}
	for _, s := range p.Mix {
		for _, q := range s.Requests {
			if slices.ContainsFunc(q.Captures, func(c load.Capture) bool { return c.Header == "" }) ||
				slices.ContainsFunc(q.Checks, func(c load.Check) bool { return slices.Contains(inside, c.Kind) }) {
				return true
			}
		}
	}
	return false
}

// target fills in the next request. What cannot be made is no error to vegeta,
// which would end the whole run: the transport turns it back.
func (r *run) target(t *lib.Target) error {
	s, there := r.schedule.claim()
	if !there {
		return lib.ErrNoTargets
	}
	f := &flight{step: s}
	f.call, f.err = s.user.Call()
	t.Method, t.URL, t.Body = f.call.Method, f.call.URL, f.call.Body
	if _, err := http.NewRequest(t.Method, t.URL, nil); err != nil && f.err == nil {
		f.err = err
	}
	if f.err != nil {
		f.err = unmade{f.err}
		t.Method, t.URL, t.Body = http.MethodGet, r.plan.Target, nil
	}
	t.Header = http.Header{}
	for _, h := range f.call.Headers {
		t.Header.Add(h.Name, h.Value)
	}
	t.Header.Set(headerOrder, r.transport.flights.book(f))
	return nil
}

// unmade is a request that could not be made.
type unmade struct{ error }

// connections is how many may be open, with the files that this process may have.
func connections(asked int) int {
	most := mostConnections
	var files syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files) == nil && files.Cur < mostConnections+spareFiles {
		most = max(1, int(files.Cur)-spareFiles)
	}
	if asked > 0 {
		return min(asked, most)
	}
	return most
}

// until waits for the moment at which all generators begin.
func until(ctx context.Context, at time.Time) error {
	wait := time.Until(at)
	if at.IsZero() {
		return nil
	}
	if wait < -time.Second {
		return &fault.Fault{
			Kind: fault.Outside, Name: "start", What: "is over: the other generators have begun", Got: at.UTC().Format(time.RFC3339),
			Next: "Choose a later time: each generator needs its machine first.",
		}
	}
	return pause.For(ctx, wait)
}
