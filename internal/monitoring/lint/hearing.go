package lint

import (
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/lint/template"
)

var hearingRules = []Rule{{
	ID: "alarm-unheard", Level: Warning, Title: "Alarm that nobody hears",
	Why:    "It has no action, no composite alarm asks for it and nothing else of the template names it: it turns red in a list that nobody looks at.",
	Source: "CloudWatch User Guide, \"Alarm actions\"",
	Next:   "Give it AlarmActions, or put it into the rule of a composite alarm.",
	check:  checkUnheard,
}, {
	ID: "actions-disabled", Level: Warning, Title: "Alarm whose actions are switched off",
	Why:    "ActionsEnabled: false keeps the actions and calls none. It is left behind easily after an evening of false alarms.",
	Source: putAlarm,
	Next:   "Remove ActionsEnabled, or let a suppressor hold it back for a while.",
	check: func(s *sheet) {
		for _, r := range s.everyAlarm() {
			if on, ok := r.Properties.Get("ActionsEnabled").Flag(); ok && !on && len(s.actions(r)) > 0 {
				s.say(r, r.Properties.Get("ActionsEnabled"), "ActionsEnabled", "has actions and calls none")
			}
		}
	},
}, {
	ID: "topic-without-subscription", Level: Warning, Title: "Topic that nobody has subscribed to",
	Why:    "Alarms arrive at the topic and go no further.",
	Source: "SNS Developer Guide, \"Creating a subscription to an Amazon SNS topic\"",
	Next:   "Add an AWS::SNS::Subscription; if another stack subscribes, show the topic in Outputs.",
	check:  checkSubscriptions,
}, {
	ID: "budget-unheard", Level: Warning, Title: "Budget that tells nobody",
	Why:    "A budget limits nothing: without a notification it is a number in a console.",
	Source: "CloudFormation User Guide, AWS::Budgets::Budget",
	Next:   "Add NotificationsWithSubscribers with at least one subscriber each.",
	check: func(s *sheet) {
		for _, r := range s.t.Of("AWS::Budgets::Budget") {
			list := r.Properties.Get("NotificationsWithSubscribers")
			items, known := list.All()
			heard := !known
			for _, item := range items {
				told, sure := item.Get("Subscribers").All()
				heard = heard || !sure || len(told) > 0
			}
			if !heard {
				s.say(r, list, "NotificationsWithSubscribers", "tells nobody when it is spent")
			}
		}
	},
}}

func checkUnheard(s *sheet) {
	for _, r := range s.everyAlarm() {
		if len(s.actions(r)) > 0 {
			continue
		}
		if !s.mentioned(r) {
			s.say(r, nil, "AlarmActions", "has no action, and nothing asks for its state")
		}
	}
}

// mentioned says whether anything else of the template refers to the alarm or
// names it.
func (s *sheet) mentioned(r template.Resource) bool {
	name := r.Properties.Get("AlarmName").Shown()
	if s.t.Outputs.Names(r.ID) {
		return true
	}
	return slices.ContainsFunc(s.t.Resources, func(other template.Resource) bool {
		if other.ID == r.ID {
			return false
		}
		return other.Refers(r.ID) || len(name) > 3 && other.Type != kindAlarm && other.Mentions(name)
	})
}

// publisher says whether a resource is one that speaks to a topic and not one
// that listens to it.
func publisher(kind string) bool {
	return strings.HasPrefix(kind, "AWS::CloudWatch::") || strings.HasPrefix(kind, "AWS::Budgets::") || strings.HasPrefix(kind, "AWS::CE::") ||
		kind == "AWS::SNS::TopicPolicy" || kind == "AWS::Events::Rule" || kind == "AWS::IAM::Policy" || kind == "AWS::IAM::Role" || kind == "AWS::KMS::Key"
}

func checkSubscriptions(s *sheet) {
	for _, topic := range s.t.Of(kindTopic) {
		if len(s.speakers(topic.ID)) == 0 || topic.Properties.Get("Subscription").Is() || s.t.Outputs.Names(topic.ID) || s.t.Loops > 0 {
			continue
		}
		name := topic.Properties.Get("TopicName").Shown()
		heard := slices.ContainsFunc(s.t.Resources, func(r template.Resource) bool {
			return r.ID != topic.ID && !publisher(r.Type) && (r.Refers(topic.ID) || len(name) > 3 && r.Mentions(name))
		})
		if !heard {
			s.say(topic, nil, "Subscription", "gets alarms, and nobody has subscribed to it")
		}
	}
}
