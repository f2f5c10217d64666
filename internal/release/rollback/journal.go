package rollback

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// Plan is what a rollback set out to do. It is written before anything is
// touched, once, and never changed.
type Plan struct {
	ID    string    `json:"id"`
	App   string    `json:"app"`
	Stage string    `json:"stage"`
	RunID string    `json:"run_id"`
	Began time.Time `json:"began"`
	To    string    `json:"to"`
	Leave string    `json:"leave"`
	// OnlyAfter is the run after which it was asked for, empty if for any.
	OnlyAfter string `json:"only_after"`
	Release   string `json:"release"`
	Commit    string `json:"commit"`
	From      string `json:"from"`
	Why       string `json:"why"`
	// Leaves are the releases that this withdraws.
	Leaves []string `json:"leaves"`
}

// Step is a step of a rollback that is done.
type Step struct {
	RunID string    `json:"run_id"`
	At    time.Time `json:"at"`
	// Update is SST's id of the update that deployed the release again.
	Update string `json:"update"`
	// Functions are the functions' codes after it: SHA-256 by name.
	Functions map[string]string `json:"functions"`
	// Why is why a rollback was given up.
	Why string `json:"why"`
}

// Past is a rollback in the journal.
type Past struct {
	Plan Plan
	// Written is when the plan was, by the store's clock.
	Written time.Time
	// Code, Done and Superseded are nil until the step was done.
	Code, Done, Superseded *Step
}

// The documents of a rollback.
const (
	docPlan       = "plan"
	docCode       = "code"
	docDone       = "done"
	docSuperseded = "superseded"
)

// maxEntry bounds a document of the journal in bytes, recent how many rollbacks
// of a stage are read. Older ones withdraw nothing that is still near.
const (
	maxEntry = 4 << 20
	recent   = 200
)

var entries = regexp.MustCompile(`^([0-9A-Za-z.-]{1,200})/(plan|code|done|superseded)\.json$`)

// journal is the rollbacks of one stage, beside the releases.
type journal struct {
	store  archive.Store
	begins string
}

func newJournal(store archive.Store, l archive.Layout, stage string) journal {
	return journal{store, l.Rollbacks() + stage + "/"}
}

// newID names a rollback so that names sort by time.
func newID(now time.Time, runID string) string {
	if runOf(runID) == "" {
		runID = "local"
	}
	return now.UTC().Format("20060102T150405.000Z") + "-" + runID
}

func (j journal) key(id, document string) string { return j.begins + id + "/" + document + ".json" }

// read returns the rollbacks, oldest first.
func (j journal) read(ctx context.Context) ([]Past, error) {
	documents := map[string][]archive.Object{}
	for o, err := range j.store.List(ctx, j.begins) {
		if err != nil {
			return nil, err
		}
		m := entries.FindStringSubmatch(strings.TrimPrefix(o.Key, j.begins))
		if m == nil {
			return nil, strange(o.Key, nil)
		}
		documents[m[1]] = append(documents[m[1]], o)
	}
	ids := make([]string, 0, len(documents))
	for id := range documents {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	ids = ids[max(0, len(ids)-recent):]
	all := make([]Past, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(looks)
	for i, id := range ids {
		group.Go(func() (err error) {
			all[i], err = j.past(ctx, id, documents[id])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	// The store's clock decides: runners' differ a little.
	slices.SortFunc(all, func(a, b Past) int { return cmp.Or(a.Written.Compare(b.Written), cmp.Compare(a.Plan.ID, b.Plan.ID)) })
	return all, nil
}

func (j journal) past(ctx context.Context, id string, documents []archive.Object) (Past, error) {
	var p Past
	for _, o := range documents {
		text, err := archive.ReadSmall(ctx, j.store, o.Key, maxEntry)
		if err != nil {
			return p, err
		}
		var step Step
		into := any(&step)
		switch strings.TrimSuffix(o.Key[strings.LastIndexByte(o.Key, '/')+1:], ".json") {
		case docPlan:
			p.Written, into = o.Modified, &p.Plan
		case docCode:
			p.Code = &step
		case docDone:
			p.Done = &step
		case docSuperseded:
			p.Superseded = &step
		}
		if err := json.Unmarshal(text, into); err != nil {
			return p, strange(o.Key, err)
		}
	}
	if p.Plan.ID != id || p.Plan.Release == "" || p.Plan.Commit == "" {
		return p, strange(j.key(id, docPlan), nil)
	}
	return p, nil
}

func strange(key string, err error) error {
	return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.RollbackRefused}, Name: key, What: "is nothing that a rollback has written, so nobody knows what was withdrawn", Err: err, Next: "Look at it, then move it out of the archive's rollbacks/ and run this again."}
}

// write writes a document that must not be there, or is there with the same
// content: a call that was repeated has written it.
func (j journal) write(ctx context.Context, id, document string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	err = j.store.Create(ctx, j.key(id, document), archive.Small(text))
	if !errors.Is(err, archive.ErrExists) {
		return err
	}
	there, err := archive.ReadSmall(ctx, j.store, j.key(id, document), maxEntry)
	if err != nil || document != docPlan || bytes.Equal(there, text) {
		return err // a step that is done is done, whoever wrote it first
	}
	return &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.RollbackFailed}, Name: j.key(id, document), What: "was written by another rollback in the same moment", Next: "Run it again: it goes on with that one."}
}
