// Package freeze is the calendar of the times at which nothing is deployed: the
// weekend, the days before a holiday, a sale. It goes by the clocks of one
// place, with their changes in spring and autumn.
package freeze

import (
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/config/strict"
)

// Calendar is the key `gate.freeze` of cutover.yaml.
type Calendar struct {
	TimeZone Zone     `yaml:"time_zone" default:"UTC" example:"Europe/Berlin" doc:"Whose clocks the windows go by."`
	Windows  []Window `yaml:"windows" maxitems:"100" unique:"name" example:"[{name: weekend, every: Fri 18:00 to Mon 06:00}]" doc:"When nothing is deployed; none unless set."`
}

// Window is one time at which nothing is deployed: of each week, or once.
type Window struct {
	Name  string  `yaml:"name" required:"true" pattern:"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$" allowed:"letters, digits, spaces and . _ -" example:"weekend" doc:"What it is called in results."`
	Every *Weekly `yaml:"every" example:"Fri 18:00 to Mon 06:00" doc:"The span of each week; its end is outside of it."`
	From  *Moment `yaml:"from" example:"2026-12-20" doc:"The first day, or with a time the beginning."`
	To    *Moment `yaml:"to" example:"2027-01-02" doc:"The last day, which belongs to it, or with a time the end, which does not."`
}

// Check wants each window to be one of the two kinds, and to end after it
// begins.
func (w Window) Check(c *strict.Check) {
	if !c.Valid("every") || !c.Valid("from") || !c.Valid("to") {
		return
	}
	const either = "either every, or from and to"
	switch {
	case w.Every != nil && (w.From != nil || w.To != nil):
		c.Report(strict.Problem{Message: "a window is weekly or once, not both", Allowed: either}, "every")
	case w.Every == nil && w.From == nil && w.To == nil:
		c.Report(strict.Problem{Message: "the window has no time", Allowed: either, Suggestion: "write for example every: Fri 18:00 to Mon 06:00"})
	case w.Every == nil && w.From == nil:
		c.Report(strict.Problem{Message: "the window does not begin", Allowed: either, Suggestion: "write from: " + w.To.String()})
	case w.Every == nil && w.To == nil:
		c.Report(strict.Problem{Message: "the window does not end", Allowed: either, Suggestion: "write to: " + w.From.String()})
	case w.Every == nil && w.To.end() <= w.From.at:
		c.Report(strict.Problem{Message: fmt.Sprintf("%s is not after %s", w.To, w.From), Allowed: "an end after the beginning"}, "to")
	}
}

// end is the reading of the clock that a window ends before.
func (m Moment) end() wall {
	if m.timed {
		return m.at
	}
	return m.at + day
}

// String describes a window: weekend (Fri 18:00 to Mon 06:00).
func (w Window) String() string {
	switch {
	case w.Every != nil:
		return fmt.Sprintf("%s (every %s)", w.Name, w.Every)
	case w.From != nil && w.To != nil:
		return fmt.Sprintf("%s (%s to %s)", w.Name, w.From, w.To)
	}
	return w.Name
}

// Span is a stretch of time. End is outside of it.
type Span struct{ Begin, End time.Time }

// at returns the stretch of the window that holds t.
func (w Window) at(t time.Time, place *time.Location) (Span, bool) {
	if w.Every == nil {
		if w.From == nil || w.To == nil {
			return Span{}, false // never came through Check
		}
		return within(t, w.From.at, w.To.end(), place)
	}
	long := w.Every.to - w.Every.from
	if long <= 0 {
		long += week
	}
	// The window that holds t may have begun in the week before; and clocks that
	// are put back show t in the week before its own.
	for _, monday := range mondays(t, place) {
		from := monday + w.Every.from
		if s, ok := within(t, from, from+long, place); ok {
			return s, true
		}
	}
	return Span{}, false
}

// mondays are the beginnings of the weeks before, at and after t.
func mondays(t time.Time, place *time.Location) []wall {
	const first = 4 * day // 1970-01-05
	monday := first + (on(t, place)-first)/week*week
	return []wall{monday - week, monday, monday + week}
}

func within(t time.Time, from, to wall, place *time.Location) (Span, bool) {
	s := Span{begins(from, place), ends(to, place)}
	return s, !t.Before(s.Begin) && t.Before(s.End)
}

// Frozen is what a calendar says of a moment.
type Frozen struct {
	// Window is the first that holds the moment.
	Window Window
	// Until is when nothing is frozen any more, other windows that follow
	// without a gap included. It is zero if that is not within a year.
	Until time.Time
}

// At says whether t is frozen.
func (c Calendar) At(t time.Time) (Frozen, bool) { return c.at(t, c.TimeZone.Place()) }

func (c Calendar) at(t time.Time, place *time.Location) (Frozen, bool) {
	for _, w := range c.Windows {
		if s, ok := w.at(t, place); ok {
			return Frozen{Window: w, Until: c.thaw(s.End, t.AddDate(1, 0, 0), place)}, true
		}
	}
	return Frozen{}, false
}

// Next returns when the next window begins, if that is within the span of time.
func (c Calendar) Next(t time.Time, ahead time.Duration) (w Window, at time.Time, ok bool) {
	place := c.TimeZone.Place()
	for _, candidate := range c.Windows {
		var from []wall
		switch {
		case candidate.Every != nil:
			for _, monday := range mondays(t, place) {
				from = append(from, monday+candidate.Every.from)
			}
		case candidate.From != nil:
			from = []wall{candidate.From.at}
		}
		for _, f := range from {
			b := begins(f, place)
			if b.After(t) && b.Sub(t) <= ahead && (!ok || b.Before(at)) {
				w, at, ok = candidate, b, true
			}
		}
	}
	return w, at, ok
}

// thaw follows windows that begin before the one before them has ended.
func (c Calendar) thaw(end, latest time.Time, place *time.Location) time.Time {
	for moved := true; moved; {
		moved = false
		for _, w := range c.Windows {
			if s, ok := w.at(end, place); ok && s.End.After(end) {
				end, moved = s.End, true
			}
		}
		if end.After(latest) {
			return time.Time{}
		}
	}
	return end
}

// Show writes a moment by the calendar's clocks: Mon 2026-12-21 06:00 CET.
func (c Calendar) Show(t time.Time) string {
	return t.In(c.TimeZone.Place()).Format("Mon 2006-01-02 15:04 MST")
}
