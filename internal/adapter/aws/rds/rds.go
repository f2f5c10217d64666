// Package rds asks Amazon RDS, or what AWS_ENDPOINT_URL names, what databases
// and proxies are. It is the Databases of internal/monitoring/discover.
package rds

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/monitoring/discover"
)

// Databases are those of one region.
type Databases struct{ client *rds.Client }

var _ discover.Databases = (*Databases)(nil)

// within bounds one question with all its pages and retries.
const within = time.Minute

// Open makes a client with the credentials that the AWS SDK finds. region is
// empty for that of the environment.
func Open(ctx context.Context, region string) (*Databases, error) {
	c, err := session.Load(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Databases{rds.NewFromConfig(c)}, nil
}

// Instance implements discover.Databases.
func (d *Databases) Instance(ctx context.Context, id string) (discover.Database, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := d.client.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &id})
	var none *types.DBInstanceNotFoundFault
	if errors.As(err, &none) || err == nil && len(out.DBInstances) == 0 {
		return discover.Database{}, fmt.Errorf("the database %s: %w", id, discover.ErrGone)
	}
	if err != nil {
		return discover.Database{}, refusal.Of(id, "the database cannot be looked at", "Allow the role rds:DescribeDBInstances on the stage's databases.", err)
	}
	i := out.DBInstances[0]
	return discover.Database{Engine: aws.ToString(i.Engine), Cluster: aws.ToString(i.DBClusterIdentifier), StorageGB: int(aws.ToInt32(i.AllocatedStorage))}, nil
}

// Proxies implements discover.Databases. Their ARNs hold no names, and RDS finds
// them by names only: all are listed.
func (d *Databases) Proxies(ctx context.Context) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	names := map[string]string{}
	pages := rds.NewDescribeDBProxiesPaginator(d.client, &rds.DescribeDBProxiesInput{})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, refusal.Of("RDS", "the proxies cannot be listed", "Allow the role rds:DescribeDBProxies on *.", err)
		}
		for _, p := range out.DBProxies {
			names[aws.ToString(p.DBProxyArn)] = aws.ToString(p.DBProxyName)
		}
	}
	return names, nil
}
