package ssts3_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/ssm"
	"github.com/cutover-dev/cutover/internal/adapter/aws/ssts3"
	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud/cloudtest"
)

// start makes a cloud in memory; the SDK's real client speaks to it.
func start(t *testing.T, bucket string) (*cloud.Cloud, *ssts3.Bucket) {
	t.Helper()
	c := cloudtest.Serve(t, cloud.New(bucket))
	b, err := ssts3.Open(t.Context(), "us-east-1", "state")
	if err != nil {
		t.Fatal(err)
	}
	return c, b
}

func TestDocuments(t *testing.T) {
	c, b := start(t, "state")
	ctx := t.Context()
	if _, err := b.Get(ctx, "lock/a/s.json", 100); !errors.Is(err, deploy.ErrNoObject) {
		t.Error(err)
	}
	if at, err := b.Written(ctx, "lock/a/s.json"); err != nil || !at.IsZero() {
		t.Error(at, err)
	}
	c.Put("lock/a/s.json", "one")
	c.Put("update/a/s/2.json", "x")
	c.Put("update/a/s/1.json", "x")
	c.Put("update/a/sx/0.json", "x")
	got, err := b.Get(ctx, "lock/a/s.json", 3)
	if err != nil || string(got.Text) != "one" {
		t.Fatal(got, err)
	}
	if _, err := b.Get(ctx, "lock/a/s.json", 2); err == nil || !strings.Contains(err.Error(), "larger than 2 bytes") {
		t.Error(err)
	}
	if keys, err := b.List(ctx, "update/a/s/", 50); err != nil || strings.Join(keys, " ") != "update/a/s/1.json update/a/s/2.json" {
		t.Error(keys, err)
	}
	if at, err := b.Written(ctx, "lock/a/s.json"); err != nil || time.Since(at) > time.Minute {
		t.Error(at, err)
	}
	c.Put("lock/a/s.json", "two")
	if err := b.Delete(ctx, "lock/a/s.json", got.ETag); !errors.Is(err, deploy.ErrChanged) || c.Get("lock/a/s.json") != "two" {
		t.Errorf("a lock of another version was removed: %v", err)
	}
	if err := b.Put(ctx, "lock/a/s.json", []byte("three"), got.ETag); !errors.Is(err, deploy.ErrChanged) {
		t.Error(err)
	}
	if got, err = b.Get(ctx, "lock/a/s.json", 3); err != nil {
		t.Fatal(err)
	}
	if err := b.Put(ctx, "lock/a/s.json", []byte("three"), got.ETag); err != nil || c.Get("lock/a/s.json") != "three" {
		t.Error(err, c.Get("lock/a/s.json"))
	}
	if got, err = b.Get(ctx, "lock/a/s.json", 5); err != nil {
		t.Fatal(err)
	}
	if err := b.Delete(ctx, "lock/a/s.json", got.ETag); err != nil || c.Get("lock/a/s.json") != "" {
		t.Error(err)
	}
	if err := b.Delete(ctx, "lock/a/s.json", got.ETag); !errors.Is(err, deploy.ErrChanged) {
		t.Errorf("one that is gone: %v", err)
	}
}

func TestRefusalsHelp(t *testing.T) {
	c, b := start(t, "another")
	if _, err := b.Get(t.Context(), "x", 1); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "/sst/bootstrap") {
		t.Error(err)
	}
	c.Rename("state")
	c.Fail(func(string, string) int { return 403 })
	if _, err := b.List(t.Context(), "x", 1); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "s3:ListBucket") || strings.Contains(err.Error(), "very-secret") {
		t.Error(err)
	}
}

func TestStateBucket(t *testing.T) {
	c, _ := start(t, "state")
	if name, err := ssm.StateBucket(t.Context(), "us-east-1"); err != nil || name != "state" {
		t.Error(name, err)
	}
	c.Rename("")
	if _, err := ssm.StateBucket(t.Context(), ""); !errors.Is(err, ssm.ErrNoBootstrap) {
		t.Error(err)
	}
}
