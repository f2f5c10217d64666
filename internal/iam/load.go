package iam

// This file: what load-test calls, once the load is over.

func load(s Settings) []Need {
	return []Need{
		{Actions: []string{"tag:GetResources"}, Resources: []string{"*"}, Why: "finds the stage's functions by their tags"},
		{Actions: []string{"lambda:GetFunctionConfiguration"}, Resources: []string{s.arn("lambda", "function:"+s.own())}, Why: "tells the stage's own functions from what SST and Lambda@Edge put beside them"},
		metrics("reads how they scaled under the load: concurrency, throttles, cold starts"),
	}
}
