package notice_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/notice"
	"github.com/cutover-dev/cutover/internal/unit"
)

var update = flag.Bool("update", false, "write the wanted notices anew")

// facts are those of every case.
func facts() notice.Facts {
	phase := func(weight unit.Percent, hold time.Duration) rollout.Phase {
		return rollout.Phase{Weight: weight, Hold: unit.Duration(hold), Approval: "none"}
	}
	return notice.Facts{
		Stage: "production", Record: "api.example.com",
		Phases:       []rollout.Phase{phase(unit.Full/10, 2*time.Hour), phase(unit.Full/2, 4*time.Hour), phase(unit.Full, 24*time.Hour)},
		DecisionTime: 15 * time.Minute, RollbackBudget: 5 * time.Minute, Runbooks: "https://example.com/runbooks",
	}
}

// testdata/cases/<case>.json is an event; <case>.want.txt is what people are
// told of it. A new case is a new file pair.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.json")
	if err != nil || len(files) < 30 {
		t.Fatalf("%v, %d cases", err, len(files))
	}
	shown := map[string]bool{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var e rollout.Event
			d := json.NewDecoder(bytes.NewReader(text))
			d.DisallowUnknownFields()
			if err := d.Decode(&e); err != nil {
				t.Fatal(err)
			}
			hold, _, _ := strings.Cut(e.Reason, ":")
			shown[string(e.Kind)], shown["held "+hold] = true, true
			got := []byte(render(notice.Of(facts(), e)))
			name := strings.TrimSuffix(file, ".json") + ".want.txt"
			if *update {
				if err := os.WriteFile(name, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	for _, k := range []rollout.Kind{
		rollout.Started, rollout.Promoted, rollout.Shifted, rollout.Settled, rollout.Held, rollout.Released, rollout.Paged, rollout.Reported, rollout.Recovered,
		rollout.FellBack, rollout.Confirmed, rollout.Soaked, rollout.Completed, rollout.Ordered, rollout.Corrected, rollout.EpochOpened, rollout.Rebuilt,
	} {
		if !shown[string(k)] {
			t.Errorf("no case shows the kind %s", k)
		}
	}
	for _, h := range []rollout.HoldKind{
		rollout.HoldBroken, rollout.HoldUnclear, rollout.HoldShared, rollout.HoldMissing, rollout.HoldUndelivered, rollout.HoldDrift,
		rollout.HoldWorse, rollout.HoldGuard, rollout.HoldPolicy, rollout.HoldPaused, rollout.HoldInconclusive, rollout.HoldApproval,
	} {
		if !shown["held "+string(h)] {
			t.Errorf("no case shows the hold %s", h)
		}
	}
}

func render(n notice.Notice) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, loud %v, opens a phase %v\n\n%s\n\n%s\n\n", n.Kind, n.Loud, n.Opens(), n.Title, n.Text())
	for _, f := range n.Fields {
		fmt.Fprintf(&b, "%s: %s\n", f.Name, f.Value)
	}
	if n.Runbook != "" {
		fmt.Fprintf(&b, "\n%s\n", n.Runbook)
	}
	return b.String()
}

// Whoever is woken is told which command to give.
func TestAnAlarmSaysWhatToDo(t *testing.T) {
	for _, e := range []rollout.Event{{Kind: rollout.Paged, Weight: unit.Full / 2}, {Kind: rollout.Paged}, {Kind: rollout.Corrected}, {Kind: rollout.Rebuilt}, {Kind: rollout.FellBack}, {Kind: rollout.Confirmed}} {
		n := notice.Of(facts(), e)
		if !n.Loud || !strings.Contains(n.Next, "--command ") && e.Kind != rollout.FellBack || !strings.Contains(n.Next+"--stage production", "--stage production") {
			t.Errorf("%s: %+v", e.Kind, n)
		}
		if (n.Kind == notice.Alarm) == (e.Kind == rollout.FellBack || e.Kind == rollout.Confirmed) {
			t.Errorf("%s is told as %s", e.Kind, n.Kind)
		}
	}
}

// Every command that a notice names is one that there is.
func TestCommandsExist(t *testing.T) {
	known := map[string]bool{"status": true}
	for _, o := range rollout.Orders() {
		known[string(o)] = true
	}
	files, _ := filepath.Glob("testdata/cases/*.want.txt")
	seen := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "%resume") || strings.Contains(string(text), "%rollback") {
			t.Errorf("%s: a word was not filled in", file)
		}
		for _, part := range strings.Split(string(text), "--command ")[1:] {
			seen++
			if word, _, _ := strings.Cut(part, " "); !known[word] {
				t.Errorf("%s names the command %q", file, word)
			}
		}
	}
	if seen < 15 {
		t.Errorf("%d commands are named", seen)
	}
}

// Whoever is told that something is wrong is led to what to do; what is well
// leads nowhere.
func TestWhatIsWrongLeadsToItsRunbook(t *testing.T) {
	for name, c := range map[string]struct {
		event rollout.Event
		want  string
	}{
		"a hold":                  {rollout.Event{Kind: rollout.Held, Reason: "missing_data: errors", Weight: unit.Full / 2}, "rollout.md#missing-data"},
		"a hold nobody knows":     {rollout.Event{Kind: rollout.Held, Reason: "moonlight: bright", Weight: unit.Full / 2}, "rollout.md#no"},
		"rolling back":            {rollout.Event{Kind: rollout.FellBack}, "rollout.md#rolled-back"},
		"blue has it":             {rollout.Event{Kind: rollout.Confirmed}, "rollout.md#blue-back"},
		"a person is asked":       {rollout.Event{Kind: rollout.Paged, Weight: unit.Full / 2}, "rollout.md#decide"},
		"a way back that is long": {rollout.Event{Kind: rollout.Paged}, "rollout.md#back-too-slow"},
		"somebody else's weight":  {rollout.Event{Kind: rollout.Corrected, Weight: unit.Full / 2}, "rollout.md#corrected"},
		"a state that was lost":   {rollout.Event{Kind: rollout.Rebuilt, Weight: unit.Full / 2}, "rollout.md#rebuilt"},
		"a promotion":             {rollout.Event{Kind: rollout.Promoted, Weight: unit.Full / 2}, ""},
		"an end without anything": {rollout.Event{Kind: rollout.Completed, Weight: unit.Full}, ""},
	} {
		want := c.want
		if want != "" {
			want = "https://example.com/runbooks/failures/" + want
		}
		if got := notice.Of(facts(), c.event).Runbook; got != want {
			t.Errorf("%s leads to %q, want %q", name, got, want)
		}
	}
}
