package ecs

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// missing makes an error of what ECS could not describe for another reason than
// that it is not there; source: ECS Developer Guide, "API failure reasons".
func missing(failures []types.Failure) error {
	for _, f := range failures {
		if aws.ToString(f.Reason) != gone {
			return &fault.Fault{Kind: fault.Outside, Name: aws.ToString(f.Arn), What: "cannot be looked at", Got: strings.TrimSpace(aws.ToString(f.Reason) + " " + aws.ToString(f.Detail))}
		}
	}
	return nil
}

// tasks tells those of a cluster that have not ended, also those that shall end,
// and returns their families.
func (l *Legacy) tasks(ctx context.Context, p *survey.Part, cluster string) ([]string, error) {
	var families []string
	for _, wished := range []types.DesiredStatus{types.DesiredStatusRunning, types.DesiredStatusStopped} {
		in := &ecs.ListTasksInput{Cluster: &cluster, DesiredStatus: wished, MaxResults: aws.Int32(100)}
		for {
			out, err := l.ecs.ListTasks(ctx, in)
			if err != nil {
				return nil, refused("tasks cannot be listed", "ecs:ListTasks on *", err)
			}
			if len(out.TaskArns) > 0 {
				told, err := l.ecs.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &cluster, Tasks: out.TaskArns, Include: []types.TaskField{types.TaskFieldTags}})
				if err != nil {
					return nil, refused("tasks cannot be looked at", "ecs:DescribeTasks on all tasks", err)
				}
				if err := missing(told.Failures); err != nil {
					return nil, err
				}
				for _, t := range told.Tasks {
					if aws.ToString(t.LastStatus) != "STOPPED" && aws.ToString(t.LastStatus) != "DELETED" {
						tellTask(p, t)
						families = append(families, family(aws.ToString(t.TaskDefinitionArn)))
					}
				}
			}
			if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
				break
			}
		}
	}
	return families, nil
}

// tellTask: the group of a service's task is service:<name>; source: ECS API
// reference, Task.
func tellTask(p *survey.Part, t types.Task) {
	at := aws.ToString(t.TaskArn)
	item := estate.Item{ARN: at, Kind: estate.Task, Name: at[strings.LastIndexByte(at, '/')+1:], State: aws.ToString(t.LastStatus), Tags: tagged(t.Tags), Print: survey.Print([]string{at, aws.ToString(t.TaskDefinitionArn)})}
	cluster := aws.ToString(t.ClusterArn)
	p.Link(at, cluster, "runs in", true)
	p.Link(at, aws.ToString(t.TaskDefinitionArn), "runs", true)
	if name, ok := strings.CutPrefix(aws.ToString(t.Group), "service:"); ok {
		p.Link(at, strings.Replace(cluster, ":cluster/", ":service/", 1)+"/"+name, estate.BelongsTo, false)
	}
	// A network interface has an ARN of the region and account that the task has.
	before, _, _ := strings.Cut(strings.Replace(at, ":ecs:", ":ec2:", 1), ":task/")
	for _, a := range t.Attachments {
		for _, d := range a.Details {
			switch value := aws.ToString(d.Value); {
			case value == "":
			case aws.ToString(d.Name) == "networkInterfaceId":
				p.Link(before+":network-interface/"+value, at, estate.BelongsTo, false)
			case aws.ToString(d.Name) == "privateIPv4Address": // by which it is registered in target groups
				item.Facts = map[string]string{estate.Address: value}
			}
		}
	}
	p.Items = append(p.Items, item)
}

// instances of a cluster are told by their links alone: a cluster cannot be
// deleted with them, and nothing here knows what else they do.
func (l *Legacy) instances(ctx context.Context, p *survey.Part, cluster string) error {
	in := &ecs.ListContainerInstancesInput{Cluster: &cluster}
	for {
		out, err := l.ecs.ListContainerInstances(ctx, in)
		if err != nil {
			return refused("container instances cannot be listed", "ecs:ListContainerInstances on the cluster", err)
		}
		for _, at := range out.ContainerInstanceArns {
			p.Link(at, cluster, "is registered in", true)
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return nil
		}
	}
}

// definitions tells the active revisions of these families.
func (l *Legacy) definitions(ctx context.Context, p *survey.Part, a survey.Asked, families []string) error {
	for _, name := range families {
		in := &ecs.ListTaskDefinitionsInput{FamilyPrefix: &name, Status: types.TaskDefinitionStatusActive}
		for {
			out, err := l.ecs.ListTaskDefinitions(ctx, in)
			if err != nil {
				return refused("task definitions cannot be listed", "ecs:ListTaskDefinitions on *", err)
			}
			for _, at := range out.TaskDefinitionArns {
				if family(at) != name {
					continue // an emulator takes the family for a prefix; AWS for a whole name
				}
				d, tags, err := l.definition(ctx, at)
				if errors.Is(err, errGone) {
					continue
				}
				if err != nil {
					return err
				}
				if err := tellDefinition(p, a, d, tags); err != nil {
					return err
				}
			}
			if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
				break
			}
		}
	}
	return nil
}

