package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/adapter/aws/ssm"
	"github.com/cutover-dev/cutover/internal/adapter/aws/ssts3"
	"github.com/cutover-dev/cutover/internal/deploy"
)

// home is the state bucket. The documents are copied from provider/provider.go
// and not shared with the program under test, so that the two can disagree.
type home struct {
	objects    *s3.Store
	bucket     *ssts3.Bucket
	name       string
	app, stage string
}

type updateError struct {
	URN     string `json:"urn"`
	Message string `json:"message"`
}

type update struct {
	ID            string        `json:"id"`
	RunID         string        `json:"runID,omitempty"`
	Version       string        `json:"version"`
	Command       string        `json:"command"`
	Errors        []updateError `json:"errors"`
	TimeStarted   string        `json:"timeStarted"`
	TimeCompleted string        `json:"timeCompleted,omitempty"`
}

type lock struct {
	Created  time.Time `json:"created"`
	UpdateID string    `json:"updateID"`
	RunID    string    `json:"runID"`
	Command  string    `json:"command"`
	Ignore   bool      `json:"ignore"`
}

func openHome(ctx context.Context, app, stage string) (*home, error) {
	region := os.Getenv("AWS_REGION")
	if region == "" {
		region = "us-east-1" // provider/aws.go, Init
	}
	name, err := ssm.StateBucket(ctx, region)
	if err != nil {
		return nil, err
	}
	objects, err := s3.Open(ctx, region)
	if err != nil {
		return nil, err
	}
	bucket, err := ssts3.Open(ctx, region, name)
	return &home{objects, bucket, name, app, stage}, err
}

// key is AwsHome.pathForData.
func (h *home) key(kind, below string) string {
	if below != "" {
		below = "/" + below
	}
	return kind + "/" + h.app + "/" + h.stage + below + ".json"
}

func (h *home) put(ctx context.Context, kind, below string, text []byte) error {
	return h.objects.Put(ctx, s3.Location{Bucket: h.name, Key: h.key(kind, below)}, text, "application/json")
}

func (h *home) putJSON(ctx context.Context, kind, below string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return h.put(ctx, kind, below, text)
}

// get returns nothing for a document that is not there.
func (h *home) get(ctx context.Context, kind string, into any) error {
	text, err := h.objects.Get(ctx, s3.Location{Bucket: h.name, Key: h.key(kind, "")}, 64<<20)
	if errors.Is(err, s3.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

var errLocked = errors.New("Concurrent update detected, run `sst unlock --stage=<stage>` to delete lock file and retry.") //nolint:staticcheck // SST's words

// lock is provider.go, Lock: get, then put, without any condition, then the
// first version of the update's record.
func (h *home) lock(ctx context.Context, runID, command string) (*update, error) {
	var l lock
	if err := h.get(ctx, "lock", &l); err != nil {
		return nil, err
	}
	if !l.Created.IsZero() {
		return nil, errLocked
	}
	u := &update{ID: descending(), RunID: runID, Version: version, Command: command, TimeStarted: time.Now().UTC().Format(time.RFC3339)}
	if err := h.putJSON(ctx, "lock", "", lock{time.Now(), u.ID, runID, command, true}); err != nil {
		return nil, err
	}
	return u, h.putJSON(ctx, "update", u.ID, u)
}

// release is provider.go, Unlock: it removes whatever lock there is.
func (h *home) release(ctx context.Context) error {
	o, err := h.bucket.Get(ctx, h.key("lock", ""), 1<<20)
	if errors.Is(err, deploy.ErrNoObject) {
		return nil
	}
	if err != nil {
		return err
	}
	return h.bucket.Delete(ctx, h.key("lock", ""), o.ETag)
}

// forceUnlock is provider.go, ForceUnlock: it writes the locked update's record
// over, without its start and with SST_RUN_ID of this very call (PutUpdate).
func (h *home) forceUnlock(ctx context.Context, runID string) error {
	var l lock
	if err := h.get(ctx, "lock", &l); err != nil {
		return err
	}
	if l.UpdateID != "" {
		err := h.putJSON(ctx, "update", l.UpdateID, update{
			ID: l.UpdateID, Command: l.Command, RunID: runID, Version: version, TimeCompleted: time.Now().Format(time.RFC3339),
			Errors: []updateError{{Message: "Update did not complete and was force unlocked with the `sst unlock` command"}},
		})
		if err != nil {
			return err
		}
	}
	return h.release(ctx)
}

// descending is pkg/id/id.go, Descending.
func descending() string {
	now := ^time.Now().UnixMilli()
	id := make([]byte, 12)
	for i := range 6 {
		id[i] = byte(now >> (40 - 8*i)) //nolint:gosec // the low byte is meant
	}
	_, _ = rand.Read(id[6:]) // never fails
	return hex.EncodeToString(id)
}
