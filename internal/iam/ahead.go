package iam

import "slices"

// This file: what actions that are still to come will call, so that the roles
// can be made once. Nothing has proved these needs; each is marked so wherever
// it is shown, and changes with its action.

// metrics have no resources to scope by; source: Service Authorization
// Reference, CloudWatch.
func metrics(why string) Need {
	return Need{Actions: []string{"cloudwatch:GetMetricData"}, Resources: []string{"*"}, Why: why}
}

func costs(Settings) []Need {
	return []Need{
		{Actions: []string{"ce:ListCostAllocationTags"}, Resources: []string{"*"}, Why: "sees whether the tag counts at all"},
		{Actions: []string{"ce:GetCostAndUsage"}, Resources: []string{"*"}, Why: "reads what was spent"},
		metrics("reads how many requests that was for"),
	}
}

func retire(s Settings) []Need {
	l := s.Legacy
	service := []string{s.arn("ecs", "service/"+l.Cluster+"/"+l.Service)}
	needs := slices.Concat(s.zone(), []Need{
		s.record("DELETE", "UPSERT"),
		metrics("sees the load balancer's last requests end"),
		{Actions: []string{"ecs:DeleteService", "ecs:DescribeServices", "ecs:UpdateService"}, Resources: service, Why: "scales the service to zero, waits, deletes it"},
		{Actions: []string{"application-autoscaling:DescribeScalableTargets"}, Resources: []string{"*"}, Why: "finds what would scale it out again"},
		{Actions: []string{"application-autoscaling:DeregisterScalableTarget", "application-autoscaling:RegisterScalableTarget"}, Resources: []string{s.arn("application-autoscaling", "scalable-target/*")}, Why: "suspends scaling; a target's id is AWS's choice"},
		{
			Actions:   []string{"elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth"},
			Resources: []string{"*"}, Why: "sees who else uses the load balancer",
		},
		{
			Actions:   []string{"ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "events:ListRuleNamesByTarget", "lambda:ListFunctions", "logs:DescribeLogGroups", "servicediscovery:ListServices"},
			Resources: []string{"*"}, Why: "finds what would be forgotten, and names it",
		},
		{Actions: []string{"s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"}, Resources: s.archive("images/*"), Why: "archives the images first"},
		list(s.Archive, "sees what is archived already", s.Prefix+"/images/*"),
	})
	if l.LoadBalancer != "" {
		needs = append(needs,
			Need{Actions: []string{"elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:ModifyLoadBalancerAttributes"}, Resources: []string{s.arn("elasticloadbalancing", "loadbalancer/"+l.LoadBalancer)}, Why: "lifts its protection and deletes it"},
			Need{Actions: []string{"elasticloadbalancing:DeleteListener"}, Resources: []string{s.arn("elasticloadbalancing", "listener/"+l.LoadBalancer+"/*")}, Why: "deletes its listeners"})
	}
	for _, t := range l.TargetGroups {
		needs = append(needs, Need{Actions: []string{"elasticloadbalancing:DeleteTargetGroup"}, Resources: []string{s.arn("elasticloadbalancing", t)}, Why: "deletes its target groups"})
	}
	if l.Stack != "" {
		needs = append(needs, Need{
			Actions:   []string{"cloudformation:DeleteStack", "cloudformation:DescribeStackResources", "cloudformation:DescribeStacks", "cloudformation:GetTemplate", "cloudformation:UpdateTerminationProtection"},
			Resources: []string{s.arn("cloudformation", "stack/"+l.Stack+"/*")}, Why: "deletes the stack that owns it all, in its own order",
		}, Need{Actions: []string{"cloudformation:ListExports", "cloudformation:ListImports"}, Resources: []string{"*"}, Why: "refuses while another stack uses what this one exports"})
	}
	for _, r := range l.Repositories {
		needs = append(needs, Need{
			Actions:   []string{"ecr:BatchDeleteImage", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer", "ecr:ListImages"},
			Resources: []string{s.arn("ecr", "repository/"+r)}, Why: "copies the images, then deletes them",
		})
	}
	if len(l.Repositories) > 0 {
		needs = append(needs, Need{Actions: []string{"ecr:GetAuthorizationToken"}, Resources: []string{"*"}, Why: "signs in at the registry"})
	}
	return needs
}
