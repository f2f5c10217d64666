package main

import (
	"fmt"
	"html"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const updates = "update/lego-api/production/"

func TestDeploySucceeds(t *testing.T) {
	w := newWorld(t, "").inActions()
	r, got := w.result("deploy")
	if got.Code != 0 || r.Reason != "deployed" || r.Counts.Created != 3 || r.Calls != 1 || r.Outputs["url"] != "https://production.example.com" {
		t.Fatalf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
	if c := w.calls(); len(c) != 1 || c[0].RunID != "100-1" || strings.Join(c[0].Args, " ") != "deploy --stage production" {
		t.Errorf("%+v", c)
	}
	output := w.read("output")
	for _, want := range []string{"\nhttps://production.example.com\n", `["lego-api-production-health"]`, "\ndeployed\n", r.Update.ID, "\n4.17.1\n", "\n3\n"} {
		if !strings.Contains(output, want) {
			t.Errorf("no %q in\n%s", want, output)
		}
	}
	for _, want := range []string{"✅ sst deploy production: pass", "3 resources were changed.", "ImagesBucket", "3 created", "https://github.com/o/r/actions/runs/100/attempts/1"} {
		if !strings.Contains(w.read("summary"), want) {
			t.Errorf("no %q in\n%s", want, w.read("summary"))
		}
	}
	if got := w.github.states(); !slices.Equal(got, []string{"in_progress", "success"}) {
		t.Errorf("statuses %v", got)
	}
	if d, s := w.github.deployments[0], w.github.statuses[1]; d["environment"] != "production" || d["ref"] != sha || d["task"] != "sst-deploy" || s["environment_url"] != "https://production.example.com" || s["log_url"] != "https://github.com/o/r/actions/runs/100/attempts/1" {
		t.Errorf("%v\n%v", d, s)
	}
	if w.cloud.Get(lockKey) != "" {
		t.Error("the lock is still there")
	}
	if again, _ := w.result("deploy"); again.Counts.Updated != 1 || again.Counts.Same != 2 || again.Update.ID == r.Update.ID {
		t.Errorf("the second deployment: %+v", again.Counts)
	}
	if n := len(w.github.deployments); n != 1 {
		t.Errorf("%d deployments on GitHub for one attempt of one run", n)
	}
}

// How each way in which SST ends is judged, through the real binary.
func TestEveryEndIsJudged(t *testing.T) {
	for name, c := range map[string]struct {
		scenario string
		args     []string
		code     int
		reason   string
		touched  string
		calls    int
		want     string // in the lead
	}{
		"the configuration does not build":    {`{"Mode":"build"}`, nil, 1, "broke-off", "nothing", 1, "never came to the end"},
		"the first resource fails":            {`{"Mode":"fail"}`, nil, 1, "resource-errors", "unknown", 1, "1 error. ImagesBucket aws:s3/bucketV2:BucketV2: creating: AccessDenied"},
		"after partial success":               {`{"Mode":"partial"}`, nil, 1, "resource-errors", "some", 1, "1 resource had been changed by then"},
		"exit 0 without a record":             {`{"Mode":"no-record"}`, nil, 1, "no-record", "unknown", 1, "no update of this run"},
		"exit 0 and Pulumi was killed":        {`{"Mode":"killed"}`, nil, 1, "interrupted", "some", 1, "ended from outside"},
		"exit 1 with a clean record":          {`{"Mode":"swallowed"}`, nil, 1, "unclean-exit", "some", 1, "although the update's record lists no error"},
		"the network, for ever":               {`{"Mode":"network"}`, nil, 1, "not-started", "nothing", 3, "before it took the lock"},
		"the network, once":                   {`{"Mode":"network","Times":1}`, nil, 0, "deployed", "all", 2, "3 resources"},
		"the network, and no retries":         {`{"Mode":"network","Times":1}`, []string{"--retries", "0"}, 1, "not-started", "nothing", 1, "nothing was deployed"},
		"throttled before anything":           {`{"Mode":"throttle","Times":2}`, nil, 0, "deployed", "all", 3, "1 resource was changed"},
		"throttled half way":                  {`{"Mode":"partial-throttle","Times":1}`, nil, 1, "resource-errors", "some", 1, "ThrottlingException"},
		"throttled half way, and going on":    {`{"Mode":"partial-throttle","Times":1}`, []string{"--retry-partial"}, 0, "deployed", "all", 2, "resource"},
		"sst is killed":                       {`{"Mode":"die"}`, nil, 1, "broke-off", "some", 1, "killed"},
		"sst could not give the lock back":    {`{"Mode":"keep-lock"}`, nil, 0, "deployed", "all", 1, "3 resources"},
		"an app that says hostile things":     {`{"Say":["::set-output name=url::https://evil","::error::x","the/secret+access/key"]}`, nil, 0, "deployed", "all", 1, "3 resources"},
		"a retry that was not told to happen": {`{"Mode":"fail"}`, []string{"--retry-partial", "--retries", "5"}, 1, "resource-errors", "unknown", 1, "AccessDenied"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.scenario).inActions()
			r, got := w.result("deploy", c.args...)
			if got.Code != c.code || r.Reason != c.reason || string(r.Touched) != c.touched || r.Calls != c.calls || !strings.Contains(r.Lead, c.want) {
				t.Errorf("exit %d, %s, touched %s, %d calls: %s\n%s", got.Code, r.Reason, r.Touched, r.Calls, r.Lead, got.Stderr)
			}
			if n := len(w.calls()); n != c.calls {
				t.Errorf("sst was called %d times, the result says %d", n, c.calls)
			}
			if c.code != 0 && (len(r.Outputs) > 0 || strings.Contains(w.read("output"), "https://production")) {
				t.Error("a failed deployment has outputs")
			}
			if want := map[bool]string{true: "success", false: "failure"}[c.code == 0]; w.github.states()[len(w.github.states())-1] != want {
				t.Errorf("statuses %v", w.github.states())
			}
			if left := w.cloud.Get(lockKey) != ""; left != (c.reason == "broke-off" && c.touched == "some") {
				t.Errorf("the lock is left: %v", left)
			}
			for line := range strings.Lines(got.Stderr) {
				if strings.HasPrefix(line, "::set-output") || strings.HasPrefix(line, "::error::x") {
					t.Errorf("a command of the app's went through: %s", line)
				}
			}
		})
	}
}

