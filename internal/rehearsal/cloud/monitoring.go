package cloud

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Alarm is one of CloudWatch's.
type Alarm struct {
	Name, State, Reason string
	// Since is when it came into its state.
	Since time.Time
	// Composite says that it is made of others; Rule names them.
	Composite bool
	Rule      string
	// Mute says that its actions are switched off.
	Mute        bool
	Description string
	// Actions are what it does when it rings, OKActions when it is well again,
	// NoDataActions when it knows nothing: ARNs.
	Actions, OKActions, NoDataActions []string
	// Metrics are what it watches.
	Metrics []Metric

	// settled is the state that its metric gives it, at back.
	settled string
	back    time.Time
}

// Metric is a metric at CloudWatch, by its dimensions.
type Metric struct {
	Namespace, Name string
	Dimensions      map[string]string
	// Last is when it last had a point.
	Last time.Time
}

// watch is the state of what watches an application.
type watch struct {
	now     func() time.Time
	refuse  func(call string) (status int, code string)
	settle  time.Duration
	deaf    []string
	history []happened
	rules   map[string]*MuteRule
	put     func(r MuteRule) string
	metrics []Metric
	topics  map[string]*Topic
	keys    map[string]string
	tagged  map[string]map[string]string
	groups  map[string]int
	rest    map[string]string
	dbs     []Database
	proxies map[string]string
	costs   map[string]string
	linked  bool
	bill    bill
	estate  estate
	data    measured
}

// SetAlarms makes these the alarms of the account.
func (c *Cloud) SetAlarms(alarms ...Alarm) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alarms = alarms
}

// Alarms are those of the account, as they stand.
func (c *Cloud) Alarms() []Alarm {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reevaluate()
	return slices.Clone(c.alarms)
}

// RefuseMonitoring makes requests of CloudWatch fail with this status and code;
// 0 lets them through.
func (c *Cloud) RefuseMonitoring(status int, code string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alarmFault = fault{status, code}
}

