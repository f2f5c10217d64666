package rollback_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/rollback"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func commit(n int) string { return fmt.Sprintf("%040x", 0xabc0000000+n) }

// releases are n of them, newest first: r3, r2, r1; of commits 3, 2, 1.
func releases(n int) []rollback.Release {
	var all []rollback.Release
	for i := n; i > 0; i-- {
		at := noon.Add(time.Duration(i) * time.Hour)
		all = append(all, rollback.Release{Name: fmt.Sprintf("r%d", i), Commit: commit(i), Run: fmt.Sprint(i), Created: at, Stored: at.Add(time.Minute)})
	}
	return all
}

// live is an update of run n that archived rn, just before.
func live(n int) *rollback.Update {
	return &rollback.Update{ID: fmt.Sprintf("u%d", n), RunID: fmt.Sprintf("%d-1", n), Clean: true, Started: noon.Add(time.Duration(n)*time.Hour - time.Minute), What: "It succeeded."}
}

func failed(n int) *rollback.Update {
	u := live(n)
	u.Clean, u.What = false, "It failed."
	return u
}

// began is a rollback of run n to a release, which withdraws others.
func began(n int, release string, leaves ...string) rollback.Past {
	c, _ := strconv.Atoi(release[1:])
	at := noon.Add(time.Duration(n)*time.Hour + 30*time.Minute)
	return rollback.Past{Plan: rollback.Plan{ID: fmt.Sprintf("p%d", n), RunID: fmt.Sprintf("%d-1", n), To: rollback.LastGood, Release: release, Commit: commit(c), Leaves: leaves, Began: at}, Written: at}
}

// finished is one that is done by the update un.
func finished(n int, release string, leaves ...string) rollback.Past {
	p := began(n, release, leaves...)
	p.Done = &rollback.Step{Update: fmt.Sprintf("u%d", n)}
	return p
}

