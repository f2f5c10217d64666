// Package running is how the shim tells a rehearsal which steps are running
// and how a cancelled one ended: one small file a step.
package running

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// Step is one running or cancelled step.
type Step struct {
	Job, Step string
	// PID is the shim's process; SIGINT to it cancels the step.
	PID int
	// Ended is set once a cancelled step's process is gone.
	Ended    bool
	ExitCode int
	// TookMillis is how long the process went on after the first signal.
	TookMillis int64
	// LastSignal is the one after which it ended.
	LastSignal string
}

func (s Step) file(folder string) string {
	return filepath.Join(folder, strconv.Itoa(s.PID)+".json")
}

// Write replaces the step's file at once, so that nobody reads half of it.
func (s Step) Write(folder string) error {
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encoding a running step: %w", err)
	}
	next := s.file(folder) + ".new"
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return fmt.Errorf("writing a running step: %w", err)
	}
	return os.Rename(next, s.file(folder))
}

// Remove takes the step's file away: it ended by itself.
func (s Step) Remove(folder string) error { return os.Remove(s.file(folder)) }

// All reads the steps of a folder.
func All(folder string) ([]Step, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	var steps []Step
	for _, name := range names {
		text, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue // it ended meanwhile
		}
		if err != nil {
			return nil, err
		}
		var s Step
		if err := json.Unmarshal(text, &s); err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		steps = append(steps, s)
	}
	return steps, nil
}
