package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudformation"
	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/adapter/aws/costexplorer"
	"github.com/cutover-dev/cutover/internal/adapter/aws/iam"
	"github.com/cutover-dev/cutover/internal/adapter/aws/identity"
	"github.com/cutover-dev/cutover/internal/adapter/aws/route53"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/adapter/aws/sns"
	"github.com/cutover-dev/cutover/internal/adapter/aws/ssm"
	"github.com/cutover-dev/cutover/internal/adapter/aws/xray"
	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/adapter/slack"
	"github.com/cutover-dev/cutover/internal/doctor"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/audit"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
	"github.com/cutover-dev/cutover/internal/runner"
)

// hub is GitHub; without a token nothing is asked there.
func (in inputs) hub(s *runner.Session, repository string) (doctor.Hub, error) {
	if *in.token == "" {
		return doctor.NoHub{}, nil
	}
	client, err := github.Open(s.Getenv("GITHUB_API_URL"), repository, *in.token)
	if err != nil {
		return nil, err
	}
	return client.ForDoctor(), nil
}

// messenger is Slack, nil without a token.
func (in inputs) messenger(s *runner.Session) (doctor.Messenger, error) {
	if *in.slack == "" {
		return nil, nil // no token is an answer, which the checks tell
	}
	return slack.New(*in.slack, slack.Options{BaseURL: s.Getenv("SLACK_API_URL"), Budget: *in.timeout})
}

// cloud opens the ways to AWS. None of them asks anything yet. trouble is why the
// role could not be taken.
func (in inputs) cloud(ctx context.Context, p doctor.Plan, trouble error) (doctor.Cloud, error) {
	var c doctor.Cloud
	access, err1 := iam.Open(ctx)
	buckets, err2 := s3.OpenSettings(ctx, s3.Options{Region: p.Region})
	figures, err3 := cloudwatch.OpenPresence(ctx, p.Region)
	alarms, err4 := cloudwatch.Open(ctx, p.Region)
	topics, err5 := sns.Open(ctx, p.Region)
	costs, err6 := costexplorer.Open(ctx)
	traces, err7 := xray.Open(ctx, p.Region, xray.Options{})
	stacks, err8 := cloudformation.Open(ctx, p.Region)
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7, err8); err != nil {
		return c, err
	}
	c.Account = &accounts{IAM: access, region: p.Region, trouble: trouble}
	c.Buckets, c.Figures, c.State = buckets, figures, state{p.Region}
	c.Watch, c.Tags, c.Tracing = watch{alarms, topics}, tags{costs}, tracing{traces}
	if r := p.Record; r != nil {
		zone, err := route53.Open(ctx, prepare.Record{Project: p.Project, Zone: r.Zone, Name: strings.ToLower(r.Name), TTL: r.TTL}, route53.Options{})
		if err != nil {
			return c, err
		}
		c.Records = records{zone, stacks}
	}
	return c, nil
}

// accounts is whose credentials they are, asked once.
type accounts struct {
	*iam.IAM
	region  string
	trouble error
	once    sync.Once
	who     doctor.Caller
	err     error
}

// Caller implements doctor.Account.
func (a *accounts) Caller(ctx context.Context) (doctor.Caller, error) {
	a.once.Do(func() {
		who, err := identity.Of(ctx, a.region)
		if a.trouble != nil {
			err = a.trouble
		}
		if fault.KindOf(err) == fault.Input {
			err = fmt.Errorf("%w: %w", doctor.ErrToken, err)
		}
		a.who, a.err = doctor.Caller{Account: who.Account, ARN: who.ARN}, err
	})
	return a.who, a.err
}

type state struct{ region string }

// StateBucket implements doctor.State.
func (s state) StateBucket(ctx context.Context) (string, error) {
	bucket, err := ssm.StateBucket(ctx, s.region)
	if errors.Is(err, ssm.ErrNoBootstrap) {
		return "", doctor.ErrNone
	}
	return bucket, err
}

type records struct {
	zone   *route53.Zone
	stacks *cloudformation.Stacks
}

// Sets implements doctor.Records.
func (r records) Sets(ctx context.Context) ([]doctor.Set, error) { return r.zone.Look(ctx) }

// Owner implements doctor.Records.
func (r records) Owner(ctx context.Context, name string) (string, error) {
	return r.stacks.Owner(ctx, name)
}

// HealthCheck implements doctor.Records.
func (r records) HealthCheck(ctx context.Context, id string) error {
	return r.zone.HealthCheck(ctx, id)
}

type watch struct {
	alarms *cloudwatch.Alarms
	topics *sns.Topics
}

// Alarms implements doctor.Watch.
func (w watch) Alarms(ctx context.Context, begins string) ([]string, error) {
	return w.alarms.Names(ctx, begins)
}

// Listeners implements doctor.Watch.
func (w watch) Listeners(ctx context.Context, topic string) (confirmed int, waiting []string, err error) {
	all, err := w.topics.Subscriptions(ctx, topic)
	// The word is SNS's for a topic that does not exist.
	if err != nil && strings.Contains(err.Error(), "NotFound") {
		return 0, nil, doctor.ErrNone
	}
	for _, s := range all {
		if s.Confirmed {
			confirmed++
		} else {
			waiting = append(waiting, s.Endpoint)
		}
	}
	return confirmed, waiting, err
}

type tags struct{ costs *costexplorer.Costs }

// Active implements doctor.Tags.
func (t tags) Active(ctx context.Context, keys []string) (map[string]bool, error) {
	active, err := t.costs.Active(ctx, keys)
	if errors.Is(err, audit.ErrLinked) {
		return nil, doctor.ErrLinked
	}
	return active, err
}

type tracing struct{ x *xray.XRay }

// Destination implements doctor.Tracing.
func (t tracing) Destination(ctx context.Context) (kind, status string, indexed float64, err error) {
	d, err := t.x.Destination(ctx)
	if d.Index != nil {
		indexed = *d.Index
	}
	return d.Kind, d.Status, indexed, err
}
