//go:build e2e

package s3_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3/s3test"
	"github.com/cutover-dev/cutover/internal/fault"
)

// server starts a real S3 server on loopback with one bucket.
func server(t *testing.T) {
	t.Helper()
	s, err := s3test.Start(t.TempDir()+"/s3", "bucket")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for _, setting := range s.Env() {
		name, value, _ := strings.Cut(setting, "=")
		t.Setenv(name, value)
	}
}

func open(t *testing.T) *s3.Store {
	t.Helper()
	store, err := s3.Open(t.Context(), "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func TestE2EWhatIsPutIsGot(t *testing.T) {
	server(t)
	store, at := open(t), s3.Location{Bucket: "bucket", Key: "a folder/ä.json"}
	if _, err := store.Get(t.Context(), at, 100); !errors.Is(err, s3.ErrNotFound) {
		t.Errorf("an absent object: %v", err)
	}
	for _, text := range []string{"first", "second"} {
		if err := store.Put(t.Context(), at, []byte(text), "application/json"); err != nil {
			t.Fatal(err)
		}
		if got, err := store.Get(t.Context(), at, 100); err != nil || string(got) != text {
			t.Errorf("%q, %v", got, err)
		}
	}
	if _, err := store.Get(t.Context(), at, 3); err == nil || !strings.Contains(err.Error(), "larger than 3 bytes") {
		t.Errorf("one that is too large: %v", err)
	}
}

func TestE2ERefusalsHelp(t *testing.T) {
	server(t)
	store := open(t)
	if err := store.Put(t.Context(), s3.Location{Bucket: "nobucket", Key: "x"}, nil, "text/plain"); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "name and region") {
		t.Errorf("an absent bucket: %v", err)
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", "another-secret")
	err := open(t).Put(t.Context(), s3.Location{Bucket: "bucket", Key: "x"}, nil, "text/plain")
	if fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "configure-aws-credentials") || strings.Contains(err.Error(), "secret") {
		t.Errorf("a wrong key: %v", err)
	}
}
