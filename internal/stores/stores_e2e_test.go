//go:build e2e

package stores_test

import (
	"net"
	"net/url"
	"testing"

	"github.com/cutover-dev/cutover/internal/stores"
)

// Every server listens, and is gone when its test is over.
func TestE2EStoresStartAndStop(t *testing.T) {
	var addresses []string
	t.Run("while the test runs", func(t *testing.T) {
		s := stores.Start(t)
		for _, address := range []string{s.Postgres, s.Redis, s.S3} {
			parsed, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			addresses = append(addresses, parsed.Host)
		}
		for _, address := range addresses {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			_ = conn.Close()
		}
	})
	for _, address := range addresses {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			t.Errorf("%s still answers", address)
		}
	}
}
