package capacity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// Service is the service and what scales it. Every call is bounded in time and
// safe to repeat.
type Service interface {
	Look(ctx context.Context) (Standing, error)
	// Bound sets both bounds of the scaling, and leaves alone what is suspended.
	Bound(ctx context.Context, least, most int) error
	// Raise sets how many tasks there shall be; it never lowers.
	Raise(ctx context.Context, tasks int) error
}

// Shelf keeps documents for good. Keep takes the same again, and refuses another
// under the same name.
type Shelf interface {
	Keep(ctx context.Context, name string, text []byte) error
	Kept(ctx context.Context, name string) ([]byte, error)
}

// Document is the name under which what stood before is kept.
const Document = "capacity.json"

// Ports are the ways to the outside. None is the error of Shelf that says that
// nothing is kept under a name.
type Ports struct {
	Service Service
	Shelf   Shelf
	None    error
}

// Kept is what stood before anything was pinned, and the first pin.
type Kept struct {
	Format int `json:"format"`
	Identity
	At     time.Time `json:"at"`
	Peak   int       `json:"peak"`
	Before Standing  `json:"before"`
	Pin    Pin       `json:"pin"`
}

const format = 1

// Result is what was done and how the service stands after it.
type Result struct {
	Identity
	Pin    Pin      `json:"pin"`
	Before Standing `json:"before"`
	Now    Standing `json:"now"`
	// Done says in words what was changed; nothing is empty.
	Done     []string `json:"done"`
	Findings Findings `json:"findings"`
}

func begin(id Identity) Result { return Result{Identity: id, Done: []string{}, Findings: Findings{}} }

// PinDown pins a service: what stands is kept first, then its bounds are raised,
// then its tasks. The bounds come first, or scaling in would take the new tasks
// away again. A second time it does nothing; after a kill it goes on. What was
// kept once stays what it was, however often a cutover begins: it is what blue
// had before any of them.
func PinDown(ctx context.Context, p Ports, id Identity, peak int, at time.Time) (Result, error) {
	r := begin(id)
	now, err := p.Service.Look(ctx)
	if err != nil {
		return r, err
	}
	r.Before, r.Now = now, now
	fresh, err := Plan(id, now, peak)
	if err != nil {
		return r, err
	}
	kept, ok, err := p.kept(ctx, id)
	if err != nil {
		return r, err
	}
	if !ok {
		if kept, err = p.keep(ctx, Kept{format, id, at.UTC().Truncate(time.Second), peak, now, fresh}); err != nil {
			return r, err
		}
	}
	r.Before, r.Pin = kept.Before, kept.Pin.over(fresh)
	return p.raise(ctx, r)
}

// Tick looks whether the pin holds, and raises again what somebody has lowered.
func Tick(ctx context.Context, p Ports, id Identity) (Result, error) {
	r := begin(id)
	kept, ok, err := p.kept(ctx, id)
	if err != nil {
		return r, err
	}
	if !ok {
		return r, &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.BlueTooSmall}, Name: id.String(), What: "is not pinned, so that nobody knows what it must have", Next: "Pin it first: traffic-shift does so with the command start."}
	}
	r.Before, r.Pin = kept.Before, kept.Pin
	if r.Now, err = p.Service.Look(ctx); err != nil {
		return r, err
	}
	return p.raise(ctx, r)
}

