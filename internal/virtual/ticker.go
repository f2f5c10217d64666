package virtual

import (
	"context"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
)

// ticker is one watcher. A tick that the scenario stalls between its claim and
// its effect stays there, as a goroutine, while virtual time and the other
// tickers go on. Only one goroutine runs at any moment, so that every
// rehearsal repeats exactly.
type ticker struct {
	r     *rehearsal
	index int
	shell rollout.Shell

	stalled bool
	until   time.Time
	resume  chan struct{}
	control chan struct{} // the ticker has stalled, or is done
}

func newTicker(r *rehearsal, index int, ports world) *ticker {
	t := &ticker{r: r, index: index, resume: make(chan struct{}), control: make(chan struct{})}
	ports.park = t.park
	t.shell = r.shell
	t.shell.Record, t.shell.Signals, t.shell.Metrics, t.shell.Store = ports, ports, ports, ports
	return t
}

// tick runs one tick, or goes on with one that has stalled long enough.
func (t *ticker) tick(ctx context.Context) {
	switch {
	case t.stalled && t.r.world.Now().Before(t.until):
		return
	case t.stalled:
		t.resume <- struct{}{}
		<-t.control
	case !t.r.world.TickerAlive(t.index):
		return
	case t.r.world.Delay(t.index) > 0:
		go func() {
			t.run(ctx)
			t.stalled = false
			t.control <- struct{}{}
		}()
		<-t.control
	default:
		t.run(ctx)
	}
}

func (t *ticker) run(ctx context.Context) {
	out, err := t.shell.Tick(ctx, t.r.world.Now(), nil)
	t.r.note(out, err)
}

// park stalls the tick if the scenario says so. It is called right after the
// state was stored, the worst moment there is.
func (t *ticker) park() {
	delay := t.r.world.Delay(t.index)
	if delay == 0 || t.stalled {
		return
	}
	t.stalled, t.until = true, t.r.world.Now().Add(delay)
	t.control <- struct{}{}
	<-t.resume
}

// finish lets a stalled tick end.
func (t *ticker) finish() {
	for t.stalled {
		t.resume <- struct{}{}
		<-t.control
	}
}
