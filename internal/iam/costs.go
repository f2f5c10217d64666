package iam

// This file: what cost-report calls. Cost Explorer and the tagging API bind none
// of it to a resource; source: Service Authorization Reference.

// costsCollect reads what was spent, keeps it and publishes it.
func costsCollect(s Settings) []Need {
	return together(costsExplain(s), []Need{
		{Actions: []string{"cloudwatch:PutMetricData"}, Resources: []string{"*"}, When: only("StringEquals", "cloudwatch:namespace", "cutover/"+s.Project+"/"+s.Stage), Why: "publishes the cost of each day, which the dashboard shows"},
		metrics("counts the requests that it was for"),
	})
}

// costsRead reads what was spent, of which no day is paid for twice.
func costsRead(s Settings) []Need {
	return []Need{
		{Actions: []string{"ce:GetCostAndUsage"}, Resources: []string{"*"}, Why: "reads what was spent"},
		{Actions: []string{"s3:GetObject", "s3:PutObject"}, Resources: s.archive("cost/" + s.Stage + "/*"), Why: "keeps each day, so that none is paid for twice"},
		list(s.Archive, "tells a day that was never kept from one that may not be read", s.Prefix+"/cost/"+s.Stage+"/*"),
	}
}

// costsExplain names the phases of the traffic beside the days.
func costsExplain(s Settings) []Need {
	return together(costsRead(s), []Need{
		{Actions: []string{"s3:GetObject"}, Resources: s.rollout(), Why: "names the phases of the traffic on the days on which costs jumped"},
		list(s.Archive, "finds the rollout's log", s.Prefix+"/rollout/"+s.Stage+"/*"),
	})
}

// costsTags holds that everything is tagged, and lets billing know the tags.
func costsTags(s Settings) []Need {
	return []Need{
		s.bootstrap(),
		{Actions: []string{"s3:GetObject"}, Resources: s.state(s.Stage, "app|.json"), Why: "reads which resources SST has made: what has no tag is found by no tag"},
		{Actions: []string{"tag:GetResources"}, Resources: []string{"*"}, Why: "reads the tags of each"},
		{Actions: []string{"ce:ListCostAllocationTagBackfillHistory", "ce:ListCostAllocationTags"}, Resources: []string{"*"}, Why: "sees whether billing tells costs apart by them"},
		{Actions: []string{"ce:StartCostAllocationTagBackfill", "ce:UpdateCostAllocationTagsStatus"}, Resources: []string{"*"}, Why: "lets billing tell costs apart by them, of the past too; only the account that pays can"},
	}
}

// costsRecommend reads what runs and how it is used, and changes nothing.
func costsRecommend(s Settings) []Need {
	all := func(why string, actions ...string) Need {
		return Need{Actions: actions, Resources: []string{"*"}, Why: why}
	}
	functions := []string{s.arn("lambda", "function:"+s.own())}
	return []Need{
		all("finds the stage's functions by their tags", "tag:GetResources"),
		{Actions: []string{"lambda:GetFunctionConfiguration", "lambda:ListProvisionedConcurrencyConfigs"}, Resources: functions, Why: "reads memory, architecture and what is kept warm"},
		all("reads how long each log group keeps its lines", "logs:DescribeLogGroups"),
		{Actions: []string{"logs:StartQuery"}, Resources: []string{s.arn("logs", "log-group:*:*")}, Why: "reads durations and memory out of the functions' own lines"},
		all("reads what a query found, and ends one that takes too long", "logs:GetQueryResults", "logs:StopQuery"),
		{Actions: []string{"rds:DescribeDBInstances"}, Resources: []string{s.arn("rds", "db:*")}, Why: "reads the database's class"},
		{Actions: []string{"rds:DescribeReservedDBInstances"}, Resources: []string{s.arn("rds", "ri:*")}, Why: "subtracts what is reserved already"},
		all("reads what a reservation costs", "elasticache:DescribeReservedCacheNodesOfferings", "rds:DescribeReservedDBInstancesOfferings"),
		{Actions: []string{"elasticache:DescribeCacheClusters"}, Resources: []string{s.arn("elasticache", "cluster:*")}, Why: "reads the cache's type"},
		{Actions: []string{"elasticache:DescribeReservedCacheNodes"}, Resources: []string{s.arn("elasticache", "reserved-instance:*")}, Why: "subtracts what is reserved already"},
		{Actions: []string{"s3:GetBucketVersioning", "s3:GetLifecycleConfiguration", "s3:ListBucketMultipartUploads"}, Resources: []string{"arn:aws:s3:::*"}, Why: "reads which rules the app's buckets have; their names are the app's choice"},
		{Actions: []string{"s3:ListMultipartUploadParts"}, Resources: []string{"arn:aws:s3:::*/*"}, Why: "reads how large uploads are that nobody finished"},
		all("reads NAT gateways and the endpoints beside them", "ec2:DescribeNatGateways", "ec2:DescribeVpcEndpoints"),
		metrics("reads how much of it all is used"),
	}
}
