package drill

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
)

const (
	// gap lies between two settings: AWS takes 3 a second from an account;
	// source: CloudWatch User Guide, service quotas.
	gap = 400 * time.Millisecond
	// patience is how long a message may take to show in the history.
	patience = 90 * time.Second
	// putBack bounds the putting back of one alarm when all else has ended.
	putBack = 30 * time.Second
	// settle is how long a composite alarm may take to follow its children.
	settle = 30 * time.Second
	// again is how often one asks whether something has begun meanwhile.
	again = time.Minute
	// skew is by how much this clock and AWS's may differ.
	skew = 5 * time.Minute
)

// run is one drill.
type run struct {
	Ports
	Request
	out   Result
	asked time.Time
}

// Run lets each alarm of the stage ring once. Whatever is wrong with the alarms
// is in the result; an error says that the drill itself did not take place or
// was broken off, and the result is what was seen until then.
func Run(ctx context.Context, p Ports, r Request) (Result, error) {
	d := &run{Ports: p, Request: r, out: newResult(r)}
	err := d.whole(ctx)
	d.out.judge(err)
	return d.out, err
}

func (d *run) whole(ctx context.Context) error {
	if err := d.free(ctx); err != nil {
		return err
	}
	alarms, err := d.find(ctx)
	if err != nil {
		return err
	}
	// A killed drill's leftovers come first, also if nothing else may be done.
	if err := d.tidy(ctx, alarms); err != nil {
		return err
	}
	if err := d.allowed(ctx, alarms); err != nil {
		return err
	}
	if err := d.listeners(ctx, alarms); err != nil {
		return err
	}
	for _, a := range order(alarms) {
		if err := d.free(ctx); err != nil {
			return err
		}
		rung, err := d.one(ctx, a)
		d.out.Alarms = append(d.out.Alarms, rung)
		if err != nil {
			return err
		}
		if d.Told != nil {
			d.Told(rung)
		}
	}
	return d.quiet(ctx)
}

// one lets one alarm ring, looks for the message, and puts it back.
func (d *run) one(ctx context.Context, a Alarm) (Rung, error) {
	r := Rung{Alarm: a.Name, Severity: severity(a.Description), Composite: a.Composite, Before: a.State, Topics: slices.Clone(a.Actions)}
	if r.Topics == nil {
		r.Topics = []string{}
	}
	switch {
	case len(a.Actions) == 0:
		return r.ended(Nobody, "It tells no topic.", "Give the alarm the topic as its action."), nil
	case !a.Enabled:
		return r.ended(Off, "Its actions are switched off.", "Switch its actions on."), nil
	case a.State == StateAlarm && !a.Composite:
		return d.ringing(ctx, a, r)
	}
	if a.Composite {
		now, err := d.calm(ctx, a.Name)
		if err != nil {
			return r, err
		}
		if r.Before = now.State; now.State == StateAlarm {
			return d.ringing(ctx, now, r)
		}
		a = now
	}
	began := d.Clock.Now()
	reason := d.ring(a.State, began.UTC().Format(time.RFC3339Nano))
	// From here on it may ring, also if the answer was lost.
	err := d.set(ctx, a.Name, StateAlarm, reason)
	if err == nil {
		err = d.prove(ctx, a, reason, began, &r)
	}
	return r, errors.Join(err, d.restore(ctx, a.Name, a.State, reason))
}

// calm waits until a composite alarm has seen that its children are well again,
// which have rung since it was read. It may ring for a reason of its own.
func (d *run) calm(ctx context.Context, name string) (Alarm, error) {
	for began := d.Clock.Now(); ; {
		a, err := d.again(ctx, name)
		if err != nil || a.State != StateAlarm || d.Clock.Now().Sub(began) >= settle {
			return a, err
		}
		if err := d.Clock.Wait(ctx, 2*time.Second); err != nil {
			return a, err
		}
	}
}

