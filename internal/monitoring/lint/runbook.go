package lint

import (
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/lint/template"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

var runbookRules = []Rule{{
	ID: "runbook-missing", Level: Warning, Title: "Alarm without a runbook",
	Why:    "Whoever is woken by it has only its name to go by. The description is in the message; a link there is where help begins.",
	Source: "AWS Well-Architected, OPS07-BP03 and OPS08-BP04",
	Next:   "Put the address of the runbook into AlarmDescription, or its path in the repository if it ends in .md.",
	check:  checkRunbooks,
}, {
	ID: "runbook-dead", Level: Error, Title: "Runbook that is not there",
	Why:    "A link that leads nowhere costs time when there is least of it.",
	Source: "this project; the link is looked up in --runbooks, never on the network",
	Next:   "Write the runbook, or correct the link.",
	check:  checkRunbookLinks,
}}

// linkOf finds addresses, and paths of Markdown files.
var linkOf = pattern.New(`https?://[^\s<>"')\]]+|(?:[\w.-]+/)*[\w.-]+\.md\b`)

// links are the links in a text without the full stop of its sentence.
func links(text string) []string {
	found := linkOf.FindAllString(text, -1)
	for i := range found {
		found[i] = strings.TrimRight(found[i], ".,;:!?")
	}
	return found
}

func (s *sheet) everyAlarm() []template.Resource {
	all := append([]template.Resource{}, s.composites...)
	for _, a := range s.alarms {
		all = append(all, a.Resource)
	}
	return all
}

func checkRunbooks(s *sheet) {
	for _, r := range s.everyAlarm() {
		about := r.Properties.Get("AlarmDescription")
		if len(links(about.Shown())) > 0 || s.onlyMachines(r) {
			continue
		}
		if about.Open() {
			s.note(about)
			continue
		}
		s.say(r, about, "AlarmDescription", "has no link to a runbook in its description")
	}
}

// onlyMachines says whether an alarm starts scaling and tells nobody.
func (s *sheet) onlyMachines(r template.Resource) bool {
	actions := s.actions(r)
	for _, action := range actions {
		scales := strings.Contains(action.Shown(), "scalingPolicy") || strings.Contains(action.Shown(), ":automate:")
		for _, id := range action.Refs() {
			scales = scales || strings.HasSuffix(s.kindOf(id), "::ScalingPolicy")
		}
		if !scales {
			return false
		}
	}
	return len(actions) > 0
}

func (s *sheet) kindOf(id string) string {
	for _, r := range s.t.Resources {
		if r.ID == id {
			return r.Type
		}
	}
	return ""
}

func checkRunbookLinks(s *sheet) {
	if s.o.Runbooks == nil {
		return
	}
	for _, r := range s.everyAlarm() {
		about := r.Properties.Get("AlarmDescription")
		for _, link := range links(about.Shown()) {
			if there, known := s.o.Runbooks.Has(link); known && !there && !strings.Contains(link, "${") {
				s.say(r, about, "AlarmDescription", "links to %s, which is not there", link)
			}
		}
	}
}
