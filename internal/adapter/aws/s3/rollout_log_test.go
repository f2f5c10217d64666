package s3_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/unit"
)

// keepsALog is what any log must do, whichever server keeps it.
func keepsALog(t *testing.T, r *s3.Rollout) {
	t.Helper()
	ctx := t.Context()
	if log, err := r.Events(ctx); err != nil || len(log) != 0 {
		t.Fatalf("none yet: %v, %v", err, log)
	}
	_, log := told(t, 12)
	for _, to := range []int{1, 1, 4, 3, len(log)} { // what is there already is given again
		if err := r.Append(ctx, log[max(to-3, 0):to]); err != nil {
			t.Fatal(err)
		}
		if to == 4 {
			if err := r.Append(ctx, log[4:]); err != nil {
				t.Fatal(err)
			}
		}
	}
	back, err := r.Events(ctx)
	if err != nil || encoded(t, back) != encoded(t, log) {
		t.Fatalf("%v, %d events of %d", err, len(back), len(log))
	}
	for most, want := range map[int][]rollout.Event{1: log[len(log)-1:], 5: log[len(log)-5:], 100: log} {
		if tail, err := r.Tail(ctx, most); err != nil || !slices.Equal(tail, want) {
			t.Errorf("the last %d: %v, %d events", most, err, len(tail))
		}
	}
	other := another(t, log)
	if err := r.Append(ctx, []rollout.Event{other}); fault.KindOf(err) != fault.Refused || !contains(err, fmt.Sprintf("somebody else has written event %d", other.Sequence)) {
		t.Errorf("another event of the same number: %v", err)
	}
	if back, err := r.Events(ctx); err != nil || encoded(t, back) != encoded(t, log) {
		t.Errorf("after that: %v, %d events", err, len(back))
	}
}

