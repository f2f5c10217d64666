package cloud

import (
	"io"
	"net/http"
	"slices"
	"time"
)

// Alarm is one of CloudWatch's.
type Alarm struct {
	Name, State, Reason string
	// Since is when it came into its state.
	Since time.Time
	// Composite says that it is made of others.
	Composite bool
	// Mute says that its actions are switched off.
	Mute bool
}

// SetAlarms makes these the alarms of the account.
func (c *Cloud) SetAlarms(alarms ...Alarm) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alarms = alarms
}

// RefuseMonitoring makes requests of CloudWatch fail with this status and code;
// 0 lets them through.
func (c *Cloud) RefuseMonitoring(status int, code string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alarmFault = fault{status, code}
}

// fault is how a service answers that is made to fail.
type fault struct {
	status int
	code   string
}

// onePage is how many alarms an answer holds here, so that callers must turn
// pages; AWS's has up to MaxRecords.
const onePage = 2

// monitoring answers DescribeAlarms; source: CloudWatch API reference, and for
// the protocol Smithy, RPC v2 CBOR.
func (c *Cloud) monitoring(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	var in any
	if err == nil {
		in, _, err = cborRead(text)
	}
	query, ok := in.(map[string]any)
	w.Header().Set("Content-Type", "application/cbor")
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	refuse := func(status int, code string) {
		w.WriteHeader(status)
		_, _ = w.Write(cborWrite(nil, map[string]any{"__type": code, "message": "made to fail"})) // the caller may be gone
	}
	const operation = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms"
	if err != nil || !ok || r.Method != http.MethodPost || r.URL.Path != operation || r.Header.Get("Smithy-Protocol") != "rpc-v2-cbor" {
		c.strange("monitoring " + r.Method + " " + r.URL.Path)
		refuse(http.StatusNotFound, "UnknownOperationException")
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// A policy narrower than * does not see composite alarms; source: API
	// reference, DescribeAlarms.
	c.note(r, "cloudwatch:DescribeAlarms", "*")
	if c.alarmFault.status != 0 {
		refuse(c.alarmFault.status, c.alarmFault.code)
		return
	}
	for name := range query {
		if !slices.Contains([]string{"AlarmNames", "AlarmTypes", "MaxRecords", "NextToken"}, name) {
			c.unknown = append(c.unknown, "monitoring: the parameter "+name)
			refuse(http.StatusBadRequest, "ValidationError")
			return
		}
	}
	_, _ = w.Write(cborWrite(nil, c.describe(query)))
}

// describe answers with one page. A token is the name to go on behind; to
// callers it is opaque.
func (c *Cloud) describe(query map[string]any) map[string]any {
	names, _ := query["AlarmNames"].([]any)
	types, ok := query["AlarmTypes"].([]any)
	if !ok {
		// Source: API reference: without the parameter only metric alarms come.
		types = []any{"MetricAlarm"}
	}
	after, _ := query["NextToken"].(string)
	metric, composite := []any{}, []any{}
	out := map[string]any{}
	last := ""
	sorted := slices.SortedFunc(slices.Values(c.alarms), func(a, b Alarm) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	for _, a := range sorted {
		kind := map[bool]string{true: "CompositeAlarm", false: "MetricAlarm"}[a.Composite]
		if !slices.Contains(names, any(a.Name)) || !slices.Contains(types, any(kind)) || after != "" && a.Name <= after {
			continue
		}
		if len(metric)+len(composite) == onePage {
			out["NextToken"] = last
			break
		}
		shown := map[string]any{
			"AlarmName": a.Name, "AlarmArn": arn("cloudwatch", "alarm:"+a.Name), "StateValue": a.State, "StateReason": a.Reason,
			"StateUpdatedTimestamp": time.Now(), "StateTransitionedTimestamp": a.Since, "ActionsEnabled": !a.Mute,
		}
		if last = a.Name; a.Composite {
			composite = append(composite, shown)
		} else {
			metric = append(metric, shown)
		}
	}
	out["MetricAlarms"], out["CompositeAlarms"] = metric, composite
	return out
}
