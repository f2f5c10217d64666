//go:build e2e

package audit_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/lambda"
	"github.com/cutover-dev/cutover/internal/adapter/aws/logs"
	"github.com/cutover-dev/cutover/internal/adapter/aws/rds"
	"github.com/cutover-dev/cutover/internal/adapter/aws/sns"
	"github.com/cutover-dev/cutover/internal/monitoring/discover"
	"github.com/cutover-dev/cutover/internal/mototest"
)

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
	lines := strings.Fields(mototest.Start(t).Python(setUp))
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
