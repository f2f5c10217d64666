//go:build e2e

package audit_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/lambda"
	"github.com/cutover-dev/cutover/internal/adapter/aws/logs"
	"github.com/cutover-dev/cutover/internal/adapter/aws/rds"
	"github.com/cutover-dev/cutover/internal/adapter/aws/sns"
	"github.com/cutover-dev/cutover/internal/monitoring/discover"
)

// moto starts moto, which is AWS by others' hands, on loopback.
func moto(t *testing.T) (python, address string) {
	t.Helper()
	if python = os.Getenv("CUTOVER_PYTHON"); python == "" {
		python = "../../../.cache/moto/bin/python"
	}
	python, err := filepath.Abs(python)
	if err == nil {
		err = exec.Command(python, "-c", "import moto").Run()
	}
	if err != nil {
		t.Fatalf("%s has no moto: run make test, or set CUTOVER_PYTHON (%v)", python, err)
	}
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
	address = "http://127.0.0.1:" + port
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/moto-api/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := http.DefaultClient.Do(r); err == nil {
			_ = answer.Body.Close()
			return python, address
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("moto did not begin to listen:\n%s", &said)
	return "", ""
}

// setUp makes things by AWS's own client for Python, and prints the topic.
const setUp = `
import boto3, io, os, zipfile
client = lambda name: boto3.client(name, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
b = io.BytesIO()
with zipfile.ZipFile(b, "w") as z:
    z.writestr("index.py", "x")
role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
client("lambda").create_function(FunctionName="api", Runtime="python3.12", Role=role, Handler="i.h", Architectures=["arm64"], MemorySize=512, Timeout=20, Code={"ZipFile": b.getvalue()}, TracingConfig={"Mode": "Active"})
for name, engine in [("lego-db", "postgres"), ("other", "mysql")]:
    client("rds").create_db_instance(DBInstanceIdentifier=name, DBInstanceClass="db.t4g.small", Engine=engine, AllocatedStorage=50, MasterUsername="u", MasterUserPassword="longenough")
logs = client("logs")
for group, days in [("/aws/lambda/api-more", 1), ("/aws/lambda/api", 30)]:
    logs.create_log_group(logGroupName=group)
    logs.put_retention_policy(logGroupName=group, retentionInDays=days)
logs.create_log_group(logGroupName="/app/ever")
sns = client("sns")
topic = sns.create_topic(Name="alerts")["TopicArn"]
for n in range(101):
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="box%d@lego.example.com" % n)
print(topic)
`

// What the adapters send and read is understood by an AWS that was not written
// here. moto 5.2.1 answers CloudWatch in no protocol that the SDK for Go speaks
// now, has no cost-allocation tags, and its API Gateway and Tagging need
// more than is installed here: alarms, metrics, mute rules, tags and costs are
// shown by the strict cloud alone. Every mailbox has confirmed there at once, and
// no function tells how it logs.
func TestE2EMotoIsUnderstood(t *testing.T) {
	python, address := moto(t)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": address, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"} {
		t.Setenv(name, value)
	}
	out, err := exec.Command(python, "-c", setUp).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Fields(string(out))
	functions, e1 := lambda.Open(t.Context(), "", "")
	databases, e2 := rds.Open(t.Context(), "")
	groups, e3 := logs.Open(t.Context(), "")
	topics, e4 := sns.Open(t.Context(), "")
	for _, err := range []error{e1, e2, e3, e4} {
		if err != nil {
			t.Fatal(err)
		}
	}
	f, err := functions.Configuration(t.Context(), "api")
	if want := (discover.Function{MemoryMB: 512, TimeoutSeconds: 20, Architecture: "arm64", Tracing: "Active"}); err != nil || f != want {
		t.Errorf("%v, %+v", err, f)
	}
	if _, err := functions.Configuration(t.Context(), "none"); !errors.Is(err, discover.ErrGone) {
		t.Error(err)
	}
	d, err := databases.Instance(t.Context(), "lego-db")
	if err != nil || d != (discover.Database{Engine: "postgres", StorageGB: 50}) {
		t.Errorf("%v, %+v", err, d)
	}
	if _, err := databases.Instance(t.Context(), "none"); !errors.Is(err, discover.ErrGone) {
		t.Error(err)
	}
	if p, err := databases.Proxies(t.Context()); err != nil || len(p) != 0 {
		t.Errorf("%v, %v", err, p)
	}
	for group, want := range map[string]int{"/aws/lambda/api": 30, "/aws/lambda/api-more": 1, "/app/ever": 0, "/app": -1} {
		if days, ok, err := groups.Retention(t.Context(), group); err != nil || ok != (want >= 0) || ok && days != want {
			t.Errorf("%s: %d, %v, %v", group, days, ok, err)
		}
	}
	boxes, err := topics.Subscriptions(t.Context(), lines[len(lines)-1])
	if err != nil || len(boxes) != 101 || !boxes[0].Confirmed || boxes[0].Protocol != "email" {
		t.Errorf("%v, %d subscriptions, %+v", err, len(boxes), boxes[:min(len(boxes), 1)])
	}
}
