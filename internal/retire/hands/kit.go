package hands

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// Content is a restore kit: everything that goes, as it was configured, and the
// records and bounds as they were before the first step. The same account and plan
// give the same kit, but for when it was made.
type Content struct {
	Format     int    `json:"format"`
	PlanSHA256 string `json:"plan_sha256"`
	Account    string `json:"account"`
	Region     string `json:"region"`
	// Made is when it was.
	Made    time.Time `json:"made"`
	Records []Record  `json:"records"`
	Scaling []Bounds  `json:"scaling"`
	// Things are the targets in the order of the plan, as AWS tells them.
	Things []Kept `json:"things"`
}

// Record is a record set.
type Record struct {
	ARN string `json:"arn"`
	Set Set    `json:"set"`
}

// Kept is a thing and its configuration.
type Kept struct {
	ARN    string          `json:"arn"`
	Kind   estate.Kind     `json:"kind"`
	Print  string          `json:"print"`
	Config json.RawMessage `json:"config"`
}

// save gathers the kit and keeps it. A target that is not what the plan knows is
// refused: the kit would restore something else than what was approved.
func (h *Hands) save(ctx context.Context, a retire.Action) error {
	p := h.plan.Plan
	if a.ARN != p.Parts.Service || a.Args["plan_sha256"] != h.plan.PlanSHA256 {
		return foreign(a)
	}
	kit := Content{Format: 1, PlanSHA256: h.plan.PlanSHA256, Account: p.Scope.Account, Region: p.Scope.Region, Made: h.ports.Now().UTC(), Records: []Record{}, Scaling: []Bounds{}, Things: []Kept{}}
	for _, arn := range slices.Concat(p.Parts.Blue, p.Parts.Green) {
		s, err := h.ports.Records.Set(ctx, arn)
		if err != nil {
			return lost(a, arn, err)
		}
		kit.Records = append(kit.Records, Record{arn, s})
	}
	for _, arn := range p.Parts.Scaling {
		b, err := h.ports.Services.Bounds(ctx, arn)
		if err != nil {
			return lost(a, arn, err)
		}
		kit.Scaling = append(kit.Scaling, b)
	}
	for _, t := range p.Targets {
		thing := h.ports.Things[t.Kind]
		if thing == nil || !readable(t.ARN) {
			continue // it goes with its stack, whose template makes it anew
		}
		now, err := thing.Read(ctx, t.ARN)
		if err != nil {
			return lost(a, t.ARN, err)
		}
		if now.Item.Print != t.Print {
			return refuse(a, t.ARN+" is not what the plan knows, so that the kit would restore another one", "Take the change back, or plan anew.")
		}
		kit.Things = append(kit.Things, Kept{t.ARN, t.Kind, t.Print, now.Config})
	}
	text, err := json.MarshalIndent(kit, "", "  ")
	if err != nil {
		return err
	}
	return h.ports.Kit.Save(ctx, h.plan.PlanSHA256, append(text, '\n'))
}

// readable says whether an ARN is AWS's own, rather than one for a resource that
// only its stack knows.
func readable(arn string) bool {
	return !strings.Contains(arn, ":cloudformation:") || strings.Contains(arn, ":stack/")
}

func lost(a retire.Action, arn string, err error) error {
	if errors.Is(err, ErrGone) {
		return refuse(a, arn+" is not there any more", "Find out who took it away, then plan anew.")
	}
	return err
}

// load reads the kit of this plan.
func (h *Hands) load(ctx context.Context) (Content, error) {
	var kit Content
	text, err := h.ports.Kit.Load(ctx)
	if err != nil {
		return kit, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&kit); err != nil || kit.Format != 1 || kit.PlanSHA256 != h.plan.PlanSHA256 {
		return kit, &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.Row("retire", "kit")}, Name: "restore kit", What: "is not the one of this plan", Got: kit.PlanSHA256, Allowed: h.plan.PlanSHA256, Err: err,
			Next: "Bring the kit back from the bucket's earlier version."}
	}
	return kit, nil
}
