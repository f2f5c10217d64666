package monitoring

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
)

// Severity says how soon somebody must look.
type Severity string

// The severities: critical wakes somebody, a warning waits for the morning.
const (
	Critical Severity = "CRITICAL"
	Warning  Severity = "WARNING"
)

// Unit is what a threshold is counted in: that of the metric, or of the
// expression over metrics.
type Unit string

// The units in use. An API's errors are a share from 0 to 1 when a REST API
// tells them itself, and a percentage when they are reckoned here.
const (
	Percent      Unit = "%"
	Share        Unit = "share"
	Count        Unit = "count"
	Milliseconds Unit = "ms"
	Bytes        Unit = "bytes"
	State        Unit = "0 or 1"
)

// Missing says what a point without data means. Every alarm says it: the
// default differs from what most people expect.
type Missing string

// What missing data may mean.
const (
	// Quiet is for figures that exist only when something happens.
	Quiet Missing = "notBreaching"
	// Unknown is for figures that a living resource always has: their absence is
	// neither good nor bad, and shows as insufficient data.
	Unknown Missing = "missing"
)

// Series is one metric with how its values become points. ID is its name in
// the expression.
type Series struct {
	ID         string
	Namespace  string
	Metric     string
	Dimensions []cfn.Dimension
	Stat       string
}

// Alarm is one alarm. ID names its kind and its runbook; Subject is what it
// watches, where there are several of a kind.
type Alarm struct {
	ID, Subject string
	Severity    Severity
	// Title says what has happened, Means what follows from it.
	Title, Means string
	Series       []Series
	// Expression is metric math over the series; without it there is one series.
	Expression string
	Unit       Unit
	Below      bool
	Threshold  float64
	// Of the last OutOf points, each of Period seconds, Datapoints must be
	// beyond the threshold.
	Period, Datapoints, OutOf int
	Missing                   Missing
}

// percentile says whether the alarm judges one, which few samples distort.
func (a Alarm) percentile() bool {
	return slices.ContainsFunc(a.Series, func(s Series) bool { return strings.HasPrefix(s.Stat, "p") })
}

// Catalogue is every alarm for what is known of a stage, in the order in which
// they are read. own is the namespace of the stage's own metrics.
func Catalogue(i Inventory, own string) []Alarm {
	all := lambdaAlarms(i.Functions)
	all = append(all, coldStarts(own))
	for _, api := range i.APIs {
		subject := ""
		if len(i.APIs) > 1 {
			subject = api.subject()
		}
		all = append(all, apiErrors(api, subject), apiLatency(api, subject))
	}
	if i.RDS != nil {
		all = append(all, databaseAlarms(*i.RDS)...)
	}
	if i.Redis != nil {
		for _, id := range i.Redis.IDs {
			all = append(all, evictions(*i.Redis, id))
		}
	}
	if i.OpenSearch != nil {
		all = append(all, clusterRed(*i.OpenSearch))
	}
	return sorted(all)
}

func sorted(all []Alarm) []Alarm {
	slices.SortStableFunc(all, func(a, b Alarm) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Subject, b.Subject)) })
	return all
}

// Kinds are the ids of all alarms there can be, each with its runbook. The
// composite alarm is one of them.
func Kinds() []string {
	everything := Inventory{
		Functions: []Function{{Name: "f", TimeoutSeconds: 1}}, APIs: []API{{Type: apiHTTP, Name: "a"}}, RDS: &RDS{Instance: "i", Proxy: "p", StorageGB: 1},
		Redis: &Redis{Kind: redisNode, IDs: []string{"r"}}, OpenSearch: &OpenSearch{Domain: "d"},
	}
	ids := []string{unwellID}
	for _, a := range (Plan{Inventory: everything, Failover: &Failover{}}).Alarms() {
		ids = append(ids, a.ID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// unwellID is the alarm that is about other alarms.
const unwellID = "unwell"

const gib = 1 << 30
