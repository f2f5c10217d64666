//go:build e2e

package s3_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3/s3test"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// realServer is a server that was not written for these tests.
func realServer(t *testing.T) func() *s3.Rollout {
	t.Helper()
	s, err := s3test.Start(t.TempDir()+"/s3", releases)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CA_BUNDLE"} {
		t.Setenv(name, map[string]string{"AWS_ACCESS_KEY_ID": s3test.Access, "AWS_SECRET_ACCESS_KEY": s3test.Secret}[name])
	}
	return func() *s3.Rollout {
		r, err := s3.OpenRollout(t.Context(), releases, "cutover", "production", s3.Options{Endpoint: s.Address, Region: s3test.Region})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

func TestE2EARolloutIsKept(t *testing.T) {
	open := realServer(t)
	for range 2 {
		if err := open().Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	keepsAState(t, open())
	keepsALog(t, open())
	keepsDocuments(t, open())
	if now, err := open().Time(t.Context()); err != nil || time.Since(now).Abs() > 5*time.Second {
		t.Errorf("%v, %v", now, err)
	}
}

func TestE2EOfTwoSavesOneIsRefused(t *testing.T) {
	open := realServer(t)
	oneOfTwoSaves(t, 1000, open(), open())
}

// The time of a stage that has no state, and of a server that is not there.
func TestE2ETimeWithoutAState(t *testing.T) {
	open := realServer(t)
	if _, _, err := open().Load(t.Context()); !errors.Is(err, rollout.ErrNone) {
		t.Fatal(err)
	}
	if now, err := open().Time(t.Context()); err != nil || time.Since(now).Abs() > 5*time.Second {
		t.Errorf("%v, %v", now, err)
	}
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	if _, err := openAt(t, down.URL, releases).Time(t.Context()); err == nil {
		t.Error("a server that is not there told the time")
	}
}
