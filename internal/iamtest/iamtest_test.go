package iamtest_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cutover-dev/cutover/internal/iam"
	"github.com/cutover-dev/cutover/internal/iamtest"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

// heard is a test that remembers what it was failed for.
type heard struct {
	testing.TB
	said []string
}

func (h *heard) Helper()                        {}
func (h *heard) Errorf(format string, a ...any) { h.said = append(h.said, fmt.Sprintf(format, a...)) }

var names = iam.Settings{App: "lego-api", Stage: "production", State: "sst-state-abc", Archive: "releases"}

func call(action, resource string) cloud.Call { return cloud.Call{Action: action, Resource: resource} }

// What the real SDK sends is what the policy is held against.
func TestCallsOfTheRealSDKAreJudged(t *testing.T) {
	c := cloud.New("sst-state-abc")
	server := httptest.NewServer(c)
	defer server.Close()
	aws, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("us-east-1"), config.WithBaseEndpoint(server.URL), config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("ASIAX", "x", "x")))
	if err != nil {
		t.Fatal(err)
	}
	client := s3.NewFromConfig(aws, func(o *s3.Options) { o.UsePathStyle = true })
	get := func(key string) {
		bucket := "sst-state-abc"
		_, _ = client.HeadObject(context.Background(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	}
	get("lock/lego-api/production.json")
	h := &heard{TB: t}
	ledger := &iamtest.Ledger{}
	ledger.Hold(h, "sst-deploy", names, c.Calls(), "status")
	if len(h.said) > 0 {
		t.Errorf("%q", h.said)
	}
	get("lock/another-app/production.json")
	ledger.Hold(h, "sst-deploy", names, c.Calls(), "status")
	if len(h.said) != 1 || !strings.Contains(h.said[0], "sst-deploy status calls s3:GetObject on arn:aws:s3:::sst-state-abc/lock/another-app/production.json") {
		t.Errorf("%q", h.said)
	}
}

// Together, several tests have to use everything.
func TestWhatNobodyUsesIsFound(t *testing.T) {
	const state = "arn:aws:s3:::sst-state-abc"
	ledger := &iamtest.Ledger{}
	tell := func(exceptions map[string]string) (int, string) {
		var b strings.Builder
		return ledger.AllUsed(&b, exceptions), b.String()
	}
	hold := func(calls ...cloud.Call) { ledger.Hold(t, "sst-deploy", names, calls, "unlock") }
	hold(
		call("ssm:GetParameter", "arn:aws:ssm:us-east-1:123456789012:parameter/sst/bootstrap"), call("s3:ListBucket", state), call("sts:GetCallerIdentity", "*"),
		call("s3:GetObject", state+"/update/lego-api/production/1.json"), call("s3:GetObject", state+"/eventlog/lego-api/production/1.json"), call("s3:GetObject", state+"/app/lego-api/production.json"),
	)
	if code, said := tell(nil); code != 1 || strings.Count(said, "\n") != 3 || !strings.Contains(said, "s3:DeleteObject on "+state+"/lock/lego-api/production.json") {
		t.Errorf("%d: %s", code, said)
	}
	// Another stage's test uses the same line of the table.
	other := names
	other.Stage = "staging"
	ledger.Hold(t, "sst-deploy", other, []cloud.Call{call("s3:DeleteObject", state+"/lock/lego-api/staging.json"), call("s3:GetObject", state+"/lock/lego-api/staging.json")}, "unlock")
	if code, said := tell(nil); code != 1 || strings.Count(said, "\n") != 1 || !strings.Contains(said, "s3:PutObject") {
		t.Errorf("%d: %s", code, said)
	}
	if code, said := tell(map[string]string{"s3:PutObject": "somebody else"}); code != 0 || said != "" {
		t.Errorf("%d: %s", code, said)
	}
	hold(call("s3:PutObject", state+"/update/lego-api/production/1.json"))
	if code, said := tell(nil); code != 0 || said != "" {
		t.Errorf("%d: %s", code, said)
	}
	if code, said := tell(map[string]string{"s3:PutObject": "somebody else"}); code != 1 || !strings.Contains(said, "needs no excuse") {
		t.Errorf("%d: %s", code, said)
	}
}
