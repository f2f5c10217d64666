package costexplorer

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/cost"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

const (
	// CallPrice is that of one request, each page being one; source: AWS Cost
	// Management pricing page.
	CallPrice = unit.Dollar / 100
	// mostCalls bounds what one question may cost, and mostSpan what days are kept.
	mostCalls = 100
	mostSpan  = 366 * 24 * time.Hour
	// costMetric spreads what Savings Plans and reservations cost over what they are for.
	costMetric = "AmortizedCost"
	// quantityMetric is how much was used, in the usage type's own unit.
	quantityMetric = "UsageQuantity"
)

// Spend asks what resources with all of these tags have cost from one day up to
// another, which is not counted, by service and usage type. Credits, refunds and
// tax are left out: they are not what running costs. said is told each call's
// price before it is made.
func (c *Costs) Spend(ctx context.Context, from, to time.Time, tags map[string]string, said func(string)) (cost.Spend, error) {
	s := cost.Spend{From: day(from), To: day(to), Lines: []cost.SpendLine{}}
	sums := amounts{}
	b, err := c.ask(ctx, from, to, tags, []string{costMetric}, said, func(r types.ResultByTime) error {
		s.Estimated = s.Estimated || r.Estimated
		return sums.add(r.Groups, costMetric)
	})
	s.Calls, s.Fee = b.calls, b.fee
	if err != nil {
		return s, err
	}
	for _, key := range sums.keys() {
		s.Lines = append(s.Lines, cost.SpendLine{Service: key[0], UsageType: key[1], Amount: money(sums[key])})
	}
	return s, nil
}

// bought is what asking has cost.
type bought struct {
	calls int
	fee   unit.Money
}

// ask reads the days of a window, page by page; each is told what a page says of
// a day, which may be on more than one.
func (c *Costs) ask(ctx context.Context, from, to time.Time, tags map[string]string, metrics []string, said func(string), each func(types.ResultByTime) error) (b bought, err error) {
	from, to = day(from), day(to)
	if !from.Before(to) || to.Sub(from) > mostSpan {
		return b, &fault.Fault{Kind: fault.Input, Name: "window", What: "holds no whole day, or more than a year", Got: from.Format(time.DateOnly) + " to " + to.Format(time.DateOnly), Next: "Cost Explorer tells days: name a window of some."}
	}
	if len(tags) == 0 {
		return b, &fault.Fault{Kind: fault.Input, Name: "tags", What: "are none, so all of the account's costs would be told", Next: "Name the tags of the app's resources."}
	}
	in := &costexplorer.GetCostAndUsageInput{
		TimePeriod:  &types.DateInterval{Start: aws.String(from.Format(time.DateOnly)), End: aws.String(to.Format(time.DateOnly))},
		Granularity: types.GranularityDaily, Metrics: metrics, Filter: filter(tags),
		GroupBy: []types.GroupDefinition{{Type: types.GroupDefinitionTypeDimension, Key: aws.String("SERVICE")}, {Type: types.GroupDefinitionTypeDimension, Key: aws.String("USAGE_TYPE")}},
	}
	for {
		if b.calls == mostCalls {
			return b, &fault.Fault{Kind: fault.Outside, Name: "Cost Explorer", What: fmt.Sprintf("has more than %d pages, each of which costs %s", mostCalls, CallPrice), Next: "Name a shorter window."}
		}
		b.calls++
		b.fee += CallPrice
		said(fmt.Sprintf("Cost Explorer, call %d: %s", b.calls, CallPrice))
		out, err := c.usage(ctx, in)
		if err != nil {
			return b, refusal.Of("Cost Explorer", "costs cannot be read", "Allow the role ce:GetCostAndUsage on *; a linked account needs the payer's leave.", err)
		}
		for _, r := range out.ResultsByTime {
			if err := each(r); err != nil {
				return b, err
			}
		}
		if aws.ToString(out.NextPageToken) == "" {
			return b, nil
		}
		if aws.ToString(out.NextPageToken) == aws.ToString(in.NextPageToken) {
			return b, &fault.Fault{Kind: fault.Outside, Name: "Cost Explorer", What: "turns to the same page again"}
		}
		in.NextPageToken = out.NextPageToken
	}
}

var amountRE = pattern.New(`^-?[0-9]{1,15}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?$`)

func day(at time.Time) time.Time { return at.UTC().Truncate(24 * time.Hour) }

func (c *Costs) usage(ctx context.Context, in *costexplorer.GetCostAndUsageInput) (*costexplorer.GetCostAndUsageOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return c.client.GetCostAndUsage(ctx, in)
}

// filter wants every tag, and none of what is not usage; source: Cost Explorer API
// reference, Expression: And takes two at least, RECORD_TYPE is a dimension.
func filter(tags map[string]string) *types.Expression {
	all := []types.Expression{{Not: &types.Expression{Dimensions: &types.DimensionValues{Key: types.DimensionRecordType, Values: []string{"Credit", "Refund", "Tax"}}}}}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, types.Expression{Tags: &types.TagValues{Key: aws.String(key), Values: []string{tags[key]}, MatchOptions: []types.MatchOption{types.MatchOptionEquals}}})
	}
	return &types.Expression{And: all}
}

// amounts are sums by service and usage type.
type amounts map[[2]string]*big.Rat

func (a amounts) keys() [][2]string {
	return slices.SortedFunc(maps.Keys(a), func(a, b [2]string) int { return strings.Compare(a[0]+"\x00"+a[1], b[0]+"\x00"+b[1]) })
}

// add sums groups up exactly: a day's amounts have ten digits and more. Another
// currency than the dollar is refused: nothing here would know what it is worth.
func (a amounts) add(groups []types.Group, metric string) error {
	wrong := func(what, got string) error {
		return &fault.Fault{Kind: fault.Outside, Name: "Cost Explorer", What: what, Got: got}
	}
	for _, g := range groups {
		if len(g.Keys) != 2 {
			return wrong("has answered with other groups than were asked for", strings.Join(g.Keys, ", "))
		}
		m, ok := g.Metrics[metric]
		switch unit := aws.ToString(m.Unit); {
		case !ok || metric == costMetric && unit == "":
			return wrong("has told no "+metric, strings.Join(g.Keys, ", "))
		case metric == costMetric && unit != "USD":
			return &fault.Fault{Kind: fault.Input, Name: "currency", What: "is another one than the US dollar", Got: unit, Allowed: "USD", Next: "Ask with an account that is billed in US dollars; budgets and prices here are in no other currency."}
		}
		text := aws.ToString(m.Amount)
		// Held to a shape first: an exponent may be of any size.
		amount, ok := new(big.Rat), amountRE.MatchString(text)
		if ok {
			_, ok = amount.SetString(text)
		}
		if !ok {
			return wrong("has told an amount that is no number", text)
		}
		key := [2]string{g.Keys[0], g.Keys[1]}
		if a[key] == nil {
			a[key] = new(big.Rat)
		}
		a[key].Add(a[key], amount)
	}
	return nil
}

// money rounds to the nearest millionth.
func money(r *big.Rat) unit.Money {
	f, _ := new(big.Rat).Mul(r, big.NewRat(int64(unit.Dollar), 1)).Float64()
	switch {
	case f < 0:
		return unit.Money(f - 0.5)
	case f > 9e18:
		return unit.Money(1<<63 - 1)
	}
	return unit.Money(f + 0.5)
}