var errGone = errors.New("is not there")

func (l *Legacy) definition(ctx context.Context, at string) (*types.TaskDefinition, []types.Tag, error) {
	out, err := l.ecs.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &at, Include: []types.TaskDefinitionField{types.TaskDefinitionFieldTags}})
	if err != nil {
		return nil, nil, refused("a task definition cannot be looked at", "ecs:DescribeTaskDefinition on *", err)
	}
	if out.TaskDefinition == nil {
		return nil, nil, refused("a task definition cannot be looked at", "", fmt.Errorf("%s: nothing was told", at))
	}
	if out.TaskDefinition.Status != types.TaskDefinitionStatusActive {
		return nil, nil, errGone
	}
	return out.TaskDefinition, out.Tags, nil
}

// definitionThing leaves out what ECS derives and may derive otherwise one day.
func definitionThing(d *types.TaskDefinition, tags []types.Tag) (survey.Thing, error) {
	name := fmt.Sprintf("%s:%d", aws.ToString(d.Family), d.Revision)
	item := estate.Item{ARN: aws.ToString(d.TaskDefinitionArn), Kind: estate.Definition, Name: name, State: string(d.Status), Tags: tagged(tags), Made: aws.ToTime(d.RegisteredAt).UTC(),
		Facts: map[string]string{estate.Family: aws.ToString(d.Family), "cpu": aws.ToString(d.Cpu), "memory": aws.ToString(d.Memory)}}
	if d.RuntimePlatform != nil {
		item.Facts["architecture"], item.Facts["system"] = string(d.RuntimePlatform.CpuArchitecture), string(d.RuntimePlatform.OperatingSystemFamily)
	}
	if d.EphemeralStorage != nil {
		item.Facts["storage"] = strconv.Itoa(int(d.EphemeralStorage.SizeInGiB))
	}
	own := *d
	own.RegisteredAt, own.DeregisteredAt, own.RegisteredBy, own.RequiresAttributes, own.Compatibilities = nil, nil, nil, nil, nil
	return survey.Told(item, map[string]any{"definition": own, "tags": tags})
}

func tellDefinition(p *survey.Part, a survey.Asked, d *types.TaskDefinition, tags []types.Tag) error {
	thing, err := definitionThing(d, tags)
	if err != nil {
		return err
	}
	at := thing.Item.ARN
	p.Items = append(p.Items, thing.Item)
	for _, role := range []string{aws.ToString(d.ExecutionRoleArn), aws.ToString(d.TaskRoleArn)} {
		if strings.HasPrefix(role, "arn:") {
			// By its name alone: IAM tells the rest, and whether it is there.
			p.Items = append(p.Items, estate.Item{ARN: role, Kind: estate.Role, Name: role[strings.LastIndexByte(role, '/')+1:]})
			p.Link(at, role, "assumes", false)
		}
	}
	for _, c := range d.ContainerDefinitions {
		if image := imageARN(a, aws.ToString(c.Image)); image != "" {
			p.Link(at, image, "uses", false)
		}
		if o := c.LogConfiguration; o != nil && o.LogDriver == types.LogDriverAwslogs && o.Options["awslogs-group"] != "" {
			there := a
			if region := o.Options["awslogs-region"]; region != "" {
				there.Region = region
			}
			p.Link(at, there.ARN("logs", "log-group:"+o.Options["awslogs-group"]), "logs to", true)
		}
	}
	return nil
}

// imageARN is that of an image by digest, or of the repository of one by tag; ""
// if it is not in ECR. Source: ECR User Guide, registry and image names.
func imageARN(a survey.Asked, image string) string {
	host, path, ok := strings.Cut(image, "/")
	part := strings.Split(host, ".")
	if !ok || len(part) < 6 || part[1] != "dkr" || part[2] != "ecr" {
		return ""
	}
	there := a
	there.Account, there.Region = part[0], part[3]
	if name, digest, ok := strings.Cut(path, "@"); ok {
		name, _, _ = strings.Cut(name, ":")
		return there.ARN("ecr", "repository/"+name) + "@" + digest
	}
	name, _, _ := strings.Cut(path, ":")
	return there.ARN("ecr", "repository/"+name)
}
