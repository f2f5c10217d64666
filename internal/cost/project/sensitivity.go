package project

import (
	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/usage"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Memories are the sizes that sensitivity is told for, in MB.
var Memories = []int{128, 256, 512, 1024, 1536, 1769, 2048, 3008}

// Sensitivity is what green would cost with another size or architecture, if
// requests took as long as they do now. They would not: with less memory a
// function has less of a processor, too. It says which sizes are worth a test.
type Sensitivity struct {
	Memory       int        `json:"memory_mb"`
	Architecture string     `json:"architecture"`
	Now          bool       `json:"now"`
	Monthly      unit.Money `json:"monthly"`
	Saving       float64    `json:"saving"`
	// Equal are the traffics at which both sides would cost the same.
	Equal []Crossing `json:"equal"`
}

// sensitivity is told at median traffic.
func sensitivity(in Inputs, p Projection) []Sensitivity {
	rows := []Sensitivity{}
	var median float64
	for _, t := range p.Traffic {
		if t.Name == "median" {
			median = t.Requests
		}
	}
	held, ok := seconds(in)
	if !ok || in.Memory <= 0 {
		return rows
	}
	now, ok := computeRate(in, in.Architecture)
	if !ok {
		return rows
	}
	for _, architecture := range []string{usage.ARM, usage.X86} {
		rate, known := computeRate(in, architecture)
		if !known {
			continue
		}
		for _, memory := range Memories {
			c := p.GreenCurve
			c.PerRequest += held * (rate*float64(memory) - now*float64(in.Memory)) / 1024
			rows = append(rows, Sensitivity{
				Memory: memory, Architecture: architecture, Now: memory == in.Memory && architecture == in.Architecture,
				Monthly: money(c.Monthly(median)), Saving: share(p.BlueCurve.Monthly(median), c.Monthly(median)), Equal: Crossings(p.BlueCurve, c, 0),
			})
		}
	}
	return rows
}

// seconds is how long functions ran for a request, from what they were metered.
func seconds(in Inputs) (float64, bool) {
	var held float64
	for _, m := range in.Green.Meters {
		if m.Item == computeItem(in.Architecture) {
			held += m.Quantity.Units()
		}
	}
	if held <= 0 || in.Green.Requests <= 0 || in.Memory <= 0 {
		return 0, false
	}
	return held / (float64(in.Memory) / 1024) / float64(in.Green.Requests), true
}

func computeItem(architecture string) price.Item {
	if architecture == usage.ARM {
		return price.LambdaARM
	}
	return price.LambdaX86
}

func computeRate(in Inputs, architecture string) (float64, bool) {
	p, ok := in.Prices.Table.Find(in.Prices.Region, computeItem(architecture))
	return p.Rate().Dollars(), ok
}
