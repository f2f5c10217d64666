package iam

import "strings"

// This file: what the actions of a release call. Each need is one sentence that
// a reader of the policy can check against the action's page.

// list allows to list keys below prefixes. S3 asks for the same permission when
// an object is missing, and then no prefix is given: without IfExists a missing
// object would read as denied (API reference, GetObject), and the actions could
// not tell "not there" from "not allowed". The price: who may list some keys may
// list the names of all.
func list(where, why string, prefixes ...string) Need {
	return Need{
		Actions: []string{"s3:ListBucket"}, Resources: []string{bucket(where)},
		When: only("StringLikeIfExists", "s3:prefix", prefixes...), Why: why,
	}
}

func coverage(s Settings) []Need {
	if s.Baseline == "" {
		return nil // a file or an artifact: nothing of AWS
	}
	where, key, _ := strings.Cut(s.Baseline, "/")
	return []Need{
		{Actions: []string{"s3:GetObject", "s3:PutObject"}, Resources: []string{bucket(s.Baseline)}, Why: "reads the totals to compare with, and stores those of a gate that passed"},
		list(where, "tells a baseline that was never written from one that may not be read", key),
	}
}

// The archive's layout; source: internal/release/archive, Layout.

func keep(s Settings) []Need {
	mine := s.archive("claims/"+s.Stage+"/*", "releases/"+s.Stage+"/*", "blobs/sha256/*")
	return append(read(s),
		Need{Actions: []string{"s3:GetObject", "s3:PutObject"}, Resources: mine, Why: "stores each content once, claims the release's name, writes its manifest last"},
		Need{Actions: []string{"s3:AbortMultipartUpload"}, Resources: s.archive("blobs/sha256/*"), Why: "takes a cancelled upload back"},
		Need{Actions: []string{"s3:GetObject"}, Resources: s.archive("pruning.json"), Why: "waits while the archive is pruned"},
		Need{Actions: []string{"s3:GetBucketObjectLockConfiguration"}, Resources: []string{bucket(s.Archive)}, Why: "refuses a hold that the bucket cannot keep", Option: "legal-hold"},
		Need{Actions: []string{"s3:GetObjectLegalHold", "s3:PutObjectLegalHold"}, Resources: mine, Why: "puts a hold on what the release consists of", Option: "legal-hold"},
	)
}

func read(s Settings) []Need {
	return []Need{
		{Actions: []string{"s3:GetObject"}, Resources: s.archive("releases/*", "blobs/sha256/*"), Why: "reads manifests and contents"},
		list(s.Archive, "finds a release in any stage", s.Prefix+"/*"),
	}
}

func prune(s Settings) []Need {
	all := s.archive("claims/*", "releases/*", "blobs/sha256/*", "pruning.json")
	return append(read(s),
		Need{Actions: []string{"s3:GetObject", "s3:DeleteObject"}, Resources: all, Why: "deletes what no kept release needs, manifests first"},
		Need{Actions: []string{"s3:PutObject"}, Resources: s.archive("pruning.json"), Why: "keeps others from archiving meanwhile"},
		Need{Actions: []string{"s3:GetBucketObjectLockConfiguration"}, Resources: []string{bucket(s.Archive)}, Why: "asks whether releases can be held"},
		Need{Actions: []string{"s3:GetObjectLegalHold"}, Resources: all, Why: "leaves what is under legal hold"},
	)
}

func lifecycle(s Settings) []Need {
	return []Need{{
		Actions: []string{"s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration"}, Resources: []string{bucket(s.Archive)},
		Why: "puts one rule among the bucket's own",
	}}
}

// SST's state; source: sst, pkg/project/provider/provider.go.

// bootstrap is the parameter that names SST's buckets.
func (s Settings) bootstrap() Need {
	return Need{Actions: []string{"ssm:GetParameter"}, Resources: []string{s.arn("ssm", "parameter/sst/bootstrap")}, Why: "asks which bucket holds SST's state"}
}

