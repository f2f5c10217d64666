package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// The modes. Each is a way in which SST was seen, or by its sources must be
// expected, to end.
const (
	// modeBuild: the configuration cannot be built. The lock is taken by then,
	// the record never ends, the lock is given back. Source: run.go, js.Build.
	modeBuild = "build"
	// modeFail: the first resource fails.
	modeFail = "fail"
	// modePartial: the second resource fails, the first is there.
	modePartial = "partial"
	// modeThrottle: AWS throttles before anything is done; with partial besides.
	modeThrottle        = "throttle"
	modePartialThrottle = "partial-throttle"
	// modeNoRecord: all is said to be well, and the state bucket knows nothing:
	// another home, another account.
	modeNoRecord = "no-record"
	// modeKilled: Pulumi is killed (out of memory). ExitCode() is -1, which is
	// not > 0, so SST exits with 0; the record is clean. Source: end of run.go.
	modeKilled = "killed"
	// modeSwallowed: Pulumi fails with words that SST leaves out of the record
	// ("update failed"). Source: run.go, DiagnosticEvent.
	modeSwallowed = "swallowed"
	// modeHang: goes on until it is asked to stop, then ends as a cancelled
	// update does: clean record, exit code 1. Source: as modeSwallowed.
	modeHang = "hang"
	// Any other mode goes well: with a long Step, one that does not end for a
	// while, whatever it is asked.

	// modeDie: is killed in mid-deployment; the lock stays, the record is open.
	modeDie = "die"
	// modeKeepLock: everything is done, and the lock could not be removed
	// (stack.go: the error of the deferred Unlock is dropped).
	modeKeepLock = "keep-lock"
)

type project struct {
	home     *home
	scenario Scenario
	stop     chan os.Signal
	runID    string
	// shipped are the app's functions as they stand in the state.
	shipped []map[string]any
}

