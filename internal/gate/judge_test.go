package gate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/verdict"
)

var (
	now    = time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	staged = now.Add(-time.Hour)
	sha    = strings.Repeat("0a", 20)
	sum    = strings.Repeat("1b", 32)
)

// strictest is a policy with every check on.
func strictest(t testing.TB) Policy {
	t.Helper()
	p := Policy{
		App: "lego-api", Stage: "production", Environment: "production", Production: true, Stages: []string{"production", "staging"}, Traffic: "production",
		RolloutAt: "s3://b/rollout/production/state.json", Mode: Required, Commit: sha, Bound: sha, Run: 100, Attempt: 1, Repository: "https://github.com/o/r", Region: "us-east-1",
		Receipt: &Receipt{Version: 1, App: "lego-api", Stage: "staging", Commit: sha, RunID: "100-1", UpdateID: "u1", Completed: staged.Format(time.RFC3339),
			Lockfile: File{Path: "pnpm-lock.yaml", SHA256: sum}, Bundle: File{Path: "dist", SHA256: sum, Files: 3}},
	}
	if err := strict.Decode("c", []byte("checks: [CodeQL]\nalarms: [errors]\nbudget: b\nfreeze: { windows: [{name: past, from: 2026-01-01, to: 2026-01-02}] }"), &p.Settings); err != nil {
		t.Fatal(err)
	}
	return p
}

// right is a world in which nothing stands in the way.
func right() Observation {
	only := BranchPolicy{Listed: true, Names: []string{"main"}}
	return Observation{
		Environment: Saw(Environment{Name: "production", Reviewers: []string{"ann"}, PreventSelfReview: true, Branches: only}, nil),
		Rollback:    Saw(Environment{Name: "production-rollback", Branches: only}, nil),
		Protected:   Saw([]string{"main"}, nil),
		Run:         Saw(Run{Event: "push", SHA: sha, Attempt: 1, Actor: "bob", Trigger: "bob"}, nil),
		Reviews:     Saw([]Review{{User: "ann", State: "approved", Environments: []string{"production"}}}, nil),
		Author:      Saw(Author{Login: "bob"}, nil),
		Jobs:        Saw([]Job{{Name: "Integration tests", Status: "completed", Conclusion: "success", Started: now.Add(-time.Minute)}}, nil),
		Checks:      Saw([]CheckRun{{Name: "CodeQL", Status: "completed", Conclusion: "success"}}, nil),
		Lockfile:    Saw(Digest{Path: "pnpm-lock.yaml", SHA256: sum}, nil),
		Bundle:      Saw(Digest{Path: "dist", SHA256: sum, Files: 3}, nil),
		Staging:     Saw(Stage{Update: &Update{ID: "u1", RunID: "100-1", Command: "deploy", Completed: staged}}, nil),
		Lock:        Saw[*Lock](nil, nil),
		Alarms:      Saw([]Alarm{{Name: "errors", State: "OK", ActionsEnabled: true}}, nil),
		Budget:      Saw(Budget{Limit: "10", LimitUnit: "USD", Actual: "9.99", ActualUnit: "USD", Kind: "COST", Period: "MONTHLY"}, nil),
		Rollout:     Saw(Rollout{}, nil),
	}
}

func TestRightPasses(t *testing.T) {
	r := Judge(strictest(t), right(), now)
	if r.Verdict != verdict.Pass || len(r.Rows) != len(Checks) || r.Err() != nil || r.Approver != "ann" {
		t.Fatalf("%+v", r)
	}
}

