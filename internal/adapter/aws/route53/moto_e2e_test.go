//go:build e2e

package route53_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/route53"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
)

// python is the Python in which moto is installed.
func python(t *testing.T) string {
	t.Helper()
	path := os.Getenv("CUTOVER_PYTHON")
	if path == "" {
		path = "../../../../.cache/moto/bin/python"
	}
	path, err := filepath.Abs(path)
	if err == nil {
		err = exec.Command(path, "-c", "import moto").Run()
	}
	if err != nil {
		t.Fatalf("%s has no moto: run make test, or set CUTOVER_PYTHON (%v)", path, err)
	}
	return path
}

// moto starts moto, which is AWS by others' hands, on loopback.
func moto(t *testing.T, python string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	_ = listener.Close()
	var said bytes.Buffer
	cmd := exec.Command(python, "-m", "moto.server", "-H", "127.0.0.1", "-p", port)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	address := "http://127.0.0.1:" + port
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/moto-api/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := http.DefaultClient.Do(r); err == nil {
			_ = answer.Body.Close()
			return address
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("moto did not begin to listen:\n%s", &said)
	return ""
}

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
	interpreter := python(t)
	credentials(t, moto(t, interpreter))
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.Command(interpreter, append([]string{"-c"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
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
