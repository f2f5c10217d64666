package iam

// This file: what doctor calls. It reads settings and names, and changes nothing
// but the one object of its probe, if somebody asks for that.

// examine looks at everything that a first run needs.
func examine(s Settings) []Need {
	all := func(why string, actions ...string) Need {
		return Need{Actions: actions, Resources: []string{"*"}, Why: why}
	}
	archive := []string{bucket(s.Archive)}
	roles := []string{s.global("iam", "role/cutover-"+s.App+"-*")}
	return []Need{
		{Actions: []string{"iam:GetOpenIDConnectProvider"}, Resources: []string{s.Provider()}, Why: "sees that jobs can take roles at all"},
		{Actions: []string{"iam:GetRole"}, Resources: roles, Why: "reads whom each role trusts"},
		{Actions: []string{"iam:SimulatePrincipalPolicy"}, Resources: roles, Why: "asks IAM what each role would be allowed", Option: "simulate"},
		{Actions: []string{"s3:ListBucket"}, Resources: archive, Why: "asks whether the archive's bucket is there, and in which region"},
		{Actions: []string{"s3:GetBucketObjectLockConfiguration", "s3:GetBucketPublicAccessBlock", "s3:GetBucketVersioning", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration"}, Resources: archive, Why: "reads how the bucket is kept"},
		{Actions: []string{"s3:DeleteObject", "s3:PutObject"}, Resources: s.archive("doctor/*"), Why: "tries whether the bucket keeps conditional writes, and removes what it wrote", Option: "probe"},
		s.bootstrap(),
		{Actions: []string{"route53:ListResourceRecordSets"}, Resources: []string{"arn:aws:route53:::hostedzone/" + s.Zone}, Why: "reads the record that is to be moved"},
		{Actions: []string{"route53:GetHealthCheck"}, Resources: []string{"arn:aws:route53:::healthcheck/*"}, Why: "sees that the record's health checks exist"},
		{Actions: []string{"cloudformation:DescribeStackResources"}, Resources: []string{s.arn("cloudformation", "stack/*")}, Why: "asks whether a stack owns the record; which one is the question"},
		all("sees that there are figures, and which dimension is wrong", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics"),
		all("sees that there are alarms", "cloudwatch:DescribeAlarms"),
		{Actions: []string{"sns:ListSubscriptionsByTopic"}, Resources: []string{s.arn("sns", "*-serverless-alerts-*")}, Why: "sees that somebody hears of them"},
		all("sees whether billing tells costs apart by the tags", "ce:ListCostAllocationTags"),
		all("sees where traces go", "xray:GetIndexingRules", "xray:GetTraceSegmentDestination"),
	}
}
