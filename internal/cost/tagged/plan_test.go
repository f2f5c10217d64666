package tagged_test

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/tagged"
)

var (
	now  = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	keys = []string{"Project", "Environment"}
)

func actions(steps []tagged.Step) string {
	var all []string
	for _, s := range steps {
		all = append(all, string(s.Action)+" "+strings.Join(s.Keys, ","))
	}
	return strings.Join(all, "; ")
}

// Shows: 5.7.2
func TestPlan(t *testing.T) {
	active := map[string]tagged.Activation{"Project": tagged.Active, "Environment": tagged.Active}
	long := now.AddDate(0, -3, 0)
	for name, x := range map[string]struct {
		keys  []string
		b     tagged.Billing
		first time.Time
		want  string
	}{
		"not seen yet":              {keys, tagged.Billing{}, now.Add(-time.Hour), "wait Environment,Project"},
		"nothing carries them":      {keys, tagged.Billing{}, time.Time{}, "wait Environment,Project"},
		"seen":                      {keys, tagged.Billing{Keys: map[string]tagged.Activation{"Project": tagged.Inactive, "Environment": tagged.Inactive}}, long, "activate Environment,Project"},
		"one is active":             {keys, tagged.Billing{Keys: map[string]tagged.Activation{"Project": tagged.Active, "Environment": tagged.Inactive}}, long, "activate Environment"},
		"one is not seen":           {keys, tagged.Billing{Keys: map[string]tagged.Activation{"Project": tagged.Inactive}}, long, "activate Project; wait Environment"},
		"both are active":           {keys, tagged.Billing{Keys: active}, long, "backfill Environment,Project"},
		"when they came is unknown": {keys, tagged.Billing{Keys: active}, time.Time{}, ""},
		"a backfill runs":           {keys, tagged.Billing{Keys: active, Backfills: []tagged.Backfill{{Asked: now, State: tagged.Running}}}, long, "wait Environment,Project"},
		"of an unknown state":       {keys, tagged.Billing{Keys: active, Backfills: []tagged.Backfill{{Asked: now, State: "odd"}}}, long, "wait Environment,Project"},
		"a backfill is done":        {keys, tagged.Billing{Keys: active, Backfills: []tagged.Backfill{{State: tagged.Failed}, {State: tagged.Done}}}, long, ""},
		"a backfill has failed":     {keys, tagged.Billing{Keys: active, Backfills: []tagged.Backfill{{State: tagged.Failed}}}, long, "backfill_failed Environment,Project"},
		"another account pays":      {keys, tagged.Billing{Linked: true}, long, "elsewhere Environment,Project"},
		"nothing is wanted":         {nil, tagged.Billing{}, long, ""},
	} {
		steps := tagged.Plan(x.keys, x.b, x.first, now)
		if got := actions(steps); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
		for _, s := range steps {
			if s.Why == "" || s.Commands == nil {
				t.Errorf("%s: %+v", name, s)
			}
			for _, c := range s.Commands {
				if out, err := exec.Command("bash", "-n", "-c", c).CombinedOutput(); err != nil {
					t.Errorf("%s: %s %s", name, c, out)
				}
			}
		}
	}
}

// The commands for the account that pays are whole. Shows: 5.7.1
func TestElsewhere(t *testing.T) {
	s := tagged.Plan(keys, tagged.Billing{Linked: true, Payer: "111122223333"}, now.AddDate(-3, 0, 0), now)
	want := []string{
		`aws ce update-cost-allocation-tags-status --cost-allocation-tags-status='[{"TagKey":"Environment","Status":"Active"},{"TagKey":"Project","Status":"Active"}]'`,
		`aws ce start-cost-allocation-tag-backfill --backfill-from=2025-12-01T00:00:00Z`,
	}
	if len(s) != 1 || fmt.Sprint(s[0].Commands) != fmt.Sprint(want) || !strings.Contains(s[0].Why, "111122223333") {
		t.Errorf("%+v", s)
	}
}

// A backfill begins with the first of a month that is no more than twelve months
// ago and not in the future, whatever day it is.
func TestBackfillsBeginAtMonths(t *testing.T) {
	active := tagged.Billing{Keys: map[string]tagged.Activation{"Project": tagged.Active}}
	for day := time.Date(2027, 12, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2029; day = day.Add(17 * time.Hour) {
		for _, first := range []time.Time{day.AddDate(-5, 0, 0), day.AddDate(0, -2, 0), day} {
			from := *tagged.Plan([]string{"Project"}, active, first, day)[0].From
			if from.Day() != 1 || from.Hour() != 0 || from.After(day) || from.AddDate(1, 0, 0).Before(day.Truncate(24*time.Hour)) || from.Location() != time.UTC {
				t.Fatalf("on %s since %s: %s", day, first, from)
			}
		}
	}
	// In the first hour of a month elsewhere it is still the month before in UTC.
	east := time.Date(2026, 12, 1, 0, 30, 0, 0, time.FixedZone("", 10*3600))
	if from := *tagged.Plan([]string{"Project"}, active, east, east)[0].From; from != time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC) {
		t.Error(from)
	}
}

// Billing as it behaves: keys appear, become active, a backfill runs and ends. However
// often and whenever the plan is carried out, each key is activated once at most, a
// backfill is asked for once, and it comes to an end.
func TestPlansComeToAnEnd(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		var many []string
		for n := range 1 + r.IntN(60) {
			many = append(many, fmt.Sprintf("key-%d", n))
		}
		b, first, asked, activated := tagged.Billing{Keys: map[string]tagged.Activation{}}, now, 0, map[string]int{}
		at := now
		for range 400 {
			at = at.Add(time.Duration(r.IntN(12)) * time.Hour)
			for _, k := range many {
				if _, ok := b.Keys[k]; !ok && r.IntN(3) == 0 {
					b.Keys[k] = tagged.Inactive
				}
			}
			if n := len(b.Backfills); n > 0 && r.IntN(4) == 0 {
				b.Backfills[n-1].State = tagged.Done
			}
			for range 1 + r.IntN(2) { // a run that is repeated at once
				for _, s := range tagged.Plan(many, b, first, at) {
					switch s.Action {
					case tagged.Activate:
						if len(s.Keys) > 20 {
							t.Fatal("more than a call takes")
						}
						for _, k := range s.Keys {
							activated[k]++
							b.Keys[k] = tagged.Active
						}
					case tagged.Ask:
						asked++
						b.Backfills = append(b.Backfills, tagged.Backfill{From: *s.From, Asked: at, State: tagged.Running})
					}
				}
			}
		}
		if steps := tagged.Plan(many, b, first, at); len(steps) > 0 || asked != 1 || len(activated) != len(many) {
			t.Fatalf("seed %d: %s, %d backfills, %d activated", seed, actions(steps), asked, len(activated))
		}
		for k, n := range activated {
			if n != 1 {
				t.Fatalf("%s was activated %d times", k, n)
			}
		}
	}
}
