package sst

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/cutover-dev/cutover/internal/deploy"
)

// ErrOldOutputs says that .sst/outputs.json is not of this run.
var ErrOldOutputs = errors.New("it was written before this run")

// mostOutputs bounds .sst/outputs.json in bytes.
const mostOutputs = 8 << 20

// Outputs returns .sst/outputs.json if it was written after since; else
// ErrOldOutputs, or fs.ErrNotExist. SST writes the file after failed deployments
// and after diffs as well (run.go), so it may be read only after a deployment
// that is known to have succeeded. It holds secrets in the clear.
func Outputs(folder string, since time.Time) ([]byte, error) {
	f, err := os.Open(filepath.Join(folder, ".sst", "outputs.json"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read from
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	// Some file systems keep times in whole seconds.
	if info.ModTime().Before(since.Truncate(time.Second)) {
		return nil, fmt.Errorf("%w (%s)", ErrOldOutputs, info.ModTime().UTC().Format(time.RFC3339))
	}
	if !info.Mode().IsRegular() || info.Size() > mostOutputs {
		return nil, fmt.Errorf("it is no file of at most %d bytes", mostOutputs)
	}
	return io.ReadAll(f)
}

var (
	logged = regexp.MustCompile(`msg="exited with error" err=("(?:[^"\\]|\\.)*"|\S+)`)
	pulumi = regexp.MustCompile(`msg="pulumi exited"[^\n]* err=("(?:[^"\\]|\\.)*"|\S+)`)
)

// LastError returns what sst has logged about its end, for where it prints only
// "Unexpected error occurred"; empty if there is nothing of this run. Source:
// cmd/sst/main.go.
func LastError(folder string, since time.Time) string { return lastLogged(folder, since, logged) }

// engine returns how Pulumi ended, as deploy.Exit has it. Source: run.go.
func engine(folder string, since time.Time) string {
	how := lastLogged(folder, since, pulumi)
	if how == "<nil>" {
		return deploy.EngineDone
	}
	return how
}

// lastLogged finds the last value in SST's log of this run.
func lastLogged(folder string, since time.Time, what *regexp.Regexp) string {
	path := filepath.Join(folder, ".sst", "log", "sst.log")
	info, err := os.Stat(path)
	if err != nil || info.ModTime().Before(since.Truncate(time.Second)) {
		return ""
	}
	text, err := tail(path, 256<<10)
	if err != nil {
		return ""
	}
	all := what.FindAllSubmatch(text, -1)
	if len(all) == 0 {
		return ""
	}
	value := string(all[len(all)-1][1])
	if plain, err := strconv.Unquote(value); err == nil {
		return plain
	}
	return value
}

func tail(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read from
	if _, err := f.Seek(-most, io.SeekEnd); err != nil {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(io.LimitReader(f, most))
}

// Exists says whether folder holds an SST app.
func Exists(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, ConfigName))
	return !errors.Is(err, fs.ErrNotExist)
}
