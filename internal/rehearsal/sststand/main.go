// Command sststand stands in for sst where there is no cloud: it keeps the same
// documents in the same bucket, prints the same lines, fails in the same ways,
// and deploys nothing. What it copies of SST 4.17.1 names its source; paths are
// those of github.com/anomalyco/sst in June 2026. What could be tried offline
// was tried with the binary of npm's sst 4.17.1 (see the README beside this).
//
// A file sst.stand.json in the app's folder, or the one that SST_STAND names
// (or, in a folder of that name, the stage's), says how it behaves; without one everything goes well. What it was called with
// stands in .sst/stand.jsonl.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// version is what it claims to be.
const version = "4.17.1"

// Scenario is sst.stand.json.
type Scenario struct {
	// Mode is one of the modes in deploy.go; empty is "ok".
	Mode string
	// Times bounds for how many calls of deploy the mode holds; 0 is for ever.
	Times int
	// Step is how long each resource takes, such as "20ms".
	Step string
	// Say are lines that the app prints while it deploys.
	Say []string
	// Outputs are what run() returns; a value {"secret": "x"} is a secret.
	Outputs map[string]any
	// Serve runs the app's local server after a deployment that went well.
	Serve bool
}

// call is one line of .sst/stand.jsonl.
type call struct {
	Args  []string
	RunID string
	Env   []string
	PID   int
}

func main() { os.Exit(run()) }

func run() int {
	args := os.Args[1:]
	if len(args) == 1 && args[0] == "version" {
		fmt.Println("sst " + version)
		return 0
	}
	stage, asJSON, ok := flags(args)
	if !ok {
		// cli.go: a flag or command that is not known prints the usage and exits
		// with 1; so does --help. Tried with the real binary, also with --rollback.
		fmt.Println("Usage: sst " + strings.Join(args[:min(1, len(args))], ""))
		return 1
	}
	s, err := load(scenarioFile(stage))
	if err != nil {
		return fail(err.Error())
	}
	app, err := appName()
	if err != nil {
		return fail("Could not find sst.config.ts") // cmd/sst/cli/project.go, Discover
	}
	made, err := record(args)
	if err != nil {
		return fail(err.Error())
	}
	if s.Times > 0 && made > s.Times {
		s.Mode = ""
	}
	_ = os.Remove(filepath.Join(".sst", "log", "sst.log")) // SST begins a new one (cli/project.go)
	ctx := context.Background()
	stop := make(chan os.Signal, 4)
	// cmd/sst/main.go, run: both signals cancel the context.
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	if s.Mode == "network" {
		// main.go: pulumi is downloaded before anything else.
		return fail("Could not install pulumi", "Get \"https://get.pulumi.com/\": dial tcp: lookup get.pulumi.com: no such host")
	}
	home, err := openHome(ctx, app, stage)
	if err != nil {
		// project.go, LoadHome: a ReadableError of "aws: …".
		return fail("aws: " + err.Error())
	}
	p := &project{home: home, scenario: s, stop: stop, runID: os.Getenv("SST_RUN_ID")}
	switch args[0] {
	case "deploy":
		return p.deploy(ctx)
	case "diff":
		return p.diff(asJSON)
	}
	return p.unlock(ctx)
}

// flags knows the flags that the real binary lists under --help.
func flags(args []string) (stage string, asJSON, ok bool) {
	if len(args) == 0 || !slices.Contains([]string{"deploy", "diff", "unlock"}, args[0]) {
		return "", false, false
	}
	for i := 1; i < len(args); i++ {
		name, value, both := strings.Cut(args[i], "=")
		switch {
		case name == "--stage" && both:
			stage = value
		case name == "--stage" && i+1 < len(args):
			i++
			stage = args[i]
		case args[i] == "--json" && args[0] == "diff":
			asJSON = true
		case args[i] == "--verbose" || args[i] == "--print-logs":
		case args[i] == "--continue" && args[0] == "deploy":
		default:
			return "", false, false
		}
	}
	return stage, asJSON, stage != ""
}

func load(path string) (Scenario, error) {
	var s Scenario
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	return s, err
}

var name = regexp.MustCompile(`name:\s*"([A-Za-z][A-Za-z0-9-]*)"`)

// appName is the first name in sst.config.ts; SST runs the file to learn it.
func appName() (string, error) {
	text, err := os.ReadFile("sst.config.ts")
	if err != nil {
		return "", err
	}
	if m := name.FindSubmatch(text); m != nil {
		return string(m[1]), nil
	}
	return "app", nil
}

// record notes the call and returns how many of the same command there were.
func record(args []string) (int, error) {
	if err := os.MkdirAll(".sst", 0o755); err != nil {
		return 0, err
	}
	path := filepath.Join(".sst", "stand.jsonl")
	if folder := os.Getenv("SST_STAND"); isFolder(folder) {
		// One list for all checkouts of a rehearsal, by stage.
		stage, _, _ := flags(args)
		path = filepath.Join(folder, stage+".jsonl")
	}
	c := call{Args: args, RunID: os.Getenv("SST_RUN_ID"), Env: []string{}, PID: os.Getpid()}
	for _, entry := range os.Environ() {
		n, _, _ := strings.Cut(entry, "=")
		c.Env = append(c.Env, n)
	}
	slices.Sort(c.Env)
	line, err := json.Marshal(c)
	if err != nil {
		return 0, err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }() // written to its end below, or reported
	if _, err := f.Write(append(line, '\n')); err != nil {
		return 0, err
	}
	text, err := os.ReadFile(path)
	return strings.Count(string(text), `{"Args":["`+args[0]+`"`), err
}

// fail prints as ui.Error does, on standard error, and returns SST's one exit
// code for every failure. Source: cmd/sst/main.go.
func fail(message string, hint ...string) int {
	if message != "" {
		fmt.Fprintln(os.Stderr, "✕  "+message)
	}
	for _, h := range hint {
		fmt.Fprintln(os.Stderr, "   "+h)
	}
	return 1
}

// unexpected is what SST prints for an error that it has no words for; the
// words stand in its log.
func unexpected(why string) int {
	logLine(fmt.Sprintf("level=ERROR msg=\"exited with error\" err=%q", why))
	return fail("Unexpected error occurred. Please run with --print-logs or check .sst/log/sst.log if available.")
}

// pulumiExited is what SST logs at Pulumi's end; source: run.go, and the log of
// the real binary.
func pulumiExited(how string) {
	logLine("level=INFO msg=\"pulumi exited\" service=project.run err=" + how)
}

func logLine(text string) {
	_ = os.MkdirAll(filepath.Join(".sst", "log"), 0o755)
	f, err := os.OpenFile(filepath.Join(".sst", "log", "sst.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	fmt.Fprintf(f, "time=%s %s\n", time.Now().UTC().Format(time.RFC3339Nano), text)
	_ = f.Close() // a line in a log
}
