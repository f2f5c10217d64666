package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/slack/slacktest"
	"github.com/cutover-dev/cutover/internal/doctortest"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/verdict"
)

func TestAllIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, got := w.run("--report", "out/doctor.html", "--simulate", "--probe")
	w.red(r, "", "", "", "")
	if got.Code != 0 || r.Verdict != verdict.Pass || r.Passed != len(r.Rows) || len(r.Rows) < 45 {
		t.Errorf("%d, %d of %d\n%s", got.Code, r.Passed, len(r.Rows), got.Stderr)
	}
	if !strings.Contains(w.read("summary"), "At Slack") || !strings.Contains(w.read("out/doctor.html"), "At AWS") || !strings.Contains(w.read("output"), "pass") {
		t.Error("summary, page or outputs lack something")
	}
	// The probe leaves nothing behind.
	if left := w.cloud.KeysIn(bucket, ""); len(left) != 0 {
		t.Errorf("it left %q", left)
	}
	w.hold("probe", "simulate")
}

// Every check has a world that is broken just there: that row is red, and no other.
func TestBrokenWorlds(t *testing.T) {
	t.Parallel()
	environment := func(e loopback.Environment) func(*world) {
		return func(w *world) { w.hub.SetEnvironment(e) }
	}
	main := []string{"main"}
	kept := func(change func(*cloud.KeptBucket)) func(*world) { return func(w *world) { change(&w.kept) } }
	role := func(policy string) func(*world) {
		return func(w *world) { w.cloud.Role("cutover-lego-api-production-deploy", policy) }
	}
	for name, c := range map[string]struct {
		break_ func(*world) // break is a word of Go's
		args   []string
		row    string
		seen   string
		mend   string
	}{
		"another default branch": {func(w *world) { w.set.Branch = "trunk" }, nil, "github.token", "default branch is trunk", "gh repo edit lego/api --default-branch main"},
		"a hidden repository":    {func(w *world) { w.set.Hidden = true }, nil, "github.token", "sees no repository lego/api", "gh repo view lego/api"},
		"no reviewers":           {environment(loopback.Environment{Name: "production", Branches: main}), nil, "github.environment.production", "nobody is asked", "reviewers[][id]"},
		"self-review":            {environment(loopback.Environment{Name: "production", Reviewers: []string{"octocat"}, SelfReview: true, Branches: main}), nil, "github.environment.production", "approve what they have started themselves", "users/octocat"},
		"every branch":           {environment(loopback.Environment{Name: "production", Reviewers: []string{"octocat"}}), nil, "github.environment.production", "every branch gets in", "deployment-branch-policies -f name=main"},
		"another branch too":     {environment(loopback.Environment{Name: "staging", Branches: []string{"main", "dev"}}), nil, "github.environment.staging", "in get main, dev", "DELETE"},
		"the watch waits":        {environment(loopback.Environment{Name: "production-watch", Reviewers: []string{"octocat"}, Branches: main}), nil, "github.environment.production-watch", "must not wait", "'reviewers[]'"},
		"no pull requests":       {func(w *world) { no := false; w.set.Proposals = &no }, nil, "github.proposals", "may not open", "can_approve_pull_request_reviews=true"},
		"a variable is missing":  {func(w *world) { w.vars = nil; w.set.Variables = w.set.Variables[1:] }, nil, "github.variables", "missing: ", "gh variable set"},
		"a secret is missing": {func(w *world) {
			w.set.Secrets = []string{}
			replaceIn(t, w, ".github/workflows/deploy.yml", "SLACK_BOT_TOKEN", "OTHER_TOKEN")
		}, nil, "github.secrets", "OTHER_TOKEN", "gh secret set OTHER_TOKEN --repo lego/api"},
		"a workflow sleeps":       {func(w *world) { w.set.Workflows[".github/workflows/traffic-watch.yml"] = "disabled_inactivity" }, nil, "github.workflows", "disabled_inactivity", "gh workflow enable traffic-watch.yml"},
		"a workflow is not there": {func(w *world) { delete(w.set.Workflows, ".github/workflows/decide.yml") }, nil, "github.workflows", "not on the default branch", "git push"},
		"another account":         {nil, []string{"--account", "999999999999"}, "aws.account", "the account 123456789012", "aws configure list-profiles"},
		"no provider":             {func(w *world) { w.cloud.Provider("token.actions.githubusercontent.com") }, nil, "aws.provider", "no provider", "cutover iam --template"},
		"another audience":        {func(w *world) { w.cloud.Provider("token.actions.githubusercontent.com", "else") }, nil, "aws.provider", "tokens for else", "add-client-id-to-open-id-connect-provider"},
		"no role":                 {role(""), nil, "aws.role.AWS_ROLE_PRODUCTION", "there is no role", "aws cloudformation deploy"},
		"a role of another":       {role(trust("repo:lego/api:ref:refs/heads/main")), nil, "aws.role.AWS_ROLE_PRODUCTION", "does not let in repo:lego/api:environment:production", "cutover iam"},
		"a role of everybody":     {role(strings.Replace(trust("repo:lego/*"), `"token.actions.githubusercontent.com:sub"`, `"x:sub"`, 1)), nil, "aws.role.AWS_ROLE_PRODUCTION", "any repository on GitHub", "cutover iam"},
		"a role with ids": {func(w *world) {
			w.set.Subject = "repo:lego@1/api@2"
			others(w, "repo:lego@1/api@2")
			role(trust("repo:lego/api:environment:production"))(w)
		}, nil, "aws.role.AWS_ROLE_PRODUCTION", "does not let in repo:lego@1/api@2:environment:production", "--repository lego@1/api@2"},
		"a role that may not":        {func(w *world) { w.cloud.Deny("cutover-lego-api-production-watch", "route53:ListResourceRecordSets") }, []string{"--simulate"}, "aws.simulated.AWS_ROLE_WATCH", "refused: route53:ListResourceRecordSets", "cutover iam"},
		"no bucket":                  {nil, []string{"--bucket", "nowhere"}, "aws.bucket", "no bucket nowhere", "create-bucket --bucket nowhere --region us-east-1"},
		"a bucket elsewhere":         {kept(func(k *cloud.KeptBucket) { k.Region = "eu-west-1" }), nil, "aws.bucket", "lies in eu-west-1", "gh variable set ARCHIVE_BUCKET"},
		"no versions":                {kept(func(k *cloud.KeptBucket) { k.Versioning = "Suspended" }), nil, "aws.bucket.versioning", "Suspended", "put-bucket-versioning"},
		"no public access block":     {kept(func(k *cloud.KeptBucket) { k.Open = []string{"all"} }), nil, "aws.bucket.public", "BlockPublicAcls", "put-public-access-block"},
		"half a public access block": {kept(func(k *cloud.KeptBucket) { k.Open = []string{"BlockPublicPolicy"} }), nil, "aws.bucket.public", "not on: BlockPublicPolicy", "put-public-access-block"},
		"no encryption":              {kept(func(k *cloud.KeptBucket) { k.Encryption = "none" }), nil, "aws.bucket.encryption", "none", "put-bucket-encryption"},
		"no lifecycle":               {kept(func(k *cloud.KeptBucket) { k.Rules = "" }), nil, "aws.bucket.lifecycle", "unfinished uploads stay", "put-bucket-lifecycle-configuration"},
		"a lifecycle that deletes": {kept(func(k *cloud.KeptBucket) {
			k.Rules += `<Rule><ID>old</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter><Expiration><Days>30</Days></Expiration></Rule>`
		}), nil, "aws.bucket.lifecycle", `the rule "old"`, "rules.json"},
		"compliance":                 {kept(func(k *cloud.KeptBucket) { k.Lock = "COMPLIANCE" }), nil, "aws.bucket.lock", "compliance mode", "put-object-lock-configuration"},
		"no SST":                     {func(w *world) { w.cloud.Rename("") }, nil, "aws.bootstrap", "SST has made nothing", "npx sst deploy"},
		"no zone":                    {func(w *world) { replaceIn(t, w, "cutover.yaml", "hosted_zone: Z0LEGO", "hosted_zone: Z0NONE") }, nil, "aws.record", "no hosted zone Z0NONE", "list-hosted-zones-by-name"},
		"no record":                  {func(w *world) { w.cloud.SetRecords(zone) }, nil, "aws.record", "has no record", "list-resource-record-sets"},
		"the record leads elsewhere": {func(w *world) { w.point("old.example.com", 60) }, nil, "aws.record", "which is not blue", "list-resource-record-sets"},
		"a long TTL":                 {func(w *world) { w.point(blue, 3600) }, nil, "aws.record.ttl", "3600 s", "change-resource-record-sets"},
		"a stack's record":           {func(w *world) { w.cloud.Own(record, "dns") }, nil, "aws.record.owner", "the stack dns", "get-template --stack-name dns"},
		"a health check that is gone": {func(w *world) {
			ttl, weight := 60, 100
			w.cloud.SetRecords(zone, cloud.RecordSet{Name: record, Type: "CNAME", TTL: &ttl, Values: []string{blue}, SetIdentifier: "blue", Weight: &weight, HealthCheckID: "00000000-0000-4000-8000-000000000000"})
		}, nil, "aws.record.health", "does not exist", "command=prepare"},
		"another load balancer": {func(w *world) { replaceIn(t, w, "cutover.yaml", balancer, "app/lego-api/50dc6c495c0c9189") }, nil, "aws.metrics.blue", `no metric has LoadBalancer "app/lego-api/50dc6c495c0c9189" (there is "app/lego-api/50dc6c495c0c9188")`, "list-metrics"},
		"another API":           {func(w *world) { replaceIn(t, w, "cutover.yaml", "name: a1b2c3d4e5", "name: a1b2c3d4e6") }, nil, "aws.metrics.green", `ApiId "a1b2c3d4e6"`, "Name=ApiId"},
		"a target group of another": {func(w *world) {
			w.cloud.AddMetrics(cloud.Metric{Namespace: "AWS/ApplicationELB", Name: "RequestCount", Dimensions: map[string]string{"LoadBalancer": "app/other/50dc6c495c0c9199", "TargetGroup": group}, Last: time.Now()})
			replaceIn(t, w, "cutover.yaml", balancer, "app/other/50dc6c495c0c9199")
		}, nil, "aws.metrics.blue", "nothing in the last day, though", "list-metrics"},
		"nobody hears":  {topic(), nil, "aws.topic.production", "nobody hears", "aws sns subscribe"},
		"not confirmed": {topic(cloud.Subscription{Protocol: "email", Endpoint: "ops@lego.example.com", Pending: true}), nil, "aws.topic.production", "ops@lego.example.com", "--notification-endpoint ops@lego.example.com"},
		"no topic": {func(w *world) {
			w.cloud.DropTopic("arn:aws:sns:us-east-1:123456789012:lego-api-serverless-alerts-production")
		}, nil, "aws.topic.production", "there is no topic", "monitoring.yml"},
		"no alarms":                      {func(w *world) { w.cloud.SetAlarms(cloud.Alarm{Name: "LEGO-API-staging-errors", State: "OK"}) }, nil, "aws.alarms.production", "there are none", "stage=production"},
		"a tag is off":                   {func(w *world) { w.cloud.CostTag("Project", "Inactive") }, nil, "aws.tags", "not active: Project", "TagKey=Project,Status=Active"},
		"traces are on their way":        {func(w *world) { w.cloud.TransactionSearch(5, true, 0) }, nil, "aws.tracing", "not in force yet", "get-trace-segment-destination"},
		"Slack's token is no good":       {func(w *world) { w.space.Token = "xoxb-another" }, nil, "slack.token", "does not accept the token", "gh secret set SLACK_BOT_TOKEN"},
		"no scope to post":               {func(w *world) { w.space.Scopes = []string{"channels:read"} }, nil, "slack.scopes", "missing: chat:write", "Bot Token Scopes"},
		"no channel":                     {nil, []string{"--channel", "#nowhere"}, "slack.channel", "sees no channel", "/invite"},
		"not a member":                   {func(w *world) { w.space.Channels = []slacktest.Channel{{ID: "C0123456789", Name: "deployments"}} }, nil, "slack.channel", "no member", "/invite @cutover"},
		"an archived channel":            {func(w *world) { w.space.Channels[0].Archived = true }, nil, "slack.channel", "archived", "slack.channel"},
		"a private channel without dues": {nil, []string{"--channel", "C9999999999"}, "slack.channel", "sees no channel", "/invite"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if c.break_ != nil {
				c.break_(w)
			}
			r, got := w.run(c.args...)
			w.t = t
			w.red(r, c.row, verdict.Fail, c.seen, c.mend)
			doctortest.Commands(t, "../..", r.Rows)
			if c.row == "aws.record.health" || c.row == "aws.metrics.green" {
				w.hold()
			}
			if got.Code != 1 {
				t.Errorf("exit code %d", got.Code)
			}
		})
	}
}

