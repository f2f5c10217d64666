package cloudformation_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/change"
)

// The stack of a real stage: made, made again, changed.
func TestDeployARealStage(t *testing.T) {
	w := start(t)
	out := w.must(ours(t), change.Created)
	if len(out.Events) < 40 || len(out.Proposed) < 10 || len(w.told) != len(out.Events) || !w.StackProtected(name) || !strings.HasPrefix(out.Outputs["AlertsTopic"], "arn:aws:sns:us-east-1:123456789012:") {
		t.Errorf("%d events, %d told, %v", len(out.Events), len(w.told), out.Outputs)
	}
	first, end := out.Events[0], out.Events[len(out.Events)-1]
	if first.Status != "CREATE_IN_PROGRESS" || end.Status != "CREATE_COMPLETE" || first.Logical != name || end.Logical != name {
		t.Errorf("from %+v to %+v", first, end)
	}
	seen := map[string]bool{}
	for i, e := range out.Events {
		if seen[e.ID] || i > 0 && e.Time.Before(out.Events[i-1].Time) || e != w.told[i] {
			t.Errorf("event %d: %+v", i, e)
		}
		seen[e.ID] = true
	}
	if tags := w.StackTags(name); len(tags) != 2 || tags["Environment"] != "production" {
		t.Errorf("tags %v", tags)
	}
	again := w.must(ours(t), change.Unchanged)
	if len(again.Events) != 0 || again.Outputs["AlertsTopic"] == "" || len(w.ChangeSets(name)) > 1 {
		t.Errorf("%+v, %v", again, w.ChangeSets(name))
	}
	before := ours(t)
	// A long template has no spaces.
	changed := regexp.MustCompile(`"EvaluationPeriods":( ?)([0-9])`).ReplaceAll(before, []byte(`"EvaluationPeriods":${1}1${2}`))
	if string(changed) == string(before) {
		t.Fatal("the template has no alarm to change")
	}
	if out := w.must(changed, change.Updated); strings.Contains(statuses(out.Events), "CREATE") || len(out.Events) < 5 {
		t.Errorf("events of another operation:\n%s", statuses(out.Events))
	}
	// Pages of events are turned only as far as they are new.
	pages, looks := 0, 0
	for _, c := range w.Calls() {
		switch c.Action {
		case "cloudformation:DescribeStackEvents":
			pages++
		case "cloudformation:DescribeStacks":
			looks++
		}
	}
	if pages > 3*looks {
		t.Errorf("%d pages of events in %d looks", pages, looks)
	}
	text, exists, err := change.Current(t.Context(), w.ports, name)
	if err != nil || !exists || string(text) != string(changed) {
		t.Errorf("%v %v: the template came back as %d bytes", exists, err, len(text))
	}
	if s, exists, err := change.Status(t.Context(), w.ports, name); err != nil || !exists || s.Status != "UPDATE_COMPLETE" {
		t.Errorf("%+v %v %v", s, exists, err)
	}
}

func TestBothTextsForNoChangesAreSuccess(t *testing.T) {
	w := start(t)
	w.must([]byte(small), change.Created)
	w.must([]byte(small), change.Unchanged)
	w.SayNoUpdates()
	w.must([]byte(small), change.Unchanged)
	if sets := w.ChangeSets(name); len(sets) > 1 {
		t.Errorf("left behind: %v", sets)
	}
}

// A change set that could not be made says why, and what is left of it hinders
// no later run.
func TestAChangeSetThatFails(t *testing.T) {
	for _, kept := range []bool{false, true} {
		w := start(t)
		w.FailChangeSets("The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation].")
		if kept {
			w.RefuseFormation(func(_ int, call string) (int, string, string) {
				if call == "DeleteChangeSet" {
					return http.StatusForbidden, "AccessDenied", "no"
				}
				return 0, "", ""
			})
		}
		out, err := w.deploy([]byte(small))
		if fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "EarlyValidation") || !strings.Contains(out.Next, "cfn-lint") || len(w.ChangeSets(name)) != map[bool]int{true: 1}[kept] {
			t.Errorf("%v %+v %v", err, out, w.ChangeSets(name))
		}
		w.FailChangeSets("")
		w.RefuseFormation(nil)
		w.must([]byte(small), change.Created)
	}
}

