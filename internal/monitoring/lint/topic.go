package lint

import (
	"path"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/lint/template"
)

var topicRules = []Rule{{
	ID: "kms-shuts-out", Level: Error, Title: "Key that shuts the publisher out",
	Why:    "A service that may not use the key of an encrypted topic cannot publish to it. The alarm rings, the message is lost, and nothing says so but the alarm's history.",
	Source: "SNS Developer Guide, \"Enable compatibility between event sources from AWS services and encrypted topics\"",
	Next:   "Allow the service kms:GenerateDataKey* and kms:Decrypt in the key's policy.",
	check:  checkKeys,
}, {
	ID: "kms-managed-key", Level: Error, Title: "Topic behind the key of AWS's own",
	Why:    "The policy of alias/aws/sns cannot be changed, and it lets no other service in: alarms and budgets cannot publish.",
	Source: "CloudWatch User Guide, \"Troubleshooting: SNS notifications\"; SNS Developer Guide, \"Encryption at rest\"",
	Next:   "Take a key of your own, with a policy that lets the publishers in.",
	check: func(s *sheet) {
		for _, topic := range s.t.Of(kindTopic) {
			key := topic.Properties.Get("KmsMasterKeyId")
			if text := s.text(key); strings.HasSuffix(text, "alias/aws/sns") && len(s.speakers(topic.ID)) > 0 {
				s.say(topic, key, "KmsMasterKeyId", "is encrypted with %s, which %s cannot use", text, strings.Join(s.speakers(topic.ID), " and "))
			}
		}
	},
}, {
	ID: "topic-policy-leaves-out", Level: Error, Title: "Topic policy without the publisher",
	Why:    "A topic policy replaces the one that lets the account publish. Budgets, cost anomalies and EventBridge need to be let in by name in any case.",
	Source: "SNS Developer Guide, \"Example cases for Amazon SNS access control\"; Billing User Guide, \"Creating an Amazon SNS topic for budget notifications\"",
	Next:   "Allow sns:Publish to the service in an AWS::SNS::TopicPolicy, bound by aws:SourceAccount.",
	check:  checkTopicPolicies,
}, {
	ID: "topic-public", Level: Error, Title: "Topic that anybody may publish to",
	Why:    "Allow for everybody without a condition is the whole world: false alarms at will.",
	Source: "SNS Developer Guide, \"Ensure topics aren't publicly accessible\"",
	Next:   "Name the services, and bind them by aws:SourceAccount.",
	check: func(s *sheet) {
		for _, r := range s.t.Of("AWS::SNS::TopicPolicy") {
			for _, st := range statements(r.Properties.Get("PolicyDocument")) {
				if st.Get("Effect").Shown() == "Allow" && everybody(st.Get("Principal")) && !st.Get("Condition").Is() {
					s.say(r, st, "PolicyDocument", "lets everybody in without a condition")
				}
			}
		}
	},
}}

// The services that speak to topics. An alarm may without a policy.
const (
	byAlarm  = "cloudwatch.amazonaws.com"
	byBudget = "budgets.amazonaws.com"
	byCost   = "costalerts.amazonaws.com"
	byEvents = "events.amazonaws.com"
)

