// Package price knows list prices of AWS: one table, each entry with its source
// and its date, and how AWS's own Price List becomes one.
package price

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Item is what has a price, such as lambda.request. Some have a kind at their
// end: rds.hour.db.t4g.medium.
type Item string

// The items that both sides use.
const (
	LambdaRequest Item = "lambda.request"
	LambdaX86     Item = "lambda.gb_second.x86"
	LambdaARM     Item = "lambda.gb_second.arm"
	APIHTTP       Item = "api.http.request"
	APIREST       Item = "api.rest.request"
	FargateX86CPU Item = "fargate.vcpu_hour.x86"
	FargateX86GB  Item = "fargate.gb_hour.x86"
	FargateARMCPU Item = "fargate.vcpu_hour.arm"
	FargateARMGB  Item = "fargate.gb_hour.arm"
	ALBHour       Item = "alb.hour"
	ALBCapacity   Item = "alb.lcu_hour"
	NATHour       Item = "nat.hour"
	NATGB         Item = "nat.gb"
	AddressHour   Item = "ipv4.hour"
	ProxyCPU      Item = "rds_proxy.vcpu_hour"
	EgressGB      Item = "egress.gb"
	LogsGB        Item = "logs.gb"
	Trace         Item = "xray.trace"
	S3Put         Item = "s3.put"
	S3Get         Item = "s3.get"
	// What is only kept, or kept warm.
	S3Standard     Item = "s3.standard.gb_month"
	S3Infrequent   Item = "s3.tiering_infrequent.gb_month"
	S3Tiered       Item = "s3.tiering.object_month"
	S3Transition   Item = "s3.tiering.transition"
	LogsKept       Item = "logs.kept.gb_month"
	WarmX86        Item = "lambda.provisioned.gb_second.x86"
	WarmARM        Item = "lambda.provisioned.gb_second.arm"
	databasePrefix      = "rds.hour."
	cachePrefix         = "elasticache.hour."
)

// Database is an hour of a PostgreSQL instance of a class, in one zone.
func Database(class string) Item { return Item(databasePrefix + class) }

// Cache is an hour of a Redis node of a type.
func Cache(node string) Item { return Item(cachePrefix + node) }

// known are the items, their unit, and the service under which bills have them.
var known = map[Item]struct{ unit, service string }{
	LambdaRequest: {"request", "AWS Lambda"}, LambdaX86: {"GB-second", "AWS Lambda"}, LambdaARM: {"GB-second", "AWS Lambda"},
	APIHTTP: {"request", "Amazon API Gateway"}, APIREST: {"request", "Amazon API Gateway"},
	FargateX86CPU: {"vCPU-hour", "Amazon Elastic Container Service"}, FargateX86GB: {"GB-hour", "Amazon Elastic Container Service"},
	FargateARMCPU: {"vCPU-hour", "Amazon Elastic Container Service"}, FargateARMGB: {"GB-hour", "Amazon Elastic Container Service"},
	ALBHour: {"hour", "Amazon Elastic Load Balancing"}, ALBCapacity: {"LCU-hour", "Amazon Elastic Load Balancing"},
	NATHour: {"hour", "EC2 - Other"}, NATGB: {"GB", "EC2 - Other"}, AddressHour: {"hour", "Amazon Virtual Private Cloud"},
	ProxyCPU: {"vCPU-hour", relational}, EgressGB: {"GB", Transfer}, LogsGB: {"GB", "AmazonCloudWatch"}, Trace: {"trace", "AWS X-Ray"},
	S3Put: {"request", "Amazon Simple Storage Service"}, S3Get: {"request", "Amazon Simple Storage Service"},
	S3Standard: {"GB-month", "Amazon Simple Storage Service"}, S3Infrequent: {"GB-month", "Amazon Simple Storage Service"},
	S3Tiered: {"object-month", "Amazon Simple Storage Service"}, S3Transition: {"request", "Amazon Simple Storage Service"},
	LogsKept: {"GB-month", "AmazonCloudWatch"}, WarmX86: {"GB-second", "AWS Lambda"}, WarmARM: {"GB-second", "AWS Lambda"},
}

