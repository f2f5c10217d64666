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
)

// The example app answers on loopback through the very handlers that are
// deployed, and its integration tests pass against that address.
func TestE2EExampleAppAnswers(t *testing.T) {
	const app = "../../examples/lego-api"
	pnpm := func(env []string, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), "corepack", append([]string{"pnpm"}, args...)...)
		cmd.Dir, cmd.Env = app, append(os.Environ(), env...)
		return cmd
	}
	if out, err := pnpm(nil, "install", "--frozen-lockfile", "--prefer-offline").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	server := pnpm([]string{"PORT=0", "HOST=127.0.0.1"}, "start:local")
	server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(-server.Process.Pid, syscall.SIGKILL) }()
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
		if out, err := pnpm([]string{"BASE_URL=" + base}, "test:integration").CombinedOutput(); err != nil || !strings.Contains(string(out), "passed") {
			t.Errorf("against %s: %v\n%s", base, err, out)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the local server never said that it listens")
	}
	// Without an address the tests must fail: skipped, they would show nothing.
	if out, err := pnpm([]string{"BASE_URL="}, "test:integration").CombinedOutput(); err == nil {
		t.Errorf("without BASE_URL they pass:\n%s", out)
	}
	if err := syscall.Kill(-server.Process.Pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("SIGTERM does not end the server")
	}
}
