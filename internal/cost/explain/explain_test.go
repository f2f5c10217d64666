package explain

import (
	"encoding/json"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/spend"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/schematest"
	"github.com/cutover-dev/cutover/internal/unit"
)

var update = flag.Bool("update", false, "write the schema and the wanted halves anew")

var begin = time.Date(2026, 9, 28, 0, 0, 0, 0, time.UTC) // a Monday

// app makes eight weeks of an app, with a change of Lambda on day 51.
func app(change float64) (d spend.Daily) {
	r := rand.New(rand.NewPCG(4, 4))
	for i := range 56 {
		at, f, l := begin.AddDate(0, 0, i), 1.0, 1.0
		if at.Weekday() == time.Sunday || at.Weekday() == time.Saturday {
			f = 0.7
		}
		if i >= 51 {
			l = change
		}
		usd := func(v float64) unit.Money { return unit.Money(math.Round(v * math.Exp(0.05*r.NormFloat64()) * 1e6)) }
		d.Days = append(d.Days, spend.Day{Date: at, Lines: []spend.Line{
			{Service: "AWS Lambda", UsageType: "Lambda-GB-Second-ARM", Amount: usd(2.5 * f * l), Quantity: 180000 * f * l},
			{Service: "AWS Lambda", UsageType: "Lambda-Requests-ARM", Amount: usd(0.5 * f), Quantity: 2.5e6 * f},
			{Service: "Amazon Relational Database Service", UsageType: "InstanceUsage:db.t4g.medium", Amount: usd(1.56), Quantity: 24},
			{Service: "AmazonCloudWatch", UsageType: "DataProcessing-Bytes", Amount: usd(0.8 * f)},
		}})
	}
	return d
}

// sumsOnly is what a file of sums tells.
func sumsOnly(d spend.Daily) (s spend.Daily) {
	for _, day := range d.Days {
		s.Days = append(s.Days, spend.Day{Date: day.Date, Lines: []spend.Line{{Amount: day.Total()}}})
	}
	return s
}

// What changed, in words and figures, tied to what else fell on the day.
//
// Shows: 5.7.6
func TestExplain(t *testing.T) {
	marks := []Mark{{begin.AddDate(0, 0, 51).Add(16 * time.Hour), "phase 50%", "https://example.com/2"}, {begin.AddDate(0, 0, 51).Add(9 * time.Hour), "deployment 1.8.0", "https://example.com/1"},
		{begin.AddDate(0, 0, 52), "deployment 1.8.1", ""}}
	alone := app(1)
	alone.Days[53].Lines[2].Amount *= 5
	gone := app(1)
	for i := 49; i < 56; i++ {
		gone.Days[i].Lines[3].Service = "AWS X-Ray"
	}
	hole := app(1.8)
	hole.Days = append(hole.Days[:45:45], hole.Days[46:]...)
	apart := app(1)
	apart.Days = append(apart.Days[:40:40], apart.Days[49:]...)
	open := app(1.8)
	open.Days[55].Estimated, open.Days[55].Lines = true, nil
	for name, c := range map[string]struct {
		d     spend.Daily
		marks []Mark
		now   time.Time
	}{
		"a-deployment":             {d: app(1.8), marks: marks},
		"cheaper":                  {d: app(0.5), marks: marks},
		"nothing-happened":         {d: app(1), marks: marks},
		"a-jump-without-a-mark":    {d: app(1.8)},
		"one-day-alone":            {d: alone, marks: marks},
		"a-service-instead":        {d: gone},
		"a-day-is-missing":         {d: hole},
		"no-day-in-both":           {d: apart},
		"the-last-day-is-not-over": {d: open, now: begin.AddDate(0, 0, 56).Add(5 * time.Hour)},
		"sums-only":                {d: sumsOnly(app(1.8)), marks: marks},
		"no-day":                   {},
	} {
		t.Run(name, func(t *testing.T) {
			e := Of(c.d, c.now, c.marks)
			text, err := json.MarshalIndent(e, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			schema := schematest.Of(t, "../../../schemas/cost-explain.schema.json", "Explanation of a week's cost", "What changed in spending since the week before, and what fell on the same day. Amounts are US dollars.", Explanation{}, *update)
			if err := schema.Check(string(text)); err != nil {
				t.Error(err)
			}
			got := report.Terminal(e.Document(), false) + "\n" + strings.Join(e.Words, "\n") + "\n"
			if strings.Contains(got, "because") || strings.Contains(got, "caused by") {
				t.Error("a cause is claimed")
			}
			path := filepath.Join("testdata", name+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(path); err != nil || string(want) != got {
				t.Errorf("%s is not as wanted; look at it and run with -update:\n%s", path, got)
			}
		})
	}
}

// The parts add up to the whole, digit for digit, however many there are.
func TestPartsAddUp(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 9))
		var d spend.Daily
		for i := range 14 {
			if r.IntN(8) == 0 {
				continue
			}
			day := spend.Day{Date: begin.AddDate(0, 0, i)}
			for range r.IntN(15) {
				day.Lines = append(day.Lines, spend.Line{Service: string(rune('A' + r.IntN(6))), UsageType: string(rune('a' + r.IntN(5))), Amount: unit.Money(r.Int64N(9e6) - 2e6), Quantity: float64(r.IntN(3))})
			}
			d.Days = append(d.Days, day)
		}
		e := Of(d, time.Time{}, nil)
		var change, was, is unit.Money
		for _, p := range e.Parts {
			change, was, is = change+p.change, was+p.was, is+p.is
			if p.ByQuantity != nil && math.Abs(*p.ByQuantity+*p.ByPrice-p.Change) > 1e-6 {
				t.Fatalf("%d: %s: %g and %g are not %g", seed, p.Name, *p.ByQuantity, *p.ByPrice, p.Change)
			}
		}
		if change != e.whole || was != e.before || is-was != change {
			t.Fatalf("%d: the parts make %d of %d", seed, change, e.whole)
		}
		if len(e.Parts) > mostParts+1 {
			t.Fatalf("%d: %d parts", seed, len(e.Parts))
		}
	}
}

