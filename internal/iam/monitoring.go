package iam

import (
	"slices"
	"strings"
)

// This file: what monitoring-stack calls, and what CloudFormation calls for it.

// watchStack is the ARN of the one stack that watches the stage, and of a change
// set of it.
func (s Settings) watchStack() []string {
	return []string{s.arn("cloudformation", "stack/"+strings.ToLower(s.Project)+"-"+s.Stage+"-monitoring/*")}
}

// watched is the beginning of the names of the stage's alarms.
func (s Settings) watched() string { return s.Project + "-" + s.Stage + "-*" }

func (s Settings) alerts() string {
	return s.arn("sns", strings.ToLower(s.Project)+"-serverless-alerts-"+s.Stage)
}

func (s Settings) muteRules() string { return s.arn("cloudwatch", "alarm-mute-rule:"+s.watched()) }

func (s Settings) watchAlarms() string { return s.arn("cloudwatch", "alarm:"+s.watched()) }

// described reads how the stack stands.
func described(s Settings) Need {
	return Need{Actions: []string{"cloudformation:DescribeStacks"}, Resources: s.watchStack(), Why: "reads how the stack stands"}
}

// discovery finds what the stage consists of. These services scope none of it
// by names that could be known before.
func discovery(s Settings) []Need {
	return []Need{
		{Actions: []string{"tag:GetResources"}, Resources: []string{"*"}, Why: "finds what carries the stage's tags"},
		{Actions: []string{"lambda:GetFunctionConfiguration"}, Resources: []string{s.arn("lambda", "function:"+s.own())}, Why: "reads memory, timeout, log group and tracing of each function"},
		{Actions: []string{"apigateway:GET"}, Resources: []string{s.gateway("/restapis/*")}, Why: "reads the name of a REST API, which its metrics carry"},
		{Actions: []string{"rds:DescribeDBInstances"}, Resources: []string{s.arn("rds", "db:*")}, Why: "reads the storage of the database"},
		{Actions: []string{"rds:DescribeDBProxies"}, Resources: []string{s.arn("rds", "db-proxy:*")}, Why: "reads the name of the proxy"},
		{Actions: []string{"cloudwatch:ListMetrics"}, Resources: []string{"*"}, Why: "finds the dimension of a serverless cache, and which metrics have data"},
	}
}

func watchDiff(s Settings) []Need {
	return together(discovery(s), costTags(), []Need{{Actions: []string{"cloudformation:GetTemplate"}, Resources: s.watchStack(), Why: "reads the template that is deployed"}})
}

// costTags asks whether the budget's tag counts.
func costTags() []Need {
	return []Need{{Actions: []string{"ce:ListCostAllocationTags"}, Resources: []string{"*"}, Why: "asks whether the tag that the budget filters by is active"}}
}

func watchDeploy(s Settings) []Need {
	return together(watchDiff(s), watchDrill(s), []Need{
		described(s),
		{
			Actions: []string{
				"cloudformation:CreateChangeSet", "cloudformation:DeleteChangeSet", "cloudformation:DescribeChangeSet", "cloudformation:DescribeStackEvents",
				"cloudformation:ExecuteChangeSet", "cloudformation:UpdateTerminationProtection",
			}, Resources: s.watchStack(), Why: "deploys the one stack that watches the stage",
		},
		{Actions: []string{"s3:PutObject"}, Resources: s.archive("monitoring/" + s.Stage + "/*"), Why: "a template above 51,200 bytes goes through a bucket"},
		{Actions: []string{"s3:GetObject"}, Resources: s.archive("monitoring/" + s.Stage + "/*"), Why: "CloudFormation reads it there with the caller's permissions", By: "CloudFormation"},
	}, account(s), byStacks(s))
}