// Whatever single thing was not looked at, or could not be reached, or answered
// with nothing: the gate does not pass. The fields are found by reflection, so
// that a new one is held to it too.
func TestNothingMissingPasses(t *testing.T) {
	// Asked only where an environment goes by protection.
	conditional := map[string]bool{"Protected": true, "LongLived": true}
	down := &fault.Fault{Kind: fault.Outside, What: "is down"}
	fields := reflect.TypeFor[Observation]()
	for i := range fields.NumField() {
		name := fields.Field(i).Name
		if conditional[name] {
			continue
		}
		for how, change := range map[string]func(v reflect.Value){
			"not asked":               func(v reflect.Value) { v.SetZero() },
			"unreachable":             func(v reflect.Value) { v.FieldByName("Err").Set(reflect.ValueOf(error(down))) },
			"only a value, not asked": func(v reflect.Value) { v.FieldByName("Asked").SetBool(false) },
		} {
			o := right()
			change(reflect.ValueOf(&o).Elem().Field(i))
			r := Judge(strictest(t), o, now)
			if r.Verdict == verdict.Pass || r.Err() == nil || len(r.Reasons) == 0 {
				t.Errorf("%s %s: passed", name, how)
			}
			if how == "unreachable" && (r.Verdict != verdict.Inconclusive || fault.KindOf(r.Err()) != fault.Outside) {
				t.Errorf("%s %s: %s, %v", name, how, r.Verdict, r.Err())
			}
		}
	}
	o := right()
	o.Environment.Value.Branches = BranchPolicy{Protected: true}
	o.Protected = Seen[[]string]{}
	if r := Judge(strictest(t), o, now); r.Verdict != verdict.Inconclusive {
		t.Errorf("protected branches that nobody listed: %s", r.Verdict)
	}
	for _, row := range Judge(strictest(t), Observation{}, now).Rows {
		if row.Verdict == Pass && row.Check != CheckFreeze && row.Check != CheckKeys {
			t.Errorf("%s passes without having seen anything", row.Check)
		}
	}
}

// Empty answers are no answers that please.
func TestEmptyAnswersDoNotPass(t *testing.T) {
	for name, change := range map[string]func(o *Observation){
		"environment": func(o *Observation) { o.Environment = Saw(Environment{}, nil) },
		"rollback":    func(o *Observation) { o.Rollback = Saw(Environment{}, nil) },
		"reviews":     func(o *Observation) { o.Reviews = Saw[[]Review](nil, nil) },
		"author":      func(o *Observation) { o.Author = Saw(Author{}, nil) },
		"jobs":        func(o *Observation) { o.Jobs = Saw[[]Job](nil, nil) },
		"checks":      func(o *Observation) { o.Checks = Saw[[]CheckRun](nil, nil) },
		"lockfile":    func(o *Observation) { o.Lockfile = Saw(Digest{}, nil) },
		"bundle":      func(o *Observation) { o.Bundle = Saw(Digest{}, nil) },
		"staging":     func(o *Observation) { o.Staging = Saw(Stage{}, nil) },
		"alarms":      func(o *Observation) { o.Alarms = Saw[[]Alarm](nil, nil) },
		"budget":      func(o *Observation) { o.Budget = Saw(Budget{}, nil) },
	} {
		o := right()
		change(&o)
		if r := Judge(strictest(t), o, now); r.Verdict == verdict.Pass {
			t.Errorf("%s: passed with nothing", name)
		}
	}
}

// Whatever comes together: the verdict of the whole follows from the rows, a
// pass has no row that is not right, each row that is not has a way out, and the
// exit code is of a no only if there is one.
func TestVerdictFollowsFromRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	outcomes := map[verdict.Verdict]int{}
	base := strictest(t)
	for range 3000 {
		p, o := base, right()
		fields := reflect.ValueOf(&o).Elem()
		for i := range fields.NumField() {
			if f := fields.Field(i); f.Kind() == reflect.Struct && rng.IntN(12) == 0 {
				f.FieldByName("Err").Set(reflect.ValueOf(errors.New("down")))
			}
		}
		if rng.IntN(4) == 0 {
			o.Alarms.Value = []Alarm{{Name: "errors", State: "ALARM"}}
		}
		if rng.IntN(4) == 0 {
			o.LongLived = true
		}
		p.Skip = map[string]string{}
		for _, c := range Checks {
			if rng.IntN(6) == 0 {
				p.Skip[string(c)] = "why not"
			}
		}
		if rng.IntN(3) == 0 {
			p.Mode = Pending
		}
		r := Judge(p, o, now)
		outcomes[r.Verdict]++
		holdTogether(t, p, r)
	}
	if outcomes[verdict.Pass] < 50 || outcomes[verdict.Fail] < 50 || outcomes[verdict.Inconclusive] < 50 {
		t.Errorf("the worlds are too much alike: %v", outcomes)
	}
}

