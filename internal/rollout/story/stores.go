package story

import (
	"math"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// stores draws the levels of what both sides share, and the cost.
func (t *telling) stores() []report.Block {
	if !t.drawn() {
		return nil
	}
	var levels, cost []judge.Objective
	for _, o := range t.Policy.Rules.Objectives {
		switch {
		case !isGauge(o):
		case o.Name == judge.Cost:
			cost = append(cost, o)
		default:
			levels = append(levels, o)
		}
	}
	blocks := t.level(t.over("Levels of what both sides share", "%"), levels...)
	blocks = append(blocks, t.level(t.over("Cost of a million requests on green, in dollars", ""), cost...)...)
	if len(blocks) == 0 {
		return nil
	}
	return append([]report.Block{report.Section{Title: "Shared stores and cost"}}, blocks...)
}

func isGauge(o judge.Objective) bool {
	switch o.Name {
	case judge.Connections, judge.DatabaseCPU, judge.CacheMemory, judge.Cost:
		return true
	}
	return false
}

// level draws gauges of one unit onto a chart; nothing when none was seen.
func (t *telling) level(c report.Chart, objectives ...judge.Objective) []report.Block {
	factor, look := 100.0, "Each level should stay under its limit: a full store makes both sides fail, although only one of them may be to blame."
	var limits []judge.Objective
	for _, o := range objectives {
		label := labelOf(o.Name)
		if o.Unit == "$" {
			factor, label, look = 1, "cost", "The line should stay under the limit: what green costs now is what everything will cost."
		}
		s := report.Series{Name: label, Points: t.values(func(s rollout.Sample) float64 {
			if p := pointOf(s, o.Name); p != nil {
				return p.Level * factor
			}
			return math.NaN()
		})}
		if _, found := highest(s); !found {
			continue
		}
		c.Series = append(c.Series, s)
		if o.Limit > 0 {
			limits = append(limits, o)
		}
	}
	if len(c.Series) == 0 {
		return nil
	}
	c.Limits = limitsOf(limits, factor)
	c.Max = headroom(c)
	if c.Unit == "%" {
		c.Max = 100
	}
	return []report.Block{c, report.Text{Body: look}}
}

// limitsOf draws one line for objectives that share their limit.
func limitsOf(objectives []judge.Objective, factor float64) []report.Limit {
	var lines []report.Limit
	for i, o := range objectives {
		same := func(other judge.Objective) bool { return other.Limit == o.Limit }
		if slices.ContainsFunc(objectives[:i], same) {
			continue
		}
		var whose []string
		for _, other := range objectives {
			if same(other) {
				whose = append(whose, strings.TrimPrefix(labelOf(other.Name), "database "))
			}
		}
		label := "limit " + amount(o, o.Limit)
		if len(whose) < len(objectives) {
			label = strings.Join(whose, ", ") + " " + amount(o, o.Limit)
		}
		lines = append(lines, report.Limit{Label: label, Value: o.Limit * factor, Tone: report.Bad})
	}
	return lines
}

// headroom ends an axis a little above its limit, so that the limit does not
// lie on the frame; 0 where the figures go beyond it anyway.
func headroom(c report.Chart) float64 {
	top := 0.0
	for _, l := range c.Limits {
		top = max(top, l.Value)
	}
	if most, found := highest(c.Series...); !found || most > 1.2*top {
		return 0
	}
	return 1.2 * top
}
