package s3

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/notice"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// mostDocument bounds a document beside the state in bytes.
const mostDocument = 1 << 20

// ErrKept says that a name keeps something else already.
var ErrKept = errors.New("something else is kept under this name")

// documentName is what documents beside the state may be called, as long as
// the name is not one of cutover's own.
var documentName = pattern.New(`^[a-z0-9-]{1,64}\.json$`)

const (
	probeName  = "probe.json"
	toldPrefix = "told-"
)

func (r *Rollout) document(name string) (Location, error) {
	if !documentName.MatchString(name) || name == stateName || name == probeName || strings.HasPrefix(name, toldPrefix) {
		return Location{}, &fault.Fault{
			Kind: fault.Refused, Name: "document", What: "cannot have this name", Got: name,
			Allowed: "small letters, digits and hyphens, then .json; not state.json, probe.json or told-….json",
		}
	}
	return r.at(name), nil
}

func small(at Location, text []byte) error {
	if len(text) > mostDocument {
		return &fault.Fault{Kind: fault.Refused, Name: at.String(), What: fmt.Sprintf("the document has %d bytes", len(text)), Allowed: fmt.Sprintf("at most %d", mostDocument)}
	}
	return nil
}

// Keep stores a document beside the state, for good: the same again changes
// nothing, and anything else under that name is refused with [ErrKept].
func (r *Rollout) Keep(ctx context.Context, name string, text []byte) error {
	at, err := r.document(name)
	if err != nil {
		return err
	}
	if err := small(at, text); err != nil {
		return err
	}
	_, err = r.write(ctx, at, text, "", func(there []byte) bool { return bytes.Equal(there, text) })
	if errors.Is(err, errElse) {
		return &fault.Fault{
			Kind: fault.Refused, Name: at.String(), What: "was not kept, since an earlier one must not be lost", Err: ErrKept,
			Next: "If the earlier one is of no use any more, take it away by hand: the bucket's versions keep it.",
		}
	}
	return err
}

// Kept returns what Keep stored, or [ErrNotFound].
func (r *Rollout) Kept(ctx context.Context, name string) ([]byte, error) {
	text, _, err := r.Get(ctx, name)
	return text, err
}

// Put replaces the document of that version, or makes it where version is
// empty. It is rollout.ErrConflict where the document is another one by now.
// The version stands for the content: one that comes back to what it was has
// its old version, unless it carries a time or a number.
func (r *Rollout) Put(ctx context.Context, name string, text []byte, version rollout.Version) (rollout.Version, error) {
	at, err := r.document(name)
	if err != nil {
		return "", err
	}
	if err := small(at, text); err != nil {
		return "", err
	}
	next, err := r.write(ctx, at, text, version, func(there []byte) bool { return bytes.Equal(there, text) })
	if errors.Is(err, errElse) {
		return "", fmt.Errorf("%s: %w", at, rollout.ErrConflict)
	}
	return next, err
}

// Get returns a document and its version, or [ErrNotFound].
func (r *Rollout) Get(ctx context.Context, name string) ([]byte, rollout.Version, error) {
	at, err := r.document(name)
	if err != nil {
		return nil, "", err
	}
	return r.read(ctx, at, mostDocument)
}

// Told is the memory of one board, such as github or slack: what it was told
// lies beside the state, so that every runner knows it. It implements
// notice.Memory.
func (r *Rollout) Told(board string) Told { return Told{r, r.at(toldPrefix + board + ".json")} }

// Told is a board's memory on S3.
type Told struct {
	rollout *Rollout
	at      Location
}

var _ notice.Memory = Told{}

// remembered is notice.Told as it is stored; Save is as in saved.
type remembered struct {
	notice.Told
	Save string `json:"save"`
}

// mostTold bounds a memory in bytes: it holds a number, a place and a name.
const mostTold = 64 << 10

// Recall implements notice.Memory. One that cannot be read counts as empty and
// is replaced: people are then told twice what waits to be told, which is
// better than that nobody hears of it. One of a newer format is left alone.
func (t Told) Recall(ctx context.Context) (notice.Told, rollout.Version, error) {
	text, version, err := t.rollout.read(ctx, t.at, mostTold)
	switch {
	case errors.Is(err, ErrNotFound):
		return notice.Told{}, "", nil
	case err != nil:
		return notice.Told{}, "", err
	}
	told, readable := parseTold(text)
	if !readable {
		return notice.Told{}, version, nil
	}
	if told.Format > 1 {
		return notice.Told{}, "", &fault.Fault{Kind: fault.Refused, Name: t.at.String(), What: "was not written by this version of cutover", Got: fmt.Sprintf("format %d", told.Format), Allowed: "format 1", Next: "Use the version of cutover that began this rollout."}
	}
	return told.Told, version, nil
}

func parseTold(text []byte) (told remembered, readable bool) {
	err := json.Unmarshal(text, &told)
	return told, err == nil
}

// Remember implements notice.Memory.
func (t Told) Remember(ctx context.Context, told notice.Told, version rollout.Version) (rollout.Version, error) {
	mine := rand.Text()
	text, err := json.Marshal(remembered{told, mine})
	if err != nil || len(text) > mostTold {
		return "", &fault.Fault{Kind: fault.Refused, Name: t.at.String(), What: fmt.Sprintf("what is to be remembered has %d bytes", len(text)), Err: err, Allowed: fmt.Sprintf("at most %d", mostTold)}
	}
	next, err := t.rollout.write(ctx, t.at, text, version, func(there []byte) bool {
		stands, readable := parseTold(there)
		return readable && stands.Save == mine
	})
	if errors.Is(err, errElse) {
		return "", rollout.ErrConflict
	}
	return next, err
}
