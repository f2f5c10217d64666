package handover_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/handover"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestWhoWatches(t *testing.T) {
	held := handover.Watch{Format: 1, Holder: "other", Seen: noon}
	leaving := held
	leaving.Leaving = true
	for name, c := range map[string]struct {
		stands       handover.Watch
		ok           bool
		me           string
		after        time.Duration
		next, arrive handover.Step
	}{
		"nobody":                    {handover.Watch{}, false, "me", 0, handover.Take, handover.Take},
		"I do":                      {held, true, "other", time.Minute, handover.On, handover.On},
		"I do, and was late":        {held, true, "other", time.Hour, handover.On, handover.On},
		"another does":              {held, true, "me", 3 * time.Minute, handover.Leave, handover.Leave},
		"another did":               {held, true, "me", 3*time.Minute + time.Second, handover.Take, handover.Take},
		"another leaves":            {leaving, true, "me", 0, handover.Leave, handover.Take},
		"I leave":                   {leaving, true, "other", 0, handover.On, handover.On},
		"another's clock was ahead": {held, true, "me", -time.Hour, handover.Take, handover.Take},
	} {
		if got := handover.Next(c.stands, c.ok, c.me, noon.Add(c.after), time.Minute); got != c.next {
			t.Errorf("%s: next %s, not %s", name, got, c.next)
		}
		if got := handover.Arrive(c.stands, c.ok, c.me, noon.Add(c.after), time.Minute); got != c.arrive {
			t.Errorf("%s: arriving %s, not %s", name, got, c.arrive)
		}
	}
}

// Runs of five hours each hand over, a schedule starts more of them at any time,
// and some die: nobody is missing for longer than a dead one takes to be missed
// and the schedule to come, and never do two stay beside each other.
func TestAlwaysOneWatcher(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		type run struct {
			me     string
			end    time.Time
			begins time.Time
			asked  bool
			alive  bool
		}
		var (
			doc      handover.Watch
			ok       bool
			runs     []*run
			made     int
			unseen   int
			schedule = 15
		)
		begin := func(at time.Time) {
			made++
			runs = append(runs, &run{me: string(rune('a'+made%26)) + time.Duration(made).String(), begins: at, end: at.Add(5 * time.Hour), alive: true})
		}
		begin(noon)
		for minute := range 40 * 60 {
			now := noon.Add(time.Duration(minute) * time.Minute)
			if minute%schedule == 0 {
				begin(now.Add(time.Duration(random.IntN(4)) * time.Minute))
			}
			watched, steady := 0, 0
			for _, r := range runs {
				if !r.alive || now.Before(r.begins) {
					continue
				}
				step := handover.Next(doc, ok, r.me, now, time.Minute)
				if now.Equal(r.begins) {
					step = handover.Arrive(doc, ok, r.me, now, time.Minute)
				}
				if step == handover.Leave || now.After(r.end) || random.IntN(3000) == 0 {
					r.alive = false
					continue
				}
				if !r.asked && now.After(r.end.Add(-handover.Lead(5*time.Hour))) {
					r.asked = true
					begin(now.Add(time.Duration(1+random.IntN(3)) * time.Minute))
				}
				doc, ok = handover.Watch{Format: 1, Holder: r.me, Seen: now, Until: r.end, Leaving: r.asked}, true
				watched++
				if !r.asked {
					steady++
				}
			}
			if unseen++; watched > 0 {
				unseen = 0
			}
			// A dead one is missed after three minutes, and the next of the schedule
			// is at most fifteen and three away.
			if unseen > schedule+3+3+1 {
				t.Fatalf("seed %d: nobody watched for %d minutes at %s", seed, unseen, now)
			}
			if steady > 1 {
				t.Fatalf("seed %d: %d watch beside each other at %s", seed, steady, now)
			}
		}
		if made > 40*4+40 {
			t.Fatalf("seed %d: %d runs in 40 hours", seed, made)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"format":1,"holder":"1-1","seen":"2026-03-01T12:00:00Z","until":"2026-03-01T17:00:00Z","leaving":false}`))
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"format":2}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		w, err := handover.Parse(text)
		if err != nil {
			return
		}
		again, err := handover.Parse(w.Text())
		if err != nil || again.Holder != w.Holder || !again.Seen.Equal(w.Seen) || again.Leaving != w.Leaving {
			t.Errorf("%q became %+v, %v", text, again, err)
		}
	})
}
