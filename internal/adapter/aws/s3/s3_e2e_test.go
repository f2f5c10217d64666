//go:build e2e

package s3_test

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/fault"
)

// server starts a real S3 server on loopback with one bucket.
func server(t *testing.T) {
	t.Helper()
	binary := os.Getenv("CUTOVER_S3")
	if binary == "" {
		t.Fatal("CUTOVER_S3 names no server; run make test")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	folder := t.TempDir()
	if err := os.Mkdir(folder+"/bucket", 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "--port", address, "--access", "key", "--secret", "very-secret", "posix", "--nometa", folder)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for range 100 {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			t.Setenv("AWS_ENDPOINT_URL", "http://"+address)
			t.Setenv("AWS_ACCESS_KEY_ID", "key")
			t.Setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
			t.Setenv("AWS_REGION", "us-east-1")
			t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the server does not answer:\n%s", log.String())
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
