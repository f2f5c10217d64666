package probe

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/cutover-dev/cutover/internal/bake"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

const (
	// probes is how many requests say whether blue is well.
	probes = 5
	// soon is how long each may take: a rollback cannot wait for longer.
	soon = 5 * time.Second
)

// Blue asks whether blue answers. Its ProbeBlue is a part of rollout.Signals.
type Blue struct {
	prober *Prober
	path   string
	now    func() time.Time
}

// OpenBlue makes one for a direct address and the path of the health check.
func OpenBlue(address, path string, now func() time.Time) (*Blue, error) {
	p, err := Open(address, soon)
	if err != nil {
		return nil, err
	}
	p.agent = "cutover-traffic-shift"
	return &Blue{prober: p, path: path, now: now}, nil
}

// Ask sends one request and says what came back.
func (b *Blue) Ask(ctx context.Context) bake.Answer {
	return b.prober.Probe(ctx, http.MethodGet, b.path)
}

// ProbeBlue sends a few requests at once, each on a connection of its own. No
// answer and a 5xx count as failed; that many may have, without an error. Only a
// caller who gives up gets one: nothing is known of blue then.
func (b *Blue) ProbeBlue(ctx context.Context) (judge.Probe, error) {
	probe := judge.Probe{At: b.now(), Sent: probes}
	answers := make([]bake.Answer, probes)
	var wait sync.WaitGroup
	for i := range answers {
		wait.Go(func() { answers[i] = b.Ask(ctx) })
	}
	wait.Wait()
	if ctx.Err() != nil {
		return judge.Probe{}, context.Cause(ctx)
	}
	for _, a := range answers {
		if a.Failed != "" || a.Status >= http.StatusInternalServerError {
			probe.Failed++
		}
	}
	return probe, nil
}
