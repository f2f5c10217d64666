// Package mototest starts moto for tests: an AWS that was not written here. What
// it is strict in shows that our words are AWS's.
package mototest

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/processtest"
)

// Moto is a moto that runs until the test is over.
type Moto struct {
	t      testing.TB
	python string
	// Address is its own, which AWS_ENDPOINT_URL names while the test runs.
	Address string
}

// installed is where make test puts moto, seen from the repository.
const installed = ".cache/moto/bin/python"

// Start starts moto on loopback, and points the AWS SDK at it.
func Start(t testing.TB) *Moto {
	t.Helper()
	m := &Moto{t: t, python: python(t)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	_ = listener.Close() // moto takes the port over
	var said bytes.Buffer
	cmd := exec.Command(m.python, "-m", "moto.server", "-H", "127.0.0.1", "-p", port)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	})
	m.Address = "http://127.0.0.1:" + port
	m.await()
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": m.Address, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"} {
		t.Setenv(name, value)
	}
	return m
}

// python is the Python in which moto is installed.
func python(t testing.TB) string {
	t.Helper()
	path := os.Getenv("CUTOVER_PYTHON")
	if path == "" {
		path = filepath.Join(processtest.Root(t), filepath.FromSlash(installed))
	}
	processtest.DependsOn(filepath.Join(filepath.Dir(filepath.Dir(path)), "installed"))
	if err := exec.Command(path, "-c", "import moto").Run(); err != nil {
		t.Fatalf("%s has no moto: run make test, or set CUTOVER_PYTHON (%v)", path, err)
	}
	return path
}

// await waits until moto listens.
func (m *Moto) await() {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, m.Address+"/moto-api/", nil)
		if err != nil {
			m.t.Fatal(err)
		}
		if answer, err := http.DefaultClient.Do(r); err == nil {
			_ = answer.Body.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	m.t.Fatal("moto did not begin to listen")
}

// Python runs a script with moto's Python, so with AWS's own client for it, and
// returns what it prints.
func (m *Moto) Python(script string, args ...string) string {
	m.t.Helper()
	cmd := exec.CommandContext(m.t.Context(), m.python, append([]string{"-c", script}, args...)...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		m.t.Fatalf("%v\n%s", err, &said)
	}
	return strings.TrimSpace(string(out))
}
