package capacity_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout/capacity"
)

var (
	errNone   = errors.New("nothing is kept")
	errKept   = errors.New("something else is kept")
	errKilled = errors.New("killed")
	night     = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
)

// world is blue as AWS runs it: what scales it brings its tasks within bounds
// when they are touched. A call after the one numbered dies is not answered, and
// half of them are carried out all the same.
type world struct {
	now    capacity.Standing
	shelf  map[string][]byte
	calls  int
	dies   int // 0 is never
	lost   bool
	lowest capacity.Pin // what it must not fall below
	least  int          // nor its minimum
	fell   string
	writes []string
}

func at(s capacity.Standing) *world {
	w := &world{now: s, shelf: map[string][]byte{}}
	w.floor()
	return w
}

// floor makes what stands the least that may.
func (w *world) floor() {
	w.lowest, w.least = capacity.Pin{Tasks: w.now.Desired}, 0
	if w.now.Scaling != nil {
		w.lowest.Max, w.least = w.now.Scaling.Max, w.now.Scaling.Min
	}
}

func (w *world) ports() capacity.Ports { return capacity.Ports{Service: w, Shelf: w, None: errNone} }

// call says whether a call is carried out, and whether it is answered.
func (w *world) call() (done, answered bool) {
	w.calls++
	if w.dies == 0 || w.calls < w.dies {
		return true, true
	}
	return w.calls == w.dies && w.lost, false
}

func (w *world) change(what string, change func()) error {
	done, answered := w.call()
	if done {
		change()
		w.writes = append(w.writes, what)
		if s := w.now.Scaling; s != nil {
			w.now.Desired = min(max(w.now.Desired, s.Min), s.Max)
			if s.Max < w.lowest.Max || s.Min < w.least {
				w.fell = fmt.Sprintf("the bounds fell to %d and %d by %s", s.Min, s.Max, what)
			}
		}
		w.now.Running = w.now.Desired
		if w.now.Desired < w.lowest.Tasks {
			w.fell = fmt.Sprintf("the tasks fell to %d by %s", w.now.Desired, what)
		}
	}
	if !answered {
		return errKilled
	}
	return nil
}

func (w *world) Look(context.Context) (capacity.Standing, error) {
	s := w.now
	if s.Scaling != nil {
		own := *s.Scaling
		s.Scaling = &own
	}
	if _, answered := w.call(); !answered {
		return capacity.Standing{}, errKilled
	}
	return s, nil
}

func (w *world) Bound(_ context.Context, least, most int) error {
	return w.change(fmt.Sprintf("bound %d %d", least, most), func() { w.now.Scaling.Min, w.now.Scaling.Max = least, most })
}

func (w *world) Raise(_ context.Context, tasks int) error {
	return w.change(fmt.Sprintf("raise %d", tasks), func() { w.now.Desired = tasks })
}

func (w *world) Keep(_ context.Context, name string, text []byte) error {
	done, answered := w.call()
	if there := w.shelf[name]; there != nil && !bytes.Equal(there, text) {
		return errKept
	}
	if done {
		w.shelf[name] = text
	}
	if !answered {
		return errKilled
	}
	return nil
}

func (w *world) Kept(_ context.Context, name string) ([]byte, error) {
	if _, answered := w.call(); !answered {
		return nil, errKilled
	}
	if w.shelf[name] == nil {
		return nil, errNone
	}
	return w.shelf[name], nil
}

func TestPinDownTickAndRelease(t *testing.T) {
	w := at(scaled(2, 1, 4))
	r, err := capacity.PinDown(t.Context(), w.ports(), blue, 6, night)
	if err != nil || r.Pin != (capacity.Pin{Tasks: 6, Max: 6}) || r.Before.Desired != 2 || r.Now.Desired != 6 || r.Findings.Level() != capacity.OK {
		t.Fatalf("%+v, %v", r, err)
	}
	if want := []string{"bound 6 6"}; !slices.Equal(w.writes, want) || !slices.Equal(r.Done, []string{"its scaling goes from 6 to 6 tasks, no more from 1 to 4"}) {
		t.Errorf("%q, %q", w.writes, r.Done)
	}
	first := string(w.shelf[capacity.Document])
	if again, err := capacity.PinDown(t.Context(), w.ports(), blue, 6, night.Add(time.Hour)); err != nil || len(again.Done) > 0 || len(w.writes) != 1 || again.Before.Desired != 2 || string(w.shelf[capacity.Document]) != first {
		t.Errorf("a second time: %+v, %v, %q", again, err, w.writes)
	}
	if r, err := capacity.Tick(t.Context(), w.ports(), blue); err != nil || len(r.Done) > 0 || len(r.Findings) > 0 || len(w.writes) != 1 {
		t.Errorf("a quiet tick: %+v, %v", r, err)
	}
	w.now.Scaling.Min, w.now.Scaling.Max, w.now.Desired, w.now.Running = 1, 4, 3, 3
	if r, err = capacity.Tick(t.Context(), w.ports(), blue); err != nil || w.now.Scaling.Min != 6 || w.now.Desired != 6 || r.Findings.Level() != capacity.OK || len(r.Done) != 1 {
		t.Errorf("after somebody has lowered it: %+v, %v", r, err)
	}
	w.floor()
	w.lowest, w.least = capacity.Pin{}, 0
	if r, err = capacity.Release(t.Context(), w.ports(), blue); err != nil || *w.now.Scaling != (capacity.Scaling{Min: 1, Max: 4}) || len(r.Done) != 1 {
		t.Errorf("released: %+v, %v, %+v", r, err, w.now.Scaling)
	}
	writes := len(w.writes)
	if r, err = capacity.Release(t.Context(), w.ports(), blue); err != nil || len(r.Done) > 0 || len(w.writes) != writes {
		t.Errorf("released twice: %+v, %v", r, err)
	}
}

