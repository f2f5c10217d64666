package elb

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// Registered tells what is registered in the named target groups beside the tasks
// that are known: somebody has put it there by hand, and it serves something. It is a
// survey.Source.
type Registered struct{ *Legacy }

var _ survey.Source = Registered{}

// Tell implements survey.Source. What drains was taken out already: a task that has
// ended, or whatever else, goes by itself.
func (l Registered) Tell(ctx context.Context, f survey.Focus) (survey.Part, error) {
	ctx, cancel := context.WithTimeout(ctx, looking)
	defer cancel()
	var p survey.Part
	ours := map[string]bool{}
	for _, i := range f.Known.World.Items {
		if i.Kind == estate.Task && i.Facts[estate.Address] != "" {
			ours[i.Facts[estate.Address]] = true
		}
	}
	for _, i := range f.Known.World.Items {
		if i.Kind != estate.TargetGroup || !concerned(f.Asked, i) {
			continue
		}
		out, err := l.client.DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: &i.ARN})
		if gone(err) {
			continue
		}
		if err != nil {
			return p, refused("what is registered in a target group cannot be looked at", "elasticloadbalancing:DescribeTargetHealth on *", err)
		}
		for _, d := range out.TargetHealthDescriptions {
			if d.Target == nil || ours[aws.ToString(d.Target.Id)] || d.TargetHealth != nil && d.TargetHealth.State == types.TargetHealthStateEnumDraining {
				continue
			}
			tellTarget(&p, i.ARN, aws.ToString(d.Target.Id), aws.ToInt32(d.Target.Port))
		}
	}
	return p, nil
}

// concerned says whether a target group is named, or of the named stack.
func concerned(a survey.Asked, i estate.Item) bool {
	for _, end := range a.TargetGroups {
		if strings.HasSuffix(i.ARN, ":"+end) {
			return true
		}
	}
	for _, stack := range i.Stacks {
		if a.Stack != "" && strings.Contains(stack, ":stack/"+a.Stack+"/") {
			return true
		}
	}
	return false
}

// tellTarget: a target has no ARN of its own.
func tellTarget(p *survey.Part, group, id string, port int32) {
	name := fmt.Sprintf("%s:%d", id, port)
	at := group + "/target/" + name
	p.Items = append(p.Items, estate.Item{ARN: at, Kind: estate.Target, Name: name, Print: survey.Print(at)})
	p.Link(at, group, "is registered by hand in", true)
}
