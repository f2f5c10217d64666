package main

import (
	"context"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/ecs"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout/capacity"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// peakDays is how far back blue's peak is looked for.
const peakDays = 14

// service is blue's ECS service with what keeps documents of it; ok is false
// where cutover.yaml does not name one.
func (w *work) service(ctx context.Context) (capacity.Ports, capacity.Identity, bool, error) {
	if w.file.Legacy == nil {
		return capacity.Ports{}, capacity.Identity{}, false, nil
	}
	id := capacity.Identity{Cluster: w.file.Legacy.Cluster, Service: w.file.Legacy.Service}
	service, err := ecs.Open(ctx, w.region, id)
	return capacity.Ports{Service: service, Shelf: w.store, None: s3.ErrNotFound}, id, true, err
}

// pinBlue keeps blue as large as its peak, so that it can take everything back at
// once. What stood before is kept first.
func (w *work) pinBlue(ctx context.Context) error {
	p, id, ok, err := w.service(ctx)
	if err != nil {
		return err
	}
	if !ok {
		return &fault.Fault{
			Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.BlueTooSmall}, Name: "legacy", What: "is not in cutover.yaml, so that nobody can keep blue as large as it must be to take the traffic back",
			Next: "Name the ECS cluster and service there.",
		}
	}
	peak, err := w.figures.Peak(ctx, peakDays, w.clock.Now())
	if err != nil {
		return err
	}
	r, err := capacity.PinDown(ctx, p, id, peak.Targets, w.clock.Now())
	if err != nil {
		return err
	}
	for _, done := range r.Done {
		w.note("Blue: %s.", done)
	}
	if r.Findings.Level() == capacity.Alarm {
		return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.BlueTooSmall}, Name: id.String(), What: "could not take the traffic back: " + r.Findings.String(), Next: "Wait until its tasks are there, then start again."}
	}
	w.note("Blue keeps %d tasks, as many as were healthy at once in the past %d days; no scaling takes them away.", r.Pin.Tasks, peakDays)
	return nil
}

// blueReady looks at each tick whether blue could take the traffic back, and
// raises again what somebody has lowered. It returns what there is to tell, and
// why promotion must wait; empty for no reason.
func (w *work) blueReady(ctx context.Context, marks s3.Marks) (trouble []string, freeze string) {
	if since := marks.Frozen; !since.IsZero() {
		w.note("ECS is being taken out of service since %s: blue's tasks are decommission's, and are not raised.", since.UTC().Format(time.RFC3339))
		return nil, "ECS is being taken out of service; decommission with abort brings it back"
	}
	state, _, err := w.store.Load(ctx)
	if err != nil || !state.Active() {
		return nil, ""
	}
	within, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	p, id, ok, err := w.service(within)
	if err == nil && !ok {
		return nil, "legacy is not in cutover.yaml, and nobody can see whether blue could take the traffic back"
	}
	var r capacity.Result
	if err == nil {
		r, err = capacity.Tick(within, p, id)
	}
	if err != nil {
		return []string{"whether blue could take the traffic back: " + err.Error()}, ""
	}
	for _, done := range r.Done {
		trouble = append(trouble, "blue was made smaller, and was raised again: "+done)
	}
	if r.Findings.Level() == capacity.Alarm {
		return append(trouble, r.Findings.String()), "blue could not take the traffic back: " + r.Findings.String()
	}
	return trouble, ""
}
