package drill_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/drill"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/verdict"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// clock passes by itself when somebody waits.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) Wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	return ctx.Err()
}

// plane is a health check that follows the verdict after some time.
type plane struct {
	*clock
	down, up time.Duration // how long it takes either way; negative is never
	healthy  bool
	since    time.Time
	verdicts []bool
	blind    error
	deaf     func(said int) error
}

func (p *plane) Verdict(_ context.Context, healthy bool) error {
	if p.deaf != nil {
		if err := p.deaf(len(p.verdicts)); err != nil {
			return err
		}
	}
	if len(p.verdicts) == 0 || p.verdicts[len(p.verdicts)-1] != healthy {
		p.since = p.Now()
	}
	p.verdicts = append(p.verdicts, healthy)
	return nil
}

func (p *plane) Standing(context.Context) (bool, error) {
	if p.blind != nil {
		return false, p.blind
	}
	want := p.verdicts[len(p.verdicts)-1]
	takes := p.down
	if want {
		takes = p.up
	}
	if takes >= 0 && p.Now().Sub(p.since) >= takes {
		p.healthy = want
	}
	return p.healthy, nil
}

// Shows: 5.5.8
func TestTheDataPlaneIsRehearsed(t *testing.T) {
	broken := errors.New("no answer")
	for name, c := range map[string]struct {
		set  func(*plane)
		want verdict.Verdict
		says string
		err  bool
	}{
		"as it should":                 {func(*plane) {}, verdict.Pass, "fell 2m0s after the verdict", false},
		"it was down before":           {func(p *plane) { p.healthy = false }, verdict.Pass, "fell", false},
		"it never falls":               {func(p *plane) { p.down = -1 }, verdict.Fail, "stays up although", false},
		"it never rises":               {func(p *plane) { p.up, p.healthy = -1, true }, verdict.Fail, "does not come up again", false},
		"it cannot come up":            {func(p *plane) { p.up, p.healthy = -1, false }, verdict.Fail, "does not come up", false},
		"nobody can read it":           {func(p *plane) { p.blind = broken }, verdict.Fail, "could not be read", false},
		"the verdict is not published": {func(p *plane) { p.deaf = func(int) error { return broken } }, verdict.Inconclusive, "", true},
		"nor in the middle":            {func(p *plane) { p.deaf = fails(2, broken) }, verdict.Inconclusive, "", true},
	} {
		k := &clock{at: noon}
		p := &plane{clock: k, down: 2 * time.Minute, up: time.Minute, healthy: true}
		c.set(p)
		r, err := drill.DataPlane(t.Context(), p, k, drill.Usual(), func(string) {})
		if (err != nil) != c.err || r.Verdict != c.want || !strings.Contains(r.Lead, c.says) {
			t.Errorf("%s: %v, %s %q", name, err, r.Verdict, r.Lead)
		}
		if n := len(p.verdicts); n > 0 && !p.verdicts[n-1] && name != "nor in the middle" {
			t.Errorf("%s: green is left for broken", name)
		}
		if c.want == verdict.Pass && (len(r.Legs) != 2 || r.Legs[0].Seconds != 120) {
			t.Errorf("%s: %+v", name, r.Legs)
		}
	}
}

// fails refuses one verdict, the n-th, and all after it but those of the end.
func fails(n int, err error) func(int) error {
	return func(said int) error {
		if said >= n {
			return err
		}
		return nil
	}
}

// A verdict that the run was cut off in is set back.
func TestACutOffRehearsalSetsTheVerdictBack(t *testing.T) {
	k := &clock{at: noon}
	p := &plane{clock: k, down: 2 * time.Minute, up: time.Minute, healthy: true}
	ctx, cancel := context.WithCancel(t.Context())
	told := 0
	_, err := drill.DataPlane(ctx, p, k, drill.Usual(), func(string) {
		if told++; told == 1 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || !p.verdicts[len(p.verdicts)-1] {
		t.Errorf("%v, %v", err, p.verdicts)
	}
}

// road leads users to whoever the record says, after some time.
type road struct {
	*clock
	mu    sync.Mutex
	stand rollout.Split
	from  []shift
	lag   time.Duration
	sets  int
	fails int // the number of the shift that fails
	mute  bool
}

type shift struct {
	at time.Time
	to rollout.Split
}

func (r *road) Weights(context.Context) (rollout.Split, error) { return r.stand, nil }

func (r *road) Shift(_ context.Context, to rollout.Split) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sets++; r.sets == r.fails {
		return errors.New("the zone is locked")
	}
	r.stand = to
	r.from = append(r.from, shift{r.Now(), to})
	return nil
}

// Minutes has 60 requests each, where the record led lag ago.
func (r *road) Minutes(_ context.Context, from, to time.Time) ([]judge.Minute, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []judge.Minute
	for at := from; !at.Add(3 * time.Minute).After(to); at = at.Add(time.Minute) {
		green := int64(0)
		for _, s := range r.from {
			if !at.Before(s.at.Add(r.lag)) {
				green = 60 * int64(s.to.Green) / int64(s.to.Green+s.to.Blue)
			}
		}
		m := judge.Minute{Start: at, Green: judge.Counts{Present: true, Requests: green}, Blue: judge.Counts{Present: true, Requests: 60 - green}}
		if r.mute {
			m.Green.Requests, m.Blue.Requests = 0, 0
		}
		all = append(all, m)
	}
	return all, nil
}

// Shows: 5.5.8
func TestTheTrafficGoesBack(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*road)
		want verdict.Verdict
		says string
		err  bool
	}{
		"in time":                     {func(*road) {}, verdict.Pass, "Back on blue after", false},
		"too late":                    {func(r *road) { r.lag = 7 * time.Minute }, verdict.Fail, "may take 5m0s", false},
		"nobody is counted":           {func(r *road) { r.mute = true }, verdict.Inconclusive, "no request was counted", false},
		"green cannot get it":         {func(r *road) { r.fails = 1 }, verdict.Inconclusive, "", true},
		"blue cannot get it":          {func(r *road) { r.fails = 2 }, verdict.Inconclusive, "", true},
		"the last word is not obeyed": {func(r *road) { r.fails = 3 }, verdict.Pass, "", true},
	} {
		k := &clock{at: noon.Add(17 * time.Second)}
		r := &road{clock: k, stand: rollout.SplitOf(0), lag: time.Minute}
		c.set(r)
		got, err := drill.Traffic(t.Context(), drill.Road{Record: r, Metrics: r, Ask: func(context.Context) {}, Told: func(string) {}}, still{k},
			drill.Ride{Load: time.Millisecond, Look: 10 * time.Second, Within: 20 * time.Minute, Budget: 5 * time.Minute, TTL: time.Minute})
		if (err != nil) != c.err || got.Verdict != c.want || !strings.Contains(got.Lead, c.says) {
			t.Errorf("%s: %v, %s %q", name, err, got.Verdict, got.Lead)
		}
		if r.fails != 3 && !r.stand.Is(0) {
			t.Errorf("%s: the record is left at %+v", name, r.stand)
		}
		if c.want == verdict.Pass && (len(got.Legs) != 2 || got.Took() > 5*time.Minute || got.Took() < time.Minute) {
			t.Errorf("%s: %+v", name, got.Legs)
		}
	}
}

// still is the clock of the drill; the load's own pauses take no time of it.
type still struct{ *clock }

func (s still) Wait(ctx context.Context, d time.Duration) error {
	if d >= time.Second {
		return s.clock.Wait(ctx, d)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Millisecond):
		return nil
	}
}
