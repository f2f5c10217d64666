package gate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Receipt is what a deployment says of itself, as sst-deploy puts it out. It is
// a claim; the gate holds it against SST's state and the checkout.
type Receipt struct {
	Version   int    `json:"schema_version"`
	App       string `json:"app"`
	Stage     string `json:"stage"`
	Commit    string `json:"commit"`
	RunID     string `json:"run_id"`
	UpdateID  string `json:"update_id"`
	SST       string `json:"version"`
	Completed string `json:"completed"`
	Lockfile  File   `json:"lockfile"`
	Bundle    File   `json:"bundle"`
}

// File is a file, or a folder of files, with its digest.
type File struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Files  int    `json:"files,omitempty"`
}

var (
	commitRE = pattern.New(`^[0-9a-f]{40}([0-9a-f]{24})?$`)
	sumRE    = pattern.New(`^[0-9a-f]{64}$`)
	idRE     = pattern.New(`^[A-Za-z0-9_-]{1,64}$`)
	nameRE   = pattern.New(`^[A-Za-z][A-Za-z0-9-]{0,127}$`)
	runRE    = pattern.New(`^[1-9][0-9]{0,18}-[1-9][0-9]{0,9}$`)
)

// IsCommit says whether text is the whole name of a commit.
func IsCommit(text string) bool { return commitRE.MatchString(text) }

// mostReceipt bounds a receipt in bytes; one has some 600.
const mostReceipt = 16 << 10

// ParseReceipt reads a receipt. Unknown fields are an error, and so is every
// field that is missing: a receipt that lacks one would be compared with less
// than it should be.
func ParseReceipt(text string) (*Receipt, error) {
	if len(text) > mostReceipt {
		return nil, fmt.Errorf("has more than %d bytes", mostReceipt)
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	var r Receipt
	if err := d.Decode(&r); err != nil {
		return nil, fmt.Errorf("is no receipt: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("is no receipt: something follows it")
	}
	if r.Version != 1 {
		return nil, fmt.Errorf("is a receipt of version %d, and this gate reads version 1", r.Version)
	}
	for _, f := range []struct {
		name, value string
		like        *pattern.Pattern
	}{
		{"app", r.App, nameRE}, {"stage", r.Stage, nameRE}, {"commit", r.Commit, commitRE}, {"run_id", r.RunID, runRE}, {"update_id", r.UpdateID, idRE},
		{"lockfile.sha256", r.Lockfile.SHA256, sumRE}, {"bundle.sha256", r.Bundle.SHA256, sumRE},
	} {
		if !f.like.MatchString(f.value) {
			return nil, fmt.Errorf("is no receipt: %s is missing or is none", f.name)
		}
	}
	if r.Lockfile.Path == "" || r.Bundle.Path == "" || r.Bundle.Files < 1 {
		return nil, errors.New("is no receipt: a path is missing, or the bundle has no files")
	}
	if _, err := time.Parse(time.RFC3339, r.Completed); err != nil {
		return nil, errors.New("is no receipt: completed is no time")
	}
	return &r, nil
}

// completed is when the deployment ended by its own words.
func (r *Receipt) completed() time.Time {
	t, err := time.Parse(time.RFC3339, r.Completed)
	if err != nil {
		return time.Time{} // never came through ParseReceipt
	}
	return t
}
