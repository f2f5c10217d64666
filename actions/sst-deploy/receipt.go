package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/git"
	"github.com/cutover-dev/cutover/internal/bundle"
	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/gate"
	"github.com/cutover-dev/cutover/internal/runner"
)

// lockfiles are those of the package managers, by their names in the app's
// folder or above it.
var lockfiles = []string{"pnpm-lock.yaml", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "bun.lock", "bun.lockb"}

// stateFile is where a deployment leaves the stage's state for archive-artifacts,
// below the app's folder. It lies beside .sst/outputs.json, which holds no less.
const stateFile = ".sst/cutover/state.json"

// built is what is about to be deployed, hashed before sst runs: sst writes into
// the bundle.
func (w *work) built() error {
	if *w.in.bundle == "" {
		return nil
	}
	root, err := os.OpenRoot(w.plan.folder)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // only read from
	files, err := fs.Sub(root.FS(), filepath.ToSlash(filepath.Clean(*w.in.bundle)))
	if err != nil {
		return &fault.Fault{Kind: fault.Input, Name: "bundle", What: "leads out of the app's folder", Got: *w.in.bundle, Allowed: "a folder below it, such as dist/functions"}
	}
	w.receipt.Bundle.Path = *w.in.bundle
	w.receipt.Bundle.SHA256, w.receipt.Bundle.Files, err = bundle.Digest(files)
	if err != nil {
		return &fault.Fault{Kind: fault.Input, Name: "bundle", What: "cannot be hashed", Got: *w.in.bundle, Err: err, Next: "Build before this step, and name the folder of what was built, seen from the app's."}
	}
	w.receipt.Lockfile, err = w.lockfile(root.FS())
	return err
}

func (w *work) lockfile(folder fs.FS) (gate.File, error) {
	for _, name := range lockfiles {
		sum, err := bundle.File(folder, name)
		if err == nil {
			return gate.File{Path: name, SHA256: sum}, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return gate.File{}, err
		}
	}
	return gate.File{}, &fault.Fault{Kind: fault.Input, Name: "folder", What: "holds no lockfile, so nobody could say with which packages this was deployed", Got: w.plan.folder, Allowed: fmt.Sprint(lockfiles), Next: "Commit the lockfile, or leave out bundle: then there is no receipt."}
}

// leave keeps what later steps need of a deployment that succeeded: the state
// for the archive, the receipt for the gate. The deployment stands whatever
// becomes of these; without them the later steps refuse.
func (w *work) leave(ctx context.Context, d deploy.Deployment) {
	err := errors.Join(w.leaveState(ctx), w.leaveReceipt(ctx, d))
	if err != nil {
		w.s.Annotate(runner.Annotation{Level: runner.Warning, Title: "sst-deploy", Message: "The deployment succeeded, and what later steps need of it is not complete: " + w.scrub(err.Error())})
	}
}

func (w *work) leaveState(ctx context.Context) error {
	at, err := w.plan.target.Stand(ctx, w.ports.Store)
	if err != nil {
		return err
	}
	path := filepath.Join(w.plan.folder, filepath.FromSlash(stateFile))
	return w.s.KeepFile("state", path, at.State)
}

func (w *work) leaveReceipt(ctx context.Context, d deploy.Deployment) error {
	if *w.in.bundle == "" || d.Evidence.Record == nil {
		return nil
	}
	// What is checked out is what was deployed, whatever started the run.
	commit, err := git.Repository{Folder: w.plan.folder}.Head(ctx)
	if given := w.s.Getenv("GITHUB_SHA"); err != nil && gate.IsCommit(given) {
		commit, err = given, nil // the sources came here without git
	}
	if err != nil {
		return err
	}
	u := d.Evidence.Record
	r := &w.receipt
	r.Version, r.App, r.Stage, r.Commit = 1, w.plan.target.App, w.plan.target.Stage, commit
	r.RunID, r.UpdateID, r.SST, r.Completed = u.RunID, u.ID, u.Version, u.TimeCompleted.UTC().Format(time.RFC3339)
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	// What the gate would not read is no receipt.
	if _, err := gate.ParseReceipt(string(text)); err != nil {
		return fmt.Errorf("the receipt %w", err)
	}
	return w.s.Output("receipt", string(text))
}
