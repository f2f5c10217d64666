package cloud

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The states of an alarm; source: API reference, MetricAlarm.
const (
	stateOK      = "OK"
	stateAlarm   = "ALARM"
	stateUnknown = "INSUFFICIENT_DATA"
)

// happened is an entry of an alarm's history.
type happened struct {
	at                           time.Time
	alarm, kind, of, short, data string
}

// Reevaluate lets metric alarms go back to the state that their metric gives
// them this long after SetAlarmState; 0 is never. Source: API reference,
// SetAlarmState: they are back quickly, often within seconds.
func (c *Cloud) Reevaluate(after time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch.settle = after
}

// Deaf keeps these actions from being carried out, without a word in the history.
func (c *Cloud) Deaf(actions ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch.deaf = actions
}

// describeAlarms answers with one page.
func (c *Cloud) describeAlarms(r *http.Request, in map[string]any) (map[string]any, *denial) {
	// A policy narrower than * does not see composite alarms; source: API
	// reference, DescribeAlarms.
	c.note(r, "cloudwatch:DescribeAlarms", "*")
	names, prefix, types := texts(in, "AlarmNames"), text(in, "AlarmNamePrefix"), texts(in, "AlarmTypes")
	if len(names) > 0 && prefix != "" {
		return nil, &denial{http.StatusBadRequest, "InvalidParameterCombination", "AlarmNames and AlarmNamePrefix exclude each other"}
	}
	if types == nil {
		// Source: API reference: without the parameter only metric alarms come.
		types = []string{"MetricAlarm"}
	}
	chosen := map[string]Alarm{}
	for _, a := range c.alarms {
		if (len(names) == 0 || slices.Contains(names, a.Name)) && strings.HasPrefix(a.Name, prefix) && slices.Contains(types, a.kind()) {
			chosen[a.Name] = a
		}
	}
	part, next := page(slices.Sorted(maps.Keys(chosen)), text(in, "NextToken"))
	metric, composite := []any{}, []any{}
	for _, name := range part {
		a := chosen[name]
		shown := a.shown(c.time())
		if a.Composite {
			composite = append(composite, shown)
		} else {
			metric = append(metric, shown)
		}
	}
	out := map[string]any{"MetricAlarms": metric, "CompositeAlarms": composite}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

func (a Alarm) kind() string {
	if a.Composite {
		return "CompositeAlarm"
	}
	return "MetricAlarm"
}

func (a Alarm) shown(now time.Time) map[string]any {
	m := map[string]any{
		"AlarmName": a.Name, "AlarmArn": arn("cloudwatch", "alarm:"+a.Name), "StateValue": a.State, "StateReason": a.Reason, "AlarmDescription": a.Description,
		"StateUpdatedTimestamp": now, "StateTransitionedTimestamp": a.Since, "ActionsEnabled": !a.Mute,
		"AlarmActions": anys(a.Actions), "OKActions": anys(a.OKActions), "InsufficientDataActions": anys(a.NoDataActions),
	}
	switch {
	case a.Composite:
		m["AlarmRule"] = a.Rule
	case len(a.Metrics) == 1:
		m["Namespace"], m["MetricName"], m["Dimensions"] = a.Metrics[0].Namespace, a.Metrics[0].Name, a.Metrics[0].dimensions()
	case len(a.Metrics) > 1:
		queries := []any{map[string]any{"Id": "judged", "Expression": "m0", "ReturnData": true}}
		for i, x := range a.Metrics {
			queries = append(queries, map[string]any{"Id": fmt.Sprintf("m%d", i), "ReturnData": false, "MetricStat": map[string]any{
				"Period": 60, "Stat": "Sum", "Metric": map[string]any{"Namespace": x.Namespace, "MetricName": x.Name, "Dimensions": x.dimensions()},
			}})
		}
		m["Metrics"] = queries
	}
	return m
}

func (m Metric) dimensions() []any {
	all := []any{}
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		all = append(all, map[string]any{"Name": name, "Value": m.Dimensions[name]})
	}
	return all
}

// setAlarmState; source: API reference, SetAlarmState.
func (c *Cloud) setAlarmState(r *http.Request, in map[string]any) (map[string]any, *denial) {
	name, state, reason := text(in, "AlarmName"), text(in, "StateValue"), text(in, "StateReason")
	c.note(r, "cloudwatch:SetAlarmState", arn("cloudwatch", "alarm:"+name))
	if !slices.Contains([]string{stateOK, stateAlarm, stateUnknown}, state) || reason == "" || len(reason) > 1023 {
		return nil, &denial{http.StatusBadRequest, "ValidationError", "StateValue, or StateReason of 1 to 1023 characters"}
	}
	i := slices.IndexFunc(c.alarms, func(a Alarm) bool { return a.Name == name })
	if i < 0 {
		return nil, &denial{http.StatusNotFound, "ResourceNotFound", "Unknown alarm " + name}
	}
	a := &c.alarms[i]
	if a.back.IsZero() {
		a.settled = a.State
	}
	// A composite alarm is not guaranteed to go back by itself.
	if a.back = (time.Time{}); c.watch.settle > 0 && !a.Composite {
		a.back = c.time().Add(c.watch.settle)
	}
	c.enter(i, state, reason)
	return map[string]any{}, nil
}

