package live

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Scenario is one cutover, and what goes wrong in it.
type Scenario struct {
	Name, Title string
	Phases      []Phase
	// Broken is the share of green's requests that fail once the phase In, the
	// first unless set, has settled; 0 is a healthy green.
	Broken float64
	In     int
	// Spared is a fault of which Route 53's own requests see nothing.
	Spared bool
	// Killed is a watcher that dies before the fault, NoControl a control plane of
	// Route 53 that is gone before it.
	Killed, NoControl bool
}

// Scenarios are those that there are. A fault of 8% is below what green's 5xx
// alarm bears, so that the verdict alone finds it; one of 40% is above.
func Scenarios() []Scenario {
	return []Scenario{
		{Name: "healthy", Title: "A healthy green gets everything", Phases: []Phase{{10, 10}, {50, 10}, {100, 10}}},
		{Name: "rolled-back", Title: "Green breaks, and the watcher takes the traffic back", Phases: []Phase{{10, 10}, {50, 10}, {100, 10}}, Broken: 0.08},
		{Name: "watcher-killed", Title: "Green breaks while nobody watches: DNS alone", Phases: []Phase{{10, 5}, {50, 10}, {100, 10}}, Broken: 0.4, In: 2, Killed: true},
		{Name: "no-control-plane", Title: "Green breaks while no record can be changed: DNS alone", Phases: []Phase{{10, 10}, {50, 10}, {100, 10}}, Broken: 0.08, NoControl: true},
		{Name: "unseen", Title: "Green breaks where no check looks, while nobody watches", Phases: []Phase{{10, 5}, {50, 10}, {100, 10}}, Broken: 0.4, In: 2, Killed: true, Spared: true},
	}
}

// Figures are what came of a scenario. Times are AWS's; the zero time is never.
type Figures struct {
	Scenario Scenario
	Speed    float64
	// Fault is when green broke. Decided is when the watcher decided to go back,
	// Record when the record gave green nothing, DNS when no answer led to green
	// any more, Back when blue had 95% of the users' requests.
	Fault, Decided, Record, DNS, Back time.Time
	// Killed is when the watcher was dead, Mended when the record followed once a
	// control plane was there again.
	Killed, Mended time.Time
	// All is what the users got in all, Since what they got since the fault.
	All, Since Count
	// Broken is how many requests the fault has broken, as green counts them.
	Broken int64
	// Returns is how often DNS gave green its weight back after that.
	Returns int
	// Stands is green's share by the record, at the end.
	Stands float64
	// Alive says that a watcher lived at the end of the measured time.
	Alive bool
	// Apart says that A and AAAA once differed.
	Apart  bool
	Events []Event
	Stand  []Stand
	Tally  *Tally
	Took   time.Duration
}

const (
	// climb is how long a phase is waited for, outcome how long what follows from
	// a fault, by AWS's clock.
	climb   = 45 * time.Minute
	outcome = 15 * time.Minute
	// after is for how long the users are watched once it is there.
	after = 5 * time.Minute
)

// Play runs a scenario in a fresh world, to its end or that of ctx. meddle, if not
// nil, is called once green is broken: tests spoil the world with it.
func (w *World) Play(ctx context.Context, s Scenario, meddle func(*World)) (f Figures, err error) {
	began := time.Now()
	f = Figures{Scenario: s, Speed: w.o.Speed, Tally: &w.Users.Tally}
	if err := w.ready(ctx); err != nil {
		return f, err
	}
	watcher, err := w.Watch(ctx)
	if err != nil {
		return f, err
	}
	defer watcher.Kill()
	if s.Broken == 0 {
		err = w.until(ctx, watcher, 3*time.Hour, "the soak", func() bool { return w.logged(soaking, 0) })
	} else {
		err = w.breakGreen(ctx, s, watcher, meddle, &f)
	}
	if err != nil {
		return f, err
	}
	if err := w.Clock.Pass(ctx, after); err != nil {
		return f, err
	}
	f.Alive = watcher.Alive()
	w.measure(&f)
	if s.NoControl {
		err = w.mend(ctx, watcher, &f)
	}
	f.Took = time.Since(began)
	return f, err
}

// mend gives the control plane back, and waits for the record to follow.
func (w *World) mend(ctx context.Context, watcher *Watcher, f *Figures) error {
	w.ControlPlane(true)
	err := w.until(ctx, watcher, outcome, "the record to follow, once it can be changed again", func() bool { return w.stand().Record == 0 })
	if errors.Is(err, errNever) {
		return nil // the figures say so
	}
	f.Mended = w.Clock.Now()
	return err
}

