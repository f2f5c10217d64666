package drill

import (
	"context"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/mute"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// free refuses while something runs that alarms matter to.
func (d *run) free(ctx context.Context) error {
	if now := d.Clock.Now(); d.Busy == nil || !d.asked.IsZero() && now.Sub(d.asked) < again {
		return nil
	}
	why, err := d.Busy(ctx)
	if err != nil {
		return err
	}
	if why != "" {
		return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.DrillRefused}, Name: "drill", What: "would ring alarms that are being watched", Got: why, Next: "Start it again when that is over."}
	}
	d.asked = d.Clock.Now()
	return nil
}

func (d *run) find(ctx context.Context) ([]Alarm, error) {
	found, err := d.Alarms.Find(ctx, mute.Prefix(d.Project, d.Stage))
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(a Alarm) bool { return !mute.Ours(d.Project, d.Stage, a.Name) })
	if len(found) == 0 {
		return nil, &fault.Fault{
			Kind: fault.Input, Name: "stage", What: "has no alarm whose name begins with " + mute.Prefix(d.Project, d.Stage), Got: d.Stage,
			Next: "Deploy the monitoring stack first, and look at the region.",
		}
	}
	return found, nil
}

// tidy puts back what an earlier drill left ringing, and says so in alarms.
func (d *run) tidy(ctx context.Context, alarms []Alarm) error {
	for i, a := range alarms {
		before, yes := left(a)
		if !yes {
			continue
		}
		if err := d.set(ctx, a.Name, before, d.rest()); err != nil {
			return err
		}
		alarms[i].State, alarms[i].Reason = before, d.rest()
		d.out.Notes = append(d.out.Notes, "An earlier drill was broken off and left "+a.Name+" ringing: it was put back.")
	}
	return nil
}

// allowed refuses alarms that would do more than tell, and those that are kept
// quiet: their silence would prove nothing.
func (d *run) allowed(ctx context.Context, alarms []Alarm) error {
	for _, a := range alarms {
		for _, action := range append(slices.Clone(a.Actions), a.Others...) {
			if !isTopic(action) {
				return &fault.Fault{
					Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.DrillRefused}, Name: a.Name, What: "does more than tell a topic, and a drill would set that off", Got: action, Allowed: "actions that are SNS topics",
					Next: "Take the action away, or do not drill this stage.",
				}
			}
		}
	}
	names, err := d.Rules.RuleNames(ctx, true)
	if err != nil {
		return err
	}
	for _, name := range names {
		rule, ok, err := d.Rules.Rule(ctx, name)
		if err != nil {
			return err
		}
		for _, a := range alarms {
			if ok && slices.Contains(rule.Alarms, a.Name) {
				return &fault.Fault{
					Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.DrillRefused}, Name: a.Name, What: "is kept quiet by a mute rule, so that nothing could arrive", Got: name,
					Next: "Wait until it ends" + until(rule.Ends) + ", or delete the rule.",
				}
			}
		}
	}
	return nil
}

func until(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " at " + t.UTC().Format(time.RFC3339)
}

// listeners reads who hears of each topic that an alarm tells.
func (d *run) listeners(ctx context.Context, alarms []Alarm) error {
	var topics []string
	for _, a := range alarms {
		topics = append(topics, a.Actions...)
	}
	slices.Sort(topics)
	for _, arn := range slices.Compact(topics) {
		subscriptions, err := d.Topics.Subscriptions(ctx, arn)
		if err != nil {
			return err
		}
		t := Topic{ARN: arn, Pending: []string{}}
		for _, s := range subscriptions {
			if s.Confirmed {
				t.Confirmed++
			} else {
				t.Pending = append(t.Pending, Masked(s.Endpoint))
			}
		}
		d.out.Topics = append(d.out.Topics, t)
	}
	return nil
}
