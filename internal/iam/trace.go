package iam

// This file: what trace-check calls. X-Ray binds none of it to a resource; source:
// Service Authorization Reference, AWS X-Ray.

func traces(s Settings) []Need {
	all := func(why string, actions ...string) Need {
		return Need{Actions: actions, Resources: []string{"*"}, Why: why}
	}
	kept := s.archive("trace/" + s.Stage + "/map.json")
	return []Need{
		all("finds the stage's functions by their tags", "tag:GetResources"),
		{Actions: []string{"lambda:GetFunctionConfiguration"}, Resources: []string{s.arn("lambda", "function:"+s.own())}, Why: "reads whether each function is traced"},
		all("reads where traces go, and how many are indexed", "xray:GetIndexingRules", "xray:GetTraceSegmentDestination"),
		all("reads its own traces, those that the index finds, and the service map", "xray:BatchGetTraces", "xray:GetServiceGraph", "xray:GetTraceSummaries"),
		all("reads its own traces where Transaction Search has them", "xray:CancelTraceRetrieval", "xray:ListRetrievedTraces", "xray:StartTraceRetrieval"),
		{Actions: []string{"s3:GetObject", "s3:PutObject"}, Resources: kept, Why: "compares the service map with the last one, and keeps it"},
		list(s.Archive, "tells a map that was never kept from one that may not be read", s.Prefix+"/trace/"+s.Stage+"/*"),
	}
}