// speakers are the services that this template lets speak to a topic.
func (s *sheet) speakers(topic string) []string {
	var found []string
	for _, r := range s.t.Resources {
		var told *template.Value
		by := ""
		switch r.Type {
		case kindAlarm, kindComposite:
			by = byAlarm
			for _, action := range s.actions(r) {
				if action.Names(topic) {
					told = action
				}
			}
		case "AWS::Budgets::Budget":
			by, told = byBudget, r.Properties.Get("NotificationsWithSubscribers")
		case "AWS::CE::AnomalySubscription":
			by, told = byCost, r.Properties.Get("Subscribers")
		case "AWS::Events::Rule":
			by, told = byEvents, r.Properties.Get("Targets")
		}
		if told.Names(topic) {
			found = append(found, by)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func statements(policy *template.Value) []*template.Value {
	items, _ := policy.Get("Statement").All()
	return items
}

func everybody(principal *template.Value) bool {
	return principal.Shown() == "*" || slices.ContainsFunc(first(principal.Get("AWS").All()), func(v *template.Value) bool { return v.Shown() == "*" })
}

func first(items []*template.Value, _ bool) []*template.Value { return items }

// lets says whether a policy may let the service do the action. What is open
// may be anything, so it lets. account is whether everybody under a condition
// counts, as in the policy that topics have of themselves.
func lets(policy *template.Value, service, action string, account bool) bool {
	if policy.Open() || policy.Get("Statement").Open() {
		return true
	}
	for _, st := range statements(policy) {
		if st.Open() {
			return true
		}
		who := st.Get("Principal")
		services, known := who.Get("Service").Texts()
		named := !known || who.Open() || slices.Contains(services, service) || slices.Contains(services, "*") || everybody(who) && account
		if st.Get("Effect").Shown() == "Allow" && named && matches(st.Get("Action"), action) {
			return true
		}
	}
	return false
}

// matches says whether a list of actions takes in one, which may end in a star
// itself.
func matches(list *template.Value, action string) bool {
	texts, known := list.Texts()
	if !known {
		return true
	}
	for _, text := range texts {
		if ok, err := path.Match(strings.ToLower(text), strings.ToLower(strings.TrimSuffix(action, "*"))); ok && err == nil || strings.EqualFold(text, action) {
			return true
		}
	}
	return false
}

func checkKeys(s *sheet) {
	keys := s.t.Of("AWS::KMS::Key")
	for _, topic := range s.t.Of(kindTopic) {
		used := topic.Properties.Get("KmsMasterKeyId")
		for _, key := range keys {
			if !used.Names(key.ID) && !s.alias(used, key.ID) {
				continue
			}
			for _, service := range s.speakers(topic.ID) {
				policy := key.Properties.Get("KeyPolicy")
				if !lets(policy, service, "kms:GenerateDataKey*", false) || !lets(policy, service, "kms:Decrypt", false) {
					s.say(key, policy, "KeyPolicy", "does not let %s use it, which publishes to %s", service, topic.ID)
				}
			}
		}
	}
}

// alias says whether the topic uses the key by an alias of this template.
func (s *sheet) alias(used *template.Value, key string) bool {
	return slices.ContainsFunc(s.t.Of("AWS::KMS::Alias"), func(r template.Resource) bool {
		name := r.Properties.Get("AliasName").Shown()
		return r.Properties.Get("TargetKeyId").Names(key) && (used.Names(r.ID) || name != "" && used.Shown() == name)
	})
}

func checkTopicPolicies(s *sheet) {
	for _, topic := range s.t.Of(kindTopic) {
		var policies []template.Resource
		for _, r := range s.t.Of("AWS::SNS::TopicPolicy") {
			if r.Properties.Get("Topics").Names(topic.ID) {
				policies = append(policies, r)
			}
		}
		for _, service := range s.speakers(topic.ID) {
			in := slices.ContainsFunc(policies, func(r template.Resource) bool {
				return lets(r.Properties.Get("PolicyDocument"), service, "sns:Publish", service == byAlarm)
			})
			switch {
			case in, len(policies) == 0 && service == byAlarm, s.t.Outputs.Names(topic.ID) && len(policies) == 0, s.roles(service):
			case len(policies) == 0:
				s.say(topic, nil, "", "has no policy that lets %s publish, which needs one", service)
			default:
				s.say(policies[0], policies[0].Properties.Get("PolicyDocument"), "PolicyDocument", "leaves out %s, which publishes to %s", service, topic.ID)
			}
		}
	}
}

// roles says whether EventBridge goes by a role of its own.
func (s *sheet) roles(service string) bool {
	return service == byEvents && slices.ContainsFunc(s.t.Of("AWS::Events::Rule"), func(r template.Resource) bool {
		return slices.ContainsFunc(first(r.Properties.Get("Targets").All()), func(v *template.Value) bool { return v.Get("RoleArn").Is() })
	})
}
