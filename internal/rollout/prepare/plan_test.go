package prepare_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
)

var ids = prepare.Checks{Blue: "check-b", Green: "check-g"}

// simple is the record before a cutover, as the console makes it.
func simple() []prepare.Set {
	a, aaaa := alias("A", blueZone, "dualstack."+blueName), alias("AAAA", blueZone, "dualstack."+blueName)
	a.Alias.Evaluate, aaaa.Alias.Evaluate = true, true
	return []prepare.Set{a, aaaa}
}

// Blue begins with everything: nobody notices a preparation.
//
// Shows: 5.5.1
// Shows: 5.5.2
func TestASimpleRecordBecomesThePair(t *testing.T) {
	r := record()
	sets := simple()
	plan, err := r.Prepare(r.Look(sets), ids, "")
	if err != nil || len(plan.Steps) != 2 || len(plan.Before) != 2 || len(plan.Changes) != 6 {
		t.Fatalf("%+v, %v", plan, err)
	}
	after := carry(t, sets, plan.Changes)
	s := r.Look(after)
	if split, err := r.Split(s); err != nil || split != rollout.SplitOf(0) || len(s.Pairs) != 2 {
		t.Fatalf("%+v, %v", split, err)
	}
	for _, p := range s.Pairs {
		if p.Blue.Identifier != "lego-blue" || p.Green.Identifier != "lego-green" || p.Blue.HealthCheck != "check-b" || p.Green.HealthCheck != "check-g" {
			t.Errorf("%+v", p)
		}
		if p.Blue.Alias.Target != "dualstack."+blueName+"." || p.Green.Alias.Target != greenName || p.Blue.Alias.Zone != blueZone || p.Green.Alias.Zone != greenZone {
			t.Errorf("%+v, %+v", p.Blue.Alias, p.Green.Alias)
		}
		if p.Blue.Alias.Evaluate || p.Green.Alias.Evaluate {
			t.Error("a target's own health would push users onto green")
		}
	}
	again, err := r.Prepare(s, ids, "")
	if err != nil || len(again.Changes)+len(again.Steps)+len(again.Before) != 0 {
		t.Errorf("once more: %+v, %v", again, err)
	}
	// A record in another's care that stands as it should is left alone.
	if _, err := r.Prepare(s, ids, "SST"); err != nil {
		t.Error(err)
	}
}

func TestACNAMEBecomesThePair(t *testing.T) {
	r := cname()
	sets := []prepare.Set{{Name: "api.example.com.", Type: "CNAME", TTL: 300, Values: []string{blueName}}}
	plan, err := r.Prepare(r.Look(sets), ids, "")
	if err != nil {
		t.Fatal(err)
	}
	p := r.Look(carry(t, sets, plan.Changes)).Pairs[0]
	if p.Blue.TTL != 60 || p.Green.TTL != 60 || p.Blue.Values[0] != blueName || p.Green.Values[0] != greenName || p.Blue.Alias != nil {
		t.Errorf("%+v", p)
	}
}

// A pair that stands keeps its weights and everything else.
func TestAPairGetsTheChecks(t *testing.T) {
	r := record()
	sets := pair("A", 9, 1)
	plan, err := r.Prepare(r.Look(sets), prepare.Checks{Blue: "b2", Green: "g2"}, "")
	if err != nil || len(plan.Before) != 0 || len(plan.Changes) != 4 {
		t.Fatalf("%+v, %v", plan, err)
	}
	p := r.Look(carry(t, sets, plan.Changes)).Pairs[0]
	if p.Blue.HealthCheck != "b2" || p.Green.HealthCheck != "g2" || p.Blue.Weight != 9 || p.Green.Weight != 1 || p.Blue.Identifier != "old" || p.Blue.Alias.Evaluate {
		t.Errorf("%+v", p)
	}
}

func TestPreparationRefuses(t *testing.T) {
	elsewhere := []prepare.Set{alias("A", blueZone, "other.example.net")}
	address := []prepare.Set{{Name: "api.example.com", Type: "A", TTL: 60, Values: []string{"192.0.2.1"}}}
	tests := map[string]struct {
		sets  []prepare.Set
		owner string
		want  string
	}{
		"SST's":                     {simple(), "SST", "belongs to SST"},
		"SST's, the way out":        {simple(), "SST", "dns: false"},
		"CloudFormation's":          {simple(), "CloudFormation stack api", "DeletionPolicy: Retain"},
		"Terraform's":               {simple(), "Terraform", "removed block"},
		"somebody's":                {simple(), "Pulumi", "leave it standing"},
		"a pair of SST's":           {with(pair("A", 9, 1), pair("AAAA", 9, 1)...), "SST", "belongs to SST"},
		"it leads elsewhere":        {elsewhere, "", "does not lead to blue"},
		"an address":                {address, "", "does not lead to blue"},
		"nothing stands":            {nil, "", "does not stand"},
		"weighted with a third":     {with(pair("A", 9, 1), weigh(elsewhere[0], "third", 1)), "", "third place"},
		"half prepared, by a crash": {with(pair("A", 1, 0), alias("AAAA", blueZone, blueName)), "", "half prepared"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := record()
			plan, err := r.Prepare(r.Look(test.sets), prepare.Checks{Blue: "b2", Green: "g2"}, test.owner)
			has(t, err, test.want)
			if len(plan.Changes) > 0 {
				t.Errorf("%+v", plan.Changes)
			}
		})
	}
}

