package cfn

// TraceGroup is a named set of traces.
type TraceGroup struct {
	GroupName, FilterExpression string
	InsightsConfiguration       Insights
	Tags                        []Tag
}

// Kind is the resource's type.
func (TraceGroup) Kind() string { return "AWS::XRay::Group" }

// Insights says whether X-Ray looks for incidents in a group, which it charges
// for by the trace.
type Insights struct{ InsightsEnabled, NotificationsEnabled bool }

// SamplingRule says how many requests are recorded.
type SamplingRule struct {
	SamplingRule Sampling
	Tags         []Tag
}

// Kind is the resource's type.
func (SamplingRule) Kind() string { return "AWS::XRay::SamplingRule" }

// Sampling is the rule itself: of the requests that match, ReservoirSize a
// second are recorded, and of the others the share FixedRate.
type Sampling struct {
	RuleName                               string
	Priority                               int
	FixedRate                              float64
	ReservoirSize                          int
	ServiceName, ServiceType               string
	Host, HTTPMethod, URLPath, ResourceARN string
	Version                                int
}

// TransactionSearch is where the account's spans are kept, and how many of its
// traces are indexed.
type TransactionSearch struct{ IndexingPercentage float64 }

// Kind is the resource's type.
func (TransactionSearch) Kind() string { return "AWS::XRay::TransactionSearchConfig" }

// LogsPolicy lets a service write to log groups. PolicyDocument is JSON text.
type LogsPolicy struct {
	PolicyName     string
	PolicyDocument any
}

// Kind is the resource's type.
func (LogsPolicy) Kind() string { return "AWS::Logs::ResourcePolicy" }