// account is what the stack needs that an account has once.
func account(s Settings) []Need {
	once := func(n Need) Need { n.Option = "account"; return n }
	stack := []string{s.arn("cloudformation", "stack/cutover-transaction-search/*")}
	return []Need{
		once(Need{
			Actions: []string{
				"cloudformation:CreateChangeSet", "cloudformation:DescribeChangeSet", "cloudformation:DescribeStackEvents", "cloudformation:DescribeStacks",
				"cloudformation:ExecuteChangeSet", "cloudformation:GetTemplate", "cloudformation:UpdateTerminationProtection",
			}, Resources: stack, Why: "deploys the stack that an account has once",
		}),
		once(Need{
			Actions: []string{"xray:GetIndexingRules", "xray:GetTraceSegmentDestination", "xray:UpdateIndexingRule", "xray:UpdateTraceSegmentDestination"}, Resources: []string{"*"},
			When: byStack(), Why: "turns Transaction Search on", By: "CloudFormation",
		}),
		once(Need{
			Actions: []string{"logs:DeleteResourcePolicy", "logs:DescribeResourcePolicies", "logs:PutResourcePolicy"}, Resources: []string{"*"},
			When: byStack(), Why: "lets X-Ray write spans to the logs", By: "CloudFormation",
		}),
	}
}

func watchDestroy(s Settings) []Need {
	return together([]Need{described(s), {
		Actions:   []string{"cloudformation:DeleteStack", "cloudformation:DescribeStackEvents", "cloudformation:ListStackResources", "cloudformation:UpdateTerminationProtection"},
		Resources: s.watchStack(), Why: "takes the stack away",
	}}, byStacks(s))
}

func watchDrift(s Settings) []Need {
	return together([]Need{
		{Actions: []string{"cloudformation:DescribeStackResourceDrifts", "cloudformation:DetectStackDrift", "cloudformation:ListStackResources"}, Resources: s.watchStack(), Why: "looks for what was changed by hand"},
		{Actions: []string{"cloudformation:DetectStackResourceDrift"}, Resources: s.watchStack(), Why: "CloudFormation asks for it for each resource of the search", By: "CloudFormation"},
		{Actions: []string{"cloudformation:DescribeStackDriftDetectionStatus"}, Resources: []string{"*"}, Why: "waits for the search for drift"},
	}, byStacks(s))
}

// subscribers reads who is told.
func subscribers(s Settings) Need {
	return Need{Actions: []string{"sns:ListSubscriptionsByTopic"}, Resources: []string{s.alerts()}, Why: "sees which mailboxes have confirmed"}
}

func watchDrill(s Settings) []Need {
	return together([]Need{
		alarms("reads the alarms"),
		{Actions: []string{"cloudwatch:DescribeAlarmHistory"}, Resources: []string{"*"}, Why: "sees that an alarm's message arrived at the topic"},
		{Actions: []string{"cloudwatch:SetAlarmState"}, Resources: []string{s.watchAlarms()}, Why: "rings each alarm once, and sets it back"},
		{Actions: []string{"cloudwatch:GetAlarmMuteRule", "cloudwatch:ListAlarmMuteRules"}, Resources: []string{s.arn("cloudwatch", "alarm-mute-rule:*")}, Why: "sees whether alarms are muted, by whatever rule"},
		{Actions: []string{"s3:GetObject"}, Resources: s.rollout(), Why: "rings no alarm while a phase is judged by it"},
		list(s.Archive, "tells a rollout that was never begun from one that may not be read", s.Prefix+"/rollout/"+s.Stage+"/*"),
		subscribers(s),
	})
}

func watchAudit(s Settings) []Need {
	return together(discovery(s), costTags(), []Need{
		described(s),
		alarms("reads the alarms"),
		{Actions: []string{"logs:DescribeLogGroups"}, Resources: []string{"*"}, Why: "reads how long the functions' logs are kept"},
		subscribers(s),
	})
}

// mutes keeps the stage's alarms quiet while it is deployed. Rules that an
// earlier deployment with more alarms has left are removed.
func mutes(s Settings) []Need {
	return append(unmutes(s), []Need{
		alarms("finds the alarms to mute"),
		{Actions: []string{"cloudwatch:GetAlarmMuteRule", "cloudwatch:TagResource"}, Resources: []string{s.muteRules()}, Why: "tags a rule, and waits until it mutes"},
		{Actions: []string{"cloudwatch:PutAlarmMuteRule"}, Resources: []string{s.muteRules(), s.watchAlarms()}, Why: "mutes the stage's alarms while it is deployed, for half an hour at most"},
	}...)
}

// unmutes ends that.
func unmutes(s Settings) []Need {
	return []Need{
		{Actions: []string{"cloudwatch:ListAlarmMuteRules"}, Resources: []string{s.arn("cloudwatch", "alarm-mute-rule:*")}, Why: "finds its own rules"},
		{Actions: []string{"cloudwatch:DeleteAlarmMuteRule"}, Resources: []string{s.muteRules()}, Why: "lets the alarms speak again"},
	}
}