// Tasks that somebody has added beyond the maximum would go when the bounds are
// touched.
func TestMoreThanTheMaximumStays(t *testing.T) {
	w := at(scaled(2, 1, 4))
	if _, err := capacity.PinDown(t.Context(), w.ports(), blue, 4, night); err != nil {
		t.Fatal(err)
	}
	w.now.Scaling.Min, w.now.Desired = 2, 9
	w.floor()
	if r, err := capacity.Tick(t.Context(), w.ports(), blue); err != nil || w.fell != "" || w.now.Desired != 9 || *r.Now.Scaling != (capacity.Scaling{Min: 4, Max: 9}) {
		t.Errorf("%+v, %v, %s", r.Now.Scaling, err, w.fell)
	}
}

// Nor does the minimum fall where only the maximum is mended.
func TestAHigherMinimumStays(t *testing.T) {
	w := at(scaled(2, 1, 10))
	if _, err := capacity.PinDown(t.Context(), w.ports(), blue, 4, night); err != nil {
		t.Fatal(err)
	}
	w.now.Scaling.Min, w.now.Scaling.Max, w.now.Desired, w.now.Running = 7, 9, 8, 8
	w.floor()
	if r, err := capacity.Tick(t.Context(), w.ports(), blue); err != nil || w.fell != "" || *r.Now.Scaling != (capacity.Scaling{Min: 7, Max: 10}) {
		t.Errorf("%+v, %v, %s", r.Now.Scaling, err, w.fell)
	}
}

func TestWhatStays(t *testing.T) {
	for name, c := range map[string]struct {
		start capacity.Standing
		then  func(w *world)
		tick  capacity.Level
		after capacity.Standing // of release
	}{
		"nothing scales it: its tasks stay": {fixed(2), func(*world) {}, capacity.OK, fixed(5)},
		"a retirement that has begun": {scaled(2, 1, 8), func(w *world) {
			w.now.Scaling.Min, w.now.Scaling.Max = 0, 0
		}, "", scaled(5, 0, 0)},
		"only the maximum is still ours":                {scaled(2, 1, 4), func(w *world) { w.now.Scaling.Min = 3 }, "", scaled(5, 3, 4)},
		"its minimum was raised beyond the old maximum": {scaled(1, 1, 2), func(w *world) { w.now.Scaling.Min = 4 }, "", scaled(5, 4, 4)},
		"it was deleted, and its minimum is low": {scaled(2, 1, 8), func(w *world) {
			w.now.Status, w.now.Scaling.Min, w.now.Desired = capacity.Draining, 1, 0
		}, capacity.Alarm, capacity.Standing{Status: capacity.Draining, Desired: 5, Running: 5, Scaling: &capacity.Scaling{Min: 1, Max: 8}}},
		"it was deleted": {scaled(2, 1, 8), func(w *world) { w.now.Status = capacity.Draining }, capacity.Alarm, capacity.Standing{Status: capacity.Draining, Desired: 5, Running: 5, Scaling: &capacity.Scaling{Min: 5, Max: 8}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := at(c.start)
			if _, err := capacity.PinDown(t.Context(), w.ports(), blue, 5, night); err != nil {
				t.Fatal(err)
			}
			c.then(w)
			if c.tick != "" {
				writes := len(w.writes)
				if r, err := capacity.Tick(t.Context(), w.ports(), blue); err != nil || r.Findings.Level() != c.tick || len(w.writes) != writes {
					t.Errorf("tick: %+v, %v", r, err)
				}
			}
			w.lowest, w.least = capacity.Pin{}, 0
			desired := w.now.Desired
			if _, err := capacity.Release(t.Context(), w.ports(), blue); err != nil {
				t.Fatal(err)
			}
			// Scaling within its new bounds is AWS's work.
			if s := c.after.Scaling; s != nil && (w.now.Scaling == nil || *w.now.Scaling != *s) || w.now.Status != c.after.Status || w.now.Scaling == nil && w.now.Desired != desired {
				t.Errorf("%+v %+v", w.now, w.now.Scaling)
			}
		})
	}
}

