package s3_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// keepsAState is what any store must do, whichever server keeps it.
func keepsAState(t *testing.T, r *s3.Rollout) {
	t.Helper()
	ctx := t.Context()
	if _, _, err := r.Load(ctx); !errors.Is(err, rollout.ErrNone) {
		t.Fatalf("none yet: %v", err)
	}
	if _, err := r.Save(ctx, rollout.New(policy(t)), `"00000000000000000000000000000000"`); !errors.Is(err, rollout.ErrConflict) {
		t.Errorf("on top of one that is not there: %v", err)
	}
	one, log := told(t, 2)
	one.Outbox = log
	first, err := r.Save(ctx, one, "")
	if err != nil || first == "" {
		t.Fatalf("%q, %v", first, err)
	}
	if _, err := r.Save(ctx, one, ""); !errors.Is(err, rollout.ErrConflict) {
		t.Errorf("a second one that begins: %v", err)
	}
	back, version, err := r.Load(ctx)
	if err != nil || version != first || encoded(t, back) != encoded(t, one) {
		t.Errorf("%v, %q, %+v", err, version, back)
	}
	two, _ := told(t, 3)
	second, err := r.Save(ctx, two, first)
	if err != nil || second == first {
		t.Fatalf("%q, %v", second, err)
	}
	if _, err := r.Save(ctx, one, first); !errors.Is(err, rollout.ErrConflict) {
		t.Errorf("on top of an older one: %v", err)
	}
	// The content is as it once was; the version is not.
	third, err := r.Save(ctx, one, second)
	if err != nil || third == first {
		t.Fatalf("%q, %v", third, err)
	}
	if _, err := r.Save(ctx, two, first); !errors.Is(err, rollout.ErrConflict) {
		t.Errorf("on top of one with the same content: %v", err)
	}
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAStateIsKept(t *testing.T) {
	s := newStand(t)
	keepsAState(t, s.open(t))
	if keys := s.KeysIn(releases, ""); len(keys) != 1 || keys[0] != stateKey || rollout.StateKey("cutover", "production") != stateKey {
		t.Errorf("the bucket has %v", keys)
	}
}

// oneOfTwoSaves lets two programs that have read the same state save, many
// times over: one of them is refused, each time, and what stands is the other's.
func oneOfTwoSaves(t *testing.T, rounds int, programs ...*s3.Rollout) {
	t.Helper()
	state, _ := told(t, 1)
	version := rollout.Version("")
	for round := range rounds {
		var wait sync.WaitGroup
		var versions [2]rollout.Version
		var problems [2]error
		for i := range 2 {
			wait.Go(func() {
				mine := state
				mine.Attempt = 2*round + i
				versions[i], problems[i] = programs[i].Save(t.Context(), mine, version)
			})
		}
		wait.Wait()
		winner := 0
		if problems[0] != nil {
			winner = 1
		}
		if problems[winner] != nil || !errors.Is(problems[1-winner], rollout.ErrConflict) {
			t.Fatalf("round %d: %v and %v", round, problems[0], problems[1])
		}
		stands, now, err := programs[0].Load(t.Context())
		if err != nil || now != versions[winner] || stands.Attempt != 2*round+winner {
			t.Fatalf("round %d: %v, program %d saved, and attempt %d stands", round, err, winner, stands.Attempt)
		}
		version = now
	}
}

func TestOfTwoSavesOneIsRefused(t *testing.T) {
	s := newStand(t)
	oneOfTwoSaves(t, 150, s.open(t), s.open(t))
}

// What stands where the state belongs may be none, or another version's.
//
// Attack: tampered-state
func TestAStateThatIsNone(t *testing.T) {
	whole, _ := told(t, 2)
	good := encoded(t, whole)
	for name, c := range map[string]struct {
		text       string
		unreadable bool
		says       string
	}{
		"nothing":            {"", true, "rebuilds it"},
		"half of one":        {good[:len(good)/2], true, "rebuilds it"},
		"another document":   {`{"weights": [1, 2]}`, true, "rebuilds it"},
		"a newer one":        {strings.Replace(good, `"format":1`, `"format":2`, 1), false, "version of cutover that began"},
		"one in a new step":  {strings.Replace(good, `"step":"shifting"`, `"step":"hovering"`, 1), false, "version of cutover that began"},
		"a weight as a text": {strings.Replace(good, `"weight":`, `"weight":"x","was":`, 1), false, "bring back its last version"},
		"one that is huge":   {good + strings.Repeat(" ", rollout.MostState), false, "larger than"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t)
			r := s.open(t)
			put(t, s.url, stateKey, c.text)
			_, version, err := r.Load(t.Context())
			if errors.Is(err, rollout.ErrUnreadable) != c.unreadable || errors.Is(err, rollout.ErrNone) || !contains(err, c.says, stateKey) {
				t.Fatalf("%v", err)
			}
			if (version != "") != c.unreadable {
				t.Errorf("its version is %q", version)
			}
			if !c.unreadable {
				return
			}
			// It is kept before it is replaced.
			if err := r.SetAside(t.Context(), version); err != nil {
				t.Fatal(err)
			}
			if err := r.SetAside(t.Context(), version); err != nil {
				t.Errorf("again: %v", err)
			}
			if aside := s.KeysIn(releases, folder+"aside/"); len(aside) != 1 || s.In(releases, aside[0]) != c.text {
				t.Errorf("aside lies %v", aside)
			}
			if _, err := r.Save(t.Context(), whole, version); err != nil {
				t.Error(err)
			}
			if err := r.SetAside(t.Context(), version); !errors.Is(err, rollout.ErrConflict) {
				t.Errorf("after that: %v", err)
			}
		})
	}
}

// put writes an object as somebody else would.
func put(t *testing.T, url, key, text string) {
	t.Helper()
	b, err := s3.OpenBucket(t.Context(), releases, s3.Hurried(url))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Replace(t.Context(), key, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func TestAStateThatIsTooLarge(t *testing.T) {
	s := newStand(t)
	state, _ := told(t, 1)
	state.Hold = &rollout.Hold{Reason: strings.Repeat("x", rollout.MostState)}
	if _, err := s.open(t).Save(t.Context(), state, ""); fault.KindOf(err) != fault.Refused || len(s.KeysIn(releases, "")) > 0 {
		t.Errorf("%v", err)
	}
}
