//go:build e2e

package rehearsal_test

import (
	"archive/zip"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/slack/slacktest"
	"github.com/cutover-dev/cutover/internal/rehearsal"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/rehearsal/running"
)

// built is what the build of the example app leaves, made small: the code of a
// version.
func built(version string) map[string][]byte {
	files := map[string][]byte{"manifest.json": []byte(`{"version":"` + version + `"}`)}
	for _, name := range []string{"health", "create-moc", "search-mocs"} {
		files["functions/"+name+"/index.mjs"] = []byte("export const handler = async () => '" + name + " " + version + "';\n")
	}
	return files
}

// deploying are options for the half of the pipeline that deploys: the commit
// was judged and built.
func deploying(t *testing.T, version string) rehearsal.Options {
	t.Helper()
	o := options(t)
	o.Given = map[string]rehearsal.Given{
		"lint": {}, "test": {Outputs: map[string]string{"lines": "97.5"}},
		"build": {Artifacts: map[string]map[string][]byte{"bundle": built(version)}},
	}
	return o
}

// ended holds how jobs ended; one that is not named may end as it likes.
func ended(t *testing.T, r rehearsal.Result, want map[string]loopback.Conclusion) {
	t.Helper()
	for id, conclusion := range want {
		if got := job(t, r, id).Conclusion; got != conclusion {
			t.Errorf("the job %s: %s, not %s\n%s", id, got, conclusion, failedLog(r))
		}
	}
	for _, call := range r.AWS.Unknown() {
		t.Errorf("the cloud does not know %s", call)
	}
}

// runs says of which version the code is that each of a stage's functions runs.
func runs(t *testing.T, c *cloud.Cloud, stage string) map[string]string {
	t.Helper()
	versions := map[string]string{}
	for _, name := range []string{"health", "create-moc", "search-mocs"} {
		code := c.Runs("lego-api-" + stage + "-" + name)
		z, err := zip.NewReader(strings.NewReader(code), int64(len(code)))
		if err != nil {
			versions[name] = "none"
			continue
		}
		text, err := fs.ReadFile(z, "index.mjs")
		if err != nil {
			t.Fatal(err)
		}
		versions[name] = strings.TrimSuffix(strings.Fields(string(text))[8], "';")
	}
	return versions
}

// all says that every function runs one version.
func all(version string) map[string]string {
	return map[string]string{"health": version, "create-moc": version, "search-mocs": version}
}

// threads are the heads of messages and the entries below them, as texts.
func threads(r rehearsal.Result) (heads, entries []string) {
	top, below := threaded(r)
	for _, m := range top {
		heads = append(heads, m.Text)
	}
	for _, m := range below {
		entries = append(entries, m.Text)
	}
	return heads, entries
}

// A commit goes to production while everything around it is in trouble: Slack is
// down, GitHub limits the rate, staging is locked by a run that is over. Then a
// second one, which is gone back from by hand; then a third one that fails half
// way and is gone back from by itself.
//
// Shows: 5.4.3, 5.4.4, 5.4.5, 5.4.6, 5.4.7
func TestE2EReleasesComeAndGo(t *testing.T) {
	t.Parallel()
	history := filepath.Join(t.TempDir(), "one")
	first := deploying(t, "v1")
	first.Keep = history
	first.SlackFaults = slices.Repeat([]slacktest.Fault{{Code: "account_inactive"}}, 200)
	first.Prepare = func(github *loopback.Server, aws *cloud.Cloud) {
		github.Limit(2)
		github.Know(77, loopback.OtherRun{Attempt: 1, Over: true, Ended: time.Now().Add(-time.Hour)})
		aws.SetAlarms(cloud.Alarm{Name: "LEGO-API-production-rds-cpu", State: "OK"})
		aws.Put("lock/lego-api/staging.json", `{"created":"2026-11-01T00:00:00Z","updateID":"ffffffffffff000000000001","runID":"77-1","command":"deploy","ignore":true}`)
	}
	one := rehearse(t, first)
	ended(t, one, map[string]loopback.Conclusion{"staging": loopback.Success, "integration": loopback.Success, "gate": loopback.Success, "production": loopback.Success, "back": loopback.Skipped})
	if t.Failed() {
		t.FailNow()
	}
	isLive(t, one, "v1")
	isQuietMeanwhile(t, one.AWS)
	if one.Told.Refused != 2 || len(one.Slack) != 0 {
		t.Errorf("%d calls were refused, Slack holds %d messages: the trouble did not come", one.Told.Refused, len(one.Slack))
	}
	if log := strings.Join(step(t, one, "staging", "Deploy").Log, "\n"); !strings.Contains(log, "77-1") {
		t.Errorf("the lock of the dead run is not told of:\n%s", log)
	}
	t.Run("by hand", func(t *testing.T) { goneBackByHand(t, one, history) })
}

