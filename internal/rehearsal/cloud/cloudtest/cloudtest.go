// Package cloudtest puts a cloud in memory behind the real SDK for a test. Only
// tests import it.
package cloudtest

import (
	"net/http/httptest"
	"testing"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

// Environment is what the SDK reads: the address of a server, credentials that
// are nobody's, and nothing of this machine's.
func Environment(address string) map[string]string {
	return map[string]string{ //nolint:gosec // G101: made up, for servers in memory
		"AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "very-secret", "AWS_REGION": "us-east-1",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		// Read once for each client, where a machine has one.
		"AWS_CA_BUNDLE": "",
	}
}

// Serve lets the SDK of this test speak to c, in us-east-1 unless the test sets
// AWS_REGION. A call that the cloud does not know fails the test: an empty answer
// would look like an empty account.
func Serve(t testing.TB, c *cloud.Cloud) *cloud.Cloud {
	t.Helper()
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	for name, value := range Environment(server.URL) {
		t.Setenv(name, value)
	}
	t.Cleanup(func() {
		if unknown := c.Unknown(); len(unknown) > 0 {
			t.Errorf("calls that nobody knows: %v", unknown)
		}
	})
	return c
}
