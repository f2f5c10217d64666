package drill

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const (
	reason = "cutover drill of X in y, run 1 at 2026-11-23T10:00:00Z: an exercise, nothing is wrong. Before: OK."
	mine   = "arn:aws:sns:us-east-1:123456789012:mine"
)

var at = time.Date(2026, 11, 23, 10, 0, 1, 250_000_000, time.UTC)

func state(after time.Duration, value, why string) Event {
	return Event{at.Add(after), EventState, "Alarm updated", fmt.Sprintf(`{"version":"1.0","newState":{"stateValue":%q,"stateReason":%q}}`, value, why)}
}

// acted is an action as CloudWatch shows it; a message is JSON within JSON.
func acted(summary, state, why string, changed time.Time) Event {
	message := "null"
	if why != "" {
		message = fmt.Sprintf("%q", fmt.Sprintf(`{"default":%q}`, fmt.Sprintf(`{"NewStateReason":%q}`, why)))
	}
	wrong := "null"
	if state == "Failed" {
		wrong = `"no key"`
	}
	return Event{at, EventAction, summary, fmt.Sprintf(`{"error":%s,"actionState":%q,"notificationResource":%q,"stateUpdateTimestamp":%d,"publishedMessage":%s}`, wrong, state, mine, changed.UnixMilli(), message)}
}

func TestProofs(t *testing.T) {
	good, bad := wordsArrived+mine, wordsFailed+mine+`. Received error: "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."`
	rang := state(0, StateAlarm, reason)
	for name, c := range map[string]struct {
		events []Event
		want   string
	}{
		"arrived":                             {[]Event{rang, acted(good, "Succeeded", reason, at)}, "arrived"},
		"arrived, before the state is listed": {[]Event{acted(good, "Succeeded", reason, at), rang}, "arrived"},
		"arrived late, by its message":        {[]Event{rang, acted(good, "Succeeded", reason, at.Add(time.Minute))}, "arrived"},
		"of another drill":                    {[]Event{rang, acted(good, "Succeeded", strings.Replace(reason, "run 1", "run 2", 1), at)}, ""},
		"of its being well again":             {[]Event{rang, state(time.Second, StateOK, "over"), acted(good, "Succeeded", "over", at)}, ""},
		"failed":                              {[]Event{rang, acted(bad, "Failed", "", at)}, "no key"},
		"failed for another state":            {[]Event{rang, acted(bad, "Failed", "", at.Add(-time.Hour))}, ""},
		"failed, and we never rang":           {[]Event{acted(bad, "Failed", "", at)}, ""},
		"the summary says yes, the data no":   {[]Event{rang, acted(good, "Failed", reason, at)}, "no key"},
		"the data say yes, the summary no":    {[]Event{rang, acted(bad, "Succeeded", reason, at)}, "encryption key"},
		"a state that is neither":             {[]Event{rang, acted(good, "InProgress", reason, at)}, "CloudWatch says"},
		"words alone":                         {[]Event{rang, {at, EventAction, good, ""}}, "arrived"},
		"words alone that failed":             {[]Event{rang, {at, EventAction, bad, "{"}}, "encryption key"},
		"words alone, after it was well":      {[]Event{rang, state(time.Second, StateOK, "over"), {at, EventAction, good, ""}}, ""},
		"words alone, before it rang":         {[]Event{{at, EventAction, good, ""}, rang}, ""},
		"words for the reason of another":     {[]Event{state(0, StateAlarm, "80%"), {at, EventAction, good, ""}}, ""},
		"another topic":                       {[]Event{rang, {at, EventAction, wordsArrived + mine + "-old", ""}}, ""},
		"a change of the alarm":               {[]Event{rang, {at, "ConfigurationUpdate", good, ""}}, ""},
		"nothing":                             {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, ok := proofs(c.events, reason)[mine]
			switch {
			case c.want == "" && ok, c.want != "" && !ok, (c.want == "arrived") != p.arrived, !p.arrived && !strings.Contains(p.wrong, strings.TrimPrefix(c.want, "arrived")):
				t.Errorf("%+v, %v", p, ok)
			}
		})
	}
}

func TestOnlyTopicsAreTopics(t *testing.T) {
	for arn, want := range map[string]bool{
		mine: true, "arn:aws-cn:sns:cn-north-1:123456789012:x": true, "arn:aws:automate:us-east-1:ec2:stop": false, "arn:aws:lambda:us-east-1:123456789012:function:sns": false, "sns": false, "": false,
	} {
		if isTopic(arn) != want {
			t.Error(arn)
		}
	}
}

// Whatever a history holds, only a success for this reason is one.
func FuzzProofs(f *testing.F) {
	f.Add(wordsArrived+mine, `{"actionState":"Succeeded","publishedMessage":"x"}`)
	f.Add(wordsFailed+mine+". Received error: x", `{"actionState":"Failed","stateUpdateTimestamp":1763892001250}`)
	f.Fuzz(func(t *testing.T, summary, data string) {
		for topic, p := range proofs([]Event{state(0, StateAlarm, "another"), {at, EventAction, summary, data}}, reason) {
			if p.arrived && !strings.Contains(data, "publishedMessage") {
				t.Errorf("%q, %q: %s", summary, data, topic)
			}
			if !p.arrived && p.wrong == "" {
				t.Errorf("%q, %q failed without why", summary, data)
			}
		}
	})
}