// isQuietMeanwhile wants the alarms to have been muted by the role that deploys,
// and to speak again.
func isQuietMeanwhile(t *testing.T, c *cloud.Cloud) {
	t.Helper()
	var muted []string
	for _, call := range c.Calls() {
		if strings.HasSuffix(call.Action, "AlarmMuteRule") && call.Action != "cloudwatch:GetAlarmMuteRule" {
			muted = append(muted, strings.TrimPrefix(call.Action, "cloudwatch:")+" by "+call.Role)
		}
	}
	muted = slices.Compact(muted)
	if !slices.Equal(muted, []string{"PutAlarmMuteRule by cutover-production", "DeleteAlarmMuteRule by cutover-production"}) || len(c.MuteRules()) != 0 {
		t.Errorf("%q, %v", muted, c.MuteRules())
	}
}

// isLive holds what a deployment leaves everywhere.
func isLive(t *testing.T, r rehearsal.Result, version string) {
	t.Helper()
	if got := runs(t, r.AWS, "production"); !maps.Equal(got, all(version)) {
		t.Errorf("production runs %v", got)
	}
	for _, stage := range []string{"build", "staging", "production"} {
		if keys := r.AWS.KeysIn(rehearsal.ArchiveBucket, "cutover/releases/"+stage+"/"); len(keys) == 0 {
			t.Errorf("no release of %s is archived: %v", stage, r.AWS.KeysIn(rehearsal.ArchiveBucket, "cutover/"))
		}
	}
	for _, c := range r.AWS.Calls() {
		// SST's own program is the role too; nothing is called without one.
		if !strings.HasPrefix(c.Role, "cutover-") || strings.Contains(c.Resource, "/production") && c.Role == "cutover-staging" {
			t.Errorf("%s on %s as %q", c.Action, c.Resource, c.Role)
			break
		}
	}
	holds(t, r, "release", "cutover-release.json", "dist/manifest.json", ".sst/artifacts/Health/code.zip")
	if approver := step(t, r, "production", "Gate").Outputs["approver"]; approver != "reviewer" {
		t.Errorf("the approver: %q", approver)
	}
	var states []string
	for _, d := range r.Told.Deployments {
		states = append(states, d.Environment+" "+d.Statuses[len(d.Statuses)-1].State)
	}
	if want := []string{"staging success", "production success"}; !slices.Equal(states, want) {
		t.Errorf("the deployments on GitHub: %v", states)
	}
	if log := strings.Join(step(t, r, "integration", "Vitest against staging").Log, "\n"); !strings.Contains(log, "passed") {
		t.Errorf("the integration tests: %s", log)
	}
}

func goneBackByHand(t *testing.T, one rehearsal.Result, history string) {
	second := deploying(t, "v2")
	second.AWS, second.Onto, second.Keep = one.AWS, history, filepath.Join(t.TempDir(), "two")
	two := rehearse(t, second)
	ended(t, two, map[string]loopback.Conclusion{"production": loopback.Success})
	isLive(t, two, "v2")
	if heads, _ := threads(two); len(heads) != 1 || !strings.Contains(heads[0], "Live in production") {
		t.Errorf("Slack shows %q", heads)
	}

	o := options(t)
	o.Workflow, o.Event, o.Payload = ".github/workflows/rollback.yml", "workflow_dispatch", `{"inputs": {"to": "last-good"}}`
	o.AWS, o.Onto, o.Keep = two.AWS, second.Keep, filepath.Join(t.TempDir(), "three")
	back := rehearse(t, o)
	ended(t, back, map[string]loopback.Conclusion{"back": loopback.Success, "told": loopback.Success})
	if got := runs(t, back.AWS, "production"); !maps.Equal(got, all("v1")) {
		t.Errorf("production runs %v\n%s", got, failedLog(back))
	}
	if heads, _ := threads(back); len(heads) != 1 || !strings.Contains(heads[0], "Rolled back") {
		t.Errorf("Slack shows %q", heads)
	}
	t.Run("by itself", func(t *testing.T) { goneBackByItself(t, back, o.Keep) })
}

func goneBackByItself(t *testing.T, before rehearsal.Result, history string) {
	third := deploying(t, "v3")
	third.AWS, third.Onto = before.AWS, history
	third.Stages = map[string]rehearsal.Stage{"production": {Mode: "partial", Times: 1, Serve: true}}
	three := rehearse(t, third)
	ended(t, three, map[string]loopback.Conclusion{"staging": loopback.Success, "production": loopback.Failure, "back": loopback.Success, "told": loopback.Success})
	if got := runs(t, three.AWS, "production"); !maps.Equal(got, all("v1")) {
		t.Errorf("production runs %v\n%s", got, failedLog(three))
	}
	if got := runs(t, three.AWS, "staging"); !maps.Equal(got, all("v3")) {
		t.Errorf("staging runs %v", got)
	}
	heads, entries := threads(three)
	if told := strings.Join(append(heads, entries...), "\n"); !strings.Contains(told, "Rolled back") || !strings.Contains(told, "Production was not deployed") {
		t.Errorf("Slack shows %s", told)
	}
}

