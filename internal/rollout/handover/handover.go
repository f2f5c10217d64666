// Package handover says which of several runs watches a rollout, so that one
// follows the other without a gap and none watches beside another for long.
// Watching twice is safe, since every tick writes its state conditionally; it is
// only needless.
package handover

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Format is the version of the document.
const Format = 1

// Name is that of the document beside the rollout's state.
const Name = "watch.json"

// Watch is who watches: one document a stage.
type Watch struct {
	Format int `json:"format"`
	// Holder is the run that watches, Seen when it was last known to, Until when
	// its time is over.
	Holder string    `json:"holder"`
	Seen   time.Time `json:"seen"`
	Until  time.Time `json:"until"`
	// Leaving says that the holder has asked for a successor.
	Leaving bool `json:"leaving"`
}

// Parse reads the document. One that cannot be read is nobody's watch: whoever
// looks then watches, which is safe.
func Parse(text []byte) (Watch, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var w Watch
	if err := d.Decode(&w); err != nil {
		return Watch{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Watch{}, errors.New("something follows the document")
	}
	if w.Format != Format {
		return Watch{}, fmt.Errorf("its format is %d, not %d", w.Format, Format)
	}
	return w, nil
}

// Text is the document as it is stored.
func (w Watch) Text() []byte {
	text, _ := json.Marshal(w) // texts and times: it cannot fail
	return append(text, '\n')
}

// Step is what a run does next.
type Step string

// The steps.
const (
	// Take makes the run the one that watches.
	Take Step = "take"
	// On goes on watching.
	On Step = "on"
	// Leave ends: another run watches.
	Leave Step = "leave"
)

// missed is after how many pauses between two ticks a holder counts as gone.
const missed = 3

// Next is what a run does that finds the document as it stands; ok is false
// where there is none. every is the pause between two ticks.
func Next(stands Watch, ok bool, me string, now time.Time, every time.Duration) Step {
	switch {
	case !ok:
		return Take
	case stands.Holder == me:
		return On
	case now.Sub(stands.Seen) > missed*every:
		return Take // whoever it was has not been seen for too long
	case stands.Seen.Sub(now) > missed*every:
		return Take // written by a clock that was far ahead
	}
	return Leave
}

// Arrive is what a run does that has just begun: as Next, but one that was asked
// for takes over from a holder that leaves.
func Arrive(stands Watch, ok bool, me string, now time.Time, every time.Duration) Step {
	if ok && stands.Leaving && stands.Holder != me {
		return Take
	}
	return Next(stands, ok, me, now, every)
}

// Lead is how long before its end a run asks for its successor: enough for a
// queue, a checkout and a build.
func Lead(span time.Duration) time.Duration { return min(15*time.Minute, span/4) }
