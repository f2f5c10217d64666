package budgets_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/budgets"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/gate"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud/cloudtest"
)

// start makes a cloud in memory; the SDK's real client speaks to it.
func start(t *testing.T) (*cloud.Cloud, *budgets.Budgets) {
	t.Helper()
	c := cloudtest.Serve(t, cloud.New("state"))
	t.Setenv("AWS_REGION", "eu-west-1")
	b, err := budgets.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c, b
}

func TestBudget(t *testing.T) {
	c, b := start(t)
	c.SetBudget("lego-api", &cloud.Budget{Limit: "200.0", Actual: "12.345", Unit: "USD", Tag: "Project=LEGO-API"})
	got, err := b.Budget(t.Context(), "lego-api")
	want := gate.Budget{Name: "lego-api", Limit: "200.0", LimitUnit: "USD", Actual: "12.345", ActualUnit: "USD", Period: "MONTHLY", Kind: "COST", Filtered: true}
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	c.SetBudget("lego-api", &cloud.Budget{Limit: "10", Actual: "0", Unit: "GB", Kind: "USAGE", Unhealthy: "FILTER_INVALID"})
	got, err = b.Budget(t.Context(), "lego-api")
	want = gate.Budget{Name: "lego-api", Limit: "10", LimitUnit: "GB", Actual: "0", ActualUnit: "GB", Period: "MONTHLY", Kind: "USAGE", Unhealthy: "FILTER_INVALID"}
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if calls := c.Calls(); len(calls) != 2 || calls[0].Action != "budgets:ViewBudget" || calls[0].Resource != "arn:aws:budgets::123456789012:budget/lego-api" {
		t.Errorf("%+v", calls)
	}
}

func TestRefusalsHelp(t *testing.T) {
	c, b := start(t)
	if _, err := b.Budget(t.Context(), "none"); !errors.Is(err, gate.ErrNone) {
		t.Error(err)
	}
	for code, want := range map[string]struct {
		kind fault.Kind
		next string
	}{
		"AccessDeniedException": {fault.Input, "budgets:ViewBudget"}, "ExpiredTokenException": {fault.Input, "configure-aws-credentials"}, "InvalidParameterException": {fault.Outside, ""},
	} {
		c.RefuseBudgets(400, code)
		if got, err := b.Budget(t.Context(), "x"); fault.KindOf(err) != want.kind || !strings.Contains(err.Error(), want.next) || strings.Contains(err.Error(), "very-secret") || got != (gate.Budget{}) {
			t.Errorf("%s: %+v, %v", code, got, err)
		}
	}
}

func TestNoCredentials(t *testing.T) {
	start(t)
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		t.Setenv(name, "")
	}
	b, err := budgets.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Budget(t.Context(), "x"); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "no AWS credentials") {
		t.Error(err)
	}
}
