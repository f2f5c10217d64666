package s3_test

import (
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

// Of two that read the same document, one writes.
func TestADocumentIsNotOverwrittenUnseen(t *testing.T) {
	c := cloud.New(releases)
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "ASIAX")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "x")
	ctx := t.Context()
	d, err := s3.OpenDocument(ctx, s3.Location{Bucket: releases, Key: "cutover/trace/staging/map.json"}, s3.Options{Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Read(ctx, 100); !errors.Is(err, s3.ErrNotFound) {
		t.Errorf("none yet: %v", err)
	}
	for range 2 { // a write whose answer is lost comes again
		if err := d.Write(ctx, []byte("1"), ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Write(ctx, []byte("2"), ""); !errors.Is(err, s3.ErrChanged) {
		t.Errorf("a second one that begins: %v", err)
	}
	text, first, err := d.Read(ctx, 100)
	if err != nil || string(text) != "1" || first == "" {
		t.Fatalf("%q, %q, %v", text, first, err)
	}
	if err := d.Write(ctx, []byte("2"), first); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(ctx, []byte("3"), first); !errors.Is(err, s3.ErrChanged) {
		t.Errorf("on top of an older one: %v", err)
	}
	if text, _, err := d.Read(ctx, 100); err != nil || string(text) != "2" {
		t.Errorf("%q, %v", text, err)
	}
	if _, _, err := d.Read(ctx, 0); fault.KindOf(err) != fault.Refused {
		t.Errorf("too large: %v", err)
	}
	if c.In(releases, "cutover/trace/staging/map.json") != "2" || d.String() != "s3://releases/cutover/trace/staging/map.json" {
		t.Errorf("%s holds something else", d)
	}
}
