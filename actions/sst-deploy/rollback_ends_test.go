package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

// What may be the matter with one function, or with its zip.
func TestRollbackOfFunctions(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(w *past)
		code int
		runs string // of Api and Images at the end
		want string // in the result or the error
	}{
		"one is gone":                      {func(w *past) { w.cloud.Remove(physical("Api")) }, 0, ", images two", "it is no longer there"},
		"another handler":                  {func(w *past) { w.other(cloud.Lambda{Handler: "new.handler"}) }, 0, "api three, images two", "its handler was bundle.handler and is new.handler"},
		"another runtime":                  {func(w *past) { w.other(cloud.Lambda{Runtime: "nodejs24.x"}) }, 0, "api three, images two", "its runtime was nodejs22.x and is nodejs24.x"},
		"another architecture":             {func(w *past) { w.other(cloud.Lambda{Architectures: []string{"x86_64"}}) }, 0, "api three, images two", "its architecture was arm64 and is x86_64"},
		"an image now":                     {func(w *past) { w.other(cloud.Lambda{Package: "Image"}) }, 0, "api three, images two", "its package was Zip and is Image"},
		"a change is under way":            {func(w *past) { w.cloud.Busy(physical("Api"), zip("api late"), 300*time.Millisecond) }, 0, "api two, images two", "put"},
		"a change to the right code":       {func(w *past) { w.cloud.Busy(physical("Api"), zip("api two"), 300*time.Millisecond) }, 0, "api two, images two", "there"},
		"a change comes in between":        {func(w *past) { w.race(1) }, 0, "api two, images two", "put"},
		"changes come in between for ever": {func(w *past) { w.race(100) }, 3, "api by others, images two", "changed by others 5 times"},
		"Lambda cannot change it":          {func(w *past) { w.other(cloud.Lambda{Fails: "The KMS key is disabled"}) }, 3, "api three, images two", "InternalError: The KMS key is disabled"},
		"throttled for a while":            {func(w *past) { w.throttled(2) }, 0, "api two, images two", "put"},
		"no right":                         {func(w *past) { w.refused("AccessDeniedException", 403) }, 2, "api three, images two", "lambda:UpdateFunctionCode on the stage's functions"},
		"the bucket lies elsewhere":        {func(w *past) { w.refused("InvalidParameterValueException", 400) }, 2, "api three, images two", "must lie in the functions' region"},
		"a zip is missing":                 {func(w *past) { w.blob(zip("api two"), "") }, 4, "api three, images two", "is missing, and .sst/artifacts/Api/code.zip needs it"},
		"a zip is another":                 {func(w *past) { w.blob(zip("api two"), zip("api tw0")) }, 4, "api three, images two", "is wrong-hash"},
		"a zip is shorter":                 {func(w *past) { w.blob(zip("api two"), zip("api")) }, 4, "api three, images two", "is wrong-size"},
		"the stage was made anew":          {func(w *past) { w.made = w.made.Add(time.Hour); w.broken() }, 0, "api three, images two", "the stage was made anew since"},
		"the stage was removed":            {func(w *past) { w.cloud.Delete("app/lego-api/production.json") }, 0, "api three, images two", "the stage has no state"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newPast(t)
			w.env = append(w.env, "AWS_MAX_ATTEMPTS=3")
			w.broken()
			c.set(w)
			begun := time.Now()
			r, got := w.roll("--part", "code")
			runs := w.runs("Api", "Images")
			if got.Code != c.code || runs != c.runs || !strings.Contains(got.Stdout+got.Stderr, c.want) {
				t.Fatalf("exit %d, runs %s\n%s\n%s", got.Code, runs, got.Stderr, got.Stdout)
			}
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
			p := r.Rollback
			if c.code != 0 && (!strings.Contains(p.Page, "Type: sst-deploy --command rollback") || !strings.Contains(p.Page, "is not finished") || p.Left != "all") {
				t.Errorf("the page says %s", p.Page)
			}
			for _, f := range p.Functions {
				if now := w.cloud.Runs(f.Name); now != "" && f.Now != "" && f.Now != digest(now) {
					t.Errorf("%s runs %q and the result says %s", f.Name, now, f.Now)
				}
			}
		})
	}
}

// other is the failed deployment's Api with something else about it.
func (w *past) other(f cloud.Lambda) {
	base := cloud.Lambda{Handler: "bundle.handler", Runtime: "nodejs22.x", Architectures: []string{"arm64"}, Code: zip("api three"), Takes: 20 * time.Millisecond}
	if f.Handler == "" {
		f.Handler = base.Handler
	}
	if f.Runtime == "" {
		f.Runtime = base.Runtime
	}
	if f.Architectures == nil {
		f.Architectures = base.Architectures
	}
	f.Code, f.Takes = base.Code, base.Takes
	w.cloud.Function(physical("Api"), f)
}

