package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/gate"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/verdict"
)

func TestEverythingRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, got := w.result()
	if got.Code != 0 || r.Verdict != verdict.Pass || len(r.Reasons) != 0 || r.Approver != "ann" {
		t.Fatalf("exit %d, %+v\n%s", got.Code, r, got.Stderr)
	}
	for i, row := range r.Rows {
		if row.Check != gate.Checks[i] || row.Verdict != gate.Pass || row.Observed == "" || row.Needed == "" || row.Source == "" || row.Change != "" {
			t.Errorf("%+v", row)
		}
	}
	if len(r.Rows) != len(gate.Checks) {
		t.Errorf("%d rows", len(r.Rows))
	}
}

// today is a day of the calendar, some days from now.
func today(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }

// frozen makes a window that holds now.
func (w *world) frozen() {
	w.configure("from: 2026-01-01, to: 2026-01-02", "from: "+today(-1)+", to: "+today(1))
}

// A world in which everything is right passes. One breakage for each row makes
// exactly that row fail, and with it the gate; the row switched off in
// cutover.yaml lets the broken world pass again, and says who has done that.
//
// Shows: 5.4.3, 5.4.6
func TestEachRowCounts(t *testing.T) {
	t.Parallel()
	broken := map[gate.Check]func(w *world){
		gate.CheckEnvironment: func(w *world) {
			w.github.answers["environments/production/deployment-branch-policies"] = map[string]any{"branch_policies": []any{map[string]any{"name": "*"}}}
		},
		gate.CheckApproval:    func(w *world) { w.github.answers["actions/runs/100/approvals"] = []any{} },
		gate.CheckStaging:     func(w *world) { w.updated("fe60000000000000000000aa", "101-1", "deploy", w.staged.Add(time.Minute), 0) },
		gate.CheckIntegration: func(w *world) { w.jobs("Integration tests", "completed", "failure", w.staged.Add(time.Minute)) },
		gate.CheckChecks: func(w *world) {
			w.github.answers["commits/"+sha+"/status"] = map[string]any{"statuses": []any{map[string]any{"context": "ci/legacy", "state": "failure"}}}
		},
		gate.CheckAlarms: func(w *world) { w.alarms("ALARM") },
		gate.CheckFreeze: func(w *world) { w.frozen() },
		gate.CheckLock:   func(w *world) { w.lock("production", "") },
		gate.CheckBudget: func(w *world) {
			w.cloud.SetBudget("lego-api production", &cloud.Budget{Limit: "200", Actual: "180.00", Unit: "USD"})
		},
		gate.CheckTraffic: func(w *world) { w.rollout(`{"format":1,"step":"watching","phase":0,"weight":100000}`) },
		gate.CheckKeys:    func(w *world) { w.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE") },
	}
	for _, check := range gate.Checks {
		t.Run(string(check), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if broken[check] == nil {
				t.Fatal("nothing breaks this row")
			}
			w.with(broken[check])
			r, got := w.result()
			want := map[bool]int{true: 4, false: 1}[check == gate.CheckKeys]
			if got.Code != want || r.Verdict != verdict.Fail || !slices.Equal(r.Reasons, []gate.Check{check}) {
				t.Fatalf("exit %d, %s for %v: %s\n%s", got.Code, r.Verdict, r.Reasons, r.Lead, got.Stderr)
			}
			if broken := row(r, check); broken.Verdict != gate.Fail || broken.Change == "" || !strings.Contains(r.Lead, strings.Split(broken.Observed, ";")[0]) {
				t.Errorf("%+v\n%s", broken, r.Lead)
			}
			w.configure("gate:\n", "gate:\n  skip: { "+string(check)+": it is broken for good }\n")
			r, got = w.result()
			if got.Code != 0 || r.Verdict != verdict.Pass || row(r, check).Verdict != gate.Off || !strings.Contains(row(r, check).Observed, "gate.skip of cutover.yaml: it is broken for good") || !strings.Contains(r.Lead, "Off: "+string(check)) {
				t.Errorf("switched off: exit %d, %s, %+v", got.Code, r.Lead, row(r, check))
			}
		})
	}
}

// Where every row is off, nothing was judged, and that is no pass.
func TestAllOffIsNoPass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var off []string
	for _, c := range gate.Checks {
		off = append(off, string(c)+": no")
	}
	w.configure("gate:\n", "gate:\n  skip: { "+strings.Join(off, ", ")+" }\n")
	r, got := w.result()
	if got.Code != 2 || r.Verdict != verdict.Inconclusive || len(w.github.asked) != 0 || len(w.cloud.Calls()) != 0 {
		t.Errorf("exit %d, %s; asked %v, %v", got.Code, r.Verdict, w.github.asked, w.cloud.Calls())
	}
}

// with changes the world while its servers stand.
func (w *world) with(change func(w *world)) {
	w.github.mu.Lock()
	defer w.github.mu.Unlock()
	change(w)
}

// jobs replaces the run's job of that name.
func (w *world) jobs(name, status, conclusion string, began time.Time) {
	w.github.answers["actions/runs/100/jobs"] = map[string]any{"jobs": []any{
		map[string]any{"name": "Build", "status": "completed", "conclusion": "success"},
		map[string]any{"name": name, "status": status, "conclusion": conclusion, "started_at": began.Format(time.RFC3339)},
	}}
}

// alarms puts one of the two into a state.
func (w *world) alarms(state string) {
	w.cloud.SetAlarms(cloud.Alarm{Name: "lego-api-production-errors", State: "OK"}, cloud.Alarm{Name: "lego-api-production", State: state, Reason: "Threshold Crossed", Composite: true})
}

// rollout writes the state of the rollout.
func (w *world) rollout(state string) { w.cloud.Put("cutover/rollout/production/state.json", state) }
