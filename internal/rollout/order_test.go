package rollout_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/slo"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Who may order what, by the step that the rollout is in.
func TestOrdersByStep(t *testing.T) {
	may := map[rollout.Step]string{
		rollout.Ready: "start", rollout.RolledBack: "start rollback",
		rollout.Shifting: "approve pause resume rollback", rollout.Settling: "approve pause resume rollback",
		rollout.Watching: "approve promote pause resume rollback", rollout.Soaking: "resume rollback finish",
		rollout.RollingBack: "rollback", rollout.Complete: "",
	}
	p := compiled(t, 20)
	states := steps(t, p)
	for step, allowed := range may {
		s, ok := states[step]
		if !ok {
			t.Fatalf("no state is %s", step)
		}
		for _, kind := range append(rollout.Orders(), "dance") {
			d := rollout.Decide(p, s, rollout.Observation{Now: s.Clock, Order: &rollout.Order{Kind: kind, By: "kim", Reason: "said so"}})
			want := strings.Contains(" "+allowed+" ", " "+string(kind)+" ")
			if got := d.Refused == ""; got != want {
				t.Errorf("%s while %s: refused %q", kind, step, d.Refused)
			}
			if !want && (d.State.Weight != s.Weight || d.State.Step != s.Step) {
				t.Errorf("%s while %s leads to %s at %s", kind, step, d.State.Step, d.State.Weight)
			}
		}
	}
}

// steps is a state in each step, as one rollout and its rollback pass them.
func steps(t *testing.T, p rollout.Policy) map[rollout.Step]rollout.State {
	states := map[rollout.Step]rollout.State{rollout.Ready: rollout.New(p)}
	f := begun(t, p)
	for range 200 {
		states[f.s.Step] = f.s
		if f.s.Step == rollout.Soaking {
			break
		}
		f.tick()
	}
	end := *f
	end.order(rollout.OrderFinish)
	states[end.s.Step] = end.s
	f.order(rollout.OrderRollback)
	for range 20 {
		states[f.s.Step] = f.s
		f.tick()
	}
	return states
}

// A person may promote before everything is proved; nobody may promote a green
// that is broken, or that nobody sees.
func TestPersonsPromotion(t *testing.T) {
	p := compiled(t, 120)
	for name, c := range map[string]struct {
		but     func(f *follower)
		refused string
	}{
		"before its time": {func(*follower) {}, ""},
		"while paused":    {func(f *follower) { f.s.Paused = true }, ""},
		"worse than blue": {worse, ""},
		"on a broken limit": {func(f *follower) {
			f.p.When.Fail, f.green = "hold", .05
			f.until(9, func(d rollout.Decision) bool { return d.Assessment.Breach != nil })
		}, "a limit is broken"},
		"on a limit that was broken, and nobody has said that it is over": {func(f *follower) {
			f.s.Hold = &rollout.Hold{Kind: rollout.HoldBroken, Since: f.s.Clock, Reason: "error_rate"}
		}, "a limit was broken"},
		"green's check is down": {func(f *follower) { f.s.Down = 1; f.sees(func(o *rollout.Observation) { o.GreenUp = nil }) }, "health check is down"},
		"nobody sees green":     {func(f *follower) { f.s.Ledger.Green = after(f.minute - 12); f.sees(noMinutes) }, "nobody can see"},
		"green has not got its share": {func(f *follower) {
			for i := range f.s.Shares {
				f.s.Shares[i].Green = 10
			}
			f.sees(noMinutes)
		}, "does not show in the traffic"},
	} {
		t.Run(name, func(t *testing.T) {
			f := watched(t, p, 0)
			c.but(f)
			weight := f.s.Weight
			switch d := f.order(rollout.OrderPromote); {
			case c.refused == "" && (d.Refused != "" || d.State.Phase != 1 || d.Action != rollout.Promote):
				t.Errorf("%s to phase %d: %s", d.Action, d.State.Phase, d.Refused)
			case c.refused != "" && (!strings.Contains(d.Refused, c.refused) || d.State.Weight != weight):
				t.Errorf("%s at %s: %q, want %q", d.Action, d.State.Weight, d.Refused, c.refused)
			}
		})
	}
}

func noMinutes(o *rollout.Observation) { o.Minutes = nil }

