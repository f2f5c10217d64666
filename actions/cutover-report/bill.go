package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/costexplorer"
	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/cost"
	"github.com/cutover-dev/cutover/internal/cost/project"
	"github.com/cutover-dev/cutover/internal/cost/usage"
	"github.com/cutover-dev/cutover/internal/monitoring"
)

// billed holds what was reckoned against what AWS billed for the same days. Who may
// not ask, or asks too early, still has a comparison: it says what it lacks.
func (w *work) billed(ctx context.Context, to *comparison.Input, in project.Inputs, inventory monitoring.Inventory) error {
	if !*w.in.reconcile {
		return nil
	}
	tolerance := w.file.Cost.Tolerance
	to.Billed = &comparison.Billed{Rows: []comparison.BilledRow{}, Tolerance: tolerance.Fraction(), Notes: []string{}}
	lacks := func(why string) {
		to.Billed.Notes = append(to.Billed.Notes, "It was not held against the bill: "+strings.TrimSuffix(why, ".")+".")
	}
	days, whole := wholeDays(*w.in.windowCost)
	if !whole {
		lacks("Cost Explorer tells days, and the window holds no whole one, by UTC")
		return nil
	}
	spend, err := w.spend(ctx, days)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		w.s.Notef("Cost Explorer does not answer, and the comparison goes on: %v", err)
		lacks(err.Error())
		return nil
	}
	if days != *w.in.windowCost {
		// Of other hours it would be another sum.
		if in, err = w.used(ctx, days, inventory); err != nil {
			return err
		}
	}
	r := cost.Reconcile(bill(in), spend, tolerance, time.Now())
	to.Billed.From, to.Billed.To, to.Billed.Within, to.Billed.Notes = days.From.Format(time.DateOnly), days.To.Format(time.DateOnly), r.Within, r.Notes
	for _, d := range r.Rows {
		to.Billed.Rows = append(to.Billed.Rows, comparison.BilledRow{
			Service: d.Service, Metered: d.Metered.Dollars(), Billed: d.Billed.Dollars(), Share: d.Share, Compared: d.Compared, Within: d.Within, Note: d.Note,
		})
	}
	text, err := json.Marshal(spend)
	to.Files = append(to.Files, comparison.File{Name: "bill: Cost Explorer " + to.Billed.From + "/" + to.Billed.To, SHA256: digest(text)})
	return err
}

// spend asks Cost Explorer, and says what each call costs before it is made.
func (w *work) spend(ctx context.Context, days window) (cost.Spend, error) {
	c, err := costexplorer.Open(ctx)
	if err != nil {
		return cost.Spend{}, err
	}
	tags := map[string]string{"Project": w.file.Project, "Environment": *w.in.stage}
	return c.Spend(ctx, days.From, days.To, tags, func(text string) { w.s.Notef("%s", text) })
}

// wholeDays are those within a window, as AWS bills them.
func wholeDays(at window) (window, bool) {
	const day = 24 * time.Hour
	days := window{From: at.From.UTC().Truncate(day), To: at.To.UTC().Truncate(day)}
	if days.From.Before(at.From) {
		days.From = days.From.Add(day)
	}
	return days, days.From.Before(days.To)
}

// bill are the lines of both sides and of what they share: the tags do not tell
// them apart.
func bill(in project.Inputs) []usage.Line {
	return slices.Concat(usage.Bill(in.Blue, in.Prices), usage.Bill(in.Green, in.Prices), usage.Bill(in.Shared, in.Prices))
}
