package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// cache is where the peer is installed, once.
const cache = ".cache/bench-load"

// install brings the pinned Artillery here, without its install scripts: they
// would fetch browsers.
func install() (string, error) {
	binary := filepath.Join(cache, "node_modules", ".bin", "artillery")
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	text, err := os.ReadFile("bench/load/peer/package.json")
	if err == nil {
		err = os.WriteFile(filepath.Join(cache, "package.json"), text, 0o600)
	}
	if err != nil {
		return "", err
	}
	cmd := exec.Command("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts")
	cmd.Dir = cache
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm install: %w\n%s", err, out)
	}
	return binary, nil
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
