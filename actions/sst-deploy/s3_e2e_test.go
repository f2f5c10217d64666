//go:build e2e

package main

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestE2EOnARealS3 keeps the state in a real S3 server; only SSM is ours.
func TestE2EOnARealS3(t *testing.T) {
	server := os.Getenv("CUTOVER_S3")
	if server == "" {
		t.Fatal("CUTOVER_S3 names no server; run make test")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "sst-state-abc"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(server, "--port", address, "--access", "ASIAEXAMPLE", "--secret", awsSecret, "posix", "--nometa", folder)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	w := newWorld(t, `{"Mode":"die","Times":1}`)
	w.env = append(w.env, "AWS_ENDPOINT_URL_S3=http://"+address, "AWS_SESSION_TOKEN=")
	w.until("the server", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	lock := filepath.Join(folder, "sst-state-abc", lockKey)
	r, got := w.result("deploy")
	if _, err := os.Stat(lock); got.Code != 1 || r.Reason != "broke-off" || err != nil {
		t.Fatalf("%d %+v %v\n%s\n%s", got.Code, r, err, got.Stderr, &log)
	}
	w.github.has(ourRun, 2, "in_progress", time.Now())
	w.env = append(w.env, "GITHUB_RUN_ATTEMPT=2")
	r, got = w.result("deploy")
	if _, err := os.Stat(lock); got.Code != 0 || len(r.Locks) != 1 || !r.Locks[0].Released || err == nil {
		t.Fatalf("%d %+v %v\n%s", got.Code, r, err, got.Stderr)
	}
	if r, got = w.result("status"); got.Code != 0 || r.Update.RunID != "100-2" || r.Lock != nil {
		t.Errorf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
}
