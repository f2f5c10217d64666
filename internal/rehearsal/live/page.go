package live

import (
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Summary is a scenario's result as JSON. Seconds are AWS's.
type Summary struct {
	Scenario string          `json:"scenario"`
	Verdict  verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Lead     string          `json:"lead"`
	// Speed is how many times as fast AWS's clock ran.
	Speed    float64 `json:"speed"`
	Requests int64   `json:"requests"`
	Harmed   int64   `json:"harmed"`
	// GreenByRecord is green's share by the record at the end, in percent.
	GreenByRecord float64      `json:"green_by_record"`
	Legs          []SummaryLeg `json:"legs"`
	Wrong         []string     `json:"wrong"`
	WallSeconds   float64      `json:"wall_seconds"`
}

// SummaryLeg is one leg; null seconds are those of one that never ended, or has no
// bound.
type SummaryLeg struct {
	Name    string   `json:"name"`
	Seconds *float64 `json:"seconds" jsonschema:"nullable"`
	Within  *float64 `json:"within_seconds" jsonschema:"nullable"`
}

// Summary puts the figures together.
func (f Figures) Summary() Summary {
	s := Summary{
		Scenario: f.Scenario.Name, Verdict: f.Verdict(), Lead: f.Lead(), Speed: f.Speed, Requests: f.All.Requests(), Harmed: f.All.Harm(),
		GreenByRecord: 100 * f.Stands, Legs: []SummaryLeg{}, Wrong: append([]string{}, f.Wrong()...), WallSeconds: f.Took.Seconds(),
	}
	for _, l := range f.legs() {
		out := SummaryLeg{Name: l.name}
		if took, ok := l.length(); ok {
			out.Seconds = new(took.Seconds())
		}
		if l.within > 0 {
			out.Within = new(l.within.Seconds())
		}
		s.Legs = append(s.Legs, out)
	}
	return s
}

// Lead is the scenario in one sentence.
func (f Figures) Lead() string {
	users := fmt.Sprintf("%s of the users' %s requests were harmed", report.Grouped(f.All.Harm()), report.Grouped(f.All.Requests()))
	switch s := f.Scenario; {
	case f.Fault.IsZero():
		return fmt.Sprintf("Green has %.0f%% of the traffic; %s.", 100*f.Stands, users)
	case s.Spared:
		return fmt.Sprintf("DNS left green, and gave it its weight back %s: %s. Only a rollback ends this.", times(f.Returns), users)
	case s.Killed:
		return fmt.Sprintf("With no process of ours alive DNS had the users on blue %s after the fault; %s.", leg{from: f.Fault, to: f.Back}.took(), users)
	case s.NoControl:
		return fmt.Sprintf("With no record to change DNS had the users on blue %s after the decision; %s.", leg{from: f.Decided, to: f.Back}.took(), users)
	}
	return fmt.Sprintf("The watcher decided %s after the fault, and the users were on blue %s later; %s.", leg{from: f.Fault, to: f.Decided}.took(), leg{from: f.Decided, to: f.Back}.took(), users)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// Document shows the scenario: who got the users' requests, what happened when,
// and how long each leg took.
func (f Figures) Document() report.Document {
	d := report.Document{Title: f.Scenario.Title, Verdict: f.Verdict(), Lead: f.Lead()}
	d.Blocks = append(d.Blocks, f.chart())
	if legs := f.legs(); len(legs) > 0 {
		d.Blocks = append(d.Blocks, legTable(legs))
	}
	d.Blocks = append(d.Blocks, f.usersTable(), report.Text{Body: f.stands()}, f.log())
	for _, wrong := range f.Wrong() {
		d.Blocks = append(d.Blocks, report.Text{Body: "Not as it should be: " + wrong + "."})
	}
	return d
}

// About says how the figures came about, once for all of them.
func About(speed float64) report.Text {
	return report.Text{Body: fmt.Sprintf(
		"Real processes on this machine: traffic-shift as it is released, blue and green as servers, and vegeta as the users, who ask at a pace that no answer changes and follow DNS as their resolvers keep it. Route 53, CloudWatch, S3 and ECS are in memory, with AWS's rules; AWS's clock ran %.0f times as fast, and all times here are its own. What this machine needs for a tick counts %.0f-fold, so that legs are rather too long. AWS's own delays are not in them: CloudWatch's figures reach Route 53 here as soon as a minute is over.", speed, speed)}
}

// grain is over what the chart's points are counted.
const grain = 20 * time.Second

func (f Figures) chart() report.Chart {
	start, end := f.Tally.origin.Truncate(grain), f.Tally.Last().Truncate(grain)
	c := report.Chart{Caption: "The users' requests, by who answered them", Unit: " requests a minute", Start: start, End: end, Series: []report.Series{
		{Name: "blue", Side: report.Blue}, {Name: "green", Side: report.Green}, {Name: "harmed", Tone: report.Bad},
	}}
	for at := start; at.Before(end); at = at.Add(grain) {
		n := f.Tally.Between(at, at.Add(grain))
		if at.Equal(start) {
			continue // it began in mid-span
		}
		for i, value := range []int64{n.Sent[Blue], n.Sent[Green], n.Harm()} {
			c.Series[i].Points = append(c.Series[i].Points, report.Point{At: at.Add(grain / 2), Value: float64(value) * float64(time.Minute/grain)})
		}
	}
	for _, m := range []report.Event{
		{Label: "watcher killed", At: f.Killed, Tone: report.Doubt}, {Label: "green breaks", At: f.Fault, Tone: report.Bad},
		{Label: "decided", At: f.Decided}, {Label: "record gives blue everything", At: f.Record}, {Label: "DNS leaves green", At: f.DNS},
		{Label: "95% on blue", At: f.Back, Tone: report.Good},
	} {
		if !m.At.IsZero() {
			c.Marks = append(c.Marks, m)
		}
	}
	return c
}

func legTable(legs []leg) report.Table {
	t := report.Table{Caption: "The way back, by AWS's clock", Columns: []report.Column{{Title: "leg"}, {Title: "took", Numeric: true}, {Title: "may take", Numeric: true}}}
	for _, l := range legs {
		within, tone := "", report.Plain
		if took, ok := l.length(); l.within > 0 {
			within, tone = report.Seconds(l.within), report.Good
			if !ok || took > l.within {
				tone = report.Bad
			}
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: l.name}, {Text: l.took(), Tone: tone}, {Text: within}})
	}
	return t
}

