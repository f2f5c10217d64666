package recommend

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/cost/price"
)

// gateway looks at a NAT gateway: one through which nothing goes, and one that
// carries what an endpoint would carry for nothing. Source: VPC User Guide, "Gateway
// endpoints".
func (a *advisor) gateway(g Gateway) {
	hour, ok := a.rate("NAT gateway "+g.ID, price.NATHour)
	if !ok {
		return
	}
	evidence := Evidence{Sample: int64(max(g.Hours, 0)), SampleOf: "hours", Source: "ec2 DescribeNatGateways and DescribeVpcEndpoints, cloudwatch BytesOutToDestination and BytesInFromDestination", Figures: []Figure{
		{"sent through it", size(g.Out)}, {"answered through it", size(g.In)}, {"gateway endpoints of its VPC", orNone(strings.Join(g.Endpoints, ", "))},
	}}
	if g.Out < 0 || g.In < 0 {
		a.open("NAT gateway "+g.ID, "what goes through it is not known", "Let the role read its metrics.")
		return
	}
	if g.Out == 0 && g.In == 0 {
		a.idle(g, hour, evidence)
		return
	}
	var missing []string
	for _, service := range []string{"s3", "dynamodb"} {
		if !slices.ContainsFunc(g.Endpoints, func(e string) bool { return e == service || strings.HasSuffix(e, "."+service) }) {
			missing = append(missing, service)
		}
	}
	gigabyte, ok := a.rate("data through NAT gateway "+g.ID, price.NATGB)
	if !ok || len(missing) == 0 {
		return
	}
	data := a.aYear(times(gigabyte, gbs(g.Out+g.In)))
	var calls []string
	for _, service := range missing {
		calls = append(calls, command("aws ec2 create-vpc-endpoint", `--vpc-id="$vpc"`, "--vpc-endpoint-type=Gateway", option("service-name", "com.amazonaws."+a.Region+"."+service), "--route-table-ids $tables"))
	}
	find := []string{
		command("vpc=$(aws ec2 describe-nat-gateways", option("nat-gateway-ids", g.ID), option("query", "NatGateways[0].VpcId"), "--output=text) &&"),
		command("tables=$(aws ec2 describe-route-tables", option("filters", "Name=route.nat-gateway-id,Values="+g.ID), option("query", "RouteTables[].RouteTableId"), "--output=text) &&"),
	}
	a.add(Item{
		Kind: Endpoint, Thing: g.ID, group: "data through " + g.ID, Effort: "one call for each service", Reversible: true,
		Title:    fmt.Sprintf("Give the VPC of %s a gateway endpoint for %s", g.ID, strings.Join(missing, " and ")),
		Latency:  "None, or less: the way is shorter.",
		Risk:     "Connections to these services break off once while the routes change. How much of the data goes there is not known, so that the low end is nothing; VPC flow logs would tell.",
		Change:   Change{Text: strings.Join(append(find, strings.Join(calls, " &&\n")), "\n")},
		Evidence: evidence,
	}, floor(data), 0, floor(data))
}

// idle is a gateway through which nothing went for the whole of a long window.
func (a *advisor) idle(g Gateway, hour exact, evidence Evidence) {
	if a.hours() < reserveDays*24 || float64(g.Hours) < a.hours()*0.99 {
		a.open("NAT gateway "+g.ID, fmt.Sprintf("nothing went through it in %d hours, which is too short to take it away", max(g.Hours, 0)), fmt.Sprintf("Look at %d days or more.", reserveDays))
		return
	}
	cost := floor(times(hour, whole(yearHours)))
	a.add(Item{
		Kind: IdleGateway, Thing: g.ID, group: "gateway " + g.ID, Effort: "one deployment: the network of sst.config.ts without it, or one call", Reversible: true, Latency: "None.",
		Title:    "Take the NAT gateway " + g.ID + " away",
		Risk:     "What reaches the internet less often than once in the window cannot any more. Its public address costs extra until it is released.",
		Change:   Change{Text: command("aws ec2 delete-nat-gateway", option("nat-gateway-id", g.ID))},
		Evidence: evidence,
	}, cost, cost, cost)
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