func TestDecide(t *testing.T) {
	good := rollback.LastGood
	for name, c := range map[string]struct {
		ask     rollback.Ask
		seen    rollback.Seen
		action  rollback.Action
		target  string
		why     string // a part of it, or of the error
		leaves  string
		instead string
	}{
		"live is the newest":                      {rollback.Ask{To: good}, rollback.Seen{Releases: releases(3), Update: live(3)}, "begin", "r2", "what is live is r3", "r3", ""},
		"live by its functions":                   {rollback.Ask{To: good}, rollback.Seen{Releases: releases(3), Update: live(3), Live: rollback.Same}, "begin", "r2", "what is live is r3", "r3", ""},
		"functions run other code":                {rollback.Ask{To: good}, rollback.Seen{Releases: releases(3), Update: live(3), Live: rollback.Other}, "begin", "r3", "other code", "", ""},
		"the last update failed":                  {rollback.Ask{To: good}, rollback.Seen{Releases: releases(3), Update: failed(4)}, "begin", "r3", "It failed.", "", ""},
		"a deployment that was not archived":      {rollback.Ask{To: good}, rollback.Seen{Releases: releases(3), Update: live(4)}, "begin", "r3", "began after it was archived", "", ""},
		"no update is known":                      {rollback.Ask{To: good}, rollback.Seen{Releases: releases(3)}, "begin", "r3", "no record", "", ""},
		"archived late by the run that deployed":  {rollback.Ask{To: good}, rollback.Seen{Releases: releases(3), Update: &rollback.Update{ID: "u", RunID: "3-2", Clean: true, Started: noon.Add(9 * time.Hour)}}, "begin", "r2", "what is live is r3", "r3", ""},
		"one release, and it is live":             {rollback.Ask{To: good}, rollback.Seen{Releases: releases(1), Update: live(1)}, "", "", "no good release before it", "", ""},
		"no release":                              {rollback.Ask{To: good}, rollback.Seen{Update: live(1)}, "", "", "no release to roll back to", "", ""},
		"a damaged one is passed over":            {rollback.Ask{To: good}, rollback.Seen{Releases: damage(releases(3), "r3"), Update: failed(4)}, "begin", "r2", "It failed", "r3", ""},
		"a withdrawn one is passed over":          {rollback.Ask{To: good}, rollback.Seen{Releases: releases(3), Journal: []rollback.Past{finished(4, "r2", "r3")}, Update: failed(5)}, "begin", "r2", "It failed", "", ""},
		"after a rollback, one further":           {rollback.Ask{To: good}, rollback.Seen{Releases: releases(3), Journal: []rollback.Past{finished(4, "r2", "r3")}, Update: live(4)}, "begin", "r1", "what is live is r2", "r2", ""},
		"after a rollback, changed by hand":       {rollback.Ask{To: good}, rollback.Seen{Releases: releases(3), Journal: []rollback.Past{finished(4, "r2", "r3")}, Update: live(4), Live: rollback.Other}, "begin", "r2", "other code", "", ""},
		"named again, it is no longer withdrawn":  {rollback.Ask{To: good}, rollback.Seen{Releases: releases(3), Journal: []rollback.Past{finished(4, "r2", "r3"), finished(5, "r3")}, Update: failed(6)}, "begin", "r3", "It failed", "", ""},
		"the same run again":                      {rollback.Ask{To: good, RunID: "4-2"}, rollback.Seen{Releases: releases(3), Journal: []rollback.Past{finished(4, "r2", "r3")}, Update: live(4)}, "over", "r2", "this run has done it", "r3", ""},
		"the same run, asked for another":         {rollback.Ask{To: "r1", RunID: "4-2"}, rollback.Seen{Releases: releases(3), Journal: []rollback.Past{finished(4, "r2", "r3")}, Update: live(4)}, "begin", "r1", "asked for", "r2", ""},
		"the same run, deployed since":            {rollback.Ask{To: good, RunID: "4-2"}, rollback.Seen{Releases: releases(3), Journal: []rollback.Past{finished(4, "r2", "r3")}, Update: failed(5)}, "begin", "r2", "It failed", "", ""},
		"a laptop again":                          {rollback.Ask{To: good}, rollback.Seen{Releases: releases(3), Journal: []rollback.Past{laptop(finished(4, "r2", "r3"))}, Update: live(4)}, "begin", "r1", "what is live is r2", "r2", ""},
		"an unfinished one":                       {rollback.Ask{To: good}, rollback.Seen{Releases: releases(3), Journal: []rollback.Past{began(4, "r1", "r2", "r3")}, Update: failed(3)}, "resume", "r1", "is not finished", "r2 r3", ""},
		"an unfinished one, named":                {rollback.Ask{To: "r1"}, rollback.Seen{Releases: releases(3), Journal: []rollback.Past{began(4, "r1", "r2", "r3")}}, "resume", "r1", "asked for", "r2 r3", ""},
		"an unfinished one, another named":        {rollback.Ask{To: "r2"}, rollback.Seen{Releases: releases(3), Journal: []rollback.Past{began(4, "r1", "r2", "r3")}}, "begin", "r2", "asked for", "", "r2 was asked for"},
		"an unfinished one, overtaken":            {rollback.Ask{To: good}, rollback.Seen{Releases: releases(5), Journal: []rollback.Past{began(3, "r2", "r3")}, Update: live(5)}, "begin", "r4", "what is live is r5", "r5", "r5 was deployed and found good since"},
		"an unfinished one, its release is gone":  {rollback.Ask{To: good}, rollback.Seen{Releases: releases(3), Journal: []rollback.Past{began(4, "r0", "r1", "r2")}, Update: failed(5)}, "begin", "r3", "It failed", "", "no longer in the archive"},
		"an unfinished one, to the bad commit":    {rollback.Ask{To: good, Leave: commit(2)}, rollback.Seen{Releases: releases(3), Journal: []rollback.Past{began(4, "r2", "r3")}, Update: failed(5)}, "begin", "r1", "another commit", "r2", "the commit that is to be left"},
		"an old unfinished one is no longer open": {rollback.Ask{To: good}, rollback.Seen{Releases: releases(3), Journal: []rollback.Past{began(3, "r1", "r2"), finished(4, "r3")}, Update: failed(5)}, "begin", "r3", "It failed", "", ""},
		"leave":                                   {rollback.Ask{To: good, Leave: commit(3)}, rollback.Seen{Releases: releases(3), Update: live(3)}, "begin", "r2", "another commit", "r3", ""},
		"leave what was never archived":           {rollback.Ask{To: good, Leave: commit(4)}, rollback.Seen{Releases: releases(3), Update: failed(4)}, "begin", "r3", "another commit", "", ""},
		"leave the only one":                      {rollback.Ask{To: good, Leave: commit(1)}, rollback.Seen{Releases: releases(1), Update: live(1)}, "", "", "no release to roll back to", "", ""},
		"only after a run that did not come":      {rollback.Ask{To: good, OnlyAfter: "9"}, rollback.Seen{Releases: releases(3), Update: live(3)}, "idle", "", "run 9 has not touched", "", ""},
		"only after, and there is no update":      {rollback.Ask{To: good, OnlyAfter: "9"}, rollback.Seen{Releases: releases(3)}, "idle", "", "never updated", "", ""},
		"only after, by its update":               {rollback.Ask{To: good, OnlyAfter: "4"}, rollback.Seen{Releases: releases(3), Update: failed(4)}, "begin", "r3", "It failed", "", ""},
		"only after, by its lock":                 {rollback.Ask{To: good, OnlyAfter: "4"}, rollback.Seen{Releases: releases(3), Update: live(3), Locked: true, LockRun: "4-1"}, "begin", "r2", "what is live", "r3", ""},
		"only after, by its unfinished rollback":  {rollback.Ask{To: good, OnlyAfter: "4"}, rollback.Seen{Releases: releases(3), Update: live(3), Journal: []rollback.Past{began(4, "r2", "r3")}}, "resume", "r2", "not finished", "r3", ""},
		"only after a run whose number begins so": {rollback.Ask{To: good, OnlyAfter: "4"}, rollback.Seen{Releases: releases(3), Update: &rollback.Update{RunID: "44-1"}}, "idle", "", "run 4 has not", "", ""},
		"a commit in part":                        {rollback.Ask{To: commit(2)[:39]}, rollback.Seen{Releases: twice(releases(3))}, "", "", "beginning of 3 commits", "", ""},
		"a commit with two releases":              {rollback.Ask{To: commit(2)}, rollback.Seen{Releases: twice(releases(3))}, "begin", "r2b", "newest release of the commit", "r3", ""},
		"a damaged one, named":                    {rollback.Ask{To: "r3"}, rollback.Seen{Releases: damage(releases(3), "r3")}, "", "", "manifest is damaged", "", ""},
		"nothing of that name":                    {rollback.Ask{To: "r33"}, rollback.Seen{Releases: releases(3)}, "", "", "names no release", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := rollback.Decide(c.ask, c.seen)
			said := d.Why
			if err != nil {
				said = err.Error()
			}
			if (err != nil) != (c.action == "") || d.Action != c.action || d.Target.Name != c.target || !strings.Contains(said, c.why) {
				t.Fatalf("%s %s, %s", d.Action, d.Target.Name, said)
			}
			if got := strings.Join(d.Leaves, " "); got != c.leaves || !strings.Contains(d.Instead, c.instead) || (c.instead != "") != (d.Supersedes != "") {
				t.Errorf("it withdraws %q, supersedes %q because %q", got, d.Supersedes, d.Instead)
			}
			if f := fault.All(err); err != nil && f[0].Next == "" {
				t.Errorf("it does not say what to do: %v", err)
			}
		})
	}
}

