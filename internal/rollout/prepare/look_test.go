package prepare_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
)

func sprint(s prepare.Set) string { return fmt.Sprintf("%+v", s) }

func TestWhatStands(t *testing.T) {
	both := with(pair("A", 9, 1), pair("AAAA", 9, 1)...)
	third := weigh(alias("A", greenZone, "other.example.net"), "third", 1)
	latency := alias("A", blueZone, blueName)
	latency.Routing, latency.Identifier = "latency", "x"
	other := alias("A", blueZone, blueName)
	other.Name = "www.example.com."
	upper := alias("A", blueZone, "API-1.us-east-1.elb.amazonaws.com")
	upper.Name = "API.Example.COM"
	tests := map[string]struct {
		record  prepare.Record
		sets    []prepare.Set
		kind    prepare.Kind
		trouble string // of Split
	}{
		"the pair":                      {record(), both, prepare.Paired, ""},
		"the pair, A alone":             {record(), pair("A", 1, 0), prepare.Paired, ""},
		"a simple alias":                {record(), []prepare.Set{alias("A", blueZone, blueName)}, prepare.Simple, "is not weighted"},
		"in other letters":              {record(), []prepare.Set{upper}, prepare.Simple, "is not weighted"},
		"nothing":                       {record(), nil, prepare.Nothing, "does not stand in hosted zone Z0123456789"},
		"another name":                  {record(), []prepare.Set{other}, prepare.Nothing, "does not stand"},
		"a third record":                {record(), with(both, third), prepare.Foreign, "A third other.example.net"},
		"blue alone":                    {record(), both[:1], prepare.Foreign, "no weighted record of type A that leads to green"},
		"green alone":                   {record(), both[1:2], prepare.Foreign, "no weighted record of type A that leads to blue"},
		"neither side":                  {record(), []prepare.Set{third}, prepare.Foreign, "leads to a third place"},
		"blue twice":                    {record(), with(both, weigh(alias("A", blueZone, blueName), "again", 3)), prepare.Foreign, "has 2 weighted records of type A that lead to blue"},
		"latency":                       {record(), []prepare.Set{latency}, prepare.Foreign, "not weighted but routed by latency"},
		"A weighted, AAAA simple":       {record(), with(pair("A", 1, 0), alias("AAAA", blueZone, blueName)), prepare.Foreign, "half prepared"},
		"AAAA alone":                    {record(), pair("AAAA", 1, 0), prepare.Foreign, "no record of type A"},
		"weights differ by type":        {record(), with(pair("A", 9, 1), pair("AAAA", 1, 1)...), prepare.Paired, "A green 1, blue 9; AAAA green 1, blue 1"},
		"a CNAME where an alias should": {record(), []prepare.Set{{Name: "api.example.com", Type: "CNAME", TTL: 60, Values: []string{blueName}}}, prepare.Foreign, "is of type CNAME"},
		"an alias where a CNAME should": {cname(), both, prepare.Foreign, "is of type A"},
		"a simple CNAME":                {cname(), []prepare.Set{{Name: "api.example.com", Type: "CNAME", TTL: 60, Values: []string{blueName + "."}}}, prepare.Simple, "is not weighted"},
		"other types do not count":      {record(), with(both, prepare.Set{Name: "api.example.com.", Type: "TXT", TTL: 60, Values: []string{`"x"`}}), prepare.Paired, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := test.record.Look(test.sets)
			if s.Kind != test.kind {
				t.Errorf("%s, want %s", s.Kind, test.kind)
			}
			split, err := test.record.Split(s)
			if test.trouble == "" {
				if err != nil || split.Green+split.Blue == 0 {
					t.Errorf("%v, %v", split, err)
				}
				return
			}
			has(t, err, test.trouble)
		})
	}
}

