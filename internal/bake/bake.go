// Package bake judges a deployment by how it behaves after it: requests to the
// deployed API must be answered rightly, soon and then throughout, and its
// alarms must stay quiet for a while.
package bake

import (
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/verdict"
)

// Policy says when a deployment is good.
type Policy struct {
	// Settle is how long the first right answer to each check may take: cold
	// starts, and a gateway that spreads a new deployment.
	Settle time.Duration
	// For is how long the alarms must be quiet and the checks right, from the
	// first moment at which all checks were; Every is how often one looks.
	For, Every time.Duration
	// Misses is how many wrong answers to one check in a row end the bake.
	Misses int
	Checks []Check
	Alarms []string
}

// Sample is what was seen at one look.
type Sample struct {
	At time.Time
	// Answers stand in the order of the policy's checks, with what they took.
	Answers []Timed
	// Alarms are those of the policy that exist; Unread says why they could not
	// be read.
	Alarms []Alarm
	Unread string
}

// Timed is an answer with the time that it took.
type Timed struct {
	Answer
	Took time.Duration
}

// Alarm is an alarm as CloudWatch shows it.
type Alarm struct {
	Name, State, Reason string
	// Since is when it came into its state.
	Since time.Time
}

// The states of an alarm; source: CloudWatch API reference, MetricAlarm.
const (
	StateOK    = "OK"
	StateAlarm = "ALARM"
)

// Watch follows a deployment from its end on.
type Watch struct {
	policy Policy
	began  time.Time
	// right is when all checks were first right, zero before.
	right   time.Time
	last    time.Time
	checks  []CheckSeen
	alarms  map[string]Alarm
	read    time.Time // when the alarms were last read
	unread  string
	samples int
	end     *ending
}

type ending struct {
	verdict            verdict.Verdict
	reason, lead, next string
}

// New starts to watch at a moment.
func New(p Policy, now time.Time) *Watch {
	w := &Watch{policy: p, began: now, last: now, alarms: map[string]Alarm{}}
	for _, c := range p.Checks {
		w.checks = append(w.checks, CheckSeen{Check: c.Text})
	}
	return w
}

// Add takes a sample and says whether that settles it.
func (w *Watch) Add(s Sample) (done bool) {
	w.samples++
	w.last = s.At
	right := true
	for i, c := range w.policy.Checks {
		right = w.checks[i].add(c.Hold(s.Answers[i].Answer), s.Answers[i].Took) && right
	}
	if w.unread = s.Unread; s.Unread == "" {
		w.read = s.At
		clear(w.alarms)
		for _, a := range s.Alarms {
			w.alarms[a.Name] = a
		}
	}
	if right && w.right.IsZero() {
		w.right = s.At
	}
	w.end = w.judge()
	return w.end != nil
}

// judge settles it, or returns nil while it is open.
func (w *Watch) judge() *ending {
	if bad := w.absent(); bad != nil && w.unread == "" {
		return bad
	}
	if name, ok := w.inAlarm(); ok {
		a := w.alarms[name]
		return failed("alarm", "The alarm "+name+" went off: "+orNone(a.Reason, "CloudWatch gives no reason")+".", "Look at the alarm and at the logs of the functions from "+a.Since.UTC().Format("15:04:05")+" UTC on.")
	}
	if w.right.IsZero() {
		if w.last.Sub(w.began) < w.policy.Settle {
			return nil
		}
		c := w.worst()
		return failed("smoke", "The deployed API never answered rightly: "+c.Check+" "+c.LastError+".", "Call it by hand, and read the function's log.")
	}
	for _, c := range w.checks {
		if c.misses >= w.policy.Misses {
			return failed("check", c.Check+" was wrong "+times(c.misses)+" in a row: it "+c.LastError+".", "Call it by hand, and read the function's log.")
		}
	}
	if w.last.Sub(w.right) < w.policy.For {
		return nil
	}
	return w.enough()
}

// enough judges when the time is up: what was not seen to be quiet is not good.
func (w *Watch) enough() *ending {
	doubt := func(lead, next string) *ending {
		return &ending{verdict.Inconclusive, "unproven", lead, next}
	}
	if len(w.policy.Alarms) > 0 && (w.read.IsZero() || w.last.Sub(w.read) > 2*w.policy.Every) {
		return doubt("The alarms could not be read to the end: "+w.unread+".", "Look at them in CloudWatch. The deployment stands; it was not rolled back for this.")
	}
	for _, name := range w.policy.Alarms {
		if a := w.alarms[name]; a.State != StateOK {
			return doubt("The alarm "+name+" is "+a.State+" and so says nothing about this deployment.", "Give the alarm data, or say in it how missing data are to be treated. The deployment stands; it was not rolled back for this.")
		}
	}
	return &ending{verdict.Pass, "quiet", "The checks were right and the alarms quiet for " + span(w.policy.For) + ".", ""}
}

// absent finds alarms that do not exist: they would be quiet for ever.
func (w *Watch) absent() *ending {
	if w.read.IsZero() {
		return nil
	}
	for _, name := range w.policy.Alarms {
		if _, ok := w.alarms[name]; !ok {
			return failed("no-alarm", "There is no alarm "+name+", and one that does not exist is always quiet.", "Correct the name, or deploy the monitoring stack first.")
		}
	}
	return nil
}

func (w *Watch) inAlarm() (string, bool) {
	i := slices.IndexFunc(w.policy.Alarms, func(n string) bool { return w.alarms[n].State == StateAlarm })
	if i < 0 {
		return "", false
	}
	return w.policy.Alarms[i], true
}

// worst is a check that is wrong now.
func (w *Watch) worst() CheckSeen {
	return w.checks[max(slices.IndexFunc(w.checks, func(c CheckSeen) bool { return c.misses > 0 }), 0)]
}

func failed(reason, lead, next string) *ending {
	return &ending{verdict.Fail, reason, lead, next}
}
