// Package scheduler asks Amazon EventBridge Scheduler, or what AWS_ENDPOINT_URL
// names, which schedules do something to the old side: start tasks in its cluster,
// or call AWS with its names. It is a survey.Source.
//
// A schedule that calls a function or sends a message is not told: what becomes of
// that stands in nobody's configuration.
package scheduler

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// Legacy are the schedules of one region.
type Legacy struct{ client *scheduler.Client }

var _ survey.Source = (*Legacy)(nil)

// looking bounds one look at everything with all its pages and retries.
const looking = 5 * time.Minute

// OpenLegacy makes a client with the credentials that the AWS SDK finds; nothing
// is called yet.
func OpenLegacy(ctx context.Context, region string) (*Legacy, error) {
	c, err := session.Load(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Legacy{scheduler.NewFromConfig(c)}, nil
}

// Tell implements survey.Source: of all groups.
func (l *Legacy) Tell(ctx context.Context, f survey.Focus) (survey.Part, error) {
	ctx, cancel := context.WithTimeout(ctx, looking)
	defer cancel()
	var p survey.Part
	in := &scheduler.ListSchedulesInput{}
	for {
		out, err := l.client.ListSchedules(ctx, in)
		if err != nil {
			return p, refused("schedules cannot be listed", "scheduler:ListSchedules on *", err)
		}
		for _, s := range out.Schedules {
			if s.Target == nil || !concerns(f, aws.ToString(s.Target.Arn)) {
				continue
			}
			if err := l.tell(ctx, &p, f, s); err != nil {
				return p, err
			}
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return p, nil
		}
	}
}

// universal is how the ARN of any call of AWS begins, as the target of a schedule;
// source: EventBridge Scheduler User Guide, "Using universal targets".
const universal = ":scheduler:::aws-sdk:"

// concerns says whether a schedule's target is something of the old side, or a call
// of AWS whose input may name something of it.
func concerns(f survey.Focus, target string) bool {
	_, known := f.Known.Item(target)
	return known || target == cluster(f) || strings.Contains(target, universal)
}

func cluster(f survey.Focus) string { return f.ARN("ecs", "cluster/"+f.Cluster) }

// tell tells a schedule that names something of the old side.
func (l *Legacy) tell(ctx context.Context, p *survey.Part, f survey.Focus, s types.ScheduleSummary) error {
	name := aws.ToString(s.GroupName) + "/" + aws.ToString(s.Name)
	out, err := l.client.GetSchedule(ctx, &scheduler.GetScheduleInput{Name: s.Name, GroupName: s.GroupName})
	var none *types.ResourceNotFoundException
	if errors.As(err, &none) {
		return nil // deleted since it was listed
	}
	if err != nil {
		return refused("the schedule "+name+" does not tell what it does", "scheduler:GetSchedule on all schedules", err)
	}
	if out.Target == nil {
		return &fault.Fault{Kind: fault.Outside, Name: name, What: "is a schedule that does not tell its target"}
	}
	at, target, input := aws.ToString(out.Arn), aws.ToString(out.Target.Arn), aws.ToString(out.Target.Input)
	part := survey.Part{}
	link := func(to, how string) {
		// In other words while it is disabled, so that whoever enables it makes
		// another reference than the plan knew.
		if out.State == types.ScheduleStateDisabled {
			how = "is disabled, and else " + how
		}
		part.Link(at, to, how, false)
	}
	switch {
	case target == cluster(f):
		link(target, "starts tasks in")
		if e := out.Target.EcsParameters; e != nil && strings.Contains(aws.ToString(e.TaskDefinitionArn), ":task-definition/") {
			link(aws.ToString(e.TaskDefinitionArn), "starts")
		}
	case strings.Contains(target, universal):
		_, call, _ := strings.Cut(target, universal)
		for _, to := range named(f, input) {
			link(to, "calls "+call+" for")
		}
	default:
		link(target, "calls")
	}
	if len(part.Links) == 0 {
		return nil
	}
	p.Links = append(p.Links, part.Links...)
	p.Items = append(p.Items, estate.Item{ARN: at, Kind: estate.Timer, Name: aws.ToString(out.Name), State: string(out.State), Made: aws.ToTime(out.CreationDate).UTC(),
		Facts: map[string]string{"group": aws.ToString(out.GroupName), "schedule": aws.ToString(out.ScheduleExpression)},
		Print: survey.Print([]string{at, aws.ToString(out.ScheduleExpression), target, input})})
	return nil
}

// named are the things of the old side that a call's input names: by their ARN, or
// the cluster and the service by the words that ECS and Application Auto Scaling
// take. A call that leaves the cluster out means the one called default; source: ECS
// API reference, UpdateService.
func named(f survey.Focus, input string) []string {
	var all []string
	says := func(word string) bool { return strings.Contains(input, `"`+word+`"`) }
	for _, i := range f.Known.World.Items {
		hit := strings.HasPrefix(i.ARN, "arn:") && says(i.ARN)
		switch i.Kind {
		case estate.Cluster:
			hit = hit || i.ARN == cluster(f) && says(f.Cluster)
		case estate.Service:
			ours := i.ARN == f.ARN("ecs", "service/"+f.Cluster+"/"+f.Service)
			hit = hit || ours && (says("service/"+f.Cluster+"/"+f.Service) || says(f.Service) && (says(f.Cluster) || says(cluster(f)) || f.Cluster == "default"))
		}
		if hit {
			all = append(all, i.ARN)
		}
	}
	return all
}

func refused(what, permission string, err error) error {
	return refusal.Of("EventBridge Scheduler", what, "Allow the role "+permission+".", err)
}
