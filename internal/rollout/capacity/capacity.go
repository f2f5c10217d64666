// Package capacity keeps blue able to take the traffic back: while users are on
// green, nothing may shrink the old fleet. It says what to pin, sees at each tick
// whether that still stands, and gives back what it has changed when blue is
// retired. Only then is anything ever lowered.
package capacity

import (
	"fmt"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// Identity names a service of Amazon ECS.
type Identity struct {
	Cluster string `json:"cluster"`
	Service string `json:"service"`
}

// String is how people name it.
func (i Identity) String() string { return "ECS service " + i.Cluster + "/" + i.Service }

// The states of a service; source: ECS API reference, Service, status.
const (
	Active   = "ACTIVE"
	Draining = "DRAINING" // it was deleted, and its last tasks still answer
	Inactive = "INACTIVE" // it was deleted
)

// Standing is a service as it stands.
type Standing struct {
	Status  string `json:"status"`
	Desired int    `json:"desired"`
	Running int    `json:"running"`
	Pending int    `json:"pending"`
	// Deploying says that a deployment is under way, Failed that the last one
	// failed, and why.
	Deploying bool   `json:"deploying,omitempty"`
	Failed    string `json:"failed,omitempty"`
	// Scaling is nil where nothing scales the service by itself.
	Scaling *Scaling `json:"scaling,omitempty"`
}

// Scaling is between what the service scales by itself. The rest is suspended:
// to take tasks away, to add some, to do so by the clock.
type Scaling struct {
	Min          int  `json:"min"`
	Max          int  `json:"max"`
	InSuspended  bool `json:"in_suspended,omitempty"`
	OutSuspended bool `json:"out_suspended,omitempty"`
	ByClockOff   bool `json:"by_clock_suspended,omitempty"`
}

// Pin is below what blue must not fall. Max is 0 where nothing scales it.
type Pin struct {
	Tasks int `json:"tasks"`
	Max   int `json:"max,omitempty"`
}

// Plan says what to pin a service to: as many tasks as it ever needed at once
// over the past days, or has now, or must have by its own bounds, whichever is
// most. Peak is the greatest number of healthy targets that was seen.
func Plan(id Identity, now Standing, peak int) (Pin, error) {
	refused := func(what, got, next string) error {
		return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.BlueTooSmall}, Name: id.String(), What: what, Got: got, Next: next}
	}
	switch {
	case now.Status != Active:
		return Pin{}, refused("cannot be what users go back to, since it is not active", now.Status, "Look at legacy.cluster and legacy.service: blue must run before a cutover begins.")
	case peak <= 0:
		return Pin{}, refused("has no peak to be pinned to", fmt.Sprint(peak), "See that CloudWatch has HealthyHostCount of blue's target group for the past days.")
	}
	pin := Pin{Tasks: max(peak, now.Desired)}
	if now.Scaling != nil {
		pin.Tasks = max(pin.Tasks, now.Scaling.Min)
		pin.Max = max(pin.Tasks, now.Scaling.Max)
	}
	return pin, nil
}

// over is a pin that is nowhere below either.
func (p Pin) over(q Pin) Pin { return Pin{max(p.Tasks, q.Tasks), max(p.Max, q.Max)} }

// bounds are those that a pin wants of a service that scales; never less than
// stands. Nor less than it has: whoever touches the bounds has its tasks brought
// within them, and those that somebody has added above the maximum would go;
// source: Application Auto Scaling API reference, RegisterScalableTarget.
func (p Pin) bounds(now Standing) (least, most int) {
	least = max(now.Scaling.Min, p.Tasks)
	return least, max(now.Scaling.Max, p.Max, least, now.Desired)
}