func damage(all []rollback.Release, name string) []rollback.Release {
	for i := range all {
		all[i].Damaged = all[i].Damaged || all[i].Name == name
	}
	return all
}

func laptop(p rollback.Past) rollback.Past { p.Plan.RunID = ""; return p }

// twice adds a second, newer release of commit 2.
func twice(all []rollback.Release) []rollback.Release {
	again := all[1]
	again.Name, again.Stored = "r2b", again.Stored.Add(time.Minute)
	return slices.Insert(all, 1, again)
}

// random is a world as it may come about.
func random(r *rand.Rand) (rollback.Ask, rollback.Seen) {
	s := rollback.Seen{Releases: releases(r.IntN(6))}
	for i := range s.Releases {
		s.Releases[i].Damaged = r.IntN(8) == 0
		if r.IntN(4) == 0 {
			s.Releases[i].Commit = commit(1)
		}
	}
	for n := range r.IntN(4) {
		target := fmt.Sprintf("r%d", 1+r.IntN(6))
		var leaves []string
		for _, one := range s.Releases {
			if r.IntN(4) == 0 && one.Name != target {
				leaves = append(leaves, one.Name)
			}
		}
		p := began(n+3, target, leaves...)
		if r.IntN(2) == 0 {
			p = finished(n+3, target, leaves...)
		}
		s.Journal = append(s.Journal, p)
	}
	switch n := 1 + r.IntN(7); r.IntN(4) {
	case 0:
	case 1:
		s.Update = failed(n)
	default:
		s.Update = live(n)
	}
	s.Live = []rollback.Match{rollback.Unknown, rollback.Same, rollback.Other}[r.IntN(3)]
	a := rollback.Ask{To: rollback.LastGood, RunID: fmt.Sprintf("%d-1", 3+r.IntN(6))}
	switch r.IntN(5) {
	case 0:
		a.Leave = commit(1 + r.IntN(4))
	case 1:
		a.To = fmt.Sprintf("r%d", 1+r.IntN(5))
	case 2:
		a.OnlyAfter = fmt.Sprint(3 + r.IntN(6))
	}
	return a, s
}

