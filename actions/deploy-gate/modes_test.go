package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/gate"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Before the job that has the environment nobody can have approved yet: the gate
// passes where GitHub will ask.
func TestPending(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make func(w *world)
		want string
		code int
	}{
		"nobody was asked yet": {func(w *world) { w.github.answers[reviews] = []any{} }, "GitHub will ask ann, the team ops", 0},
		"nobody will be":       {func(w *world) { w.github.change(env, map[string]any{"protection_rules": []any{}}) }, "nothing makes GitHub ask anybody", 1},
		"it was rejected":      {func(w *world) { w.github.answers[reviews] = []any{review("rejected", "ann", "production")} }, "ann has rejected", 1},
		"GitHub is down":       {func(w *world) { w.github.fail[reviews] = 500 }, "cannot be told", 3},
		"the environment is not looked at, and nobody will be asked": {func(w *world) {
			w.configure("gate:\n", "gate:\n  skip: { environment: someone else looks after it }\n")
			w.github.change(env, map[string]any{"protection_rules": []any{}})
		}, "nothing makes GitHub ask anybody", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.with(c.make)
			w.pending = true
			r, got := w.result()
			if got.Code != c.code || !strings.Contains(row(r, gate.CheckApproval).Observed, c.want) || r.Approver != "" {
				t.Errorf("exit %d, %+v\n%s", got.Code, row(r, gate.CheckApproval), got.Stderr)
			}
		})
	}
}

// byHand makes the world one of a plan without required reviewers, in which ann
// has started the run for this commit.
func (w *world) byHand() {
	w.configure("gate:\n", "gate:\n  approval: dispatch\n  approvers: [Ann, cat]\n")
	w.github.change(env, map[string]any{"protection_rules": []any{map[string]any{"type": "branch_policy"}}})
	delete(w.github.answers, reviews) // nobody may ask for it
	w.github.change(run, map[string]any{"event": "workflow_dispatch", "actor": user("ann"), "triggering_actor": user("ann")})
	w.args = append(w.args, "--commit", sha)
}

// Where the plan has no required reviewers, a start by hand is as strict.
//
// Attack: unreviewed-dispatch
func TestDispatch(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make func(w *world)
		want string
		code int
	}{
		"by an approver": {func(*world) {}, "ann has started it by hand for 0123456789ab, which bob has written", 0},
		"by a push":      {func(w *world) { w.github.change(run, map[string]any{"event": "push"}) }, "started by the event push", 1},
		"by somebody else": {func(w *world) {
			w.github.change(run, map[string]any{"actor": user("eve"), "triggering_actor": user("eve")})
		}, "eve has started it, who is not one of gate.approvers", 1},
		"again by somebody else":        {func(w *world) { w.github.change(run, map[string]any{"triggering_actor": user("eve")}) }, "eve has started it", 1},
		"begun by somebody else":        {func(w *world) { w.github.change(run, map[string]any{"actor": user("eve")}) }, "eve has started it", 1},
		"for no commit":                 {func(w *world) { w.args = nil }, "no commit was named", 1},
		"for another commit":            {func(w *world) { w.args = []string{"--commit", strings.Repeat("b", 40)} }, "started for the commit bbbbbbbbbbbb", 1},
		"for the beginning of the name": {func(w *world) { w.args = []string{"--commit", sha[:12]} }, "started for the commit 0123456789ab", 1},
		"on another commit":             {func(w *world) { w.github.change(run, map[string]any{"head_sha": strings.Repeat("c", 40)}) }, "the run is for the commit cccccccccccc", 1},
		"by the commit's author":        {func(w *world) { w.github.change(commit, map[string]any{"author": user("ANN")}) }, "ANN has written the commit", 1},
		"the author is unknown":         {func(w *world) { w.github.change(commit, map[string]any{"author": nil}) }, "Bob has no account", 1},
		"the author cannot be asked":    {func(w *world) { w.github.fail[commit] = 500 }, "who has written the commit cannot be told", 3},
		"the run cannot be asked for":   {func(w *world) { w.github.fail[run] = 500 }, "who has started the run cannot be told", 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.with((*world).byHand)
			w.with(c.make)
			r, got := w.result()
			shown := row(r, gate.CheckApproval)
			if got.Code != c.code || !strings.Contains(shown.Observed, c.want) || !slices.ContainsFunc(shown.Warnings, func(s string) bool { return strings.Contains(s, "Whoever can push to main can change this gate") }) {
				t.Errorf("exit %d, %+v\n%s", got.Code, shown, got.Stderr)
			}
			if want := map[bool]string{true: "ann"}[c.code == 0]; r.Approver != want {
				t.Errorf("approver %q", r.Approver)
			}
			if c.code == 1 && r.Reasons[0] != gate.CheckApproval || row(r, gate.CheckEnvironment).Verdict != gate.Pass {
				t.Errorf("%v, %+v", r.Reasons, row(r, gate.CheckEnvironment))
			}
		})
	}
}

