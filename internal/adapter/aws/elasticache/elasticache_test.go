package elasticache_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/elasticache"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud/cloudtest"
)

func world(t *testing.T) *cloud.Cloud {
	t.Helper()
	return cloudtest.Serve(t, cloud.New("state"))
}

// Shows: 5.7.7
func TestEstate(t *testing.T) {
	c := world(t)
	made := time.Date(2026, 3, 1, 4, 5, 6, 0, time.UTC)
	c.CacheNodes(cloud.CacheNode{ID: "redis-001", Type: "cache.t4g.small", Created: made})
	x, err := elasticache.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	found, unread := x.Estate(t.Context(), []string{"redis-001", "gone"})
	if len(found) != 1 || found[0].Type != "cache.t4g.small" || !found[0].Since.Equal(made) || found[0].CPUMost != -1 || found[0].MemoryMost != -1 || len(unread) != 1 || unread[0].What != "caches" || !strings.Contains(unread[0].Why, "gone") {
		t.Errorf("%+v %v", found, unread)
	}
	c.Reservations(
		cloud.Reservation{Class: "cache.t4g.small", Count: 1}, cloud.Reservation{Class: "cache.t4g.small", Count: 2}, cloud.Reservation{Class: "cache.r7g.large", Count: 1},
		cloud.Reservation{Class: "cache.t4g.small", Count: 9, State: "retired"}, cloud.Reservation{Class: "db.t4g.medium", Count: 5},
		cloud.Reservation{Class: "cache.t4g.small", Offer: true, Hourly: "0.0218"}, cloud.Reservation{Class: "cache.t4g.small", Offer: true, Hourly: "0.01", Years: 3},
		cloud.Reservation{Class: "cache.t4g.small", Offer: true, Hourly: "0.001", Kind: "All Upfront"},
	)
	if got, err := x.Reserved(t.Context()); err != nil || len(got) != 2 || got["cache.t4g.small"] != 3 || got["cache.r7g.large"] != 1 {
		t.Error(got, err)
	}
	if got, err := x.Offers(t.Context(), []string{"cache.t4g.small", "cache.t4g.small", "cache.none"}); err != nil || len(got) != 1 || got["cache.t4g.small"].String() != "0.0218" {
		t.Error(got, err)
	}
	c.RefuseWatch(func(string) (int, string) { return http.StatusForbidden, "AccessDenied" })
	_, e1 := x.Reserved(t.Context())
	_, e2 := x.Offers(t.Context(), []string{"cache.t4g.small"})
	for i, err := range []error{e1, e2} {
		if fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), []string{"elasticache:DescribeReservedCacheNodes on", "elasticache:DescribeReservedCacheNodesOfferings"}[i]) {
			t.Error(err)
		}
	}
}