// Someone edits cutover.yaml while a rollout is under way. Whatever they
// write, the watch goes on, and one order still rolls back.
func TestChangedPolicy(t *testing.T) {
	first := compiled(t, 60, judge.DatabaseCPU)
	for name, then := range map[string]rollout.Policy{
		"more objectives":           compiled(t, 60, judge.AllGauges()...),
		"fewer objectives":          compiled(t, 60),
		"fewer phases":              withPhases(compiled(t, 60, judge.DatabaseCPU), unit.Full),
		"other weights":             withPhases(compiled(t, 60, judge.DatabaseCPU), 10_000, 20_000, unit.Full),
		"one more phase in between": withPhases(compiled(t, 60, judge.DatabaseCPU), 100_000, 250_000, 500_000, unit.Full),
	} {
		then.Digest = name
		for _, kind := range []rollout.OrderKind{"", rollout.OrderResume, rollout.OrderPromote} {
			t.Run(name+" "+string(kind), func(t *testing.T) {
				f := watched(t, first, 1)
				f.p = then
				if kind != "" {
					f.order(kind)
				}
				for range 120 {
					weight, phase := f.s.Weight, f.s.Phase
					f.tick()
					if next := f.s.Phase; f.s.Weight < weight && f.s.Weight > 0 || next > phase && f.s.Weight != then.Phases[next].Weight {
						t.Fatalf("from phase %d at %s to %d at %s", phase, weight, next, f.s.Weight)
					}
					if f.s.Step == rollout.Soaking && f.s.Weight != unit.Full {
						t.Fatalf("done at %s", f.s.Weight)
					}
				}
				f.s.Ledger.Findings(f.p.Rules)
				if d := f.order(rollout.OrderRollback); d.State.Weight != 0 {
					t.Errorf("a rollback leaves %s", d.State.Weight)
				}
			})
		}
	}
}

func withPhases(p rollout.Policy, weights ...unit.Percent) rollout.Policy {
	p.Phases = nil
	for _, weight := range weights {
		p.Phases = append(p.Phases, rollout.Phase{Weight: weight, Hold: unit.Duration(time.Hour), Approval: "none"})
	}
	return p
}

// The digest is the same wherever the file is read, and another after any
// change that the rollout goes by.
func TestDigest(t *testing.T) {
	digest := func(traffic, slos string) string {
		var s rollout.Settings
		var o slo.Objectives
		if err := strict.Decode("traffic", []byte(base+traffic), &s); err != nil {
			t.Fatal(err)
		}
		if err := strict.Decode("slos", []byte(slos), &o); err != nil {
			t.Fatal(err)
		}
		return rollout.NewPolicy(s, o, judge.AllGauges()...).Digest
	}
	const cost = "cost_per_million: {below: $20}"
	seen := map[string]string{}
	for _, c := range []struct{ name, traffic, slos string }{
		{"defaults", "", "{}"}, {"a cost", "", cost}, {"another cost", "", "cost_per_million: {below: $30}"},
		{"an error rate", "", "error_rate: {below: 2%}"}, {"a latency", "", "latency: {under: 600 ms}"},
		{"alpha", "alpha: 2%", "{}"}, {"beta", "beta: 2%", "{}"}, {"agreement", "agreement: 4", "{}"}, {"when", "when: {fail: hold}", "{}"},
		{"phases", "phases: [{weight: 100%, hold: 1 h}]", "{}"}, {"decision time", "decision_time: 20 m", "{}"},
		{"rollback budget", "rollback_budget: 6 m", "{}"}, {"ttl", "ttl: 30 s", "{}"},
	} {
		d := digest(c.traffic, c.slos)
		if other, twice := seen[d]; twice || d == "" {
			t.Errorf("%s has the digest of %s", c.name, other)
		}
		if seen[d] = c.name; digest(c.traffic, c.slos) != d {
			t.Errorf("%s: read twice, two digests", c.name)
		}
	}
	// Addresses differ from process to process, sometimes.
	if os.Getenv("CUTOVER_DIGEST") != "" {
		t.Logf("digest=%s", digest("", cost))
		return
	}
	for range 1 + 2/slower {
		cmd := exec.Command(os.Args[0], "-test.run=^TestDigest$", "-test.v")
		cmd.Env = append(os.Environ(), "CUTOVER_DIGEST=1")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "digest="+digest("", cost)) {
			t.Errorf("another process: %v\n%s", err, out)
		}
	}
}
