// Command images measures how a repository of 20 tags becomes one OCI layout: ours in
// an S3 server, beside crane on the local disk, without and with its cache. What is
// counted is what the registry gives out; what is timed is each process by itself.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3/s3test"
)

// rounds is how often each program runs; the median counts.
const rounds = 7

func main() {
	registry := flag.Bool("serve", false, "be the registry that is read from")
	flag.Parse()
	begin := run
	if *registry {
		begin = serve
	}
	if err := begin(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(3)
	}
}

// program is one call that is measured.
type program struct {
	name string
	// args are made anew for each round: what was written before must not help.
	args func(round int) []string
	// gone is what it leaves; it is removed before each round.
	gone func(round int) string
}

// figures are what a program's runs took.
type figures struct {
	wall, processor, peak []float64
	given                 given
}

func run() error {
	if os.Getenv("CUTOVER_S3") == "" {
		path, err := filepath.Abs(".cache/bin/versitygw")
		if err != nil {
			return err
		}
		if err := os.Setenv("CUTOVER_S3", path); err != nil {
			return err
		}
	}
	folder, err := os.MkdirTemp("", "images")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	ours, crane := filepath.Join(folder, "ours"), filepath.Join(folder, "crane")
	for _, b := range []*exec.Cmd{
		exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", ours, "./bench/images/ours"),
		exec.Command("go", "-C", "bench/images/peer", "build", "-trimpath", "-ldflags=-s -w", "-o", crane, "tool"),
	} {
		b.Env, b.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
		if err := b.Run(); err != nil {
			return fmt.Errorf("%v (run this from the repository's root): %w", b.Args, err)
		}
	}
	registry, err := start()
	if err != nil {
		return err
	}
	defer registry.close()
	server, err := s3test.Start(filepath.Join(folder, "s3"), "bench")
	if err != nil {
		return err
	}
	defer server.Close()
	return measure(programs(ours, crane, registry, server, folder), registry, server)
}

func programs(ours, crane string, registry *repository, server *s3test.Server, folder string) []program {
	var images []string
	for i := range tags {
		images = append(images, fmt.Sprintf("%s/lego-api:v%d", registry.address, i))
	}
	at := func(kind string, round int) string { return filepath.Join(folder, fmt.Sprintf("%s-%d", kind, round)) }
	prefix := func(round int) string { return fmt.Sprintf("round-%d", round) }
	pull := func(into string, more ...string) []string {
		return append(append(append([]string{crane, "pull", "--format=oci"}, more...), images...), into)
	}
	none := func(int) string { return "" }
	return []program{
		{"cutover archive-images, to S3", func(n int) []string { return []string{ours, "archive", registry.address, "lego-api", prefix(n)} }, func(n int) string { return server.Path("bench", prefix(n)) }},
		{"crane pull --format=oci, to disk", func(n int) []string { return pull(at("crane", n)) }, func(n int) string { return at("crane", n) }},
		{"crane with --cache_path, to disk", func(n int) []string { return pull(at("cached", n), "--cache_path", at("cache", n)) }, func(n int) string { return at("cached", n) }},
		{"cutover archive-images, all there", func(n int) []string { return []string{ours, "archive", registry.address, "lego-api", prefix(n)} }, none},
		{"cutover verify, every byte", func(n int) []string { return []string{ours, "verify", registry.address, "lego-api", prefix(n)} }, none},
	}
}

// measure runs all programs in turns, so that a slow minute of the machine hits all of
// them. Who of the first three is first changes from round to round.
func measure(all []program, registry *repository, server *s3test.Server) error {
	found := make([]figures, len(all))
	if _, err := registry.taken(); err != nil {
		return err
	}
	for round := range rounds {
		turn := []int{round % 3, (round + 1) % 3, (round + 2) % 3}
		for i := 3; i < len(all); i++ {
			turn = append(turn, i)
		}
		for _, i := range turn {
			if gone := all[i].gone(round); gone != "" {
				if err := os.RemoveAll(gone); err != nil {
					return err
				}
			}
			syscall.Sync() // what the one before left to write is not this one's time
			if err := found[i].once(all[i].name, all[i].args(round), server); err != nil {
				return err
			}
			var err error
			if found[i].given, err = registry.taken(); err != nil {
				return err
			}
		}
	}
	fmt.Printf("%s, %s/%s, %d processors, %s, %d rounds in turns, medians\n\n", time.Now().Format(time.DateOnly),
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), rounds)
	fmt.Println("| program | GETs of blobs | MB | seconds | its processor seconds | peak MB | processor, ours = 1 |")
	fmt.Println("| :--- | ---: | ---: | ---: | ---: | ---: | ---: |")
	for i, p := range all {
		ratio := ""
		if i < 3 {
			ratio = fmt.Sprintf("%.1f", median(found[i].processor)/median(found[0].processor))
		}
		fmt.Printf("| %s | %d | %.0f | %.2f | %.2f | %.0f | %s |\n", p.name, found[i].given.Gets, float64(found[i].given.Bytes)/1e6,
			median(found[i].wall), median(found[i].processor), median(found[i].peak), ratio)
	}
	if found[0].given.Gets != tags+tags+baseParts || found[3].given.Gets != 0 {
		return errors.New("ours did not read each unique blob once")
	}
	return nil
}

func (f *figures) once(name string, args []string, server *s3test.Server) error {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(server.Env(), "PATH="+os.Getenv("PATH"))
	var problems bytes.Buffer
	cmd.Stderr = &problems
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(problems.String()[:min(2000, problems.Len())]))
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