// twice is a CloudFormation to which another run of the same deployment speaks
// as well: what is proposed is there already.
type twice struct{ change.Stacks }

func (s twice) Propose(ctx context.Context, c change.ChangeSet) error {
	if err := s.Stacks.Propose(ctx, c); err != nil {
		return err
	}
	return change.ErrExists
}

func TestAChangeSetThatIsThereIsUsed(t *testing.T) {
	w := start(t)
	w.ports.Stacks = twice{w.ports.Stacks}
	w.must([]byte(small), change.Created)
}

// Other tags are a change, also when the template stays.
func TestTagsAlone(t *testing.T) {
	w := start(t)
	w.must([]byte(small), change.Created)
	out, err := change.Deploy(t.Context(), w.ports, change.Request{Stack: name, Template: []byte(small), Tags: map[string]string{"Project": "other"}})
	if err != nil || out.Result != change.Updated || w.StackTags(name)["Project"] != "other" {
		t.Errorf("%v %+v %v", err, out, w.StackTags(name))
	}
}

// Somebody executes a change set of their own between ours and its execution:
// ours is obsolete then, and is made anew.
func TestOvertaken(t *testing.T) {
	w := start(t)
	w.must([]byte(small), change.Created)
	overtaken := false
	w.clock.waited = func() {
		if sets := w.ChangeSets(name); !overtaken && len(sets) == 2 {
			overtaken = true
			other := with(`"Threshold": 3000`, `"Threshold": 3001`)
			if err := w.ports.Stacks.Propose(t.Context(), change.ChangeSet{Stack: name, Name: "theirs", Body: string(other)}); err != nil {
				t.Error(err)
			}
			for range 2 {
				_, _ = w.ports.Stacks.Proposal(t.Context(), name, "theirs")
			}
			if err := w.ports.Stacks.Execute(t.Context(), name, "theirs", "theirs"); err != nil {
				t.Error(err)
			}
		}
	}
	updated := with(`"Threshold": 5,`, `"Threshold": 6,`)
	out := w.must(updated, change.Updated)
	if text, _, _ := change.Current(t.Context(), w.ports, name); !overtaken || string(text) != string(updated) {
		t.Errorf("overtaken %v: %+v", overtaken, out)
	}
	for _, e := range w.told {
		if e.Token == "theirs" {
			t.Errorf("somebody else's event was told: %+v", e)
		}
	}
}

// The same content may come back after another.
func TestBackAndForth(t *testing.T) {
	w := start(t)
	w.must([]byte(small), change.Created)
	for range 2 {
		w.must(with(`"Threshold": 5,`, `"Threshold": 6,`), change.Updated)
		w.must([]byte(small), change.Updated)
	}
}

func TestAFailedCreationNamesItsFirstCauseAndCanBeRepeated(t *testing.T) {
	w := start(t)
	w.FailResource("Errors", `User: arn:aws:sts::123456789012:assumed-role/deploy/x is not authorized to perform: cloudwatch:PutMetricAlarm on resource: arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors`)
	out, err := w.deploy([]byte(small))
	if err == nil || fault.KindOf(err) != fault.Input || out.Verdict != "fail" || out.Result != change.RolledBack || out.Status != "ROLLBACK_COMPLETE" {
		t.Fatalf("%v: %+v", err, out)
	}
	if out.Cause == nil || out.Cause.Logical != "Errors" || !strings.Contains(out.Next, "cloudwatch:PutMetricAlarm") || !strings.Contains(err.Error(), "Errors") {
		t.Errorf("cause %+v, error %v", out.Cause, err)
	}
	if s := statuses(out.Events); !strings.Contains(s, "Slow CREATE_FAILED") || !strings.Contains(s, "Alerts DELETE_COMPLETE") {
		t.Errorf("the stand-in did not behave: %s", s)
	}
	w.FailResource("Errors", "")
	if out := w.must([]byte(small), change.Created); len(out.Notes) != 1 || !strings.Contains(out.Notes[0], "holds nothing") {
		t.Errorf("notes %q", out.Notes)
	}
}