// byStack allows calls that CloudFormation makes for the caller, and no others;
// source: IAM User Guide, aws:CalledVia.
func byStack() Conditions {
	return only("ForAnyValue:StringEquals", "aws:CalledVia", "cloudformation.amazonaws.com")
}

// byStacks is what CloudFormation calls for each kind of resource of the stack,
// by the handlers' permissions in its registry.
func byStacks(s Settings) []Need {
	by := func(why string, resources []string, actions ...string) Need {
		return Need{Actions: actions, Resources: resources, When: byStack(), Why: why, By: "CloudFormation"}
	}
	one := func(resource string) []string { return []string{resource} }
	return slices.Concat([]Need{
		by("makes alarms", one(s.watchAlarms()), "cloudwatch:DeleteAlarms", "cloudwatch:ListTagsForResource", "cloudwatch:PutCompositeAlarm", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"),
		by("reads alarms", one("*"), "cloudwatch:DescribeAlarms"),
		by("makes the dashboards", one(s.global("cloudwatch", "dashboard/"+s.Project+"-Serverless-*")), "cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard", "cloudwatch:PutDashboard"),
		by("lists dashboards", one("*"), "cloudwatch:ListDashboards"),
		by("makes the topic and subscribes the teams", one(s.alerts()), "sns:CreateTopic", "sns:DeleteTopic", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource", "sns:UntagResource"),
		by("ends a subscription; its id is AWS's choice", one(s.alerts()), "sns:Unsubscribe"),
		by("makes a key; its id is AWS's choice", one("*"), "kms:CreateKey"),
		by("keeps the key", one(s.arn("kms", "key/*")), "kms:DescribeKey", "kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateKeyDescription"),
		by("reads cold starts from the logs", one(s.arn("logs", "log-group:/aws/lambda/"+s.own())), "logs:DeleteMetricFilter", "logs:DescribeMetricFilters", "logs:PutMetricFilter"),
		by("makes the budget", one(s.global("budgets", "budget/"+s.Project+"-Serverless-Monthly")), "budgets:ListTagsForResource", "budgets:ModifyBudget", "budgets:TagResource", "budgets:UntagResource", "budgets:ViewBudget"),
	}, byStacksCost(s, by), byStacksTraces(s, by))
}

type byNeed func(why string, resources []string, actions ...string) Need

func byStacksCost(s Settings, by byNeed) []Need {
	monitors, told := s.global("ce", "anomalymonitor/*"), s.global("ce", "anomalysubscription/*")
	return []Need{
		by("makes the watch for unusual cost; ids are AWS's choice", []string{"*"}, "ce:CreateAnomalyMonitor", "ce:CreateAnomalySubscription"),
		by("keeps the watch for unusual cost", []string{monitors}, "ce:DeleteAnomalyMonitor", "ce:GetAnomalyMonitors", "ce:UpdateAnomalyMonitor"),
		by("keeps who is told of it", []string{told}, "ce:DeleteAnomalySubscription", "ce:GetAnomalySubscriptions", "ce:UpdateAnomalySubscription"),
		by("tags them", []string{monitors, told}, "ce:ListTagsForResource", "ce:TagResource", "ce:UntagResource"),
	}
}

func byStacksTraces(s Settings, by byNeed) []Need {
	groups, rules := s.arn("xray", "group/"+s.watchedTraces()), s.arn("xray", "sampling-rule/"+s.watchedTraces())
	return []Need{
		by("makes groups of traces", []string{groups}, "xray:CreateGroup", "xray:DeleteGroup", "xray:GetGroup", "xray:UpdateGroup"),
		by("makes sampling rules", []string{rules}, "xray:CreateSamplingRule", "xray:DeleteSamplingRule", "xray:UpdateSamplingRule"),
		by("tags both", []string{groups, rules}, "xray:ListTagsForResource", "xray:TagResource", "xray:UntagResource"),
		by("reads sampling rules", []string{"*"}, "xray:GetSamplingRules"),
	}
}

// watchedTraces is the beginning of the names of groups and rules, which are
// shortened to 32.
func (s Settings) watchedTraces() string {
	name := s.Project + "-" + s.Stage
	return name[:min(len(name), 20)] + "*"
}
