package main

import (
	"maps"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/retire/estate"
)

const someTable = `{"version":1,"prices":[
{"region":"us-east-1","item":"alb.hour","unit":"hour","usd":"0.0225","date":"2026-11-01","source":"the page of load balancers"},
{"region":"us-east-1","item":"fargate.gb_hour.x86","unit":"GB-hour","usd":"0.004","date":"2026-11-23","source":"the page of Fargate"},
{"region":"us-east-1","item":"fargate.vcpu_hour.x86","unit":"vCPU-hour","usd":"0.04","date":"2026-11-23","source":"the page of Fargate"},
{"region":"us-east-1","item":"fargate.gb_hour.arm","unit":"GB-hour","usd":"0.003","date":"2026-11-23","source":"the page of Fargate"},
{"region":"us-east-1","item":"fargate.vcpu_hour.arm","unit":"vCPU-hour","usd":"0.03","date":"2026-11-23","source":"the page of Fargate"},
{"region":"us-east-1","item":"ipv4.hour","unit":"hour","usd":"0.005","date":"2026-11-23","source":"the page of addresses"},
{"region":"us-east-1","item":"logs.kept.gb_month","unit":"GB-month","usd":"0.03","date":"2026-11-23","source":"the page of logs"},
{"region":"eu-central-1","item":"alb.hour","unit":"hour","usd":"0.027","date":"2026-11-23","source":"the page of load balancers"}]}`

// Each thing's price a month, 730 hours, by hand; what is not known has none, and
// is not $0.
func TestPriced(t *testing.T) {
	table, err := price.Parse("table", []byte(someTable))
	if err != nil {
		t.Fatal(err)
	}
	runs := map[string]string{estate.Desired: "3", "launch": "FARGATE"}
	with := func(all map[string]string, more ...string) map[string]string {
		all = maps.Clone(all)
		for i := 0; i < len(more); i += 2 {
			all[more[i]] = more[i+1]
		}
		return all
	}
	task := map[string]string{"cpu": "512", "memory": "1024"}
	front := map[string]string{"type": "application", "scheme": "internal", "zones": "2"}
	for name, x := range map[string]struct {
		region      string
		kind        estate.Kind
		facts, task map[string]string
		want        string
	}{
		// 3 × 730 h × (0.5 × $0.04 + 1 × $0.004)
		"three tasks":                                 {"", estate.Service, runs, task, "$52.56"},
		"on ARM":                                      {"", estate.Service, runs, with(task, "architecture", "ARM64"), "$39.42"},
		"with an address each":                        {"", estate.Service, with(runs, "public_addresses", "ENABLED"), task, "$63.51"},
		"addresses are not asked for":                 {"", estate.Service, with(runs, "public_addresses", "DISABLED"), task, "$52.56"},
		"none":                                        {"", estate.Service, with(runs, estate.Desired, "0"), task, "$0"},
		"by a strategy, Spot perhaps":                 {"", estate.Service, with(runs, "launch", ""), task, ""},
		"on hosts of their own":                       {"", estate.Service, with(runs, "launch", "EC2"), task, ""},
		"on Windows":                                  {"", estate.Service, runs, with(task, "system", "WINDOWS_SERVER_2022_CORE"), ""},
		"with a larger disk":                          {"", estate.Service, runs, with(task, "storage", "100"), ""},
		"nobody knows the definition":                 {"", estate.Service, runs, nil, ""},
		"nobody knows its size":                       {"", estate.Service, runs, with(task, "cpu", ""), ""},
		"in a region without a price":                 {"eu-central-1", estate.Service, runs, task, ""},
		"a load balancer inside":                      {"", estate.LoadBalancer, front, nil, "$16.43"},
		"one that faces the internet":                 {"", estate.LoadBalancer, with(front, "scheme", "internet-facing"), nil, "$23.73"},
		"one whose zones nobody knows":                {"", estate.LoadBalancer, with(front, "scheme", "internet-facing", "zones", "0"), nil, ""},
		"one of the network":                          {"", estate.LoadBalancer, with(front, "type", "network"), nil, ""},
		"one of which a part is priced in its region": {"eu-central-1", estate.LoadBalancer, with(front, "scheme", "internet-facing"), nil, ""},
		"a log group":                                 {"", estate.LogGroup, map[string]string{"stored_bytes": "107374182400"}, nil, "$3"},
		"a log group of nobody knows what":            {"", estate.LogGroup, nil, nil, ""},
		"a cluster":                                   {"", estate.Cluster, nil, nil, "$0"},
		"an alarm":                                    {"", estate.Alarm, nil, nil, ""},
		"a health check":                              {"", estate.HealthCheck, nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := estate.World{Region: "us-east-1", Items: []estate.Item{{ARN: "a", Kind: x.kind, Facts: x.facts}}, Links: []estate.Link{{From: "a", To: "d", How: "runs"}}}
			if x.region != "" {
				w.Region = x.region
			}
			if x.task != nil {
				w.Items = append(w.Items, estate.Item{ARN: "d", Kind: estate.Definition, Facts: x.task})
			}
			before := w.Items[0]
			after := priced(w, table)
			got := ""
			if m := after.Items[0].Monthly; m != nil {
				got = m.String()
			}
			if got != x.want {
				t.Errorf("%q, and not %q", got, x.want)
			}
			if w.Items[0].Monthly != before.Monthly {
				t.Error("the world that was given was changed")
			}
			if none := strings.Contains(after.Prices, "none that is needed"); none != (x.want == "" || x.kind == estate.Cluster) {
				t.Errorf("%q", after.Prices)
			}
		})
	}
}

// The prices' source and dates are told.
func TestPricesSayWhereTheyAreFrom(t *testing.T) {
	table, err := price.Parse("table", []byte(someTable))
	if err != nil {
		t.Fatal(err)
	}
	w := priced(estate.World{Region: "us-east-1", Items: []estate.Item{{ARN: "a", Kind: estate.LoadBalancer, Facts: map[string]string{"type": "application", "scheme": "internet-facing", "zones": "1"}}}}, table)
	if want := "list prices of us-east-1, seen 2026-11-01 to 2026-11-23 (the page of addresses, the page of load balancers)"; !strings.HasPrefix(w.Prices, want) {
		t.Errorf("%q", w.Prices)
	}
}
