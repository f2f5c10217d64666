package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Retirement is what the retirement of a stage's old side keeps in a bucket, below
// <prefix>/retire/<stage>/: its state, its log, its plans, the restore kit and a
// few marks. It writes as [Rollout] does: conditionally, and what is once written
// of plan, kit and log is never replaced. It implements retire.Store and
// retire.Log.
type Retirement struct{ r *Rollout }

var (
	_ retire.Store = Retirement{}
	_ retire.Log   = Retirement{}
)

const (
	// mostRetire bounds a state in bytes, mostKit a plan or a kit.
	mostRetire = 16 << 20
	mostKit    = 32 << 20
	marksName  = "marks.json"
)

// OpenRetirement makes the store of a stage with the credentials that the AWS SDK
// finds; nothing is called yet.
func OpenRetirement(ctx context.Context, bucket, prefix, stage string, o Options) (Retirement, error) {
	client, err := connect(ctx, o)
	if err != nil {
		return Retirement{}, err
	}
	return Retirement{&Rollout{bucket: bucket, folder: path.Join(prefix, "retire", stage), client: client}}, nil
}

// RetirementOf is the retirement of a stage that lies in the bucket of its rollout.
func RetirementOf(r *Rollout, prefix, stage string) Retirement {
	return Retirement{&Rollout{bucket: r.bucket, folder: path.Join(prefix, "retire", stage), client: r.client}}
}

// String is where all of it lies.
func (s Retirement) String() string { return "s3://" + s.r.bucket + "/" + s.r.folder }

// Time is S3's clock, which everything here goes by.
func (s Retirement) Time(ctx context.Context) (time.Time, error) { return s.r.Time(ctx) }

// Load implements retire.Store.
func (s Retirement) Load(ctx context.Context) (retire.State, retire.Version, error) {
	at := s.r.at(stateName)
	text, version, err := s.r.read(ctx, at, mostRetire)
	if errors.Is(err, ErrNotFound) {
		return retire.State{}, "", retire.ErrNone
	}
	if err != nil {
		return retire.State{}, "", err
	}
	var state retire.State
	if err := json.Unmarshal(text, &state); err != nil || state.Format != 1 || !known(state.Step) {
		return retire.State{}, "", &fault.Fault{
			Kind: fault.Refused, Name: at.String(), What: "is no state of a retirement that this version of cutover knows, so it is neither used nor replaced", Err: err, Allowed: "format 1 and its steps",
			Next: "Use the version of cutover that began this retirement. If somebody edited the object, bring back its last version in the bucket.",
		}
	}
	return state, retire.Version(version), nil
}

func known(step retire.Step) bool {
	switch step {
	case retire.Ready, retire.Aborting, retire.Aborted, retire.Stopped:
		return true
	}
	for _, s := range retire.Steps() {
		if s == step {
			return true
		}
	}
	return false
}

// Save implements retire.Store.
func (s Retirement) Save(ctx context.Context, state retire.State, version retire.Version) (retire.Version, error) {
	next, err := s.r.replace(ctx, state, mostRetire, rollout.Version(version))
	if errors.Is(err, errElse) {
		return "", retire.ErrConflict
	}
	return retire.Version(next), err
}