// stateKeys are the beginnings of all keys of a stage that are listed.
func (s Settings) updates(stage string) Need {
	return list(s.State, "finds the last updates of "+stage, "update/"+s.App+"/"+stage+"/*")
}

func look(s Settings) []Need {
	return []Need{
		s.bootstrap(),
		s.updates(s.Stage),
		{Actions: []string{"s3:GetObject"}, Resources: s.state(s.Stage, "update|/*", "eventlog|/*", "app|.json", "lock|.json"), Why: "reads updates, their event logs, outputs, and who holds the lock"},
	}
}

func unlock(s Settings) []Need {
	return append(look(s),
		Need{Actions: []string{"s3:DeleteObject"}, Resources: s.state(s.Stage, "lock|.json"), Why: "releases the lock of a run that is over, in the version that was read"},
		Need{Actions: []string{"s3:PutObject"}, Resources: s.state(s.Stage, "update|/*"), Why: "ends the record of the update that died with the lock"},
	)
}

func deploy(s Settings) []Need { return append(unlock(s), sst(s)...) }

func diff(s Settings) []Need { return append(sstReads(s), s.bootstrap()) }

// rollback brings an archived release back: zips into functions, then the whole
// deployment of that commit, which is deploy's.
func rollback(s Settings) []Need {
	return append(together(deploy(s), read(s)),
		Need{
			Actions: []string{"lambda:GetFunctionConfiguration", "lambda:UpdateFunctionCode"}, Resources: []string{s.arn("lambda", "function:"+s.own())},
			Why: "puts archived zips back into the functions, and waits until each is in use",
		},
		Need{Actions: []string{"s3:GetObject", "s3:PutObject"}, Resources: s.archive("rollbacks/" + s.Stage + "/*"), Why: "writes down what a rollback set out to do and has done, before it does it"},
	)
}

// watch is what the bake asks AWS; the API it asks as any user does.
func watch(Settings) []Need {
	return []Need{alarms("sees that the named alarms stay quiet after a deployment")}
}

// alarms reads states of alarms. It stands on all: otherwise AWS leaves composite
// ones out of its answer; source: CloudWatch API reference, DescribeAlarms.
func alarms(why string) Need {
	return Need{Actions: []string{"cloudwatch:DescribeAlarms"}, Resources: []string{"*"}, Why: why}
}

func gate(s Settings) []Need {
	needs := []Need{
		s.updates(s.Earlier),
		{Actions: []string{"s3:GetObject"}, Resources: s.state(s.Earlier, "update|/*", "lock|.json"), Why: "asks what was deployed to " + s.Earlier + " last, whether it succeeded, and whether somebody deploys"},
		list(s.State, "tells a stage that is not locked from one that may not be read", "lock/"+s.App+"/"+s.Stage+".json"),
		{Actions: []string{"s3:GetObject"}, Resources: s.state(s.Stage, "app|.json", "lock|.json"), Why: "holds that nobody deploys"},
	}
	needs = append(needs,
		s.bootstrap(),
		Need{Actions: []string{"s3:GetObject"}, Resources: s.rollout(), Why: "asks whether a traffic phase is under way"},
		list(s.Archive, "tells a rollout that was never begun from one that may not be read", s.Prefix+"/rollout/"+s.Stage+"/*"),
		alarms("holds that the named alarms exist and are quiet"),
	)
	if s.Budget != NoBudget {
		// DescribeBudget's permission has another name; source: Service
		// Authorization Reference, AWS Budgets.
		needs = append(needs, Need{Actions: []string{"budgets:ViewBudget"}, Resources: []string{s.global("budgets", "budget/"+s.Budget)}, Why: "holds that the budget is not used up"})
	}
	return needs
}

// rollout is the state of the stage's traffic shift, beside the archive.
func (s Settings) rollout() []string { return s.archive("rollout/" + s.Stage + "/*") }