// replaceIn changes a file of the world's repository.
func replaceIn(t *testing.T, w *world, name, old, text string) {
	before := w.read(name)
	if !strings.Contains(before, old) {
		t.Errorf("%s has no %q", name, old)
	}
	if err := os.WriteFile(w.folder+"/"+name, []byte(strings.ReplaceAll(before, old, text)), 0o600); err != nil {
		t.Error(err)
	}
}

// others lets every role trust subjects that begin so.
func others(w *world, begins string) {
	for name, bound := range roles {
		w.cloud.Role("cutover-lego-api-"+name, trust(begins+":"+bound))
	}
}

func topic(all ...cloud.Subscription) func(*world) {
	return func(w *world) {
		w.cloud.SetTopic(cloud.Topic{Name: "lego-api-serverless-alerts-production", Subscriptions: all})
	}
}

// What cannot be asked is neither red nor green.
func TestNotAsked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		break_ func(*world) // break is a word of Go's
		args   []string
		row    string
		seen   string
		code   int
		// more are other rows that are dark for the same reason.
		more []string
	}{
		"a job's token sees no settings": {func(w *world) { w.set.Proposals = nil }, nil, "github.proposals", "not accessible", 3, nil},
		"a private repository":           {func(w *world) { w.set.Private = true; w.hub.SetEnvironment(loopback.Environment{Name: "none"}) }, nil, "", "", 0, nil},
		"another account pays":           {func(w *world) { w.cloud.Linked(true) }, nil, "aws.tags", "another account pays", 3, nil},
		"X-Ray may not be asked": {func(w *world) {
			w.cloud.RefuseWatch(func(call string) (int, string) {
				if call == "sns:ListSubscriptionsByTopic" {
					return 403, "AuthorizationError"
				}
				return 0, ""
			})
		}, []string{"--only", "aws"}, "aws.topic.staging", "could not be asked", 3, []string{"aws.topic.production"}},
		"a channel that nobody may look at": {func(w *world) { w.space.Scopes = []string{"chat:write"} }, nil, "slack.channel", "channels:read", 3, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.break_(w)
			r, got := w.run(c.args...)
			w.t = t
			kept := r.Rows[:0]
			for _, row := range r.Rows {
				if len(c.more) == 0 || row.Check != c.more[0] {
					kept = append(kept, row)
				}
			}
			r.Rows = kept
			w.red(r, c.row, verdict.Inconclusive, c.seen, "")
			if got.Code != c.code {
				t.Errorf("exit code %d\n%s", got.Code, got.Stderr)
			}
		})
	}
}