// What holds whatever the world is like.
func TestDecideHoldsItsRules(t *testing.T) {
	acted := map[rollback.Action]int{}
	for seed := range uint64(20000) {
		a, s := random(rand.New(rand.NewPCG(seed, 5)))
		before := encode(t, s)
		d, err := rollback.Decide(a, s)
		again, err2 := rollback.Decide(a, s)
		if encode(t, d) != encode(t, again) || fmt.Sprint(err) != fmt.Sprint(err2) || encode(t, s) != before {
			t.Fatalf("seed %d: the same twice gives another, or what was seen was changed", seed)
		}
		acted[d.Action]++
		if err != nil || d.Action == rollback.Idle || d.Action == rollback.Over {
			continue
		}
		if d.Target.Damaged || !slices.ContainsFunc(s.Releases, func(r rollback.Release) bool { return r.Name == d.Target.Name }) && d.Action == rollback.Begin {
			t.Fatalf("seed %d: %s is damaged or not there", seed, d.Target.Name)
		}
		if a.Leave != "" && strings.HasPrefix(d.Target.Commit, a.Leave) {
			t.Fatalf("seed %d: it goes back to the commit that is to be left", seed)
		}
		if d.Action == rollback.Begin && a.To == rollback.LastGood && withdrawn(s)[d.Target.Name] {
			t.Fatalf("seed %d: it goes back to %s, which was withdrawn", seed, d.Target.Name)
		}
		if slices.Contains(d.Leaves, d.Target.Name) {
			t.Fatalf("seed %d: it withdraws its own target", seed)
		}
		resumes(t, seed, a, s, d)
	}
	for _, want := range []rollback.Action{"", rollback.Idle, rollback.Over, rollback.Begin, rollback.Resume} {
		if acted[want] < 100 {
			t.Errorf("%q came about %d times only: %v", want, acted[want], acted)
		}
	}
}

// resumes holds that whoever asks the same after the plan was written goes on
// with it, and whoever asks after it is done does nothing more.
func resumes(t *testing.T, seed uint64, a rollback.Ask, s rollback.Seen, d rollback.Decision) {
	t.Helper()
	if d.Action == rollback.Begin {
		at := noon.Add(100 * time.Hour)
		s.Journal = append(slices.Clone(s.Journal), rollback.Past{Written: at, Plan: rollback.Plan{
			ID: "new", RunID: a.RunID, To: a.To, OnlyAfter: a.OnlyAfter, Release: d.Target.Name, Commit: d.Target.Commit, Leaves: d.Leaves, Began: at,
		}})
	}
	next, err := rollback.Decide(a, s)
	if err != nil || next.Action != rollback.Resume || next.Target.Name != d.Target.Name {
		t.Fatalf("seed %d: after the plan was written it would %s to %s: %v", seed, next.Action, next.Target.Name, err)
	}
	s.Journal = slices.Clone(s.Journal)
	last := &s.Journal[len(s.Journal)-1]
	last.Plan.RunID, last.Plan.To = a.RunID, a.To
	last.Done = &rollback.Step{Update: "new"}
	s.Update = &rollback.Update{ID: "new", RunID: a.RunID, Clean: true, Started: noon.Add(101 * time.Hour)}
	if next, err = rollback.Decide(a, s); err != nil || next.Action != rollback.Over {
		t.Fatalf("seed %d: after it is done it would %s to %s: %v", seed, next.Action, next.Target.Name, err)
	}
}

// withdrawn is written once more here, so that the two can disagree.
func withdrawn(s rollback.Seen) map[string]bool {
	left := map[string]bool{}
	for _, p := range s.Journal {
		for _, l := range p.Plan.Leaves {
			left[l] = true
		}
		left[p.Plan.Release] = false
	}
	return left
}

func encode(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
