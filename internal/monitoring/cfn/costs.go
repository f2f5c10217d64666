package cfn

import "bytes"

// Budget is what may be spent, and who hears of it when.
type Budget struct {
	Budget                       BudgetData
	NotificationsWithSubscribers []BudgetNotification
	ResourceTags                 []Tag
}

// Kind is the resource's type.
func (Budget) Kind() string { return "AWS::Budgets::Budget" }

// BudgetData is the budget itself.
type BudgetData struct {
	BudgetName, BudgetType, TimeUnit string
	BudgetLimit                      Spend
	CostFilters                      map[string][]string `json:",omitempty"`
	CostTypes                        CostTypes
}

// Spend is an amount of money.
type Spend struct {
	Amount float64
	Unit   string
}

// CostTypes says what counts as cost.
type CostTypes struct{ IncludeCredit, IncludeRefund, IncludeTax bool }

// BudgetNotification is one alert of a budget.
type BudgetNotification struct {
	Notification BudgetThreshold
	Subscribers  []Subscriber
}

// BudgetThreshold is when a budget tells.
type BudgetThreshold struct {
	NotificationType, ComparisonOperator string
	Threshold                            float64
	ThresholdType                        string
}

// Subscriber is a topic or a mailbox that a budget or an anomaly is told to.
// Budgets and anomalies call the two fields differently.
type Subscriber struct {
	SubscriptionType string
	Address          any
}

// Watcher is a subscriber in the words of cost anomaly detection.
type Watcher struct {
	Type    string
	Address any
}

// AnomalyMonitor looks for cost that is out of the ordinary.
type AnomalyMonitor struct {
	MonitorName, MonitorType string
	// MonitorSpecification is an expression of Cost Explorer, as JSON text.
	MonitorSpecification string
	ResourceTags         []Tag
}

// Kind is the resource's type.
func (AnomalyMonitor) Kind() string { return "AWS::CE::AnomalyMonitor" }

// AnomalySubscription says who is told of anomalies, and how often.
type AnomalySubscription struct {
	SubscriptionName, Frequency string
	MonitorArnList              []any
	// ThresholdExpression is an expression of Cost Explorer, as JSON text.
	ThresholdExpression string
	Subscribers         []Watcher
	ResourceTags        []Tag
}

// Kind is the resource's type.
func (AnomalySubscription) Kind() string { return "AWS::CE::AnomalySubscription" }

// Expression is v as JSON text within the template.
func Expression(v any) string { return string(bare(v)) }

func bare(v any) []byte { return bytes.TrimSpace(encoded(v, "")) }
