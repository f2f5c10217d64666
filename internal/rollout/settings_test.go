package rollout_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/unit"
)

const base = `record: api.example.com
hosted_zone: Z0123456789ABC
blue:
  target: alb.us-east-1.elb.amazonaws.com
  direct: https://blue.example.com
  load_balancer: app/lego/50dc6c495c0c9188
  target_group: targetgroup/lego/73e2d6bc24d8a067
green: { target: api.execute-api.us-east-1.amazonaws.com, direct: "https://green.example.com" }
`

// noBlue has a text where blue's settings belong.
const noBlue = `record: api.example.com
hosted_zone: Z0123456789ABC
blue: ecs
green: { target: a.example.org, alias_zone: Z1UJRXOUMOOFQ8, direct: "https://green.example.com" }
`

func TestSettings(t *testing.T) {
	tests := []struct{ name, yaml, want string }{
		{"defaults are sound", base, ""},
		{"one phase", base + "phases: [{weight: 100%, hold: 1 m}]", ""},
		{"equal weights", base + "phases: [{weight: 50%, hold: 1 h}, {weight: 50%, hold: 1 h}, {weight: 100%, hold: 1 h}]", "phases[1].weight: the weight 50% does not rise"},
		{"falling weights", base + "phases: [{weight: 50%, hold: 1 h}, {weight: 10%, hold: 1 h}, {weight: 100%, hold: 1 h}]", "phases[1].weight: the weight 10% does not rise"},
		{"never 100%", base + "phases: [{weight: 99%, hold: 1 h}]", "the last phase ends at 99%"},
		{"weight 0", base + "phases: [{weight: 0%, hold: 1 h}, {weight: 100%, hold: 1 h}]", "must be more than 0%"},
		{"hold 0", base + "phases: [{weight: 100%, hold: 0 s}]", "must be at least 1 m"},
		{"no phase", base + "phases: []", "has no entry"},
		{"a weight between the steps", base + "phases: [{weight: 0.3%, hold: 1 h}, {weight: 100%, hold: 1 h}]", `Route 53 cannot give exactly 0.3%: its weights are whole numbers up to 255; allowed: shares that two such weights give, all whole percentages among them; write "1%"`},
		{"a misread weight stops no comparison of others", base + "phases: [{weight: 10, hold: 1 h}, {weight: 50%, hold: 1 h}, {weight: 100%, hold: 1 h}]", "has no unit"},
		{"direct names equal", strings.Replace(base, "https://green.", "https://blue.", 1), "green.direct: direct is the same"},
		{"direct names differ in the path only", strings.Replace(base, "https://green.example.com", "https://blue.example.com/x", 1), "green.direct: direct is the same"},
		{"targets equal", strings.Replace(base, "api.execute-api.us-east-1.amazonaws.com", "alb.us-east-1.elb.amazonaws.com", 1), "green.target: target is the same"},
		{"blue through the record", strings.Replace(base, "https://blue.", "https://api.", 1), "blue.direct: leads back to the record"},
		{"green through the record", strings.Replace(base, "api.execute-api.us-east-1.amazonaws.com", "api.example.com", 1), "green.target: leads back to the record"},
		{"alias beside CNAME", strings.Replace(base, "green: {", "green: { alias_zone: Z1UJRXOUMOOFQ8,", 1), "one side is an alias"},
		{"no rule on a side that was refused", noBlue, `s:3:7: blue: a mapping is expected here, not "ecs"`},
		{"ttl eats the budget", base + "ttl: 2 m\nrollback_budget: 2 m", "s:9:6: ttl: a ttl of 2 m leaves nothing of the rollback_budget of 2 m"},
		{"promotion by policy", base + "when: {inconclusive: promote}", "allowed: rollback, hold"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var s rollout.Settings
			err := strict.Decode("s", []byte(test.yaml), &s)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one problem: %v", err)
			}
		})
	}
}

func TestDefaultPhases(t *testing.T) {
	var s rollout.Settings
	if err := strict.Decode("s", []byte(base), &s); err != nil {
		t.Fatal(err)
	}
	want := []struct {
		weight unit.Percent
		hold   time.Duration
	}{{100_000, 2 * time.Hour}, {500_000, 4 * time.Hour}, {unit.Full, 24 * time.Hour}}
	if len(s.Phases) != len(want) {
		t.Fatalf("%d phases", len(s.Phases))
	}
	for i, p := range s.Phases {
		if p.Weight != want[i].weight || p.Hold.Std() != want[i].hold || p.Approval != "none" {
			t.Errorf("phase %d is %+v", i, p)
		}
	}
	if p := s.When; p.Fail != "rollback" || p.Inconclusive != "hold" || p.MissingData != "hold" || p.SharedFault != "hold" || p.Worse != "hold" {
		t.Errorf("policies are %+v", p)
	}
}

func TestWeights(t *testing.T) {
	tests := []struct {
		share       unit.Percent
		green, blue int
		ok          bool
	}{
		{0, 0, 100, true}, {unit.Full, 100, 0, true}, {100_000, 10, 90, true}, {500_000, 50, 50, true}, {5_000, 1, 199, true},
		{990_000, 99, 1, true}, {3_900, 0, 0, false}, {1, 0, 0, false}, {-1, 0, 0, false}, {unit.Full + 1, 0, 0, false},
	}
	for _, test := range tests {
		green, blue, ok := rollout.Weights(test.share)
		if ok != test.ok || ok && (green != test.green || blue != test.blue) {
			t.Errorf("%s is %d to %d, %v", test.share, green, blue, ok)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		share := unit.Percent(r.Int64N(int64(unit.Full) + 1))
		if green, blue, ok := rollout.Weights(share); ok {
			if green < 0 || blue < 0 || green > 255 || blue > 255 || int64(green)*int64(unit.Full) != int64(share)*int64(green+blue) {
				t.Fatalf("%s is %d to %d", share, green, blue)
			}
		}
	}
	for whole := range 101 {
		if _, _, ok := rollout.Weights(unit.Percent(whole * 10_000)); !ok {
			t.Errorf("%d%% has no weights", whole)
		}
	}
}