func TestAFailedUpdateGoesBack(t *testing.T) {
	w := start(t)
	w.must([]byte(small), change.Created)
	_, before, _ := w.StackResource(name, "Errors")
	updated := with(`"Threshold": 5,`, `"Threshold": 7,`)
	updated = []byte(strings.Replace(string(updated), `"Threshold": 3000`, `"Threshold": 4000`, 1))
	w.FailResource("Slow", `Resource handler returned message: "Rate exceeded" (HandlerErrorCode: Throttling)`)
	out, err := w.deploy(updated)
	if err == nil || fault.KindOf(err) != fault.Outside || out.Status != "UPDATE_ROLLBACK_COMPLETE" || out.Cause.Logical != "Slow" {
		t.Fatalf("%v %+v", err, out)
	}
	if _, now, _ := w.StackResource(name, "Errors"); fmt.Sprint(now) != fmt.Sprint(before) {
		t.Errorf("%v, before %v", now, before)
	}
	w.FailResource("Slow", "")
	w.must(updated, change.Updated)
}

func TestReplacementIsRefusedUnderTheSameName(t *testing.T) {
	w := start(t)
	template := func(threshold int) []byte {
		return []byte(fmt.Sprintf(`{"Resources": {"B": {"Type": "AWS::Budgets::Budget", "Properties": {"Budget": {"BudgetName": "monthly", "BudgetType": "COST", "TimeUnit": "MONTHLY"},
			"NotificationsWithSubscribers": [{"Notification": {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": %d}, "Subscribers": []}]}}}}`, threshold))
	}
	w.must(template(80), change.Created)
	c, err := change.Diff(template(80), template(90))
	if err != nil || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "takes it away first") {
		t.Errorf("%v %v", c.Warnings, err)
	}
	out, err := w.deploy(template(90))
	if err == nil || out.Cause.Logical != "B" || out.Status != "UPDATE_ROLLBACK_COMPLETE" || !strings.Contains(err.Error(), "Remove the resource in one deployment") {
		t.Errorf("%v %+v", err, out)
	}
	if len(out.Proposed) != 1 || out.Proposed[0].Replacement != "True" {
		t.Errorf("%+v", out.Proposed)
	}
}

// A topic of another name is another topic, and what depends on it follows.
func TestReplacedTopicTakesItsSubscriptionsAlong(t *testing.T) {
	w := start(t)
	w.must([]byte(small), change.Created)
	updated := with(`"TopicName": "alerts"`, `"TopicName": "alarms"`)
	out := w.must(updated, change.Updated)
	c, err := change.Diff([]byte(small), updated)
	if err != nil {
		t.Fatal(err)
	}
	c = c.With(out.Proposed)
	all := strings.Join(c.Warnings, "\n")
	if !strings.Contains(all, "The topic Alerts (alarms) is replaced") || !strings.Contains(all, "The subscription Box may be replaced") || strings.Contains(all, "key") {
		t.Errorf("%s", all)
	}
	if !strings.HasSuffix(out.Outputs["Topic"], ":alarms") || !strings.Contains(out.Outputs["Here"], "us-east-1.x/${a}/arn:aws:kms") {
		t.Errorf("%v", out.Outputs)
	}
}

// A preview leaves nothing behind, and changes nothing.
func TestPreview(t *testing.T) {
	w := start(t)
	preview := func(template []byte) ([]change.Proposed, error) {
		return change.Preview(t.Context(), w.ports, change.Request{Stack: name, Template: template})
	}
	if p, err := preview([]byte(small)); err != nil || p != nil || w.StackStatus(name) != "" {
		t.Errorf("%v %v %s", p, err, w.StackStatus(name))
	}
	w.must2([]byte(small))
	sets := w.ChangeSets(name)
	p, err := preview(with(`"TopicName": "alerts"`, `"TopicName": "alarms"`))
	if err != nil || len(p) != 4 || p[0].ID != "Alerts" || p[0].Replacement != "True" || !slices.Contains(p[0].Because, "TopicName") {
		t.Errorf("%+v %v", p, err)
	}
	if p, err := preview([]byte(small)); err != nil || len(p) != 0 {
		t.Errorf("%+v %v", p, err)
	}
	if _, err := preview([]byte(`{"Resources": {}}`)); fault.KindOf(err) != fault.Input {
		t.Error(err)
	}
	if got := w.ChangeSets(name); !slices.Equal(got, sets) || w.StackStatus(name) != "CREATE_COMPLETE" {
		t.Errorf("%v, before %v", got, sets)
	}
	w.SetStackStatus(name, "UPDATE_IN_PROGRESS", "x")
	if p, err := preview(with("5", "6")); err != nil || p != nil {
		t.Errorf("%+v %v", p, err)
	}
}

