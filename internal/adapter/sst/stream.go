package sst

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// look is how often what the child has printed is passed on.
const look = 50 * time.Millisecond

// streams pass on what a child prints into files.
type streams struct {
	stop  chan struct{}
	wait  sync.WaitGroup
	files []*os.File
}

// connect gives the child files to print to, one for both streams where both go
// to the same writer, so that their order is kept.
func connect(cmd *exec.Cmd, stdout, stderr io.Writer) (*streams, error) {
	s := &streams{stop: make(chan struct{})}
	out, err := s.open(stdout)
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = out, out
	if stdout != stderr {
		both, err := s.open(stderr)
		if err != nil {
			s.end()
			return nil, err
		}
		cmd.Stderr = both
	}
	return s, nil
}

// open makes a file for the child and follows it into w. The file has no name
// by the time the child prints, so nothing is left of it.
func (s *streams) open(w io.Writer) (*os.File, error) {
	f, err := os.CreateTemp("", "sst-*.log")
	if err != nil {
		return nil, err
	}
	reader, err := os.Open(f.Name())
	if err := errors.Join(err, os.Remove(f.Name())); err != nil {
		_ = f.Close() // nothing was written
		return nil, err
	}
	s.files = append(s.files, f, reader)
	s.wait.Go(func() {
		for {
			select {
			case <-s.stop:
				_, _ = io.Copy(w, reader)
				return
			case <-time.After(look):
				_, _ = io.Copy(w, reader) // a log that nobody takes stops no deployment
			}
		}
	})
	return f, nil
}

// end passes on the rest.
func (s *streams) end() {
	close(s.stop)
	s.wait.Wait()
	for _, f := range s.files {
		_ = f.Close() // the child has ends of its own
	}
}
