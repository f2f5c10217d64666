package story

import (
	"fmt"
	"math"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// drawn says whether there is anything to draw over time.
func (t *telling) drawn() bool { return len(t.Samples) > 0 && t.end.After(t.start) }

// over returns a chart over the whole story.
func (t *telling) over(caption, unit string) report.Chart {
	return report.Chart{Caption: caption, Unit: unit, Start: t.start, End: t.end, Bands: t.bands(), Marks: t.marks(), Again: true}
}

// traffic draws how much green was to get, and got.
func (t *telling) traffic() []report.Block {
	if !t.drawn() {
		return nil
	}
	c := t.over("Green's share of the traffic", "%")
	c.Again, c.Marks = false, t.happenings()
	c.Series = []report.Series{
		{Name: "planned", Step: true, Dashed: true, Tone: report.Quiet, Points: t.planned()},
		{Name: "green got", Side: report.Green, Points: t.smooth(t.shareRatios(), 1)},
	}
	return []report.Block{
		report.Section{Title: "The traffic"}, c,
		report.Text{Body: "What green got should follow what was planned within a few minutes: that is how long clients keep the old DNS answer. Where it does not, the weights are not what green really carries."},
	}
}

// rates draws what share of each side's requests was bad.
func (t *telling) rates() []report.Block {
	if !t.drawn() {
		return nil
	}
	var blocks []report.Block
	for _, o := range t.Policy.Rules.Objectives {
		if o.Name == judge.ErrorRate || o.Name == judge.Slow || t.notable(o) {
			blocks = append(blocks, t.rate(t.over(capital(labelOf(o.Name))+", share of each side's requests", "%"), o, pooled(t.end.Sub(t.start)))...)
		}
	}
	if len(blocks) == 0 {
		return nil
	}
	return append([]report.Block{report.Section{Title: "How both sides answered"}}, blocks...)
}

// notable says whether an objective that is a guard had a part in the story.
func (t *telling) notable(o judge.Objective) bool {
	if o.Name == t.focus {
		return o.Unit == "%" && !isGauge(o)
	}
	for _, s := range t.Samples {
		if p := pointOf(s, o.Name); p != nil && (p.Broken >= math.Log(10) || p.Worse >= p.Threshold) {
			return true
		}
	}
	return false
}

// How many times its limit an axis shows, over the whole story and in a
// close-up: more would flatten everything else.
const beyond, beyondClose = 10, 50

// rate draws one objective of both sides onto a chart, and says what to look
// for; nothing when there are no figures.
func (t *telling) rate(c report.Chart, o judge.Objective, window int) []report.Block {
	times := float64(beyond)
	if !c.Start.Equal(t.start) {
		times = beyondClose
	}
	greens, blues := t.sideRatios(o.Name, report.Green), t.sideRatios(o.Name, report.Blue)
	blue := report.Series{Name: "blue", Side: report.Blue, Points: t.smooth(blues, window)}
	green := report.Series{Name: "green", Side: report.Green, Points: t.smooth(greens, window)}
	most, found := highest(green, blue)
	if !found {
		return nil
	}
	c.Series = []report.Series{green}
	if _, found := highest(blue); found {
		c.Series = []report.Series{blue, green}
	}
	look := "Green should stay near blue"
	if o.Limit > 0 {
		c.Limits = []report.Limit{{Label: "limit " + amount(o, o.Limit), Value: 100 * o.Limit, Tone: report.Bad}}
		look = "Green should stay under the limit, and near blue"
		if most > 100*o.Limit*times {
			c.Max = min(100*o.Limit*times, 100)
		} else {
			c.Max = headroom(c)
		}
	}
	if window > 1 {
		look += fmt.Sprintf("; each point takes in the last %d minutes, and more where requests are few", window)
	}
	look += "."
	if share, at, of := worst(greens); !math.IsNaN(share) && window > 1 {
		look += fmt.Sprintf(" Green's worst single minute was %s at %s, of %s requests.", rate(share), t.clock(at), report.Grouped(int64(of)))
	}
	return []report.Block{c, report.Text{Body: look}}
}
