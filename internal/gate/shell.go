package gate

import (
	"context"
	"errors"
	"sync"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Observe asks the outside for all that the policy needs and nothing more. What
// fails is part of the observation: one silent service must not hide what the
// others say. GitHub is asked one thing after the other, since it limits those
// who ask at once; AWS answers meanwhile.
func Observe(ctx context.Context, p Policy, ports Ports) Observation {
	o := Observation{LongLived: ports.LongLived}
	var wait sync.WaitGroup
	wait.Go(func() { p.askGitHub(ctx, ports.GitHub, &o) })
	wait.Go(func() { p.askStages(ctx, ports, &o) })
	wait.Go(func() { p.askAWS(ctx, ports, &o) })
	wait.Go(func() { p.askCheckout(ctx, ports.Checkout, &o) })
	wait.Wait()
	return o
}

// errNoPort is for what was not given.
func errNoPort(what, next string) error {
	return &fault.Fault{Kind: fault.Input, Name: what, What: "was not given, so nothing can be asked", Next: next}
}

func (p Policy) askGitHub(ctx context.Context, g GitHub, o *Observation) {
	approval := p.on(CheckApproval)
	override := p.on(CheckFreeze) && p.Reason != ""
	wanted := p.on(CheckEnvironment) || approval || override || p.on(CheckIntegration) || p.on(CheckChecks)
	if !wanted {
		return
	}
	if g == nil {
		g = noGitHub{errNoPort("token", "Pass ${{ github.token }} as token; it needs actions: read, contents: read and checks: read.")}
	}
	if p.on(CheckEnvironment) || approval && p.Approval == ByReviewers {
		o.Environment = orNone(g.Environment(ctx, p.Environment))
	}
	if p.on(CheckEnvironment) {
		o.Rollback = orNone(g.Environment(ctx, p.RollbackEnvironment))
		if o.Environment.Value.Branches.Protected || o.Rollback.Value.Branches.Protected {
			o.Protected = Saw(g.Protected(ctx))
		}
	}
	if approval || override {
		o.Run = Saw(g.Run(ctx, p.Run))
		o.Author = Saw(g.Author(ctx, p.Commit))
		if p.Approval == ByReviewers {
			o.Reviews = Saw(g.Reviews(ctx, p.Run))
		}
	}
	if p.on(CheckIntegration) {
		o.Jobs = Saw(g.Jobs(ctx, p.Run))
	}
	if p.on(CheckChecks) {
		o.Checks = Saw(g.Checks(ctx, p.Commit, p.Checks))
	}
}

// orNone makes of an environment that does not exist one without a name.
func orNone(e Environment, err error) Seen[Environment] {
	if errors.Is(err, ErrNone) {
		return Saw(Environment{}, nil)
	}
	return Saw(e, err)
}

func (p Policy) askStages(ctx context.Context, ports Ports, o *Observation) {
	none := errNoPort("SST's state bucket", "Give the step its role by OIDC: the input role, or aws-actions/configure-aws-credentials before it.")
	// The end of the deployment to the stage before is what tests must follow.
	if p.on(CheckStaging) || p.on(CheckIntegration) && p.Receipt != nil {
		if ports.Stages == nil {
			o.Staging = Saw(Stage{}, none)
		} else {
			o.Staging = Saw(ports.Stages.Stage(ctx, p.After))
		}
	}
	if p.on(CheckLock) {
		if ports.Stages == nil {
			o.Lock = Saw[*Lock](nil, none)
		} else {
			o.Lock = Saw(ports.Stages.Lock(ctx, p.Stage))
		}
	}
}

func (p Policy) askAWS(ctx context.Context, ports Ports, o *Observation) {
	if p.on(CheckAlarms) && ports.Alarms != nil {
		o.Alarms = Saw(ports.Alarms.Alarms(ctx, p.alarmNames()))
	}
	if p.on(CheckBudget) && ports.Budgets != nil {
		o.Budget = Saw(ports.Budgets.Budget(ctx, p.expand(p.Budget)))
	}
	if p.on(CheckTraffic) && p.RolloutAt != "" && ports.Rollouts != nil {
		o.Rollout = Saw(ports.Rollouts.Rollout(ctx))
	}
}

func (p Policy) askCheckout(ctx context.Context, c Checkout, o *Observation) {
	if c == nil || p.Receipt == nil || !p.on(CheckStaging) {
		return
	}
	o.Lockfile = Saw(c.Lockfile(ctx, p.Receipt.Lockfile.Path))
	o.Bundle = Saw(c.Bundle(ctx, p.Receipt.Bundle.Path))
}

// noGitHub answers every question with the same error.
type noGitHub struct{ err error }

func (n noGitHub) Environment(context.Context, string) (Environment, error) {
	return Environment{}, n.err
}
func (n noGitHub) Protected(context.Context) ([]string, error)      { return nil, n.err }
func (n noGitHub) Run(context.Context, int64) (Run, error)          { return Run{}, n.err }
func (n noGitHub) Reviews(context.Context, int64) ([]Review, error) { return nil, n.err }
func (n noGitHub) Author(context.Context, string) (Author, error)   { return Author{}, n.err }
func (n noGitHub) Jobs(context.Context, int64) ([]Job, error)       { return nil, n.err }
func (n noGitHub) Checks(context.Context, string, []string) ([]CheckRun, error) {
	return nil, n.err
}
