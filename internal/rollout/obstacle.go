package rollout

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/unit"
)

const full = unit.Full

// obstacle returns what forbids promotion at present, the gravest first. It
// may also roll back, where policy says so.
func (d *decider) obstacle(a judge.Assessment) *Hold {
	join := func(list []string) string { return strings.Join(list, "; ") }
	if len(a.Worse) > 0 && d.p.When.Worse == "report" {
		d.report(join(a.Worse))
		a.Worse = nil // it changes nothing, so it hides nothing either
	}
	delivered, share, known := d.delivered()
	switch {
	case len(a.Missing) > 0:
		if d.p.When.MissingData == "rollback" {
			d.rollBack("missing data: "+join(a.Missing), judge.None, time.Time{}, "")
			return nil
		}
		return &Hold{Kind: HoldMissing, Reason: join(append(a.Missing, d.o.Trouble...))}
	case d.s.Step == Watching && !delivered && known, d.s.Step == Settling && d.now.Sub(d.s.Risen) > 30*time.Minute:
		return &Hold{Kind: HoldUndelivered, Reason: fmt.Sprintf("green should get %s of the requests and gets %s", d.s.Weight, percent(share))}
	case d.s.Step != Shifting && d.o.Weights != nil && !d.o.Weights.Is(d.s.Weight) && !d.o.Weights.above(d.s.Weight):
		return &Hold{Kind: HoldDrift, Reason: fmt.Sprintf("somebody else has set the weights to %d for green and %d for blue; %s was decided", d.o.Weights.Green, d.o.Weights.Blue, d.s.Weight)}
	case len(a.Worse) > 0 && !d.s.Accepted:
		return d.worse(join(a.Worse))
	case len(a.Guards) > 0:
		return &Hold{Kind: HoldGuard, Reason: join(a.Guards)}
	case d.s.Digest != d.p.Digest:
		return &Hold{Kind: HoldPolicy, Reason: d.unfit()}
	case d.s.Paused:
		return &Hold{Kind: HoldPaused, Reason: "a person has paused the rollout"}
	}
	return nil
}

// unfit says what to do about a policy that is not the one at the start.
func (d *decider) unfit() string {
	if d.fits() {
		return "cutover.yaml has changed since this rollout began; resume accepts it"
	}
	return fmt.Sprintf("cutover.yaml no longer has %s as phase %d; give it back, or roll back and start anew", d.s.Weight, d.s.Phase+1)
}

// worse acts on a green that is worse than blue within its limits.
func (d *decider) worse(reason string) *Hold {
	if d.p.When.Worse == "rollback" {
		d.rollBack(reason, judge.Green, time.Time{}, "")
		return nil
	}
	return &Hold{Kind: HoldWorse, Reason: reason}
}

// report tells once a phase where green is worse than blue.
func (d *decider) report(reason string) {
	if name := reason[:strings.IndexByte(reason, ':')]; d.s.Told != name {
		d.s.Told = name
		d.tell(Reported, reason, "")
	}
}

// hold freezes promotion for a reason, or lifts what froze it.
func (d *decider) hold(want *Hold) {
	if !d.s.Active() {
		d.s.Hold = nil // promoted past the last phase, or on the way back
		return
	}
	if want != nil && d.out.Action != Promote {
		d.out.Action = Keep // a person's promotion stands beside what holds the next one
	}
	have := d.s.Hold
	switch {
	case want == nil && have != nil:
		d.s.Hold = nil
		if d.out.Action != Promote {
			d.tell(Released, fmt.Sprintf("no longer held (%s)", have.Kind), "")
		}
	case want != nil && (have == nil || have.Kind != want.Kind):
		want.Since = d.now
		if have != nil && have.Kind == want.Kind {
			want.Since = have.Since
		}
		d.s.Hold = want
		d.tell(Held, fmt.Sprintf("%s: %s", want.Kind, want.Reason), "")
		if want.Paged {
			d.tell(Paged, want.Reason, "")
		}
	case want != nil:
		have.Reason = want.Reason // the figures of today, the time of the beginning
	}
}

// blueIdle says whether blue has no traffic that it could be judged by.
func (d *decider) blueIdle() bool {
	if !d.p.Trace {
		return d.s.Weight == full
	}
	green, blue := d.recent(len(d.s.Shares), time.Time{})
	return blue == 0 && green > 0
}

// greenRate is how many requests a minute green had in the minutes that are
// kept; 0 while none are.
func (d *decider) greenRate() float64 {
	green, _ := d.recent(window, time.Time{})
	return float64(green) / float64(max(len(d.s.Shares), 1))
}

// share notes what each side got in a minute.
func (d *decider) share(m judge.Minute) {
	s := Share{At: m.End()}
	if m.Green.Present {
		s.Green = max(m.Green.Requests, 0)
	}
	if m.Blue.Present {
		s.Blue = max(m.Blue.Requests, 0)
	}
	d.s.Shares = last(append(d.s.Shares, s), window)
}

// window is how many minutes of shares are kept.
const window = 30

// recent sums the requests of the latest minutes that ended after since.
func (d *decider) recent(minutes int, since time.Time) (green, blue int64) {
	for _, s := range last(d.s.Shares, minutes) {
		if s.At.After(since) {
			green, blue = green+s.Green, blue+s.Blue
		}
	}
	return green, blue
}

// delivered compares what green really gets with its weight, over as many of
// the latest minutes as give 50 requests to expect: half to double the weight
// is as planned, and so is what chance explains. It is known once there are
// requests enough, or ten minutes.
func (d *decider) delivered() (planned bool, share float64, known bool) {
	if d.p.Trace {
		return true, 0, true
	}
	since := d.s.Risen.Add(d.p.TTL + 2*time.Minute)
	weight := d.s.Weight.Fraction()
	var green, total float64
	minutes := 0
	for i := len(d.s.Shares) - 1; i >= 0 && d.s.Shares[i].At.After(since) && total*weight < 50; i-- {
		green += float64(d.s.Shares[i].Green)
		total += float64(d.s.Shares[i].Green + d.s.Shares[i].Blue)
		minutes++
	}
	if total == 0 {
		return false, math.NaN(), minutes >= 10
	}
	share = green / total
	expected := weight * total
	planned = green > 0 && (share >= weight/2 && share <= 2*weight || math.Abs(green-expected) <= 3*math.Sqrt(expected))
	return planned, share, expected >= 50 || minutes >= 10
}

// settle begins the phase's time once the shift shows in the traffic.
func (d *decider) settle() {
	if d.s.Step != Settling {
		return
	}
	if planned, share, known := d.delivered(); planned && known || d.p.Trace {
		d.s.Step, d.s.Settled = Watching, d.now
		if d.s.Phase >= len(d.p.Phases) {
			d.s.Step = Soaking
		}
		d.tell(Settled, fmt.Sprintf("green gets %s of the requests, %s were planned; the phase's time begins", percent(share), d.s.Weight), "")
	}
}

func percent(share float64) string {
	if math.IsNaN(share) {
		return "none that is known"
	}
	return unit.Percent(math.Round(share*1000) * float64(full) / 1000).String()
}
