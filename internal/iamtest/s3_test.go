package iamtest_test

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/cutover-dev/cutover/internal/iamtest"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

// Each request of the real SDK is taken for what IAM takes it for, and arrives.
func TestRequestsToS3AreTakenForWhatTheyAre(t *testing.T) {
	c := cloud.New("b")
	server := httptest.NewServer(c)
	defer server.Close()
	r := iamtest.Record(t, server.URL)
	client := s3.New(s3.Options{Region: "us-east-1", BaseEndpoint: &r.Address, UsePathStyle: true, Credentials: credentials.NewStaticCredentialsProvider("ASIAX", "x", "x"), RetryMaxAttempts: 1})
	b, k, id := aws.String("b"), aws.String("p/k"), aws.String("1")
	ctx := t.Context()
	_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: b, Key: k, Body: bytes.NewReader([]byte("text")), ObjectLockLegalHoldStatus: types.ObjectLockLegalHoldStatusOn})
	if err != nil || c.In("b", "p/k") != "text" {
		t.Fatalf("it did not arrive: %v", err)
	}
	_, _ = client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: b, Key: k})
	_, _ = client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: b, Key: k})
	_, _ = client.UploadPart(ctx, &s3.UploadPartInput{Bucket: b, Key: k, UploadId: id, PartNumber: aws.Int32(1), Body: bytes.NewReader([]byte("x"))})
	_, _ = client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: b, Key: k, UploadId: id})
	_, _ = client.GetObjectLegalHold(ctx, &s3.GetObjectLegalHoldInput{Bucket: b, Key: k})
	_, _ = client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: b, Key: k})
	_, _ = client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: b, Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: aws.String("x")}, {Key: aws.String("y")}}}})
	_, _ = client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: b})
	_, _ = client.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: b})
	_, _ = client.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: b})
	_, _ = client.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: b, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{}}})
	var got []string
	for _, call := range r.Calls() {
		got = append(got, fmt.Sprintf("%s %s", call.Action[3:], call.Resource[13:]))
	}
	want := []string{
		"PutObject b/p/k", "PutObjectLegalHold b/p/k", "GetObject b/p/k", "PutObject b/p/k", "PutObject b/p/k", "AbortMultipartUpload b/p/k", "GetObjectLegalHold b/p/k",
		"DeleteObject b/p/k", "DeleteObject b/x", "DeleteObject b/y", "ListBucket b", "GetBucketObjectLockConfiguration b", "GetLifecycleConfiguration b", "PutLifecycleConfiguration b",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestWhatATestCallsItselfIsSetAside(t *testing.T) {
	c := cloud.New("b")
	server := httptest.NewServer(c)
	defer server.Close()
	client := s3.New(s3.Options{Region: "us-east-1", BaseEndpoint: &server.URL, UsePathStyle: true, Credentials: credentials.NewStaticCredentialsProvider("ASIAX", "x", "x")})
	get := func(key string) {
		_, _ = client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("b"), Key: &key})
	}
	var a iamtest.Aside
	get("1")
	end := a.Begin(c)
	get("2")
	end()
	get("3")
	rest := a.Rest(c)
	if len(rest) != 2 || rest[0].Resource != "arn:aws:s3:::b/1" || rest[1].Resource != "arn:aws:s3:::b/3" {
		t.Errorf("%+v", rest)
	}
}
