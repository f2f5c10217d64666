package cloud

import (
	"encoding/json"
	"net/http"
	"strings"
)

// Budget is one of AWS Budgets'. Figures are decimal, as AWS writes them.
type Budget struct {
	Limit, Actual, Unit string
	// Kind is COST unless set, Unhealthy a reason for AWS not to update it.
	Kind, Unhealthy string
	// Tag is the cost allocation tag that it is filtered by, empty for none.
	Tag string
}

// SetBudget makes a budget of the account; nil takes it away.
func (c *Cloud) SetBudget(name string, b *Budget) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.budget == nil {
		c.budget = map[string]*Budget{}
	}
	c.budget[name] = b
}

// RefuseBudgets makes requests of AWS Budgets fail with this status and code; 0
// lets them through.
func (c *Cloud) RefuseBudgets(status int, code string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.budgetFault = fault{status, code}
}

// budgets answers DescribeBudget; source: AWS Cost Management API reference,
// JSON 1.1.
func (c *Cloud) budgets(w http.ResponseWriter, r *http.Request) {
	var in struct {
		AccountID  string `json:"AccountId"`
		BudgetName string
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(&in)
	target := r.Header.Get("X-Amz-Target")
	c.mu.Lock()
	defer c.mu.Unlock()
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	refuse := func(status int, code, message string) {
		w.WriteHeader(status)
		reply(w, map[string]any{"__type": code, "Message": message})
	}
	if target != "AWSBudgetServiceGateway.DescribeBudget" || err != nil {
		c.unknown = append(c.unknown, "budgets "+target)
		refuse(http.StatusBadRequest, "InvalidAction", "this cloud does not know the request")
		return
	}
	// The permission has another name than the call, and its ARN no region;
	// source: Service Authorization Reference, AWS Budgets.
	c.note(r, "budgets:ViewBudget", "arn:aws:budgets::"+in.AccountID+":budget/"+in.BudgetName)
	b := c.budget[in.BudgetName]
	switch {
	case c.budgetFault.status != 0:
		refuse(c.budgetFault.status, c.budgetFault.code, "made to fail")
	case in.AccountID != Account:
		refuse(http.StatusBadRequest, "AccessDeniedException", "Account "+in.AccountID+" is not the caller's")
	case b == nil:
		refuse(http.StatusBadRequest, "NotFoundException", "Unable to get budget: "+in.BudgetName+" - the budget doesn't exist.")
	default:
		reply(w, map[string]any{"Budget": b.shown(in.BudgetName)})
	}
}

func (b *Budget) shown(name string) map[string]any {
	kind := b.Kind
	if kind == "" {
		kind = "COST"
	}
	shown := map[string]any{
		"BudgetName": name, "BudgetType": kind, "TimeUnit": "MONTHLY", "CostFilters": map[string]any{},
		"BudgetLimit":     map[string]any{"Amount": b.Limit, "Unit": b.Unit},
		"CalculatedSpend": map[string]any{"ActualSpend": map[string]any{"Amount": b.Actual, "Unit": b.Unit}},
		"HealthStatus":    map[string]any{"Status": "HEALTHY"},
	}
	if b.Tag != "" {
		shown["CostFilters"] = map[string]any{"TagKeyValue": []string{"user:" + strings.ReplaceAll(b.Tag, "=", "$")}}
	}
	if b.Unhealthy != "" {
		shown["HealthStatus"] = map[string]any{"Status": "UNHEALTHY", "StatusReason": b.Unhealthy}
	}
	return shown
}
