package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3/s3test"
)

// program is one call that is measured.
type program struct {
	name string
	args []string
}

// figures are what a program's runs took: seconds of wall clock and of its own
// processor time, and peak memory in MB.
type figures struct{ wall, processor, peak []float64 }

// compare runs all programs in turns, so that a slow minute of the machine hits
// all of them. Who is first changes from round to round.
func compare(l load, programs []*program, server *s3test.Server, files string) error {
	all := make([]figures, len(programs))
	for round := range rounds {
		turn := []int{0, 1}
		if round%2 == 1 {
			turn = []int{1, 0}
		}
		if err := os.RemoveAll(server.Path("bench", "cutover")); err != nil {
			return err
		}
		if err := os.RemoveAll(server.Path("bench", "peer")); err != nil {
			return err
		}
		for i := 2; i < len(programs); i++ {
			turn = append(turn, i)
		}
		for _, i := range turn {
			syscall.Sync() // what the one before left to write is not this one's time
			if err := all[i].once(programs[i], server, files); err != nil {
				return err
			}
		}
		if err := os.RemoveAll(filepath.Join(filepath.Dir(files), "back")); err != nil {
			return err
		}
	}
	megabytes := float64(l.files) * float64(l.bytes) / 1e6
	for i, p := range programs {
		ours := 0
		if i == 4 {
			ours = 3 // reading back is compared with verifying
		}
		ratio := ""
		if i == 1 || i == 4 {
			ratio = fmt.Sprintf("%.2f", median(all[i].wall)/median(all[ours].wall))
		}
		fmt.Printf("| %s: %d × %d KiB | %s | %.2f | %.0f | %.2f | %.0f | %s |\n", l.name, l.files, l.bytes>>10, p.name,
			median(all[i].wall), megabytes/median(all[i].wall), median(all[i].processor), median(all[i].peak), ratio)
	}
	return nil
}

func (f *figures) once(p *program, server *s3test.Server, files string) error {
	cmd := exec.Command(p.args[0], p.args[1:]...)
	cmd.Dir = files
	cmd.Env = append(server.Env(), "PATH="+os.Getenv("PATH"), "S3_ENDPOINT_URL="+server.Address)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", p.name, err, strings.TrimSpace(problems.String()[:min(2000, problems.Len())]))
	}
	f.wall = append(f.wall, time.Since(start).Seconds())
	f.processor = append(f.processor, (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds())
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		f.peak = append(f.peak, float64(usage.Maxrss)/1000) // kilobytes on Linux
	}
	return nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
