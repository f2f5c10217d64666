package deploy_test

import (
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/verdict"
)

var (
	start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	open  = deploy.Update{ID: "a", RunID: "1-1", Command: "deploy", TimeStarted: start}
	clean = deploy.Update{ID: "a", RunID: "1-1", Command: "deploy", TimeStarted: start, TimeCompleted: start.Add(time.Minute)}
)

func with(messages ...string) *deploy.Update {
	u := clean
	for _, m := range messages {
		u.Errors = append(u.Errors, deploy.UpdateError{URN: "urn:pulumi:p::a::x$aws:s3/bucket:Bucket::Images", Message: m})
	}
	return &u
}

func changes(ok, failed int) []deploy.Change {
	var list []deploy.Change
	for range ok {
		list = append(list, deploy.Change{Op: "created"})
	}
	for range failed {
		list = append(list, deploy.Change{Op: "created", Failed: true})
	}
	return list
}

func TestJudge(t *testing.T) {
	finished := &deploy.Events{Finished: true, Same: 3}
	some := &deploy.Events{Finished: true, Changes: changes(2, 0)}
	for name, c := range map[string]struct {
		e       deploy.Evidence
		verdict verdict.Verdict
		reason  deploy.Reason
		touched deploy.Touch
	}{
		"all witnesses agree":              {deploy.Evidence{Record: &clean, Events: some}, verdict.Pass, deploy.Deployed, deploy.TouchAll},
		"nothing had to change":            {deploy.Evidence{Record: &clean, Events: finished}, verdict.Pass, deploy.Deployed, deploy.TouchAll},
		"exit 0 without a record":          {deploy.Evidence{}, verdict.Fail, deploy.NoRecord, deploy.TouchUnknown},
		"exit 1 without a record":          {deploy.Evidence{Exit: deploy.Exit{Code: 1}}, verdict.Fail, deploy.NotStarted, deploy.TouchNothing},
		"killed without a record":          {deploy.Evidence{Exit: deploy.Exit{Code: -1, Signal: "killed"}}, verdict.Fail, deploy.NotStarted, deploy.TouchNothing},
		"a record without an end":          {deploy.Evidence{Record: &open, Exit: deploy.Exit{Code: 1}}, verdict.Fail, deploy.BrokeOff, deploy.TouchNothing},
		"without an end, and exit 0":       {deploy.Evidence{Record: &open}, verdict.Fail, deploy.BrokeOff, deploy.TouchUnknown},
		"without an end, the network gone": {deploy.Evidence{Record: &open, Exit: deploy.Exit{Code: 1}, Heard: deploy.Heard{Passing: "x"}}, verdict.Fail, deploy.BrokeOff, deploy.TouchUnknown},
		"killed half way":                  {deploy.Evidence{Record: &open, Exit: deploy.Exit{Code: -1, Signal: "killed"}, Heard: deploy.Heard{Changed: 1}}, verdict.Fail, deploy.BrokeOff, deploy.TouchSome},
		"killed, nothing heard":            {deploy.Evidence{Record: &open, Exit: deploy.Exit{Code: -1, Signal: "killed"}}, verdict.Fail, deploy.BrokeOff, deploy.TouchUnknown},
		"errors":                           {deploy.Evidence{Record: with("x"), Events: some, Exit: deploy.Exit{Code: 1}}, verdict.Fail, deploy.ResourceErrors, deploy.TouchSome},
		"errors, and exit 0":               {deploy.Evidence{Record: with("x"), Events: finished}, verdict.Fail, deploy.ResourceErrors, deploy.TouchNothing},
		"an error that may have been done": {deploy.Evidence{Record: with("x"), Events: &deploy.Events{Finished: true, Changes: changes(0, 1)}, Exit: deploy.Exit{Code: 1}}, verdict.Fail, deploy.ResourceErrors, deploy.TouchUnknown},
		"a clean record, and exit 1":       {deploy.Evidence{Record: &clean, Events: some, Exit: deploy.Exit{Code: 1}}, verdict.Fail, deploy.UncleanExit, deploy.TouchSome},
		"a clean record, and killed":       {deploy.Evidence{Record: &clean, Events: some, Exit: deploy.Exit{Code: -1, Signal: "killed"}}, verdict.Fail, deploy.UncleanExit, deploy.TouchSome},
		"no event log":                     {deploy.Evidence{Record: &clean}, verdict.Fail, deploy.NoEventLog, deploy.TouchUnknown},
		"Pulumi was killed":                {deploy.Evidence{Record: &clean, Events: &deploy.Events{Changes: changes(1, 0)}}, verdict.Fail, deploy.Interrupted, deploy.TouchSome},
		"Pulumi was killed at once":        {deploy.Evidence{Record: &clean, Events: &deploy.Events{}}, verdict.Fail, deploy.Interrupted, deploy.TouchUnknown},
		"a corrupt state":                  {deploy.Evidence{Record: &clean, Events: &deploy.Events{Finished: true, Corrupt: true}}, verdict.Fail, deploy.StateCorrupt, deploy.TouchNothing},
		"a failure that is not recorded":   {deploy.Evidence{Record: &clean, Events: &deploy.Events{Finished: true, Changes: changes(1, 1)}}, verdict.Fail, deploy.OperationFailed, deploy.TouchSome},
		"cancelled":                        {deploy.Evidence{Record: &clean, Events: &deploy.Events{Changes: changes(1, 0)}, Exit: deploy.Exit{Code: 1}, Cancelled: true}, verdict.Fail, deploy.Cancelled, deploy.TouchSome},
		"cancelled before the lock":        {deploy.Evidence{Exit: deploy.Exit{Code: 1}, Cancelled: true}, verdict.Fail, deploy.Cancelled, deploy.TouchNothing},
		"cancelled too late":               {deploy.Evidence{Record: &clean, Events: some, Cancelled: true}, verdict.Pass, deploy.Deployed, deploy.TouchAll},
		"still running":                    {deploy.Evidence{Record: &open, Exit: deploy.Exit{Running: true}, Cancelled: true}, verdict.Inconclusive, deploy.StillRunning, deploy.TouchUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			o := deploy.Judge(c.e)
			if o.Verdict != c.verdict || o.Reason != c.reason || o.Touched != c.touched {
				t.Errorf("got %s %s, touched %s: %s", o.Verdict, o.Reason, o.Touched, o.Lead)
			}
			if o.Lead == "" || (o.Next == "") != (o.Verdict == verdict.Pass) {
				t.Errorf("lead %q, next %q", o.Lead, o.Next)
			}
		})
	}
}