func TestLocks(t *testing.T) {
	ago := time.Now().Add(-30 * time.Minute)
	for name, c := range map[string]struct {
		owner    string
		set      func(w *world)
		args     []string
		code     int
		released bool
		want     string
	}{
		"nobody":                       {"", nil, nil, 0, false, ""},
		"a run that is over":           {"7-1", func(w *world) { w.github.has(7, 1, "completed", ago) }, nil, 0, true, ""},
		"a run that lives":             {"7-1", func(w *world) { w.github.has(7, 1, "in_progress", ago) }, nil, 4, false, "run 7-1 is under way"},
		"a run that waits":             {"7-1", func(w *world) { w.github.has(7, 1, "queued", ago) }, nil, 4, false, "under way"},
		"an attempt before":            {"7-1", func(w *world) { w.github.has(7, 2, "in_progress", ago) }, nil, 0, true, ""},
		"our own attempt before":       {"100-0", nil, nil, 4, false, "no run of GitHub Actions"},
		"an attempt that is not known": {"7-3", func(w *world) { w.github.has(7, 2, "completed", ago) }, nil, 4, false, "none of number 3"},
		"a run that nobody knows":      {"8-1", nil, nil, 4, false, "does not know this run"},
		"a laptop":                     {" ", nil, nil, 4, false, "by hand"},
		"another pipeline":             {"build-17", nil, nil, 4, false, `"build-17" is no run`},
		"without a token":              {"7-1", nil, []string{"--token", ""}, 2, false, ""},
		"a lost runner that works on": {"7-1", func(w *world) {
			w.github.has(7, 1, "completed", ago)
			w.cloud.PutAt("app/lego-api/production.json", `{"version":3,"checkpoint":{}}`, time.Now())
		}, nil, 4, false, "may be working still"},
		"an earlier step of ours": {"100-1", func(w *world) {
			w.github.has(ourRun, 1, "in_progress", ago)
			w.github.set(func(h *hub) {
				h.jobs = `{"jobs":[{"id":1,"status":"in_progress","runner_name":"runner-1"},{"id":2,"status":"completed","runner_name":"runner-2"},{"id":3,"status":"queued"}]}`
			})
		}, nil, 0, true, ""},
		"another job of ours": {"100-1", func(w *world) {
			w.github.has(ourRun, 1, "in_progress", ago)
			w.github.set(func(h *hub) {
				h.jobs = `{"jobs":[{"id":1,"status":"in_progress","runner_name":"runner-1"},{"id":2,"status":"in_progress","runner_name":"runner-2"}]}`
			})
		}, nil, 4, false, "other jobs of it are under way"},
		"GitHub is down": {"7-1", func(w *world) { w.github.set(func(h *hub) { h.forbid = "actions/runs" }) }, nil, 4, false, "may not ask"},
		"taken by a living run right before the unlock": {"7-1", func(w *world) {
			w.github.has(7, 1, "completed", ago)
			w.github.has(9, 1, "in_progress", ago)
			reads := 0
			w.cloud.Before(func(method, key string) {
				if reads++; key == lockKey && method == http.MethodGet && reads > 1 {
					w.cloud.Before(nil)
					w.locked("9-1")
				}
			})
		}, nil, 4, false, "run 9-1 is under way"},
		"taken in the very moment of the removal": {"7-1", func(w *world) {
			w.github.has(7, 1, "completed", ago)
			w.github.has(9, 1, "in_progress", ago)
			w.cloud.Before(func(method, key string) {
				if key == lockKey && method == http.MethodDelete {
					w.cloud.Before(nil)
					w.locked("9-1")
				}
			})
		}, nil, 4, false, "run 9-1 is under way"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, command := range []string{"unlock", "deploy"} {
				w := newWorld(t, "")
				if c.owner != "" {
					w.locked(strings.TrimSpace(c.owner))
				}
				if c.set != nil {
					c.set(w)
				}
				before := w.cloud.Get(lockKey)
				if name == "without a token" {
					continue // below
				}
				r, got := w.result(command, c.args...)
				if got.Code != c.code || !strings.Contains(r.Lead, c.want) {
					t.Errorf("%s: exit %d: %s\n%s", command, got.Code, r.Lead, got.Stderr)
				}
				released := slices.ContainsFunc(r.Locks, func(l lockSeen) bool { return l.Released })
				if released != c.released || c.code == 0 && w.cloud.Get(lockKey) != "" || c.code != 0 && w.cloud.Get(lockKey) == "" {
					t.Errorf("%s: released %v, lock before %q, after %q", command, released, before, w.cloud.Get(lockKey))
				}
				if c.code == 4 && (!strings.Contains(got.Stderr, "npx sst unlock --stage production") && !strings.Contains(got.Stderr, "Wait until it is over") || len(w.calls()) != 0) {
					t.Errorf("%s: no word on what to type, or sst was called\n%s", command, got.Stderr)
				}
				if c.released {
					// The dead update's record is ended, and stays its owner's.
					if text := w.cloud.Get(updates + "ffffffffffff000000000001.json"); !strings.Contains(text, "released its lock") || !strings.Contains(text, c.owner) || !strings.Contains(text, "timeStarted") {
						t.Error(text)
					}
				}
			}
		})
	}
}