func TestWhatIsKept(t *testing.T) {
	w := at(scaled(2, 1, 4))
	if _, err := capacity.Tick(t.Context(), w.ports(), blue); fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), "is not pinned") {
		t.Errorf("a tick before anything is pinned: %v", err)
	}
	if r, err := capacity.Release(t.Context(), w.ports(), blue); err != nil || len(w.writes) > 0 || r.Done == nil || r.Findings == nil {
		t.Errorf("a release before anything is pinned: %+v, %v", r, err)
	}
	if _, err := capacity.PinDown(t.Context(), w.ports(), blue, 6, night); err != nil {
		t.Fatal(err)
	}
	good := string(w.shelf[capacity.Document])
	for name, text := range map[string]string{
		"another's":     strings.Replace(good, `"web"`, `"other"`, 1),
		"a later kind":  strings.Replace(good, `"format": 1`, `"format": 2`, 1),
		"cut off":       good[:len(good)/2],
		"not ours":      `{"hello": "world"}`,
		"pinned to 0":   strings.Replace(good, `"tasks": 6`, `"tasks": 0`, 1),
		"pinned to 1":   strings.Replace(good, `"tasks": 6`, `"tasks": 1`, 1),
		"empty":         ``,
		"another field": strings.Replace(good, `"format": 1`, `"format": 1, "more": 2`, 1),
	} {
		if text == good {
			t.Fatalf("%s: nothing was changed in %s", name, good)
		}
		w.shelf[capacity.Document] = []byte(text)
		writes := len(w.writes)
		for command, run := range map[string]func() (capacity.Result, error){
			"pin":     func() (capacity.Result, error) { return capacity.PinDown(t.Context(), w.ports(), blue, 9, night) },
			"tick":    func() (capacity.Result, error) { return capacity.Tick(t.Context(), w.ports(), blue) },
			"release": func() (capacity.Result, error) { return capacity.Release(t.Context(), w.ports(), blue) },
		} {
			if _, err := run(); fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), "earlier versions of the document") || len(w.writes) != writes {
				t.Errorf("%s, %s: %v", name, command, err)
			}
		}
	}
}

// Two who pin at the same time: the one whose words are kept is right.
func TestAnotherWasFaster(t *testing.T) {
	w := at(scaled(2, 1, 4))
	if _, err := capacity.PinDown(t.Context(), w.ports(), blue, 8, night); err != nil {
		t.Fatal(err)
	}
	kept := w.shelf[capacity.Document]
	slow := at(scaled(2, 1, 4))
	late := lateShelf{slow, kept}
	r, err := capacity.PinDown(t.Context(), capacity.Ports{Service: slow, Shelf: &late, None: errNone}, blue, 6, night.Add(time.Minute))
	if err != nil || r.Pin.Tasks != 8 || slow.now.Desired != 8 {
		t.Errorf("%+v, %v", r, err)
	}
}

type lateShelf struct {
	*world
	kept []byte
}

func (l *lateShelf) Keep(ctx context.Context, name string, text []byte) error {
	l.shelf[name] = l.kept
	return l.world.Keep(ctx, name, text)
}

// Whatever happens in whatever order, with a kill at any call: nothing of blue
// is ever lowered, and what stood before is kept before anything is changed.
func TestNothingIsEverLowered(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 7))
		start := fixed(1 + r.IntN(6))
		if r.IntN(4) > 0 {
			least := r.IntN(6)
			start = scaled(1+r.IntN(9), least, least+r.IntN(6))
		}
		w := at(start)
		before := start.Desired
		for step := range 6 {
			w.calls, w.dies, w.lost = 0, r.IntN(9), r.IntN(2) == 0
			var err error
			if r.IntN(3) == 0 {
				_, err = capacity.Tick(t.Context(), w.ports(), blue)
			} else {
				_, err = capacity.PinDown(t.Context(), w.ports(), blue, 1+r.IntN(9), night.Add(time.Duration(step)*time.Minute))
			}
			if err != nil && w.dies == 0 && !strings.Contains(err.Error(), "is not pinned") {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if w.fell != "" || len(w.writes) > 0 && w.shelf[capacity.Document] == nil {
				t.Fatalf("seed %d: %s, after %q", seed, w.fell, w.writes)
			}
			if s := w.now.Scaling; s != nil && r.IntN(3) == 0 {
				// Somebody meddles.
				s.Min = r.IntN(s.Max + 1)
				s.Max = max(s.Min, w.now.Desired, r.IntN(s.Max+3))
			}
			w.floor()
		}
		w.dies = 0
		last, err := capacity.PinDown(t.Context(), w.ports(), blue, 5, night)
		if err != nil || w.now.Desired < max(5, before) || last.Findings.Level() != capacity.OK || last.Before.Desired > before+9 {
			t.Fatalf("seed %d: %+v, %v", seed, last, err)
		}
		writes := len(w.writes)
		if _, err := capacity.PinDown(t.Context(), w.ports(), blue, 5, night); err != nil || len(w.writes) != writes {
			t.Fatalf("seed %d: the second time changed something: %q", seed, w.writes[writes:])
		}
		if last, err := capacity.Tick(t.Context(), w.ports(), blue); err != nil || len(w.writes) != writes || last.Findings.Level() != capacity.OK {
			t.Fatalf("seed %d: a tick after it: %+v, %v", seed, last, err)
		}
	}
}