// race lets somebody else change Api right before each of the next changes.
func (w *past) race(times int) {
	w.cloud.Refuse(func(call, name string) (int, string, string) {
		if call == "UpdateFunctionCode" && name == physical("Api") && times > 0 {
			times--
			w.other(cloud.Lambda{Handler: "bundle.handler"})
			w.cloud.Busy(name, zip("api by others"), 0)
		}
		return 0, "", ""
	})
}

func (w *past) throttled(times int) {
	w.cloud.Refuse(func(call, _ string) (int, string, string) {
		if call == "UpdateFunctionCode" && times > 0 {
			times--
			return http.StatusTooManyRequests, "TooManyRequestsException", "Rate exceeded"
		}
		return 0, "", ""
	})
}

func (w *past) refused(code string, status int) {
	w.cloud.Refuse(func(call, _ string) (int, string, string) {
		if call == "UpdateFunctionCode" {
			return status, code, "Error occurred while GetObject. S3 Error Code: PermanentRedirect. S3 Error Message: The bucket is in this region: eu-west-1."
		}
		return 0, "", ""
	})
}

// blob damages a zip of the archive; "" removes it. The store has a checksum of
// what it holds, not of what it should hold.
func (w *past) blob(was, is string) {
	w.cloud.Damage("archive", "cutover/blobs/sha256/"+digest(was), is)
}

// The code is back and the deployment fails: the result says exactly what state
// things are in and what to type, and typing it ends right.
func TestRollbackWhoseDeploymentFails(t *testing.T) {
	w := newPast(t)
	w.inActions()
	w.broken()
	w.git("checkout", "-q", w.commits[1])
	w.write("sst.stand.json", `{"Mode":"partial","Times":1}`)
	r, got := w.roll("--only-after", "100")
	if got.Code != 1 || r.Verdict != "fail" || r.Reason != "resource-errors" || r.Rollback.Left != "redeploy" {
		t.Fatalf("%d %+v\n%s", got.Code, r.Result, got.Stderr)
	}
	release := w.releases()[1]
	for _, want := range []string{
		"All 3 functions run the code of " + release + ".", "The last update (deploy of run 100-1) failed: ", "The stage is not locked.",
		"is not finished; the next one goes on with it.", "git checkout " + w.commits[1], "--to " + release + " --part redeploy",
	} {
		if !strings.Contains(r.Rollback.Page, want) || !strings.Contains(w.read("summary"), want) {
			t.Errorf("the page or the summary lacks %q:\n%s", want, r.Rollback.Page)
		}
	}
	for _, want := range []string{"\n" + w.commits[1] + "\n", "\n" + release + "\n", "\nredeploy\n", "\nfalse\n"} {
		if !strings.Contains(w.read("output"), want) {
			t.Errorf("no output %q after a failure", want)
		}
	}
	if s := strings.Join(w.github.states(), " "); s != "in_progress failure" {
		t.Error(s)
	}
	w.rebuilds(codes{"Api": zip("api two, built anew")})
	r, got = w.roll("--only-after", "100", "--to", release, "--part", "redeploy")
	if got.Code != 0 || r.Reason != "rolled-back" || r.Rollback.Action != "resume" || w.journal() != "code.json done.json plan.json" {
		t.Errorf("%d %+v\n%s", got.Code, r.Rollback, got.Stderr)
	}
}

// SST compares configuration and state, never the functions: bad code that the
// state does not know of survives the deployment of the good commit. The code
// that is put back first cures it; without, it is at least found.
func TestRollbackFindsWhatTheStateDoesNotKnow(t *testing.T) {
	w := newPast(t)
	w.deployed("100-1", false, codes{"Api": zip("api two"), "Images": zip("images two")})
	w.fresh(codes{"Api": zip("api three")})
	w.git("checkout", "-q", w.commits[1])
	w.cloud.Before(func(method, key string) {
		if method == http.MethodPut && strings.HasPrefix(key, "eventlog/") {
			w.believes(codes{"Api": zip("api two"), "Images": zip("images two")})
		}
	})
	r, got := w.roll("--part", "redeploy")
	if got.Code != 1 || !strings.Contains(got.Stderr, physical("Api")+": 1 of 2 functions run other code than SST's state says") || w.journal() != "plan.json" || r.Rollback.Redeploy != "failed" {
		t.Fatalf("%d %+v\n%s", got.Code, r.Rollback, got.Stderr)
	}
	if r, got = w.roll(); got.Code != 0 || w.runs("Api", "Images") != "api two, images two" || r.Reason != "rolled-back" {
		t.Errorf("%d %+v\n%s", got.Code, r.Rollback, got.Stderr)
	}
}

