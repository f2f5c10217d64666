package story

import (
	"fmt"
	"math"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// evidence draws how the tests made up their mind. All of it is told as odds:
// a person who knows no statistics knows what 1,600 to 1 is.
func (t *telling) evidence() []report.Block {
	if !t.drawn() {
		return nil
	}
	var limited, proved []judge.Objective
	for _, o := range t.Policy.Rules.Objectives {
		if t.has(o, func(p *rollout.Point) float64 { return p.Broken }) && (o.Prove || t.notable(o)) {
			limited = append(limited, o)
		}
		if t.has(o, func(p *rollout.Point) float64 { return p.Proof }) {
			proved = append(proved, o)
		}
	}
	blocks := t.against(t.over("Evidence that green breaks a limit", ":1"), limited)
	blocks = append(blocks, t.worse()...)
	blocks = append(blocks, t.proof(proved)...)
	if len(blocks) == 0 {
		return nil
	}
	return append([]report.Block{report.Section{Title: "How sure that is"}}, blocks...)
}

// has says whether a figure is known of an objective at any time.
func (t *telling) has(o judge.Objective, of func(*rollout.Point) float64) bool {
	for _, s := range t.Samples {
		if p := pointOf(s, o.Name); p != nil && !math.IsNaN(of(p)) {
			return true
		}
	}
	return false
}

const (
	// leastOdds is where pictures of evidence end: less only says that nothing
	// is wrong.
	leastOdds = 0.01
	// pastThreshold is how far beyond what it takes they go on. A clear case
	// runs to 10^300, and how the decision came would not be seen.
	pastThreshold = 100
)

// climb draws a logarithm of the evidence as odds.
func (t *telling) climb(o judge.Objective, of func(*rollout.Point) float64) report.Series {
	return report.Series{Name: labelOf(o.Name), Points: t.values(func(s rollout.Sample) float64 {
		p := pointOf(s, o.Name)
		if p == nil {
			return math.NaN()
		}
		return oddsOf(of(p))
	})}
}

func oddsOf(log float64) float64 {
	return max(math.Exp(min(log, 690)), leastOdds) // NaN stays NaN
}

// needed draws the odds that it takes, which change with each new watch.
func (t *telling) needed(label string) report.Series {
	s := report.Series{Name: label, Step: true, Dashed: true, Tone: report.Bad}
	for _, sample := range t.Samples {
		for _, p := range sample.Objectives {
			s.Points = append(s.Points, report.Point{At: sample.At, Value: oddsOf(p.Threshold)})
			break // all objectives share it
		}
	}
	return s
}

// against draws the evidence that objectives are broken onto a chart.
func (t *telling) against(c report.Chart, objectives []judge.Objective) []report.Block {
	if len(objectives) == 0 {
		return nil
	}
	broken := func(p *rollout.Point) float64 { return p.Broken }
	needed := t.needed("counts as broken")
	c.Unit, c.Log, c.Limits, c.Series = ":1", true, nil, nil
	for _, o := range objectives {
		c.Series = append(c.Series, t.climb(o, broken))
	}
	most, _ := highest(needed)
	if reached, _ := highest(c.Series...); reached > most*pastThreshold {
		c.Max = most * pastThreshold
	}
	c.Series = append(c.Series, needed)
	if c.Again && t.close && !c.Start.Equal(t.start) {
		return []report.Block{c, report.Text{Body: "Past the line “counts as broken” green is rolled back, unless blue is shown to be broken too." + t.peaks(objectives, broken)}}
	}
	first := oddsWord(math.Log(needed.Points[0].Value))
	look := fmt.Sprintf("The lines should stay under “counts as broken”. %s:1 means: a green that keeps its limit gets there by chance in at most 1 of %s cutovers, however long it is watched.", first, first)
	if most > needed.Points[0].Value {
		look += " Each time the watch begins anew it takes twice as much, so that the chances of a mistake never add up to more than " + rate(t.Policy.Rules.Alpha) + "."
	}
	return []report.Block{c, report.Text{Body: look + t.peaks(objectives, broken)}}
}

// peaks tells when the evidence of each objective sufficed, or how far it came.
func (t *telling) peaks(objectives []judge.Objective, of func(*rollout.Point) float64) string {
	text := ""
	for _, o := range objectives {
		var top *rollout.Point
		var at string
		for _, s := range t.Samples {
			p := pointOf(s, o.Name)
			if p == nil || math.IsNaN(of(p)) || top != nil && of(p) <= of(top) {
				continue
			}
			top, at = p, t.clock(s.At)
			if of(p) >= p.Threshold {
				break // what comes after the decision adds nothing
			}
		}
		switch label := capital(labelOf(o.Name)); {
		case top == nil:
		case of(top) >= top.Threshold:
			text += fmt.Sprintf(" %s came to %s at %s, past the %s that it takes.", label, odds(of(top)), at, odds(top.Threshold))
		case of(top) <= math.Log(2):
			text += fmt.Sprintf(" %s: never any to speak of.", label)
		default:
			text += fmt.Sprintf(" %s: at most %s, at %s.", label, odds(of(top)), at)
		}
	}
	return text
}

// worse draws the evidence that green is worse than blue, where there was any.
func (t *telling) worse() []report.Block {
	worse := func(p *rollout.Point) float64 { return p.Worse }
	var compared, shown []judge.Objective
	for _, o := range t.Policy.Rules.Objectives {
		if !t.has(o, worse) {
			continue
		}
		compared = append(compared, o)
		if top, _ := highest(t.climb(o, worse)); top >= 10 {
			shown = append(shown, o)
		}
	}
	switch {
	case len(compared) == 0:
		return nil
	case len(shown) == 0:
		top := 1.0
		for _, o := range compared {
			most, _ := highest(t.climb(o, worse))
			top = max(top, most)
		}
		needed, _ := highest(t.needed(""))
		return []report.Block{report.Text{Body: fmt.Sprintf("Nothing spoke for green being worse than blue: at most %s, where %s would count.", odds(math.Log(top)), odds(math.Log(needed)))}}
	}
	c := t.over("Evidence that green is worse than blue", ":1")
	c.Log = true
	for _, o := range shown {
		c.Series = append(c.Series, t.climb(o, worse))
	}
	needed := t.needed("counts as worse")
	most, _ := highest(needed)
	if reached, _ := highest(c.Series...); reached > most*pastThreshold {
		c.Max = most * pastThreshold
	}
	c.Series = append(c.Series, needed)
	return []report.Block{c, report.Text{Body: "Past “counts as worse” green is taken to be worse than blue, also where it keeps its limits." + t.peaks(shown, worse)}}
}

// proof draws how well it was proved that limits are kept.
func (t *telling) proof(objectives []judge.Objective) []report.Block {
	if len(objectives) == 0 {
		return nil
	}
	need := oddsOf(t.Policy.Rules.Proof())
	c := t.over("Proof that green keeps its limits", ":1")
	c.Log, c.Limits = true, []report.Limit{{Label: "promotes " + odds(t.Policy.Rules.Proof()), Value: need, Tone: report.Good}}
	for _, o := range objectives {
		c.Series = append(c.Series, t.climb(o, func(p *rollout.Point) float64 { return p.Proof }))
	}
	if most, _ := highest(c.Series...); most > need*pastThreshold {
		c.Max = need * pastThreshold
	}
	return []report.Block{c, report.Text{Body: "Here the lines must rise over the limit; only then is a phase promoted. Every phase begins again from nothing, because green has to prove itself under each weight."}}
}

// oddsWord is odds without ":1".
func oddsWord(log float64) string { return strings.TrimSuffix(odds(log), ":1") }
