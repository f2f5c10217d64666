package main

import (
	"context"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudformation"
	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/adapter/aws/ec2"
	"github.com/cutover-dev/cutover/internal/adapter/aws/ecr"
	"github.com/cutover-dev/cutover/internal/adapter/aws/ecs"
	"github.com/cutover-dev/cutover/internal/adapter/aws/elb"
	"github.com/cutover-dev/cutover/internal/adapter/aws/events"
	"github.com/cutover-dev/cutover/internal/adapter/aws/iam"
	"github.com/cutover-dev/cutover/internal/adapter/aws/lambda"
	"github.com/cutover-dev/cutover/internal/adapter/aws/logs"
	"github.com/cutover-dev/cutover/internal/adapter/aws/route53"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/adapter/aws/scheduler"
	"github.com/cutover-dev/cutover/internal/adapter/aws/wafv2"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/hands"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// account is AWS, one client a service.
type account struct {
	stacks     *cloudformation.Legacy
	containers *ecs.Legacy
	balancers  *elb.Legacy
	registry   *ecr.Legacy
	rules      *events.Legacy
	names      *route53.Legacy
	network    *ec2.Legacy
	logs       *logs.Legacy
	functions  *lambda.Legacy
	alarms     *cloudwatch.Legacy
	guards     *wafv2.Legacy
	timers     *scheduler.Legacy
	roles      *iam.Legacy
}

func (w *work) aws(ctx context.Context) (a account, err error) {
	open := func(f func() error) {
		if err == nil {
			err = f()
		}
	}
	open(func() (err error) { a.stacks, err = cloudformation.OpenLegacy(ctx, w.region); return })
	open(func() (err error) { a.containers, err = ecs.OpenLegacy(ctx, w.region); return })
	open(func() (err error) { a.balancers, err = elb.Open(ctx, w.region); return })
	open(func() (err error) { a.registry, err = ecr.OpenLegacy(ctx, w.region); return })
	open(func() (err error) { a.rules, err = events.OpenLegacy(ctx, w.region); return })
	open(func() (err error) {
		a.names, err = route53.OpenLegacy(ctx, route53.Options{Pace: min(usualPace, *w.in.every/20), Poll: min(usualPoll, *w.in.every/20)})
		return
	})
	open(func() (err error) { a.network, err = ec2.OpenLegacy(ctx, w.region); return })
	open(func() (err error) { a.logs, err = logs.OpenLegacy(ctx, w.region); return })
	open(func() (err error) { a.functions, err = lambda.OpenLegacy(ctx, w.region); return })
	open(func() (err error) { a.alarms, err = cloudwatch.OpenLegacy(ctx, w.region); return })
	open(func() (err error) { a.guards, err = wafv2.OpenLegacy(ctx, w.region); return })
	open(func() (err error) { a.timers, err = scheduler.OpenLegacy(ctx, w.region); return })
	open(func() (err error) { a.roles, err = iam.OpenLegacy(ctx, w.region); return })
	return a, err
}

// usualPace is the mean time between two requests to Route 53, of which an account
// has five a second for everybody; usualPoll is the time before the first look
// whether a change is in sync. Whoever looks more often than usual, as a rehearsal
// does, asks faster.
const (
	usualPace = 220 * time.Millisecond
	usualPoll = 2 * time.Second
)

// surveyor looks at everything that the scope names, in the account and region that
// the credentials see: not in those that it names. Once there is a plan it asks for
// each thing of it by its ARN besides.
func (w *work) surveyor(ctx context.Context, s plan.Scope) (retire.Surveyor, error) {
	a, err := w.aws(ctx)
	if err != nil {
		return nil, err
	}
	asked := survey.Of(s, w.caller.Account, w.region)
	if w.sealed != nil {
		asked = survey.For(w.sealed.Plan, w.caller.Account, w.region)
	}
	asked.Partition = w.caller.Partition
	return patient{pause: min(*w.in.every, 2*time.Second), Surveyor: survey.New(asked, survey.Sources{
		Stacks: a.stacks, Containers: a.containers, Balancers: a.balancers, Registry: a.registry, Rules: a.rules,
		Names: a.names, Network: a.network, Logs: a.logs, Functions: a.functions, Alarms: a.alarms,
		Firewalls: a.guards, Timers: a.timers, Targets: elb.Registered{Legacy: a.balancers}, Roles: a.roles,
	}, w.clock.Now)}, nil
}

// looks is how often a world is looked at that could not be seen whole.
const looks = 4

// patient looks again where something could not be read: what AWS is just deleting
// may be listed, and be gone when it is asked for. What cannot be read each time
// stays unread.
type patient struct {
	retire.Surveyor
	pause time.Duration
}

// Look implements retire.Surveyor.
func (p patient) Look(ctx context.Context) (world estate.World, err error) {
	for n := range looks {
		if n > 0 {
			if err := wait(ctx, p.pause); err != nil {
				return world, err
			}
		}
		if world, err = p.Surveyor.Look(ctx); err != nil || len(world.Unread) == 0 {
			return world, err
		}
	}
	return world, nil
}

// hands do what the plan allows, and nothing else.
func (w *work) hands(ctx context.Context) (retire.Hands, error) {
	a, err := w.aws(ctx)
	if err != nil {
		return nil, err
	}
	return hands.New(*w.sealed, hands.Ports{
		Things: map[estate.Kind]hands.Thing{
			estate.Service: a.containers, estate.Cluster: a.containers, estate.Definition: a.containers, estate.Capacity: a.containers, estate.Scaling: a.containers,
			estate.LoadBalancer: a.balancers, estate.Listener: a.balancers, estate.Rule: a.balancers, estate.TargetGroup: a.balancers,
			estate.Stack: a.stacks, estate.HealthCheck: a.names, estate.SecurityGroup: a.network, estate.LogGroup: a.logs, estate.Association: a.guards,
		},
		Guards:   map[estate.Kind]hands.Guard{estate.Stack: a.stacks, estate.LoadBalancer: a.balancers},
		Services: a.containers, Records: a.names, Kit: w.store.Kit(w.sealed.PlanSHA256), Now: w.clock.Now,
		Own: map[retire.Verb]func(context.Context, retire.Action) error{
			retire.Freeze: w.mark(func(m *s3.Marks, now time.Time) { m.Frozen = since(m.Frozen, now) }),
			retire.Thaw:   w.mark(func(m *s3.Marks, _ time.Time) { m.Frozen = time.Time{} }),
			retire.MuteVerdict: w.mark(func(m *s3.Marks, now time.Time) {
				m.VerdictOff = since(m.VerdictOff, now)
			}),
			retire.SoundVerdict: w.mark(func(m *s3.Marks, _ time.Time) { m.VerdictOff = time.Time{} }),
			retire.ArchiveImage: w.archiveImages,
			retire.WriteDocs:    w.writeDocs,
		},
	}), nil
}

func (w *work) mark(change func(*s3.Marks, time.Time)) func(context.Context, retire.Action) error {
	return func(ctx context.Context, _ retire.Action) error {
		now := w.clock.Now()
		return w.store.Mark(ctx, func(m *s3.Marks) { change(m, now) })
	}
}

// since keeps the first time.
func since(first, now time.Time) time.Time {
	if first.IsZero() {
		return now
	}
	return first
}
