package cloudformation

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"github.com/cutover-dev/cutover/internal/monitoring/change"
)

// Detect implements change.Stacks.
func (s *Stacks) Detect(ctx context.Context, name string) (string, error) {
	out, err := do(ctx, s.client.DetectStackDrift, &cloudformation.DetectStackDriftInput{StackName: &name}, "the drift of "+name+" cannot be looked for", "DetectStackDrift, cloudformation:DetectStackResourceDrift")
	if err != nil {
		return "", err
	}
	return aws.ToString(out.StackDriftDetectionId), nil
}

// Detection implements change.Stacks.
func (s *Stacks) Detection(ctx context.Context, id string) (change.Detection, error) {
	out, err := do(ctx, s.client.DescribeStackDriftDetectionStatus, &cloudformation.DescribeStackDriftDetectionStatusInput{StackDriftDetectionId: &id},
		"how far the look for drift is cannot be read", "DescribeStackDriftDetectionStatus")
	if err != nil {
		return change.Detection{}, err
	}
	return change.Detection{Status: string(out.DetectionStatus), Reason: aws.ToString(out.DetectionStatusReason), Stack: string(out.StackDriftStatus)}, nil
}

// Drifts implements change.Stacks.
func (s *Stacks) Drifts(ctx context.Context, name string) ([]change.Found, error) {
	var all []change.Found
	in := &cloudformation.DescribeStackResourceDriftsInput{StackName: &name}
	for {
		out, err := do(ctx, s.client.DescribeStackResourceDrifts, in, "the drift of "+name+" cannot be read", "DescribeStackResourceDrifts")
		if err != nil {
			return nil, err
		}
		for _, d := range out.StackResourceDrifts {
			f := change.Found{
				ID: aws.ToString(d.LogicalResourceId), Physical: aws.ToString(d.PhysicalResourceId), Type: aws.ToString(d.ResourceType),
				Status: string(d.StackResourceDriftStatus), Reason: aws.ToString(d.DriftStatusReason),
			}
			for _, p := range d.PropertyDifferences {
				f.Differences = append(f.Differences, change.Difference{
					Path: aws.ToString(p.PropertyPath), Expected: aws.ToString(p.ExpectedValue), Actual: aws.ToString(p.ActualValue), Kind: string(p.DifferenceType),
				})
			}
			all = append(all, f)
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return all, nil
		}
	}
}
