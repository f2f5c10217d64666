package rds

import (
	"context"
	"errors"
	"math"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/recommend"
)

// aYear is the term of a reservation as RDS writes it, in seconds, and its hours.
const (
	aYear       = "31536000"
	hoursOfYear = 8760
	noUpfront   = "No Upfront"
)

// Estate are the instances of these names. One that cannot be read, or is not
// there, is named in the second answer. How they are used is not known here.
func (d *Databases) Estate(ctx context.Context, ids []string) ([]recommend.Database, []recommend.Unread) {
	found, unread := []recommend.Database{}, []recommend.Unread{}
	for _, id := range ids {
		x, err := d.instance(ctx, id)
		if err != nil {
			unread = append(unread, recommend.Unread{What: "databases", Why: id + ": " + err.Error()})
			continue
		}
		found = append(found, x)
	}
	return found, unread
}

func (d *Databases) instance(ctx context.Context, id string) (recommend.Database, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := d.client.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &id})
	if err != nil {
		return recommend.Database{}, refusal.Of(id, "the database cannot be looked at", "Allow the role rds:DescribeDBInstances on the stage's databases.", err)
	}
	if len(out.DBInstances) != 1 || aws.ToString(out.DBInstances[0].DBInstanceClass) == "" {
		return recommend.Database{}, errors.New("RDS tells of no such instance, or not its class")
	}
	i := out.DBInstances[0]
	return recommend.Database{
		ID: id, Class: aws.ToString(i.DBInstanceClass), Engine: aws.ToString(i.Engine), MultiAZ: aws.ToBool(i.MultiAZ),
		CPU: -1, CPUMost: -1, Since: aws.ToTime(i.InstanceCreateTime).UTC(),
	}, nil
}

// Reserved are the instances that the account has reserved and that are active, by
// class. One of two zones counts as two.
func (d *Databases) Reserved(ctx context.Context) (map[string]int, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	all := map[string]int{}
	pages := rds.NewDescribeReservedDBInstancesPaginator(d.client, &rds.DescribeReservedDBInstancesInput{}, func(o *rds.DescribeReservedDBInstancesPaginatorOptions) { o.StopOnDuplicateToken = true })
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, refusal.Of("RDS", "the reservations cannot be listed", "Allow the role rds:DescribeReservedDBInstances on *.", err)
		}
		for _, r := range out.ReservedDBInstances {
			if n := int(aws.ToInt32(r.DBInstanceCount)); aws.ToString(r.State) == "active" {
				if aws.ToBool(r.MultiAZ) {
					n *= 2
				}
				all[aws.ToString(r.DBInstanceClass)] += n
			}
		}
	}
	return all, nil
}

// Offers are what an hour of these databases' classes costs, reserved for a year
// in one zone with nothing paid ahead, by class. A class that AWS offers none of
// is not in it.
func (d *Databases) Offers(ctx context.Context, databases []recommend.Database) (map[string]price.Rate, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	all := map[string]price.Rate{}
	for _, x := range databases {
		if _, asked := all[x.Class]; asked {
			continue
		}
		engine := x.Engine
		if engine == "postgres" {
			engine = "postgresql" // as reservations name it
		}
		in := &rds.DescribeReservedDBInstancesOfferingsInput{
			DBInstanceClass: aws.String(x.Class), Duration: aws.String(aYear), OfferingType: aws.String(noUpfront), MultiAZ: aws.Bool(false), ProductDescription: &engine,
		}
		pages := rds.NewDescribeReservedDBInstancesOfferingsPaginator(d.client, in, func(o *rds.DescribeReservedDBInstancesOfferingsPaginatorOptions) { o.StopOnDuplicateToken = true })
		for pages.HasMorePages() {
			out, err := pages.NextPage(ctx)
			if err != nil {
				return nil, refusal.Of("RDS", "what reservations cost cannot be read", "Allow the role rds:DescribeReservedDBInstancesOfferings on *.", err)
			}
			for _, o := range out.ReservedDBInstancesOfferings {
				if rate, ok := hourly(o); ok && aws.ToString(o.DBInstanceClass) == x.Class {
					all[x.Class] = rate
				}
			}
		}
	}
	return all, nil
}

// hourly is what an hour of an offer costs with everything in it, in dollars.
func hourly(o types.ReservedDBInstancesOffering) (price.Rate, bool) {
	usd := aws.ToFloat64(o.UsagePrice) + aws.ToFloat64(o.FixedPrice)/hoursOfYear
	for _, c := range o.RecurringCharges {
		if aws.ToString(c.RecurringChargeFrequency) == "Hourly" {
			usd += aws.ToFloat64(c.RecurringChargeAmount)
		}
	}
	if aws.ToString(o.CurrencyCode) != "USD" || aws.ToBool(o.MultiAZ) || aws.ToString(o.OfferingType) != noUpfront || aws.ToInt32(o.Duration) != 31536000 || math.IsNaN(usd) || usd <= 0 {
		return 0, false
	}
	rate, err := price.ParseRate(strconv.FormatFloat(usd, 'f', 10, 64))
	return rate, err == nil
}
