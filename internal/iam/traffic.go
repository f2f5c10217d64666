package iam

// This file: what traffic-shift calls.

// record is the one DNS record that the shift may change, and how. Names are
// normalized: lower case, no dot at the end; source: Route 53 Developer Guide,
// "Using IAM policy conditions for fine-grained access control".
func (s Settings) record(actions ...string) Need {
	return Need{
		Actions: []string{"route53:ChangeResourceRecordSets"}, Resources: []string{"arn:aws:route53:::hostedzone/" + s.Zone},
		When: Conditions{"ForAllValues:StringEquals": {
			"route53:ChangeResourceRecordSetsNormalizedRecordNames": {s.Record},
			"route53:ChangeResourceRecordSetsRecordTypes":           ordered(s.Types),
			"route53:ChangeResourceRecordSetsActions":               ordered(actions),
		}},
		Why: "changes this record's weights, and nothing else in the zone",
	}
}

func (s Settings) zoneRead() []Need {
	return []Need{{Actions: []string{"route53:GetHostedZone", "route53:ListResourceRecordSets"}, Resources: []string{"arn:aws:route53:::hostedzone/" + s.Zone}, Why: "reads the weights as they are"}}
}

func (s Settings) zoneWaits() Need {
	return Need{Actions: []string{"route53:GetChange"}, Resources: []string{"arn:aws:route53:::change/*"}, Why: "waits until a change is everywhere; its id is AWS's choice"}
}

// verdicts is the namespace of the metric that the health check watches.
const verdicts = "Cutover"

// looks is what every command reads: how the rollout and the record stand, and the
// figures. The time comes from S3 too.
func looks(s Settings) []Need {
	return append(s.zoneRead(),
		metrics("reads the figures of both sides, and of Route 53's health checks"),
		Need{Actions: []string{"s3:GetObject"}, Resources: s.rollout(), Why: "reads the rollout's state and its log"},
		list(s.Archive, "tells a rollout that was never begun from one that may not be read, and lists the log", s.Prefix+"/rollout/"+s.Stage+"/*"))
}

// sees also tells users from Route 53's own checkers.
func sees(s Settings) []Need {
	return append(looks(s), Need{
		Actions: []string{"route53:GetHealthCheck", "route53:GetHealthCheckStatus"}, Resources: []string{"arn:aws:route53:::healthcheck/*"},
		Why: "sees whether green's endpoint is up, and how many checkers ask it; a check's id is AWS's choice",
	})
}

// shows tells a rollout's story, with what green costs.
func shows(s Settings) []Need { return together(sees(s), s.priced()) }

// priced finds what the limit on green's cost is held against; the usage itself
// are figures.
func (s Settings) priced() []Need {
	return []Need{
		{Actions: []string{"tag:GetResources"}, Resources: []string{"*"}, Why: "finds green's functions by the stage's tags where no inventory names them, to see what they cost"},
		{Actions: []string{"lambda:GetFunctionConfiguration"}, Resources: []string{s.arn("lambda", "function:"+s.own())}, Why: "reads the memory of green's functions, by which they are billed"},
	}
}

// keeps writes beside the state.
func keeps(s Settings) Need {
	return Need{Actions: []string{"s3:PutObject"}, Resources: s.rollout(), Why: "keeps the rollout's state, its log and what was measured"}
}

// publishes tells CloudWatch the verdict and the weight.
func (s Settings) publishes() Need {
	return Need{
		Actions: []string{"cloudwatch:PutMetricData"}, Resources: []string{"*"},
		When: only("StringEquals", "cloudwatch:namespace", verdicts, "cutover/"+s.Project+"/"+s.Stage),
		Why:  "publishes the verdict for the health check, and the weight for the dashboards",
	}
}

// pins keeps blue as large as it must be, and no smaller.
func (s Settings) pins() []Need {
	return []Need{
		{Actions: []string{"ecs:DescribeServices"}, Resources: []string{s.arn("ecs", "service/"+s.Legacy.Cluster+"/"+s.Legacy.Service)}, Why: "sees whether blue could take the traffic back"},
		{Actions: []string{"ecs:UpdateService"}, Resources: []string{s.arn("ecs", "service/"+s.Legacy.Cluster+"/"+s.Legacy.Service)}, Why: "raises blue's tasks again if somebody has lowered them"},
		{Actions: []string{"application-autoscaling:DescribeScalableTargets"}, Resources: []string{"*"}, Why: "reads how far blue may be scaled in, which AWS does not scope"},
		{Actions: []string{"application-autoscaling:RegisterScalableTarget"}, Resources: []string{s.arn("application-autoscaling", "scalable-target/*")}, Why: "keeps scaling from making blue smaller; a target's id is AWS's choice"},
	}
}

// moves is a tick, and every order: it may give green more, or blue everything.
func moves(s Settings) []Need {
	return together(shows(s), s.pins(), []Need{
		s.record("CREATE", "DELETE"), s.zoneWaits(), s.publishes(), keeps(s),
		{Actions: []string{"s3:GetObject"}, Resources: s.archive("retire/" + s.Stage + "/marks.json"), Why: "sees whether the old side is being taken out of service: then its tasks and the verdict are no longer this action's"},
	})
}

// prepares makes the pair and its health checks, once everything was looked at.
func prepares(s Settings) []Need {
	return together(looks(s), []Need{
		s.record("CREATE", "DELETE"), s.zoneWaits(), keeps(s), s.publishes(), alarms("sees whether the alarms are there that green's health check watches"),
		{Actions: []string{"route53:CreateHealthCheck"}, Resources: []string{"*"}, Why: "makes the health checks of both sides; one that is still to be made cannot be named"},
		{Actions: []string{"route53:ChangeTagsForResource"}, Resources: []string{"arn:aws:route53:::healthcheck/*"}, Why: "marks them"},
		{Actions: []string{"cloudformation:DescribeStackResources"}, Resources: []string{s.arn("cloudformation", "stack/*")}, Why: "asks whether a stack owns the record; which one is the question"},
		s.bootstrap(),
		{Actions: []string{"s3:GetObject"}, Resources: s.state(s.Stage, "app|.json"), Why: "asks whether SST owns the record"},
		list(s.State, "tells a stage that was never deployed from one that may not be read", "app/"+s.App+"/"+s.Stage+".json"),
	})
}

func measures(s Settings) []Need { return append(sees(s), keeps(s)) }

// flies looks at quotas, and at what runs without being asked.
func flies(s Settings) []Need {
	return together(measures(s), []Need{
		{Actions: []string{"tag:GetResources"}, Resources: []string{"*"}, Why: "finds green's functions by the stage's tags"},
		{Actions: []string{"lambda:GetAccountSettings", "lambda:ListEventSourceMappings"}, Resources: []string{"*"}, Why: "reads the quota of executions at once, and which queues and streams feed functions"},
		{Actions: []string{"lambda:GetFunctionConcurrency", "lambda:GetFunctionConfiguration"}, Resources: []string{s.arn("lambda", "function:"+s.own())}, Why: "reads the time limit and memory of green's functions"},
		{Actions: []string{"events:ListEventBuses", "events:ListRules"}, Resources: []string{"*"}, Why: "finds what runs by a schedule, which AWS does not scope"},
		{Actions: []string{"events:ListTargetsByRule"}, Resources: []string{s.arn("events", "rule/*")}, Why: "sees on which side it runs"},
	})
}

// drills gives green everything and takes it back, on a stage without users.
func drills(s Settings) []Need {
	return append(measures(s), s.record("CREATE", "DELETE"), s.zoneWaits())
}
