package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cutover-dev/cutover/internal/adapter/git"
	"github.com/cutover-dev/cutover/internal/adapter/sst"
	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/rollback"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// stage is SST as a rollback asks for it: the state bucket, the checkout, and a
// deployment that is judged like any other.
type stage struct{ work *work }

// Stand implements rollback.SST.
func (s *stage) Stand(ctx context.Context) (rollback.Stand, error) {
	w := s.work
	at, err := w.plan.target.Stand(ctx, w.ports.Store)
	if err != nil {
		return rollback.Stand{}, err
	}
	stand := rollback.Stand{State: at.State}
	if u := at.Update; u != nil {
		stand.Update = &rollback.Update{ID: u.ID, RunID: u.RunID, Clean: at.Clean, Started: u.Began(), What: at.What}
		if w.result.Calls == 0 {
			w.result.Update = deploy.Seen(*u)
		}
	}
	if at.Lock != nil {
		stand.Locked, stand.LockRun = true, at.Lock.RunID
	}
	return stand, nil
}

// Clear implements rollback.SST.
func (s *stage) Clear(ctx context.Context) error {
	w := s.work
	seen, err := deploy.Clear(ctx, w.ports, w.plan.target, w.plan.caller)
	w.result.Locks = append(w.result.Locks, seen...)
	if n := len(seen); n > 0 && !seen[n-1].Released {
		w.result.Lock = &seen[n-1]
	}
	return err
}

// Head implements rollback.SST.
func (s *stage) Head(ctx context.Context) (string, error) {
	return git.Repository{Folder: s.work.plan.folder}.Head(ctx)
}

// Sum implements rollback.SST. A path is that of the app's folder, or, where
// several apps share a repository, of the repository.
func (s *stage) Sum(ctx context.Context, path string) (string, bool, error) {
	folders := []string{s.work.plan.folder}
	if root, err := (git.Repository{Folder: s.work.plan.folder}).Root(ctx); err == nil {
		folders = append(folders, root)
	}
	for _, folder := range folders {
		sum, err := sumOf(filepath.Join(folder, filepath.FromSlash(path)))
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return sum, err == nil, err
		}
	}
	return "", false, nil
}

func sumOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // only read from
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return "", &fault.Fault{Kind: fault.Input, Name: path, What: "cannot be read", Err: err}
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// Deploy implements rollback.SST. sst is looked for only now: putting the code
// back needs none.
func (s *stage) Deploy(ctx context.Context) (string, error) {
	w := s.work
	command, err := sst.Find(w.plan.folder, *w.in.sst, w.s.Getenv)
	if err != nil {
		return "", err
	}
	w.ports.Tool = w.in.tool(w.s, w.plan, command, w.env)
	w.result.SST = command.String()
	d, err := w.carryOut(ctx)
	switch {
	case err != nil:
		return "", err
	case d.Outcome.Verdict != verdict.Pass:
		return "", &fault.Fault{Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.RollbackFailed, runbook.Row("deploy", string(d.Outcome.Reason))}, What: "deploying the release failed: " + strings.TrimSuffix(d.Outcome.Lead, "."), Next: d.Outcome.Next}
	case d.Evidence.Record == nil:
		return "", &fault.Fault{Kind: fault.Outside, What: "the deployment of the release left no record"}
	}
	return d.Evidence.Record.ID, nil
}
