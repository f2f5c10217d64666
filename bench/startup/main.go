// Command startup measures how long an action takes to start, beside the floor
// of any action that runs on Node: Node itself, doing nothing.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"
)

const rounds = 40

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(3)
	}
}

func run() error {
	folder, err := os.MkdirTemp("", "startup")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	gate, report := filepath.Join(folder, "coverage-gate"), filepath.Join(folder, "lcov.info")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", gate, "./actions/coverage-gate")
	build.Env, build.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building: %w", err)
	}
	if err := os.WriteFile(report, []byte("TN:\nSF:go.mod\nDA:1,1\nend_of_record\n"), 0o600); err != nil {
		return err
	}
	info, err := os.Stat(gate)
	if err != nil {
		return err
	}
	ours, node := &series{args: []string{gate, "--report", report}}, &series{args: []string{"node", "-e", "0"}}
	for range rounds {
		// Taken in turns, so that a slow minute of the machine hits both.
		for _, s := range []*series{ours, node} {
			if err := s.once(); err != nil {
				return err
			}
		}
	}
	fmt.Printf("%s, %s/%s, %d processors, %d rounds in turns, medians\n\n", time.Now().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), rounds)
	fmt.Println("| program | wall | peak memory | ratio of wall |")
	fmt.Println("| :--- | ---: | ---: | ---: |")
	fmt.Printf("| coverage-gate on a small report (%.1f MB binary) | %.1f ms | %.0f MB | 1 |\n", float64(info.Size())/1e6, ours.wall(), ours.memory())
	fmt.Printf("| Node doing nothing | %.1f ms | %.0f MB | %.1f |\n", node.wall(), node.memory(), node.wall()/ours.wall())
	return nil
}

// series is one command's measurements: milliseconds and megabytes.
type series struct {
	args  []string
	walls []float64
	peaks []float64
}

func (s *series) once() error {
	cmd := exec.Command(s.args[0], s.args[1:]...)
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%v: %w", s.args, err)
	}
	s.walls = append(s.walls, time.Since(start).Seconds()*1000)
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.peaks = append(s.peaks, float64(usage.Maxrss)/1000) // kilobytes on Linux
	}
	return nil
}

func (s *series) wall() float64   { return median(s.walls) }
func (s *series) memory() float64 { return median(s.peaks) }

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)/2]
}
