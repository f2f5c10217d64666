package rollout_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// room is a small world in memory: what the ports are to the shell. It takes
// decisions to heart at once, so that all that can go wrong is the shell.
type room struct {
	minute   int // counted from noon
	stand    rollout.Split
	weights  []rollout.Split // that each past minute had
	verdict  bool
	document string         // the state as JSON; empty when there is none
	parsed   *rollout.State // what document says, once it was read
	writes   int
	log      []rollout.Event
	told     []int
	verdicts []bool // and what green's verdict was
	follows  int    // minutes until green's health check follows its verdict; 0 is always up
	// script
	greenBreaks int // green errs so many minutes after it got half of the traffic; 0 is never
	// Calls that fail, by their name.
	fails map[string]error
}

var errOutside = errors.New("the service does not answer")

func newRoom() *room {
	return &room{stand: rollout.Split{Green: 0, Blue: 1}, verdict: true, fails: map[string]error{}}
}

// copied is a world of its own in the same condition.
func (w *room) copied() *room {
	c := *w
	c.weights, c.log, c.told = append([]rollout.Split(nil), w.weights...), append([]rollout.Event(nil), w.log...), append([]int(nil), w.told...)
	c.verdicts = append([]bool(nil), w.verdicts...)
	c.fails = map[string]error{}
	return &c
}

// pass lets a minute go by.
func (w *room) pass() {
	w.weights, w.verdicts = append(w.weights, w.stand), append(w.verdicts, w.verdict)
	w.minute++
}

func (w *room) state() rollout.State {
	if w.document == "" {
		return rollout.State{}
	}
	if w.parsed == nil {
		w.parsed = new(rollout.State)
		unmarshal(w.document, w.parsed)
	}
	return *w.parsed
}

// door is a room through the ports; at is told before and after each call's
// effect.
type door struct {
	*room
	at func()
}

func (d door) call(name string, effect func()) error {
	if d.at != nil {
		d.at()
		defer d.at()
	}
	if err := d.fails[name]; err != nil {
		return err
	}
	effect()
	return nil
}

func (d door) Weights(context.Context) (split rollout.Split, err error) {
	err = d.call("weights", func() { split = d.stand })
	return split, err
}

func (d door) Shift(_ context.Context, to rollout.Split) error {
	return d.call("shift", func() { d.stand = to })
}

func (d door) GreenUp(context.Context) (up bool, err error) {
	err = d.call("green up", func() { up = d.follows == 0 || len(d.verdicts) < d.follows || d.verdicts[len(d.verdicts)-d.follows] })
	return up, err
}

func (d door) Verdict(_ context.Context, healthy bool) error {
	return d.call("verdict", func() { d.verdict = healthy })
}

func (d door) ProbeBlue(context.Context) (p judge.Probe, err error) {
	err = d.call("probe", func() { p = judge.Probe{At: after(d.minute), Sent: 5} })
	return p, err
}

func (d door) Minutes(_ context.Context, from, to time.Time) (minutes []judge.Minute, err error) {
	err = d.call("minutes", func() {
		half := slices.IndexFunc(d.weights, func(s rollout.Split) bool { return s.Green >= s.Blue })
		for i, split := range d.weights {
			start := after(i)
			if start.Before(from) || !start.Before(to) {
				continue
			}
			bad := 0.0
			if d.greenBreaks > 0 && half >= 0 && i >= half+d.greenBreaks {
				bad = .3
			}
			green := int64(2000 * split.Green / (split.Green + split.Blue))
			minutes = append(minutes, judge.Minute{Start: start, Green: side(green, bad), Blue: side(2000-green, 0), Gauges: calmGauges()})
		}
	})
	return minutes, err
}

func (d door) Load(context.Context) (s rollout.State, v rollout.Version, err error) {
	none := false
	err = d.call("load", func() {
		none = d.document == ""
		s, v = d.state(), rollout.Version(strconv.Itoa(d.writes))
	})
	if none {
		return rollout.State{}, "", rollout.ErrNone
	}
	return s, v, err
}

func (d door) Save(_ context.Context, s rollout.State, v rollout.Version) (version rollout.Version, err error) {
	conflict := false
	err = d.call("save", func() {
		have := strconv.Itoa(d.writes)
		if d.writes == 0 {
			have = ""
		}
		if conflict = string(v) != have; conflict {
			return
		}
		d.document, d.parsed = marshal(s), nil
		d.writes++
		version = rollout.Version(strconv.Itoa(d.writes))
	})
	if conflict {
		return "", rollout.ErrConflict
	}
	return version, err
}

// Append keeps an event once, by its number, as the port demands.
func (d door) Append(_ context.Context, events []rollout.Event) error {
	return d.call("append", func() {
		for _, e := range events {
			if e.Sequence > len(d.log) {
				d.log = append(d.log, e)
			}
		}
	})
}

// Tell says an event once.
func (d door) Tell(_ context.Context, events []rollout.Event) error {
	return d.call("tell", func() {
		for _, e := range events {
			if len(d.told) == 0 || e.Sequence > d.told[len(d.told)-1] {
				d.told = append(d.told, e.Sequence)
			}
		}
	})
}

// shell is a watcher of the room; at hears its port calls.
func (w *room) shell(p rollout.Policy, at func()) rollout.Shell {
	d := door{w, at}
	return rollout.Shell{Policy: p, Record: d, Signals: d, Metrics: d, Store: d, Log: d, Teller: d}
}

// script is a rollout from its start to its end, with what people order by the
// minute.
type script struct {
	name        string
	greenBreaks int
	orders      map[int]rollout.OrderKind
	minutes     int
	end         rollout.Step
}

var scripts = []script{
	{"through all phases", 0, map[int]rollout.OrderKind{0: rollout.OrderStart}, 36, rollout.Soaking},
	{"green breaks at 50%", 4, map[int]rollout.OrderKind{0: rollout.OrderStart}, 34, rollout.RolledBack},
	{"a person rolls back at 10%", 0, map[int]rollout.OrderKind{0: rollout.OrderStart, 6: rollout.OrderRollback}, 16, rollout.RolledBack},
}

func (s script) order(minute int) *rollout.Order {
	kind, ok := s.orders[minute]
	if !ok {
		return nil
	}
	return &rollout.Order{Kind: kind, By: "kim", Reason: "said so"}
}

// stop is what a killed tick dies of.
type stop struct{}

// tick runs one tick and says whether it was killed on the way.
func (w *room) tick(sh rollout.Shell, order *rollout.Order) (out rollout.Outcome, err error, killed bool) {
	defer func() {
		if e := recover(); e != nil {
			if _, killed = e.(stop); !killed {
				panic(e)
			}
		}
	}()
	out, err = sh.Tick(context.Background(), after(w.minute), order)
	return out, err, false
}
