package freeze

import "time"

// wall is a reading of a clock on the wall: a date and a time of day, in seconds
// as if they were UTC. Which moment it is depends on the place.
type wall int64

const (
	second = wall(1)
	minute = 60 * second
	day    = 24 * 60 * minute
	week   = 7 * day
)

// on reads the clock of a place.
func on(t time.Time, place *time.Location) wall {
	local := t.In(place)
	_, offset := local.Zone()
	return wall(t.Unix() + int64(offset))
}

// Clocks are put on and back, so that some readings never come and others come
// twice. A window therefore lasts from the first moment at which the clock shows
// its beginning or later, to the last at which it shows less than its end. A
// beginning that is left out falls on the moment of the change; of one that
// comes twice the first counts, of an end that comes twice the second: in doubt
// the window is longer.

// farthest is more than any place's clock is from UTC, in either direction.
const farthest = 15 * 60 * minute

// begins is the first moment at which the clock shows w or later.
func begins(w wall, place *time.Location) time.Time {
	for t := time.Unix(int64(w-farthest), 0).In(place); ; {
		until, offset := reign(t)
		at := max(int64(w)-offset, t.Unix())
		if until.IsZero() || at < until.Unix() {
			return time.Unix(at, 0).UTC()
		}
		t = until
	}
}

// ends is the first moment after the last at which the clock shows less than w.
func ends(w wall, place *time.Location) time.Time {
	end := w - farthest
	last := int64(w + farthest)
	for t := time.Unix(int64(end), 0).In(place); t.Unix() < last; {
		until, offset := reign(t)
		at := int64(w) - offset
		if !until.IsZero() {
			at = min(at, until.Unix())
		}
		if at > t.Unix() {
			end = wall(at)
		}
		if until.IsZero() {
			break
		}
		t = until
	}
	return time.Unix(int64(end), 0).UTC()
}

// reign returns how far the clock of t's place is ahead of UTC at t, in seconds,
// and until when; zero for ever.
func reign(t time.Time) (until time.Time, offset int64) {
	_, seconds := t.Zone()
	_, until = t.ZoneBounds()
	return until, int64(seconds)
}