// Append implements retire.Log.
func (s Retirement) Append(ctx context.Context, events []retire.Event) error {
	for _, e := range events {
		err := s.r.enter(ctx, e.Sequence, e, "Look at the log and the state: one of them was brought back from an earlier version. Nothing is deleted until they fit.", func(there []byte) bool {
			var stands retire.Event
			return json.Unmarshal(there, &stands) == nil && stands == e
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Events is the whole log, as it was written.
func (s Retirement) Events(ctx context.Context) ([]retire.Event, error) {
	names, err := s.r.names(ctx)
	if err != nil {
		return nil, err
	}
	events, err := readEvents(ctx, s.r, names, func(e retire.Event) int { return e.Sequence })
	if err != nil {
		return nil, err
	}
	if err := retire.Verify(events); err != nil {
		return nil, &fault.Fault{Kind: fault.Refused, Name: s.r.at("events/").String(), What: "does not hold together: " + err.Error(), Next: "Bring the object back from the bucket's versions."}
	}
	return events, nil
}

var planHash = pattern.New(`^[0-9a-f]{64}$`)

func (s Retirement) named(folder, sha256 string) (Location, error) {
	if !planHash.MatchString(sha256) {
		return Location{}, &fault.Fault{Kind: fault.Input, Name: "plan_sha256", What: "is no hash of a plan", Got: sha256, Allowed: "64 hex digits, as plan prints them"}
	}
	return s.r.at(folder + "/" + sha256 + ".json"), nil
}

// KeepPlan writes a plan under its hash; the same again changes nothing. It
// returns where it lies.
func (s Retirement) KeepPlan(ctx context.Context, sha256 string, text []byte) (string, error) {
	at, err := s.named("plan", sha256)
	if err != nil {
		return "", err
	}
	_, err = s.r.write(ctx, at, text, "", func(there []byte) bool { return bytes.Equal(there, text) })
	if errors.Is(err, errElse) {
		return "", &fault.Fault{Kind: fault.Refused, Name: at.String(), What: "holds something else than the plan of that hash", Next: "Look at the bucket's versions for who wrote it, and take it away by hand."}
	}
	return at.String(), err
}

// Plan reads the plan of a hash, or [ErrNotFound]. Whether it is that plan, its
// reader finds out.
func (s Retirement) Plan(ctx context.Context, sha256 string) ([]byte, error) {
	at, err := s.named("plan", sha256)
	if err != nil {
		return nil, err
	}
	text, _, err := s.r.read(ctx, at, mostKit)
	return text, err
}

// Kit is the restore kit of one plan. It implements hands.Kit.
func (s Retirement) Kit(planSHA256 string) Kit { return Kit{s, planSHA256} }

// Kit keeps a restore kit.
type Kit struct {
	s    Retirement
	plan string
}

// Save writes the kit, once: what was saved first was saved before anything was
// changed, so that a later one of the same plan cannot be the better one.
func (k Kit) Save(ctx context.Context, planSHA256 string, kit []byte) error {
	at, err := k.s.named("kit", planSHA256)
	if err != nil {
		return err
	}
	if len(kit) > mostKit {
		return &fault.Fault{Kind: fault.Refused, Name: at.String(), What: fmt.Sprintf("the restore kit has %d bytes", len(kit)), Allowed: fmt.Sprintf("at most %d", mostKit)}
	}
	_, err = k.s.r.write(ctx, at, kit, "", func(there []byte) bool {
		sum, of := kitOf(there)
		return sum != "" && of == planSHA256
	})
	if errors.Is(err, errElse) {
		return &fault.Fault{Kind: fault.Refused, Name: at.String(), What: "is there already, and is no restore kit of this plan", Next: "Bring it back from the bucket's earlier version."}
	}
	return err
}

// Load reads the kit back, or returns [ErrNotFound].
func (k Kit) Load(ctx context.Context) ([]byte, error) {
	at, err := k.s.named("kit", k.plan)
	if err != nil {
		return nil, err
	}
	text, _, err := k.s.r.read(ctx, at, mostKit)
	return text, err
}

// Hash reads the kit and returns its SHA-256 and the plan it was made for; both
// are empty where there is none, or none that can be read.
func (k Kit) Hash(ctx context.Context) (sum, plan string, err error) {
	text, err := k.Load(ctx)
	if errors.Is(err, ErrNotFound) {
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	sum, plan = kitOf(text)
	return sum, plan, nil
}

func kitOf(text []byte) (sum, plan string) {
	var head struct {
		Format     int    `json:"format"`
		PlanSHA256 string `json:"plan_sha256"`
	}
	if json.Unmarshal(text, &head) != nil || head.Format != 1 || head.PlanSHA256 == "" {
		return "", ""
	}
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:]), head.PlanSHA256
}
