package main

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/iam"
	"github.com/cutover-dev/cutover/internal/iamtest"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

// A baseline in S3 is written by one run and read by the next, and nothing is
// called at AWS that cutover iam does not allow.
//
// Shows: 5.4.4
func TestABaselineInS3(t *testing.T) {
	c := cloud.New("state")
	c.Bucket("baselines")
	aws := httptest.NewServer(c)
	defer aws.Close()
	root := branch(t)
	env := []string{"AWS_ENDPOINT_URL=" + aws.URL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=ASIAX", "AWS_SECRET_ACCESS_KEY=secret", "AWS_EC2_METADATA_DISABLED=true", "HOME=" + root}
	gate := func(report string, args ...string) processtest.Outcome {
		write(t, root, "lcov.info", report)
		return processtest.Run(t, binary, root, env, append([]string{"--report", "lcov.info", "--min-lines", "0"}, args...)...)
	}
	const whole = "TN:\nSF:src/a.ts\nDA:1,1\nDA:2,1\nDA:3,1\nend_of_record\n"
	const at = "s3://baselines/lego/coverage.json"
	if got := gate(whole, "--write-baseline", at); got.Code != 0 || c.In("baselines", "lego/coverage.json") == "" {
		t.Fatalf("writing it: %d %s", got.Code, got.Stderr)
	}
	if got := gate(whole, "--baseline", at); got.Code != 0 {
		t.Errorf("the same again: %d %s", got.Code, got.Stderr)
	}
	if got := gate(strings.Replace(whole, "DA:3,1", "DA:3,0", 1), "--baseline", at); got.Code != 1 {
		t.Errorf("less than before: %d %s", got.Code, got.Stderr)
	}
	if got := gate(whole, "--baseline", "s3://baselines/lego/absent.json"); got.Code == 0 {
		t.Errorf("none there: %d %s", got.Code, got.Stderr)
	}
	if unknown := c.Unknown(); len(unknown) > 0 {
		t.Errorf("the cloud does not know %v", unknown)
	}
	calls := c.Calls()
	iamtest.Hold(t, "coverage-gate", iam.Settings{Stage: "production", Baseline: "baselines/lego/coverage.json"}, calls[:3])
	iamtest.Hold(t, "coverage-gate", iam.Settings{Stage: "production", Baseline: "baselines/lego/absent.json"}, calls[3:])
}
