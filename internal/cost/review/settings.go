// Package review is the monthly look at what the app costs: when it is due, its
// agenda as an issue that a repeat brings up to date, and an invitation.
package review

import (
	"time"

	"github.com/cutover-dev/cutover/internal/unit"
)

// Settings is the key `budget.review` of cutover.yaml.
type Settings struct {
	Owners   []string      `yaml:"owners" required:"true" minitems:"1" maxitems:"10" unique:"true" pattern:"^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}$" allowed:"logins at GitHub without @" example:"[octocat]" doc:"Who the review's issue is assigned to; GitHub assigns those only who may write to the repository."`
	Invite   []unit.Email  `yaml:"invite" maxitems:"50" unique:"true" example:"[finance@example.com]" doc:"Who the invitation is for; the first one invites. Nobody unless set: it is a calendar entry then."`
	TimeZone unit.Zone     `yaml:"time_zone" default:"UTC" example:"Europe/Berlin" doc:"By whose clocks the first working day of a month begins, and the meeting."`
	At       string        `yaml:"at" default:"10:00" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" allowed:"a time such as 10:00" example:"10:00" doc:"When the meeting begins."`
	Length   unit.Duration `yaml:"length" default:"30 m" min:"5 m" max:"8 h" example:"30 m" doc:"How long it takes."`
	Labels   []string      `yaml:"labels" default:"[cost-review]" minitems:"1" maxitems:"10" unique:"true" pattern:"^[A-Za-z0-9][A-Za-z0-9 .:/_-]{0,49}$" allowed:"letters, digits, spaces and . : / _ -" doc:"Labels of the issue; the first one finds it again."`
}

// firstWorking is the first day of a month that is no weekend. Holidays are not
// known: they differ by place, and the issue waits.
func firstWorking(year int, month time.Month, place *time.Location) time.Time {
	day := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		day = day.AddDate(0, 0, 1)
	}
	// Noon is there on every day of every place; midnight is not.
	return time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, place)
}

// Due says whether now is the first working day of a month by the clocks of zone.
func Due(now time.Time, zone unit.Zone) bool {
	local := now.In(zone.Place())
	return local.Day() == firstWorking(local.Year(), local.Month(), zone.Place()).Day()
}

// Month is the month that a review of now looks at, as its first day in UTC: the
// one before the month that it is by the clocks of zone.
func Month(now time.Time, zone unit.Zone) time.Time {
	local := now.In(zone.Place())
	return time.Date(local.Year(), local.Month()-1, 1, 0, 0, 0, 0, time.UTC)
}

// Meets is when the review of a month begins: on the first working day of the
// month after it.
func (s Settings) Meets(month time.Time) time.Time {
	place := s.TimeZone.Place()
	day := firstWorking(month.Year(), month.Month()+1, place)
	at, err := time.Parse("15:04", s.At)
	if err != nil {
		at = time.Date(0, 1, 1, 10, 0, 0, 0, time.UTC) // the pattern has seen to it
	}
	return time.Date(day.Year(), day.Month(), day.Day(), at.Hour(), at.Minute(), 0, 0, place).UTC()
}
