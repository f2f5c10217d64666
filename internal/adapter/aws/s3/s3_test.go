package s3_test

import (
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
)

func TestParseLocation(t *testing.T) {
	got, err := s3.ParseLocation("s3://bucket/a/b.json")
	if err != nil || got.Bucket != "bucket" || got.Key != "a/b.json" || got.String() != "s3://bucket/a/b.json" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "s3://", "s3://b", "s3://b/", "s3:///k", "https://b/k", "b/k", "s3://b/k\n"} {
		if _, err := s3.ParseLocation(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
