package review

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Invitation is the meeting of one review. Source of its form: RFC 5545.
type Invitation struct {
	Project, Stage string
	Month          time.Time
	Start          time.Time
	Length         time.Duration
	// Text is what the meeting is about, URL where the issue is; it may be empty.
	Text, URL string
	Invite    []unit.Email
	// Stamp is when this was written.
	Stamp time.Time
	// Sequence rises with every change; calendars leave an older one out.
	Sequence int
}

// Invite makes the invitation of a month's review. Figures are not in it: they
// change, and calendars would ask everybody again.
func Invite(in Inputs, s Settings, url string, stamp time.Time) Invitation {
	return Invitation{Project: in.Project, Stage: in.Stage, Month: in.Month, Start: s.Meets(in.Month), Length: time.Duration(s.Length), Text: "Agenda and figures are in the issue of the review.", URL: url, Invite: s.Invite, Stamp: stamp}
}

// ICS is the invitation as a calendar file. Times are those of UTC, so that it needs
// no description of a time zone.
func (i Invitation) ICS() string {
	const layout = "20060102T150405Z"
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//cutover//cost review//EN", "CALSCALE:GREGORIAN"}
	if len(i.Invite) > 0 {
		lines = append(lines, "METHOD:REQUEST")
	}
	lines = append(lines, "BEGIN:VEVENT", "UID:"+text(fmt.Sprintf("cost-review-%s-%s-%s@cutover", i.Project, i.Stage, i.Month.UTC().Format("2006-01"))),
		"DTSTAMP:"+i.Stamp.UTC().Format(layout), "SEQUENCE:"+strconv.Itoa(i.Sequence),
		"DTSTART:"+i.Start.UTC().Format(layout), "DTEND:"+i.Start.Add(i.Length).UTC().Format(layout),
		"SUMMARY:"+text(fmt.Sprintf("Cost review: %s %s, %s", i.Project, i.Stage, month(i.Month))), "DESCRIPTION:"+text(i.Text))
	if linkRE.MatchString(i.URL) {
		lines = append(lines, "URL:"+i.URL)
	}
	for n, mail := range i.Invite {
		if n == 0 {
			lines = append(lines, "ORGANIZER:mailto:"+string(mail))
		}
		lines = append(lines, "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:"+string(mail))
	}
	lines = append(lines, "STATUS:CONFIRMED", "TRANSP:OPAQUE", "END:VEVENT", "END:VCALENDAR")
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(fold(line))
	}
	return b.String()
}

// text is a value of type TEXT. Source: RFC 5545, 3.3.11.
func text(s string) string {
	s = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`).Replace(strings.ToValidUTF8(s, "\ufffd"))
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

// fold breaks a line into such of at most 75 octets, and no character in two.
// Source: RFC 5545, 3.1.
func fold(line string) string {
	var b strings.Builder
	left := 75
	for _, r := range line {
		n := utf8.RuneLen(r)
		if n > left {
			b.WriteString("\r\n ")
			left = 74
		}
		b.WriteRune(r)
		left -= n
	}
	return b.String() + "\r\n"
}

// MostInvitation is how large an earlier invitation may be.
const MostInvitation = 1 << 20

var (
	sequenceRE = pattern.New(`(?m)^SEQUENCE:([0-9]{1,9})\r$`)
	uidRE      = pattern.New(`(?m)^UID:(.*)\r$`)
	stampRE    = pattern.New(`(?m)^(SEQUENCE|DTSTAMP):.*\r\n`)
)

// Revise is the invitation after an earlier one of the same meeting: the very same
// text if nothing has changed, the next sequence otherwise.
func (i Invitation) Revise(earlier string) (string, error) {
	if earlier == "" {
		i.Sequence = 0
		return i.ICS(), nil
	}
	wrong := func(what string) error {
		return &fault.Fault{Kind: fault.Input, Name: "the earlier invitation", What: what, Next: "Take it away, so that a new one is written; calendars then show what they were told last."}
	}
	if len(earlier) > MostInvitation {
		return "", wrong(fmt.Sprintf("is larger than %d bytes", MostInvitation))
	}
	plain, now := strings.ReplaceAll(earlier, "\r\n ", ""), strings.ReplaceAll(i.ICS(), "\r\n ", "")
	uid, ours, sequences := uidRE.FindAllStringSubmatch(plain, -1), uidRE.FindStringSubmatch(now), sequenceRE.FindAllStringSubmatch(plain, -1)
	switch {
	case len(uid) != 1 || len(sequences) != 1:
		return "", wrong("is damaged: it has no single UID and SEQUENCE")
	case uid[0][1] != ours[1]:
		return "", wrong("is of another meeting")
	}
	if stampRE.ReplaceAllString(plain, "") == stampRE.ReplaceAllString(now, "") {
		return earlier, nil
	}
	n, err := strconv.Atoi(sequences[0][1])
	if err != nil {
		return "", wrong("has no sequence")
	}
	i.Sequence = n + 1
	return i.ICS(), nil
}
