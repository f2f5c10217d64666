//go:build e2e

package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestE2ERealSST drives the real sst 4.17.1 from npm through the action, with
// the cloud in memory and a stand-in for Pulumi alone. It holds what the action
// takes for granted about SST, and what sststand copies. It needs npm's registry:
// sst's package, and the providers' packages that sst installs into an app.
func TestE2ERealSST(t *testing.T) {
	tools := t.TempDir()
	install := exec.Command("npm", "install", "--prefix", tools, "--ignore-scripts", "--no-audit", "--no-fund", "--silent", "sst@4.17.1")
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	machine := map[string]string{"amd64": "x64"}[runtime.GOARCH]
	if machine == "" {
		machine = runtime.GOARCH
	}
	binary := filepath.Join(tools, "node_modules", "sst-"+runtime.GOOS+"-"+machine, "bin", "sst")
	w := newWorld(t, "")
	w.write("package.json", `{"name":"x","private":true}`)
	w.write("sst.config.ts", "export default $config({\n  app(input) {\n    return { name: \"lego-api\", home: \"aws\" };\n  },\n  async run() {\n    return { url: \"x\" };\n  },\n});\n")
	bin := filepath.Join(w.folder, ".config", "sst", "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	pulumi, err := os.ReadFile("testdata/pulumi.mjs")
	if err != nil {
		t.Fatal(err)
	}
	// Node takes it for a module by the word "import" (Node 22.7 and later).
	if err := os.WriteFile(filepath.Join(bin, "pulumi"), pulumi, 0o755); err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "SST_BIN_PATH="+binary, "SST_SKIP_DEPENDENCY_CHECK=1", "SST_TELEMETRY_DISABLED=1", "NO_BUN=1")
	ends := func(mode, command string, code int, reason, lead string) {
		t.Helper()
		keep := w.env
		w.env = append(w.env[:len(w.env):len(w.env)], "APP_PULUMI="+mode)
		defer func() { w.env = keep }()
		r, got := w.result(command)
		if got.Code != code || r.Reason != reason || !strings.Contains(r.Lead, lead) || w.cloud.Get(lockKey) != "" {
			t.Errorf("%s with %q: exit %d, %s: %s\n%s", command, mode, got.Code, r.Reason, r.Lead, got.Stderr)
		}
		if reason == "deployed" && (r.Version != "4.17.1" || r.Outputs["url"] != "https://x.example.com" || r.Counts.Created != 1) {
			t.Errorf("%+v", r)
		}
	}
	ends("ok", "deploy", 0, "deployed", "1 resource was changed")
	ends("fail", "deploy", 1, "resource-errors", "creating Two: AccessDenied. 1 resource had been changed")
	ends("killed", "deploy", 1, "interrupted", "ended from outside")
	ends("ok", "diff", 0, "done", "1 created")
	ends("fail", "diff", 3, "failed", "nobody knows what would change")
	ends("none", "diff", 3, "failed", "signal: killed")
	ends("ok", "status", 0, "done", "did not come to its end")
	t.Run("locked", func(t *testing.T) { lockedInBetween(t, w) })
	t.Run("cancelled", func(t *testing.T) { cancelledForReal(t, w) })
	t.Run("words and flags", func(t *testing.T) { wordsAndFlags(t, w, binary) })
}

// The words by which the action knows that sst was locked out.
func lockedInBetween(t *testing.T, w *world) {
	w.github.has(7, 1, "in_progress", time.Now())
	reads := 0
	w.cloud.Before(func(method, key string) {
		if key != lockKey || method != http.MethodGet {
			return
		}
		if reads++; reads == 2 {
			w.locked("7-1")
		}
	})
	r, got := w.result("deploy")
	w.cloud.Before(nil)
	w.cloud.Delete(lockKey)
	if got.Code != 4 || r.Calls != 1 || !strings.Contains(got.Stderr, "Locked") || !strings.Contains(r.Lead, "run 7-1 is under way") {
		t.Errorf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
}

func cancelledForReal(t *testing.T, w *world) {
	w.env = append(w.env, "APP_PULUMI=hang")
	before := len(w.cloud.Keys(updates))
	cmd, stdout, stderr := w.start("deploy", "--format", "json")
	w.until("the update to be under way", func() bool { return len(w.cloud.Keys(updates)) > before })
	time.Sleep(3 * time.Second)
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait()
	r := w.parse(stdout.String())
	if cmd.ProcessState.ExitCode() != 3 || r.Reason != "cancelled" || r.Touched != "some" || w.cloud.Get(lockKey) != "" {
		t.Errorf("%d %+v\n%s", cmd.ProcessState.ExitCode(), r, stderr)
	}
}

// What the stand-in does about flags, and that there is no --rollback.
func wordsAndFlags(t *testing.T, w *world, sst string) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"version"}, 0, "sst 4.17.1"},
		{[]string{"deploy", "--help"}, 1, "Usage: sst deploy"},
		{[]string{"deploy", "--rollback", "--stage", "production"}, 1, "Usage: sst deploy"},
		{[]string{"nonsense"}, 1, "sst deploy "},
	} {
		for _, program := range []string{sst, stand} {
			cmd := exec.Command(program, c.args...)
			cmd.Dir, cmd.Env = w.folder, append([]string{"PATH=" + os.Getenv("PATH")}, w.env...)
			out, _ := cmd.Output()
			if program == stand && c.args[0] == "nonsense" {
				c.want = "Usage" // the stand-in does not list what it cannot do
			}
			if cmd.ProcessState.ExitCode() != c.code || !strings.Contains(string(out), c.want) {
				t.Errorf("%s %v: %d\n%s", filepath.Base(program), c.args, cmd.ProcessState.ExitCode(), out)
			}
		}
	}
}
