// Package elasticache asks Amazon ElastiCache, or what AWS_ENDPOINT_URL names, what
// nodes there are, which are reserved, and what a reservation costs.
package elasticache

import (
	"context"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/recommend"
)

// Caches are those of one region.
type Caches struct{ client *elasticache.Client }

const (
	// within bounds one question with all its pages and retries.
	within      = time.Minute
	aYear       = "31536000"
	hoursOfYear = 8760
	noUpfront   = "No Upfront"
)

// Open makes a client with the credentials that the AWS SDK finds. region is
// empty for that of the environment.
func Open(ctx context.Context, region string) (*Caches, error) {
	c, err := session.Load(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Caches{elasticache.NewFromConfig(c)}, nil
}

// Estate are the clusters of these names, of which each is a node of Redis. One
// that cannot be read, or is not there, is named in the second answer. How they
// are used is not known here.
func (c *Caches) Estate(ctx context.Context, ids []string) ([]recommend.Cache, []recommend.Unread) {
	found, unread := []recommend.Cache{}, []recommend.Unread{}
	for _, id := range ids {
		x, err := c.cluster(ctx, id)
		if err != nil {
			unread = append(unread, recommend.Unread{What: "caches", Why: id + ": " + err.Error()})
			continue
		}
		found = append(found, x)
	}
	return found, unread
}

func (c *Caches) cluster(ctx context.Context, id string) (recommend.Cache, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := c.client.DescribeCacheClusters(ctx, &elasticache.DescribeCacheClustersInput{CacheClusterId: &id})
	if err != nil {
		return recommend.Cache{}, refusal.Of(id, "the cache cannot be looked at", "Allow the role elasticache:DescribeCacheClusters on the stage's caches.", err)
	}
	if len(out.CacheClusters) != 1 || aws.ToString(out.CacheClusters[0].CacheNodeType) == "" {
		return recommend.Cache{}, errors.New("ElastiCache tells of no such cluster, or not its type")
	}
	x := out.CacheClusters[0]
	if aws.ToInt32(x.NumCacheNodes) > 1 {
		return recommend.Cache{}, errors.New("it has several nodes, as Memcached does, which are not told apart here")
	}
	return recommend.Cache{ID: id, Type: aws.ToString(x.CacheNodeType), CPUMost: -1, MemoryMost: -1, Since: aws.ToTime(x.CacheClusterCreateTime).UTC()}, nil
}

// Reserved are the nodes that the account has reserved and that are active, by
// type.
func (c *Caches) Reserved(ctx context.Context) (map[string]int, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	all := map[string]int{}
	pages := elasticache.NewDescribeReservedCacheNodesPaginator(c.client, &elasticache.DescribeReservedCacheNodesInput{}, func(o *elasticache.DescribeReservedCacheNodesPaginatorOptions) {
		o.StopOnDuplicateToken = true
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, refusal.Of("ElastiCache", "the reservations cannot be listed", "Allow the role elasticache:DescribeReservedCacheNodes on *.", err)
		}
		for _, r := range out.ReservedCacheNodes {
			if aws.ToString(r.State) == "active" {
				all[aws.ToString(r.CacheNodeType)] += int(aws.ToInt32(r.CacheNodeCount))
			}
		}
	}
	return all, nil
}

// Offers are what an hour of these types costs, reserved for a year with nothing
// paid ahead, for Redis, by type. A type that AWS offers none of is not in it.
func (c *Caches) Offers(ctx context.Context, kinds []string) (map[string]price.Rate, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	all := map[string]price.Rate{}
	for _, kind := range kinds {
		if _, asked := all[kind]; asked {
			continue
		}
		in := &elasticache.DescribeReservedCacheNodesOfferingsInput{CacheNodeType: aws.String(kind), Duration: aws.String(aYear), OfferingType: aws.String(noUpfront), ProductDescription: aws.String("redis")}
		pages := elasticache.NewDescribeReservedCacheNodesOfferingsPaginator(c.client, in, func(o *elasticache.DescribeReservedCacheNodesOfferingsPaginatorOptions) {
			o.StopOnDuplicateToken = true
		})
		for pages.HasMorePages() {
			out, err := pages.NextPage(ctx)
			if err != nil {
				return nil, refusal.Of("ElastiCache", "what reservations cost cannot be read", "Allow the role elasticache:DescribeReservedCacheNodesOfferings on *.", err)
			}
			for _, o := range out.ReservedCacheNodesOfferings {
				if rate, ok := hourly(o); ok && aws.ToString(o.CacheNodeType) == kind {
					all[kind] = rate
				}
			}
		}
	}
	return all, nil
}

// hourly is what an hour of an offer costs with everything in it, in dollars.
func hourly(o types.ReservedCacheNodesOffering) (price.Rate, bool) {
	usd := aws.ToFloat64(o.UsagePrice) + aws.ToFloat64(o.FixedPrice)/hoursOfYear
	for _, c := range o.RecurringCharges {
		if aws.ToString(c.RecurringChargeFrequency) == "Hourly" {
			usd += aws.ToFloat64(c.RecurringChargeAmount)
		}
	}
	if aws.ToString(o.OfferingType) != noUpfront || aws.ToInt32(o.Duration) != 31536000 || math.IsNaN(usd) || usd <= 0 {
		return 0, false
	}
	rate, err := price.ParseRate(strconv.FormatFloat(usd, 'f', 10, 64))
	return rate, err == nil
}
