package cloudformation_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/change"
)

func TestDrift(t *testing.T) {
	w := start(t)
	w.must(ours(t), change.Created)
	r, err := change.Drift(t.Context(), w.ports, name)
	if err != nil || r.Verdict != "pass" || r.Status != "IN_SYNC" || r.Checked < 10 || len(r.Drifted) != 0 || len(r.Unchecked) == 0 {
		t.Fatalf("%v %+v", err, r)
	}
	for _, u := range r.Unchecked {
		if u.Type == "AWS::CloudWatch::Alarm" || u.Type == "AWS::SNS::Topic" {
			t.Errorf("not checked: %+v", u)
		}
	}
	if !w.Drift(name, "LambdaErrors", "Threshold", 500.0) && !w.Drift(name, alarm(w), "Threshold", 500.0) {
		t.Fatal("nothing was changed")
	}
	if !w.Drift(name, "Alerts", "", nil) {
		t.Fatal("the topic was not taken away")
	}
	r, err = change.Drift(t.Context(), w.ports, name)
	if err != nil || r.Verdict != "fail" || len(r.Drifted) != 2 || r.Status != "DRIFTED" {
		t.Fatalf("%v %+v", err, r)
	}
	byStatus := map[string]change.Drifted{}
	for _, d := range r.Drifted {
		byStatus[d.Status] = d
	}
	if d := byStatus["MODIFIED"].Differences; len(d) != 1 || d[0].Path != "/Threshold" || d[0].Actual != "500" || d[0].Expected == "500" || byStatus["DELETED"].ID != "Alerts" {
		t.Errorf("%+v", byStatus)
	}
}

// alarm is some alarm of the real stage.
func alarm(w *world) string {
	rs, err := w.ports.Stacks.Resources(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range rs {
		if r.Type == "AWS::CloudWatch::Alarm" {
			return r.ID
		}
	}
	return ""
}

func TestDriftThatIsNotKnownNeverPasses(t *testing.T) {
	w := start(t)
	if r, err := change.Drift(t.Context(), w.ports, name); fault.KindOf(err) != fault.Input || r.Verdict == "pass" {
		t.Errorf("%v %+v", err, r)
	}
	w.must([]byte(small), change.Created)
	w.FailResource("Errors", "AccessDenied: cloudwatch:DescribeAlarms")
	r, err := change.Drift(t.Context(), w.ports, name)
	if err != nil || r.Verdict != "inconclusive" || len(r.Unknown) != 1 || r.Unknown[0].Reason == "" {
		t.Errorf("%v %+v", err, r)
	}
	// A drift outweighs what is not known.
	w.Drift(name, "Slow", "Period", 300.0)
	if r, err := change.Drift(t.Context(), w.ports, name); err != nil || r.Verdict != "fail" {
		t.Errorf("%v %+v", err, r)
	}
}

func TestDriftOfWhatIsNeverCompared(t *testing.T) {
	w := start(t)
	w.must([]byte(`{"Resources": {"M": {"Type": "AWS::CE::AnomalyMonitor", "Properties": {"MonitorName": "m", "MonitorType": "CUSTOM"}}}}`), change.Created)
	r, err := change.Drift(t.Context(), w.ports, name)
	if err != nil || r.Verdict != "inconclusive" || len(r.Unchecked) != 1 {
		t.Errorf("%v %+v", err, r)
	}
}

// Somebody else looks already: theirs is waited for.
func TestDriftWhileSomebodyLooks(t *testing.T) {
	w := start(t)
	w.must([]byte(small), change.Created)
	id, err := w.ports.Stacks.Detect(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	w.clock.waited = func() {
		if n++; n > 2 {
			_, _ = w.ports.Stacks.Detection(t.Context(), id)
		}
	}
	if r, err := change.Drift(t.Context(), w.ports, name); err != nil || r.Verdict != "pass" || n < 3 {
		t.Errorf("after %d: %v %+v", n, err, r)
	}
}

func TestDestroy(t *testing.T) {
	w := start(t)
	w.must([]byte(small), change.Created)
	for _, confirm := range []string{"", "yes", name + "x"} {
		if _, err := change.Destroy(t.Context(), w.ports, change.Request{Stack: name, Confirm: confirm}); fault.KindOf(err) != fault.Refused || !w.StackProtected(name) {
			t.Errorf("%q: %v", confirm, err)
		}
	}
	w.FailRemoval("Alerts", "User: x is not authorized to perform: sns:DeleteTopic on resource: y")
	out, err := change.Destroy(t.Context(), w.ports, change.Request{Stack: name, Confirm: name})
	if err == nil || out.Cause == nil || out.Cause.Logical != "Alerts" || !strings.Contains(err.Error(), "sns:DeleteTopic") || out.Status != "DELETE_FAILED" {
		t.Fatalf("%v %+v", err, out)
	}
	// What failed the last time is not the cause of this time.
	w.FailRemoval("Alerts", "")
	w.FailRemoval("Key", "LimitExceeded")
	if out, err = change.Destroy(t.Context(), w.ports, change.Request{Stack: name, Confirm: name}); err == nil || out.Cause == nil || out.Cause.Logical != "Key" {
		t.Fatalf("%v %+v", err, out.Cause)
	}
	w.FailRemoval("Key", "")
	out, err = change.Destroy(t.Context(), w.ports, change.Request{Stack: name, Confirm: name})
	if err != nil || out.Result != change.Removed || out.Verdict != "pass" || w.StackStatus(name) != "" {
		t.Fatalf("%v %+v", err, out)
	}
	out, err = change.Destroy(t.Context(), w.ports, change.Request{Stack: name, Confirm: name})
	if err != nil || out.Result != change.Absent || out.Verdict != "pass" {
		t.Errorf("%v %+v", err, out)
	}
	w.must([]byte(small), change.Created)
}

func TestDestroySaysWhatStays(t *testing.T) {
	w := start(t)
	w.must([]byte(small), change.Created)
	out, err := change.Destroy(t.Context(), w.ports, change.Request{Stack: name, Confirm: name})
	all := strings.Join(out.Notes, "\n")
	if err != nil || !strings.Contains(all, "30 days") || !strings.Contains(all, "1 subscriptions") || !strings.Contains(all, "Log groups") {
		t.Errorf("%v: %s", err, all)
	}
}

func TestWhatMayNotBeDestroyedStaysProtected(t *testing.T) {
	w := start(t)
	w.must([]byte(small), change.Created)
	w.RefuseFormation(func(_ int, call string) (int, string, string) {
		if call == "DeleteStack" {
			return http.StatusForbidden, "AccessDenied", "no"
		}
		return 0, "", ""
	})
	_, err := change.Destroy(t.Context(), w.ports, change.Request{Stack: name, Confirm: name})
	if fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "cloudformation:DeleteStack") || !w.StackProtected(name) {
		t.Errorf("%v, protected %v", err, w.StackProtected(name))
	}
}

func TestDestroyWaitsForOthers(t *testing.T) {
	w := start(t)
	w.must([]byte(small), change.Created)
	w.SetStackStatus(name, "UPDATE_IN_PROGRESS", "somebody")
	if _, err := change.Destroy(t.Context(), w.ports, change.Request{Stack: name, Confirm: name}); fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), "somebody") {
		t.Errorf("%v", err)
	}
}
