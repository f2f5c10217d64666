// Package events asks Amazon EventBridge, or what AWS_ENDPOINT_URL names, which
// rules let either side work without being asked: they start tasks in blue's
// cluster or call green's functions.
//
// Two kinds of schedules are not seen here: those of EventBridge Scheduler, which
// is another service (aws/scheduler), and those that a program keeps for itself.
package events

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/rollout/preflight"
)

// Rules are those of one region.
type Rules struct{ client *eventbridge.Client }

// within bounds one question with all its pages and retries: an account may have
// hundreds of rules, and each is asked for its targets.
const within = 3 * time.Minute

// Open makes a client with the credentials that the AWS SDK finds; nothing is
// called yet. region is empty for that of the environment.
func Open(ctx context.Context, region string) (*Rules, error) {
	c, err := session.Load(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Rules{eventbridge.NewFromConfig(c)}, nil
}

// Workers is a part of preflight.Fleet: the rules of all buses that start a task
// in this cluster, which is blue's, or call one of these functions, which are
// green's. A rule without a schedule reacts to events, and counts as a stream.
func (r *Rules) Workers(ctx context.Context, cluster string, functions []string) ([]preflight.Worker, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	buses, err := r.buses(ctx)
	if err != nil {
		return nil, err
	}
	var all []preflight.Worker
	for _, bus := range buses {
		rules, err := r.rules(ctx, bus)
		if err != nil {
			return nil, err
		}
		for _, rule := range rules {
			sides, err := r.sides(ctx, bus, rule, cluster, functions)
			if err != nil {
				return nil, err
			}
			for _, side := range sides {
				all = append(all, worker(rule, side))
			}
		}
	}
	slices.SortFunc(all, func(a, b preflight.Worker) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Side, b.Side))
	})
	return all, nil
}

// worker is a rule in preflight's words. It works unless it is disabled: there is
// more than one state in which it is enabled.
func worker(rule types.Rule, side string) preflight.Worker {
	w := preflight.Worker{Side: side, Kind: preflight.Schedule, Name: aws.ToString(rule.Name), Source: aws.ToString(rule.ScheduleExpression), Enabled: rule.State != types.RuleStateDisabled}
	if w.Source == "" {
		w.Kind, w.Source = preflight.Stream, aws.ToString(rule.EventPattern)
	}
	return w
}

func (r *Rules) buses(ctx context.Context) ([]string, error) {
	var names []string
	in := &eventbridge.ListEventBusesInput{}
	for {
		out, err := r.client.ListEventBuses(ctx, in)
		if err != nil {
			return nil, refused("buses cannot be listed", "events:ListEventBuses on *", err)
		}
		for _, b := range out.EventBuses {
			names = append(names, aws.ToString(b.Name))
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return names, nil
		}
	}
}

func (r *Rules) rules(ctx context.Context, bus string) ([]types.Rule, error) {
	var all []types.Rule
	in := &eventbridge.ListRulesInput{EventBusName: &bus}
	for {
		out, err := r.client.ListRules(ctx, in)
		if err != nil {
			return nil, refused("rules cannot be listed", "events:ListRules on *", err)
		}
		all = append(all, out.Rules...)
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return all, nil
		}
	}
}

// sides are those that a rule lets work, each once.
func (r *Rules) sides(ctx context.Context, bus string, rule types.Rule, cluster string, functions []string) ([]string, error) {
	var all []string
	in := &eventbridge.ListTargetsByRuleInput{Rule: rule.Name, EventBusName: &bus}
	for {
		out, err := r.client.ListTargetsByRule(ctx, in)
		if err != nil {
			return nil, refused("rule "+aws.ToString(rule.Name)+" does not tell what it does", "events:ListTargetsByRule on all rules", err)
		}
		for _, target := range out.Targets {
			if side := sideOf(aws.ToString(target.Arn), cluster, functions); side != "" && !slices.Contains(all, side) {
				all = append(all, side)
			}
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return all, nil
		}
	}
}

// sideOf says whose a target is, "" for neither's. A function may be called by a
// version or an alias; source: EventBridge User Guide, targets; AWS General
// Reference, ARNs.
func sideOf(at, cluster string, functions []string) string {
	parts := strings.SplitN(at, ":", 6)
	if len(parts) != 6 {
		return ""
	}
	switch parts[2] {
	case "ecs":
		if cluster != "" && parts[5] == "cluster/"+cluster {
			return preflight.Blue
		}
	case "lambda":
		if name, ok := strings.CutPrefix(parts[5], "function:"); ok {
			name, _, _ = strings.Cut(name, ":")
			if slices.Contains(functions, name) {
				return preflight.Green
			}
		}
	}
	return ""
}

func refused(what, permission string, err error) error {
	return refusal.Of("EventBridge", what, "Allow the role "+permission+".", err)
}
