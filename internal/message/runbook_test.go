package message_test

import (
	"testing"

	"github.com/cutover-dev/cutover/internal/message"
)

// A runbook that somebody names is better than the usual one, and stands once.
func TestAnAnnouncementsRunbook(t *testing.T) {
	const usual, named = "https://example.com/usual", "https://example.com/named"
	for name, c := range map[string]struct {
		a      message.Announcement
		want   string
		fields int
	}{
		"the usual one":             {message.Announcement{}, usual, 0},
		"one of its own":            {message.Announcement{Runbook: named}, named, 0},
		"named by a field":          {message.Announcement{Fields: []message.Field{{Name: "a"}, {Name: "Runbook", Value: named}, {Name: "b"}}}, named, 2},
		"a field with other words":  {message.Announcement{Fields: []message.Field{{Name: "Runbook", Value: "ask Ann"}}}, usual, 1},
		"named by a link":           {message.Announcement{Links: []message.Link{{Label: "Runbook", URL: named}}}, "", 0},
		"a link with another label": {message.Announcement{Links: []message.Link{{Label: "Log", URL: named}}}, usual, 0},
	} {
		if c.a.Lead(usual); c.a.Runbook != c.want || len(c.a.Fields) != c.fields {
			t.Errorf("%s: %q, %d fields", name, c.a.Runbook, len(c.a.Fields))
		}
	}
}