// say prints on standard output, as ui.go does.
func say(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// event prints a line of ui.go's printEvent.
func event(label, message string) { say("|  %-11s %s", label, message) }

func (p *project) header(what string) {
	say("SST %s ready!\n\n➜  %-12s%s\n   %-12s%s\n\n~  %s\n", version, "App:", p.home.app, "Stage:", p.home.stage, what)
}

func (p *project) deploy(ctx context.Context) (code int) {
	p.header("Deploy")
	mode := p.scenario.Mode
	if mode == modeNoRecord {
		p.complete(p.outputs())
		return 0
	}
	u, err := p.home.lock(ctx, p.runID, "deploy")
	if errors.Is(err, errLocked) {
		// ui.go at a ConcurrentUpdateEvent; errors.go gives ErrLockExists no words.
		event("Locked", "A concurrent update was detected on the app. Run `sst unlock` to remove the lock and try again.")
		return 1
	}
	if err != nil {
		return unexpected(err.Error())
	}
	if mode == modeKeepLock {
		defer func() { code = 0 }()
	} else {
		// run.go defers it: every orderly end releases.
		defer func() { _ = p.home.release(ctx) }()
	}
	for _, line := range p.scenario.Say {
		say("%s", line)
	}
	if mode == modeBuild {
		event("Error", "Build failed with 1 error")
		return unexpected("build failed")
	}
	l := newLog(p.home, p.first(ctx))
	p.operate(l)
	pulumiExited(map[bool]string{true: "<nil>", false: `"exit status 255"`}[l.code == 0 && l.finished])
	return p.finish(ctx, u, l)
}

// first says whether the stage has no state yet.
func (p *project) first(ctx context.Context) bool {
	var state map[string]any
	return p.home.get(ctx, "app", &state) == nil && state == nil
}

// operate is Pulumi's work. What it did stands in the log.
func (p *project) operate(l *log) {
	step, _ := time.ParseDuration(p.scenario.Step)
	mode := p.scenario.Mode
	if mode == modeThrottle {
		l.diagnose("", "ThrottlingException: Rate exceeded")
		l.code = 1
		l.summary()
		return
	}
	for i, r := range resources {
		l.begin(r)
		time.Sleep(step)
		switch {
		case mode == modeHang && i == 1:
			<-p.stop
			time.Sleep(step) // what has begun is brought to its end
			l.done(r)
			l.cancelled()
			return
		case mode == modeFail, mode == modePartial && i == 1:
			l.failed(r, "creating: AccessDenied: not authorized to perform")
			l.summary()
			return
		case mode == modePartialThrottle && i == 1:
			l.failed(r, "creating: ThrottlingException: Rate exceeded")
			l.summary()
			return
		case mode == modeDie && i == 1:
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			time.Sleep(time.Minute)
		case mode == modeKilled && i == 1:
			return // no summary, no error, code 0
		case mode == modeSwallowed && i == 1:
			l.code = 1
			l.summary()
			return
		}
		l.done(r)
	}
	l.summary()
}

// finish is the end of run.go: state, snapshot, event log, outputs.json after
// every end, the record last.
func (p *project) finish(ctx context.Context, u *update, l *log) int {
	outputs := p.outputs()
	good := l.finished && len(l.errors) == 0 && l.code == 0
	if err := p.ship(ctx, good, len(l.made)); err != nil {
		return unexpected(err.Error())
	}
	if good {
		var err error
		if outputs, err = p.serve(outputs); err != nil {
			return unexpected(err.Error())
		}
	}
	if err := p.push(ctx, u, l, outputs); err != nil {
		return unexpected(err.Error())
	}
	p.writeOutputs(outputs)
	u.TimeCompleted, u.Errors = time.Now().Format(time.RFC3339), l.errors
	if err := p.home.putJSON(ctx, "update", u.ID, u); err != nil {
		return unexpected(err.Error())
	}
	switch {
	case len(l.errors) > 0:
		say("\n✕  Failed    \n")
		for _, e := range l.errors {
			say("%s\n%s\n", e.URN, e.Message)
		}
	case !l.finished:
		say("\n✕  Interrupted    \n")
	default:
		p.complete(outputs)
	}
	// errors.go: ErrStackRunFailed has no words.
	return l.code
}

func (p *project) push(ctx context.Context, u *update, l *log, outputs map[string]any) error {
	state := map[string]any{"version": 3, "checkpoint": map[string]any{
		"stack":  "organization/" + p.home.app + "/" + p.home.stage,
		"latest": map[string]any{"resources": append(l.state(p.sealed(outputs)), p.shipped...)},
	}}
	return errors.Join(p.home.putJSON(ctx, "app", "", state), p.home.putJSON(ctx, "snapshot", u.ID, state), p.home.put(ctx, "eventlog", u.ID, l.text.Bytes()))
}

// outputs are the scenario's, or those of examples/lego-api.
func (p *project) outputs() map[string]any {
	if p.scenario.Outputs != nil {
		return p.scenario.Outputs
	}
	return map[string]any{
		"url":    "https://" + p.home.stage + ".example.com",
		"images": p.home.app + "-" + p.home.stage + "-images", "functions": []string{p.home.app + "-" + p.home.stage + "-health"},
	}
}

func secret(v any) (string, bool) {
	m, ok := v.(map[string]any)
	s, is := m["secret"].(string)
	return s, ok && is
}

// sealed are the outputs as the state holds them: secrets encrypted.
func (p *project) sealed(outputs map[string]any) map[string]any {
	sealed := maps.Clone(outputs)
	for k, v := range sealed {
		if _, ok := secret(v); ok {
			sealed[k] = map[string]any{"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:AAAA"}
		}
	}
	return sealed
}

// writeOutputs writes .sst/outputs.json; completed.go, parsePlaintext: secrets
// stand in it in the clear.
func (p *project) writeOutputs(outputs map[string]any) {
	open := maps.Clone(outputs)
	for k, v := range open {
		if s, ok := secret(v); ok {
			open[k] = s
		}
	}
	text, err := json.Marshal(open)
	if err == nil {
		err = os.WriteFile(filepath.Join(".sst", "outputs.json"), append(text, '\n'), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func (p *project) complete(outputs map[string]any) {
	say("\n✓  Complete    ")
	for _, k := range slices.Sorted(maps.Keys(outputs)) {
		v := outputs[k]
		if s, ok := secret(v); ok {
			v = s
		}
		say("   %s: %v", k, v)
	}
	say("")
}

// diff is diff.go: no lock, outputs.json written, the list printed also after a
// failure and without a word about it on standard output.
func (p *project) diff(asJSON bool) int {
	first := p.first(context.Background())
	p.writeOutputs(p.outputs())
	if !asJSON {
		p.header("Diff")
		say("➜  No changes\n")
		return 0
	}
	list := []map[string]any{}
	if p.scenario.Mode != modeFail && p.scenario.Mode != modeKilled {
		for _, r := range resources {
			if op := r.op(first); op != "same" {
				list = append(list, r.metadata(p.home, op))
			}
		}
	}
	text, _ := json.MarshalIndent(list, "", "  ") // plain maps always encode
	say("%s", text)
	switch p.scenario.Mode {
	case modeFail:
		pulumiExited(`"exit status 255"`)
		return 1
	case modeKilled:
		pulumiExited(`"signal: killed"`)
		return 0
	}
	pulumiExited("<nil>")
	return 0
}

func (p *project) unlock(ctx context.Context) int {
	if err := p.home.forceUnlock(ctx, p.runID); err != nil {
		return unexpected(err.Error())
	}
	say("✓  Unlocked the app state for: %s / %s", p.home.app, p.home.stage)
	return 0
}
