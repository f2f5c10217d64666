package monitoring

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
)

// mostMailboxes is how many mailboxes AWS tells of one alert itself.
const mostMailboxes = 10

// BudgetName is the name of the project's budget.
func BudgetName(project string) string { return project + "-Serverless-Monthly" }

// addBudget puts the budget and the watch for unusual cost into the template.
// Both count what carries the cost-allocation tag Project, and see nothing
// until it is active.
func (p Plan) addBudget(t cfn.Template, topic cfn.Ref) error {
	b := p.Budget
	others := slices.Compact(slices.Sorted(slices.Values(b.Mailboxes)))
	others = slices.DeleteFunc(others, func(box string) bool { return slices.Contains(p.Mailboxes, box) })
	if len(others) > mostMailboxes {
		return &fault.Fault{
			Kind: fault.Input, Name: "budget.teams", What: "has more mailboxes than AWS tells of a budget", Got: strconv.Itoa(len(others)), Allowed: strconv.Itoa(mostMailboxes) + " beside those of monitoring.teams",
			Next: "Give the team one shared mailbox.",
		}
	}
	told := []cfn.Subscriber{{SubscriptionType: "SNS", Address: topic}}
	for _, box := range others {
		told = append(told, cfn.Subscriber{SubscriptionType: "EMAIL", Address: box})
	}
	filters := map[string][]string{"TagKeyValue": {"user:Project$" + p.Project}}
	if b.Unfiltered {
		filters = nil
	}
	budget := cfn.Budget{
		Budget: cfn.BudgetData{
			BudgetName: BudgetName(p.Project), BudgetType: "COST", TimeUnit: "MONTHLY",
			BudgetLimit: cfn.Spend{Amount: b.Monthly.Dollars(), Unit: "USD"},
			CostFilters: filters,
			// A credit would hide what the application costs.
			CostTypes: cfn.CostTypes{},
		},
		ResourceTags: p.tags(),
	}
	for _, share := range b.Alerts {
		budget.NotificationsWithSubscribers = append(budget.NotificationsWithSubscribers, cfn.BudgetNotification{
			Notification: cfn.BudgetThreshold{NotificationType: "ACTUAL", ComparisonOperator: "GREATER_THAN", Threshold: 100 * share.Fraction(), ThresholdType: "PERCENTAGE"},
			Subscribers:  told,
		})
	}
	// Budgets tries the topic when it is made, and must be allowed by then.
	t.Add("Budget", budget, "AlertsPolicy")
	p.addAnomalies(t, topic, others)
	return nil
}

// addAnomalies watches for cost out of the ordinary by more than a tenth of the
// budget. AWS tells topics at once and mailboxes once a day.
func (p Plan) addAnomalies(t cfn.Template, topic cfn.Ref, others []string) {
	type match struct {
		Key          string
		MatchOptions []string
		Values       []string
	}
	monitor := t.Add("Anomalies", cfn.AnomalyMonitor{
		MonitorName: p.name("cost"), MonitorType: "CUSTOM",
		MonitorSpecification: cfn.Expression(map[string]match{"Tags": {"Project", []string{"EQUALS"}, []string{p.Project}}}),
		ResourceTags:         p.tags(),
	})
	least := fmt.Sprintf("%.2f", p.Budget.Monthly.Dollars()/10)
	subscribe := func(id, frequency string, to []cfn.Watcher) {
		t.Add(id, cfn.AnomalySubscription{
			SubscriptionName: p.name("cost", id), Frequency: frequency, MonitorArnList: []any{monitor},
			ThresholdExpression: cfn.Expression(map[string]match{"Dimensions": {"ANOMALY_TOTAL_IMPACT_ABSOLUTE", []string{"GREATER_THAN_OR_EQUAL"}, []string{least}}}),
			Subscribers:         to, ResourceTags: p.tags(),
		}, "AlertsPolicy")
	}
	subscribe("AnomaliesAtOnce", "IMMEDIATE", []cfn.Watcher{{Type: "SNS", Address: topic}})
	if len(others) == 0 {
		return
	}
	var boxes []cfn.Watcher
	for _, box := range others {
		boxes = append(boxes, cfn.Watcher{Type: "EMAIL", Address: box})
	}
	subscribe("AnomaliesDaily", "DAILY", boxes)
}
