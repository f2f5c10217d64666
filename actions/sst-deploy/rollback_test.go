package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// The way of the workflow: a deployment fails half way, the code is put back at
// once, the good commit is checked out and deployed, and a repetition does
// nothing more.
// Shows: 5.4.6
func TestRollbackAfterAFailedDeployment(t *testing.T) {
	w := newPast(t)
	w.inActions()
	w.broken()
	bad := w.commits[2]
	w.git("checkout", "-q", bad)
	args := []string{"--leave", bad, "--only-after", "100"}

	r, got := w.roll(append(args, "--part", "code")...)
	if got.Code != 0 || r.Reason != "code-back" || r.Rollback.Commit != w.commits[1] || r.Rollback.Left != "redeploy" || len(w.calls()) > 0 {
		t.Fatalf("%d %+v %+v\n%s", got.Code, r.Result, r.Rollback, got.Stderr)
	}
	if runs := w.runs("Api", "Images", "Same"); runs != "api two, images two, same" || len(w.cloud.Ran(physical("Images"))) != 2 {
		t.Errorf("the functions run %s; Images had %d codes", runs, len(w.cloud.Ran(physical("Images"))))
	}
	if j := w.journal(); j != "code.json plan.json" {
		t.Errorf("the journal has %s", j)
	}
	for _, want := range []string{digest(zip("api three"))[:8], "put back", "git checkout " + w.commits[1], "--to " + r.Rollback.Release + " --part redeploy"} {
		if !strings.Contains(w.read("summary"), want) {
			t.Errorf("no %q in the summary\n%s", want, w.read("summary"))
		}
	}
	for _, want := range []string{"\ntrue\n", "\n" + w.commits[1] + "\n", "\nredeploy\n"} {
		if !strings.Contains(w.read("output"), want) {
			t.Errorf("no output %q", want)
		}
	}

	built := codes{"Api": zip("api two, built anew"), "Images": zip("images two, built anew"), "Same": zip("same")}
	w.rebuilds(built)
	w.git("checkout", "-q", w.commits[1])
	r, got = w.roll(append(args, "--part", "redeploy")...)
	if got.Code != 0 || r.Reason != "rolled-back" || r.Rollback.Action != "resume" || r.Rollback.Left != "" || len(w.calls()) != 1 || r.Update == nil || r.Update.RunID != "100-1" {
		t.Fatalf("%d %+v %+v\n%s", got.Code, r.Result, r.Rollback, got.Stderr)
	}
	if j := w.journal(); j != "code.json done.json plan.json" {
		t.Errorf("the journal has %s", j)
	}
	if states := strings.Join(w.github.states(), " "); states != "in_progress in_progress in_progress success" || len(w.github.deployments) != 1 || w.github.deployments[0]["ref"] != w.commits[1] {
		t.Errorf("GitHub was told %s of %v", states, w.github.deployments)
	}
	if s := fmt.Sprint(w.github.statuses[0]["description"]); !strings.HasPrefix(s, "rollback to "+r.Rollback.Release) {
		t.Error(s)
	}

	// Exactly what the README says that a role needs, and no more.
	needs := map[string]string{
		"ssm:GetParameter": "parameter/sst/", "s3:ListBucket": "arn:aws:s3:::", "s3:GetObject": "arn:aws:s3:::", "s3:PutObject": "arn:aws:s3:::archive/cutover/rollbacks/production/",
		"lambda:GetFunctionConfiguration": ":function:lego-api-production-", "lambda:UpdateFunctionCode": ":function:lego-api-production-",
	}
	for _, c := range w.cloud.Calls() {
		sst := strings.HasPrefix(c.Resource, "arn:aws:s3:::sst-state-abc") // the stand-in's too
		setUp := c.Action == "s3:PutObject" && !strings.Contains(c.Resource, "/rollbacks/")
		if want, ok := needs[c.Action]; !sst && !setUp && (!ok || !strings.Contains(c.Resource, want)) {
			t.Errorf("it called %s on %s", c.Action, c.Resource)
		}
	}

	calls := len(w.cloud.Calls())
	r, got = w.roll(append(args, "--part", "redeploy")...)
	if got.Code != 0 || r.Reason != "rolled-back-before" || len(w.calls()) != 1 {
		t.Errorf("again: %d %s %s", got.Code, r.Reason, r.Lead)
	}
	for _, c := range w.cloud.Calls()[calls:] {
		if c.Action == "s3:PutObject" || c.Action == "lambda:UpdateFunctionCode" {
			t.Errorf("the repetition wrote: %s %s", c.Action, c.Resource)
		}
	}
}

