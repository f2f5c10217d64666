package vegeta

import (
	"context"
	"errors"
	"fmt"
	"time"

	lib "github.com/tsenart/vegeta/v12/lib"

	"github.com/cutover-dev/cutover/internal/load"
)

// collect takes what comes back until all of it has, or the run was broken off
// and the time for what is under way is over.
func (r *run) collect(sending context.Context, results <-chan *lib.Result) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	over := sending.Done()
	var last <-chan time.Time
	for {
		select {
		case result, more := <-results:
			if !more {
				if r.second.Sent+r.second.Answered > 0 {
					r.tell()
				}
				return
			}
			r.landed(result)
		case <-tick.C:
			r.tell()
		case <-over:
			over, last = nil, time.After(drained)
		case <-last:
			r.transport.end()
		}
	}
}

// landed settles one request.
func (r *run) landed(result *lib.Result) {
	f := r.transport.flights.land(result.Seq)
	if f == nil {
		return // vegeta was told that there is nothing to send
	}
	began := result.Timestamp.Sub(r.began)
	ended := began + result.Latency
	o := load.Outcome{
		User: f.call.User, Step: f.call.Step, Route: f.call.Route, Due: f.step.due, Began: began, Latency: ended - f.step.due,
		Status: int(result.Code), BytesIn: f.in.Load(), BytesOut: int64(len(f.call.Body)),
	}
	if f.err != nil || o.Status == 0 {
		o.Status, o.Trouble = 0, r.why(f, result)
	}
	answer := load.Answer{Status: o.Status, Headers: result.Headers, Body: result.Body, Latency: o.Latency}
	failed, more := f.step.user.Took(answer)
	o.Failed = failed
	if o.Status == 0 && r.transport.over() {
		// It was cut off here. Where somebody interrupted the run, that says nothing
		// of the target; where the target was given up, it had not answered.
		if r.stopped == "" {
			r.schedule.settle(nil)
			return
		}
		o.Trouble = load.Timeout
	}
	var following *step
	switch {
	case more:
		following = &step{due: ended + f.step.user.Wait(), user: f.step.user, came: true}
	default:
		r.skipped += f.step.user.Left()
	}
	r.schedule.settle(following)
	r.count(o)
	if r.o.Outcome != nil {
		r.o.Outcome(o)
	}
}

// why is the kind of what left a request without an answer.
func (r *run) why(f *flight, result *lib.Result) load.Trouble {
	if errors.As(f.err, new(unmade)) {
		return load.Rendered
	}
	// A request whose time is over is cancelled by its client, which the transport
	// does not call a timeout.
	if kind := trouble(f.err); kind != load.Other || result.Latency < r.o.Timeout {
		return kind
	}
	return load.Timeout
}

// count keeps what the second in progress is told by.
func (r *run) count(o load.Outcome) {
	r.second.Answered++
	if o.Error() {
		r.second.Errors++
	}
	if o.Status != 0 {
		r.second.Latencies = append(r.second.Latencies, o.Latency)
	}
}

// tell tells the second that is over, and ends the run if somebody says so.
func (r *run) tell() {
	sent, under := r.schedule.counts()
	r.second.At, r.second.Sent, r.second.Waiting = time.Since(r.began), sent-r.sent, under
	stop := ""
	if r.o.Second != nil {
		stop = r.o.Second(r.second)
	}
	if stop == "" && under > mostWaiting {
		stop = fmt.Sprintf("%d requests were under way, more than a generator should hold", under)
	}
	r.sent, r.second = sent, load.Second{}
	if stop != "" && r.stopped == "" {
		r.stopped = stop
		r.cancel()
	}
}
