package review_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"

	"github.com/cutover-dev/cutover/internal/cost/review"
	"github.com/cutover-dev/cutover/internal/unit"
)

var stamp = time.Date(2026, 12, 1, 5, 7, 9, 0, time.UTC)

func invitation() review.Invitation {
	return review.Invite(full(), settings, "https://github.com/example/lego-api/issues/7", stamp)
}

// read reads a calendar by a library that knows nothing of cutover.
func read(t testing.TB, text string) *ics.VEvent {
	t.Helper()
	c, err := ics.ParseCalendar(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if len(c.Events()) != 1 {
		t.Fatalf("%d events", len(c.Events()))
	}
	return c.Events()[0]
}

// Shows: 5.7.8
func TestInvitation(t *testing.T) {
	text := invitation().ICS()
	if *update {
		if err := os.WriteFile("testdata/invitation.golden.ics", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile("testdata/invitation.golden.ics"); err != nil || string(want) != text {
		t.Errorf("%v; got\n%s", err, text)
	}
	e := read(t, text)
	start, err1 := e.GetStartAt()
	end, err2 := e.GetEndAt()
	// Ten o'clock of Berlin in winter.
	if want := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC); err1 != nil || err2 != nil || !start.Equal(want) || end.Sub(start) != 30*time.Minute {
		t.Errorf("%s to %s; %v %v", start, end, err1, err2)
	}
	if e.Id() != "cost-review-LEGO-API-production-2026-11@cutover" || len(e.Attendees()) != 2 || e.Attendees()[1].Email() != "finance@lego.example.com" {
		t.Errorf("%s %+v", e.Id(), e.Attendees())
	}
}

// In summer the same clock is another time of UTC.
func TestSummerTime(t *testing.T) {
	in := full()
	in.Month = day(2026, 6, 1)
	start, err := read(t, review.Invite(in, settings, "", stamp).ICS()).GetStartAt()
	if err != nil || !start.Equal(time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC)) {
		t.Error(start, err)
	}
}

func TestNobodyIsInvited(t *testing.T) {
	s := settings
	s.Invite = nil
	text := review.Invite(full(), s, "", stamp).ICS()
	if strings.Contains(text, "METHOD") || strings.Contains(text, "ORGANIZER") || len(read(t, text).Attendees()) != 0 {
		t.Error(text)
	}
}

// The same meeting is the same text, whenever it is written; another is the next
// of its sequence.
func TestRevise(t *testing.T) {
	i := invitation()
	first, err := i.Revise("")
	if err != nil || !strings.Contains(first, "\r\nSEQUENCE:0\r\n") {
		t.Fatal(first, err)
	}
	later := i
	later.Stamp = stamp.Add(time.Hour)
	if again, err := later.Revise(first); err != nil || again != first {
		t.Errorf("nothing has changed: %v\n%s", err, again)
	}
	moved := later
	moved.Start = i.Start.Add(time.Hour)
	second, err := moved.Revise(first)
	if err != nil || !strings.Contains(second, "\r\nSEQUENCE:1\r\n") || !strings.Contains(second, "DTSTAMP:20261201T060709Z") {
		t.Error(second, err)
	}
	if again, err := moved.Revise(second); err != nil || again != second {
		t.Error(again, err)
	}
	back, err := i.Revise(second)
	if err != nil || !strings.Contains(back, "\r\nSEQUENCE:2\r\n") {
		t.Error(back, err)
	}
	other := i
	other.Month = day(2026, 10, 1)
	for name, earlier := range map[string]string{
		"another meeting": other.ICS(), "nothing of the kind": "x", "twice": first + first, "no sequence": strings.Replace(first, "SEQUENCE:0\r\n", "", 1), "too large": strings.Repeat("x", review.MostInvitation+1),
	} {
		if text, err := i.Revise(earlier); err == nil || text != "" {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// Whatever stands in it, every line ends and folds as it should, and a reader has
// back what was written.
func FuzzInvitation(f *testing.F) {
	f.Add("LEGO-API", "Costs; of, all\\ things\nand more", "a@example.com", uint8(3))
	f.Add("ü", strings.Repeat("ü€😀", 50), "b@example.com", uint8(0))
	f.Add("a", "\r\nEND:VEVENT\r\nBEGIN:VEVENT", "c@example.com", uint8(1))
	f.Fuzz(func(t *testing.T, project, about, mail string, n uint8) {
		var to unit.Email
		if to.UnmarshalText([]byte(mail)) != nil {
			to = "a@example.com"
		}
		i := invitation()
		i.Project, i.Text, i.Invite = project, about, slices.Repeat([]unit.Email{to}, int(n%4))
		text := i.ICS()
		if !utf8.ValidString(text) || strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\n") || strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\r") {
			t.Fatalf("%q", text)
		}
		for _, line := range strings.Split(text, "\r\n") {
			if len(line) > 75 {
				t.Fatalf("%d octets: %q", len(line), line)
			}
		}
		e := read(t, text)
		if got := len(e.Attendees()); got != int(n%4) {
			t.Fatalf("%d are invited", got)
		}
		if strings.Count(text, "\r\nBEGIN:VEVENT\r\n") != 1 || strings.Count(text, "\r\nEND:VEVENT\r\n") != 1 {
			t.Fatalf("%q", text)
		}
		if again, err := i.Revise(text); err != nil || again != text {
			t.Fatalf("%v: %q", err, again)
		}
	})
}

// An earlier invitation comes from where others can write.
func FuzzRevise(f *testing.F) {
	f.Add(invitation().ICS())
	f.Add("UID:x\r\nSEQUENCE:999999999\r\n")
	f.Fuzz(func(t *testing.T, earlier string) {
		text, err := invitation().Revise(earlier)
		if (err == nil) == (text == "") {
			t.Fatalf("%q, %v", text, err)
		}
		if err == nil && text != earlier {
			read(t, text)
		}
	})
}
