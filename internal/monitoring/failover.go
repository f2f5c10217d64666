package monitoring

import (
	"fmt"

	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
	"github.com/cutover-dev/cutover/internal/unit"
)

// The verdict: 1 while green may have traffic, 0 when it must not. traffic-shift
// publishes it at each tick, in standard resolution: a health check reads no
// other; source: Route 53 API reference, AlarmIdentifier.
const (
	VerdictNamespace = "Cutover"
	VerdictMetric    = "GreenHealthy"
)

// VerdictDimensions are those of a stage's verdict.
func VerdictDimensions(project, stage string) []cfn.Dimension {
	return []cfn.Dimension{{Name: "Project", Value: project}, {Name: "Stage", Value: stage}}
}

// The alarms that green's health check watches.
const (
	verdictID = "green-verdict"
	errorsID  = "green-5xx"
)

// VerdictAlarm is the name of the alarm on a stage's verdict.
func VerdictAlarm(project, stage string) string { return alarmName(project, stage, verdictID) }

// ErrorsAlarm is the name of the alarm on green's own share of 5xx.
func ErrorsAlarm(project, stage string) string { return alarmName(project, stage, errorsID) }

func alarmName(project, stage, id string) string {
	p := Plan{Project: project, Inventory: Inventory{Stage: stage}}
	return p.AlarmName(Alarm{ID: id})
}

// Failover is by what DNS takes green's traffic away without anybody's doing.
// API is green's; nil is the only one of the inventory.
type Failover struct {
	API     *API
	Errors  unit.Percent
	Minutes int
}

// Alarms is every alarm of the plan: those of the catalogue, and the two that
// green's health check watches where the stage's traffic is shifted.
func (p Plan) Alarms() []Alarm {
	all := Catalogue(p.Inventory, p.namespace())
	if p.Failover == nil {
		return all
	}
	all = append(all, verdictAlarm(p.Project, p.Inventory.Stage))
	if api := p.green(); api != nil {
		all = append(all, errorsAlarm(*api, *p.Failover))
	}
	return sorted(all)
}

// green is the API whose errors take its traffic away, or nil: of several nobody
// can say which is green's.
func (p Plan) green() *API {
	switch {
	case p.Failover == nil:
		return nil
	case p.Failover.API != nil:
		return p.Failover.API
	case len(p.Inventory.APIs) == 1:
		return &p.Inventory.APIs[0]
	}
	return nil
}

// Both alarms are of the few kinds that a health check can follow, since it
// evaluates their points itself: one metric, a plain statistic, no metric math,
// and as many points as periods. Without points they say nothing, so that the
// check keeps its last status: a green that has lost its traffic does not get it
// back because nothing fails there any more. Sources: Route 53 API reference,
// AlarmIdentifier; Route 53 Developer Guide, "Monitoring a CloudWatch alarm".

// verdictAlarm rings from the minute in which a tick finds green unfit. It waits
// for the morning: users are on blue then. Nor is the service unwell by it, since
// it rings until the next cutover begins and would hide every other alarm there.
func verdictAlarm(project, stage string) Alarm {
	return Alarm{
		ID: verdictID, Severity: Warning,
		Title: "The last tick of the rollout found green unfit for traffic", Means: "DNS sends everybody to blue.",
		Series: []Series{{ID: "m", Namespace: VerdictNamespace, Metric: VerdictMetric, Dimensions: VerdictDimensions(project, stage), Stat: "Minimum"}},
		Unit:   State, Below: true, Threshold: 1, Period: 60, Datapoints: 1, OutOf: 1, Missing: Unknown,
	}
}

// errorsAlarm judges the share of 5xx, for both kinds of APIs by the average of
// the metric, which has a 0 or a 1 for each request. A count would depend on how
// much traffic green has: at a tenth of it, nothing may be left of a threshold
// that fits the whole. Sources: API Gateway Developer Guide, metrics and
// dimensions, 5XXError; CloudWatch User Guide, "Recommended alarms", API Gateway,
// 5xx by ApiId and Stage: an average above 0.05 is more than 5% of the requests.
//
// Route 53's own checkers ask green for its health too, some 30 or 90 requests a
// minute: few users alone do not make a share, and they thin out real errors.
func errorsAlarm(api API, f Failover) Alarm {
	metric := "5XXError"
	if api.Type == apiHTTP {
		metric = "5xx"
	}
	return Alarm{
		ID: errorsID, Severity: Critical,
		Title: fmt.Sprintf("More than %s of green's requests are answered with 5xx, %d min on end", f.Errors, f.Minutes), Means: "DNS sends everybody to blue while it lasts.",
		Series: []Series{api.series("m", metric, "Average")}, Unit: Share, Threshold: f.Errors.Fraction(),
		Period: 60, Datapoints: f.Minutes, OutOf: f.Minutes, Missing: Unknown,
	}
}

// failoverNotes say what DNS cannot see.
func (p Plan) failoverNotes() []string {
	if p.Failover == nil || p.green() != nil {
		return nil
	}
	return []string{fmt.Sprintf("There is no alarm %s, without which traffic-shift cannot prepare a cutover: %d APIs are known, and nobody says which is green's. Set traffic.green.api.", ErrorsAlarm(p.Project, p.Inventory.Stage), len(p.Inventory.APIs))}
}

// Living says whether what the alarm watches has data as long as it exists. The
// two of green's health check say nothing without data, and have none while green
// has no traffic.
func (a Alarm) Living() bool { return a.Missing == Unknown && a.ID != verdictID && a.ID != errorsID }