// There and back, from every simple record that can be prepared.
func TestTheWayBack(t *testing.T) {
	six := simple()
	for name, test := range map[string]struct {
		record prepare.Record
		sets   []prepare.Set
	}{
		"A and AAAA": {record(), six}, "A": {record(), six[:1]},
		"CNAME": {cname(), []prepare.Set{{Name: "api.example.com.", Type: "CNAME", TTL: 300, Values: []string{blueName}}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := test.record
			plan, err := r.Prepare(r.Look(test.sets), ids, "")
			if err != nil {
				t.Fatal(err)
			}
			text := r.Keep(plan)
			now := carry(t, test.sets, plan.Changes)
			back, err := r.Undo(r.Look(now), text)
			if err != nil {
				t.Fatal(err)
			}
			after := carry(t, now, back)
			if fmt.Sprint(sorted(after)) != fmt.Sprint(sorted(test.sets)) {
				t.Errorf("%v\nwant\n%v", sorted(after), sorted(test.sets))
			}
			if again, err := r.Undo(r.Look(after), text); err != nil || len(again) != 0 {
				t.Errorf("once more: %v, %v", again, err)
			}
		})
	}
}

func sorted(sets []prepare.Set) (all []string) {
	for _, kind := range []string{"A", "AAAA", "CNAME"} {
		for _, s := range sets {
			if s.Type == kind {
				all = append(all, words(s))
			}
		}
	}
	return all
}

func TestTheWayBackRefuses(t *testing.T) {
	r := record()
	plan, err := r.Prepare(r.Look(simple()), ids, "")
	if err != nil {
		t.Fatal(err)
	}
	text := string(r.Keep(plan))
	whole := with(pair("A", 1, 0), pair("AAAA", 1, 0)...)
	tests := map[string]struct {
		sets       []prepare.Set
		text, want string
	}{
		"green has traffic":  {with(pair("A", 9, 1), pair("AAAA", 9, 1)...), text, "still gives green traffic"},
		"both weights 0":     {with(pair("A", 0, 0), pair("AAAA", 0, 0)...), text, "still gives green traffic"},
		"green has all":      {with(pair("A", 0, 1), pair("AAAA", 0, 1)...), text, "still gives green traffic"},
		"a third record":     {with(whole, weigh(alias("A", greenZone, "other.example.net"), "third", 1)), text, "third place"},
		"half prepared":      {with(pair("A", 1, 0), alias("AAAA", blueZone, blueName)), text, "half prepared"},
		"another simple one": {[]prepare.Set{alias("A", blueZone, "other.example.net")}, text, "is not weighted"},
		"no JSON":            {whole, "{", "cannot be read"},
		"two documents":      {whole, text + text, "cannot be read"},
		"a word more":        {whole, strings.Replace(text, `"format"`, `"x": 1, "format"`, 1), "cannot be read"},
		"another zone":       {whole, strings.Replace(text, "Z0123456789", "Z9876543210", 1), "is not this record's"},
		"another format":     {whole, strings.Replace(text, `"format": 1`, `"format": 2`, 1), "is not this record's"},
		"another name in it": {whole, strings.Replace(text, `"name": "api.example.com."`, `"name": "www.example.com."`, 1), "holds another name"},
		"another policy":     {whole, strings.Replace(text, `"type": "A"`, `"routing": "latency", "type": "A"`, 1), "is no simple record"},
		"a weighted one":     {whole, strings.Replace(text, `"type": "A"`, `"routing": "weighted", "type": "A"`, 1), "is no simple record"},
		"another type":       {whole, strings.Replace(text, `"type": "AAAA"`, `"type": "TXT"`, 1), "is no simple record"},
		"twice the same":     {whole, strings.Replace(text, `"type": "AAAA"`, `"type": "A"`, 1), "is no simple record"},
		"it leads elsewhere": {whole, strings.ReplaceAll(text, blueName, "other.example.net"), "does not lead to blue"},
		"no sets":            {whole, `{"format":1,"zone":"Z0123456789","record":"api.example.com","sets":[]}`, "is not this record's"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			changes, err := r.Undo(r.Look(test.sets), []byte(test.text))
			has(t, err, test.want)
			if len(changes) > 0 {
				t.Errorf("%+v", changes)
			}
		})
	}
}

// What is kept is read as it was written, or refused: whatever stands in it, only
// simple records to blue under this name come back.
func FuzzUndo(f *testing.F) {
	r := record()
	plan, err := r.Prepare(r.Look(simple()), ids, "")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(r.Keep(plan))
	f.Add([]byte(`{"format":1,"zone":"Z0123456789","record":"api.example.com","sets":[{}]}`))
	f.Add([]byte(`null`))
	stands := r.Look(with(pair("A", 1, 0), pair("AAAA", 1, 0)...))
	f.Fuzz(func(t *testing.T, text []byte) {
		changes, err := r.Undo(stands, text)
		if err != nil {
			return
		}
		for _, c := range changes[4:] {
			if c.Action != prepare.Create || c.Set.Routing != "" || c.Set.Target() != blueName || c.Set.Type != "A" && c.Set.Type != "AAAA" {
				t.Errorf("%+v", c)
			}
		}
	})
}
