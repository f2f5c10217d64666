package unit

import (
	"time"
	_ "time/tzdata" // runners without a zone database know all places too

	"github.com/cutover-dev/cutover/internal/nearest"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Zone is the place by whose clocks something goes.
type Zone string

// ZoneSyntax says how places are written.
var ZoneSyntax = Syntax{
	Name:     "a time zone",
	Pattern:  `^[A-Za-z][A-Za-z0-9_+-]{0,31}(/[A-Za-z0-9_+-]{1,32}){0,2}$`,
	Allowed:  "a name of the IANA time zone database, such as Europe/Berlin or UTC",
	Examples: []string{"Europe/Berlin", "UTC"},
}

var zoneRE = pattern.New(ZoneSyntax.Pattern)

// places are for suggestions only.
var places = []string{"UTC", "Europe/Berlin", "Europe/London", "Europe/Paris", "Europe/Madrid", "Europe/Rome", "Europe/Amsterdam", "Europe/Zurich",
	"Europe/Vienna", "Europe/Warsaw", "Europe/Stockholm", "Europe/Helsinki", "Europe/Kyiv", "Europe/Istanbul", "America/New_York", "America/Chicago",
	"America/Denver", "America/Los_Angeles", "America/Phoenix", "America/Toronto", "America/Sao_Paulo", "America/Mexico_City", "Asia/Tokyo",
	"Asia/Shanghai", "Asia/Singapore", "Asia/Kolkata", "Asia/Dubai", "Asia/Seoul", "Asia/Jerusalem", "Australia/Sydney", "Pacific/Auckland", "Africa/Johannesburg"}

// UnmarshalText makes Zone readable by the configuration engine.
func (z *Zone) UnmarshalText(text []byte) error {
	name := string(text)
	if _, err := time.LoadLocation(name); err == nil && zoneRE.MatchString(name) && name != "Local" {
		*z = Zone(name)
		return nil
	}
	e := &Error{Message: "is no time zone", Allowed: ZoneSyntax.Allowed}
	if len(name) <= 64 {
		if near := nearest.To(name, places); near != "" {
			e.Suggestion = `did you mean "` + near + `"?`
		}
	}
	return e
}

// Syntax describes the names of zones.
func (Zone) Syntax() Syntax { return ZoneSyntax }

func (z Zone) String() string { return string(z) }

// Place returns the zone's clock. A name that cannot be loaded never came
// through UnmarshalText.
func (z Zone) Place() *time.Location {
	place, err := time.LoadLocation(string(z))
	if err != nil {
		return time.UTC
	}
	return place
}
