package trace

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/unit"
)

// How often it is looked for traces: soon at first, since most take some ten
// seconds, and then less and less.
const (
	firstPause = 2 * time.Second
	lastPause  = 20 * time.Second
	// quiet is how long nothing new may come until what a rule may have left out
	// is taken for left out. Traces that had to be kept have all the time there is.
	quiet = time.Minute
)

// watch follows traces until each is whole and two looks at it were the same.
type watch struct {
	found  map[string]Trace
	prints map[string]string // what each looked like at the last look
	since  map[string]time.Time
	done   map[string]bool
	failed string // why the last look failed
	news   time.Time
}

// wait looks for the traces of what was answered until they are complete or the
// plan's time is up, and then asks the index.
func wait(ctx context.Context, p Plan, ports Ports, o *Observation) error {
	from := ports.Clock.Now()
	until := from.Add(p.Settings.Wait.Std())
	w := &watch{map[string]Trace{}, map[string]string{}, map[string]time.Time{}, map[string]bool{}, "", from}
	source := ports.Traces
	if o.Destination != nil && o.Destination.Kind == KindLogs && ports.Spans != nil {
		source = ports.Spans
	}
	for pause := firstPause; ; pause = min(pause*3/2, lastPause) {
		now := ports.Clock.Now()
		if err := w.look(ctx, source, open(o.Sent, w.done), now); err != nil {
			return err
		}
		if w.failed == "" && len(w.done) == len(w.found) && !w.wanting(p, o.Sent, now) {
			break
		}
		now = ports.Clock.Now()
		w.tell(ports, o, now.Sub(from), p.Settings.Wait.Std())
		if !now.Before(until) {
			break
		}
		if err := ports.Clock.Wait(ctx, min(pause, until.Sub(now))); err != nil {
			return err
		}
	}
	for _, id := range sortedKeys(w.found) {
		o.Traces = append(o.Traces, w.found[id])
	}
	o.TracesUnread = w.failed
	err := index(ctx, ports, o, until)
	o.Waited = ports.Clock.Now().Sub(from)
	w.tell(ports, o, o.Waited, p.Settings.Wait.Std())
	return err
}

func (w *watch) tell(ports Ports, o *Observation, waited, most time.Duration) {
	if ports.Looked == nil {
		return
	}
	wanted := 0
	for _, s := range o.Sent {
		wanted += count(s.Decided && s.answered())
	}
	ports.Looked(Progress{Sent: len(o.Sent), Found: len(w.found), Whole: len(w.done), Wanted: wanted, Waited: waited, Most: most})
}

// open are the ids of the answered requests whose trace is not done.
func open(sent []Sent, done map[string]bool) (ids []string) {
	for _, s := range sent {
		if s.answered() && !done[s.TraceID] {
			ids = append(ids, s.TraceID)
		}
	}
	return ids
}

// look reads what is open once more. A look that fails is none: the next one may
// not.
func (w *watch) look(ctx context.Context, source Traces, ids []string, now time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	found, _, err := source.Get(ctx, ids)
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	w.failed = said(err)
	for _, t := range found {
		if !slices.Contains(ids, t.ID) {
			continue // nobody has asked for it
		}
		state := fingerprint(t)
		if w.prints[t.ID] != state {
			w.news, w.since[t.ID] = now, now
		} else if settled(t, now.Sub(w.since[t.ID])) {
			w.done[t.ID] = true
		}
		w.found[t.ID], w.prints[t.ID] = t, state
	}
	return nil
}

// said is what an error says, or "".
func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// wanting says whether a trace is still to come: one that had to be kept, or,
// where all are recorded, any; where a share is, any as long as some came.
func (w *watch) wanting(p Plan, sent []Sent, now time.Time) bool {
	for _, s := range sent {
		if _, here := w.found[s.TraceID]; here || !s.answered() {
			continue
		}
		if s.Decided || p.Record == unit.Full || now.Sub(w.news) < quiet {
			return true
		}
	}
	return false
}

// settled says whether nothing of a trace seems to be on its way. Lambda's own
// segments come without the application's, which has the annotations: where it
// lacks, it is waited for, but not for ever by an application that writes none.
func settled(t Trace, still time.Duration) bool {
	w := assemble(t)
	if t.Partial || w.orphans > 0 || len(w.functions()) == 0 {
		return false
	}
	if still < quiet && !slices.ContainsFunc(w.handlers(), func(p *part) bool { return len(p.Annotations) > 0 }) {
		return false
	}
	return !slices.ContainsFunc(w.all, func(p *part) bool { return p.InProgress || p.End == 0 })
}

// fingerprint tells two states of a trace apart, in whatever order they came.
func fingerprint(t Trace) string {
	w := assemble(t)
	var b strings.Builder
	for _, id := range sortedKeys(w.byID) {
		p := w.byID[id]
		fmt.Fprintf(&b, "%s %s %g %d\n", id, p.ParentID, p.End, len(p.Annotations))
	}
	fmt.Fprint(&b, t.Partial)
	return b.String()
}

// index asks X-Ray's index for the run, and again while it lacks some of what
// it should have and there is time. Where only a share is indexed, nobody knows
// which: then it is asked until nothing new has come for a while.
func index(ctx context.Context, ports Ports, o *Observation, until time.Time) error {
	if len(o.Traces) == 0 {
		return nil
	}
	filter := Filter(o.Run)
	logs := o.Destination != nil && o.Destination.Kind == KindLogs
	most, since := -1, ports.Clock.Now()
	for pause := firstPause; ; pause = min(pause*2, lastPause) {
		now := ports.Clock.Now()
		found, err := ports.Traces.Summaries(ctx, filter, o.From, now)
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		o.Indexed, o.IndexedUnread = found, ""
		if err != nil {
			o.Indexed, o.IndexedUnread = nil, err.Error()
		}
		if len(found) > most {
			most, since = len(found), now
		}
		if err == nil && (has(found, o.Traces) || logs && now.Sub(since) >= quiet/2) || !now.Before(until) {
			return nil
		}
		if err := ports.Clock.Wait(ctx, min(pause, until.Sub(now))); err != nil {
			return err
		}
	}
}

func has(summaries []Summary, traces []Trace) bool {
	in := map[string]bool{}
	for _, s := range summaries {
		in[s.ID] = true
	}
	return !slices.ContainsFunc(traces, func(t Trace) bool { return !in[t.ID] })
}

// Filter is the filter expression that finds the traces of a run.
func Filter(run string) string { return fmt.Sprintf("annotation.%s = %q", AnnotationRun, run) }
