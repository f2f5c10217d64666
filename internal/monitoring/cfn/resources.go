package cfn

// Dimension is one dimension of a metric.
type Dimension struct{ Name, Value string }

// Metric names a metric at CloudWatch.
type Metric struct {
	Namespace  string
	MetricName string
	Dimensions []Dimension `json:",omitempty"`
}

// MetricStat is a metric with how its values become points.
type MetricStat struct {
	Metric Metric
	Period int
	Stat   string
}

// Query is one metric or expression of an alarm on metric math. Only the one
// that is judged returns data.
type Query struct {
	ID         string      `json:"Id"`
	Expression string      `json:",omitempty"`
	Label      string      `json:",omitempty"`
	MetricStat *MetricStat `json:",omitempty"`
	ReturnData bool
}

// Alarm is an alarm on one metric, or on an expression over several.
type Alarm struct {
	AlarmName                        string
	AlarmDescription                 string
	Namespace                        string      `json:",omitempty"`
	MetricName                       string      `json:",omitempty"`
	Dimensions                       []Dimension `json:",omitempty"`
	Statistic                        string      `json:",omitempty"`
	ExtendedStatistic                string      `json:",omitempty"`
	Period                           int         `json:",omitempty"`
	Metrics                          []Query     `json:",omitempty"`
	EvaluationPeriods                int
	DatapointsToAlarm                int
	Threshold                        float64
	ComparisonOperator               string
	TreatMissingData                 string
	EvaluateLowSampleCountPercentile string `json:",omitempty"`
	AlarmActions                     []any  `json:",omitempty"`
	OKActions                        []any  `json:",omitempty"`
	Tags                             []Tag
}

// Kind is the resource's type.
func (Alarm) Kind() string { return "AWS::CloudWatch::Alarm" }

// CompositeAlarm rings by what other alarms say.
type CompositeAlarm struct {
	AlarmName        string
	AlarmDescription string
	AlarmRule        string
	AlarmActions     []any
	OKActions        []any
	Tags             []Tag
}

// Kind is the resource's type.
func (CompositeAlarm) Kind() string { return "AWS::CloudWatch::CompositeAlarm" }

// Transformation says which metric a filter feeds. It has no default value on
// purpose: a zero for every other line would drown a percentile.
type Transformation struct {
	MetricNamespace, MetricName, MetricValue, Unit string
}

// MetricFilter reads figures from a log group.
type MetricFilter struct {
	LogGroupName, FilterName, FilterPattern string
	MetricTransformations                   []Transformation
}

// Kind is the resource's type.
func (MetricFilter) Kind() string { return "AWS::Logs::MetricFilter" }

// Principal names who is granted something.
type Principal struct {
	Service string `json:",omitempty"`
	AWS     any    `json:",omitempty"`
}

// Statement is one statement of a policy.
type Statement struct {
	Sid, Effect string
	Principal   Principal
	Action      []string
	Resource    any
	Condition   map[string]map[string]any `json:",omitempty"`
}

// Policy is a policy on a resource.
type Policy struct {
	Version   string
	Statement []Statement
}

// Key is an encryption key of the account's own.
type Key struct {
	Description       string
	EnableKeyRotation bool
	KeyPolicy         Policy
	Tags              []Tag
}

// Kind is the resource's type.
func (Key) Kind() string { return "AWS::KMS::Key" }

// Topic is where alarms go.
type Topic struct {
	TopicName, DisplayName string
	KmsMasterKeyID         any `json:"KmsMasterKeyId"`
	Tags                   []Tag
}

// Kind is the resource's type.
func (Topic) Kind() string { return "AWS::SNS::Topic" }

// TopicPolicy says who may publish to a topic.
type TopicPolicy struct {
	Topics         []any
	PolicyDocument Policy
}

// Kind is the resource's type.
func (TopicPolicy) Kind() string { return "AWS::SNS::TopicPolicy" }

// Subscription sends what arrives at a topic to a mailbox.
type Subscription struct {
	TopicArn           any
	Protocol, Endpoint string
}

// Kind is the resource's type.
func (Subscription) Kind() string { return "AWS::SNS::Subscription" }
