package freeze

import (
	"fmt"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/nearest"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Zone is the place whose clocks a calendar goes by.
type Zone = unit.Zone

// Weekly is a span of each week: "Fri 18:00 to Mon 06:00". It may go over the
// end of the week; the end itself is outside of it.
type Weekly struct{ from, to wall } // since Monday 00:00, from other than to

var weeklySyntax = unit.Syntax{
	Name:     "a span of the week",
	Pattern:  `^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01][0-9]|2[0-3]):[0-5][0-9] to (Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01][0-9]|2[0-3]):[0-5][0-9]$`,
	Allowed:  "two days with their times, such as Fri 18:00 to Mon 06:00",
	Examples: []string{"Fri 18:00 to Mon 06:00"},
}

var (
	weeklyRE = pattern.New(weeklySyntax.Pattern)
	days     = []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
)

// UnmarshalText makes Weekly readable by the configuration engine.
func (w *Weekly) UnmarshalText(text []byte) error {
	refuse := func(message string) error {
		return &unit.Error{Message: message, Allowed: weeklySyntax.Allowed, Suggestion: weeklyAdvice(string(text))}
	}
	if !weeklyRE.Match(text) {
		return refuse("is no span of the week")
	}
	from, to, _ := strings.Cut(string(text), " to ")
	span := Weekly{sinceMonday(from), sinceMonday(to)}
	if span.from == span.to {
		return refuse("begins where it ends")
	}
	*w = span
	return nil
}

// sinceMonday reads what the pattern has accepted.
func sinceMonday(text string) wall {
	var name string
	var hours, minutes wall
	_, _ = fmt.Sscanf(text, "%s %d:%d", &name, &hours, &minutes) // the pattern has seen to it
	for i, d := range days {
		if d == name {
			return wall(i)*day + hours*60*minute + minutes*minute
		}
	}
	return 0
}

// weeklyAdvice mends the slips that are likeliest: capitals, whole names of
// days, a dash for the word.
func weeklyAdvice(text string) string {
	if len(text) > 64 {
		return ""
	}
	var words []string
	for _, word := range strings.Fields(strings.NewReplacer("-", " to ", "–", " to ").Replace(text)) {
		if len(word) >= 3 && word[0] > '9' {
			short := strings.ToUpper(word[:1]) + strings.ToLower(word[1:3])
			if near := nearest.To(short, days); near != "" && !strings.EqualFold(word, "to") {
				word = near
			}
		}
		if len(word) == 4 && word[1] == ':' {
			word = "0" + word
		}
		words = append(words, strings.Replace(word, "24:00", "00:00", 1))
	}
	if mended := strings.Join(words, " "); weeklyRE.MatchString(mended) && mended != text {
		return `write "` + mended + `"`
	}
	return ""
}

// Syntax describes spans of the week.
func (Weekly) Syntax() unit.Syntax { return weeklySyntax }

func (w Weekly) String() string { return dayAndTime(w.from) + " to " + dayAndTime(w.to) }

func dayAndTime(w wall) string { return days[w/day%7] + " " + clockOf(w) }

func clockOf(w wall) string {
	return fmt.Sprintf("%02d:%02d", w%day/(60*minute), w%(60*minute)/minute)
}

// Moment is a day, or a day with a time.
type Moment struct {
	at    wall
	timed bool
}

var momentSyntax = unit.Syntax{
	Name:     "a day",
	Pattern:  `^2[0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])( ([01][0-9]|2[0-3]):[0-5][0-9])?$`,
	Allowed:  "a day such as 2026-12-20, or with a time: 2026-12-20 18:00",
	Examples: []string{"2026-12-20", "2026-12-20 18:00"},
}

var momentRE = pattern.New(momentSyntax.Pattern)

// UnmarshalText makes Moment readable by the configuration engine.
func (m *Moment) UnmarshalText(text []byte) error {
	refuse := func(message string) error {
		return &unit.Error{Message: message, Allowed: momentSyntax.Allowed, Suggestion: momentAdvice(string(text))}
	}
	if !momentRE.Match(text) {
		return refuse("is no day")
	}
	layout, timed := time.DateOnly, len(text) > len(time.DateOnly)
	if timed {
		layout += " 15:04"
	}
	t, err := time.Parse(layout, string(text))
	if err != nil {
		return refuse("is no day of the calendar")
	}
	*m = Moment{wall(t.Unix()), timed}
	return nil
}

// momentAdvice mends what RFC 3339 and some editors write.
func momentAdvice(text string) string {
	if len(text) > 32 {
		return ""
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return `write "` + t.Format("2006-01-02 15:04") + `", in the calendar's own zone`
		}
	}
	for _, layout := range []string{"2006-1-2", "2006/01/02", "2.1.2006", "20060102"} {
		if t, err := time.Parse(layout, text); err == nil {
			return `write "` + t.Format(time.DateOnly) + `"`
		}
	}
	return ""
}

// Syntax describes moments.
func (Moment) Syntax() unit.Syntax { return momentSyntax }

func (m Moment) String() string {
	if m.timed {
		return time.Unix(int64(m.at), 0).UTC().Format("2006-01-02 15:04")
	}
	return time.Unix(int64(m.at), 0).UTC().Format(time.DateOnly)
}
