// Command coverage measures how fast coverage reports are read and how much
// memory that takes, beside the raw speed of the page cache and beside peers.
//
// Each measurement is a process of its own, so that peak memory is honest: the
// command runs itself again with the word "read" or "raw".
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/cutover-dev/cutover/internal/coverage/format"
)

// size of each generated report in bytes.
const size = 100_000_000

// rounds is how often each reader runs; the median counts.
const rounds = 5

func main() {
	err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(3)
	}
}

func run(args []string) error {
	if len(args) == 2 && args[0] == "read" {
		return read(args[1])
	}
	if len(args) == 2 && args[0] == "raw" {
		return raw(args[1])
	}
	if len(args) > 0 {
		return fmt.Errorf("unknown arguments %q; it takes none", args)
	}
	folder, err := os.MkdirTemp("", "coverage")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }() // a temporary folder
	readers, err := readersIn(folder)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %s/%s, %d processors, %s, reports of %d MB, %d rounds in turns, medians\n\n", time.Now().Format(time.DateOnly),
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), size/1_000_000, rounds)
	fmt.Println("| report | reader | MB/s | peak MB | ours is so many times as fast |")
	fmt.Println("| :--- | :--- | ---: | ---: | ---: |")
	for _, kind := range kinds {
		path := filepath.Join(folder, kind.name)
		files, err := generate(path, kind.write)
		if err != nil {
			return err
		}
		if kind.title == "Go profile" {
			if err := writeSources(folder, files); err != nil {
				return err
			}
		}
		if err := compare(kind.title, path, readers(kind.title, path)); err != nil {
			return err
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

// read is our reader, the one of the gate.
func read(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read from
	report, err := format.Read(path, f)
	if err != nil {
		return err
	}
	for metric, c := range report.Total() {
		fmt.Fprintln(os.Stderr, len(report.Files), "files,", metric, c.Covered, "of", c.Total)
	}
	return nil
}

// raw reads the bytes and does nothing with them: the floor.
func raw(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read from
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{f}, make([]byte, 256<<10))
	return err
}