func TestStatesThatAreRefused(t *testing.T) {
	for status, want := range map[string]string{
		"UPDATE_ROLLBACK_FAILED": "aws cloudformation continue-update-rollback --stack-name " + name,
		"ROLLBACK_FAILED":        "aws cloudformation delete-stack --stack-name " + name,
		"DELETE_FAILED":          "aws cloudformation delete-stack --stack-name " + name,
		"UPDATE_FAILED":          "aws cloudformation rollback-stack --stack-name " + name,
		"SOMETHING_NEW":          "do not deploy over it",
		// It holds resources, so it is not one whose making was undone.
		"ROLLBACK_COMPLETE": "still holds Alerts, Box",
	} {
		t.Run(status, func(t *testing.T) {
			w := start(t)
			w.must([]byte(small), change.Created)
			w.SetStackStatus(name, status, "")
			out, err := w.deploy(with("5", "6"))
			if fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), want) || out.Verdict == "pass" {
				t.Errorf("%v %+v", err, out)
			}
		})
	}
}

func TestSomebodyElsesWork(t *testing.T) {
	w := start(t)
	w.must([]byte(small), change.Created)
	w.SetStackStatus(name, "UPDATE_IN_PROGRESS", "Console-UpdateStack-1")
	began := w.clock.now
	_, err := w.deploy(with("5", "6"))
	if took := w.clock.now.Sub(began); fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), "Console-UpdateStack-1, since ") || took < 10*time.Minute || took > 11*time.Minute {
		t.Errorf("%v after %v", err, took)
	}
	// It ends while it is waited for.
	n := 0
	w.clock.waited = func() {
		if n++; n == 5 {
			w.SetStackStatus(name, "UPDATE_COMPLETE", "Console-UpdateStack-1")
		}
	}
	w.must(with(`"Threshold": 5,`, `"Threshold": 6,`), change.Updated)
}

// A change set in review that somebody left is no hindrance.
func TestLeftInReview(t *testing.T) {
	w := start(t)
	if err := w.ports.Stacks.Propose(t.Context(), change.ChangeSet{Stack: name, Name: "other", New: true, Body: small}); err != nil {
		t.Fatal(err)
	}
	if _, exists, err := change.Current(t.Context(), w.ports, name); exists || err != nil {
		t.Errorf("a stack in review has a template: %v", err)
	}
	w.must([]byte(small), change.Created)
}

