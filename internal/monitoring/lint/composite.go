package lint

import (
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/lint/template"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

const putComposite = "CloudWatch API reference, PutCompositeAlarm"

var compositeRules = []Rule{{
	ID: "composite-unknown-child", Level: Error, Title: "Composite alarm over an alarm that is not there",
	Why:    "CloudWatch refuses a rule over an alarm that does not exist, or the composite alarm stays quiet about what it should watch.",
	Source: putComposite, Next: "Name an alarm of this template, best by Ref.",
	check: checkChildren,
}, {
	ID: "composite-too-many-children", Level: Error, Title: "Composite alarm over more than a hundred",
	Why: "CloudWatch takes a hundred children.", Source: putComposite, Next: "Put composite alarms in between.",
	check: func(s *sheet) {
		for _, r := range s.composites {
			if n := len(childOf.FindAllString(r.Properties.Get("AlarmRule").Shown(), -1)); n > 100 {
				s.say(r, r.Properties.Get("AlarmRule"), "AlarmRule", "has %d children", n)
			}
		}
	},
}, {
	ID: "suppressor-without-periods", Level: Error, Title: "Suppressor without its two periods",
	Why:    "With ActionsSuppressor both the wait and the extension period are required.",
	Source: putComposite, Next: "Say ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod.",
	check: func(s *sheet) {
		for _, r := range s.composites {
			p := r.Properties
			if p.Get("ActionsSuppressor").Is() && (!p.Get("ActionsSuppressorWaitPeriod").Is() || !p.Get("ActionsSuppressorExtensionPeriod").Is()) {
				s.say(r, p.Get("ActionsSuppressor"), "ActionsSuppressor", "has no ActionsSuppressorWaitPeriod or no ActionsSuppressorExtensionPeriod")
			}
		}
	},
}}

// childOf finds what a rule asks for; names may be in quotes of either kind.
var childOf = pattern.New(`(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]*)"|'([^']*)'|([^)"']*))\s*\)`)

// children are the names in a rule, and the resources that stand in them whole.
func children(rule string) []string {
	var names []string
	for _, m := range childOf.FindAllStringSubmatch(rule, -1) {
		names = append(names, strings.TrimSpace(m[1]+m[2]+m[3]))
	}
	return names
}

// checkChildren judges only what this stack must have: references to its own
// resources, and names that carry the stack's.
func checkChildren(s *sheet) {
	names := map[string]bool{}
	for _, r := range s.everyAlarm() {
		names[r.Properties.Get("AlarmName").Shown()] = true
		names["${"+r.ID+"}"] = true
		names["${"+r.ID+".Arn}"] = true
	}
	for _, r := range s.composites {
		rule := r.Properties.Get("AlarmRule")
		s.note(rule)
		for _, name := range children(rule.Shown()) {
			if !names[name] && s.own(name) {
				s.say(r, rule, "AlarmRule", "asks for %s, and no alarm of the template is that", name)
			}
		}
	}
}

// own says whether a name is of something in this stack.
func (s *sheet) own(name string) bool {
	if strings.Contains(name, "${AWS::StackName}") || strings.Contains(name, "${AWS::StackId}") {
		return !s.hasOpenNames()
	}
	id, ok := strings.CutPrefix(name, "${")
	id, _, _ = strings.Cut(strings.TrimSuffix(id, "}"), ".")
	return ok && s.kindOf(id) != "" && strings.Count(name, "${") == 1 && strings.HasSuffix(name, "}")
}

// hasOpenNames says whether an alarm's name cannot be told at all.
func (s *sheet) hasOpenNames() bool {
	for _, r := range s.everyAlarm() {
		if name := r.Properties.Get("AlarmName"); name.Open() && name.Shown() == "" {
			return true
		}
	}
	return s.t.Loops > 0 || len(s.t.Of("AWS::CloudFormation::Stack")) > 0
}

// actions are all actions of an alarm.
func (s *sheet) actions(r template.Resource) []*template.Value {
	var all []*template.Value
	for _, state := range actionStates {
		items, _ := r.Properties.Get(state).All()
		all = append(all, items...)
	}
	return all
}