// Another checkout is never deployed. With part all the code is back first.
func TestRollbackInAnotherCheckout(t *testing.T) {
	w := newPast(t)
	w.broken()
	// The same files, in another commit: what is deployed is what was reviewed.
	w.git("checkout", "-q", w.commits[1])
	w.git("commit", "-q", "--allow-empty", "-m", "another")
	r, got := w.roll("--part", "redeploy")
	if got.Code != 4 || len(w.calls()) > 0 || w.journal() != "" || !strings.Contains(got.Stderr, "is a checkout of another commit than the release "+w.releases()[1]) || !strings.Contains(got.Stderr, "git checkout "+w.commits[1]) {
		t.Errorf("%d %+v\n%s", got.Code, r.Rollback, got.Stderr)
	}
	r, got = w.roll("--part", "all")
	if got.Code != 4 || len(w.calls()) > 0 || w.journal() != "code.json plan.json" || w.runs("Api") != "api two" || r.Rollback.Left != "redeploy" {
		t.Errorf("%d %+v\n%s", got.Code, r.Rollback, got.Stderr)
	}
	w.git("checkout", "-q", w.commits[1])
	w.write("pnpm-lock.yaml", "lockfileVersion: 99\n")
	if r, got = w.roll(); got.Code != 4 || !strings.Contains(got.Stderr, "pnpm-lock.yaml: is not that of the release") {
		t.Errorf("%d %+v\n%s", got.Code, r.Rollback, got.Stderr)
	}
	if err := os.Remove(filepath.Join(w.folder, "pnpm-lock.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, got = w.roll(); got.Code != 4 || !strings.Contains(got.Stderr, "is not in the checkout") {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
	w.git("checkout", "--", "pnpm-lock.yaml")
	if r, got = w.roll(); got.Code != 0 || r.Reason != "rolled-back" {
		t.Errorf("%d %+v\n%s", got.Code, r.Rollback, got.Stderr)
	}
}

// A cancelled rollback ends in time, says where it is, and goes on.
func TestRollbackIsCancelled(t *testing.T) {
	w := newPast(t)
	w.broken()
	w.git("checkout", "-q", w.commits[1])
	w.cloud.Busy(physical("Api"), zip("api three"), time.Hour)
	cmd, stdout, stderr := w.start("rollback", "--archive-bucket", "archive", "--format", "json")
	w.until("the plan", func() bool { return w.journal() != "" })
	time.Sleep(300 * time.Millisecond)
	begun := time.Now()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if took := time.Since(begun); took > 3*time.Second || cmd.ProcessState.ExitCode() != 3 {
		t.Fatalf("%s, exit %d\n%s", took, cmd.ProcessState.ExitCode(), stderr)
	}
	w.parse(stdout.String())
	if !strings.Contains(stdout.String(), "is not finished; the next one goes on with it") || len(w.calls()) > 0 {
		t.Errorf("%s", stdout)
	}
	w.fresh(codes{"Api": zip("api three")})
	w.rebuilds(codes{"Api": zip("api two, built anew")})
	if r, got := w.roll(); got.Code != 0 || r.Rollback.Action != "resume" || r.Reason != "rolled-back" {
		t.Errorf("%d %+v\n%s", got.Code, r.Rollback, got.Stderr)
	}
}

// GitHub that does not answer holds up neither the code nor the deployment.
func TestRollbackDoesNotWaitForGitHub(t *testing.T) {
	w := newPast(t)
	w.broken()
	w.git("checkout", "-q", w.commits[1])
	w.rebuilds(built)
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
			return
		}
		w.github.ServeHTTP(rw, r)
	}))
	defer slow.Close()
	w.env = append(w.env, "GITHUB_API_URL="+slow.URL)
	cmd, _, stderr := w.start("rollback", "--archive-bucket", "archive")
	w.until("the whole rollback", func() bool { return w.journal() == "code.json done.json plan.json" })
	if states := w.github.states(); len(states) > 0 {
		t.Errorf("GitHub was told %v before it answered", states)
	}
	close(release)
	if err := cmd.Wait(); err != nil || strings.Join(w.github.states(), " ") != "in_progress success" {
		t.Errorf("%v, GitHub was told %v\n%s", err, w.github.states(), stderr)
	}
}
