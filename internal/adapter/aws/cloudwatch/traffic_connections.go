package cloudwatch

import (
	"context"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout/preflight"
)

// Connections are the most that the proxy has held in the last days and the
// fewest that it was allowed, in whole minutes: its metrics are per node, and
// only their sum over a minute is that of all. Source: RDS User Guide, "Monitoring
// RDS Proxy metrics with Amazon CloudWatch".
func (t *Traffic) Connections(ctx context.Context, days int, now time.Time) (preflight.Connections, error) {
	if t.sides.Proxy == "" {
		return preflight.Connections{}, &fault.Fault{
			Kind: fault.Refused, Name: "datastores.rds.proxy", What: "is not set, and a database alone tells nobody how many connections it allows",
			Next: "Name the RDS Proxy, or accept connections/unseen-database with a reason.",
		}
	}
	of := func(id, metric string) Query {
		return Query{id, "AWS/RDS", metric, "Sum", []Dimension{{"ProxyName", t.sides.Proxy}}}
	}
	used, allowed := of("used", "DatabaseConnections"), of("allowed", "MaxDatabaseConnectionsAllowed")
	first, end := span(now.Add(-time.Duration(min(days, keptDays))*24*time.Hour), now)
	p, err := t.read(ctx, []Query{used, allowed}, first, end, minutely)
	if err != nil {
		return preflight.Connections{}, err
	}
	if len(p["used"]) == 0 || len(p["allowed"]) == 0 {
		return preflight.Connections{}, &fault.Fault{
			Kind: fault.Outside, Name: used.Subject(), What: "has no figure of the last days, or none of what is allowed", Next: "Look whether datastores.rds.proxy names the proxy that both sides use.",
		}
	}
	c := preflight.Connections{Peak: int(whole(p.most("used"))), Proxied: true}
	for _, v := range p["allowed"] {
		if n := int(whole(v)); c.Allowed == 0 || n < c.Allowed {
			c.Allowed = n
		}
	}
	return c, nil
}
