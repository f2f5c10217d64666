package iam

// known are the services that an app may use besides API, functions and buckets.
var known = map[string]service{
	"dynamodb": {
		deploy: func(s Settings) []Need {
			return []Need{{
				Actions: []string{
					"dynamodb:CreateTable", "dynamodb:DeleteTable", "dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "dynamodb:ListTagsOfResource",
					"dynamodb:TagResource", "dynamodb:UntagResource", "dynamodb:UpdateContinuousBackups", "dynamodb:UpdateTable", "dynamodb:UpdateTimeToLive",
				}, Resources: []string{s.arn("dynamodb", "table/"+s.own())}, Why: "sst deploys the tables",
			}}
		},
		run: func(s Settings) []Need {
			return []Need{{
				Actions: []string{
					"dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem",
					"dynamodb:Query", "dynamodb:Scan", "dynamodb:UpdateItem",
				}, Resources: []string{s.arn("dynamodb", "table/"+s.own())},
			}}
		},
	},
	"sqs": {
		deploy: func(s Settings) []Need {
			queues, mine := []string{s.arn("sqs", s.own())}, only("ArnLike", "lambda:FunctionArn", s.arn("lambda", "function:"+s.own()))
			return []Need{
				{Actions: []string{"sqs:CreateQueue", "sqs:DeleteQueue", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"}, Resources: queues, Why: "sst deploys the queues"},
				{Actions: []string{"lambda:CreateEventSourceMapping"}, Resources: []string{"*"}, When: mine, Why: "sst connects queues with the stage's functions"},
				{
					Actions:   []string{"lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"},
					Resources: []string{s.arn("lambda", "event-source-mapping:*")}, When: mine, Why: "sst keeps the connections; an id is AWS's choice",
				},
				{Actions: []string{"lambda:GetEventSourceMapping"}, Resources: []string{s.arn("lambda", "event-source-mapping:*")}, Why: "sst looks at a connection, whose id is AWS's choice"},
			}
		},
		run: func(s Settings) []Need {
			return []Need{{Actions: []string{"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage", "sqs:SendMessage"}, Resources: []string{s.arn("sqs", s.own())}}}
		},
	},
	"sns": {
		deploy: func(s Settings) []Need {
			return []Need{{
				Actions: []string{
					"sns:CreateTopic", "sns:DeleteTopic", "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListTagsForResource", "sns:SetTopicAttributes", "sns:Subscribe",
					"sns:TagResource", "sns:UntagResource",
				}, Resources: []string{s.arn("sns", s.own())}, Why: "sst deploys the topics",
			}}
		},
		run: func(s Settings) []Need {
			return []Need{{Actions: []string{"sns:Publish"}, Resources: []string{s.arn("sns", s.own())}}}
		},
	},
	"events": {
		deploy: func(s Settings) []Need {
			return []Need{{
				Actions: []string{
					"events:DeleteRule", "events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets",
					"events:TagResource", "events:UntagResource",
				}, Resources: []string{s.arn("events", "rule/"+s.own())}, Why: "sst deploys schedules and rules",
			}}
		},
		run: func(Settings) []Need { return nil },
	},
	"vpc": {
		deploy: func(Settings) []Need {
			return []Need{{Actions: []string{"ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"}, Resources: []string{"*"}, Why: "Lambda checks the networks that functions are put into"}}
		},
		// What AWSLambdaVPCAccessExecutionRole has; functions do nothing in a
		// network without.
		run: func(s Settings) []Need {
			return []Need{
				{Actions: []string{"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"}, Resources: []string{"*"}},
				{Actions: []string{"ec2:AssignPrivateIpAddresses", "ec2:DeleteNetworkInterface", "ec2:UnassignPrivateIpAddresses"}, Resources: []string{s.arn("ec2", "network-interface/*")}},
				{Actions: []string{"ec2:CreateNetworkInterface"}, Resources: []string{s.arn("ec2", "network-interface/*"), s.arn("ec2", "security-group/*"), s.arn("ec2", "subnet/*")}},
			}
		},
	},
}
