// Package hands does one thing to one thing of a plan. It holds every call against
// the plan and against what is there right before it: what is not in the plan, or
// has changed, it does not touch.
package hands

import (
	"context"
	"errors"
	"time"

	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// ErrGone says that a thing is not there.
var ErrGone = errors.New("is not there")

// Thing reads and deletes the things of some kinds.
type Thing interface {
	// Read reads one anew; ErrGone if there is none.
	Read(ctx context.Context, arn string) (survey.Thing, error)
	// Delete asks for the deletion and does not wait for it. What is gone already
	// is no error; what AWS refuses is one, and nothing is forced.
	Delete(ctx context.Context, arn string) error
}

// Guard sets and lifts the protection from deletion.
type Guard interface {
	Protect(ctx context.Context, arn string, on bool) error
}

// Bounds are between what a service is scaled, and what of its scaling is
// suspended.
type Bounds struct {
	// Resource is the ID of what is scaled.
	Resource string `json:"resource"`
	Min      int    `json:"min"`
	Max      int    `json:"max"`
	In       bool   `json:"in_suspended"`
	Out      bool   `json:"out_suspended"`
	Clock    bool   `json:"scheduled_suspended"`
}

// Services changes how many tasks there are.
type Services interface {
	Scale(ctx context.Context, arn string, desired int) error
	// Bounds and Bind read and set those of a scaling target; ErrGone if there is
	// none: none is made.
	Bounds(ctx context.Context, arn string) (Bounds, error)
	Bind(ctx context.Context, arn string, b Bounds) error
}

// Set is a record set as DNS has it.
type Set struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// Routing is empty for a simple record, Weighted, or another policy by name.
	Routing    string   `json:"routing,omitempty"`
	Identifier string   `json:"identifier,omitempty"`
	Weight     int64    `json:"weight"`
	TTL        int64    `json:"ttl,omitempty"`
	Values     []string `json:"values,omitempty"`
	Alias      *Alias   `json:"alias,omitempty"`
	// HealthCheck is the ID of the check that decides whether the set answers.
	HealthCheck string `json:"health_check,omitempty"`
}

// Alias is where an alias record leads to.
type Alias struct {
	Zone     string `json:"zone"`
	Target   string `json:"target"`
	Evaluate bool   `json:"evaluate"`
}

// Weighted is the routing of records by weight.
const Weighted = "weighted"

// Change makes a set, or takes one away exactly as it stands: there is no upsert,
// so that a batch fails when somebody else was faster.
type Change struct {
	Remove bool
	Set    Set
}

// Records reads and changes the record sets of a zone.
type Records interface {
	// Set reads one by its ARN, ErrGone if there is none.
	Set(ctx context.Context, arn string) (Set, error)
	// Change carries all changes out in one batch, or none.
	Change(ctx context.Context, zone string, changes []Change) error
}

// Kit keeps what would restore the old side.
type Kit interface {
	// Save writes the kit of a plan; the same kit twice is one.
	Save(ctx context.Context, planSHA256 string, kit []byte) error
	// Load reads it back.
	Load(ctx context.Context) ([]byte, error)
}

// Ports are what hands need of the world.
type Ports struct {
	Things   map[estate.Kind]Thing
	Guards   map[estate.Kind]Guard
	Services Services
	Records  Records
	Kit      Kit
	// Own are the verbs that no service of AWS does by itself: to freeze and thaw
	// deployments, to mute the verdict and sound it, to archive images, to write
	// documents.
	Own map[retire.Verb]func(context.Context, retire.Action) error
	Now func() time.Time
}
