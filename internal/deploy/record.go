package deploy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Update is the record of one update in the state bucket. SST writes it when it
// takes the lock and once more at its end; source: provider.go, Update.
type Update struct {
	ID string `json:"id"`
	// RunID is SST_RUN_ID of whoever wrote it, empty on a laptop.
	RunID   string `json:"runID"`
	Version string `json:"version"`
	Command string `json:"command"`
	// Errors are those of resources. Cancelled updates have none: SST drops
	// Pulumi's words "update cancelled" and "update failed" (run.go).
	Errors      []UpdateError `json:"errors"`
	TimeStarted time.Time     `json:"timeStarted"`
	// TimeCompleted is zero when SST did not come to its end.
	TimeCompleted time.Time `json:"timeCompleted"`
}

// UpdateError is one error of an update.
type UpdateError struct {
	URN     string `json:"urn"`
	Message string `json:"message"`
}

// Completed says whether SST came to the end of the update, well or not.
func (u Update) Completed() bool { return !u.TimeCompleted.IsZero() }

// Took is how long the update ran, 0 if that is unknown.
func (u Update) Took() time.Duration {
	if u.TimeStarted.IsZero() || u.TimeCompleted.Before(u.TimeStarted) {
		return 0
	}
	return u.TimeCompleted.Sub(u.TimeStarted)
}

// Lock is who works on a stage; source: provider.go, lockData.
type Lock struct {
	Created  time.Time `json:"created"`
	UpdateID string    `json:"updateID"`
	RunID    string    `json:"runID"`
	Command  string    `json:"command"`

	// ETag is the version that was read; only that one may be removed.
	ETag string `json:"-"`
}

// ParseUpdate reads a record. An empty one, one without an id and one whose
// times cannot be read are errors: they prove nothing.
func ParseUpdate(text []byte) (Update, error) {
	var raw struct {
		Update
		TimeStarted   string `json:"timeStarted"`
		TimeCompleted string `json:"timeCompleted"`
	}
	if err := one(text, &raw); err != nil {
		return Update{}, fmt.Errorf("the update's record cannot be read: %w", err)
	}
	u := raw.Update
	if u.ID == "" {
		return Update{}, errors.New("the update's record has no id")
	}
	var err1, err2 error
	// `sst unlock` writes records without a start.
	u.TimeStarted, err1 = timeOrNone(raw.TimeStarted)
	u.TimeCompleted, err2 = timeOrNone(raw.TimeCompleted)
	if err := errors.Join(err1, err2); err != nil {
		return Update{}, fmt.Errorf("the update's record %s has no readable time: %w", u.ID, err)
	}
	return u, nil
}

// ParseLock reads a lock. SST takes one without a creation time for none at all
// (provider.go, Lock), and so does this: held is false.
func ParseLock(text []byte) (l Lock, held bool, err error) {
	if err := one(text, &l); err != nil {
		return Lock{}, false, fmt.Errorf("the lock cannot be read: %w", err)
	}
	return l, !l.Created.IsZero(), nil
}

func timeOrNone(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339, s)
}

// one decodes exactly one JSON object.
func one(text []byte, into any) error {
	if trimmed := bytes.TrimSpace(text); len(trimmed) == 0 || trimmed[0] != '{' {
		return errors.New("it is no JSON object")
	}
	return json.Unmarshal(text, into)
}

// shortError is an error's first line, for a table. Messages come from AWS and
// from the app.
func shortError(message string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(message), "\n")
	const most = 300
	if len(line) > most {
		line = strings.ToValidUTF8(line[:most], "") + "…"
	}
	return line
}