func TestRetry(t *testing.T) {
	policy := deploy.RetryPolicy{Times: 2, Wait: 10 * time.Second}
	partial := policy
	partial.Partial = true
	failed := deploy.Exit{Code: 1}
	network := deploy.Heard{Passing: "the network failed"}
	throttled := "operation error Lambda: ThrottlingException: Rate exceeded"
	for name, c := range map[string]struct {
		e      deploy.Evidence
		tried  int
		policy deploy.RetryPolicy
		again  bool
		wait   time.Duration
	}{
		"the network, before anything":    {deploy.Evidence{Exit: failed, Heard: network}, 1, policy, true, 10 * time.Second},
		"a second time":                   {deploy.Evidence{Exit: failed, Heard: network}, 2, policy, true, 20 * time.Second},
		"often enough":                    {deploy.Evidence{Exit: failed, Heard: network}, 3, policy, false, 0},
		"a success":                       {deploy.Evidence{Record: &clean, Events: &deploy.Events{Finished: true}, Heard: network}, 1, policy, false, 0},
		"an error of the app's":           {deploy.Evidence{Exit: failed}, 1, policy, false, 0},
		"cancelled":                       {deploy.Evidence{Exit: failed, Heard: network, Cancelled: true}, 1, policy, false, 0},
		"throttled, nothing done":         {deploy.Evidence{Exit: failed, Record: with(throttled), Events: &deploy.Events{Finished: true}}, 1, policy, true, 10 * time.Second},
		"throttled, something done":       {deploy.Evidence{Exit: failed, Record: with(throttled), Events: &deploy.Events{Finished: true, Changes: changes(1, 0)}}, 1, policy, false, 0},
		"the same, allowed":               {deploy.Evidence{Exit: failed, Record: with(throttled), Events: &deploy.Events{Finished: true, Changes: changes(1, 0)}}, 1, partial, true, 10 * time.Second},
		"throttled, and a real error":     {deploy.Evidence{Exit: failed, Record: with(throttled, "AccessDenied"), Events: &deploy.Events{Finished: true}}, 1, partial, false, 0},
		"a real error, network heard too": {deploy.Evidence{Exit: failed, Record: with("AccessDenied"), Events: &deploy.Events{Finished: true}, Heard: network}, 1, partial, false, 0},
		"it may have been done":           {deploy.Evidence{Exit: failed, Record: with(throttled), Events: &deploy.Events{Finished: true, Changes: changes(0, 1)}}, 1, partial, false, 0},
		"broke off, the network gone":     {deploy.Evidence{Exit: failed, Record: &open, Heard: network}, 1, partial, false, 0},
		"never more than two minutes":     {deploy.Evidence{Exit: failed, Heard: network}, 5, deploy.RetryPolicy{Times: 5, Wait: time.Minute}, true, 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			r := deploy.Retry(deploy.Judge(c.e), c.e, c.tried, c.policy)
			if r.Again != c.again || r.Wait != c.wait || r.Why == "" {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestUnlock(t *testing.T) {
	me := deploy.RunID{Run: 9, Attempt: 1}
	ended := start.Add(time.Hour)
	own := func(attempt int) deploy.RunID { return deploy.RunID{Run: 7, Attempt: attempt} }
	for name, c := range map[string]struct {
		runID string
		owner deploy.Owner
		want  deploy.Life
	}{
		"over":                            {"7-1", deploy.Owner{Run: own(1), Asked: true, Attempt: 1, Over: true, Ended: ended}, deploy.Dead},
		"over, state written before":      {"7-1", deploy.Owner{Run: own(1), Asked: true, Attempt: 1, Over: true, Ended: ended, Written: ended.Add(30 * time.Second)}, deploy.Dead},
		"over, state written after":       {"7-1", deploy.Owner{Run: own(1), Asked: true, Attempt: 1, Over: true, Ended: ended, Written: ended.Add(2 * time.Minute)}, deploy.Unknown},
		"under way":                       {"7-1", deploy.Owner{Run: own(1), Asked: true, Attempt: 1}, deploy.Living},
		"an attempt before":               {"7-1", deploy.Owner{Run: own(1), Asked: true, Attempt: 2}, deploy.Dead},
		"an attempt after":                {"7-2", deploy.Owner{Run: own(2), Asked: true, Attempt: 1, Over: true, Ended: ended}, deploy.Unknown},
		"not asked":                       {"7-1", deploy.Owner{Run: own(1), Problem: "no token"}, deploy.Unknown},
		"nobody's":                        {"", deploy.Owner{}, deploy.Unknown},
		"a stranger's":                    {"x", deploy.Owner{}, deploy.Unknown},
		"ours, others under way":          {"9-1", deploy.Owner{Run: me, Asked: true, Attempt: 1, Others: true}, deploy.Living},
		"ours, alone":                     {"9-1", deploy.Owner{Run: me, Asked: true, Attempt: 1}, deploy.Dead},
		"our child's":                     {"9-1", deploy.Owner{Child: true}, deploy.Dead},
		"ours, and GitHub lags behind":    {"9-1", deploy.Owner{Run: me, Asked: true, Attempt: 0}, deploy.Unknown},
		"ours, but nobody could be asked": {"9-1", deploy.Owner{Run: me}, deploy.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			d := deploy.Unlock(deploy.Lock{RunID: c.runID}, me, c.owner, deploy.Target{App: "a", Stage: "s"})
			if d.Life != c.want || d.Why == "" || (d.Next == "") != (d.Life == deploy.Dead) {
				t.Errorf("%+v", d)
			}
		})
	}
}