// What a job's token never sees ends no job where that was asked for; what fails does.
func TestOpenRowsMayEndNoJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set.Proposals = nil
	if r, got := w.run("--enforce", "failures"); got.Code != 0 || r.Verdict != verdict.Inconclusive || r.Open != 1 {
		t.Errorf("exit code %d, %s, %d open\n%s", got.Code, r.Verdict, r.Open, got.Stderr)
	}
	w = newWorld(t)
	w.cloud.Role("cutover-lego-api-production-deploy", "")
	if r, got := w.run("--enforce", "failures"); got.Code != 1 || r.Failed == 0 {
		t.Errorf("exit code %d, %d failed\n%s", got.Code, r.Failed, got.Stderr)
	}
}

// A revoked token, a rate limit, a server that answers nothing: none hides what the
// others say, and none takes longer than allowed.
func TestTheOutsideIsUnwell(t *testing.T) {
	t.Parallel()
	t.Run("a revoked token", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.hub.Token = "another"
		r, got := w.run()
		w.red(r, "github.token", verdict.Fail, "does not accept the token", "gh auth login")
		if got.Code != 1 {
			t.Errorf("exit code %d", got.Code)
		}
	})
	t.Run("a rate limit", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.hub.Limit(2)
		r, got := w.run("--only", "github")
		w.red(r, "", "", "", "")
		if got.Code != 0 {
			t.Errorf("exit code %d", got.Code)
		}
	})
	for _, name := range []string{"github", "aws", "slack"} {
		t.Run(name+" answers nothing", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.silent = []string{name}
			begin := time.Now()
			r, got := w.run("--timeout", "2s", "--only", name)
			if took := time.Since(begin); took > 15*time.Second {
				t.Errorf("it took %s", took)
			}
			w.red(r, r.Rows[0].Check, verdict.Inconclusive, "longer than allowed", "")
			if got.Code != 3 || r.Passed != 0 {
				t.Errorf("exit code %d, %d passed", got.Code, r.Passed)
			}
		})
	}
}

// One part by itself looks at nothing else, and nothing is written.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"offline", "github", "aws", "slack"} {
		w := newWorld(t)
		r, got := w.run("--only", part)
		if got.Code != 0 || len(r.Rows) == 0 || len(r.Left) != 3 {
			t.Errorf("%s: %d, %d rows, left out %q\n%s", part, got.Code, len(r.Rows), r.Left, got.Stderr)
		}
		for _, row := range r.Rows {
			if string(row.Part) != part {
				t.Errorf("%s is of %s", row.Check, row.Part)
			}
		}
		for _, c := range w.cloud.Calls() {
			if part != "aws" || strings.Contains(c.Action, ":Put") || strings.Contains(c.Action, ":Delete") || strings.Contains(c.Action, ":Create") {
				t.Errorf("%s calls %s", part, c.Action)
			}
		}
	}
	w := newWorld(t)
	if _, got := runRaw(w, "--only", "moon"); got != 2 {
		t.Errorf("a part that is none ends with %d", got)
	}
}