// The environments must be tight also where they ask nobody.
func TestDispatchWantsTheBranchToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.with(func(w *world) {
		w.byHand()
		w.github.change(env, map[string]any{"deployment_branch_policy": nil})
	})
	if r, got := w.result(); got.Code != 1 || !slices.Equal(r.Reasons, []gate.Check{gate.CheckEnvironment}) {
		t.Errorf("exit %d, %v", got.Code, r.Reasons)
	}
}

// A freeze yields to a reason and a person, and the result keeps both.
func TestFreeze(t *testing.T) {
	t.Parallel()
	const reason = "the checkout is down, INC-7"
	for name, c := range map[string]struct {
		make     func(w *world)
		args     []string
		want     string
		override string
		code     int
	}{
		"frozen":                              {func(*world) {}, nil, "frozen: the past (", "", 1},
		"overridden by the approver":          {func(*world) {}, []string{"--override-freeze", reason}, "overridden by ann: " + reason, "ann", 0},
		"the approver may not":                {func(w *world) { w.configure("[ann]", "[cat]") }, []string{"--override-freeze", reason}, "nobody of gate.override_by has started or approved", "", 1},
		"nobody may":                          {func(w *world) { w.configure("override_by: [ann]", "override_by: []") }, []string{"--override-freeze", reason}, "nobody of gate.override_by", "", 1},
		"the approval does not count":         {func(w *world) { w.github.change(run, map[string]any{"triggering_actor": user("ann")}) }, []string{"--override-freeze", reason}, "nobody of gate.override_by", "", 1},
		"a push of somebody who may":          {func(w *world) { w.override("push", "cat", "cat") }, []string{"--override-freeze", reason}, "nobody of gate.override_by", "", 1},
		"started by hand by somebody who may": {func(w *world) { w.override("workflow_dispatch", "cat", "cat") }, []string{"--override-freeze", reason}, "overridden by cat", "cat", 0},
		"started again by somebody else":      {func(w *world) { w.override("workflow_dispatch", "cat", "eve") }, []string{"--override-freeze", reason}, "nobody of gate.override_by", "", 1},
		"two approvers, and one may": {func(w *world) {
			w.setenv("GITHUB_RUN_ATTEMPT", "2")
			w.github.answers[reviews] = []any{review("approved", "ann", "production"), review("approved", "dan", "production")}
		}, []string{"--override-freeze", reason}, "nobody of gate.override_by", "", 1},
		"before the approval, started by hand": {func(w *world) { w.override("workflow_dispatch", "cat", "cat"); w.pending = true }, []string{"--override-freeze", reason}, "overridden by cat", "cat", 0},
		"before the approval, pushed":          {func(w *world) { w.pending = true }, []string{"--override-freeze", reason}, "nobody of gate.override_by", "", 1},
		"who has started it is unknown":        {func(w *world) { w.github.fail[run] = 500 }, []string{"--override-freeze", reason}, "who overrides it cannot be told", "", 3},
		"for ever": {func(w *world) {
			w.configure("      - { name: the past, from: "+today(-1)+", to: "+today(1)+" }", "      - { name: a, every: Mon 00:00 to Thu 12:00 }\n      - { name: b, every: Thu 12:00 to Mon 00:00 }")
		}, nil, "with no end within a year", "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.frozen()
			w.with(c.make)
			r, got := w.result(c.args...)
			if got.Code != c.code || !strings.Contains(row(r, gate.CheckFreeze).Observed, c.want) {
				t.Errorf("exit %d, %+v\n%s", got.Code, row(r, gate.CheckFreeze), got.Stderr)
			}
			switch {
			case (r.Override != nil) != (c.override != ""):
				t.Errorf("override %+v", r.Override)
			case r.Override != nil && (r.Override.By != c.override || r.Override.Reason != reason || r.Override.Window != "the past"):
				t.Errorf("override %+v", r.Override)
			}
		})
	}
}

