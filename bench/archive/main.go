// Command archive measures how fast a release is archived and proven, beside
// s5cmd copying the same files to the same S3 server. Ours hashes every file,
// sends write-once and checksummed, and writes a manifest; the peer copies.
//
// With -kills N it kills the real program at N random moments instead, and
// holds that the next run ends right.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3/s3test"
)

// rounds is how often each program runs; the median counts.
const rounds = 5

// load is a tree of files of one size.
type load struct {
	name  string
	files int
	bytes int
}

var loads = []load{{"many small", 2000, 64 << 10}, {"few large", 4, 256 << 20}}

func main() {
	kills := flag.Int("kills", 0, "kill at so many random moments instead of measuring")
	flag.Parse()
	if err := run(*kills); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(3)
	}
}

func run(kills int) error {
	if os.Getenv("CUTOVER_S3") == "" {
		path, err := filepath.Abs(".cache/bin/versitygw")
		if err != nil {
			return err
		}
		if err := os.Setenv("CUTOVER_S3", path); err != nil {
			return err
		}
	}
	if kills > 0 {
		return killing(kills)
	}
	folder, err := os.MkdirTemp("", "archive")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	programs, err := build(folder)
	if err != nil {
		return err
	}
	server, err := s3test.Start(filepath.Join(folder, "s3"), "bench")
	if err != nil {
		return err
	}
	defer server.Close()
	fmt.Printf("%s, %s/%s, %d processors, %s, %d rounds in turns, medians\n\n", time.Now().Format(time.DateOnly),
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), rounds)
	fmt.Println("| files | program | seconds | MB/s | its processor seconds | peak MB | ours is so many times as fast |")
	fmt.Println("| :--- | :--- | ---: | ---: | ---: | ---: | ---: |")
	for _, l := range loads {
		if err := l.write(filepath.Join(folder, "files")); err != nil {
			return err
		}
		if err := compare(l, programs, server, filepath.Join(folder, "files")); err != nil {
			return err
		}
	}
	return nil
}

// killing runs the test that kills, as often as asked for.
func killing(kills int) error {
	cmd := exec.Command("go", "test", "-tags", "e2e", "-count=1", "-timeout", "3h", "-run", "^TestE2EKilledAnywhereItEndsRight$", "-v", "./actions/archive-artifacts")
	cmd.Env = append(os.Environ(), "CUTOVER_KILLS="+strconv.Itoa(kills))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

// write fills folder with the load's files, of bytes that no one can compress
// or find twice.
func (l load) write(folder string) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	random := rand.NewChaCha8([32]byte{5, 4, 5})
	for i := range l.files {
		f, err := os.Create(filepath.Join(folder, fmt.Sprintf("%04d.bin", i)))
		if err != nil {
			return err
		}
		// Piece by piece: what this process holds counts as its children's peak.
		_, err = io.CopyN(f, random, int64(l.bytes))
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// build makes the programs that are compared.
func build(folder string) (programs []*program, err error) {
	ours, peer := filepath.Join(folder, "archive-artifacts"), filepath.Join(folder, "s5cmd")
	for _, b := range []*exec.Cmd{
		exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", ours, "./actions/archive-artifacts"),
		exec.Command("go", "-C", "bench/archive/peer", "build", "-trimpath", "-ldflags=-s -w", "-o", peer, "tool"),
	} {
		b.Env, b.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
		if err := b.Run(); err != nil {
			return nil, fmt.Errorf("%v (run this from the repository's root): %w", b.Args, err)
		}
	}
	archive := []string{ours, "--bucket", "bench", "--stage", "bench", "--commit", "6ae71a84193072939515e22adb298388dcafe000", "--require", "none", "--standard=false", "--file", "*.bin", "--format", "json", "--release"}
	return []*program{
		{name: "cutover archive", args: append(slices.Clone(archive), "r")},
		{name: "s5cmd v2.3.0 cp", args: []string{peer, "cp", "*.bin", "s3://bench/peer/"}},
		{name: "cutover archive, all there already", args: append(slices.Clone(archive), "again")},
		{name: "cutover verify", args: []string{ours, "--bucket", "bench", "--command", "verify", "--release", "r", "--format", "json"}},
		{name: "s5cmd v2.3.0 cp back", args: []string{peer, "cp", "s3://bench/peer/*", filepath.Join(folder, "back") + "/"}},
	}, nil
}
