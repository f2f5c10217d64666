package main

import (
	"github.com/cutover-dev/cutover/internal/config/traced"
	"github.com/cutover-dev/cutover/internal/trace"
	"github.com/cutover-dev/cutover/internal/unit"
)

// planned is what cutover.yaml and the inputs say.
func (w *work) planned() (trace.Plan, error) {
	p, err := traced.Plan(w.file, *w.in.stage, w.name())
	if err != nil {
		return p, err
	}
	switch {
	case *w.in.region != "":
		p.Region = *w.in.region
	case w.s.Getenv("AWS_REGION") != "":
		p.Region = w.s.Getenv("AWS_REGION")
	}
	if *w.in.requests > 0 {
		p.Settings.Count = *w.in.requests
	}
	if *w.in.wait > 0 {
		p.Settings.Wait = unit.Duration(*w.in.wait)
	}
	return p, nil
}
