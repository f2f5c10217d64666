//go:build e2e

package rehearsal_test

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/rehearsal"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

// exampleServed is the example app on this machine, by the handlers that are
// deployed: where it listens.
func exampleServed(t *testing.T) string {
	t.Helper()
	pnpm := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), "corepack", append([]string{"pnpm"}, args...)...)
		cmd.Dir, cmd.Env = "../../examples/lego-api", append(os.Environ(), "PORT=0", "HOST=127.0.0.1")
		return cmd
	}
	if out, err := pnpm("install", "--frozen-lockfile", "--prefer-offline").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	server := pnpm("start:local")
	server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(-server.Process.Pid, syscall.SIGKILL); _ = server.Wait() })
	address := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			if _, found, ok := strings.Cut(lines.Text(), "lego-api listens on "); ok {
				address <- strings.TrimSpace(found)
			}
		}
	}()
	select {
	case base := <-address:
		return base
	case <-time.After(time.Minute):
		t.Fatal("the example never said that it listens")
		return ""
	}
}

// withShort is the example's own cutover.yaml with a profile that lasts seconds.
// Others share this machine: that the generator may be late is not what this is
// about.
func withShort(t *testing.T) string {
	t.Helper()
	text := string(must(os.ReadFile("../../examples/lego-api/cutover.yaml")))
	const at = "  profiles:\n    sustained:"
	after := strings.Replace(text, at, `  profiles:
    short:
      phases: [{ name: steady, rate: 60, for: 6 s }, { name: ramp, from: 60, to: 120, for: 4 s }]
      goals: { p95: 10 s, errors: 5% }
      limits: { late: 10 s, cpu: 100% }
    sustained:`, 1)
	if after == text {
		t.Fatalf("cutover.yaml has no %q", at)
	}
	return after
}

// scaled is an account whose functions bore the load, minute by minute.
func scaled(stage string) *cloud.Cloud {
	c := cloud.New("sst-state-rehearsal")
	c.Bucket(rehearsal.ArchiveBucket)
	name := "lego-api-" + stage + "-api"
	c.Function(name, cloud.Lambda{MemoryMB: 512, TimeoutSeconds: 29, Architectures: []string{"arm64"}})
	c.Tag("arn:aws:lambda:us-east-1:"+cloud.Account+":function:"+name, map[string]string{"sst:app": "lego-api", "sst:stage": stage, "Project": "LEGO-API", "Environment": stage})
	of := map[string]string{"FunctionName": name}
	for m := range 10 {
		at := time.Now().Truncate(time.Minute).Add(time.Duration(m-1) * time.Minute)
		c.Observe("AWS/Lambda", "ConcurrentExecutions", of, at, 4, 11)
		c.Observe("AWS/Lambda", "Invocations", of, at, 600)
		c.Observe("AWS/Lambda", "Throttles", of, at, 0)
		c.Observe(monitoring.Namespace("LEGO-API", stage), "ColdStartDuration", nil, at, 640, 710)
	}
	return c
}

// A profile is sent by two runners that begin at once, becomes one result with a
// page, is held to its goals and to how the stage scaled, and stays as the
// artifact that validate.yml reads.
//
// Shows: 5.6.3
func TestE2ELoadIsSentByTwoRunners(t *testing.T) {
	t.Parallel()
	base := exampleServed(t)
	o := options(t)
	o.Workflow, o.Event, o.Quiet, o.Watched = ".github/workflows/load-test.yml", "workflow_dispatch", true, "never"
	o.Payload = `{"inputs": {"profile": "short", "stage": "staging", "url": "` + base + `", "shards": "2"}}`
	o.Overlay = overlay(map[string]string{"examples/lego-api/cutover.yaml": withShort(t)})
	o.Vars = map[string]string{"LOAD_START_AFTER": "40", "LOAD_SETTLE": "1s"}
	o.AWS = scaled("staging")
	began := time.Now()
	r := rehearse(t, o)
	t.Logf("load-test.yml: %v", time.Since(began).Round(time.Second))
	ended(t, r, map[string]loopback.Conclusion{"start": loopback.Success, "send/1": loopback.Success, "send/2": loopback.Success, "judge": loopback.Success})
	if t.Failed() {
		t.FailNow()
	}
	holds(t, r, "load-result", "load.json", "load.html")
	whole, err := load.ParseResult([]byte(artifact(t, r, "load-result", "load.json")))
	if err != nil || !whole.Valid || len(whole.Shards) != 2 || whole.Requests < 600 || whole.Stage != "staging" || whole.Profile != "short" || whole.Errors > 0 {
		t.Errorf("%v: %d requests, %d errors, shards %v, invalid %v", err, whole.Requests, whole.Errors, whole.Shards, whole.Invalid)
	}
	sent := 0
	for _, shard := range []string{"1", "2"} {
		part, err := load.ParseResult([]byte(artifact(t, r, "load-shard-"+shard, "shard-"+shard+".json")))
		if err != nil {
			t.Fatal(err)
		}
		if sent += part.Requests; part.Requests == 0 || part.Began.Sub(whole.Began).Abs() > time.Second {
			t.Errorf("shard %s: %d requests from %s", shard, part.Requests, part.Began)
		}
	}
	if sent != whole.Requests {
		t.Errorf("the shards sent %d, and the whole has %d", sent, whole.Requests)
	}
	judged := step(t, r, "judge", "The result")
	if judged.Outputs["verdict"] != "pass" || judged.Outputs["valid"] != "true" || !strings.Contains(judged.Summary, "throttles") {
		t.Errorf("%v\n%s", judged.Outputs, judged.Summary)
	}
	keepPage(t, "load.html", artifact(t, r, "load-result", "load.html"))
	for _, call := range o.AWS.Calls() {
		if call.Role != "cutover-staging-report" {
			t.Errorf("%s calls %s", call.Role, call.Action)
		}
	}
}

// artifact is a file of one that the run left.
func artifact(t *testing.T, r rehearsal.Result, name, file string) string {
	t.Helper()
	for _, a := range r.Told.Artifacts {
		if f := a.File(file); a.Name == name && f != nil {
			return f.Text()
		}
	}
	t.Fatalf("no %s in %s", file, name)
	return ""
}

// keepPage puts a page where somebody wants to look at it.
func keepPage(t *testing.T, name, page string) {
	t.Helper()
	if folder := os.Getenv("REHEARSAL_PAGES"); folder != "" {
		if err := os.WriteFile(folder+"/"+name, []byte(page), 0o600); err != nil {
			t.Error(err)
		}
	}
}
