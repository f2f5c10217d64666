//go:build e2e

package cloudformation_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudformation"
	"github.com/cutover-dev/cutover/internal/monitoring/change"
	"github.com/cutover-dev/cutover/internal/mototest"
)

// unprotected is moto's CloudFormation, which knows no termination protection.
type unprotected struct{ change.Stacks }

func (unprotected) Protect(context.Context, string, bool) error { return nil }

// What the adapter sends and reads is understood by a CloudFormation that was
// not written here: a topic behind a key is made, made again,
// changed and removed by the same steps. moto works at once, so nothing streams
// there; it knows no alarm, no topic policy, no subscription, no drift, no failing resource, no
// termination protection, and no event has its operation's token: those are shown by the strict cloud alone.
func TestE2EMotoMakesAndRemovesTheTopic(t *testing.T) {
	mototest.Start(t)
	s, err := cloudformation.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	template := `{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {
	  "Key": {"Type": "AWS::KMS::Key", "Properties": {"Description": "k", "KeyPolicy": {"Version": "2012-10-17", "Statement": []}}},
	  "Alerts": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "alerts", "DisplayName": "one", "KmsMasterKeyId": {"Ref": "Key"}}}}}`
	ports := change.Ports{Stacks: unprotected{s}, Clock: &clock{now: time.Now()}}
	deploy := func(template string) (change.Outcome, error) {
		return change.Deploy(t.Context(), ports, change.Request{Stack: "watch", Template: []byte(template), Tags: map[string]string{"Project": "p"}})
	}
	out, err := deploy(template)
	if err != nil || out.Verdict != "pass" {
		t.Fatalf("%v %+v", err, out)
	}
	resources, err := s.Resources(t.Context(), "watch")
	if err != nil || len(resources) != 2 || !slices.ContainsFunc(resources, func(r change.Resource) bool { return strings.HasSuffix(r.Physical, ":alerts") }) {
		t.Errorf("%v %+v", err, resources)
	}
	text, exists, err := change.Current(t.Context(), ports, "watch")
	if err != nil || !exists || !strings.Contains(string(text), "KmsMasterKeyId") {
		t.Errorf("%v %v %s", exists, err, text)
	}
	out, err = deploy(strings.Replace(template, `"one"`, `"two"`, 1))
	if err != nil || out.Verdict != "pass" {
		t.Fatalf("%v %+v", err, out)
	}
	out, err = change.Destroy(t.Context(), ports, change.Request{Stack: "watch", Confirm: "watch"})
	if err != nil || out.Result != change.Removed {
		t.Fatalf("%v %+v", err, out)
	}
}