// another is an event that rightly follows the one before the last, and is not
// the last.
func another(t *testing.T, log []rollout.Event) rollout.Event {
	t.Helper()
	_, other, err := rollout.Rebuild(policy(t), log[:len(log)-1], rollout.SplitOf(log[0].Weight), noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return other
}

func TestALogIsKept(t *testing.T) {
	s := newStand(t)
	keepsALog(t, s.open(t))
	if keys := s.KeysIn(releases, ""); keys[0] != folder+"events/00000001.json" {
		t.Errorf("the bucket has %v", keys)
	}
}

// What does not hold together is not written.
func TestALogTakesNoLooseEvents(t *testing.T) {
	s := newStand(t)
	r := s.open(t)
	_, log := told(t, 4)
	changed := slices.Clone(log)
	changed[1].Weight = unit.Full
	for name, events := range map[string][]rollout.Event{
		"one was changed": changed, "one is missing": {log[0], log[2]}, "without a number": {{Kind: rollout.Paged}},
	} {
		if err := r.Append(t.Context(), events); fault.KindOf(err) != fault.Refused || len(s.KeysIn(releases, "")) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever happened to a log, it is told from one that holds together.
//
// Attack: tampered-log
func TestABrokenLog(t *testing.T) {
	_, log := told(t, 5)
	last := len(log)
	key := func(n int) string { return fmt.Sprintf("%sevents/%08d.json", folder, n) }
	for name, c := range map[string]struct {
		damage func(s *stand)
		tail   bool // whether the last event shows it
	}{
		"one is gone":           {func(s *stand) { s.remove(t, key(2)) }, false},
		"the first is gone":     {func(s *stand) { s.remove(t, key(1)) }, false},
		"one was changed":       {func(s *stand) { s.replace(t, key(2), `"by":"octo"`, `"by":"mallory"`) }, false},
		"the last was changed":  {func(s *stand) { s.replace(t, key(last), `"weight":`, `"weight":9`) }, true},
		"two were exchanged":    {func(s *stand) { put(t, s.url, key(2), s.In(releases, key(3))) }, false},
		"one breaks off":        {func(s *stand) { put(t, s.url, key(last), s.In(releases, key(last))[:20]) }, true},
		"another lies on top":   {func(s *stand) { put(t, s.url, key(last+1), s.In(releases, key(last))) }, true},
		"a newer one, not ours": {func(s *stand) { put(t, s.url, key(last+3), s.In(releases, key(last))) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t)
			r := s.open(t)
			if err := r.Append(t.Context(), log); err != nil {
				t.Fatal(err)
			}
			c.damage(s)
			if _, err := r.Events(t.Context()); !errors.Is(err, rollout.ErrLogBroken) || !contains(err, "rollback") {
				t.Errorf("%v", err)
			}
			if _, err := r.Tail(t.Context(), 1); errors.Is(err, rollout.ErrLogBroken) != c.tail {
				t.Errorf("the last event: %v", err)
			}
		})
	}
}

// remove takes an object away: the stand-in's bucket is emptied and filled anew
// with the others.
func (s *stand) remove(t *testing.T, key string) {
	t.Helper()
	left := map[string]string{}
	for _, k := range s.KeysIn(releases, "") {
		left[k] = s.In(releases, k)
	}
	delete(left, key)
	s.Bucket(releases)
	for k, text := range left {
		put(t, s.url, k, text)
	}
}

func (s *stand) replace(t *testing.T, key, old, with string) {
	t.Helper()
	text := s.In(releases, key)
	changed := strings.Replace(text, old, with, 1)
	if changed == text {
		t.Fatalf("%s does not hold %s", text, old)
	}
	put(t, s.url, key, changed)
}

// Beside events there may lie what is none.
func TestALogPassesOverOtherObjects(t *testing.T) {
	s := newStand(t)
	r := s.open(t)
	_, log := told(t, 3)
	if err := r.Append(t.Context(), log); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"events/", "events/README", "events/00000009.json.bak", "events/old/00000009.json", "events/9.json"} {
		put(t, s.url, folder+name, "not an event")
	}
	if back, err := r.Events(t.Context()); err != nil || len(back) != len(log) {
		t.Errorf("%v, %d events", err, len(back))
	}
}

// More events than a page of a listing holds, read a few at a time.
func TestALongLog(t *testing.T) {
	_, log := told(t, 1100)
	c := cloud.New("sst")
	c.Bucket(releases)
	credentials(t)
	var now, most, lists atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("list-type") {
			lists.Add(1)
		}
		n := now.Add(1)
		for was := most.Load(); n > was && !most.CompareAndSwap(was, n); was = most.Load() {
			continue
		}
		c.ServeHTTP(w, r)
		now.Add(-1)
	}))
	t.Cleanup(server.Close)
	r := openAt(t, server.URL, releases)
	var wait sync.WaitGroup
	for part := range slices.Chunk(log, 100) {
		wait.Go(func() {
			if err := r.Append(t.Context(), part); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	most.Store(0)
	back, err := r.Events(t.Context())
	if err != nil || len(back) != len(log) || back[len(log)-1] != log[len(log)-1] {
		t.Errorf("%v, %d events of %d", err, len(back), len(log))
	}
	if lists.Load() != 2 || most.Load() > 16 || most.Load() < 2 {
		t.Errorf("%d pages, %d requests at once", lists.Load(), most.Load())
	}
}

// Of two programs that write the same number one is refused, whoever it is.
func TestOneOfTwoEventsIsRefused(t *testing.T) {
	_, log := told(t, 6)
	s := newStand(t)
	if err := s.open(t).Append(t.Context(), log[:len(log)-1]); err != nil {
		t.Fatal(err)
	}
	rivals := [2]rollout.Event{log[len(log)-1], another(t, log)}
	var problems [2]error
	var wait sync.WaitGroup
	for i, e := range rivals {
		wait.Go(func() { problems[i] = s.open(t).Append(t.Context(), []rollout.Event{e}) })
	}
	wait.Wait()
	if (problems[0] == nil) == (problems[1] == nil) {
		t.Errorf("%v and %v", problems[0], problems[1])
	}
	if back, err := s.open(t).Events(t.Context()); err != nil || len(back) != len(log) {
		t.Errorf("%v, %d events", err, len(back))
	}
}
