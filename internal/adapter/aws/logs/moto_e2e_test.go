//go:build e2e

package logs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/recommend"
	"github.com/cutover-dev/cutover/internal/mototest"
	"github.com/cutover-dev/cutover/internal/unit"
)

const makeGroup = `
import boto3, os, time
c = boto3.client("logs", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
c.create_log_group(logGroupName="/aws/lambda/api")
c.put_retention_policy(logGroupName="/aws/lambda/api", retentionInDays=30)
c.create_log_stream(logGroupName="/aws/lambda/api", logStreamName="s")
c.put_log_events(logGroupName="/aws/lambda/api", logStreamName="s", logEvents=[{"timestamp": int(time.time() * 1000) - 60000, "message": "REPORT RequestId: 1\tDuration: 14.97 ms\tBilled Duration: 15 ms\tMemory Size: 128 MB\tMax Memory Used: 67 MB\t"}])
`

// The group is read from a CloudWatch Logs that was not written here. moto takes
// the query and answers lines rather than statistics: that is no answer, and not a
// function that never ran.
func TestE2EMotoLogs(t *testing.T) {
	mototest.Start(t).Python(makeGroup)
	g := open(t)
	kept, unread := g.Kept(t.Context(), []string{"/aws/lambda/api"})
	if len(kept) != 1 || kept[0].Days != 30 || kept[0].Stored == 0 || len(unread) != 0 {
		t.Errorf("%+v %v", kept, unread)
	}
	now := time.Now()
	runs, _, unread := g.Reports(t.Context(), map[string]recommend.LogGroup{"api": {Name: "/aws/lambda/api", Stored: 100}}, now.Add(-time.Hour), now.Add(time.Minute), unit.Dollar, quiet)
	if len(runs) != 0 || len(unread) != 1 || !strings.Contains(unread[0].Why, "Logs Insights has answered") {
		t.Errorf("%+v %v", runs, unread)
	}
}
