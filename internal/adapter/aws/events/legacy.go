package events

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// Legacy tells the rules that start tasks in a cluster. It is a survey.Source.
type Legacy struct{ rules *Rules }

var _ survey.Source = (*Legacy)(nil)

// OpenLegacy makes a client with the credentials that the AWS SDK finds; nothing
// is called yet.
func OpenLegacy(ctx context.Context, region string) (*Legacy, error) {
	r, err := Open(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Legacy{r}, nil
}

// Tell implements survey.Source.
func (l *Legacy) Tell(ctx context.Context, f survey.Focus) (survey.Part, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var p survey.Part
	cluster := f.ARN("ecs", "cluster/"+f.Cluster)
	buses, err := l.rules.buses(ctx)
	if err != nil {
		return p, err
	}
	for _, bus := range buses {
		rules, err := l.rules.rules(ctx, bus)
		if err != nil {
			return p, err
		}
		for _, rule := range rules {
			if err := l.tell(ctx, &p, bus, rule, cluster); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

// tell tells a rule that has the cluster among its targets.
func (l *Legacy) tell(ctx context.Context, p *survey.Part, bus string, rule types.Rule, cluster string) error {
	at := aws.ToString(rule.Arn)
	in := &eventbridge.ListTargetsByRuleInput{Rule: rule.Name, EventBusName: &bus}
	told := false
	how := ""
	if rule.State == types.RuleStateDisabled {
		how = "is disabled, and else " // whoever enables it makes another reference than the plan knew
	}
	for {
		out, err := l.rules.client.ListTargetsByRule(ctx, in)
		if err != nil {
			return refused("rule "+aws.ToString(rule.Name)+" does not tell what it does", "events:ListTargetsByRule on all rules", err)
		}
		for _, t := range out.Targets {
			if aws.ToString(t.Arn) != cluster {
				continue
			}
			told = true
			p.Link(at, cluster, how+"starts tasks in", false)
			// One without a revision starts the newest; source: EventBridge API
			// reference, EcsParameters.
			if t.EcsParameters != nil && strings.Contains(aws.ToString(t.EcsParameters.TaskDefinitionArn), ":task-definition/") {
				p.Link(at, aws.ToString(t.EcsParameters.TaskDefinitionArn), how+"starts", false)
			}
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			break
		}
	}
	if told {
		p.Items = append(p.Items, estate.Item{ARN: at, Kind: estate.Schedule, Name: aws.ToString(rule.Name), State: string(rule.State), Facts: map[string]string{"bus": bus, "schedule": aws.ToString(rule.ScheduleExpression)},
			Print: survey.Print([]string{at, aws.ToString(rule.ScheduleExpression), aws.ToString(rule.EventPattern)})})
	}
	return nil
}
