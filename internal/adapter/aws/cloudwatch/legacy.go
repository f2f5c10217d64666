package cloudwatch

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// Legacy tells the alarms that watch what is known of the old side. It is a
// survey.Source.
type Legacy struct{ client *cloudwatch.Client }

var _ survey.Source = (*Legacy)(nil)

// lookingAtAlarms bounds one look at all alarms.
const lookingAtAlarms = 5 * time.Minute

// OpenLegacy makes a client with the credentials that the AWS SDK finds; nothing
// is called yet.
func OpenLegacy(ctx context.Context, region string) (*Legacy, error) {
	c, err := connect(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Legacy{c}, nil
}

// Tell implements survey.Source.
func (l *Legacy) Tell(ctx context.Context, f survey.Focus) (survey.Part, error) {
	ctx, cancel := context.WithTimeout(ctx, lookingAtAlarms)
	defer cancel()
	var p survey.Part
	var all []types.CompositeAlarm
	in := &cloudwatch.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm}}
	for {
		out, err := l.client.DescribeAlarms(ctx, in)
		if l.client.Options().BaseEndpoint != nil && unknownPath(err) {
			out, err = l.byQuery(ctx, in.NextToken)
		}
		if err != nil {
			return p, refusal.Of("CloudWatch", "alarms cannot be listed", "Allow the role cloudwatch:DescribeAlarms on *.", err)
		}
		for _, a := range out.MetricAlarms {
			tellAlarm(&p, f, a)
		}
		all = append(all, out.CompositeAlarms...)
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			composites(&p, all)
			return p, nil
		}
	}
}

// tellAlarm tells an alarm if it watches something that is known, or is what a
// scaling policy goes by.
func tellAlarm(p *survey.Part, f survey.Focus, a types.MetricAlarm) {
	at := aws.ToString(a.AlarmArn)
	watched := watches(f, a.Dimensions)
	for _, m := range a.Metrics {
		if m.MetricStat != nil && m.MetricStat.Metric != nil {
			watched = append(watched, watches(f, m.MetricStat.Metric.Dimensions)...)
		}
	}
	if len(watched) == 0 && len(f.Known.From(at)) == 0 && !slices.Contains(f.Seek, at) {
		return
	}
	p.Items = append(p.Items, estate.Item{ARN: at, Kind: estate.Alarm, Name: aws.ToString(a.AlarmName), Print: survey.Print(at)})
	for _, to := range watched {
		p.Link(at, to, "watches", false)
	}
}

// watches finds the known things that dimensions name; sources: CloudWatch metrics
// of ECS (ClusterName, ServiceName) and of Application Load Balancers
// (LoadBalancer, TargetGroup).
func watches(f survey.Focus, dimensions []types.Dimension) []string {
	named := map[string]string{}
	for _, d := range dimensions {
		named[aws.ToString(d.Name)] = aws.ToString(d.Value)
	}
	var all []string
	for _, i := range f.Known.World.Items {
		hit := false
		switch i.Kind {
		case estate.LoadBalancer:
			hit = named["LoadBalancer"] != "" && strings.HasSuffix(i.ARN, ":loadbalancer/"+named["LoadBalancer"])
		case estate.TargetGroup:
			hit = named["TargetGroup"] != "" && strings.HasSuffix(i.ARN, ":"+named["TargetGroup"])
		case estate.Cluster:
			hit = named["ClusterName"] == i.Name && named["ServiceName"] == ""
		case estate.Service:
			hit = named["ServiceName"] == i.Name && strings.HasSuffix(i.ARN, ":service/"+named["ClusterName"]+"/"+i.Name)
		}
		if hit {
			all = append(all, i.ARN)
		}
	}
	return all
}

// unknownPath says whether a server does not know the path that was asked for. AWS
// itself knows it.
func unknownPath(err error) bool {
	var answered *awshttp.ResponseError
	return errors.As(err, &answered) && answered.HTTPStatusCode() == http.StatusNotFound
}
