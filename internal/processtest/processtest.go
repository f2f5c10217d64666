// Package processtest runs a program as its users do: built, in a process of
// its own, with just the environment that a test gives it. Exit codes and what
// stands on standard output are contracts that only a process shows. Only
// tests import this package.
package processtest

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Main builds the package under test, sets binary to its path and runs the
// tests; a TestMain hands its result to os.Exit. declare is the program's own
// constructor: the tests speak to the binary alone, and without a call into
// the program the linker leaves it out of the test, whose old result go test
// would then repeat after the program has changed.
func Main(m *testing.M, name string, binary *string, declare func()) int {
	flag.Parse()
	declare()
	folder, err := os.MkdirTemp("", name)
	if err != nil {
		fmt.Fprintln(os.Stderr, "processtest:", err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	*binary = filepath.Join(folder, name)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	// As launch.sh builds it, so that both share what is compiled.
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", *binary, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "processtest: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// Outcome is how a process ended.
type Outcome struct {
	Code           int
	Stdout, Stderr string
}

// Output is what a process has printed so far. It may be read while it runs.
type Output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes what the process prints.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String returns all of it by now.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// Command prepares a run in folder; of this process's environment it gets PATH,
// and it does not outlive the test.
func Command(t *testing.T, binary, folder string, env []string, args ...string) (cmd *exec.Cmd, stdout, stderr *Output) {
	cmd = exec.CommandContext(t.Context(), binary, args...)
	cmd.Dir, cmd.Env = folder, append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	stdout, stderr = new(Output), new(Output)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

// Run runs the binary to its end, whatever its exit code.
func Run(t *testing.T, binary, folder string, env []string, args ...string) Outcome {
	t.Helper()
	cmd, stdout, stderr := Command(t, binary, folder, env, args...)
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return Outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}