// Without a token nobody can be asked: a lock with an owner stays.
func TestALockWithoutAToken(t *testing.T) {
	w := newWorld(t, "")
	w.locked("7-1")
	got := run(w, "--command", "deploy", "--stage", "production")
	if got.Code != 4 || !strings.Contains(got.Stderr, "no token was given") || w.cloud.Get(lockKey) == "" {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
}

// A lock that was taken between our look and sst's own: sst says "Locked", and
// its owner is looked at again.
func TestALockThatComesInBetween(t *testing.T) {
	for name, c := range map[string]struct {
		status string
		code   int
		calls  int
	}{"by a living run": {"in_progress", 4, 1}, "by a run that has died since": {"completed", 0, 2}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "")
			w.github.has(7, 1, c.status, time.Now().Add(-time.Minute))
			reads := 0
			w.cloud.Before(func(method, key string) {
				if key != lockKey || method != http.MethodGet {
					return
				}
				if reads++; reads == 2 { // ours was the first, this one is sst's
					w.locked("7-1")
				}
			})
			r, got := w.result("deploy")
			if got.Code != c.code || r.Calls != c.calls {
				t.Errorf("exit %d, %d calls: %s\n%s", got.Code, r.Calls, r.Lead, got.Stderr)
			}
		})
	}
}

