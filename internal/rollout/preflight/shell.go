package preflight

import (
	"context"
	"sync"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout/preflight/accesslog"
	"github.com/cutover-dev/cutover/internal/rollout/preflight/compare"
	"github.com/cutover-dev/cutover/internal/rollout/preflight/migration"
)

// Ports are the ways to the outside, and what was read on this machine: the app's
// migrations, where cutover.yaml names them, and an access log, if there is one.
type Ports struct {
	Fleet      Fleet
	Getter     Getter
	Migrations Seen[[]migration.File]
	AccessLog  Seen[accesslog.Summary]
}

// Observe asks the outside for all that is judged. What fails is part of the
// observation: one silent service must not hide what the others say.
func Observe(ctx context.Context, p Policy, ports Ports) Observation {
	o := Observation{Migrations: ports.Migrations, AccessLog: ports.AccessLog}
	var wait sync.WaitGroup
	if f := ports.Fleet; f != nil {
		wait.Go(func() { o.Concurrency = Saw(f.Concurrency(ctx)) })
		wait.Go(func() { o.Functions = Saw(f.Functions(ctx)) })
		wait.Go(func() { o.Load = Saw(f.Load(ctx)) })
		wait.Go(func() { o.Connections = Saw(f.Connections(ctx)) })
		wait.Go(func() { o.Background = Saw(f.Background(ctx)) })
	}
	wait.Go(func() { o.Replay = Saw(p.replay(ctx, ports.Getter)) })
	wait.Wait()
	return o
}

func (p Policy) replay(ctx context.Context, g Getter) ([]Exchange, error) {
	if g == nil {
		return nil, errUnasked
	}
	ignore, err := compare.ParseIgnore(p.Ignore)
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: "traffic.preflight.ignore", What: err.Error(), Allowed: compare.IgnoreSyntax}
	}
	return Replay(ctx, g, p.paths(p.Smoke), ignore)
}
