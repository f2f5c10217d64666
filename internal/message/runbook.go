package message

import (
	"strings"

	"github.com/cutover-dev/cutover/internal/runbook"
)

// runbookLabel is what the link to the runbook is called, in Slack and in a list
// of fields or links.
const runbookLabel = "Runbook"

// runbooks are the sections for the kinds that want somebody to act.
var runbooks = map[Kind]runbook.Kind{
	Failed: "notify#deployment-failed", Awaiting: "notify#awaiting-approval", Rolled: "notify#rolled-back", Alarm: "notify#alarm",
}

// Section is the section of the runbooks for a kind, empty where nothing is wrong.
func (k Kind) Section() runbook.Kind { return runbooks[k] }

// Lead gives the announcement its runbook: that of a field or a link called
// Runbook, which is better known than usual, the address of the kind's own section.
func (a *Announcement) Lead(usual string) {
	for i, f := range a.Fields {
		if value := strings.TrimSpace(f.Value); f.Name == runbookLabel && webAddress.MatchString(value) {
			a.Fields = append(a.Fields[:i:i], a.Fields[i+1:]...)
			a.Runbook = value
			return
		}
	}
	for _, l := range a.Links {
		if l.Label == runbookLabel {
			return
		}
	}
	if a.Runbook == "" {
		a.Runbook = usual
	}
}

// links are the announcement's, and its runbook: last where somebody must first
// approve, else first, so that a flood of links crowds others out.
func (a Announcement) links() []Link {
	if a.Runbook == "" {
		return a.Links
	}
	own := []Link{{Label: runbookLabel, URL: a.Runbook}}
	if a.Kind == Awaiting {
		return append(append([]Link{}, a.Links...), own...)
	}
	return append(own, a.Links...)
}