func holdTogether(t *testing.T, p Policy, r Result) {
	t.Helper()
	states := map[State]int{}
	for _, row := range r.Rows {
		states[row.Verdict]++
		if (row.Verdict == Off) != (p.Skip[string(row.Check)] != "") {
			t.Fatalf("%s is %s, skipped: %q", row.Check, row.Verdict, p.Skip[string(row.Check)])
		}
		if (row.Verdict == Fail || row.Verdict == Inconclusive) && (row.Observed == "" || row.Change == "" || !slices.Contains(r.Reasons, row.Check)) {
			t.Fatalf("%+v is not told, %v", row, r.Reasons)
		}
	}
	want := verdict.Pass
	switch {
	case states[Fail] > 0:
		want = verdict.Fail
	case states[Inconclusive] > 0 || states[Pass] == 0:
		want = verdict.Inconclusive
	}
	if r.Verdict != want || (r.Err() == nil) != (want == verdict.Pass) || r.Lead == "" {
		t.Fatalf("%s, want %s of %v: %v", r.Verdict, want, states, r.Err())
	}
	switch kind := fault.KindOf(r.Err()); {
	case want == verdict.Fail && kind != fault.Gate && kind != fault.Refused:
		t.Fatalf("a no is of kind %s: %v", kind, r.Err())
	case want == verdict.Inconclusive && (kind == fault.Gate || kind == fault.Refused):
		t.Fatalf("a doubt is of kind %s: %v", kind, r.Err())
	}
}

// TestOff: only cutover.yaml switches a check off, and the row says so.
func TestOff(t *testing.T) {
	for name, c := range map[string]struct {
		change func(p *Policy)
		check  Check
		want   string
	}{
		"a skip":              {func(p *Policy) { p.Skip = map[string]string{"lock": "nobody else deploys"} }, CheckLock, "by gate.skip of cutover.yaml: nobody else deploys"},
		"no approval":         {func(p *Policy) { p.Unguarded = true }, CheckApproval, "stages.production.approval is none"},
		"no environment":      {func(p *Policy) { p.Unguarded = true }, CheckEnvironment, "stages.production.approval is none"},
		"no checks":           {func(p *Policy) { p.Checks = nil }, CheckChecks, "none configured"},
		"no alarms":           {func(p *Policy) { p.Alarms = nil }, CheckAlarms, "none configured"},
		"no windows":          {func(p *Policy) { p.Freeze.Windows = nil }, CheckFreeze, "none configured"},
		"no budget":           {func(p *Policy) { p.Budget = "" }, CheckBudget, "none configured"},
		"no traffic":          {func(p *Policy) { p.Traffic = "" }, CheckTraffic, "no traffic to move"},
		"traffic of another":  {func(p *Policy) { p.Traffic = "blue" }, CheckTraffic, "the traffic of blue"},
		"traffic may move":    {func(p *Policy) { p.DuringRollout = Allow }, CheckTraffic, "gate.during_rollout is allow"},
		"not: no place given": {func(p *Policy) { p.RolloutAt = "" }, CheckTraffic, ""},
		"not: no receipt":     {func(p *Policy) { p.Receipt = nil }, CheckStaging, ""},
	} {
		p := strictest(t)
		c.change(&p)
		r := Judge(p, right(), now)
		got := r.row(c.check)
		if (got.Verdict == Off) != (c.want != "") || !strings.Contains(got.Observed, c.want) {
			t.Errorf("%s: %+v", name, got)
		}
		if c.want == "" && r.Verdict != verdict.Fail {
			t.Errorf("%s: %s", name, r.Verdict)
		}
	}
}

// counting is a GitHub that counts.
type counting struct {
	GitHub
	asked []string
}

func (c *counting) Jobs(context.Context, int64) ([]Job, error) {
	c.asked = append(c.asked, "jobs")
	return nil, nil
}

func (c *counting) Checks(context.Context, string, []string) ([]CheckRun, error) {
	c.asked = append(c.asked, "checks")
	return nil, nil
}

// What is off is not asked for: a token needs no permission for it.
func TestOnlyWhatIsNeededIsAsked(t *testing.T) {
	p := strictest(t)
	p.Skip = map[string]string{}
	for _, c := range Checks {
		if c != CheckIntegration {
			p.Skip[string(c)] = "no"
		}
	}
	p.Receipt = nil
	g := &counting{}
	o := Observe(t.Context(), p, Ports{GitHub: g})
	if fmt.Sprint(g.asked) != "[jobs]" || !o.Jobs.Asked || o.Staging.Asked || o.Alarms.Asked {
		t.Errorf("asked %v, %+v", g.asked, o)
	}
	// Nothing was given at all: every row that needs it is open, none passes.
	r := Judge(strictest(t), Observe(t.Context(), strictest(t), Ports{}), now)
	for _, row := range r.Rows {
		if row.Verdict == Pass && row.Check != CheckFreeze && row.Check != CheckKeys {
			t.Errorf("%s passes without ports", row.Check)
		}
	}
	if fault.KindOf(r.Err()) != fault.Input {
		t.Errorf("%v", r.Err())
	}
}
