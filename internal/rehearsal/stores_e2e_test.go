//go:build e2e

package rehearsal_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/stores"
)

// The example app's adapters hold against the servers they are for: a real
// PostgreSQL, Redis and S3, and strict small ones for OpenSearch and Cognito.
//
// Shows: 5.3.3, 5.3.4, 5.3.5
func TestE2EExampleAppOnRealStores(t *testing.T) {
	const app = "../../examples/lego-api"
	pnpm := func(env []string, args ...string) ([]byte, error) {
		cmd := exec.CommandContext(t.Context(), "corepack", append([]string{"pnpm"}, args...)...)
		cmd.Dir, cmd.Env = app, append(os.Environ(), env...)
		return cmd.CombinedOutput()
	}
	if out, err := pnpm(nil, "install", "--frozen-lockfile", "--prefer-offline"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s := stores.Start(t)
	// Twice: a deployment that is repeated migrates nothing a second time.
	for _, want := range []string{"applied 0001-mocs.sql", "nothing to migrate"} {
		out, err := pnpm([]string{"DATABASE_URL=" + s.Postgres, "OPENSEARCH_URL="}, "migrate")
		if err != nil || !strings.Contains(string(out), want) {
			t.Fatalf("migrate does not say %q: %v\n%s", want, err, out)
		}
	}
	if out, err := pnpm(s.Env(), "test:stores"); err != nil || !strings.Contains(string(out), "passed") {
		t.Errorf("%v\n%s", err, out)
	}
	// Without servers the tests must fail: skipped, they would show nothing.
	missing := []string{"TEST_DATABASE_URL", "TEST_REDIS_URL", "TEST_REDIS_SERVER", "TEST_S3_ENDPOINT", "TEST_S3_BUCKET"}
	for _, names := range [][]string{missing, missing[1:2]} {
		env := s.Env()
		for _, name := range names {
			env = append(env, name+"=")
		}
		out, err := pnpm(env, "test:stores")
		if err == nil || !strings.Contains(string(out), strings.Join(names, ", ")+" is not set") {
			t.Errorf("without %s they pass, or do not say what is missing: %v\n%s", names, err, out)
		}
	}
}
