package freeze

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/config/strict"
)

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct{ yaml, want string }{
		"defaults":               {"{}", ""},
		"a window of the week":   {"windows: [{name: w, every: Fri 18:00 to Mon 06:00}]", ""},
		"a misspelt zone":        {"time_zone: Europe/Berln", `did you mean "Europe/Berlin"?`},
		"the machine's own zone": {"time_zone: Local", "is no time zone"},
		"an abbreviation":        {"time_zone: PST", "IANA time zone database"},
		"a path":                 {"time_zone: ../../etc/passwd", "is no time zone"},
		"whole names of days":    {"windows: [{name: w, every: friday 18:00 to monday 6:00}]", `write "Fri 18:00 to Mon 06:00"`},
		"a dash":                 {"windows: [{name: w, every: Fri 18:00-Mon 06:00}]", `write "Fri 18:00 to Mon 06:00"`},
		"24:00":                  {"windows: [{name: w, every: Fri 18:00 to Sun 24:00}]", `"Fri 18:00 to Sun 24:00" is no span of the week`},
		"nothing of the week":    {"windows: [{name: w, every: Fri 18:00 to Fri 18:00}]", "begins where it ends"},
		"no day of the calendar": {"windows: [{name: w, from: 2026-02-30, to: 2026-03-01}]", "is no day of the calendar"},
		"RFC 3339":               {`windows: [{name: w, from: "2026-02-20T18:00:00Z", to: 2026-03-01}]`, `write "2026-02-20 18:00"`},
		"another order":          {"windows: [{name: w, from: 20.2.2026, to: 2026-03-01}]", `write "2026-02-20"`},
		"no name":                {"windows: [{every: Fri 18:00 to Mon 06:00}]", `the key "name" is missing`},
		"no time":                {"windows: [{name: w}]", "the window has no time"},
		"no end":                 {"windows: [{name: w, from: 2026-02-20}]", "the window does not end"},
		"no beginning":           {"windows: [{name: w, to: 2026-02-20}]", "the window does not begin"},
		"both kinds":             {"windows: [{name: w, every: Fri 18:00 to Mon 06:00, from: 2026-02-20, to: 2026-02-21}]", "weekly or once, not both"},
		"it ends first":          {"windows: [{name: w, from: 2026-02-20, to: 2026-02-19}]", "2026-02-19 is not after 2026-02-20"},
		"it ends at once":        {"windows: [{name: w, from: 2026-02-20 08:00, to: 2026-02-20 08:00}]", "is not after"},
		"a name twice":           {"windows: [{name: w, from: 2026-02-20, to: 2026-02-20}, {name: w, from: 2026-02-21, to: 2026-02-21}]", "stands twice"},
		"a misspelt key":         {"windows: [{name: w, evry: Fri 18:00 to Mon 06:00}]", `did you mean "every"?`},
	} {
		t.Run(name, func(t *testing.T) {
			var calendar Calendar
			err := strict.Decode("c", []byte(c.yaml), &calendar)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
