package session_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/fault"
)

func TestLoad(t *testing.T) {
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	for name, c := range map[string]struct {
		region   string
		options  []session.Option
		want     string
		attempts int
	}{
		"the environment's region": {"", nil, "eu-west-1", 5},
		"a region of its own":      {"us-east-1", nil, "us-east-1", 5},
		"bounds of its own":        {"", []session.Option{session.Retrying(func(o *retry.StandardOptions) { o.MaxBackoff = time.Second })}, "eu-west-1", 5},
		"more attempts":            {"", []session.Option{session.Retrying(func(o *retry.StandardOptions) { o.MaxAttempts = 8 })}, "eu-west-1", 8},
		"the last word":            {"us-east-1", []session.Option{config.WithRegion("eu-north-1")}, "eu-north-1", 5},
	} {
		got, err := session.Load(t.Context(), c.region, c.options...)
		if err != nil || got.Region != c.want || got.Retryer().MaxAttempts() != c.attempts {
			t.Errorf("%s: %v, %s, %d attempts", name, err, got.Region, got.Retryer().MaxAttempts())
		}
	}
}

func TestAConfigurationThatCannotBeRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte("[profile a]\nregion = eu-west-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", file)
	t.Setenv("AWS_PROFILE", "nobody")
	_, err := session.Load(t.Context(), "")
	var f *fault.Fault
	if !errors.As(err, &f) || f.Kind != fault.Input || f.Name != "AWS" {
		t.Errorf("%v", err)
	}
}
