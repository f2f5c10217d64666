package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// cache is where make bench installs the peer, as pinned in tools/artillery.
const cache = ".cache/artillery"

// installed is the peer's program.
func installed() (string, error) {
	binary := filepath.Join(cache, "node_modules", ".bin", "artillery")
	if _, err := os.Stat(binary); err != nil {
		return "", fmt.Errorf("no Artillery, which make bench installs: %w", err)
	}
	return binary, nil
}

// peak is the most memory that a process had at once, in MB, read while it runs.
// What wait4 says afterwards may be this program's own: ru_maxrss survives execve.
// source: proc_pid_status(5), VmHWM
func peak(cmd *exec.Cmd) (mb func() float64) {
	over, told := make(chan struct{}), make(chan float64)
	go func() {
		most := 0.0
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)) // gone once it has ended
			if _, rest, found := strings.Cut(string(status), "VmHWM:"); found {
				kB := 0.0
				if _, err := fmt.Sscan(rest, &kB); err == nil {
					most = max(most, kB/1024)
				}
			}
			select {
			case <-tick.C:
			case <-over:
				told <- most
				return
			}
		}
	}()
	return func() float64 { close(over); return <-told }
}

// version is Artillery's.
func version() string {
	var p struct{ Version string }
	text, err := os.ReadFile(filepath.Join(cache, "node_modules", "artillery", "package.json"))
	if err != nil || json.Unmarshal(text, &p) != nil {
		return "?"
	}
	return p.Version
}

// byArtillery sends the same load as an Artillery script.
func byArtillery(binary, folder string) (measured, error) {
	s := serve()
	defer s.Close()
	script, out := filepath.Join(folder, "load.yml"), filepath.Join(folder, "theirs.json")
	text := fmt.Sprintf("config:\n  target: %s\n  phases: [{duration: %d, arrivalRate: %d}]\nscenarios:\n  - flow: [{get: {url: /}}]\n", s.URL, seconds, rate)
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		return measured{}, err
	}
	cmd := exec.Command(binary, "run", "--quiet", "--output", out, script)
	cmd.Env = append(os.Environ(), "ARTILLERY_DISABLE_TELEMETRY=true")
	return measure(s, cmd, func() (float64, float64, float64, error) {
		var r struct {
			Aggregate struct {
				Summaries map[string]struct{ Median, P95, P99 float64 }
			}
		}
		text, err := os.ReadFile(out)
		if err == nil {
			err = json.Unmarshal(text, &r)
		}
		times := r.Aggregate.Summaries["http.response_time"]
		return times.Median, times.P95, times.P99, err
	})
}
