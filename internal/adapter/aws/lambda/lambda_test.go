package lambda_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/lambda"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/release/rollback"
)

const (
	one = "PK\x03\x04 one"
	two = "PK\x03\x04 two"
)

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}

// open makes a cloud with the function api and the zip two in the archive.
func open(t *testing.T, takes time.Duration) (*cloud.Cloud, *lambda.Functions) {
	t.Helper()
	c := cloud.New("state")
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_MAX_ATTEMPTS": "1",
	} {
		t.Setenv(name, value)
	}
	c.Rename("archive")
	c.Put("two", two)
	c.Put("text", "no zip")
	c.Function("api", cloud.Lambda{Handler: "a.handler", Runtime: "nodejs22.x", Architectures: []string{"arm64"}, Code: one, Takes: takes})
	f, err := lambda.Open(t.Context(), "", "archive")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if unknown := c.Unknown(); len(unknown) > 0 {
			t.Errorf("calls that nobody knows: %v", unknown)
		}
	})
	return c, f
}

func TestLookAndPut(t *testing.T) {
	c, f := open(t, 50*time.Millisecond)
	at, err := f.Look(t.Context(), "api")
	if err != nil || at.SHA256 != sum(one) || at.Handler != "a.handler" || at.Runtime != "nodejs22.x" || at.Package != "Zip" || at.Architectures[0] != "arm64" || at.Revision == "" || at.Updating {
		t.Fatalf("%+v, %v", at, err)
	}
	next, err := f.Put(t.Context(), "api", at.Revision, "two")
	if err != nil || !next.Updating || next.SHA256 != sum(two) || next.Revision == at.Revision {
		t.Fatalf("%+v, %v", next, err)
	}
	if c.Runs("api") != one {
		t.Error("it runs the new code while it is being changed")
	}
	if _, err := f.Put(t.Context(), "api", "", "two"); !errors.Is(err, rollback.ErrBusy) {
		t.Errorf("while a change is under way: %v", err)
	}
	time.Sleep(60 * time.Millisecond)
	if at, err = f.Look(t.Context(), "api"); err != nil || at.Updating || at.SHA256 != sum(two) || c.Runs("api") != two {
		t.Errorf("%+v, %v", at, err)
	}
	if _, err := f.Put(t.Context(), "api", next.Revision, "two"); !errors.Is(err, rollback.ErrChanged) {
		t.Errorf("with an old revision: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	c, f := open(t, 0)
	if _, err := f.Look(t.Context(), "none"); !errors.Is(err, rollback.ErrNoFunction) {
		t.Error(err)
	}
	if _, err := f.Put(t.Context(), "none", "", "two"); !errors.Is(err, rollback.ErrNoFunction) {
		t.Error(err)
	}
	for key, want := range map[string]string{"nothing": "NoSuchKey", "text": "Could not unzip"} {
		if _, err := f.Put(t.Context(), "api", "", key); err == nil || !strings.Contains(err.Error(), want) || fault.KindOf(err) != fault.Refused {
			t.Errorf("%s: %v", key, err)
		}
	}
	for code, want := range map[string]struct {
		status  int
		message string
		kind    fault.Kind
		next    string
	}{
		"AccessDeniedException":          {403, "User is not authorized", fault.Input, "lambda:GetFunctionConfiguration and lambda:UpdateFunctionCode"},
		"InvalidParameterValueException": {400, "S3 Error Code: PermanentRedirect.", fault.Input, "functions' region"},
		"ExpiredTokenException":          {403, "The security token included in the request is expired", fault.Input, "configure-aws-credentials"},
		"CodeStorageExceededException":   {400, "Code storage limit exceeded.", fault.Outside, "old versions"},
	} {
		c.Refuse(func(string, string) (int, string, string) { return want.status, code, want.message })
		_, err := f.Put(t.Context(), "api", "", "two")
		if fault.KindOf(err) != want.kind || !strings.Contains(err.Error(), want.next) || !strings.Contains(err.Error(), code) {
			t.Errorf("%s: %v", code, err)
		}
	}
	c.Refuse(nil)
	c.Function("api", cloud.Lambda{Handler: "a", Runtime: "r", Code: one, Fails: "the role is gone"})
	if _, err := f.Put(t.Context(), "api", "", "two"); err != nil {
		t.Fatal(err)
	}
	if at, err := f.Look(t.Context(), "api"); err != nil || at.Problem != "InternalError: the role is gone" || c.Runs("api") != one {
		t.Errorf("%+v, %v", at, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Look(ctx, "api"); err == nil {
		t.Error("a cancelled call went through")
	}
}

// A server that says nothing is given up.
func TestSilence(t *testing.T) {
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer silent.Close()
	open(t, 0)
	t.Setenv("AWS_ENDPOINT_URL", silent.URL)
	f, err := lambda.Open(t.Context(), "", "archive")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if _, err := f.Look(ctx, "api"); err == nil || time.Since(begun) > 2*time.Second {
		t.Errorf("%v after %s", err, time.Since(begun))
	}
}
