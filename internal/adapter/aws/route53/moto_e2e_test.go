//go:build e2e

package route53_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/route53"
	"github.com/cutover-dev/cutover/internal/mototest"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
)

// setUp makes a zone with the simple record, and prints the zone's ID.
const setUp = `
import boto3, os
c = boto3.client("route53", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
zone = c.create_hosted_zone(Name="example.com", CallerReference="r")["HostedZone"]["Id"].split("/")[-1]
alias = dict(HostedZoneId="Z35SXDOTRQ7X7K", DNSName="dualstack.api-1.us-east-1.elb.amazonaws.com.", EvaluateTargetHealth=True)
c.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=dict(Changes=[
    dict(Action="CREATE", ResourceRecordSet=dict(Name="api.example.com.", Type=kind, AliasTarget=alias)) for kind in ("A", "AAAA")]))
print(zone)
`

// shown prints what stands, as another client reads it.
const shown = `
import boto3, os, sys
c = boto3.client("route53", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
checks = {h["Id"]: h["HealthCheckConfig"]["Type"] for h in c.list_health_checks()["HealthChecks"]}
for s in c.list_resource_record_sets(HostedZoneId=sys.argv[1])["ResourceRecordSets"]:
    if s["Name"] == "api.example.com.":
        print(s["Type"], s.get("SetIdentifier"), s.get("Weight"), s["AliasTarget"]["DNSName"].rstrip("."), checks.get(s.get("HealthCheckId")))
`

// What the adapter sends and reads is understood by a Route 53 that was not
// written here: the batch, the paths, the health checks, GetChange. moto accepts
// a simple record beside weighted ones, a deletion that does not match and alarms
// that do not exist, makes a further check when a reference comes again, and is
// always INSYNC: what is refused, repeated or late is shown by the strict cloud
// alone.
func TestE2EMotoMovesTheRecord(t *testing.T) {
	run := mototest.Start(t).Python
	r := record()
	r.Zone = run(setUp)
	var legs []string
	z, err := route53.Open(t.Context(), r, route53.Options{Pace: time.Nanosecond, Poll: time.Millisecond, Progress: func(what string, _ time.Duration) { legs = append(legs, what) }})
	if err != nil {
		t.Fatal(err)
	}
	keep := func(context.Context, []byte) error { return nil }
	if _, err := prepare.Apply(t.Context(), z, nobody, r, wanted().Checks(), keep); err != nil {
		t.Fatal(err)
	}
	if err := z.Shift(t.Context(), split(1, 9)); err != nil {
		t.Fatal(err)
	}
	if got, err := z.Weights(t.Context()); err != nil || got != split(1, 9) {
		t.Errorf("%v, %v", got, err)
	}
	want := strings.Join([]string{
		"A lego-blue 9 dualstack." + blueName + " CALCULATED", "A lego-green 1 " + greenName + " CALCULATED",
		"AAAA lego-blue 9 dualstack." + blueName + " CALCULATED", "AAAA lego-green 1 " + greenName + " CALCULATED",
	}, "\n")
	if got := run(shown, r.Zone); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if told := strings.Join(legs, " "); told != "accepted INSYNC accepted INSYNC" {
		t.Errorf("%s", told)
	}
}
