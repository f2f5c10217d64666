package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Where SST_STAND names a folder, it holds one scenario a stage, and the API of
// a stage that was deployed runs beside it: <stage>.pid and <stage>.log. Whoever
// made the folder ends what runs there.

// scenarioFile is the scenario of a stage.
func scenarioFile(stage string) string {
	path := os.Getenv("SST_STAND")
	if path == "" {
		return "sst.stand.json"
	}
	if isFolder(path) {
		return filepath.Join(path, stage+".json")
	}
	return path
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

var listens = regexp.MustCompile(`listens on (http://[0-9.:]+)`)

// serve runs the app's own local server, as deployed: what answered for the
// stage before is ended. The outputs then say where it is.
func (p *project) serve(outputs map[string]any) (map[string]any, error) {
	folder := os.Getenv("SST_STAND")
	if _, elsewhere := p.scenario.Outputs["url"]; elsewhere || !p.scenario.Serve || folder == "" {
		return outputs, nil
	}
	at := filepath.Join(folder, p.home.stage)
	if err := end(at + ".pid"); err != nil {
		return nil, err
	}
	log, err := os.Create(at + ".log")
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the server has it too
	cmd := exec.Command("node", "scripts/local.mjs")
	cmd.Env = append(os.Environ(), "PORT=0", "HOST=127.0.0.1", "APP_STAGE="+p.home.stage)
	cmd.Env = append(cmd.Env, p.home.tracing()...)
	cmd.Stdout, cmd.Stderr = log, log
	// Out of the step's process group: it lives on, as a deployment does.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if err := os.WriteFile(at+".pid", []byte(strconv.Itoa(cmd.Process.Pid)), 0o644); err != nil {
		return nil, errors.Join(err, cmd.Process.Kill())
	}
	for range 300 {
		text, err := os.ReadFile(at + ".log")
		if m := listens.FindSubmatch(text); err == nil && m != nil {
			outputs = maps.Clone(outputs)
			outputs["url"] = string(m[1])
			return outputs, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	text, _ := os.ReadFile(at + ".log")
	return nil, fmt.Errorf("the app did not begin to listen: %s", text)
}

// tracing is what a deployed function of a traced app finds in its environment,
// but that its spans go to the cloud on loopback instead of the X-Ray daemon. One
// process is all functions, so none has a name from here: the app names each by
// project, stage and operation, as it is deployed.
func (h home) tracing() []string {
	cloud, config := os.Getenv("AWS_ENDPOINT_URL"), tracingConfig()
	if cloud == "" || config == "" {
		return nil
	}
	project := h.app
	if m := projectName.FindStringSubmatch(config); m != nil {
		project = m[1]
	}
	return []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + cloud, "TRACING_PROJECT=" + project, "TRACING_STAGE=" + h.stage}
}

// How an app turns tracing on for all functions, in sst.config.ts and what it
// imports from infra: SST's $transform, Pulumi's tracingConfig.
var (
	transform   = regexp.MustCompile(`\$transform\(\s*sst\.aws\.Function\b`)
	active      = regexp.MustCompile(`tracingConfig\s*[:=]\s*\{\s*mode:\s*"Active"`)
	projectName = regexp.MustCompile(`(?m)^const PROJECT = "([A-Za-z0-9-]+)"`)
)

// tracingConfig is sst.config.ts if the app is traced, else "".
func tracingConfig() string {
	config, err := os.ReadFile("sst.config.ts")
	if err != nil || !transform.Match(config) {
		return ""
	}
	files, _ := filepath.Glob("infra/*.ts") // the pattern is right
	for _, file := range append(files, "sst.config.ts") {
		if text, err := os.ReadFile(file); err == nil && active.Match(text) {
			return string(config)
		}
	}
	return ""
}

// end stops what an earlier deployment of the stage has started.
func end(pidFile string) error {
	text, err := os.ReadFile(pidFile)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	pid, bad := strconv.Atoi(strings.TrimSpace(string(text)))
	if err = errors.Join(err, bad); err != nil {
		return err
	}
	_ = syscall.Kill(pid, syscall.SIGTERM) // it may be gone
	return os.Remove(pidFile)
}
