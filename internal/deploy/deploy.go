// Package deploy knows what a deployment by SST is and how its outcome is
// judged. SST's exit code and its .sst/outputs.json prove little; what proves
// something lies in the state bucket: the update's record, Pulumi's event log,
// the lock. This package reads them, decides, and carries the steps out through
// ports; it knows no process, no network and no SDK.
//
// What SST does was read in its sources (github.com/anomalyco/sst, pkg/project/
// run.go and pkg/project/provider/provider.go, June 2026) and tried with the
// binary of npm's sst 4.17.1; comments name the place.
package deploy

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Target is what is deployed: one stage of one SST app.
type Target struct {
	App, Stage string
}

func (t Target) String() string { return t.App + "/" + t.Stage }

// SST's own rule for both names: pkg/project, InvalidStageRegex.
var name = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,127}$`)

// Check refuses names that SST would refuse, before anything is started.
func (t Target) Check() error {
	for _, n := range []struct{ input, value string }{{"app", t.App}, {"stage", t.Stage}} {
		if !name.MatchString(n.value) {
			return &fault.Fault{Kind: fault.Input, Name: n.input, What: "is no name that SST takes", Got: n.value, Allowed: "letters, digits and -, starting with a letter"}
		}
	}
	return nil
}

// The documents of the state bucket. Source: provider/aws.go, pathForData.
func (t Target) lockKey() string            { return "lock/" + t.App + "/" + t.Stage + ".json" }
func (t Target) updates() string            { return "update/" + t.App + "/" + t.Stage + "/" }
func (t Target) updateKey(id string) string { return t.updates() + id + ".json" }
func (t Target) eventsKey(id string) string {
	return "eventlog/" + t.App + "/" + t.Stage + "/" + id + ".json"
}
func (t Target) idOf(key string) (id string) {
	return strings.TrimSuffix(strings.TrimPrefix(key, t.updates()), ".json")
}

// RunID names an attempt of a workflow run; SST stores it as SST_RUN_ID in the
// lock and in the record of each update.
type RunID struct {
	Run     int64
	Attempt int
}

// String writes it as SST_RUN_ID is set: run id, dash, attempt.
func (r RunID) String() string {
	if r.Run == 0 {
		return ""
	}
	return fmt.Sprintf("%d-%d", r.Run, r.Attempt)
}

// Known says whether it names a run at all; outside of Actions there is none.
func (r RunID) Known() bool { return r.Run > 0 }

// ParseRunID reads what String writes. ok is false for what others put there:
// nothing on a laptop, a word of their own in other pipelines.
func ParseRunID(s string) (id RunID, ok bool) {
	run, attempt, found := strings.Cut(s, "-")
	n, err := strconv.ParseInt(run, 10, 64)
	if err != nil || !found || n <= 0 {
		return RunID{}, false
	}
	a, err := strconv.Atoi(attempt)
	id = RunID{Run: n, Attempt: a}
	if err != nil || a <= 0 || id.String() != s {
		return RunID{}, false
	}
	return id, true
}

// IDTime returns when SST made an update's id, by the clock of the machine that
// it ran on. Ids begin with 48 inverted bits of milliseconds, so that they sort
// newest first; source: pkg/id/id.go, Descending.
func IDTime(id string) (at time.Time, ok bool) {
	if len(id) != 24 {
		return time.Time{}, false
	}
	inverted, err := strconv.ParseUint(id[:12], 16, 64)
	if err != nil {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(^inverted & (1<<48 - 1))).UTC(), true
}

// StateKey is where SST keeps what it has made: Pulumi's checkpoint.
func (t Target) StateKey() string { return "app/" + t.App + "/" + t.Stage + ".json" }