// stands is what the record says in the end, and what DNS makes of it.
func (f Figures) stands() string {
	text := fmt.Sprintf("In the end the record gives green %.0f%%", 100*f.Stands)
	if n := len(f.Stand); n > 0 {
		text += fmt.Sprintf(", and of DNS's answers %.0f%% lead there", 100*f.Stand[n-1].DNS)
	}
	if f.Returns > 0 {
		text += fmt.Sprintf("; DNS gave green its weight back %s after the fault", times(f.Returns))
	}
	return text + "."
}

// usersTable is what users got.
func (f Figures) usersTable() report.Table {
	t := report.Table{Caption: "What the users got", Columns: []report.Column{{Title: "when"}, {Title: "asked blue", Numeric: true}, {Title: "asked green", Numeric: true}, {Title: "harmed", Numeric: true}}}
	row := func(name string, c Count) {
		t.Rows = append(t.Rows, []report.Cell{{Text: name}, {Text: report.Grouped(c.Sent[Blue])}, {Text: report.Grouped(c.Sent[Green])}, {Text: report.Grouped(c.Harm())}})
	}
	row("in all", f.All)
	if !f.Fault.IsZero() {
		row("since the fault", f.Since)
	}
	if !f.Back.IsZero() {
		row("once 95% were on blue", f.Tally.Between(f.Back, f.Tally.Last()))
	}
	return t
}

// log is what the rollout's own log says.
func (f Figures) log() report.Table {
	t := report.Table{Caption: "The rollout's log", Columns: []report.Column{{Title: "at (UTC)"}, {Title: "what"}, {Title: "why"}}}
	for _, e := range f.Events {
		t.Rows = append(t.Rows, []report.Cell{{Text: e.At.Format("15:04:05")}, {Text: e.Kind, Code: true}, {Text: e.Reason}})
	}
	return t
}
