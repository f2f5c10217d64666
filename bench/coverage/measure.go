package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// reader is one program that reads a report.
type reader struct {
	name string
	args []string
	// folder is where it runs; empty is here.
	folder string
	// rounds is how often; slow peers run less often than ours.
	rounds int
	speeds []float64 // MB/s
	peaks  []float64 // MB
	failed string
}

func (r *reader) once(megabytes float64) {
	cmd := exec.Command(r.args[0], r.args[1:]...)
	cmd.Dir = r.folder
	var problems strings.Builder
	cmd.Stderr = &problems
	start := time.Now()
	if err := cmd.Run(); err != nil {
		r.failed = fmt.Sprintf("%v: %s", err, strings.TrimSpace(problems.String()))
		return
	}
	r.speeds = append(r.speeds, megabytes/time.Since(start).Seconds())
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		r.peaks = append(r.peaks, float64(usage.Maxrss)/1000) // kilobytes on Linux
	}
}

// lcovParse is the peer from npm, and the script that calls it.
const (
	lcovParse       = "lcov-parse@1.0.0"
	lcovParseScript = `require("lcov-parse")(process.argv[1], (e, d) => { if (e || !d.length) { console.error(e); process.exit(1) } })`
)

// readersIn builds the peers and returns the readers of a report. They take
// turns, so that a slow minute of the machine hits all of them.
func readersIn(folder string) (func(title, path string) []*reader, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	peer := filepath.Join(folder, "peer")
	build := exec.Command("go", "build", "-o", peer, ".")
	build.Dir, build.Stderr = filepath.Join("bench", "coverage", "peer"), os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("building the peer (run this from the repository's root): %w", err)
	}
	install := exec.Command("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, lcovParse)
	if out, err := install.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("installing %s: %w: %s", lcovParse, err, out)
	}
	return func(title, path string) []*reader {
		readers := []*reader{
			{name: "cutover", args: []string{self, "read", path}, rounds: rounds},
			{name: "the bytes alone", args: []string{self, "raw", path}, rounds: rounds},
		}
		switch title {
		case "LCOV":
			readers = append(readers, &reader{name: lcovParse + " on Node", args: []string{"node", "-e", lcovParseScript, path}, folder: folder, rounds: 1})
		case "Cobertura":
			readers = append(readers, &reader{name: "encoding/xml, tokens alone", args: []string{peer, "xml", path}, rounds: 3})
		case "Go profile":
			readers = append(readers,
				&reader{name: "golang.org/x/tools/cover", args: []string{peer, "profile", path}, rounds: 3},
				&reader{name: "go tool cover -func", args: []string{"go", "tool", "cover", "-func", path}, folder: folder, rounds: 1})
		}
		return readers
	}, nil
}

func compare(title, path string, readers []*reader) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	for round := range rounds {
		for _, r := range readers {
			if round < r.rounds && r.failed == "" {
				r.once(float64(info.Size()) / 1e6)
			}
		}
	}
	ours := readers[0]
	if ours.failed != "" {
		return fmt.Errorf("%s: %s", title, ours.failed)
	}
	for _, r := range readers {
		if r.failed != "" {
			fmt.Printf("| %s | %s | failed: %s | | |\n", title, r.name, strings.Join(strings.Fields(r.failed), " "))
			continue
		}
		fmt.Printf("| %s | %s | %.0f | %.0f | %.2f |\n", title, r.name, median(r.speeds), median(r.peaks), median(ours.speeds)/median(r.speeds))
	}
	return nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)/2]
}
