package iam

// This file: what cutover-report calls.

// compare is what every command does: the figures of both sides, where no load
// results are given.
func compare(s Settings) []Need {
	return []Need{
		metrics("reads what both sides used, and the figures of a side of which no load result was given"),
		{Actions: []string{"ce:GetCostAndUsage"}, Resources: []string{"*"}, Why: "holds what was metered against the bill of the same days; without it the report says so"},
		{Actions: []string{"tag:GetResources"}, Resources: []string{"*"}, Why: "finds the stage's functions by their tags"},
		{Actions: []string{"lambda:GetFunctionConfiguration"}, Resources: []string{s.arn("lambda", "function:"+s.own())}, Why: "reads each function's memory, by which it is billed"},
		{Actions: []string{"s3:GetObject"}, Resources: s.archive("baseline/" + s.Stage + "/blue.json"), Why: "reads what blue was before the first shift"},
		list(s.Archive, "tells a baseline that was never kept from one that may not be read", s.Prefix+"/baseline/"+s.Stage+"/*"),
	}
}

func compareBaseline(s Settings) []Need {
	return together(compare(s), []Need{
		{Actions: []string{"s3:PutObject"}, Resources: s.archive("baseline/" + s.Stage + "/blue.json"), Why: "keeps what blue is before the first shift"},
		{Actions: []string{"s3:GetObject"}, Resources: s.rollout(), Why: "sees that no traffic has moved yet"},
		list(s.Archive, "tells a rollout that was never begun from one that may not be read", s.Prefix+"/rollout/"+s.Stage+"/*"),
	})
}

func compareDecide(s Settings) []Need {
	return together(compare(s), []Need{
		{Actions: []string{"s3:GetObject", "s3:PutObject"}, Resources: s.archive("decision/"+s.Stage+".json", "decision/"+s.Stage+"/*"), Why: "keeps the decision, its report and its record"},
		list(s.Archive, "tells a decision that was never taken from one that may not be read", s.Prefix+"/decision/"+s.Stage+"*"),
	})
}
