package freeze

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/config/strict"
)

// read makes a calendar as cutover.yaml does.
func read(t testing.TB, zone string, windows ...string) Calendar {
	t.Helper()
	var c Calendar
	if err := strict.Decode("c", []byte("time_zone: "+zone+"\nwindows: ["+strings.Join(windows, ", ")+"]"), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func moment(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Shows: 5.4.3
func TestCalendar(t *testing.T) {
	const weekend = "{name: weekend, every: Fri 18:00 to Mon 06:00}"
	for _, c := range []struct{ name, zone, window, at, until string }{
		{"before the weekend", "Europe/Berlin", weekend, "2026-11-20T17:59:59+01:00", ""},
		{"its first moment", "Europe/Berlin", weekend, "2026-11-20T18:00:00+01:00", "2026-11-23T06:00:00+01:00"},
		{"in it", "Europe/Berlin", weekend, "2026-11-22T23:00:00+01:00", "2026-11-23T06:00:00+01:00"},
		{"its last moment", "Europe/Berlin", weekend, "2026-11-23T05:59:59+01:00", "2026-11-23T06:00:00+01:00"},
		{"its end is outside", "Europe/Berlin", weekend, "2026-11-23T06:00:00+01:00", ""},
		{"another place, frozen later", "America/Los_Angeles", weekend, "2026-11-20T18:00:00+01:00", ""},
		{"a weekend whose clocks go on", "Europe/Berlin", weekend, "2026-03-28T12:00:00+01:00", "2026-03-30T06:00:00+02:00"},
		{"a weekend whose clocks go back", "Europe/Berlin", weekend, "2026-10-24T12:00:00+02:00", "2026-10-26T06:00:00+01:00"},

		// 2026-03-29 in Berlin: after 01:59 comes 03:00. 02:30 never comes.
		{"it begins at a time that never comes", "Europe/Berlin", "{name: n, every: Sun 02:30 to Sun 05:00}", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00Z"},
		{"and not before", "Europe/Berlin", "{name: n, every: Sun 02:30 to Sun 05:00}", "2026-03-29T00:59:59Z", ""},
		{"it ends at a time that never comes", "Europe/Berlin", "{name: n, every: Sun 01:00 to Sun 02:30}", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z"},
		{"and not after", "Europe/Berlin", "{name: n, every: Sun 01:00 to Sun 02:30}", "2026-03-29T01:00:00Z", ""},
		{"all of it never comes", "Europe/Berlin", "{name: n, every: Sun 02:15 to Sun 02:45}", "2026-03-29T01:00:00Z", ""},

		// 2026-10-25 in Berlin: after 02:59 comes 02:00 again. 02:30 comes twice.
		{"it begins at a time that comes twice: the first", "Europe/Berlin", "{name: n, every: Sun 02:30 to Sun 04:00}", "2026-10-25T00:30:00Z", "2026-10-25T03:00:00Z"},
		{"and not before the first", "Europe/Berlin", "{name: n, every: Sun 02:30 to Sun 04:00}", "2026-10-25T00:29:59Z", ""},
		{"frozen between the two", "Europe/Berlin", "{name: n, every: Sun 02:30 to Sun 04:00}", "2026-10-25T01:15:00Z", "2026-10-25T03:00:00Z"},
		{"it ends at a time that comes twice: the second", "Europe/Berlin", "{name: n, every: Sun 01:00 to Sun 02:30}", "2026-10-25T01:29:59Z", "2026-10-25T01:30:00Z"},
		{"and not after the second", "Europe/Berlin", "{name: n, every: Sun 01:00 to Sun 02:30}", "2026-10-25T01:30:00Z", ""},

		{"whole days: the first", "Europe/Berlin", "{name: x, from: 2026-12-20, to: 2027-01-02}", "2026-12-20T00:00:00+01:00", "2027-01-03T00:00:00+01:00"},
		{"whole days: before", "Europe/Berlin", "{name: x, from: 2026-12-20, to: 2027-01-02}", "2026-12-19T23:59:59+01:00", ""},
		{"whole days: the last belongs to it", "Europe/Berlin", "{name: x, from: 2026-12-20, to: 2027-01-02}", "2027-01-02T23:59:59+01:00", "2027-01-03T00:00:00+01:00"},
		{"one day", "UTC", "{name: x, from: 2026-12-24, to: 2026-12-24}", "2026-12-24T12:00:00Z", "2026-12-25T00:00:00Z"},
		{"times", "UTC", "{name: x, from: 2026-12-24 08:30, to: 2026-12-24 09:00}", "2026-12-24T08:59:59Z", "2026-12-24T09:00:00Z"},
		{"times: the end is outside", "UTC", "{name: x, from: 2026-12-24 08:30, to: 2026-12-24 09:00}", "2026-12-24T09:00:00Z", ""},
		{"another year", "UTC", "{name: x, from: 2026-12-24, to: 2026-12-24}", "2027-12-24T12:00:00Z", ""},
		// Lebanon's clocks go on at midnight: that day begins at 01:00.
		{"a day without midnight", "Asia/Beirut", "{name: x, from: 2026-03-29, to: 2026-03-29}", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"},
		{"windows that touch", "UTC", "{name: a, every: Fri 18:00 to Mon 00:00}, {name: b, every: Mon 00:00 to Mon 06:00}", "2026-11-21T00:00:00Z", "2026-11-23T06:00:00Z"},
		{"windows that overlap", "UTC", "{name: a, every: Fri 18:00 to Mon 06:00}, {name: b, from: 2026-11-22, to: 2026-11-25}", "2026-11-21T00:00:00Z", "2026-11-26T00:00:00Z"},
		{"for ever", "UTC", "{name: a, every: Mon 00:00 to Thu 00:00}, {name: b, every: Thu 00:00 to Mon 00:00}", "2026-11-21T00:00:00Z", "never"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, frozen := read(t, c.zone, c.window).At(moment(t, c.at))
			switch {
			case frozen != (c.until != ""):
				t.Errorf("frozen is %v", frozen)
			case c.until == "never" && !got.Until.IsZero():
				t.Errorf("until %s", got.Until)
			case c.until != "" && c.until != "never" && !got.Until.Equal(moment(t, c.until)):
				t.Errorf("until %s, want %s", got.Until, c.until)
			}
		})
	}
}

func TestNext(t *testing.T) {
	c := read(t, "Europe/Berlin", "{name: weekend, every: Fri 18:00 to Mon 06:00}", "{name: sale, from: 2026-11-27, to: 2026-11-30}")
	w, at, ok := c.Next(moment(t, "2026-11-26T12:00:00Z"), 12*time.Hour)
	if !ok || w.Name != "sale" || !at.Equal(moment(t, "2026-11-27T00:00:00+01:00")) {
		t.Error(w, at, ok)
	}
	if _, _, ok := c.Next(moment(t, "2026-11-24T12:00:00Z"), 12*time.Hour); ok {
		t.Error("one that is not so near")
	}
}

// zones change their clocks by an hour, by half an hour, at midnight, in the
// other half of the year, backwards in Ramadan, over the date line, or never.
var zones = []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Beirut", "Asia/Kathmandu",
	"America/St_Johns", "Pacific/Chatham", "Pacific/Apia", "America/Sao_Paulo", "Antarctica/Troll", "Asia/Tehran", "Africa/Cairo", "Europe/Dublin"}

// scan finds a window's stretch by another route: it walks minute by minute
// over what clocks on the wall show, as text, and knows nothing of offsets. The
// stretch lasts from the first minute that shows from or later to the last that
// shows less than to.
func scan(around time.Time, place *time.Location, from, to string) (first, last time.Time) {
	const shown = "2006-01-02 15:04"
	for m := around.Add(-30 * time.Hour); m.Before(around.Add(30 * time.Hour)); m = m.Add(time.Minute) {
		s := m.In(place).Format(shown)
		if first.IsZero() && s >= from {
			first = m
		}
		if s < to {
			last = m
		}
	}
	return first, last
}

func TestBruteForce(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		oneWindow(t, rng, zones[round%len(zones)])
	}
}

// oneWindow makes a short window, mostly near a change of the clocks, and holds
// every minute around it against scan.
func oneWindow(t *testing.T, rng *rand.Rand, zone string) {
	t.Helper()
	place, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	base := time.Date(2011+rng.IntN(20), time.Month(1+rng.IntN(12)), 1+rng.IntN(28), rng.IntN(24), rng.IntN(60), 0, 0, time.UTC)
	if _, change := base.In(place).ZoneBounds(); !change.IsZero() && rng.IntN(4) > 0 {
		base = change.Add(time.Duration(rng.IntN(360)-180) * time.Minute).Truncate(time.Minute)
	}
	const shown = "2006-01-02 15:04"
	local := base.In(place)
	naive := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), 0, 0, time.UTC)
	from, to := naive.Add(time.Duration(rng.IntN(180)-120)*time.Minute), naive.Add(time.Duration(1+rng.IntN(240))*time.Minute)
	if !to.After(from) {
		return
	}
	window := fmt.Sprintf("{name: x, from: %s, to: %s}", from.Format(shown), to.Format(shown))
	weekly := fmt.Sprintf("{name: x, every: %s to %s}", from.Format("Mon 15:04"), to.Format("Mon 15:04"))
	first, last := scan(base, place, from.Format(shown), to.Format(shown))
	for _, text := range []string{window, weekly} {
		c := read(t, zone, text)
		for m := base.Add(-6 * time.Hour); m.Before(base.Add(6 * time.Hour)); m = m.Add(time.Minute) {
			want := !m.Before(first) && !m.After(last) && !first.After(last)
			got, frozen := c.at(m, place)
			if frozen != want {
				t.Fatalf("%s, %s: %s (%s) frozen is %v; by scanning it is %s to %s", zone, text, m, m.In(place), frozen, first, last)
			}
			if frozen && !got.Until.Equal(last.Add(time.Minute)) {
				t.Fatalf("%s, %s: until %s, by scanning %s", zone, text, got.Until, last.Add(time.Minute))
			}
		}
	}
}

// FuzzWeekly and FuzzMoment: no text panics, and what is read is written as it
// was.
func FuzzWeekly(f *testing.F) {
	for _, s := range []string{"Fri 18:00 to Mon 06:00", "friday 18:00-monday 6:00", "Fri 24:00 to Mon 06:00", "Fri 18:00 to Fri 18:00", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var w Weekly
		if err := w.UnmarshalText([]byte(text)); err == nil && w.String() != text {
			t.Errorf("%q is written %q", text, w)
		}
	})
}