// prove waits for the message to show in the history of the alarm.
func (d *run) prove(ctx context.Context, a Alarm, reason string, began time.Time, r *Rung) error {
	for pause := time.Second; ; pause = min(pause*3/2, 10*time.Second) {
		if err := d.Clock.Wait(ctx, pause); err != nil {
			return err
		}
		events, err := d.Alarms.History(ctx, a.Name, began.Add(-skew))
		if err != nil {
			return err
		}
		found := proofs(events, reason)
		took := d.Clock.Now().Sub(began)
		missing := 0
		for _, topic := range a.Actions {
			p, ok := found[topic]
			switch {
			case !ok:
				missing++
			case !p.arrived:
				*r = r.ended(Failed, p.wrong, explain(p.wrong))
				r.Seconds = took.Seconds()
				return nil
			}
		}
		if missing == 0 {
			*r = r.ended(Arrived, "", "")
			r.Seconds = took.Seconds()
			return nil
		}
		if took >= patience {
			*r = r.ended(Silent, fmt.Sprintf("Its history shows no message within %s.", patience), "Look at the alarm's history in CloudWatch; then drill again.")
			r.Seconds = took.Seconds()
			return nil
		}
	}
}

// ringing judges an alarm that rings by itself: it is not touched, and its last
// message is its proof.
func (d *run) ringing(ctx context.Context, a Alarm, r Rung) (Rung, error) {
	events, err := d.Alarms.History(ctx, a.Name, a.Since.Add(-time.Minute))
	if err != nil {
		return r, err
	}
	found := proofs(events, a.Reason)
	for _, topic := range a.Actions {
		if p, ok := found[topic]; !ok || !p.arrived {
			return r.ended(Ringing, "It rings by itself and was not touched. "+cmp.Or(p.wrong, "No message of it is in its history."), "See to what it rings for, then drill again."), nil
		}
	}
	r = r.ended(Told, "It rings by itself and was not touched; what it told has arrived.", "")
	return r, nil
}

// set sets a state, not too soon after the last time.
func (d *run) set(ctx context.Context, name, state, reason string) error {
	if err := d.Clock.Wait(ctx, gap); err != nil {
		return err
	}
	return d.Alarms.Set(ctx, name, state, reason)
}

func (d *run) again(ctx context.Context, name string) (Alarm, error) {
	found, err := d.Alarms.Find(ctx, name)
	if err != nil {
		return Alarm{}, err
	}
	if i := slices.IndexFunc(found, func(a Alarm) bool { return a.Name == name }); i >= 0 {
		return found[i], nil
	}
	return Alarm{}, &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.DrillFailed}, Name: name, What: "is gone: somebody deleted it during the drill"}
}

// restore puts an alarm back that rings for this reason. One that has gone back
// by itself, or rings for a reason of its own, is left alone. It does not end
// with the drill: an alarm must not be left ringing because of a cancelled run.
func (d *run) restore(ctx context.Context, name, before, reason string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putBack)
	defer cancel()
	a, err := d.again(ctx, name)
	if err == nil && (a.State != StateAlarm || a.Reason != reason) {
		return nil
	}
	// If it cannot be read it may ring all the same.
	set := d.set(ctx, name, before, d.rest())
	if set == nil {
		return nil
	}
	return &fault.Fault{
		Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.DrillFailed}, Name: name, What: "could not be put back and may ring", Err: errors.Join(err, set),
		Next: "Drill again, or: aws cloudwatch set-alarm-state --alarm-name " + name + " --state-value " + before + " --state-reason over",
	}
}

// quiet holds that no alarm is left ringing for a drill.
func (d *run) quiet(ctx context.Context) error {
	alarms, err := d.find(ctx)
	if err != nil {
		return err
	}
	for _, a := range alarms {
		if _, yes := left(a); yes {
			return &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.DrillFailed}, Name: a.Name, What: "still rings after the drill", Got: a.Reason, Next: "Drill again: it puts it back first."}
		}
	}
	return nil
}