// RefuseWatch makes calls of the services that watch fail: f names status and
// code for a call such as cloudwatch:SetAlarmState, or 0. It is called ahead of
// each and may use the cloud.
func (c *Cloud) RefuseWatch(f func(call string) (status int, code string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch.refuse = f
}

// Time makes f the clock of the services that watch.
func (c *Cloud) Time(f func() time.Time) { c.mu.Lock(); defer c.mu.Unlock(); c.watch.now = f }

// fault is how a service answers that is made to fail.
type fault struct {
	status int
	code   string
}

// denial is a fault with what it says.
type denial struct {
	status        int
	code, message string
}

// onePage is how many entries an answer holds here, so that callers must turn
// pages; AWS's hold up to what was asked for.
const onePage = 2

func (c *Cloud) time() time.Time {
	if c.watch.now != nil {
		return c.watch.now()
	}
	return time.Now()
}

// refusal says how a call is made to fail. c.mu must not be held.
func (c *Cloud) refusal(call string) *denial {
	c.mu.Lock()
	f := c.watch.refuse
	c.mu.Unlock()
	if f == nil {
		return nil
	}
	if status, code := f(call); status != 0 {
		return &denial{status, code, "made to fail"}
	}
	return nil
}

// operation answers one call of CloudWatch; c.mu is held.
type operation struct {
	takes  []string
	answer func(c *Cloud, r *http.Request, in map[string]any) (map[string]any, *denial)
}

func monitoringCalls() map[string]operation {
	return map[string]operation{
		"DescribeAlarms":       {[]string{"AlarmNames", "AlarmNamePrefix", "AlarmTypes", "MaxRecords", "NextToken"}, (*Cloud).describeAlarms},
		"SetAlarmState":        {[]string{"AlarmName", "StateValue", "StateReason"}, (*Cloud).setAlarmState},
		"DescribeAlarmHistory": {[]string{"AlarmName", "AlarmTypes", "StartDate", "ScanBy", "MaxRecords", "NextToken"}, (*Cloud).describeHistory},
		"PutAlarmMuteRule":     {[]string{"Name", "Rule", "Description", "MuteTargets", "StartDate", "ExpireDate", "Tags"}, (*Cloud).putMuteRule},
		"GetAlarmMuteRule":     {[]string{"AlarmMuteRuleName"}, (*Cloud).getMuteRule},
		"DeleteAlarmMuteRule":  {[]string{"AlarmMuteRuleName"}, (*Cloud).deleteMuteRule},
		"ListAlarmMuteRules":   {[]string{"Statuses", "MaxRecords", "NextToken"}, (*Cloud).listMuteRules},
		"ListMetrics":          {[]string{"Namespace", "MetricName", "Dimensions", "RecentlyActive", "NextToken"}, (*Cloud).listMetrics},
		"GetMetricData":        {[]string{"MetricDataQueries", "StartTime", "EndTime", "ScanBy", "MaxDatapoints", "NextToken"}, (*Cloud).getMetricData},
		"PutMetricData":        {[]string{"Namespace", "MetricData"}, (*Cloud).putMetricData},
	}
}

// monitoring answers CloudWatch's calls; source: CloudWatch API reference, and
// for the protocol Smithy, RPC v2 CBOR.
func (c *Cloud) monitoring(w http.ResponseWriter, r *http.Request) {
	in, err := cborBody(r)
	query, ok := in.(map[string]any)
	w.Header().Set("Content-Type", "application/cbor")
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	refuse := func(f *denial) {
		w.WriteHeader(f.status)
		_, _ = w.Write(cborWrite(nil, map[string]any{"__type": f.code, "message": f.message})) // the caller may be gone
	}
	if err != nil && r.Context().Err() != nil || errors.Is(err, io.ErrUnexpectedEOF) {
		return // who asked is gone before all of it was here
	}
	name, path := strings.CutPrefix(r.URL.Path, "/service/GraniteServiceVersion20100801/operation/")
	call, known := monitoringCalls()[name]
	if err != nil || !ok || !path || !known || r.Method != http.MethodPost || r.Header.Get("Smithy-Protocol") != "rpc-v2-cbor" {
		c.strange("monitoring " + r.Method + " " + r.URL.Path)
		refuse(&denial{http.StatusNotFound, "UnknownOperationException", "this cloud does not know the request"})
		return
	}
	if f := c.refusal("cloudwatch:" + name); f != nil {
		refuse(f)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.alarmFault.status != 0 {
		refuse(&denial{c.alarmFault.status, c.alarmFault.code, "made to fail"})
		return
	}
	for parameter := range query {
		if !slices.Contains(call.takes, parameter) {
			c.unknown = append(c.unknown, "monitoring: "+name+" with the parameter "+parameter)
			refuse(&denial{http.StatusBadRequest, "ValidationError", "this cloud does not know " + parameter})
			return
		}
	}
	c.reevaluate()
	out, f := call.answer(c, r, query)
	if f != nil {
		refuse(f)
		return
	}
	_, _ = w.Write(cborWrite(nil, out))
}

// cborBody reads a request. Clients may compress those of PutMetricData; source:
// CloudWatch API reference, PutMetricData.
func cborBody(r *http.Request) (value any, err error) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		if body, err = gzip.NewReader(r.Body); err != nil {
			return nil, err
		}
	}
	text, err := io.ReadAll(io.LimitReader(body, 1<<20+1))
	if err == nil && len(text) > 1<<20 {
		err = errCBOR
	}
	if err == nil {
		value, _, err = cborRead(text)
	}
	return value, err
}

// page is what of sorted names stands behind token, and the token of the next
// page. A token is the name to go on behind; to callers it is opaque.
func page(sorted []string, token string) (part []string, next string) {
	for _, name := range sorted {
		if token != "" && name <= token {
			continue
		}
		if len(part) == onePage {
			return part, part[onePage-1]
		}
		part = append(part, name)
	}
	return part, ""
}

func text(in map[string]any, name string) string { s, _ := in[name].(string); return s }

func texts(in map[string]any, name string) []string {
	var all []string
	list, _ := in[name].([]any)
	for _, item := range list {
		if s, ok := item.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

func anys(all []string) []any {
	out := []any{}
	for _, s := range all {
		out = append(out, s)
	}
	return out
}
