//go:build e2e

package tagging_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/tagging"
	"github.com/cutover-dev/cutover/internal/mototest"
)

// make makes a bucket and a log group with tags, a bucket without, and prints the
// log group's ARN as it is told to callers.
const makeSome = `
import boto3, os
at = dict(endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
s3 = boto3.client("s3", **at)
for name in "images", "bare":
    s3.create_bucket(Bucket=name)
s3.put_bucket_tagging(Bucket="images", Tagging={"TagSet": [{"Key": "Project", "Value": "LEGO-API"}]})
logs = boto3.client("logs", **at)
logs.create_log_group(logGroupName="/aws/lambda/api", tags={"Project": "LEGO-API", "Environment": "staging"})
print(logs.describe_log_groups()["logGroups"][0]["arn"])
`

// The tags come from a Tagging API that was not written here. moto answers a list
// of ARNs with everything that it has: what was not asked for is not told on.
//
// Shows: 5.7.1
func TestE2EMotoTagged(t *testing.T) {
	group := mototest.Start(t).Python(makeSome)
	if !strings.HasSuffix(group, ":log-group:/aws/lambda/api:*") {
		t.Fatal(group)
	}
	tags, err := tagging.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	found, err := tags.Tagged(t.Context(), []string{group, "arn:aws:s3:::bare"})
	if err != nil || len(found) != 1 || found[group]["Environment"] != "staging" {
		t.Errorf("%v %v", found, err)
	}
	all, err := tags.All(t.Context(), map[string]string{"Project": "LEGO-API"}, nil)
	if err != nil || all["arn:aws:s3:::images"] == nil || all["arn:aws:s3:::bare"] != nil {
		t.Errorf("%v %v", all, err)
	}
}