// ready brings the world to where the first phase runs and users ask.
func (w *World) ready(ctx context.Context) error {
	for _, step := range [][]string{{"prepare", "--apply", "--terraform", "none"}, {"baseline", "--for", "1m"}, {"preflight"}} {
		if _, err := w.Do(ctx, step[0], step[1:]...); err != nil {
			return err
		}
	}
	w.Users.Begin(w.o.Rate, w.o.Path)
	_, err := w.Do(ctx, "start", "--reason", "it is time")
	return err
}

// breakGreen lets the phase settle, breaks what the scenario breaks, and waits
// for what follows.
func (w *World) breakGreen(ctx context.Context, s Scenario, watcher *Watcher, meddle func(*World), f *Figures) error {
	phase := max(s.In, 1)
	err := w.until(ctx, watcher, climb, fmt.Sprintf("phase %d to settle", phase), func() bool { return w.logged(settled, phase) })
	if err == nil {
		err = w.Clock.Pass(ctx, 2*time.Minute)
	}
	if err != nil {
		return err
	}
	if s.Killed {
		watcher.Kill()
		f.Killed = w.Clock.Now()
		w.o.Say("the watcher is killed: no process of ours lives")
	}
	if s.NoControl {
		w.ControlPlane(false)
		w.o.Say("Route 53's control plane is gone: no record can be changed")
	}
	f.Fault = w.Clock.Now()
	w.Fault.Set(s.Broken, s.Spared)
	w.o.Say(fmt.Sprintf("%s  green breaks: %.0f%% of its requests fail", f.Fault.Format("15:04:05"), 100*s.Broken))
	if meddle != nil {
		meddle(w)
	}
	what, done := "DNS to leave green", func() bool { return !w.dnsLeft(f.Fault).IsZero() }
	if !s.Killed && !s.NoControl {
		what, done = "the rollback to be confirmed", func() bool { return w.logged(confirmed, 0) }
	}
	// An outcome that does not come is one too: the figures say so.
	if err := w.until(ctx, nil, outcome, what, done); err != nil && !errors.Is(err, errNever) {
		return err
	}
	return nil
}

// dnsLeft is when no answer led to green any more.
func (w *World) dnsLeft(since time.Time) time.Time {
	return w.changes.first(since, func(s Stand) bool { return s.DNS == 0 })
}

// errNever says that what was waited for did not come.
var errNever = errors.New("did not come")

// until waits for something; a watcher that ends before is an error.
func (w *World) until(ctx context.Context, watcher *Watcher, most time.Duration, what string, done func() bool) error {
	for end := w.Clock.Now().Add(most); !done(); {
		switch {
		case w.Clock.Now().After(end):
			said := ""
			if watcher != nil {
				said = "\n" + tail(watcher.log.String())
			}
			return fmt.Errorf("waiting %s for %s, which %w%s", most, what, errNever, said)
		case watcher != nil && !watcher.Alive():
			return fmt.Errorf("waiting for %s: the watcher has ended\n%s", what, tail(watcher.log.String()))
		}
		if err := w.Clock.Pass(ctx, max(time.Second, time.Duration(20*float64(time.Millisecond)*w.o.Speed))); err != nil {
			return err
		}
	}
	w.o.Say(fmt.Sprintf("%s  %s", w.Clock.Now().Format("15:04:05"), what))
	return nil
}

// measure ends the users and reads everything off.
func (w *World) measure(f *Figures) {
	w.Users.End()
	f.Events, f.Stand, f.Broken = w.Events(), w.changes.All(), w.Fault.Failed()
	tally := &w.Users.Tally
	f.All = tally.Between(time.Time{}, tally.Last())
	f.Stands = w.stand().Record
	for i, s := range f.Stand {
		f.Apart = f.Apart || s.Apart
		if i > 0 && !f.Fault.IsZero() && s.At.After(f.Fault) && s.DNS > 0 && f.Stand[i-1].DNS == 0 {
			f.Returns++
		}
	}
	if f.Fault.IsZero() {
		return
	}
	f.Since = tally.Between(f.Fault, tally.Last())
	f.DNS = w.dnsLeft(f.Fault)
	f.Record = w.changes.first(f.Fault, func(s Stand) bool { return s.Record == 0 })
	f.Decided = w.decided()
	if at, ok := tally.Back(f.DNS); ok && !f.DNS.IsZero() {
		f.Back = at
	}
}