// override makes cat one who may, and says how the run began.
func (w *world) override(event, actor, trigger string) {
	w.configure("[ann]", "[cat]")
	w.github.change(run, map[string]any{"event": event, "actor": user(actor), "triggering_actor": user(trigger)})
}

// A stage that waits for nobody by cutover.yaml has no reviewers to hold.
func TestUnguardedStage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.configure("gate:\n", "  preview: { url: \"https://preview.api.example.com\" }\ngate:\n")
	w.args = []string{"--stage", "preview"}
	w.configure("alarms: [\"lego-api-{stage}-errors\", \"lego-api-{stage}\"]", "alarms: []")
	w.configure("budget: \"lego-api {stage}\"", "during_rollout: refuse")
	r, got := w.result()
	if got.Code != 0 || row(r, gate.CheckEnvironment).Verdict != gate.Off || row(r, gate.CheckApproval).Verdict != gate.Off || row(r, gate.CheckTraffic).Verdict != gate.Off {
		t.Errorf("exit %d, %+v", got.Code, r)
	}
}

// GitHub's limits are waited out.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.with(func(w *world) { w.github.limited = 2 })
	if r, got := w.result(); got.Code != 0 || r.Verdict != verdict.Pass {
		t.Errorf("exit %d, %s\n%s", got.Code, r.Lead, got.Stderr)
	}
}

// Without a token nothing of GitHub is known, and all else is told all the same.
func TestNoToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.noToken = true
	r, got := w.result()
	if got.Code != 2 || r.Verdict != verdict.Inconclusive || row(r, gate.CheckAlarms).Verdict != gate.Pass || !strings.Contains(row(r, gate.CheckIntegration).Change, "github.token") {
		t.Errorf("exit %d, %+v", got.Code, r)
	}
}

// What the role and the token are asked for, and nothing more.
func TestAskedOfAWSAndGitHub(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.with(func(w *world) {
		w.lock("production", "77-1")
		w.github.answers["actions/runs/77"] = map[string]any{"id": 77, "run_attempt": 2, "status": "completed"}
	})
	if _, got := w.result(); got.Code != 0 {
		t.Fatal(got.Stderr)
	}
	var calls []string
	for _, c := range w.cloud.Calls() {
		calls = append(calls, c.Action+" "+c.Resource)
	}
	slices.Sort(calls)
	want := []string{
		"budgets:ViewBudget arn:aws:budgets::123456789012:budget/lego-api production",
		"cloudwatch:DescribeAlarms *",
		"s3:GetObject arn:aws:s3:::sst-state-abc/app/lego-api/production.json",
		"s3:GetObject arn:aws:s3:::sst-state-abc/cutover/rollout/production/state.json",
		"s3:GetObject arn:aws:s3:::sst-state-abc/lock/lego-api/production.json",
		"s3:GetObject arn:aws:s3:::sst-state-abc/lock/lego-api/staging.json",
		"s3:GetObject arn:aws:s3:::sst-state-abc/update/lego-api/staging/" + updateID + ".json",
		"s3:ListBucket arn:aws:s3:::sst-state-abc",
		"ssm:GetParameter arn:aws:ssm:us-east-1:123456789012:parameter/sst/bootstrap",
	}
	if !slices.Equal(calls, want) {
		t.Errorf("asked of AWS:\n%s", strings.Join(calls, "\n"))
	}
	for _, path := range w.github.asked {
		if _, known := w.github.answers[path]; !known {
			t.Errorf("asked of GitHub: %s", path)
		}
	}
}
