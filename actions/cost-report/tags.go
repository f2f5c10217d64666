package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/costexplorer"
	"github.com/cutover-dev/cutover/internal/adapter/aws/ssm"
	"github.com/cutover-dev/cutover/internal/adapter/aws/ssts3"
	"github.com/cutover-dev/cutover/internal/adapter/aws/tagging"
	"github.com/cutover-dev/cutover/internal/cost/tagged"
	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/audit"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// tagResult is what tags prints (schemas/cost-tags.schema.json).
type tagResult struct {
	tagged.Verdict
	// Billing is pass where costs are told apart by the tags already.
	Billing verdict.Verdict `json:"billing" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Steps   []tagged.Step   `json:"steps"`
	// Done are the steps that this run has taken.
	Done []tagged.Action `json:"done"`
	Lead string          `json:"lead"`
}

// tags holds that everything is tagged, and that billing knows the tags.
func (w *work) tags(ctx context.Context) error {
	resources, err := w.resources(ctx)
	if err != nil {
		return err
	}
	r := tagResult{Verdict: tagged.Judge(resources, w.wanted(), w.expected()...), Done: []tagged.Action{}}
	if err := w.billing(ctx, &r, since(resources)); err != nil {
		return err
	}
	r.lead()
	w.told.tags(r)
	if r.Verdict.Verdict == verdict.Fail && *w.in.enforce == enforceFail {
		return &fault.Fault{Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.Untagged}, What: strings.TrimSuffix(r.Lead, "."), Next: "Set the tags at one place: transform in sst.config.ts, as docs/cost-watch.md shows."}
	}
	return nil
}

// expected are the services of which the app must have something.
func (w *work) expected() []string {
	all := []string{"lambda"}
	if d := w.file.Datastores; d != nil {
		for service, there := range map[string]bool{"rds": d.RDS != nil, "elasticache": d.Redis != nil, "es": d.OpenSearch != nil, "s3": len(d.Buckets) > 0} {
			if there {
				all = append(all, service)
			}
		}
	}
	slices.Sort(all)
	return all
}

// resources are all of the stage: what SST has made, by its own state; what
// cutover.yaml names; and whatever else carries the tags. Who asks only by tags
// never meets what has none.
func (w *work) resources(ctx context.Context) ([]tagged.Resource, error) {
	all, err := w.made(ctx)
	if err != nil {
		return nil, err
	}
	all = append(all, w.named(account(all))...)
	tags, err := tagging.Open(ctx, w.region)
	if err != nil {
		return nil, err
	}
	others, err := tags.All(ctx, w.wanted(), nil)
	if err != nil {
		return nil, err
	}
	for arn := range others {
		arn = strings.TrimSuffix(arn, ":*") // the other form of a log group's
		all = append(all, tagged.Resource{ARN: arn, Service: service(arn), Known: "its tags"})
	}
	slices.SortStableFunc(all, func(a, b tagged.Resource) int { return strings.Compare(a.ARN, b.ARN) })
	all = slices.CompactFunc(all, func(a, b tagged.Resource) bool { return a.ARN == b.ARN })
	var arns []string
	for _, r := range all {
		if strings.HasPrefix(r.ARN, "arn:") {
			arns = append(arns, r.ARN)
		}
	}
	seen, err := tags.Tagged(ctx, arns)
	if err != nil {
		return nil, err
	}
	for i, r := range all {
		if !strings.HasPrefix(r.ARN, "arn:") {
			continue // nobody can ask for it: what SST has set is all that is known
		}
		// What AWS says now counts, not what SST meant to set.
		if all[i].Tags = seen[r.ARN]; all[i].Tags == nil {
			all[i].Tags = map[string]string{}
		}
	}
	return all, nil
}

// made are the resources in SST's state.
func (w *work) made(ctx context.Context) ([]tagged.Resource, error) {
	bucket, err := ssm.StateBucket(ctx, w.region)
	if err != nil {
		if errors.Is(err, ssm.ErrNoBootstrap) {
			return nil, w.undeployed(err)
		}
		return nil, err
	}
	state, err := ssts3.Open(ctx, w.region, bucket)
	if err != nil {
		return nil, err
	}
	key := deploy.Target{App: w.file.AppName(*w.in.app), Stage: *w.in.stage}.StateKey()
	object, err := state.Get(ctx, key, tagged.MostState)
	if errors.Is(err, deploy.ErrNoObject) {
		return nil, w.undeployed(err)
	}
	if err != nil {
		return nil, err
	}
	return tagged.FromState(object.Text)
}

func (w *work) undeployed(err error) error {
	return &fault.Fault{Kind: fault.Input, Name: "stage", What: "was never deployed here by SST, so that nobody knows what should be tagged", Got: *w.in.stage, Err: err, Next: "Deploy it first, and look at region and app."}
}

// named are the stores that cutover.yaml names, of that account.
func (w *work) named(account string) (all []tagged.Resource) {
	if w.file.Datastores == nil {
		return nil
	}
	d := w.file.Datastores.For(*w.in.stage)
	add := func(format string, args ...any) {
		arn := fmt.Sprintf(format, args...)
		all = append(all, tagged.Resource{ARN: arn, Service: service(arn), Known: "cutover.yaml"})
	}
	for _, b := range d.Buckets {
		add("arn:aws:s3:::%s", b)
	}
	if o := d.OpenSearch; o != nil {
		add("arn:aws:es:%s:%s:domain/%s", w.region, o.Account, o.Domain)
	}
	if account == "" {
		return all
	}
	if r := d.RDS; r != nil {
		add("arn:aws:rds:%s:%s:db:%s", w.region, account, r.Instance)
	}
	if r := d.Redis; r != nil {
		kind := map[string]string{"serverless": "serverlesscache"}[r.Kind]
		if kind == "" {
			kind = "cluster"
		}
		add("arn:aws:elasticache:%s:%s:%s:%s", w.region, account, kind, r.ID)
	}
	return all
}

func service(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[2]
}

// account is the one that the app is in.
func account(all []tagged.Resource) string {
	for _, r := range all {
		if parts := strings.SplitN(r.ARN, ":", 6); len(parts) == 6 && parts[2] == "lambda" && parts[4] != "" {
			return parts[4]
		}
	}
	return ""
}

// since is when the first resource was made: costs of the past are told apart from
// its month on.
func since(all []tagged.Resource) (first time.Time) {
	for _, r := range all {
		if !r.Made.IsZero() && (first.IsZero() || r.Made.Before(first)) {
			first = r.Made
		}
	}
	return first
}

// billing lets billing know the tags, as far as that is still to do.
func (w *work) billing(ctx context.Context, to *tagResult, first time.Time) error {
	costs, err := costexplorer.Open(ctx)
	if err != nil {
		return err
	}
	keys := []string{"Environment", "Project"}
	known, err := billingOf(ctx, costs, keys)
	if err != nil {
		return err
	}
	to.Steps, to.Billing = tagged.Plan(keys, known, first, w.now), verdict.Pass
	for _, step := range to.Steps {
		to.Billing = verdict.Inconclusive
		if !*w.in.activate {
			continue
		}
		switch step.Action {
		case tagged.Activate:
			err = costs.Activate(ctx, step.Keys)
		case tagged.Ask:
			if err = costs.Backfill(ctx, *step.From); errors.Is(err, costexplorer.ErrAsked) {
				err = nil // somebody has today
			}
		default:
			continue
		}
		if err != nil {
			return err
		}
		to.Done = append(to.Done, step.Action)
	}
	if slices.ContainsFunc(to.Steps, func(s tagged.Step) bool { return s.Action == tagged.Broken }) {
		to.Billing = verdict.Fail
	}
	return nil
}

// billingOf is what the account that pays knows of the tags.
func billingOf(ctx context.Context, costs *costexplorer.Costs, keys []string) (b tagged.Billing, err error) {
	active, err := costs.Active(ctx, keys)
	if errors.Is(err, audit.ErrLinked) {
		return tagged.Billing{Linked: true}, nil
	}
	if err != nil {
		return b, err
	}
	b.Keys = map[string]tagged.Activation{}
	for key, yes := range active {
		b.Keys[key] = tagged.Inactive
		if yes {
			b.Keys[key] = tagged.Active
		}
	}
	all, err := costs.Backfills(ctx)
	for _, f := range all {
		state := map[string]tagged.Backfilling{"PROCESSING": tagged.Running, "SUCCEEDED": tagged.Done, "FAILED": tagged.Failed}[f.Status]
		b.Backfills = append(b.Backfills, tagged.Backfill{From: f.From, Asked: f.Requested, State: state})
	}
	return b, err
}

// lead says it in a sentence.
func (r *tagResult) lead() {
	of, tags := 0, 0
	for _, row := range r.Rows {
		of, tags = of+row.Of, tags+row.Tagged
	}
	r.Lead = fmt.Sprintf("%d of %d resources carry the cost tags. ", tags, of)
	switch {
	case len(r.Steps) == 0:
		r.Lead += "Billing tells costs apart by them."
	case len(r.Done) > 0:
		r.Lead += "Billing was asked to tell costs apart by them; that takes up to a day."
	default:
		r.Lead += r.Steps[0].Why
	}
}