func FuzzMoment(f *testing.F) {
	for _, s := range []string{"2026-12-20", "2026-12-20 18:00", "2026-02-30", "2026-12-20T18:00:00Z", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var m Moment
		if err := m.UnmarshalText([]byte(text)); err == nil && m.String() != text {
			t.Errorf("%q is written %q", text, m)
		}
	})
}

// FuzzCalendar: whatever stands in the file, nothing panics or hangs, and what
// is frozen thaws later.
func FuzzCalendar(f *testing.F) {
	f.Add("Europe/Berlin", "Fri 18:00 to Mon 06:00", "2026-03-28", "2026-03-29 02:30", int64(1774659600))
	f.Fuzz(func(t *testing.T, zone, every, from, to string, at int64) {
		c := Calendar{}
		if c.TimeZone.UnmarshalText([]byte(zone)) != nil {
			return
		}
		var w Weekly
		if w.UnmarshalText([]byte(every)) == nil {
			c.Windows = append(c.Windows, Window{Name: "w", Every: &w})
		}
		var a, b Moment
		if a.UnmarshalText([]byte(from)) == nil && b.UnmarshalText([]byte(to)) == nil && b.end() > a.at {
			c.Windows = append(c.Windows, Window{Name: "o", From: &a, To: &b})
		}
		now := time.Unix(at%(200*365*86400), 0)
		if got, frozen := c.At(now); frozen && !got.Until.IsZero() && !got.Until.After(now) {
			t.Errorf("frozen at %s until %s", now, got.Until)
		}
	})
}