// Two weeks of calm spending have weekends, and no jumps; neither have eight.
func TestWeekendsAreNoJumps(t *testing.T) {
	for _, n := range []int{14, 20, 56} {
		d := app(1)
		d.Days = d.Days[56-n:]
		for _, day := range d.Days {
			for i := range day.Lines {
				if w := day.Date.Weekday(); w == time.Saturday || w == time.Sunday {
					day.Lines[i].Amount /= 2
				}
			}
		}
		if e := Of(d, time.Time{}, nil); len(e.Jumps) > 0 {
			t.Errorf("%d days: %+v", n, e.Jumps)
		}
		if e := Of(sumsOnly(d), time.Time{}, nil); len(e.Jumps) > 0 {
			t.Errorf("%d days of sums: %+v", n, e.Jumps)
		}
	}
}

// A mark belongs to its day in UTC, wherever it was written down.
func TestMarksOfADay(t *testing.T) {
	day := time.Date(2026, 11, 18, 0, 0, 0, 0, time.UTC)
	for zone := -12; zone <= 14; zone++ {
		z := time.FixedZone("", zone*3600)
		got := sameDay([]Mark{{At: day.In(z), What: "first"}, {At: day.Add(24*time.Hour - 1).In(z), What: "last"}, {At: day.Add(-1).In(z)}, {At: day.Add(24 * time.Hour).In(z)}}, day)
		if len(got) != 2 || got[0].What != "first" || got[1].What != "last" {
			t.Errorf("UTC%+d: %v", zone, got)
		}
	}
}

// Names are strangers': none leaves as markup.
//
// Attack: function-names
func TestHostileNamesAreText(t *testing.T) {
	d := app(2)
	for i := range d.Days {
		d.Days[i].Lines[0].Service = `<script>alert(1)</script>`
		d.Days[i].Lines[0].UsageType = `"><img src=x onerror=alert(1)>`
	}
	page, err := report.HTML("x", Of(d, time.Time{}, []Mark{{begin.AddDate(0, 0, 51), "<b>deployed</b>", "javascript:alert(1)"}}).Document())
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script>alert", "<img", "<b>deployed", `href="javascript:`} {
		if strings.Contains(string(page), bad) {
			t.Errorf("the page has %s", bad)
		}
	}
}
