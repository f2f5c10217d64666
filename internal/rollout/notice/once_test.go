package notice_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/notice"
)

// shelf is a memory with a version, which may fail or be cut.
type shelf struct {
	told    notice.Told
	version int
	// before is called ahead of each write, for races and failures.
	before func() error
}

func (s *shelf) Recall(context.Context) (notice.Told, rollout.Version, error) {
	if s.version == 0 {
		return notice.Told{}, "", nil
	}
	return s.told, rollout.Version(fmt.Sprint(s.version)), nil
}

func (s *shelf) Remember(ctx context.Context, told notice.Told, version rollout.Version) (rollout.Version, error) {
	if s.before != nil {
		if err := s.before(); err != nil {
			return "", err
		}
	}
	if _, now, _ := s.Recall(ctx); now != version {
		return "", rollout.ErrConflict
	}
	s.told, s.version = told, s.version+1
	return rollout.Version(fmt.Sprint(s.version)), nil
}

// wall is a board that keeps what is said.
type wall struct {
	said []string
	fail func(n notice.Notice) error
}

func (w *wall) Say(_ context.Context, thread string, n notice.Notice) (string, error) {
	if w.fail != nil {
		if err := w.fail(n); err != nil {
			return "", err
		}
	}
	w.said = append(w.said, fmt.Sprintf("%s>%d", thread, n.Sequence))
	return fmt.Sprintf("t%d", n.Sequence), nil
}

func events(from, to int) (list []rollout.Event) {
	for n := from; n <= to; n++ {
		list = append(list, rollout.Event{Sequence: n, Kind: rollout.Settled})
	}
	return list
}

var three = time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC)

func once(name string, s *shelf, w *wall, now *time.Time) notice.Once {
	return notice.Once{Facts: facts(), Board: w, Memory: s, Name: name, Now: func() time.Time { return *now }}
}

// Each event is said once, in its order, with the thread that the one before
// left, however often it is told.
func TestEachEventIsSaidOnce(t *testing.T) {
	now, s, w := three, &shelf{}, &wall{}
	for _, part := range [][]rollout.Event{events(1, 2), events(1, 2), events(1, 3), nil, events(3, 5), events(2, 4)} {
		if err := once("a", s, w, &now).Tell(t.Context(), part); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(w.said, " "); got != ">1 t1>2 t2>3 t3>4 t4>5" || s.told.Sequence != 5 || s.told.Teller != "" || !s.told.Until.IsZero() {
		t.Errorf("said %s, remembered %+v", got, s.told)
	}
}

// Somebody took state and log away, and a rollout begins at event 1 again: it is
// not taken for one that was told.
func TestALogThatBeginsAnew(t *testing.T) {
	now, s, w := three, &shelf{}, &wall{}
	first, second := events(1, 3), events(1, 2)
	first[0].Hash, second[0].Hash = "a", "b"
	for _, part := range [][]rollout.Event{first, first, second, second, events(3, 3)} {
		if err := once("a", s, w, &now).Tell(t.Context(), part); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(w.said, " "); got != ">1 t1>2 t2>3 >1 t1>2 t2>3" {
		t.Errorf("said %s", got)
	}
}

// What a board refuses waits, and nothing after it is said.
func TestABoardThatFails(t *testing.T) {
	now, s, down := three, &shelf{}, errors.New("down")
	w := &wall{fail: func(n notice.Notice) error {
		if n.Sequence == 2 {
			return down
		}
		return nil
	}}
	if err := once("a", s, w, &now).Tell(t.Context(), events(1, 3)); !errors.Is(err, down) {
		t.Fatal(err)
	}
	if s.told.Sequence != 1 || s.told.Thread != "t1" || s.told.Teller != "" {
		t.Errorf("remembered %+v", s.told)
	}
	w.fail = nil
	if err := once("b", s, w, &now).Tell(t.Context(), events(1, 3)); err != nil || strings.Join(w.said, " ") != ">1 t1>2 t2>3" {
		t.Errorf("%v, said %v", err, w.said)
	}
}

// While one tells, another waits; when one was killed, another goes on after
// its turn.
func TestTellersTakeTurns(t *testing.T) {
	now, s, w := three, &shelf{}, &wall{}
	var during error
	w.fail = func(n notice.Notice) error {
		if n.Sequence == 1 && during == nil {
			during = once("b", s, &wall{}, &now).Tell(t.Context(), events(1, 2))
		}
		return nil
	}
	if err := once("a", s, w, &now).Tell(t.Context(), events(1, 2)); err != nil {
		t.Fatal(err)
	}
	if during == nil || !strings.Contains(during.Error(), "somebody else's turn") || len(w.said) != 2 {
		t.Errorf("%v, said %v", during, w.said)
	}

	killed := errors.New("killed")
	writes := 0
	s.before = func() error {
		if writes++; writes > 1 {
			return killed // after it said so, before it remembered
		}
		return nil
	}
	if err := once("a", s, w, &now).Tell(t.Context(), events(3, 3)); !errors.Is(err, killed) {
		t.Fatal(err)
	}
	s.before = nil
	if err := once("b", s, w, &now).Tell(t.Context(), events(3, 3)); err == nil {
		t.Error("b did not wait")
	}
	now = now.Add(2 * time.Minute)
	if err := once("b", s, w, &now).Tell(t.Context(), events(3, 3)); err != nil || len(w.said) != 4 || s.told.Sequence != 3 {
		t.Errorf("%v, said %v", err, w.said)
	}
}

// Two that begin at once: one is refused, reads again and finds nothing to say.
func TestTwoTellersAtOnce(t *testing.T) {
	now, s, w := three, &shelf{}, &wall{}
	first := true
	s.before = func() error {
		if first {
			first = false
			return once("b", s, w, &now).Tell(t.Context(), events(1, 1))
		}
		return nil
	}
	if err := once("a", s, w, &now).Tell(t.Context(), events(1, 1)); err != nil || len(w.said) != 1 {
		t.Errorf("%v, said %v", err, w.said)
	}
	s.before = func() error { s.version++; return nil } // somebody always writes first
	if err := once("a", s, w, &now).Tell(t.Context(), events(2, 2)); err == nil || !strings.Contains(err.Error(), "others kept telling") || len(w.said) != 1 {
		t.Errorf("%v, said %v", err, w.said)
	}
}

// One board that is down holds up none of the others.
func TestAllAreTold(t *testing.T) {
	now, down := three, errors.New("down")
	first, second := &wall{fail: func(notice.Notice) error { return down }}, &wall{}
	all := notice.All{once("a", &shelf{}, first, &now), once("a", &shelf{}, second, &now)}
	if err := all.Tell(t.Context(), events(1, 2)); !errors.Is(err, down) || len(second.said) != 2 {
		t.Errorf("%v, said %v", err, second.said)
	}
}
