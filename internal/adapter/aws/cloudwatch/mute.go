package cloudwatch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/monitoring/mute"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

var (
	_ mute.Alarms = (*Alarms)(nil)
	_ mute.Rules  = (*Alarms)(nil)
)

// window are words of a refusal that may be about a rule's window.
var window = pattern.New(`(?i)past|future|schedule|expression|expire`)

// Names implements mute.Alarms.
func (a *Alarms) Names(ctx context.Context, prefix string) ([]string, error) {
	found, err := a.Find(ctx, prefix)
	var names []string
	for _, f := range found {
		names = append(names, f.Name)
	}
	return names, err
}

// PutRule implements mute.Rules. The window is in UTC.
func (a *Alarms) PutRule(ctx context.Context, r mute.Rule) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	in := &cloudwatch.PutAlarmMuteRuleInput{
		Name: &r.Name, Description: &r.Why, ExpireDate: &r.Ends, MuteTargets: &types.MuteTargets{AlarmNames: r.Alarms},
		Rule: &types.Rule{Schedule: &types.Schedule{
			Expression: aws.String(r.From.UTC().Format("at(2006-01-02T15:04)")), Duration: aws.String(fmt.Sprintf("PT%dM", int(r.Lasts/time.Minute))), Timezone: aws.String("UTC"),
		}},
	}
	for _, key := range slices.Sorted(maps.Keys(r.Tags)) {
		in.Tags = append(in.Tags, types.Tag{Key: aws.String(key), Value: aws.String(r.Tags[key])})
	}
	_, err := a.client.PutAlarmMuteRule(ctx, in)
	if err == nil {
		return nil
	}
	var api smithy.APIError
	// What it says of a window that has begun is written nowhere.
	if errors.As(err, &api) && strings.HasPrefix(api.ErrorCode(), "Validation") && window.MatchString(api.ErrorMessage()) {
		return fmt.Errorf("%s: %s: %w", r.Name, api.ErrorMessage(), mute.ErrWindow)
	}
	return refusal.Of(r.Name, "the mute rule cannot be made", "Allow the role cloudwatch:PutAlarmMuteRule on the stage's mute rules and alarms, and cloudwatch:TagResource on the rules.", err)
}

// Rule implements mute.Rules.
func (a *Alarms) Rule(ctx context.Context, name string) (mute.Rule, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := a.client.GetAlarmMuteRule(ctx, &cloudwatch.GetAlarmMuteRuleInput{AlarmMuteRuleName: &name})
	var none *types.ResourceNotFoundException
	if errors.As(err, &none) {
		return mute.Rule{}, false, nil
	}
	if err != nil {
		return mute.Rule{}, false, refusal.Of(name, "the mute rule cannot be read", "Allow the role cloudwatch:GetAlarmMuteRule on mute rules.", err)
	}
	r := mute.Rule{Name: name, Why: aws.ToString(out.Description), Ends: aws.ToTime(out.ExpireDate), Status: string(out.Status)}
	if out.MuteTargets != nil {
		r.Alarms = out.MuteTargets.AlarmNames
	}
	return r, true, nil
}

// DropRule implements mute.Rules.
func (a *Alarms) DropRule(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if _, err := a.client.DeleteAlarmMuteRule(ctx, &cloudwatch.DeleteAlarmMuteRuleInput{AlarmMuteRuleName: &name}); err != nil {
		return refusal.Of(name, "the mute rule cannot be deleted", "Allow the role cloudwatch:DeleteAlarmMuteRule on the stage's mute rules.", err)
	}
	return nil
}

// RuleNames implements mute.Rules.
func (a *Alarms) RuleNames(ctx context.Context, active bool) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	in := &cloudwatch.ListAlarmMuteRulesInput{}
	if active {
		in.Statuses = []types.AlarmMuteRuleStatus{types.AlarmMuteRuleStatusActive}
	}
	var names []string
	for {
		out, err := a.client.ListAlarmMuteRules(ctx, in)
		if err != nil {
			return nil, refusal.Of("CloudWatch", "the mute rules cannot be listed", "Allow the role cloudwatch:ListAlarmMuteRules on *.", err)
		}
		for _, s := range out.AlarmMuteRuleSummaries {
			arn := aws.ToString(s.AlarmMuteRuleArn)
			names = append(names, arn[strings.LastIndexByte(arn, ':')+1:])
		}
		if aws.ToString(out.NextToken) == "" {
			return names, nil
		}
		in.NextToken = out.NextToken
	}
}
