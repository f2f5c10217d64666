package elb

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// listeners tells those of a load balancer with their rules.
func (l *Legacy) listeners(ctx context.Context, p *survey.Part, balancer string) error {
	in := &elb.DescribeListenersInput{LoadBalancerArn: &balancer}
	for {
		out, err := l.client.DescribeListeners(ctx, in)
		if err != nil {
			return refused("listeners cannot be looked at", "elasticloadbalancing:DescribeListeners on *", err)
		}
		for _, x := range out.Listeners {
			thing, err := l.listenerThing(ctx, x)
			if err != nil {
				return err
			}
			p.Items = append(p.Items, thing.Item)
			p.Link(thing.Item.ARN, balancer, "listens on", true)
			forwards(p, thing.Item.ARN, x.DefaultActions)
			if err := l.rules(ctx, p, thing.Item.ARN); err != nil {
				return err
			}
		}
		if in.Marker = out.NextMarker; aws.ToString(in.Marker) == "" {
			return nil
		}
	}
}

// rules tells those of a listener but the default one, which is the listener's own.
func (l *Legacy) rules(ctx context.Context, p *survey.Part, listener string) error {
	in := &elb.DescribeRulesInput{ListenerArn: &listener}
	for {
		out, err := l.client.DescribeRules(ctx, in)
		if gone(err) {
			return nil // the listener went while it was looked at: its rules went with it
		}
		if err != nil {
			return refused("listener rules cannot be looked at", "elasticloadbalancing:DescribeRules on *", err)
		}
		for _, x := range out.Rules {
			if aws.ToBool(x.IsDefault) {
				continue
			}
			thing, err := l.ruleThing(ctx, x)
			if err != nil {
				return err
			}
			p.Items = append(p.Items, thing.Item)
			p.Link(thing.Item.ARN, listener, estate.BelongsTo, false)
			forwards(p, thing.Item.ARN, x.Actions)
		}
		if in.Marker = out.NextMarker; aws.ToString(in.Marker) == "" {
			return nil
		}
	}
}

// forwards links whoever forwards to the target groups of its actions.
func forwards(p *survey.Part, from string, actions []types.Action) {
	for _, a := range actions {
		p.Link(from, aws.ToString(a.TargetGroupArn), "forwards to", true)
		if a.ForwardConfig != nil {
			for _, g := range a.ForwardConfig.TargetGroups {
				p.Link(from, aws.ToString(g.TargetGroupArn), "forwards to", true)
			}
		}
	}
}

// A secret may stand in what a listener asks an identity provider with; AWS does
// not tell it, and it is left out all the same.
func withoutSecrets(actions []types.Action) []types.Action {
	var all []types.Action
	for _, a := range actions {
		if a.AuthenticateOidcConfig != nil {
			own := *a.AuthenticateOidcConfig
			own.ClientSecret = nil
			a.AuthenticateOidcConfig = &own
		}
		all = append(all, a)
	}
	return all
}

func (l *Legacy) listenerThing(ctx context.Context, x types.Listener) (survey.Thing, error) {
	at := aws.ToString(x.ListenerArn)
	tags, err := l.tags(ctx, at)
	if err != nil {
		return survey.Thing{}, err
	}
	x.DefaultActions = withoutSecrets(x.DefaultActions)
	item := estate.Item{ARN: at, Kind: estate.Listener, Name: fmt.Sprintf("%s:%d", x.Protocol, aws.ToInt32(x.Port)), Tags: tags}
	return survey.Told(item, map[string]any{"listener": x, "tags": tags})
}

func (l *Legacy) ruleThing(ctx context.Context, x types.Rule) (survey.Thing, error) {
	at := aws.ToString(x.RuleArn)
	tags, err := l.tags(ctx, at)
	if err != nil {
		return survey.Thing{}, err
	}
	x.Actions = withoutSecrets(x.Actions)
	item := estate.Item{ARN: at, Kind: estate.Rule, Name: "priority " + aws.ToString(x.Priority), Tags: tags}
	return survey.Told(item, map[string]any{"rule": x, "tags": tags})
}
