package retire

import (
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/retire/estate"
)

// quiet is how long blue's load balancer must have had no request.
const quiet = 10 * time.Minute

// recent is how old what was watched or measured may be.
const recent = 30 * time.Minute

// insync is how long Route 53 takes to tell all its servers (source: Route 53
// developer guide: usually within 60 s).
const insync = time.Minute

// gate wants green proved, and seven days on which it carried everything.
func (d *decider) gate() bool {
	ev, soak := d.ev, d.p.Plan.Scope.Soak.Std()
	since := ev.Full
	if ev.Alarmed.After(since) {
		since = ev.Alarmed
	}
	var open []string
	for _, o := range ev.Objectives {
		if !o.Proved {
			open = append(open, o.Name)
		}
	}
	var broken []string
	for _, e := range ev.Endpoints {
		if !e.OK {
			broken = append(broken, e.Name+": "+e.Answer)
		}
	}
	var none time.Time
	switch {
	case ev.Full.IsZero():
		return d.wait(none, "green does not have all traffic")
	case len(ev.Ringing) > 0:
		return d.wait(none, "alarms ring: %s", strings.Join(ev.Ringing, ", "))
	case d.now.Before(since.Add(soak)):
		return d.wait(since.Add(soak), "green has had all traffic without an alarm since %s; %s are asked for", clock(since), soak)
	case ev.Watched.Before(d.now.Add(-recent)):
		return d.wait(none, "nobody has watched green since %s", clock(ev.Watched))
	case ev.Missed > soak/100:
		return d.wait(none, "%s of the soak were not watched; at most a hundredth may be missing", ev.Missed)
	case len(ev.Objectives) == 0:
		return d.wait(none, "no objective was proved by the rollout")
	case len(open) > 0:
		return d.wait(none, "the rollout has not proved: %s", strings.Join(open, ", "))
	case ev.Decision.Decision != "proceed":
		return d.wait(none, "the decision record says %q, and proceed is asked for", ev.Decision.Decision)
	case ev.Errors == nil || ev.Errors.Requests <= 0 || ev.Errors.Failed > ev.Errors.Requests:
		return d.wait(none, "nobody knows how many requests fail now, and that is what it is compared with afterwards")
	case len(ev.Endpoints) == 0:
		return d.wait(none, "no endpoint was asked")
	case len(broken) > 0:
		return d.wait(none, "endpoints do not answer as they should: %s", strings.Join(broken, "; "))
	case !d.weights():
		return false
	}
	d.s.Before = pointed(ev.Errors)
	return true
}

// weights wants blue at weight 0, and green above it.
func (d *decider) weights() bool {
	for _, arn := range d.p.Plan.Parts.Blue {
		if item, there := d.item(arn); there && item.Facts[estate.Weight] != "0" {
			return d.wait(time.Time{}, "%s has the weight %q, not 0", arn, item.Facts[estate.Weight])
		}
	}
	for _, arn := range d.p.Plan.Parts.Green {
		if item, _ := d.item(arn); item.Facts[estate.Weight] == "0" || item.Facts[estate.Weight] == "" {
			return d.wait(time.Time{}, "%s has the weight %q, so that nothing would answer", arn, item.Facts[estate.Weight])
		}
	}
	return true
}

// silent wants no request at blue's load balancer in a time that began when
// every client had forgotten blue.
func (d *decider) silent(from time.Time) bool {
	t := d.ev.Traffic
	switch {
	case t == nil:
		return d.wait(time.Time{}, "nobody knows how many requests blue's load balancer gets")
	case t.From.Before(from) && t.Requests > 0 || t.Through.Sub(t.From) < quiet || t.Through.Sub(from) < quiet:
		return d.wait(from.Add(quiet), "clients may have known blue until %s; what came in the %s behind that is looked at", clock(from), quiet)
	case t.Through.Before(d.now.Add(-recent)):
		return d.wait(time.Time{}, "the newest figures of blue's load balancer are of %s", clock(t.Through))
	case t.Requests > 0:
		return d.wait(time.Time{}, "blue's load balancer still got %d requests between %s and %s: somebody calls it by its own name", t.Requests, clock(t.From), clock(t.Through))
	}
	return true
}
