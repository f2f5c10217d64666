package main

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/recommend"
	"github.com/cutover-dev/cutover/internal/fault"
)

// lookedAt is how far back use is looked at: two whole weeks have every weekday
// twice.
const lookedAt = 14 * 24 * time.Hour

// recommend says what would cost less.
func (w *work) recommend(ctx context.Context) error {
	e, err := w.standing(ctx)
	if err != nil {
		return err
	}
	if *w.in.kept != "" {
		text, err := written(e)
		if err != nil {
			return err
		}
		if err := w.s.WriteFile("estate-out", *w.in.kept, text); err != nil {
			return err
		}
	}
	settings := recommend.Settings{}
	if w.file != nil {
		settings.P95 = float64(w.file.SLOs.Latency.Under.Std().Milliseconds())
		if w.file.Monitoring != nil {
			settings.Retention = int(w.file.Monitoring.LogRetention.Std() / (24 * time.Hour))
		}
	}
	table, err := w.prices()
	if err != nil {
		return err
	}
	w.told.recommend(recommend.Of(e, table, settings))
	return nil
}

// standing is what runs, by the file that was named, else by AWS.
func (w *work) standing(ctx context.Context) (e recommend.Estate, err error) {
	if *w.in.estate == "" {
		return w.survey(ctx)
	}
	text, err := readFile("estate", *w.in.estate)
	if err != nil {
		return e, err
	}
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(&e); err != nil {
		return e, &fault.Fault{Kind: fault.Input, Name: "estate", What: "is none: " + err.Error(), Got: *w.in.estate, Next: "Take the file that recommend wrote."}
	}
	if in.More() || !e.From.Before(e.To) {
		return e, &fault.Fault{Kind: fault.Input, Name: "estate", What: "holds more than one document, or no window", Got: *w.in.estate, Next: "Take the file that recommend wrote."}
	}
	return e, nil
}
