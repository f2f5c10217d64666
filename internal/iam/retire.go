package iam

// This file: what decommission calls. CloudFormation deletes what a stack owns with
// the rights of whoever deletes the stack, unless the stack has a role of its own;
// source: CloudFormation User Guide, "CloudFormation service role".

// metrics have no resources to scope by; source: Service Authorization
// Reference, CloudWatch.
func metrics(why string) Need {
	return Need{Actions: []string{"cloudwatch:GetMetricData"}, Resources: []string{"*"}, Why: why}
}

// retireSurvey is what every look at the old side calls: everything that is there
// and whatever refers to it. A call that is refused stops all others.
func retireSurvey(s Settings) []Need {
	all := func(why string, actions ...string) Need {
		return Need{Actions: actions, Resources: []string{"*"}, Why: why}
	}
	l := s.Legacy
	needs := []Need{
		all("finds services, tasks and task definitions; of other clusters too, since they may use the same", "ecs:DescribeTaskDefinition", "ecs:ListClusters", "ecs:ListServices", "ecs:ListTaskDefinitions", "ecs:ListTasks"),
		{Actions: []string{"ecs:DescribeClusters", "ecs:ListContainerInstances"}, Resources: []string{s.arn("ecs", "cluster/*")}, Why: "looks at clusters, and whether the named one has instances of its own"},
		{Actions: []string{"ecs:DescribeServices"}, Resources: []string{s.arn("ecs", "service/*")}, Why: "looks at each service"},
		{Actions: []string{"ecs:DescribeTasks"}, Resources: []string{s.arn("ecs", "task/"+l.Cluster+"/*")}, Why: "looks at the cluster's tasks"},
		all("finds what would scale the service out again", "application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies"),
		all("sees who else uses the load balancer", "elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeLoadBalancers",
			"elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTags", "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth"),
		all("sees which stack owns what, and who imports what it exports", "cloudformation:ListExports", "cloudformation:ListImports", "cloudformation:ListStacks"),
		{Actions: []string{"cloudformation:ListStackResources"}, Resources: []string{s.arn("cloudformation", "stack/*")}, Why: "reads what each stack owns: nothing else tells for certain"},
		all("finds every name that leads to a load balancer, and the health checks of records", "route53:ListHealthChecks", "route53:ListHostedZones"),
		{Actions: []string{"route53:ListResourceRecordSets"}, Resources: []string{"arn:aws:route53:::hostedzone/*"}, Why: "reads the records of every zone: a name that points to a deleted load balancer can be taken over"},
		{Actions: []string{"route53:ListTagsForResource"}, Resources: []string{"arn:aws:route53:::healthcheck/*"}, Why: "reads health checks, whose ids are AWS's choice"},
		all("finds the security groups' users", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups"),
		all("finds functions that run an image of the repositories or carry the security groups", "lambda:ListFunctions"),
		{Actions: []string{"lambda:GetFunction"}, Resources: []string{s.arn("lambda", "function:*")}, Why: "reads which image a function runs; the list does not tell it"},
		all("finds what would be forgotten: schedules and alarms", "cloudwatch:DescribeAlarms", "events:ListEventBuses", "events:ListRules"),
		{Actions: []string{"events:ListTargetsByRule"}, Resources: []string{s.arn("events", "rule/*")}, Why: "reads whether a rule starts tasks in the cluster"},
		all("finds what would be forgotten at EventBridge Scheduler", "scheduler:ListSchedules"),
		{Actions: []string{"scheduler:GetSchedule"}, Resources: []string{s.arn("scheduler", "schedule/*")}, Why: "reads whether a schedule starts tasks, or calls AWS with the service's name"},
		all("reads which roles only a deployment to ECS uses, and when a role was last used; the call knows no resources, and shows every policy of the account", "iam:GetAccountAuthorizationDetails"),
		all("finds the log groups that task definitions name", "logs:DescribeLogGroups"),
		{Actions: []string{"logs:ListTagsForResource"}, Resources: []string{s.arn("logs", "log-group:*")}, Why: "sees whether a tag protects one"},
	}
	if l.LoadBalancer != "" {
		needs = append(needs, Need{Actions: []string{"wafv2:GetWebACLForResource"}, Resources: []string{s.arn("elasticloadbalancing", "loadbalancer/"+l.LoadBalancer)}, Why: "reads whether a web ACL guards the load balancer"},
			Need{Actions: []string{"wafv2:GetWebACL", "wafv2:ListResourcesForWebACL", "wafv2:ListTagsForResource"}, Resources: []string{s.arn("wafv2", "regional/webacl/*")}, Why: "reads which one, and what else it guards: a stack whose web ACL is in use cannot be deleted"})
	}
	if l.Stack != "" {
		needs = append(needs, Need{Actions: []string{"cloudformation:DescribeStacks", "cloudformation:GetTemplate"}, Resources: []string{s.arn("cloudformation", "stack/"+l.Stack+"/*")}, Why: "reads the stack and what its template retains"})
	}
	return append(needs, repositories(l, s, "reads the images and their tags", "ecr:DescribeImages", "ecr:DescribeRepositories", "ecr:ListTagsForResource")...)
}

// repositories is a need for each named repository.
func repositories(l Legacy, s Settings, why string, actions ...string) []Need {
	var needs []Need
	for _, r := range l.Repositories {
		needs = append(needs, Need{Actions: actions, Resources: []string{s.arn("ecr", "repository/"+r)}, Why: why})
	}
	return needs
}

// retireReads is what a command reads in S3, below these folders of the archive. What
// it may list is the same for all, so that roles of several commands stay short.
func retireReads(s Settings, folders ...string) []Need {
	kept := []string{s.Prefix + "/decision/" + s.Stage + "*", s.Prefix + "/images/*", s.Prefix + "/retire/" + s.Stage + "/*", s.Prefix + "/rollout/" + s.Stage + "/*"}
	needs := []Need{list(s.Archive, "tells what was never kept from what may not be read", kept...)}
	for _, f := range folders {
		needs = append(needs, Need{Actions: []string{"s3:GetObject"}, Resources: s.archive(f), Why: "reads " + f})
	}
	return needs
}

// retireKept are plans, state, log, restore kit and marks; retireImages the archives.
func retireKept(s Settings) []Need   { return retireReads(s, "retire/"+s.Stage+"/*") }
func retireImages(s Settings) []Need { return retireReads(s, "images/*") }

// retirePlan looks, and keeps the plan.
func retirePlan(s Settings) []Need {
	return together(retireSurvey(s), retireKept(s), []Need{retireKeeps(s)})
}

func retireKeeps(s Settings) Need {
	return Need{Actions: []string{"s3:PutObject"}, Resources: s.archive("retire/" + s.Stage + "/*"), Why: "keeps plans, state, log, restore kit and what was archived"}
}

// retireWitness also reads whether green is well.
func retireWitness(s Settings) []Need {
	return append(together(retirePlan(s), retireReads(s, "decision/"+s.Stage+"*", "rollout/"+s.Stage+"/*"), retireImages(s)), metrics("sees the load balancer's last requests end, and how many of green's fail"),
		Need{Actions: []string{"cloudwatch:DescribeAlarmHistory"}, Resources: []string{"*"}, Why: "sees when an alarm of the stage last rang"})
}

// retireNotes is what a yes needs: it reads the plan, and is written down.
func retireNotes(s Settings) []Need { return append(retireKept(s), retireKeeps(s)) }

// retireBack is the way back: it deletes nothing but record sets, which it makes anew.
func retireBack(s Settings) []Need {
	l := s.Legacy
	needs := together(retireWitness(s), []Need{
		s.record("CREATE", "DELETE"), s.zoneWaits(),
		{Actions: []string{"ecs:UpdateService"}, Resources: []string{s.arn("ecs", "service/"+l.Cluster+"/"+l.Service)}, Why: "scales the service, to zero and back"},
		{Actions: []string{"application-autoscaling:RegisterScalableTarget"}, Resources: []string{s.arn("application-autoscaling", "scalable-target/*")}, Why: "locks scaling, and frees it; a target's id is AWS's choice"},
	})
	if l.LoadBalancer != "" {
		needs = append(needs, Need{Actions: []string{"elasticloadbalancing:ModifyLoadBalancerAttributes"}, Resources: []string{s.arn("elasticloadbalancing", "loadbalancer/"+l.LoadBalancer)}, Why: "lifts its protection from deletion, and sets it"})
	}
	if l.Stack != "" {
		needs = append(needs, Need{Actions: []string{"cloudformation:UpdateTerminationProtection"}, Resources: []string{s.arn("cloudformation", "stack/"+l.Stack+"/*")}, Why: "lifts its protection from deletion, and sets it"})
	}
	return needs
}

// retireActs takes the old side away, step by step, or brings it back.
func retireActs(s Settings) []Need {
	l := s.Legacy
	service := []string{s.arn("ecs", "service/"+l.Cluster+"/"+l.Service)}
	needs := together(retireBack(s), retireArchive(s), []Need{
		{Actions: []string{"route53:DeleteHealthCheck", "route53:GetHealthCheck"}, Resources: []string{"arn:aws:route53:::healthcheck/*"}, Why: "reads once more and deletes the health checks of the weighted records, whose ids are AWS's choice"},
		{Actions: []string{"ecs:DeleteService"}, Resources: service, Why: "deletes the service"},
		{Actions: []string{"ecs:DeleteCluster"}, Resources: []string{s.arn("ecs", "cluster/"+l.Cluster)}, Why: "deletes the cluster"},
		{Actions: []string{"ecs:DeregisterTaskDefinition"}, Resources: []string{"*"}, Why: "takes the task definitions out of use; the call knows no resources"},
		{Actions: []string{"application-autoscaling:DeregisterScalableTarget"}, Resources: []string{s.arn("application-autoscaling", "scalable-target/*")}, Why: "ends scaling; a target's id is AWS's choice"},
		{Actions: []string{"ec2:DeleteSecurityGroup"}, Resources: []string{s.arn("ec2", "security-group/*")}, Why: "deletes the groups that only blue used; their ids are AWS's choice"},
	})
	if l.LoadBalancer != "" {
		needs = append(needs,
			Need{Actions: []string{"elasticloadbalancing:DeleteLoadBalancer"}, Resources: []string{s.arn("elasticloadbalancing", "loadbalancer/"+l.LoadBalancer)}, Why: "deletes it"},
			Need{Actions: []string{"elasticloadbalancing:DeleteListener"}, Resources: []string{s.arn("elasticloadbalancing", "listener/"+l.LoadBalancer+"/*")}, Why: "deletes its listeners, and their rules with them"},
			Need{Actions: []string{"wafv2:DisassociateWebACL"}, Resources: []string{s.arn("elasticloadbalancing", "loadbalancer/"+l.LoadBalancer)}, Why: "takes a web ACL off the load balancer before that goes"},
			Need{Actions: []string{"elasticloadbalancing:SetWebAcl"}, Resources: []string{"*"}, Why: "WAF asks for it when an ACL is taken off; the call knows no resources"})
	}
	for _, t := range l.TargetGroups {
		needs = append(needs, Need{Actions: []string{"elasticloadbalancing:DeleteTargetGroup"}, Resources: []string{s.arn("elasticloadbalancing", t)}, Why: "deletes its target groups"})
	}
	if l.DeletesLogs {
		needs = append(needs, Need{Actions: []string{"logs:DeleteLogGroup"}, Resources: []string{s.arn("logs", "log-group:*")}, Why: "deletes the log groups that only ECS wrote; task definitions name them"})
	}
	if l.Stack != "" {
		needs = append(needs, Need{Actions: []string{"cloudformation:DeleteStack"}, Resources: []string{s.arn("cloudformation", "stack/"+l.Stack+"/*")}, Why: "deletes the stack that owns it all, in its own order"})
	}
	return needs
}

// retireArchive copies the images into S3.
func retireArchive(s Settings) []Need {
	needs := together(retireVerify(s), []Need{
		{Actions: []string{"s3:AbortMultipartUpload", "s3:PutObject"}, Resources: s.archive("images/*"), Why: "keeps the images"},
		retireKeeps(s),
		{Actions: []string{"s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration"}, Resources: []string{bucket(s.Archive)}, Why: "lets them end after their time, and leaves the other rules as they are"},
	})
	if len(s.Legacy.Repositories) == 0 {
		return needs
	}
	return together(needs, repositories(s.Legacy, s, "reads the images", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"), signsIn())
}

func signsIn() []Need {
	return []Need{{Actions: []string{"ecr:GetAuthorizationToken"}, Resources: []string{"*"}, Why: "signs in at the registry"}}
}

// retireVerify reads the archive of the images.
func retireVerify(s Settings) []Need { return together(retireKept(s), retireImages(s)) }

// retireRestore pushes images back.
func retireRestore(s Settings) []Need {
	return together(retireVerify(s), repositories(s.Legacy, s, "pushes the images back", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload",
		"ecr:PutImage", "ecr:UploadLayerPart"), signsIn())
}
