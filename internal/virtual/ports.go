// Package virtual rehearses a rollout in virtual time: the production policy,
// state machine and shell of internal/rollout on the simulated world of
// internal/sim. It is the only room that knows both; neither knows the other.
package virtual

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/sim"
)

// world shows a simulated world through the rollout's ports.
type world struct {
	*sim.World
	store *store
	// park is called between a ticker's claim and its effect; nil where
	// nothing stalls.
	park func()
	log  *[]rollout.Event
	told map[int]bool
}

// tries is how often a refused call is repeated within a tick, as the real
// adapters do with backoff.
const tries = 4

func again(call func() error) error {
	var err error
	for range tries {
		if err = call(); !errors.Is(err, sim.ErrThrottled) {
			return err
		}
	}
	return err
}

// Weights implements rollout.Record.
func (w world) Weights(context.Context) (split rollout.Split, err error) {
	err = again(func() error {
		split.Green, split.Blue, err = w.World.Weights()
		return err
	})
	return split, err
}

// Shift implements rollout.Record.
func (w world) Shift(_ context.Context, to rollout.Split) error {
	return again(func() error { return w.SetWeights(to.Green, to.Blue) })
}

// GreenUp implements rollout.Signals.
func (w world) GreenUp(context.Context) (bool, error) { return w.GreenHealthy(), nil }

// Verdict implements rollout.Signals.
func (w world) Verdict(_ context.Context, healthy bool) error {
	return again(func() error { return w.SetVerdict(healthy) })
}

// probes is how many requests a tick sends to blue's direct name.
const probes = 5

// ProbeBlue implements rollout.Signals.
func (w world) ProbeBlue(context.Context) (judge.Probe, error) {
	failed, err := w.World.ProbeBlue(probes)
	return judge.Probe{At: w.Now(), Sent: probes, Failed: failed}, err
}

// Minutes implements rollout.Metrics.
func (w world) Minutes(_ context.Context, from, to time.Time) (minutes []judge.Minute, err error) {
	var seen []sim.Minute
	err = again(func() error {
		seen, err = w.Metrics(from, to)
		return err
	})
	return translate(seen), err
}

// translate puts the world's words into the rollout's.
func translate(seen []sim.Minute) []judge.Minute {
	minutes := make([]judge.Minute, len(seen))
	for i, m := range seen {
		minutes[i] = judge.Minute{
			Start: m.Start, Green: counts(m.Green), Blue: counts(m.Blue),
			Gauges: judge.Gauges{Connections: m.Connections, DatabaseCPU: m.DatabaseCPU, CacheMemory: m.CacheMemory, CostPerMillion: m.CostPerMillion},
		}
	}
	return minutes
}

func counts(c sim.Counts) judge.Counts {
	return judge.Counts{
		Present: c.Present, Requests: c.Requests, Errors: c.Errors, Slow: c.Slow, Rejected: c.Rejected,
		Invocations: c.Invocations, ColdStarts: c.ColdStarts, SlowColdStarts: c.SlowColdStarts, Throttles: c.Throttles,
	}
}

// Load implements rollout.Store.
func (w world) Load(context.Context) (rollout.State, rollout.Version, error) {
	if err := w.StoreError(); err != nil {
		return rollout.State{}, "", err
	}
	if w.store.writes == 0 {
		return rollout.State{}, "", rollout.ErrNone
	}
	return w.store.state, w.store.version(), nil
}

// Save implements rollout.Store.
func (w world) Save(_ context.Context, s rollout.State, v rollout.Version) (rollout.Version, error) {
	if err := w.StoreError(); err != nil {
		return "", err
	}
	if v != w.store.version() {
		return "", rollout.ErrConflict
	}
	w.store.state = s
	w.store.writes++
	version := w.store.version()
	if w.park != nil {
		w.park()
	}
	return version, nil
}

// store is one document with a version. States are values that nobody
// changes, so keeping them needs no copy.
type store struct {
	state  rollout.State
	writes int
}

func (s *store) version() rollout.Version {
	if s.writes == 0 {
		return ""
	}
	return rollout.Version(strconv.Itoa(s.writes))
}

// Append implements rollout.Log: an event that is there already stays as it is.
func (w world) Append(_ context.Context, events []rollout.Event) error {
	for _, e := range events {
		if e.Sequence == len(*w.log)+1 {
			*w.log = append(*w.log, e)
		}
	}
	return nil
}

// Tell implements rollout.Teller.
func (w world) Tell(_ context.Context, events []rollout.Event) error {
	for _, e := range events {
		w.told[e.Sequence] = true
	}
	return nil
}
