package iam

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// Legacy are the roles that the old side's tasks assume, and those by which a
// pipeline deploys to it and does nothing else. It is a survey.Source, and changes
// nothing.
type Legacy struct{ client *iam.Client }

var _ survey.Source = (*Legacy)(nil)

// looking bounds one look at everything with all its pages and retries.
const looking = 5 * time.Minute

// OpenLegacy makes a client with the credentials that the AWS SDK finds; nothing
// is called yet.
func OpenLegacy(ctx context.Context, region string) (*Legacy, error) {
	c, err := connect(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Legacy{c}, nil
}

// Tell implements survey.Source. One question has everything: roles with whom they
// trust, their policies, tags, and when they were last used.
func (l *Legacy) Tell(ctx context.Context, f survey.Focus) (survey.Part, error) {
	ctx, cancel := context.WithTimeout(ctx, looking)
	defer cancel()
	var p survey.Part
	wanted := slices.Clone(f.Seek)
	for _, link := range f.Known.World.Links {
		wanted = append(wanted, link.To)
	}
	for _, item := range f.Known.World.Items {
		wanted = append(wanted, item.ARN)
	}
	service := f.ARN("ecs", "service/"+f.Cluster+"/"+f.Service)
	roles, policies, err := l.details(ctx)
	if err != nil {
		return p, err
	}
	for _, r := range roles {
		deploys := deployer(r, policies).OnlyDeploysTo(service)
		if !deploys && !slices.Contains(wanted, aws.ToString(r.Arn)) {
			continue
		}
		if err := tell(&p, r); err != nil {
			return p, err
		}
		if deploys {
			p.Link(aws.ToString(r.Arn), service, "may do nothing but deploy to", false)
		}
	}
	return p, nil
}

// details are all roles, and the documents of the account's own policies by their ARN.
func (l *Legacy) details(ctx context.Context) ([]types.RoleDetail, map[string]string, error) {
	var roles []types.RoleDetail
	policies := map[string]string{}
	in := &iam.GetAccountAuthorizationDetailsInput{Filter: []types.EntityType{types.EntityTypeRole, types.EntityTypeLocalManagedPolicy}}
	for {
		out, err := l.client.GetAccountAuthorizationDetails(ctx, in)
		if err != nil {
			return nil, nil, refusal.Of("IAM", "roles cannot be looked at", "Allow the role iam:GetAccountAuthorizationDetails on *.", err)
		}
		roles = append(roles, out.RoleDetailList...)
		for _, policy := range out.Policies {
			for _, version := range policy.PolicyVersionList {
				if version.IsDefaultVersion {
					policies[aws.ToString(policy.Arn)] = plain(version.Document)
				}
			}
		}
		if !out.IsTruncated {
			return roles, policies, nil
		}
		if in.Marker = out.Marker; aws.ToString(in.Marker) == "" {
			return nil, nil, &fault.Fault{Kind: fault.Outside, Name: "IAM", What: "says that there are more roles, and not where"}
		}
	}
}

// plain: IAM percent-encodes documents; source: IAM API reference, RoleDetail.
func plain(document *string) string {
	text, err := url.PathUnescape(aws.ToString(document))
	if err != nil {
		return "" // no document, which nothing can be concluded from
	}
	return text
}

// managed are AWS's own policies that allow nothing but what a deployment to ECS
// needs, as documents: their whole text is not of interest.
var managed = map[string]string{
	"AmazonECS_FullAccess":                "", // it allows more: CloudFormation, EC2, IAM
	"AmazonEC2ContainerRegistryPowerUser": `{"Statement":{"Effect":"Allow","Action":"ecr:*","Resource":"*"}}`,
	"AmazonEC2ContainerRegistryReadOnly":  `{"Statement":{"Effect":"Allow","Action":"ecr:*","Resource":"*"}}`,
}

func deployer(r types.RoleDetail, policies map[string]string) survey.Deployer {
	d := survey.Deployer{Trust: plain(r.AssumeRolePolicyDocument)}
	for _, own := range r.RolePolicyList {
		d.Policies = append(d.Policies, plain(own.PolicyDocument))
	}
	for _, a := range r.AttachedManagedPolicies {
		document, ok := policies[aws.ToString(a.PolicyArn)]
		if !ok && strings.Contains(aws.ToString(a.PolicyArn), ":iam::aws:policy/") {
			document = managed[aws.ToString(a.PolicyName)]
		}
		d.Policies, d.Unknown = append(d.Policies, document), d.Unknown || document == ""
	}
	return d
}

// tell tells a role. IAM forgets uses after 400 days; source: IAM User Guide, "Last
// accessed information", tracking period.
func tell(p *survey.Part, r types.RoleDetail) error {
	at := aws.ToString(r.Arn)
	tags := map[string]string{}
	for _, t := range r.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	last := "never in the last 400 days"
	if u := r.RoleLastUsed; u != nil && u.LastUsedDate != nil {
		last = strings.TrimSpace("on " + u.LastUsedDate.UTC().Format(time.DateOnly) + " " + aws.ToString(u.Region))
	}
	item := estate.Item{ARN: at, Kind: estate.Role, Name: aws.ToString(r.RoleName), Tags: tags, Made: aws.ToTime(r.CreateDate).UTC(), Facts: map[string]string{estate.LastUsed: last}}
	thing, err := survey.Told(item, map[string]any{"arn": at, "trust": plain(r.AssumeRolePolicyDocument), "boundary": r.PermissionsBoundary, "tags": tags})
	if err != nil {
		return err
	}
	p.Items = append(p.Items, thing.Item)
	for _, profile := range r.InstanceProfileList {
		p.Link(aws.ToString(profile.Arn), at, "hands out", true)
	}
	return nil
}