// Shows: 5.5.1
func TestShiftRefusesUpAndNeverDown(t *testing.T) {
	third := weigh(alias("A", greenZone, "other.example.net"), "third", 1)
	tests := map[string]struct {
		sets    []prepare.Set
		to      rollout.Split
		changes int
		trouble string
	}{
		"up":                                {with(pair("A", 9, 1), pair("AAAA", 9, 1)...), rollout.Split{Green: 1, Blue: 1}, 8, ""},
		"down":                              {with(pair("A", 9, 1), pair("AAAA", 9, 1)...), rollout.Split{Green: 0, Blue: 1}, 8, ""},
		"they stand":                        {with(pair("A", 9, 1), pair("AAAA", 9, 1)...), rollout.Split{Green: 1, Blue: 9}, 0, ""},
		"a third record, up":                {with(pair("A", 9, 1), third), rollout.Split{Green: 1, Blue: 1}, 0, "third place"},
		"a third record, down":              {with(pair("A", 9, 1), third), rollout.Split{Green: 0, Blue: 1}, 4, ""},
		"types disagree, up for one":        {with(pair("A", 9, 1), pair("AAAA", 1, 1)...), rollout.Split{Green: 1, Blue: 3}, 0, "differ by type"},
		"types disagree, to the lower":      {with(pair("A", 9, 1), pair("AAAA", 1, 1)...), rollout.Split{Green: 1, Blue: 9}, 8, ""},
		"types disagree, down":              {with(pair("A", 9, 1), pair("AAAA", 1, 1)...), rollout.Split{Green: 0, Blue: 1}, 8, ""},
		"both weights 0 stand, one half up": {pair("A", 0, 0), rollout.Split{Green: 1, Blue: 1}, 4, ""},
		"both weights 0 and a third, down":  {with(pair("A", 0, 0), third), rollout.Split{Green: 1, Blue: 3}, 4, ""},
		"both weights 0 and a third, up":    {with(pair("A", 0, 0), third), rollout.Split{Green: 3, Blue: 1}, 0, "third place"},
		"half prepared, down":               {with(pair("A", 9, 1), alias("AAAA", blueZone, blueName)), rollout.Split{Green: 0, Blue: 1}, 4, ""},
		"half prepared, up":                 {with(pair("A", 9, 1), alias("AAAA", blueZone, blueName)), rollout.Split{Green: 1, Blue: 1}, 0, "half prepared"},
		"simple":                            {[]prepare.Set{alias("A", blueZone, blueName)}, rollout.Split{Green: 0, Blue: 1}, 0, "is not weighted"},
		"to nothing":                        {pair("A", 9, 1), rollout.Split{}, 0, "not both 0"},
		"too heavy":                         {pair("A", 9, 1), rollout.Split{Green: 256, Blue: 1}, 0, "from 0 to 255"},
		"below nothing":                     {pair("A", 9, 1), rollout.Split{Green: -1, Blue: 1}, 0, "from 0 to 255"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := record()
			changes, err := r.Shift(r.Look(test.sets), test.to)
			for i, c := range changes {
				if (c.Action == prepare.Delete) != (i < len(changes)/2) {
					t.Errorf("deletions do not come first: %d is %s", i, c.Action)
				}
			}
			if len(changes) != test.changes {
				t.Errorf("%d changes, want %d", len(changes), test.changes)
			}
			if test.trouble != "" {
				has(t, err, test.trouble)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// From any weights a shift ends exactly at the wanted ones or changes nothing,
// and leaves everything else of the sets, and of the record, alone.
//
// Shows: 5.5.1
func TestShiftEndsThereOrChangesNothing(t *testing.T) {
	for seed := range uint64(5000) {
		oneShift(t, rand.New(rand.NewPCG(seed, 53)), seed)
	}
}

func oneShift(t *testing.T, random *rand.Rand, seed uint64) {
	t.Helper()
	r := record()
	// The ends of the range come often.
	weight := func() int64 { return []int64{0, 1, 255, random.Int64N(256), random.Int64N(256)}[random.IntN(5)] }
	sets := pair("A", weight(), weight())
	if random.IntN(2) == 0 {
		six := pair("AAAA", sets[0].Weight, sets[1].Weight)
		if random.IntN(3) == 0 {
			six[0].Weight = weight()
		}
		sets = append(sets, six...)
	}
	if random.IntN(5) == 0 {
		sets = append(sets, weigh(alias("A", greenZone, "other.example.net"), "third", 1))
	}
	random.Shuffle(len(sets), func(i, j int) { sets[i], sets[j] = sets[j], sets[i] })
	to := rollout.Split{Green: int(weight()), Blue: int(weight())}
	changes, err := r.Shift(r.Look(sets), to)
	if err != nil {
		if len(changes) > 0 {
			t.Fatalf("seed %d: refused, with changes: %v", seed, err)
		}
		return
	}
	after := carry(t, sets, changes)
	if len(after) != len(sets) {
		t.Fatalf("seed %d: %d sets of %d", seed, len(after), len(sets))
	}
	before := map[string]prepare.Set{}
	for _, s := range sets {
		before[s.Type+s.Identifier] = s
	}
	for _, s := range after {
		was := before[s.Type+s.Identifier]
		switch s.Identifier {
		case "old":
			was.Weight = int64(to.Blue)
		case "new":
			was.Weight = int64(to.Green)
		}
		if words(s) != words(was) {
			t.Fatalf("seed %d: %s\nwant\n%s", seed, words(s), words(was))
		}
	}
	if again, err := r.Shift(r.Look(after), to); len(again) != 0 || err != nil && len(changes) == 0 {
		t.Fatalf("seed %d, once more: %v, %v", seed, again, err)
	}
}

// A refusal by two rules tells both.
func TestEveryTroubleIsTold(t *testing.T) {
	r := record()
	_, err := r.Split(r.Look([]prepare.Set{
		weigh(alias("A", greenZone, "other.example.net"), "third", 1), weigh(alias("A", blueZone, blueName), "old", 1),
	}))
	has(t, err, "third place")
	has(t, err, "leads to green")
	var all interface{ Unwrap() []error }
	if !errors.As(err, &all) || len(all.Unwrap()) != 2 {
		t.Errorf("%v", err)
	}
}
