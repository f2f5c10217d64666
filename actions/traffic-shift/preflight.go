package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/cutover-dev/cutover/internal/adapter/probe"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout/preflight"
	"github.com/cutover-dev/cutover/internal/rollout/preflight/accesslog"
)

// preflight looks for what would break once traffic moves, and keeps what it
// found for start.
func (w *work) preflight(ctx context.Context) error {
	if err := w.look(ctx); err != nil {
		return err
	}
	p := preflight.Policy{
		Settings: w.traffic.Preflight, Stage: w.stage, Connections: w.file.SLOs.DatabaseConnections, Smoke: w.requests(),
	}
	if api := w.api(); api != nil {
		p.API = api.Type
	}
	if err := w.migrated(&p); err != nil {
		return err
	}
	sides, err := probe.OpenSides(string(w.traffic.Blue.Direct), string(w.traffic.Green.Direct), "cutover-preflight")
	if err != nil {
		return err
	}
	ports := preflight.Ports{Getter: sides}
	if ports.Fleet, err = w.fleet(ctx); err != nil {
		return err
	}
	if pattern := w.traffic.Preflight.Migrations; pattern != "" {
		app := os.DirFS(filepath.Join(filepath.Dir(*w.in.config), filepath.FromSlash(w.file.App)))
		ports.Migrations = preflight.Saw(preflight.Migrations(app, pattern))
	}
	if *w.in.accessLog != "" {
		ports.AccessLog = preflight.Saw(w.accessLog(ctx))
	}
	r := preflight.Judge(p, preflight.Observe(ctx, p, ports), w.clock.Now())
	w.result.Ready, w.result.Verdict, w.result.Lead = &r, r.Verdict, r.Lead
	w.result.document = r.Document()
	if ctx.Err() != nil {
		return context.Cause(ctx) // half of it was not looked at
	}
	w.keep(ctx, preflightName, r)
	return r.Err()
}

// migrated reads the names of the migrations that have run.
func (w *work) migrated(p *preflight.Policy) error {
	if *w.in.migrated == "" {
		return nil
	}
	f, err := os.Open(*w.in.migrated)
	if err != nil {
		return &fault.Fault{Kind: fault.Input, Name: "migrated", What: "cannot be opened", Err: err}
	}
	defer func() { _ = f.Close() }() // nothing was written
	p.AppliedKnown = true
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if name := strings.TrimSpace(lines.Text()); name != "" {
			p.Applied = append(p.Applied, name)
		}
	}
	if err := lines.Err(); err != nil {
		return &fault.Fault{Kind: fault.Input, Name: "migrated", What: "cannot be read", Err: err}
	}
	return nil
}

// accessLog reads the access log that somebody has fetched.
func (w *work) accessLog(ctx context.Context) (s accesslog.Summary, err error) {
	f, err := os.Open(*w.in.accessLog)
	if err != nil {
		return s, &fault.Fault{Kind: fault.Input, Name: "access-log", What: "cannot be opened", Err: err}
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return s, s.Read(ctx, filepath.Base(*w.in.accessLog), f)
}
