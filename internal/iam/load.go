package iam

// This file: what load-test calls, once the load is over.

func load(Settings) []Need {
	return []Need{
		{Actions: []string{"tag:GetResources"}, Resources: []string{"*"}, Why: "finds the stage's functions by their tags"},
		metrics("reads how they scaled under the load: concurrency, throttles, cold starts"),
	}
}