// reevaluate lets alarms whose time has come go back. c.mu must be held.
func (c *Cloud) reevaluate() {
	for i := range c.alarms {
		a := &c.alarms[i]
		if !a.back.IsZero() && !c.time().Before(a.back) {
			a.back = time.Time{}
			c.enter(i, a.settled, "The metric says so.")
		}
	}
}

// enter brings an alarm into a state. Only a change is told and acted upon;
// source: API reference, SetAlarmState.
func (c *Cloud) enter(i int, state, reason string) {
	a := &c.alarms[i]
	before := a.State
	if a.Reason = reason; before == state {
		return
	}
	now := c.time()
	a.State, a.Since = state, now
	data, _ := json.Marshal(map[string]any{
		"version": "1.0", "oldState": map[string]string{"stateValue": before}, "newState": map[string]string{"stateValue": state, "stateReason": reason},
	})
	c.tell(*a, "StateUpdate", "Alarm updated from "+before+" to "+state, string(data))
	actions := map[string][]string{stateAlarm: a.Actions, stateOK: a.OKActions, stateUnknown: a.NoDataActions}[state]
	for _, action := range actions {
		if !a.Mute && !c.muted(a.Name) && !slices.Contains(c.watch.deaf, action) {
			c.act(*a, action, now)
		}
	}
	c.compose(a.Name)
}

// act carries out one action and tells it in the history. The words are those
// that alarms show; sources: awslabs/landing-zone-accelerator-on-aws issue 31,
// aws-solutions/automated-security-response-on-aws issue 43, and for the JSON
// aws/aws-sdk-java issue 1723.
func (c *Cloud) act(a Alarm, action string, now time.Time) {
	inner, _ := json.Marshal(map[string]string{"AlarmName": a.Name, "NewStateValue": a.State, "NewStateReason": a.Reason})
	message, _ := json.Marshal(map[string]string{"default": string(inner)})
	data := map[string]any{"actionState": "Succeeded", "notificationResource": action, "stateUpdateTimestamp": now.UnixMilli(), "publishedMessage": string(message), "error": nil}
	short := "Successfully executed action " + action
	if wrong := c.publish("cloudwatch.amazonaws.com", arn("cloudwatch", "alarm:"+a.Name), action, string(inner)); wrong != "" {
		data["actionState"], data["error"], data["publishedMessage"] = "Failed", wrong, nil
		short = "Failed to execute action " + action + `. Received error: "` + wrong + `"`
	}
	text, _ := json.Marshal(data)
	c.tell(a, "Action", short, string(text))
}

func (c *Cloud) tell(a Alarm, kind, short, data string) {
	c.watch.history = append(c.watch.history, happened{c.time(), a.Name, a.kind(), kind, short, data})
}

var children = regexp.MustCompile(`ALARM\("([^"]+)"\)`)

// compose judges the composite alarms that name a child again; source:
// CloudWatch User Guide, composite alarms. Of rules it knows ALARM and OR.
func (c *Cloud) compose(child string) {
	for i := range c.alarms {
		a := &c.alarms[i]
		if !a.Composite || !strings.Contains(a.Rule, `ALARM("`+child+`")`) {
			continue
		}
		state := stateOK
		for _, m := range children.FindAllStringSubmatch(a.Rule, -1) {
			if slices.ContainsFunc(c.alarms, func(x Alarm) bool { return x.Name == m[1] && x.State == stateAlarm }) {
				state = stateAlarm
			}
		}
		c.enter(i, state, child+" has changed")
	}
}

// describeHistory; source: API reference, DescribeAlarmHistory: without
// AlarmTypes composite alarms are left out.
func (c *Cloud) describeHistory(r *http.Request, in map[string]any) (map[string]any, *denial) {
	c.note(r, "cloudwatch:DescribeAlarmHistory", "*")
	types := texts(in, "AlarmTypes")
	if types == nil {
		types = []string{"MetricAlarm"}
	}
	since, _ := in["StartDate"].(time.Time)
	var found []happened
	for _, h := range c.watch.history {
		if h.alarm == text(in, "AlarmName") && slices.Contains(types, h.kind) && !h.at.Before(since.Truncate(time.Second)) {
			found = append(found, h)
		}
	}
	if text(in, "ScanBy") != "TimestampAscending" {
		slices.Reverse(found)
	}
	from := 0
	_, _ = fmt.Sscan(cmp.Or(text(in, "NextToken"), "0"), &from)
	items := []any{}
	out := map[string]any{}
	for n, h := range found[min(from, len(found)):] {
		if n == onePage {
			out["NextToken"] = fmt.Sprint(from + onePage)
			break
		}
		items = append(items, map[string]any{"AlarmName": h.alarm, "AlarmType": h.kind, "Timestamp": h.at, "HistoryItemType": h.of, "HistorySummary": h.short, "HistoryData": h.data})
	}
	out["AlarmHistoryItems"] = items
	return out, nil
}