// The very first release fails: there is nothing to go back to, which is said,
// with the state of things.
func TestE2ENothingToGoBackTo(t *testing.T) {
	t.Parallel()
	o := deploying(t, "v1")
	o.Stages = map[string]rehearsal.Stage{"production": {Mode: "partial", Serve: true}}
	r := rehearse(t, o)
	ended(t, r, map[string]loopback.Conclusion{"production": loopback.Failure, "back": loopback.Failure, "told": loopback.Success})
	if log := strings.Join(step(t, r, "back", "The code").Log, "\n"); !strings.Contains(log, "there is no release to roll back to") {
		t.Errorf("%s", log)
	}
	// act ends a run with the first called workflow that fails; on GitHub the
	// announcement of the end follows.
	if heads, _ := threads(r); len(heads) != 1 || !strings.Contains(heads[0], "a person is needed") {
		t.Errorf("Slack shows %q", heads)
	}
}

// What stops a commit before production stops it there, and nothing beyond it
// happens.
func TestE2ECommitsAreStoppedOnTheirWay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*rehearsal.Options)
		stops  string // job
		step   string
		says   string
	}{
		"staging fails": {func(o *rehearsal.Options) { o.Stages = map[string]rehearsal.Stage{"staging": {Mode: "fail"}} }, "staging", "Deploy", "AccessDenied"},
		"staging is locked by a run that lives": {func(o *rehearsal.Options) {
			o.Prepare = func(github *loopback.Server, aws *cloud.Cloud) {
				github.Know(77, loopback.OtherRun{Attempt: 1})
				aws.Put("lock/lego-api/staging.json", `{"created":"2026-11-01T00:00:00Z","updateID":"ffffffffffff000000000001","runID":"77-1","command":"deploy","ignore":true}`)
			}
		}, "staging", "Deploy", "77"},
		"the integration tests fail": {func(o *rehearsal.Options) {
			o.Stages = map[string]rehearsal.Stage{"staging": {Serve: true, Outputs: map[string]any{"url": "http://127.0.0.1:9"}}}
		}, "integration", "Vitest against staging", "failed"},
		"nobody must review production": {func(o *rehearsal.Options) {
			o.Prepare = func(github *loopback.Server, _ *cloud.Cloud) {
				github.SetEnvironment(loopback.Environment{Name: "production", Branches: []string{"main"}})
			}
		}, "gate", "Gate", "Required reviewers"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := deploying(t, "v1")
			// One of them tells Slack.
			o.Quiet = c.stops != "gate"
			c.change(&o)
			r := rehearse(t, o)
			ended(t, r, map[string]loopback.Conclusion{c.stops: loopback.Failure, "production": loopback.Skipped, "back": loopback.Skipped})
			s := step(t, r, c.stops, c.step)
			if log := strings.Join(s.Log, "\n"); s.Conclusion != loopback.Failure || !strings.Contains(log, c.says) {
				t.Errorf("%s\n%s", s.Conclusion, log)
			}
			if got := runs(t, r.AWS, "production"); !maps.Equal(got, all("none")) {
				t.Errorf("production runs %v", got)
			}
			if !o.Quiet {
				toldInOneThread(t, r, "stopped before production")
			}
		})
	}
}

// A deployment that is cancelled half way ends in order: the lock is given back,
// and nothing beyond it runs. Not beside others: GitHub sends the second signal
// after 7.5 s, whatever else the machine does.
func TestE2EACancelledDeployment(t *testing.T) {
	o := deploying(t, "v1")
	o.Quiet = true
	o.Stages = map[string]rehearsal.Stage{"staging": {Mode: "hang"}}
	result := cancelIn(t, o, "Deploy", 2*time.Second)
	if got := job(t, result, "staging").Conclusion; got != loopback.Cancelled {
		t.Errorf("the job: %s\n%s", got, failedLog(result))
	}
	if lock := result.AWS.Get("lock/lego-api/staging.json"); lock != "" {
		t.Errorf("the lock is left: %s", lock)
	}
	if i := slices.IndexFunc(result.Cancelled, func(c running.Step) bool { return c.LastSignal == "SIGINT" }); i < 0 {
		t.Errorf("no step ended by SIGINT: %+v", result.Cancelled)
	}
	if got := runs(t, result.AWS, "production"); !maps.Equal(got, all("none")) {
		t.Errorf("production runs %v", got)
	}
}

// A pull request shows what it would change, once, and a fork's does not run
// with a session at AWS.
func TestE2EAPullRequestShowsItsDiff(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Workflow, o.Event = ".github/workflows/sst-diff.yml", "pull_request"
	o.Payload = `{"number": 7, "pull_request": {"number": 7, "head": {"ref": "topic", "sha": "abc", "repo": {"full_name": "cutover-dev/cutover"}}, "base": {"ref": "main"}}}`
	r := rehearse(t, o)
	ended(t, r, map[string]loopback.Conclusion{"diff": loopback.Success})
	if len(r.Told.Comments) != 1 || !strings.Contains(r.Told.Comments[0].Body, "would change") {
		t.Errorf("comments %+v", r.Told.Comments)
	}
}
