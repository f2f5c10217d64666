package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"path/filepath"

	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/fault"
)

// priced adds what both sides cost, where somebody knows it.
func (w *work) priced(ctx context.Context, to *comparison.Input) error {
	if !w.in.windowCost.From.IsZero() && *w.in.command != cmdBaseline {
		return w.metered(ctx, to)
	}
	path := *w.in.cost
	if path == "" {
		return nil
	}
	text, err := readFile("cost", path)
	if err != nil {
		return err
	}
	view, what := parseCost(text)
	if what != "" {
		return &fault.Fault{Kind: fault.Input, Name: "cost", What: "is no view of the cost: " + what, Got: path, Next: "Take the JSON as it was written."}
	}
	to.Cost = &view
	to.Files = append(to.Files, comparison.File{Name: "cost: " + filepath.Base(path), SHA256: digest(text)})
	return nil
}

// parseCost says what is wrong with a file that is none.
func parseCost(text []byte) (v comparison.CostView, what string) {
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(&v); err != nil {
		return v, err.Error()
	}
	if in.More() {
		return v, "there is text behind its end"
	}
	amounts := []float64{v.Days, v.Shared, v.Traffic.Low, v.Traffic.Median, v.Traffic.High}
	for _, s := range []comparison.CostSide{v.Blue, v.Green} {
		amounts = append(amounts, s.Low, s.Median, s.High, s.PerMillion)
	}
	for _, a := range amounts {
		if a < 0 || math.IsNaN(a) || math.IsInf(a, 0) {
			return v, "an amount is below 0"
		}
	}
	switch {
	case v.Prices == "":
		return v, "it does not say which prices"
	case v.Traffic.Low > v.Traffic.Median || v.Traffic.Median > v.Traffic.High:
		return v, "low, median and high traffic do not rise"
	case v.Blue.Median == 0:
		return v, "it lacks the old side's cost"
	}
	return v, ""
}
