//go:build e2e

package live_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rehearsal/live"
)

// shift is the binary of actions/traffic-shift.
var shift string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "live")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	shift = filepath.Join(folder, "traffic-shift")
	if out, err := exec.Command("go", "build", "-o", shift, "../../../actions/traffic-shift").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// play runs a scenario with plain handlers behind both fronts.
func play(t *testing.T, name string, meddle func(*live.World)) live.Figures {
	t.Helper()
	processtest.DependsOnAll()
	all := live.Scenarios()
	n := slices.IndexFunc(all, func(s live.Scenario) bool { return s.Name == name })
	if n < 0 {
		t.Fatalf("no scenario %s", name)
	}
	s := all[n]
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	w, err := live.New(ctx, live.Options{
		Shift: shift, Folder: t.TempDir(), Blue: live.Plain(), Green: live.Plain(), Speed: 60, Rate: 600, Path: "/mocs",
		Phases: s.Phases, Say: func(line string) { t.Log(line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	f, err := w.Play(ctx, s, meddle)
	for _, e := range w.Events() {
		t.Log(e.At.Format("15:04:05"), e.Kind, e.Phase, e.Reason)
	}
	for _, s := range f.Stand {
		t.Logf("%s record %.2f DNS %.2f", s.At.Format("15:04:05"), s.Record, s.DNS)
	}
	if err != nil {
		t.Fatal(err)
	}
	if unknown := w.Cloud.Unknown(); len(unknown) > 0 {
		t.Errorf("calls that nobody knows: %v", unknown)
	}
	t.Log(strings.Join(f.Told(), "\n"))
	return f
}

// Green breaks at 10%: the watcher finds it, goes back within the budget, and
// every harmed request is known.
//
// Shows: 5.5.8
func TestE2EWatcherTakesUsersBack(t *testing.T) {
	t.Parallel()
	f := play(t, "rolled-back", nil)
	for _, wrong := range f.Wrong() {
		t.Error(wrong)
	}
	if f.Since.Harmed[live.Blue] != 0 || f.Since.Harmed[live.Green] == 0 {
		t.Errorf("harmed %v", f.Since.Harmed)
	}
}

// The watcher is killed at 50%, then green breaks: DNS takes the users to blue
// while no process of ours lives.
//
// Shows: 5.5.8
func TestE2EDNSAloneTakesUsersBack(t *testing.T) {
	t.Parallel()
	f := play(t, "watcher-killed", nil)
	for _, wrong := range f.Wrong() {
		t.Error(wrong)
	}
	if f.Stands != 0.5 || f.Since.Harmed[live.Green] == 0 {
		t.Errorf("the record gives green %v, harmed %v", f.Stands, f.Since.Harmed)
	}
}

// No record can be changed when green breaks: the verdict that the watcher still
// publishes takes the users to blue by DNS, and the record follows afterwards.
//
// Shows: 5.5.8
func TestE2ENoControlPlaneIsNeeded(t *testing.T) {
	t.Parallel()
	for _, wrong := range play(t, "no-control-plane", nil).Wrong() {
		t.Error(wrong)
	}
}

// The tests above must be able to fail: without a fault nobody goes back, and
// with the health checks on the wrong sides nobody is saved.
func TestE2EASpoiltWorldShows(t *testing.T) {
	for name, c := range map[string]struct {
		scenario string
		spoil    func(*live.World)
		want     string
	}{
		"no fault":                        {"rolled-back", func(w *live.World) { w.Fault.Set(0, false) }, "green never failed"},
		"health checks on the wrong side": {"watcher-killed", (*live.World).SwapChecks, "DNS never left green"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if wrong := play(t, c.scenario, c.spoil).Wrong(); !slices.Contains(wrong, c.want) {
				t.Errorf("it does not say %q: %q", c.want, wrong)
			}
		})
	}
}