// raise brings what stands up to the pin, if anything is below it, and looks
// again. A service that was deleted is left alone. Bounds that are raised
// raise the tasks with them; where they do not, or there are none, the tasks are
// raised by themselves.
func (p Ports) raise(ctx context.Context, r Result) (Result, error) {
	if s := r.Now.Scaling; r.Now.Status == Active && s != nil && (s.Min < r.Pin.Tasks || s.Max < max(r.Pin.Max, r.Pin.Tasks)) {
		least, most := r.Pin.bounds(r.Now)
		if err := p.Service.Bound(ctx, least, most); err != nil {
			return r, err
		}
		r.Done = append(r.Done, fmt.Sprintf("its scaling goes from %d to %d tasks, no more from %d to %d", least, most, s.Min, s.Max))
		if err := p.look(ctx, &r); err != nil {
			return r, err
		}
	}
	if before := r.Now.Desired; r.Now.Status == Active && before < r.Pin.Tasks {
		if err := p.Service.Raise(ctx, r.Pin.Tasks); err != nil {
			return r, err
		}
		r.Done = append(r.Done, fmt.Sprintf("it shall have %d tasks, no more %d", r.Pin.Tasks, before))
		if err := p.look(ctx, &r); err != nil {
			return r, err
		}
	}
	r.Findings = Check(r.Identity, r.Pin, r.Now)
	return r, nil
}

func (p Ports) look(ctx context.Context, r *Result) (err error) {
	r.Now, err = p.Service.Look(ctx)
	return err
}

// Release gives the bounds back that stood before. A bound that somebody has
// lowered below the pin since then is left as it is, above all the 0 of a
// retirement that has begun. How many tasks there shall be stays: scaling in
// takes care of it, or the retirement does.
func Release(ctx context.Context, p Ports, id Identity) (Result, error) {
	r := begin(id)
	kept, ok, err := p.kept(ctx, id)
	if err != nil || !ok {
		return r, err
	}
	r.Before, r.Pin = kept.Before, kept.Pin
	if r.Now, err = p.Service.Look(ctx); err != nil {
		return r, err
	}
	if r.Now.Status != Active || r.Now.Scaling == nil || kept.Before.Scaling == nil {
		return r, nil
	}
	s, before := *r.Now.Scaling, *kept.Before.Scaling
	least, most := s.Min, s.Max
	if s.Min >= kept.Pin.Tasks {
		least = before.Min
	}
	if s.Max >= kept.Pin.Max {
		most = max(before.Max, least)
	}
	if least == s.Min && most == s.Max {
		return r, nil
	}
	if err := p.Service.Bound(ctx, least, most); err != nil {
		return r, err
	}
	r.Done = append(r.Done, fmt.Sprintf("its scaling goes from %d to %d tasks again, no more from %d to %d", least, most, s.Min, s.Max))
	r.Now, err = p.Service.Look(ctx)
	return r, err
}

// keep writes down what stands. Whoever was faster is right.
func (p Ports) keep(ctx context.Context, k Kept) (Kept, error) {
	text, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return k, err
	}
	err = p.Shelf.Keep(ctx, Document, append(text, '\n'))
	if err == nil {
		return k, nil
	}
	if other, ok, again := p.kept(ctx, k.Identity); again == nil && ok {
		return other, nil
	}
	return k, &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.BlueTooSmall}, Name: k.String(), What: "was not pinned, since what stands could not be kept", Err: err, Next: "Nothing was changed. Try again."}
}

// kept reads what keep wrote.
func (p Ports) kept(ctx context.Context, id Identity) (Kept, bool, error) {
	text, err := p.Shelf.Kept(ctx, Document)
	switch {
	case err != nil && p.None != nil && errors.Is(err, p.None):
		return Kept{}, false, nil
	case err != nil:
		return Kept{}, false, err
	}
	var k Kept
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	bad := &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.BlueTooSmall}, Name: Document, What: "is not what was kept of " + id.String(), Next: "Look at the earlier versions of the document in the bucket, and bring the right one back."}
	if err := d.Decode(&k); err != nil {
		bad.Err = err
		return k, false, bad
	}
	if k.Format != format || k.Identity != id || k.Pin.Tasks <= 0 || k.Pin.Tasks < k.Before.Desired {
		bad.Got = fmt.Sprintf("format %d, %s, pinned to %d tasks", k.Format, k.Identity, k.Pin.Tasks)
		return k, false, bad
	}
	return k, true, nil
}
