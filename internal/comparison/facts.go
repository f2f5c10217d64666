package comparison

import (
	"fmt"
	"math"

	"github.com/cutover-dev/cutover/internal/comparison/interval"
	"github.com/cutover-dev/cutover/internal/report"
)

// facts are told beside the rows and judged by nobody.
func (in Input) facts() []Fact {
	facts := []Fact{}
	if f, ok := in.frequency(); ok {
		facts = append(facts, f)
	}
	for _, s := range []Side{in.Blue, in.Green} {
		if lost := s.Requests - s.answered(); len(s.Latencies) > 0 && lost > 0 {
			facts = append(facts, Fact{Name: "unanswered", Title: "No answer from " + s.Name, Figure: Figure{Unit: "%", Observed: known(percent(lost, s.Requests)), Sample: s.Requests, SampleOf: "requests"},
				Text: report.Count(lost, "request") + " had no answer, and count as slower than any that had."})
		}
	}
	if in.Cost != nil {
		facts = append(facts, in.costFacts()...)
	}
	return facts
}

// frequency is how often a request waits for a cold start.
func (in Input) frequency() (Fact, bool) {
	g := in.Green
	colds := int64(0)
	for _, p := range g.ColdStarts {
		colds += p[1]
	}
	if colds == 0 {
		colds = g.ColdsCounted
	}
	if g.Requests == 0 || !g.ColdsKnown && colds == 0 || colds > g.Requests {
		return Fact{}, false
	}
	f := Fact{Name: "cold_start_frequency", Title: "Cold starts, how often"}
	w := interval.Wilson(float64(colds), float64(g.Requests), in.Policy.Confidence.Fraction())
	share := known(percent(colds, g.Requests))
	f.Figure = Figure{Unit: "%", Green: share, Observed: share, Low: known(100 * w.Low), High: known(100 * w.High),
		Level: in.Policy.Confidence.String() + ", both ends together", Sample: g.Requests, SampleOf: "requests", Method: "Wilson"}
	f.Text = fmt.Sprintf("%s among %s: %s.", report.Count(colds, "cold start"), report.Count(g.Requests, "request"), f.ends())
	return f, true
}

func (in Input) costFacts() (facts []Fact) {
	c := in.Cost
	add := func(name, title, unit string, blue, green, observed *float64, text string) {
		facts = append(facts, Fact{Name: name, Title: title, Figure: Figure{Unit: unit, Blue: blue, Green: green, Observed: observed, Sample: int64(c.Days), SampleOf: "days of traffic"}, Text: text})
	}
	if c.Blue.PerMillion > 0 && c.Green.PerMillion > 0 {
		ratio := c.Green.PerMillion / c.Blue.PerMillion
		text := fmt.Sprintf("%s%% less than %s, in the same window.", fine(100*(1-ratio)), in.Blue.Name)
		if ratio > 1 {
			text = fmt.Sprintf("%s%% more than %s, in the same window.", fine(100*(ratio-1)), in.Blue.Name)
		}
		add("cost_per_million", "A million requests", "$", known(c.Blue.PerMillion), known(c.Green.PerMillion), known(c.Green.PerMillion), text)
	}
	if c.Shared > 0 && c.Blue.Median > 0 {
		without, with := 100*saved(c.Blue.Median, c.Green.Median, 0), 100*saved(c.Blue.Median, c.Green.Median, c.Shared)
		add("savings_without_shared", "Saved, without shared stores", "%", nil, nil, known(without), "Of what moves from "+in.Blue.Name+" to "+in.Green.Name+".")
		add("savings_with_shared", "Saved, with shared stores", "%", nil, nil, known(with), fmt.Sprintf("Of all costs: %s a month for the stores are the same on both sides.", dollars(c.Shared)))
	}
	const unit = "requests a month"
	if c.BreakEven != nil && c.Traffic.Median > 0 {
		add("break_even", "Both cost the same at", unit, nil, nil, known(*c.BreakEven), in.stand(*c.BreakEven))
	}
	if c.TargetAt != nil {
		add("savings_target_at", "Savings of "+in.Policy.Savings.String()+" end at", unit, nil, nil, known(*c.TargetAt), in.stand(*c.TargetAt))
	}
	for _, v := range c.Variants {
		title := in.Green.Name + " with " + v.Name
		text := "If the duration stays what was measured."
		if v.Current {
			text = "As it is now."
		}
		add("variant", title, "$", nil, known(v.Monthly), known(v.Monthly), text)
	}
	return facts
}

// stand says where today's traffic stands on a threshold.
func (in Input) stand(at float64) string {
	t := in.Cost.Traffic
	share := t.Median / at
	text := fmt.Sprintf("The median traffic, %s a month, is %s%% of it", millions(t.Median), fine(math.Round(100*share)))
	if share < 1 && t.High > at {
		return text + fmt.Sprintf("; high traffic, %s, is beyond it.", millions(t.High))
	}
	return text + "."
}
