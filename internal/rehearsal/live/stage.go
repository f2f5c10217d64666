package live

import (
	"net/http"
	"time"

	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

// stage is what stands at AWS before the cutover: the record, blue's fleet,
// green's function, the two alarms that green's health check watches.
func (w *World) stage() {
	c := w.Cloud
	c.Time(w.Clock.Now)
	c.PageRoute53(100)
	c.Bucket(bucket)
	c.SetZone(zone, "lego.example.com", false)
	var sets []cloud.RecordSet
	for _, kind := range []string{"A", "AAAA"} {
		sets = append(sets, cloud.RecordSet{Name: record, Type: kind, AliasTarget: &cloud.AliasTarget{HostedZoneID: "Z35SXDOTRQ7X7K", DNSName: "dualstack." + blueHost, EvaluateTargetHealth: true}})
	}
	c.SetRecords(zone, sets...)
	c.ProbeEndpoints(prober(w.sides[Green]))
	c.SetECS(cloud.ECSService{Cluster: "lego-api", Name: "lego-api", Desired: 2, Running: 2})
	c.SetScaling("lego-api", "lego-api", &cloud.Scalable{Min: 1, Max: 10})
	const function = "lego-api-production-api"
	c.Function(function, cloud.Lambda{MemoryMB: 512, TimeoutSeconds: 29})
	c.Tag("arn:aws:lambda:us-east-1:"+cloud.Account+":function:"+function, map[string]string{"sst:app": "lego-api", "sst:stage": "production"})
	// As the monitoring stack makes them: without data they say nothing.
	c.SetAlarm(monitoring.VerdictAlarm("LEGO-API", "production"), cloud.Stream{
		Namespace: monitoring.VerdictNamespace, Metric: monitoring.VerdictMetric, Dimensions: map[string]string{"Project": "LEGO-API", "Stage": "production"},
		Statistic: "Minimum", Period: time.Minute, Periods: 1, Operator: "LessThanThreshold", Threshold: 1,
	})
	c.SetAlarm(monitoring.ErrorsAlarm("LEGO-API", "production"), cloud.Stream{
		Namespace: gateways, Metric: "5xx", Dimensions: gateway,
		Statistic: "Average", Period: time.Minute, Periods: failoverMinutes, Operator: "GreaterThanThreshold", Threshold: 0.1,
	})
}

// checkers is how many of AWS's checkers ask an endpoint, and enough the share of
// them, in percent, above which it is healthy; source: Route 53 Developer Guide,
// "How Route 53 determines whether a health check is healthy".
const (
	checkers = 15
	enough   = 18
)

// prober asks green's real server as often as Route 53's checkers do: what they
// send stands in green's own figures.
func prober(base string) func(host, path string) bool {
	client := &http.Client{Timeout: 2 * time.Second}
	return func(_, path string) bool {
		well := 0
		for range checkers {
			answer, err := client.Get(base + path)
			if err == nil && answer.Body.Close() == nil && answer.StatusCode < 400 {
				well++
			}
		}
		return 100*well > enough*checkers
	}
}

// ControlPlane takes Route 53's control plane away: no record changes any more,
// while DNS answers and health checks go on. Source: Route 53 Developer Guide,
// "Resilience in Amazon Route 53": the two planes fail apart.
func (w *World) ControlPlane(works bool) {
	if works {
		w.Cloud.FailRoute53(nil)
		return
	}
	w.Cloud.FailRoute53(func(_ int, call string) (int, string, string) {
		if call == "ChangeResourceRecordSets" {
			return http.StatusServiceUnavailable, "ServiceUnavailable", "the control plane is down"
		}
		return 0, "", ""
	})
}

// SwapChecks gives each side the other one's health check: a mistake that must
// show.
func (w *World) SwapChecks() {
	sets := w.Cloud.Records(zone)
	for i := range sets {
		for j := range sets[:i] {
			if sets[i].Name == sets[j].Name && sets[i].Type == sets[j].Type && sets[i].Weight != nil {
				sets[i].HealthCheckID, sets[j].HealthCheckID = sets[j].HealthCheckID, sets[i].HealthCheckID
			}
		}
	}
	w.Cloud.SetRecords(zone, sets...)
}
