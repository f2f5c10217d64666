package drill

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"
)

// The beginnings of the summaries of actions, as CloudWatch writes them.
const (
	wordsArrived = "Successfully executed action "
	wordsFailed  = "Failed to execute action "
)

// action is what the history says of one action. Its JSON is written down
// nowhere at AWS; source: aws/aws-sdk-java issue 1723 shows one.
type action struct {
	State   string `json:"actionState"`
	Topic   string `json:"notificationResource"`
	Changed int64  `json:"stateUpdateTimestamp"`
	Message string `json:"publishedMessage"`
	Error   string `json:"error"`
}

// proof is what is known of the message to one topic.
type proof struct {
	at      time.Time
	arrived bool
	wrong   string
}

// proofs are the actions that followed from the alarm's coming into ALARM for
// this reason, by topic. What happened for another reason proves nothing. An
// entry without JSON that can be read is judged by its summary, and belongs to
// the drill if it came after the state and before the next one. Reasons of
// drills hold no sign that is escaped in the JSON within JSON of a message.
func proofs(events []Event, reason string) map[string]proof {
	found := map[string]proof{}
	var rang time.Time
	current := false
	for _, e := range events {
		if e.Kind == EventState {
			if current = entered(e.Data, reason); current {
				rang = e.At
			}
			continue
		}
		var a action
		readable := json.Unmarshal([]byte(e.Data), &a) == nil && a.State != ""
		switch {
		case e.Kind != EventAction:
			continue
		case readable && a.Message != "":
			if !strings.Contains(a.Message, reason) {
				continue
			}
		case readable && a.Changed > 0:
			if rang.IsZero() || time.UnixMilli(a.Changed).Sub(rang).Abs() > time.Second {
				continue
			}
		case !current:
			continue
		}
		p := proof{at: e.At}
		topic, wrong := spoken(e.Summary)
		p.arrived = wrong == "" && topic != "" && (!readable || a.State == "Succeeded")
		if !p.arrived {
			p.wrong = cmp.Or(a.Error, wrong, "CloudWatch says: "+e.Summary)
		}
		if topic = cmp.Or(topic, a.Topic); topic != "" {
			found[topic] = p
		}
	}
	return found
}

// entered says whether a state was entered into ALARM for this reason.
func entered(data, reason string) bool {
	var d struct {
		New struct {
			State  string `json:"stateValue"`
			Reason string `json:"stateReason"`
		} `json:"newState"`
	}
	return json.Unmarshal([]byte(data), &d) == nil && d.New.State == StateAlarm && d.New.Reason == reason
}

// spoken reads a summary: the topic, and what went wrong.
func spoken(summary string) (topic, wrong string) {
	if rest, ok := strings.CutPrefix(summary, wordsArrived); ok {
		topic, _, _ = strings.Cut(rest, " ")
		return topic, ""
	}
	rest, ok := strings.CutPrefix(summary, wordsFailed)
	if !ok {
		return "", summary
	}
	topic, wrong, _ = strings.Cut(rest, " ")
	wrong = strings.TrimPrefix(wrong, "Received error: ")
	return strings.TrimSuffix(topic, "."), cmp.Or(strings.Trim(wrong, `"`), "the action failed")
}

// explain says what to do about what went wrong.
func explain(wrong string) string {
	switch low := strings.ToLower(wrong); {
	case strings.Contains(low, "encryption key"), strings.Contains(low, "kms"):
		return "Let the key's policy allow cloudwatch.amazonaws.com kms:Decrypt and kms:GenerateDataKey*; AWS's own key alias/aws/sns cannot."
	case strings.Contains(low, "not authorized"), strings.Contains(low, "sns:publish"):
		return "Let the topic's policy allow cloudwatch.amazonaws.com sns:Publish."
	case strings.Contains(low, "does not exist"):
		return "The topic is gone: deploy the monitoring stack again."
	}
	return "Look at the alarm's history in CloudWatch."
}
