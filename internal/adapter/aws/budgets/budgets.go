// Package budgets asks AWS Budgets, or what AWS_ENDPOINT_URL names, what the
// account has spent. It is the Budgets of internal/gate.
package budgets

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	"github.com/aws/aws-sdk-go-v2/service/budgets/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/gate"
)

// Budgets are those of the account whose credentials are at hand.
type Budgets struct {
	budgets *budgets.Client
	sts     *sts.Client
}

var _ gate.Budgets = (*Budgets)(nil)

const (
	within = time.Minute
	// home is where AWS Budgets has its one endpoint.
	home = "us-east-1"
)

// Open makes a client with the credentials that the AWS SDK finds.
func Open(ctx context.Context) (*Budgets, error) {
	c, err := session.Load(ctx, home)
	if err != nil {
		return nil, err
	}
	return &Budgets{budgets.NewFromConfig(c), sts.NewFromConfig(c)}, nil
}

// Budget implements gate.Budgets. The account is that of the credentials: an
// account sees no other's budgets.
func (b *Budgets) Budget(ctx context.Context, name string) (gate.Budget, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	who, err := b.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return gate.Budget{}, failed("the account", "cannot be told", err)
	}
	out, err := b.budgets.DescribeBudget(ctx, &budgets.DescribeBudgetInput{AccountId: who.Account, BudgetName: &name})
	var none *types.NotFoundException
	if errors.As(err, &none) {
		return gate.Budget{}, fmt.Errorf("the budget %s: %w", name, gate.ErrNone)
	}
	if err != nil {
		return gate.Budget{}, failed("the budget "+name, "cannot be read", err)
	}
	if out.Budget == nil {
		return gate.Budget{}, &fault.Fault{Kind: fault.Outside, Name: "the budget " + name, What: "was answered with nothing"}
	}
	return seen(name, *out.Budget), nil
}

func seen(name string, b types.Budget) gate.Budget {
	s := gate.Budget{
		Name: name, Period: string(b.TimeUnit), Kind: string(b.BudgetType),
		// Budgets made since 2025 have an expression in place of the list. A filter that
		// is passed over would make a part of the account look like all of it.
		Filtered: len(b.CostFilters) > 0 || b.FilterExpression != nil, //nolint:staticcheck // older budgets answer with it alone
	}
	if b.BudgetLimit != nil {
		s.Limit, s.LimitUnit = aws.ToString(b.BudgetLimit.Amount), aws.ToString(b.BudgetLimit.Unit)
	}
	if b.CalculatedSpend != nil && b.CalculatedSpend.ActualSpend != nil {
		s.Actual, s.ActualUnit = aws.ToString(b.CalculatedSpend.ActualSpend.Amount), aws.ToString(b.CalculatedSpend.ActualSpend.Unit)
	}
	if h := b.HealthStatus; h != nil && h.Status != types.HealthStatusValueHealthy {
		s.Unhealthy = string(h.Status)
		if h.StatusReason != "" {
			s.Unhealthy = string(h.StatusReason)
		}
	}
	return s
}

func failed(name, what string, err error) error {
	return refusal.Of(name, what, "Allow the role budgets:ViewBudget on this budget.", err)
}