func TestLongTemplates(t *testing.T) {
	w := start(t)
	long := []byte(strings.Replace(small, `"small"`, `"`+strings.Repeat("x", 52_000)+`"`, 1))
	if _, err := w.deploy(long); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "bucket") || w.StackStatus(name) != "" {
		t.Errorf("%v", err)
	}
	w.Bucket("archive")
	uploads := 0
	w.ports.Upload = func(_ context.Context, key string, text []byte) (string, error) {
		uploads++
		w.Put(key, string(text))
		return "https://state.s3.us-east-1.amazonaws.com/" + key, nil
	}
	w.must(long, change.Created)
	if uploads != 1 {
		t.Errorf("%d uploads", uploads)
	}
	w.ports.Upload = func(context.Context, string, []byte) (string, error) { return "", errors.New("no bucket today") }
	if _, err := w.deploy(append([]byte(" "), long...)); err == nil || !strings.Contains(err.Error(), "no bucket today") {
		t.Error(err)
	}
	for name, template := range map[string][]byte{
		"too long": []byte(`{"a": "` + strings.Repeat("x", 1<<20) + `"}`), "no JSON": []byte("Resources:"), "a list": []byte("[]"), "empty": nil,
	} {
		if _, err := w.deploy(template); fault.KindOf(err) != fault.Input {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What CloudFormation says of a template that it does not take.
func TestRefusedTemplates(t *testing.T) {
	w := start(t)
	for name, c := range map[string]struct{ template, want string }{
		"unknown type":      {`{"Resources": {"A": {"Type": "AWS::Nothing::AtAll"}}}`, "Unrecognized resource types: [AWS::Nothing::AtAll]"},
		"lost reference":    {`{"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "B"}}}}}`, "Unresolved resource dependencies [B]"},
		"circle":            {`{"Resources": {"A": {"Type": "AWS::SNS::Topic", "DependsOn": "B"}, "B": {"Type": "AWS::SNS::Topic", "DependsOn": ["A"]}}}`, "Circular dependency between resources: [A, B]"},
		"unknown section":   {`{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}, "Resource": {}}`, "Invalid template property or properties [Resource]"},
		"nothing":           {`{"Resources": {}}`, "At least one Resources member"},
		"bad name":          {`{"Resources": {"A-B": {"Type": "AWS::SNS::Topic"}}}`, "non alphanumeric"},
		"too many":          {`{"Resources": {` + strings.TrimSuffix(many(501), ",") + `}}`, "Number of resources, 501"},
		"unknown attribute": {`{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"O": {"Value": {"Ref": "C"}}}}`, "[C] in the Outputs block"},
	} {
		_, err := w.deploy([]byte(c.template))
		if fault.KindOf(err) != fault.Input || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]struct{ template, want string }{
		"unknown property": {`{"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {"Name": "x"}}}}`, "extraneous key [Name] is not permitted"},
		"missing property": {`{"Resources": {"A": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {}}}}`, "required key [AlarmRule] not found"},
	} {
		out, err := w.deploy([]byte(c.template))
		if fault.KindOf(err) != fault.Input || out.Cause == nil || !strings.Contains(out.Cause.Reason, c.want) {
			t.Errorf("%s: %v %+v", name, err, out.Cause)
		}
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"T%d": {"Type": "AWS::SNS::Topic"},`, i)
	}
	return b.String()
}

// Every third call is told to come again; the SDK does.
func TestThrottled(t *testing.T) {
	w := start(t)
	w.RefuseFormation(func(n int, _ string) (int, string, string) {
		if n%3 == 0 {
			return http.StatusBadRequest, "Throttling", "Rate exceeded"
		}
		return 0, "", ""
	})
	w.must([]byte(`{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}}`), change.Created)
}

func TestRefusalsHelp(t *testing.T) {
	w := start(t)
	for code, want := range map[string]struct {
		kind fault.Kind
		next string
	}{
		"AccessDenied": {fault.Input, "cloudformation:DescribeStacks"}, "ExpiredToken": {fault.Input, "configure-aws-credentials"},
	} {
		w.RefuseFormation(func(int, string) (int, string, string) { return http.StatusForbidden, code, "no" })
		out, err := w.deploy([]byte(small))
		if fault.KindOf(err) != want.kind || !strings.Contains(err.Error(), want.next) || strings.Contains(err.Error(), "very-secret") || out.Verdict != "inconclusive" {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// The limit ends the watch, not the work.
func TestTheWatchEndsByItself(t *testing.T) {
	w := start(t)
	w.RefuseFormation(nil)
	began := w.clock.now
	w.clock.waited = func() {
		if w.StackStatus(name) == "CREATE_IN_PROGRESS" {
			w.clock.Lock()
			w.clock.now = w.clock.now.Add(20 * time.Minute)
			w.clock.Unlock()
		}
	}
	_, err := w.deploy([]byte(small))
	if fault.KindOf(err) != fault.Outside || !strings.Contains(err.Error(), "goes on by itself") || w.clock.now.Sub(began) > 2*time.Hour {
		t.Errorf("%v", err)
	}
	w.clock.waited = nil
	w.must([]byte(small), change.Created)
}

// What is called is what a policy must allow.
func TestCallsAreOnTheStack(t *testing.T) {
	w := start(t)
	w.must([]byte(small), change.Created)
	var actions []string
	for _, c := range w.Calls() {
		if !strings.HasPrefix(c.Resource, "arn:aws:cloudformation:us-east-1:123456789012:stack/"+name+"/") {
			t.Errorf("%+v", c)
		}
		actions = append(actions, strings.TrimPrefix(c.Action, "cloudformation:"))
	}
	slices.Sort(actions)
	if got := strings.Join(slices.Compact(actions), " "); got != "CreateChangeSet DescribeChangeSet DescribeStackEvents DescribeStacks ExecuteChangeSet UpdateTerminationProtection" {
		t.Error(got)
	}
}
