package main

import (
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/gate"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// reason is one way in which a world is not as it should be, or only looks so.
type reason struct {
	name string
	make func(w *world)
	// row is the one that it shows in, state what that says, want what it tells;
	// code is the exit code.
	row   gate.Check
	state gate.State
	want  string
	code  int
}

const (
	env      = "environments/production"
	rollback = "environments/production-rollback"
	policies = "/deployment-branch-policies"
	run      = "actions/runs/100"
	reviews  = run + "/approvals"
	commit   = "commits/" + sha
)

func reviewers(prevent bool, people ...string) []any {
	list := []any{}
	for _, p := range people {
		list = append(list, map[string]any{"type": "User", "reviewer": map[string]any{"login": p}})
	}
	return []any{map[string]any{"type": "required_reviewers", "prevent_self_review": prevent, "reviewers": list}}
}

func branchNames(names ...string) map[string]any {
	list := []any{}
	for _, n := range names {
		kind := "branch"
		if strings.HasPrefix(n, "v") {
			kind = "tag"
		}
		list = append(list, map[string]any{"name": n, "type": kind})
	}
	return map[string]any{"branch_policies": list}
}

func review(state, login string, environments ...string) map[string]any {
	list := []any{}
	for _, e := range environments {
		list = append(list, map[string]any{"name": e})
	}
	return map[string]any{"state": state, "comment": "", "user": map[string]any{"login": login}, "environments": list}
}

func user(login string) map[string]any { return map[string]any{"login": login} }

var protectedBranches = map[string]any{"protected_branches": true, "custom_branch_policies": false}

var environmentReasons = []reason{
	{"there is none", func(w *world) { w.github.answers[env] = nil }, gate.CheckEnvironment, gate.Fail, "Settings → Environments → New environment production (https://github.com/o/r/settings/environments): tick Required reviewers", 1},
	{"no rules at all", func(w *world) { w.github.change(env, map[string]any{"protection_rules": []any{}}) }, gate.CheckEnvironment, gate.Fail, "no required reviewers", 1},
	{"a rule that asks nobody", func(w *world) { w.github.change(env, map[string]any{"protection_rules": reviewers(true)}) }, gate.CheckEnvironment, gate.Fail, "no required reviewers", 1},
	{"self-review", func(w *world) { w.github.change(env, map[string]any{"protection_rules": reviewers(false, "ann")}) }, gate.CheckEnvironment, gate.Fail, "tick Prevent self-review", 1},
	{"every branch", func(w *world) { w.github.change(env, map[string]any{"deployment_branch_policy": nil}) }, gate.CheckEnvironment, gate.Fail, "from every branch", 1},
	{"a pattern", func(w *world) { w.github.answers[env+policies] = branchNames("main*") }, gate.CheckEnvironment, gate.Fail, "from main*, and not from main alone", 1},
	{"a second branch", func(w *world) { w.github.answers[env+policies] = branchNames("main", "release") }, gate.CheckEnvironment, gate.Fail, "main, release", 1},
	{"a tag beside the branch", func(w *world) { w.github.answers[env+policies] = branchNames("main", "v*") }, gate.CheckEnvironment, gate.Fail, "from the tags v*", 1},
	{"no branch", func(w *world) { w.github.answers[env+policies] = branchNames() }, gate.CheckEnvironment, gate.Fail, "from no branch at all", 1},
	{"protected branches, main is the only one", func(w *world) { w.github.change(env, map[string]any{"deployment_branch_policy": protectedBranches}) }, gate.CheckEnvironment, gate.Pass, "whoever protects another lets it in", 0},
	{"protected branches, main is none", func(w *world) {
		w.github.change(env, map[string]any{"deployment_branch_policy": protectedBranches})
		w.github.answers["branches"] = []any{}
	}, gate.CheckEnvironment, gate.Fail, "main is not protected", 1},
	{"protected branches, and another one is", func(w *world) {
		w.github.change(env, map[string]any{"deployment_branch_policy": protectedBranches})
		w.github.answers["branches"] = []any{map[string]any{"name": "main"}, map[string]any{"name": "next"}}
	}, gate.CheckEnvironment, gate.Fail, "main, next", 1},
	{"administrators bypass", func(w *world) { w.github.change(env, map[string]any{"can_admins_bypass": true}) }, gate.CheckEnvironment, gate.Pass, "Administrators may deploy production without an approval", 0},
	{"GitHub does not tell about bypassing", func(w *world) { w.github.change(env, map[string]any{"can_admins_bypass": nil}) }, gate.CheckEnvironment, gate.Pass, "Administrators may deploy", 0},
	{"no environment for the rollback", func(w *world) { w.github.answers[rollback] = nil }, gate.CheckEnvironment, gate.Fail, "New environment production-rollback", 1},
	{"the rollback asks somebody", func(w *world) { w.github.change(rollback, map[string]any{"protection_rules": reviewers(true, "ann")}) }, gate.CheckEnvironment, gate.Fail, "would wait at night", 1},
	{"the rollback waits", func(w *world) {
		w.github.change(rollback, map[string]any{"protection_rules": []any{map[string]any{"type": "wait_timer", "wait_timer": 30}}})
	}, gate.CheckEnvironment, gate.Fail, "waits 30 minutes", 1},
	{"the rollback has a rule of an app", func(w *world) {
		w.github.change(rollback, map[string]any{"protection_rules": []any{map[string]any{"type": "custom"}}})
	}, gate.CheckEnvironment, gate.Fail, "may keep a rollback waiting", 1},
	{"the rollback from every branch", func(w *world) { w.github.change(rollback, map[string]any{"deployment_branch_policy": nil}) }, gate.CheckEnvironment, gate.Fail, "production-rollback may be deployed from every branch", 1},
	{"the same environment for both", func(w *world) {
		w.configure("gate:\n", "gate:\n  rollback_environment: Production\n")
		w.github.answers["environments/Production"] = w.github.answers[env]
		w.github.answers["environments/Production"+policies] = branchNames("main")
	}, gate.CheckEnvironment, gate.Fail, "the rollback has the same environment", 1},
	{"the token may not", func(w *world) { w.github.fail[env] = 403 }, gate.CheckEnvironment, gate.Inconclusive, "Give the job permissions: actions: read", 2},
	{"GitHub is down", func(w *world) { w.github.fail[rollback] = 503 }, gate.CheckEnvironment, gate.Inconclusive, "503", 3},
}

var approvalReasons = []reason{
	{"nobody", func(w *world) { w.github.answers[reviews] = []any{} }, gate.CheckApproval, gate.Fail, "nobody has approved this run", 1},
	{"for another environment", func(w *world) { w.github.answers[reviews] = []any{review("approved", "ann", "staging")} }, gate.CheckApproval, gate.Fail, "nobody has approved this run for production", 1},
	{"in other letters", func(w *world) { w.github.answers[reviews] = []any{review("approved", "ann", "staging", "Production")} }, gate.CheckApproval, gate.Pass, "approved by ann", 0},
	{"rejected", func(w *world) { w.github.answers[reviews] = []any{review("rejected", "ann", "production")} }, gate.CheckApproval, gate.Fail, "ann has rejected this run", 1},
	{"rejected and approved", func(w *world) {
		w.github.answers[reviews] = []any{review("rejected", "cat", "production"), review("approved", "ann", "production")}
	}, gate.CheckApproval, gate.Fail, "cat has rejected", 1},
	{"only asked", func(w *world) { w.github.answers[reviews] = []any{review("pending", "ann", "production")} }, gate.CheckApproval, gate.Fail, "nobody has approved", 1},
	{"by who has started it", func(w *world) { w.github.answers[reviews] = []any{review("approved", "Bob", "production")} }, gate.CheckApproval, gate.Fail, "approved by Bob, who has started the run", 1},
	{"by who has started it again", func(w *world) { w.github.change(run, map[string]any{"triggering_actor": user("ann")}) }, gate.CheckApproval, gate.Fail, "approved by ann, who has started the run", 1},
	{"by who has written it", func(w *world) { w.github.change(commit, map[string]any{"author": user("ann")}) }, gate.CheckApproval, gate.Fail, "approved by ann, who has written the commit", 1},
	{"nobody knows the author", func(w *world) { w.github.change(commit, map[string]any{"author": nil}) }, gate.CheckApproval, gate.Fail, "Bob has no account at GitHub", 1},
	{"the author cannot be asked for", func(w *world) { w.github.fail[commit] = 502 }, gate.CheckApproval, gate.Inconclusive, "who has written the commit cannot be told", 3},
	{"the run cannot be asked for", func(w *world) { w.github.fail[run] = 403 }, gate.CheckApproval, gate.Inconclusive, "actions: read", 2},
	{"the reviews cannot be asked for", func(w *world) { w.github.fail[reviews] = 500 }, gate.CheckApproval, gate.Inconclusive, "who has approved cannot be told", 3},
	{"another commit is answered", func(w *world) { w.github.change(commit, map[string]any{"sha": strings.Repeat("f", 40)}) }, gate.CheckApproval, gate.Inconclusive, "another commit", 3},
	{"a second attempt", func(w *world) { w.setenv("GITHUB_RUN_ATTEMPT", "2") }, gate.CheckApproval, gate.Pass, "This is attempt 2", 0},
	{"a second attempt, once rejected", func(w *world) {
		w.setenv("GITHUB_RUN_ATTEMPT", "2")
		w.github.answers[reviews] = []any{review("rejected", "cat", "production"), review("approved", "ann", "production")}
	}, gate.CheckApproval, gate.Pass, "does not tell in which of its 2 attempts", 0},
	{"a second attempt, approved by its starter alone", func(w *world) {
		w.setenv("GITHUB_RUN_ATTEMPT", "2")
		w.github.change(run, map[string]any{"triggering_actor": user("ann")})
	}, gate.CheckApproval, gate.Fail, "approved by ann, who has started the run", 1},
}

var stagingReasons = []reason{
	{"no receipt", func(w *world) { w.receipt = nil }, gate.CheckStaging, gate.Fail, "no receipt", 1},
	{"another app's receipt", func(w *world) { w.receipt["app"] = "other" }, gate.CheckStaging, gate.Fail, "the receipt is of other/staging", 1},
	{"production's own receipt", func(w *world) { w.receipt["stage"] = "production" }, gate.CheckStaging, gate.Fail, "the receipt is of lego-api/production", 1},
	{"another commit", func(w *world) { w.receipt["commit"] = strings.Repeat("a", 40) }, gate.CheckStaging, gate.Fail, "staging has the commit aaaaaaaaaaaa, and 0123456789ab would be deployed", 1},
	{"another lockfile", func(w *world) { w.write("pnpm-lock.yaml", "changed") }, gate.CheckStaging, gate.Fail, "the lockfile pnpm-lock.yaml is", 1},
	{"no lockfile", func(w *world) { w.args = append(w.args, "--lockfile", "package-lock.json") }, gate.CheckStaging, gate.Fail, "there is no lockfile here", 1},
	{"another bundle", func(w *world) { w.write("dist/functions/get/index.mjs", "changed") }, gate.CheckStaging, gate.Fail, "the bundle dist/functions is", 1},
	{"one function more", func(w *world) { w.write("dist/functions/evil/index.mjs", "x") }, gate.CheckStaging, gate.Fail, "the bundle dist/functions is", 1},
	{"only another key of the stage", func(w *world) { w.write("dist/functions/put/resource.enc", "another") }, gate.CheckStaging, gate.Pass, "2 files", 0},
	{"nothing was built", func(w *world) { w.args = append(w.args, "--bundle", "build") }, gate.CheckStaging, gate.Fail, "there is no bundle here", 1},
	{"a place outside of the folder", func(w *world) {
		w.receipt["lockfile"] = map[string]any{"path": "../../etc/passwd", "sha256": strings.Repeat("a", 64)}
	}, gate.CheckStaging, gate.Inconclusive, "outside of the app's folder", 2},
	{"never deployed", func(w *world) { w.cloud.Delete("update/lego-api/staging/" + updateID + ".json") }, gate.CheckStaging, gate.Fail, "knows no deployment of staging", 1},
	{"deployed anew since", func(w *world) { w.updated("fe60000000000000000000aa", "", "deploy", w.staged, 0) }, gate.CheckStaging, gate.Fail, "its newest update is fe60000000000000000000aa (deploy by hand)", 1},
	{"removed since", func(w *world) { w.updated("fe60000000000000000000aa", "102-1", "remove", w.staged, 0) }, gate.CheckStaging, gate.Fail, "(remove of run 102-1)", 1},
	{"made by another run", func(w *world) { w.updated(updateID, "99-1", "deploy", w.staged, 0) }, gate.CheckStaging, gate.Fail, "was made by run 99-1", 1},
	{"no deploy at all", func(w *world) { w.updated(updateID, "100-1", "refresh", w.staged, 0) }, gate.CheckStaging, gate.Fail, "is a refresh, not a deploy", 1},
	{"not over", func(w *world) { w.updated(updateID, "100-1", "deploy", time.Time{}, 0) }, gate.CheckStaging, gate.Fail, "has not come to its end", 1},
	{"ended with errors", func(w *world) { w.updated(updateID, "100-1", "deploy", w.staged, 2) }, gate.CheckStaging, gate.Fail, "ended with 2 errors", 1},
	{"somebody works on it", func(w *world) { w.lock("staging", "") }, gate.CheckStaging, gate.Fail, "its lock is held by somebody without a run", 1},
	{"a lock that nobody can read", func(w *world) { w.cloud.Put("lock/lego-api/staging.json", "{") }, gate.CheckStaging, gate.Inconclusive, "nobody knows who holds the lock", 4},
	{"a record that nobody can read", func(w *world) { w.cloud.Put("update/lego-api/staging/"+updateID+".json", "{}") }, gate.CheckStaging, gate.Inconclusive, "is no record of an update", 3},
	{"SST's bucket is closed", func(w *world) {
		w.cloud.Fail(func(_, key string) int { return map[bool]int{true: 403}[!strings.Contains(key, "rollout")] })
	}, gate.CheckStaging, gate.Inconclusive, "s3:ListBucket", 2},
	{"SST was never used", func(w *world) {
		w.cloud.Rename("")
		w.cloud.Bucket("sst-state-abc") // the rollout's, here
	}, gate.CheckStaging, gate.Fail, "knows no deployment of staging", 1},
	{"no such stage", func(w *world) { w.configure("gate:\n", "gate:\n  after: preview\n") }, gate.CheckStaging, gate.Fail, `no stage "preview"`, 1},
	{"itself", func(w *world) { w.configure("gate:\n", "gate:\n  after: production\n") }, gate.CheckStaging, gate.Fail, "production cannot come before itself", 1},
}

var integrationReasons = []reason{
	{"failed", func(w *world) { w.jobs("Integration tests", "completed", "failure", w.staged.Add(time.Minute)) }, gate.CheckIntegration, gate.Fail, "ended with failure", 1},
	{"skipped", func(w *world) { w.jobs("Integration tests", "completed", "skipped", w.staged.Add(time.Minute)) }, gate.CheckIntegration, gate.Fail, "ended with skipped", 1},
	{"cancelled", func(w *world) { w.jobs("Integration tests", "completed", "cancelled", w.staged.Add(time.Minute)) }, gate.CheckIntegration, gate.Fail, "ended with cancelled", 1},
	{"under way", func(w *world) { w.jobs("Integration tests", "in_progress", "", w.staged.Add(time.Minute)) }, gate.CheckIntegration, gate.Inconclusive, `"Integration tests" is in progress`, 3},
	{"of an earlier deployment", func(w *world) { w.jobs("Integration tests", "completed", "success", w.staged.Add(-time.Second)) }, gate.CheckIntegration, gate.Fail, "it has tested an earlier deployment", 1},
	{"of an earlier deployment, by SST's word against the receipt's", func(w *world) {
		w.receipt["completed"] = w.staged.Add(-time.Hour).Format(time.RFC3339)
		w.jobs("Integration tests", "completed", "success", w.staged.Add(-time.Minute))
	}, gate.CheckIntegration, gate.Fail, "it has tested an earlier deployment", 1},
	{"another name", func(w *world) { w.jobs("integration", "completed", "success", w.staged.Add(time.Minute)) }, gate.CheckIntegration, gate.Fail, `no job is called "Integration tests"; there are Build, integration`, 1},
	{"it cannot be asked for", func(w *world) { w.github.fail[run+"/jobs"] = 500 }, gate.CheckIntegration, gate.Inconclusive, "the jobs of this run cannot be told", 3},
	{"staging is off and there is no receipt", func(w *world) { w.receipt = nil; w.configure("gate:\n", "gate:\n  skip: { staging: there is none }\n") }, gate.CheckIntegration, gate.Pass, "nobody can tell whether the tests were of the present deployment", 0},
}

func checkRun(name, status, conclusion string) map[string]any {
	return map[string]any{"name": name, "status": status, "conclusion": conclusion}
}

func (w *world) checkRuns(runs ...map[string]any) {
	list := []any{}
	for _, r := range runs {
		list = append(list, r)
	}
	w.github.answers[commit+"/check-runs"] = map[string]any{"check_runs": list}
}

var checksReasons = []reason{
	{"failed", func(w *world) { w.checkRuns(checkRun("CodeQL", "completed", "failure")) }, gate.CheckChecks, gate.Fail, `"CodeQL" ended with failure`, 1},
	{"neutral", func(w *world) { w.checkRuns(checkRun("CodeQL", "completed", "neutral")) }, gate.CheckChecks, gate.Fail, "ended with neutral", 1},
	{"skipped", func(w *world) { w.checkRuns(checkRun("CodeQL", "completed", "skipped")) }, gate.CheckChecks, gate.Fail, "ended with skipped", 1},
	{"under way", func(w *world) { w.checkRuns(checkRun("CodeQL", "queued", "")) }, gate.CheckChecks, gate.Inconclusive, `"CodeQL" is queued`, 3},
	{"missing", func(w *world) { w.checkRuns() }, gate.CheckChecks, gate.Fail, `the commit has no check called "CodeQL"`, 1},
	{"one of two of that name", func(w *world) {
		w.checkRuns(checkRun("CodeQL", "completed", "success"), checkRun("CodeQL", "completed", "failure"))
	}, gate.CheckChecks, gate.Fail, "ended with failure", 1},
	{"a status under way", func(w *world) {
		w.github.answers[commit+"/status"] = map[string]any{"statuses": []any{map[string]any{"context": "ci/legacy", "state": "pending"}}}
	}, gate.CheckChecks, gate.Inconclusive, `"ci/legacy" is pending`, 3},
	{"the token may not", func(w *world) { w.github.fail[commit+"/check-runs"] = 403 }, gate.CheckChecks, gate.Inconclusive, "checks: read", 2},
	{"the token may not read statuses", func(w *world) { w.github.fail[commit+"/status"] = 403 }, gate.CheckChecks, gate.Inconclusive, "statuses: read", 2},
	{"none configured", func(w *world) { w.configure("checks: [CodeQL, ci/legacy]", "checks: []") }, gate.CheckChecks, gate.Off, "gate.checks of cutover.yaml is empty", 0},
}

var awsReasons = []reason{
	{"an alarm rings", func(w *world) { w.alarms("ALARM") }, gate.CheckAlarms, gate.Fail, "lego-api-production is in ALARM since", 1},
	{"an alarm has no data", func(w *world) { w.alarms("INSUFFICIENT_DATA") }, gate.CheckAlarms, gate.Fail, "INSUFFICIENT_DATA", 1},
	{"an alarm is gone", func(w *world) { w.cloud.SetAlarms(cloud.Alarm{Name: "lego-api-production", State: "OK"}) }, gate.CheckAlarms, gate.Fail, "there is no alarm called lego-api-production-errors", 1},
	{"an alarm tells nobody", func(w *world) {
		w.cloud.SetAlarms(cloud.Alarm{Name: "lego-api-production-errors", State: "OK", Mute: true}, cloud.Alarm{Name: "lego-api-production", State: "OK"})
	}, gate.CheckAlarms, gate.Pass, "it tells nobody when it rings", 0},
	{"the role may not see alarms", func(w *world) { w.cloud.RefuseMonitoring(403, "AccessDeniedException") }, gate.CheckAlarms, gate.Inconclusive, "cloudwatch:DescribeAlarms", 2},
	{"CloudWatch fails", func(w *world) { w.cloud.RefuseMonitoring(400, "InternalServiceFault") }, gate.CheckAlarms, gate.Inconclusive, "cannot be told", 3},
	{"no alarms", func(w *world) { w.configure(`alarms: ["lego-api-{stage}-errors", "lego-api-{stage}"]`, "alarms: []") }, gate.CheckAlarms, gate.Off, "gate.alarms of cutover.yaml is empty", 0},

	{"locked by a run that lives", func(w *world) {
		w.lock("production", "77-1")
		w.github.answers["actions/runs/77"] = map[string]any{"id": 77, "run_attempt": 1, "status": "in_progress", "html_url": "https://github.com/o/r/actions/runs/77"}
	}, gate.CheckLock, gate.Fail, "locked by run 77-1 since", 1},
	{"locked by a run that is over", func(w *world) {
		w.lock("production", "77-1")
		w.github.answers["actions/runs/77"] = map[string]any{"id": 77, "run_attempt": 1, "status": "completed", "updated_at": time.Now().Add(-time.Hour).Format(time.RFC3339)}
	}, gate.CheckLock, gate.Pass, "locked by run 77-1, which is dead", 0},
	{"locked by a laptop", func(w *world) { w.lock("production", "") }, gate.CheckLock, gate.Fail, "npx sst unlock --stage production", 1},
	{"locked, and GitHub is down", func(w *world) { w.lock("production", "77-1"); w.github.fail["actions/runs/77"] = 500 }, gate.CheckLock, gate.Inconclusive, "cannot be told", 3},

	{"the budget is used up", func(w *world) {
		w.cloud.SetBudget("lego-api production", &cloud.Budget{Limit: "200.0", Actual: "180", Unit: "USD"})
	}, gate.CheckBudget, gate.Fail, "180 USD of 200.0 USD spent (90.0%, monthly)", 1},
	{"a budget without money spent", func(w *world) {
		w.cloud.SetBudget("lego-api production", &cloud.Budget{Limit: "200.0", Actual: "0.0", Unit: "USD", Tag: "Project=X"})
	}, gate.CheckBudget, gate.Pass, "a tag that is not active sees nothing", 0},
	{"there is no such budget", func(w *world) { w.cloud.SetBudget("lego-api production", nil) }, gate.CheckBudget, gate.Fail, "there is no budget called lego-api production", 1},
	{"a budget of use", func(w *world) {
		w.cloud.SetBudget("lego-api production", &cloud.Budget{Limit: "200", Actual: "1", Unit: "GB", Kind: "USAGE"})
	}, gate.CheckBudget, gate.Fail, "of the kind USAGE", 1},
	{"a budget that AWS does not update", func(w *world) {
		w.cloud.SetBudget("lego-api production", &cloud.Budget{Limit: "200", Actual: "1", Unit: "USD", Unhealthy: "FILTER_INVALID"})
	}, gate.CheckBudget, gate.Inconclusive, "FILTER_INVALID", 2},
	{"a budget without a limit", func(w *world) { w.cloud.SetBudget("lego-api production", &cloud.Budget{Actual: "1", Unit: "USD"}) }, gate.CheckBudget, gate.Inconclusive, "no figures to compare", 2},
	{"the role may not see budgets", func(w *world) { w.cloud.RefuseBudgets(400, "AccessDeniedException") }, gate.CheckBudget, gate.Inconclusive, "budgets:ViewBudget", 2},
	{"no budget", func(w *world) { w.configure(`budget: "lego-api {stage}"`, "during_rollout: refuse") }, gate.CheckBudget, gate.Off, "gate.budget of cutover.yaml names none", 0},

	{"traffic has never moved", func(w *world) { w.rollout(`{"format":1,"step":"ready","phase":-1}`) }, gate.CheckTraffic, gate.Pass, "no phase is under way (ready)", 0},
	{"traffic shifts", func(w *world) { w.rollout(`{"format":1,"step":"shifting","phase":1,"weight":500000}`) }, gate.CheckTraffic, gate.Fail, "phase 2 is shifting with 50% on green", 1},
	{"traffic settles", func(w *world) { w.rollout(`{"format":1,"step":"settling"}`) }, gate.CheckTraffic, gate.Fail, "phase 1 is settling", 1},
	{"traffic goes back", func(w *world) { w.rollout(`{"format":1,"step":"rolling_back"}`) }, gate.CheckTraffic, gate.Fail, "rolling back", 1},
	{"traffic has gone back", func(w *world) { w.rollout(`{"format":1,"step":"rolled_back"}`) }, gate.CheckTraffic, gate.Pass, "rolled back", 0},
	{"all traffic has moved", func(w *world) { w.rollout(`{"format":1,"step":"soaking"}`) }, gate.CheckTraffic, gate.Pass, "still watched", 0},
	{"it is all over", func(w *world) { w.rollout(`{"format":1,"step":"complete"}`) }, gate.CheckTraffic, gate.Pass, "(complete)", 0},
	{"a step of tomorrow", func(w *world) { w.rollout(`{"format":1,"step":"levitating"}`) }, gate.CheckTraffic, gate.Inconclusive, "its step is not known", 2},
	{"another format", func(w *world) { w.rollout(`{"format":2,"step":"ready"}`) }, gate.CheckTraffic, gate.Inconclusive, "its format is not 1", 2},
	{"no JSON", func(w *world) { w.rollout(`<html>`) }, gate.CheckTraffic, gate.Inconclusive, "is no state of a rollout", 2},
	{"the rollout's bucket is closed", func(w *world) {
		w.cloud.Fail(func(_, key string) int { return map[bool]int{true: 403}[strings.Contains(key, "rollout")] })
	}, gate.CheckTraffic, gate.Inconclusive, "s3:GetObject", 2},
	{"traffic may move meanwhile", func(w *world) {
		w.configure("gate:\n", "gate:\n  during_rollout: allow\n")
		w.rollout(`{"format":1,"step":"watching"}`)
	}, gate.CheckTraffic, gate.Off, "gate.during_rollout is allow", 0},
	{"a key that lasts for ever, allowed", func(w *world) {
		w.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
		w.args = append(w.args, "--allow-long-lived-keys")
	}, gate.CheckKeys, gate.Pass, "whoever reads it once can use for ever", 0},
}

// Each reason shows in its row, in the verdict, and in the exit code: 1 for a no,
// 3 where only an outside system keeps the gate from telling, 2 where a
// permission or a setting does, 4 where it would not be safe.
//
// Attack: replayed-receipt, replayed-bundle
func TestReasons(t *testing.T) {
	t.Parallel()
	for group, list := range map[string][]reason{
		"environment": environmentReasons, "approval": approvalReasons, "staging": stagingReasons, "integration": integrationReasons, "checks": checksReasons, "aws": awsReasons,
	} {
		for _, c := range list {
			t.Run(group+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.with(c.make)
				r, got := w.result()
				shown := row(r, c.row)
				all := shown.Observed + " " + shown.Change + " " + strings.Join(shown.Warnings, " ")
				if shown.Verdict != c.state || !strings.Contains(all, c.want) || got.Code != c.code {
					t.Errorf("exit %d, %s: %s\n%s\n%s", got.Code, shown.Verdict, all, r.Lead, got.Stderr)
				}
				want := map[gate.State]verdict.Verdict{gate.Pass: verdict.Pass, gate.Off: verdict.Pass, gate.Fail: verdict.Fail, gate.Inconclusive: verdict.Inconclusive}[c.state]
				if r.Verdict != want {
					t.Errorf("%s, want %s: %s", r.Verdict, want, r.Lead)
				}
			})
		}
	}
}
