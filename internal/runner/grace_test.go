package runner_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/runner"
)

// A program with a grace is told of a second signal and not ended by it.
func TestASecondSignalReachesAProgramWithAGrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	insisted := false
	p := declared(func(ctx context.Context, s *runner.Session, _ example) error {
		w.signals <- os.Interrupt
		<-ctx.Done()
		select {
		case <-s.Insisted():
			t.Error("it was told before a second signal came")
		default:
		}
		w.signals <- os.Interrupt
		select {
		case <-s.Insisted():
			insisted = true
		case <-time.After(2 * time.Second):
		}
		return ctx.Err()
	})
	p.Grace = 3 * time.Second
	if code := w.run(p); code != runner.ExitOutside || !insisted {
		t.Errorf("exit %d, insisted %v", code, insisted)
	}
}

func TestAGraceEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := declared(func(context.Context, *runner.Session, example) error {
		w.signals <- os.Interrupt
		select {}
	})
	p.Grace = 300 * time.Millisecond
	start := time.Now()
	if code := w.run(p); code != runner.ExitOutside || time.Since(start) > 2*time.Second {
		t.Errorf("exit %d after %s", code, time.Since(start))
	}
}
