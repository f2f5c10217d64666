package runbook_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/gate"
	"github.com/cutover-dev/cutover/internal/message"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// words is every name in code by which a message can name a failure: a new one
// without a section turns this red.
func words() map[string][]string {
	all := map[string][]string{}
	for _, c := range gate.Checks {
		all["gate"] = append(all["gate"], string(c))
	}
	for _, r := range []deploy.Reason{
		deploy.ResourceErrors, deploy.UncleanExit, deploy.NoRecord, deploy.NotStarted, deploy.BrokeOff, deploy.NoEventLog, deploy.Interrupted,
		deploy.StateCorrupt, deploy.OperationFailed, deploy.Cancelled, deploy.StillRunning,
	} {
		all["deploy"] = append(all["deploy"], string(r))
	}
	for _, h := range []rollout.HoldKind{
		rollout.HoldBroken, rollout.HoldUnclear, rollout.HoldShared, rollout.HoldMissing, rollout.HoldUndelivered, rollout.HoldDrift, rollout.HoldWorse,
		rollout.HoldGuard, rollout.HoldPolicy, rollout.HoldPaused, rollout.HoldInconclusive, rollout.HoldApproval,
	} {
		all["rollout"] = append(all["rollout"], string(h))
	}
	for _, h := range []retire.HoldKind{
		retire.HoldUnread, retire.HoldPlan, retire.HoldApproval, retire.HoldDrift, retire.HoldUndone, retire.HoldKit, retire.HoldTrouble, retire.HoldFailed,
	} {
		all["retire"] = append(all["retire"], string(h))
	}
	for _, r := range []plan.Rule{
		plan.OtherAccount, plan.NotRead, plan.Contradicts, plan.NotThere, plan.OtherOwner, plan.Kept, plan.HoldsData, plan.UsedExport, plan.UsedImage,
		plan.InUse, plan.OtherName, plan.ServesOthers, plan.Busy, plan.Unknown, plan.NoOrder, plan.NoGreen, plan.Expired,
	} {
		all["retire"] = append(all["retire"], string(r))
	}
	all["bake"] = []string{"smoke", "check", "alarm", "no-alarm", "unproven", "cancelled"}
	all["traces"] = []string{
		"destination", "index_setting", "share_indexed", "annotations_indexed", "kept_errors", "kept_successes", "functions_active", "annotation: user",
		"operations", "statuses", "run_annotated", "metadata: request size", "requests_answered", "traces_found", "traces_whole", "cold_start",
		"calls: rds", "statements", "causes", "node: rds", "edge: a → b", "requests_reach",
	}
	all["load"] = []string{"rate", "errors", "throttles", "concurrency", "cold_starts", "settle"}
	all["comparison"] = []string{"latency_p50", "latency_p95", "latency_p99", "throughput", "errors_5xx", "cold_start_p99", "savings"}
	return all
}

func TestEachWordHasItsOwnSection(t *testing.T) {
	for page, names := range words() {
		for _, name := range names {
			if k := runbook.Row(page, name); !runbook.Known(k) || strings.HasSuffix(string(k), "#no") {
				t.Errorf("%s %s leads to %s", page, name, k)
			}
		}
	}
	if k := runbook.Row("gate", "unheard of"); k != "gate#no" {
		t.Errorf("a row without a section leads to %s", k)
	}
	var alarms []string
	for _, k := range runbook.All() {
		if !strings.Contains(string(k), "#") {
			alarms = append(alarms, string(k))
		}
	}
	if !slices.Equal(alarms, monitoring.Kinds()) {
		t.Errorf("alarms %v, monitoring has %v", alarms, monitoring.Kinds())
	}
	for _, kind := range message.Kinds() {
		if k := message.Kind(kind).Section(); k != "" && !runbook.Known(k) {
			t.Errorf("%s leads to %s", kind, k)
		}
	}
}

// Every constant of the room is in the table, and every program has its two.
func TestTheConstantsAreKnown(t *testing.T) {
	text, err := os.ReadFile("runbook.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`Kind += "([a-z0-9#-]+)"`).FindAllStringSubmatch(string(text), -1)
	if len(found) < 40 {
		t.Fatalf("%d constants", len(found))
	}
	for _, m := range found {
		if !runbook.Known(runbook.Kind(m[1])) {
			t.Errorf("%s has no section", m[1])
		}
	}
	for _, p := range append(runbook.Programs(), "a program of tomorrow") {
		for _, kind := range []string{"gate", "input", "outside", "refused", "unknown"} {
			if k := runbook.Of(p, kind); !runbook.Known(k) {
				t.Errorf("%s %s leads to %s", p, kind, k)
			}
		}
	}
}

// Every action has a page of its own, but for those that judge nothing of users'.
func TestEachActionHasItsPage(t *testing.T) {
	general := []string{"pipeline-report", "doctor"}
	mains, err := filepath.Glob("../../actions/*/main.go")
	if err != nil || len(mains) < 10 {
		t.Fatalf("%v, %d actions", err, len(mains))
	}
	for _, file := range mains {
		if name := filepath.Base(filepath.Dir(file)); slices.Contains(runbook.Programs(), name) == slices.Contains(general, name) {
			t.Errorf("%s: give it a page below docs/runbooks/failures, or say that it needs none", name)
		}
	}
}

// Each constant is used: what nobody names needs no section.
func TestTheConstantsAreUsed(t *testing.T) {
	text, err := os.ReadFile("runbook.go")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, root := range []string{"../../internal", "../../actions"} {
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "internal/runbook/") {
				return err
			}
			one, err := os.ReadFile(path)
			source.Write(one)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^\t([A-Z]\w+) +Kind = `).FindAllStringSubmatch(string(text), -1) {
		if m[1] != "Input" && m[1] != "Outside" && !regexp.MustCompile(`runbook\.`+m[1]+`\b`).MatchString(source.String()) {
			t.Errorf("no message leads to runbook.%s", m[1])
		}
	}
}

func TestAddresses(t *testing.T) {
	for name, c := range map[string]struct {
		got, want string
	}{
		"an alarm":            {runbook.Link("https://example.com/runbooks/", runbook.Alarm("api-5xx")), "https://example.com/runbooks/api-5xx.md"},
		"a failure":           {runbook.Link("https://example.com/runbooks", runbook.Locked), "https://example.com/runbooks/failures/deploy.md#locked"},
		"nothing is known":    {runbook.Base("", "", "", ""), "https://github.com/cutover-dev/cutover/blob/main/docs/runbooks"},
		"a version":           {runbook.Base("", "a/b", "v1", ""), "https://github.com/a/b/blob/v1/docs/runbooks"},
		"a server, a folder":  {runbook.Base("https://git.example.com/", "a/b", "v1", "/tools/cutover/"), "https://git.example.com/a/b/blob/v1/tools/cutover/docs/runbooks"},
		"a name with a colon": {string(runbook.Row("traces", "edge: a → b")), "traces#edge"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", name, c.got, c.want)
		}
	}
}