// What live code is left for which release, and what the journal makes of it.
func TestRollbackChooses(t *testing.T) {
	for name, c := range map[string]struct {
		set    func(w *past)
		args   []string
		target int // index into releases, -1 for none
		code   int
		want   string // in the lead or the error
	}{
		"what is live is the newest":            {nil, nil, 0, 0, "what is live is"},
		"the last deployment failed":            {(*past).broken, nil, 1, 0, "it is not what is live: The last update (deploy of run 100-1) failed"},
		"deployed well and not found good":      {func(w *past) { w.deployed("100-1", true, codes{}) }, nil, 1, 0, "began after it was archived"},
		"somebody has changed a function":       {func(w *past) { w.fresh(codes{"Api": zip("by hand")}) }, nil, 1, 0, "the functions run other code"},
		"the commit to leave is live":           {nil, []string{"--leave", "SECOND"}, 0, 0, "another commit than"},
		"nothing named":                         {func(w *past) { w.inActions(); w.env = append(w.env, "INPUT_TO=", "INPUT_LEAVE=") }, nil, 0, 0, "what is live is"},
		"a release by its name":                 {nil, []string{"--to", "R0"}, 0, 0, "asked for"},
		"a commit":                              {nil, []string{"--to", "FIRST"}, 0, 0, "newest release of the commit"},
		"the beginning of a commit":             {nil, []string{"--to", "FIR"}, 0, 0, "newest release of the commit"},
		"too little of a commit":                {nil, []string{"--to", "abc123"}, -1, 2, "at least 7 digits"},
		"a commit without a release":            {nil, []string{"--to", "THIRD"}, -1, 2, "no commit that has one"},
		"a commit that is to be left":           {nil, []string{"--to", "SECOND", "--leave", "SECOND"}, -1, 2, "leave"},
		"another run than the one that touched": {nil, []string{"--only-after", "77"}, -1, 0, "run 77 has not touched"},
		"the run that touched":                  {nil, []string{"--only-after", "95"}, 0, 0, "what is live is"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newPast(t)
			if c.set != nil {
				c.set(w)
			}
			all := w.releases()
			args := slices.Clone(c.args)
			for i, a := range args {
				args[i] = strings.NewReplacer("R0", all[0], "FIRST", w.commits[0], "FIR", w.commits[0][:7], "SECOND", w.commits[1], "THIRD", w.commits[2]).Replace(a)
			}
			before := w.runs("Api")
			r, got := w.roll(append(args, "--dry-run")...)
			if got.Code != c.code || !strings.Contains(r.Lead+r.Rollback.Why+got.Stderr, c.want) {
				t.Fatalf("exit %d: %s\n%s", got.Code, r.Lead, got.Stderr)
			}
			if c.target >= 0 && r.Rollback.Release != all[c.target] || c.target < 0 && r.Rollback.Release != "" {
				t.Errorf("it chose %q of %v", r.Rollback.Release, all)
			}
			if w.journal() != "" || w.runs("Api") != before {
				t.Error("a dry run has touched something")
			}
		})
	}
}

func TestRollbackHasNothingToGoBackTo(t *testing.T) {
	w := newPast(t)
	// A rollback leaves the second release and finishes; then there is nothing
	// before the first, and the second is withdrawn.
	w.rebuilds(codes{"Api": zip("api one, again")})
	w.git("checkout", "-q", w.commits[0])
	if r, got := w.roll(); got.Code != 0 || r.Reason != "rolled-back" || !slices.Equal(r.Rollback.Withdraws, w.releases()[1:]) {
		t.Fatalf("%d %+v\n%s", got.Code, r.Rollback, got.Stderr)
	}
	w.as("101-1")
	r, got := w.roll()
	if got.Code != 4 || !strings.Contains(got.Stderr, "no good release before it") || !strings.Contains(got.Stderr, "withdrawn by a rollback") || r.Reason != "refused" {
		t.Errorf("%d %s\n%s", got.Code, r.Reason, got.Stderr)
	}
	// Named, it is gone back to all the same.
	w.git("checkout", "-q", w.commits[1])
	w.rebuilds(codes{"Api": zip("api two, again")})
	if r, got = w.roll("--to", w.releases()[1]); got.Code != 0 || r.Reason != "rolled-back" || w.runs("Images") != "images two" {
		t.Errorf("%d %+v\n%s", got.Code, r.Rollback, got.Stderr)
	}
	if entries := w.journal(); entries != "code.json done.json plan.json code.json done.json plan.json" {
		t.Errorf("the journal has %s", entries)
	}
	empty := newWorld(t, "")
	empty.cloud.Bucket("archive")
	if got := empty.run("rollback", "--archive-bucket", "archive"); got.Code != 4 || !strings.Contains(got.Stderr, "there is no release to roll back to") {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
}

func TestRollbackAndLocks(t *testing.T) {
	w := newPast(t)
	w.broken()
	w.locked("7-1")
	w.github.has(7, 1, "in_progress", time.Now())
	r, got := w.roll("--part", "code")
	if got.Code != 4 || w.runs("Api") != "api three" || w.journal() != "" || !strings.Contains(got.Stderr, "run 7-1 is under way") || !strings.Contains(r.Rollback.State, "locked by run 7-1") {
		t.Fatalf("%d %s\n%s", got.Code, r.Rollback.State, got.Stderr)
	}
	w.github.has(7, 1, "completed", time.Now())
	r, got = w.roll("--part", "code")
	if got.Code != 0 || w.runs("Api") != "api two" || w.cloud.Get(lockKey) != "" || len(r.Locks) != 1 || !r.Locks[0].Released {
		t.Errorf("%d %+v\n%s", got.Code, r.Locks, got.Stderr)
	}
}
