//go:build e2e

package elasticache_test

import (
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/elasticache"
	"github.com/cutover-dev/cutover/internal/mototest"
)

const makeOne = `
import boto3, os
at = dict(endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
boto3.client("elasticache", **at).create_cache_cluster(CacheClusterId="redis-001", CacheNodeType="cache.t4g.small", Engine="redis", NumCacheNodes=1)
`

// A node is read from an ElastiCache that was not written here. moto knows no
// reservations: that they cannot be read is an error, not none.
func TestE2EMotoEstate(t *testing.T) {
	mototest.Start(t).Python(makeOne)
	x, err := elasticache.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	found, unread := x.Estate(t.Context(), []string{"redis-001", "gone"})
	if len(found) != 1 || found[0].Type != "cache.t4g.small" || time.Since(found[0].Since) > time.Hour || len(unread) != 1 {
		t.Errorf("%+v %v", found, unread)
	}
	if got, err := x.Reserved(t.Context()); err == nil {
		t.Errorf("nothing is reserved: %v", got)
	}
}