const (
	relational = "Amazon Relational Database Service"
	caching    = "Amazon ElastiCache"
	hour       = "hour"
	// Transfer is what leaves AWS: bills have it under whatever service sent it,
	// so it is told apart by its usage type.
	Transfer = "Data transfer"
)

// kindRE is a class of instances, or a type of nodes.
var kindRE = pattern.New(`^(db|cache)\.[a-z][a-z0-9]{1,9}\.[a-z0-9]{2,12}$`)

// Unit is what the item is counted in, or "" for one that is not known.
func (i Item) Unit() string {
	if i.kind() != "" {
		return hour
	}
	return known[i].unit
}

// Service is the one under which AWS's bills have the item.
func (i Item) Service() string {
	switch {
	case i.kind() == "":
		return known[i].service
	case strings.HasPrefix(string(i), databasePrefix):
		return relational
	}
	return caching
}

// kind is the class or type at the end of an item, or "".
func (i Item) kind() string {
	for prefix, family := range map[string]string{databasePrefix: "db.", cachePrefix: "cache."} {
		if kind, ok := strings.CutPrefix(string(i), prefix); ok && strings.HasPrefix(kind, family) && kindRE.MatchString(kind) {
			return kind
		}
	}
	return ""
}

// Quantity is how much, in millionths of the item's unit. It is whole, so that
// sums do not depend on their order.
type Quantity int64

// One is one unit.
const One Quantity = 1_000_000

// most bounds quantities so that sums of some do not overflow.
const most = Quantity(1) << 60

// Of is the nearest quantity. What is negative is none, what is more than can be
// counted is the most that can be.
func Of(units float64) Quantity {
	v := units * float64(One)
	switch {
	case !(v > 0): // and what is no number
		return 0
	case v >= float64(most):
		return most
	}
	return Quantity(v + 0.5)
}

// Units is the quantity in its unit.
func (q Quantity) Units() float64 { return float64(q) / float64(One) }

// Rate is the price of one unit, in ten-billionths of a dollar: a GB-second costs
// $0.0000166667.
type Rate int64

const rateDigits = 10

var rateRE = pattern.New(`^(0|[1-9][0-9]{0,6})(?:\.([0-9]{1,20}))?$`)

// ParseRate reads dollars. Digits beyond the tenth must be zero: a price that had
// to be rounded would be another price.
func ParseRate(dollars string) (Rate, error) {
	m := rateRE.FindStringSubmatch(dollars)
	if m == nil {
		return 0, fmt.Errorf("%q is no price in dollars, such as 0.0000166667", dollars)
	}
	digits := strings.TrimRight(m[2], "0")
	if len(digits) > rateDigits {
		return 0, fmt.Errorf("%q has more than %d digits behind the point", dollars, rateDigits)
	}
	n, _ := new(big.Int).SetString(m[1]+digits+strings.Repeat("0", rateDigits-len(digits)), 10)
	return Rate(n.Int64()), nil
}

// String is the price in dollars, as it is written in the table.
func (r Rate) String() string {
	whole := fmt.Sprintf("%0*d", rateDigits+1, int64(r))
	at := len(whole) - rateDigits
	text := strings.TrimRight(whole[at:], "0")
	if len(text) < 2 {
		text = (text + "00")[:2]
	}
	return whole[:at] + "." + text
}

// Dollars is the price for what is estimated, where exact sums do not matter.
func (r Rate) Dollars() float64 { return float64(r) / 1e10 }

// Times is what a quantity costs, rounded half up to a millionth of a dollar.
func (r Rate) Times(q Quantity) unit.Money {
	// Millionths of a unit by ten-billionths of a dollar; a Money is a millionth.
	n := new(big.Int).Mul(big.NewInt(int64(r)), big.NewInt(int64(q)))
	n.Add(n, big.NewInt(5_000_000_000)).Quo(n, big.NewInt(10_000_000_000))
	if !n.IsInt64() {
		return unit.Money(1<<63 - 1)
	}
	return unit.Money(n.Int64())
}
