//go:build e2e

package rehearsal_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rehearsal"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

// Each stage's deployment is followed by what watches it, and the first one by a
// drill. Staging's traces are looked at before anything goes further.
//
// Shows: 5.1.5, 5.2.5, 5.2.6, 5.3.6
func TestE2EStagesAreWatched(t *testing.T) {
	t.Parallel()
	o := deploying(t, "one")
	o.Quiet, o.Watched = true, "first"
	first := rehearse(t, o)
	ended(t, first, map[string]loopback.Conclusion{"staging": loopback.Success, "watch-staging/watch": loopback.Success, "trace-staging": loopback.Success, "production": loopback.Success, "watch-production/watch": loopback.Success})
	for _, stage := range []string{"staging", "production"} {
		stack := "lego-api-" + stage + "-monitoring"
		if status := first.AWS.StackStatus(stack); status != "CREATE_COMPLETE" || !first.AWS.StackProtected(stack) {
			t.Errorf("%s is %s", stack, status)
		}
		rang := 0
		for _, call := range first.AWS.Calls() {
			if call.Action == "cloudwatch:SetAlarmState" && strings.Contains(call.Resource, "LEGO-API-"+stage+"-") {
				rang++
			}
		}
		if rang < 20 {
			t.Errorf("%s: the drill set %d states", stage, rang)
		}
		if outputs := step(t, first, "watch-"+stage+"/watch", "The stack").Outputs; !strings.Contains(outputs["dashboard-url"], "LEGO-API-Serverless-") {
			t.Errorf("%s: %v", stage, outputs)
		}
	}
	for _, a := range first.AWS.Alarms() {
		if a.State == "ALARM" {
			t.Errorf("%s was left ringing", a.Name)
		}
	}
	if rules := first.AWS.MuteRules(); len(rules) > 0 {
		t.Errorf("still muted by %v", rules)
	}

	heldByRole(t, first.AWS)

	traces := step(t, first, "trace-staging", "Traces")
	if traces.Outputs["verdict"] != "pass" || traces.Outputs["missing"] != "0" || !strings.Contains(traces.Summary, "mermaid") {
		t.Errorf("the traces: %v\n%s", traces.Outputs, traces.Summary)
	}
	if kept := first.AWS.In(rehearsal.ArchiveBucket, "cutover/trace/staging/map.json"); !strings.Contains(kept, "OpenSearch") {
		t.Errorf("the map that was kept: %s", kept)
	}
}

// heldByRole wants every call of the monitoring to be made by its own role, and
// the mutes by the one that deploys.
func heldByRole(t *testing.T, c *cloud.Cloud) {
	t.Helper()
	for _, call := range c.Calls() {
		monitor := strings.HasSuffix(call.Role, "-monitor") || call.Role == "cutover-monitor"
		if report := call.Role == "cutover-staging-report"; strings.HasPrefix(call.Action, "xray:") && call.Action != "xray:PutTraceSegments" && !report && !monitor {
			t.Errorf("%s calls %s", call.Role, call.Action)
		}
		if strings.HasPrefix(call.Action, "cloudformation:") && !monitor || strings.Contains(call.Action, "PutAlarmMuteRule") && monitor {
			t.Errorf("%s calls %s", call.Role, call.Action)
		}
	}
}