// A GitHub that does not answer is no sign of death.
func TestALockWhileGitHubIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.env = append(w.env, "GITHUB_API_URL=http://127.0.0.1:1")
	w.locked("7-1")
	if got := w.run("unlock"); got.Code != 3 || w.cloud.Get(lockKey) == "" || !strings.Contains(got.Stderr, "whether run 7-1") {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
}

// An account in which SST was never used has no state bucket to look into.
func TestAnAccountWithoutSST(t *testing.T) {
	w := newWorld(t, "")
	w.cloud.Rename("")
	if r, got := w.result("status"); got.Code != 0 || !strings.Contains(r.Lead, "never deployed") {
		t.Errorf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
	// The stand-in makes no bucket, so it fails as sst does without rights.
	if r, got := w.result("deploy"); got.Code != 1 || r.Reason != "not-started" {
		t.Errorf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
}

// What SST repeats of a secret stands in no comment and no status on GitHub.
//
// Attack: secret-in-output
func TestSecretsStayOutOfGitHub(t *testing.T) {
	w := newWorld(t, `{"Mode":"fail","Say":["a_secret_of_the_app*s"]}`).inActions()
	w.env = append(w.env, "APP_PASSWORD=AccessDenied", "APP_TOKEN=FallbackFunction", "API_SECRET=a_secret_of_the_app*s", "GITHUB_REF=refs/pull/5/merge")
	got := w.run("deploy")
	// Markdown writes _ and * as entities, which hides a secret from a search.
	for _, text := range []string{w.read("summary"), got.Stdout, strings.ReplaceAll(got.Stderr, "::add-mask::a_secret_of_the_app*s", "")} {
		if plain := html.UnescapeString(text); strings.Contains(plain, "a_secret_of_the_app*s") || !strings.Contains(plain, "***") {
			t.Error(text)
		}
	}
	w.write("sst.stand.json", "{}")
	w.run("diff", "--comment", "x")
	if all := encode(w.github.statuses) + encode(w.github.comments); strings.Contains(all, "AccessDenied") || strings.Contains(all, "FallbackFunction") || !strings.Contains(all, "***") {
		t.Error(all)
	}
}

func TestOutputsOfAnotherRunAreNotShown(t *testing.T) {
	w := newWorld(t, `{"Mode":"fail"}`).inActions()
	w.result("deploy") // it writes .sst/outputs.json although it failed
	if w.read(".sst/outputs.json") == "" {
		t.Fatal("the stand-in does not do as SST does")
	}
	if strings.Contains(w.read("output"), "production.example.com") || strings.Contains(w.read("summary"), "production.example.com") {
		t.Error("outputs of a failed deployment show")
	}
}

// Attack: sst-outputs, secret-in-output
func TestSecretsAmongTheOutputs(t *testing.T) {
	w := newWorld(t, `{"Outputs":{"url":"https://x.example.com","password":{"secret":"hunter2-in-the-clear"}}}`).inActions()
	got := w.run("diff") // writes outputs.json with the secret, and prints nothing of it
	if got.Code != 0 {
		t.Fatal(got.Stderr)
	}
	// SST itself prints it at the end of a deployment, so the log is not looked at.
	cmd := w.args("deploy")
	out := runRaw(w, cmd...)
	if out.Code != 0 || !strings.Contains(out.Stderr, "returns secrets") {
		t.Fatalf("%d\n%s", out.Code, out.Stderr)
	}
	for _, name := range []string{"output", "summary"} {
		if text := w.read(name); strings.Contains(text, "hunter2") || !strings.Contains(text, "https://x.example.com") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestEnvironmentIsChosen(t *testing.T) {
	w := newWorld(t, "")
	w.env = append(w.env, "APP_VERSION=1", "API_DOMAIN=x", "DATABASE_URL=y", "VITE_A=z", "GITHUB_TOKEN="+ghToken, "GH_TOKEN="+ghToken, "SLACK_BOT_TOKEN=xoxb-1",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN=t", "INPUT_RETRIES=1", "SST_RUN_ID=1-1", "CI=true", "OTHER=1", "GITHUB_OUTPUT="+filepath.Join(w.folder, "o"))
	if got := w.run("deploy", "--env", "DATABASE_URL", "--env", "VITE_*"); got.Code != 0 {
		t.Fatal(got.Stderr)
	}
	c := w.calls()[0]
	for _, name := range []string{"PATH", "HOME", "AWS_SECRET_ACCESS_KEY", "APP_VERSION", "API_DOMAIN", "DATABASE_URL", "VITE_A", "CI", "SST_RUN_ID", "GITHUB_SHA"} {
		if !slices.Contains(c.Env, name) {
			t.Errorf("%s is missing in %v", name, c.Env)
		}
	}
	for _, name := range c.Env {
		if strings.HasPrefix(name, "INPUT_") || strings.HasPrefix(name, "ACTIONS_") || strings.HasPrefix(name, "SLACK_") || slices.Contains([]string{"GITHUB_TOKEN", "GH_TOKEN", "OTHER", "GITHUB_OUTPUT"}, name) {
			t.Errorf("%s was passed", name)
		}
	}
	if c.RunID != "100-1" {
		t.Errorf("SST_RUN_ID is %s", c.RunID)
	}
	for _, bad := range []string{"GITHUB_TOKEN", "INPUT_TOKEN", "ACTIONS_*", "SLACK_BOT_TOKEN", "GITHUB_*", "*", "A=B"} {
		if got := w.run("deploy", "--env", bad); got.Code != 4 && got.Code != 2 || !strings.Contains(got.Stderr, "env:") {
			t.Errorf("%s: %d %s", bad, got.Code, got.Stderr)
		}
	}
}

func TestLongLivedKeys(t *testing.T) {
	for name, c := range map[string]struct {
		stage string
		args  []string
		code  int
	}{"production": {"production", nil, 4}, "production, allowed": {"production", []string{"--allow-long-lived-keys"}, 0}, "staging": {"staging", nil, 0}} {
		w := newWorld(t, "")
		w.env = append(w.env, "AWS_ACCESS_KEY_ID=AKIAEXAMPLE")
		got := run(w, append([]string{"--stage", c.stage}, c.args...)...)
		if got.Code != c.code || !strings.Contains(got.Stderr, "long-lived") || strings.Contains(got.Stderr, "AKIAEXAMPLE") {
			t.Errorf("%s: %d\n%s", name, got.Code, got.Stderr)
		}
	}
}

func TestDeploymentsOnGitHub(t *testing.T) {
	for name, c := range map[string]struct {
		set    func(w *world)
		args   []string
		states string
		notes  string
	}{
		"made by us": {nil, nil, "in_progress success", ""},
		"none":       {nil, []string{"--deployment", "none"}, "", ""},
		"GitHub's own for this run": {func(w *world) {
			w.github.set(func(h *hub) {
				h.deployments = []map[string]any{{"id": 1, "task": "deploy", "environment": "production"}}
			})
			w.github.set(func(h *hub) {
				h.foreign = `[{"state":"in_progress","log_url":"https://github.com/o/r/actions/runs/100/job/5"}]`
			})
		}, nil, "", "no other is made"},
		"GitHub's own for another run": {func(w *world) {
			w.github.set(func(h *hub) {
				h.deployments = []map[string]any{{"id": 1, "task": "deploy", "environment": "production"}}
			})
			w.github.set(func(h *hub) {
				h.foreign = `[{"state":"success","log_url":"https://github.com/o/r/actions/runs/1005/job/5"}]`
			})
		}, nil, "in_progress success", ""},
		"a token that may not": {func(w *world) { w.github.set(func(h *hub) { h.forbid = "/deployments" }) }, nil, "", "deployments: write"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "")
			if c.set != nil {
				c.set(w)
			}
			got := w.run("deploy", c.args...)
			if states := strings.Join(w.github.states(), " "); got.Code != 0 || states != c.states || !strings.Contains(got.Stderr, c.notes) {
				t.Errorf("%d, %q\n%s", got.Code, states, got.Stderr)
			}
		})
	}
}

func TestInputsAreChecked(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(w *world)
		args []string
		code int
		want string
	}{
		"no stage":             {nil, []string{"--command", "status"}, 2, "stage"},
		"a command that isn't": {nil, []string{"--stage", "x", "--command", "undeploy"}, 2, "is no known value"},
		"a stage misspelt": {func(w *world) {
			w.write("cutover.yaml", "project: X\nregion: us-east-1\nstages: {production: {url: 'https://example.com'}}\n")
		}, []string{"--stage", "prodction"}, 2, "Did you mean production?"},
		"a stage that SST refuses": {nil, []string{"--stage", "9bad"}, 2, "is no name that SST takes"},
		"no app here":              {func(w *world) { _ = os.Remove(filepath.Join(w.folder, "sst.config.ts")) }, []string{"--stage", "production"}, 2, "sst.config.ts"},
		"a computed name":          {func(w *world) { w.write("sst.config.ts", "app() { return { name: x() } }\n run() {") }, []string{"--stage", "production"}, 2, "Give the input app"},
		"another app":              {func(w *world) { w.write("sst.stand.json", `{"Mode":"build"}`) }, []string{"--stage", "production", "--app", "other"}, 2, "is not what sst works on"},
		"no sst":                   {func(w *world) { w.env = append(w.env, "SST_BIN_PATH=", "PATH=/nowhere") }, []string{"--stage", "production"}, 2, "was not found"},
		"an sst that isn't":        {nil, []string{"--stage", "production", "--sst", "./none"}, 2, "names no program"},
		"too many retries":         {nil, []string{"--stage", "production", "--retries", "9"}, 2, "0 to 5"},
		"AWS says no":              {func(w *world) { w.cloud.Fail(func(string, string) int { return 403 }) }, []string{"--stage", "production"}, 2, "Allow the role"},
		"AWS is down":              {func(w *world) { w.cloud.Fail(func(string, string) int { return 503 }) }, []string{"--stage", "production", "--command", "status"}, 3, "SlowDown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "")
			if c.set != nil {
				c.set(w)
			}
			got := run(w, c.args...)
			if got.Code != c.code || !strings.Contains(got.Stderr, c.want) {
				t.Errorf("exit %d\n%s", got.Code, got.Stderr)
			}
			if name != "another app" && len(w.calls()) > 0 {
				t.Error("sst was called")
			}
		})
	}
}

// SST takes the lock and cannot write the record: the lock is its own, and
// nothing was begun under it.
func TestALockWithoutARecord(t *testing.T) {
	w := newWorld(t, "")
	w.cloud.Fail(func(method, key string) int {
		if method == http.MethodPut && strings.HasPrefix(key, "update/") {
			return 403
		}
		return 0
	})
	r, got := w.result("deploy")
	if got.Code != 1 || r.Reason != "not-started" || w.cloud.Get(lockKey) != "" || len(r.Locks) != 1 || !r.Locks[0].Released {
		t.Errorf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
}

// AWS that fails after the deployment leaves it unjudged, never passed.
func TestAWSFailsAfterwards(t *testing.T) {
	w := newWorld(t, "")
	w.cloud.Fail(func(method, key string) int {
		if method == http.MethodGet && strings.HasPrefix(key, "eventlog/") {
			return 403
		}
		return 0
	})
	r, got := w.result("deploy")
	if got.Code != 2 || r.Verdict != "inconclusive" || !strings.Contains(got.Stderr, "it cannot be judged") {
		t.Errorf("%d %s\n%s", got.Code, r.Lead, got.Stderr)
	}
	if s := w.github.states(); fmt.Sprint(s) != "[in_progress error]" {
		t.Error(s)
	}
}
