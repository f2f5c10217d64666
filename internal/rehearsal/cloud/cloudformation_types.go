package cloud

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// kind is what CloudFormation knows of a type of resources; source: the resource
// provider schemas of CloudFormation, as cfn-lint ships them.
type kind struct {
	// takes are the properties, needs those that must be there.
	takes, needs []string
	// fixed cannot be changed in place: a change replaces the resource. A dot
	// leads into a property.
	fixed []string
	// names are the properties that tell a resource apart in its account. One
	// that is replaced while they stay is refused.
	names []string
	// attributes are what Fn::GetAtt gives.
	attributes []string
	// unseen says that drift is not looked for; source: CloudFormation User
	// Guide, "Resource type support".
	unseen bool
}

// kinds are the types that this cloud's CloudFormation makes.
var kinds = map[string]kind{
	"AWS::CloudWatch::Alarm": {
		takes: words(`ActionConfiguration ActionsEnabled AlarmActions AlarmDescription AlarmName ComparisonOperator DatapointsToAlarm Dimensions
			EvaluateLowSampleCountPercentile EvaluationCriteria EvaluationInterval EvaluationPeriods EvaluationWindow ExtendedStatistic
			InsufficientDataActions MetricName Metrics Namespace OKActions Period Statistic Tags Threshold ThresholdMetricId TreatMissingData Unit WarmUpConfiguration`),
		fixed: words("AlarmName"), names: words("AlarmName"), attributes: words("Arn"),
	},
	"AWS::CloudWatch::CompositeAlarm": {
		takes: words(`ActionConfiguration ActionsEnabled ActionsSuppressor ActionsSuppressorExtensionPeriod ActionsSuppressorWaitPeriod AlarmActions
			AlarmDescription AlarmName AlarmRule InsufficientDataActions OKActions Tags`),
		needs: words("AlarmRule"), fixed: words("AlarmName"), names: words("AlarmName"), attributes: words("Arn"),
	},
	"AWS::CloudWatch::Dashboard": {takes: words("DashboardBody DashboardName Tags"), needs: words("DashboardBody"), fixed: words("DashboardName"), names: words("DashboardName")},
	"AWS::Logs::MetricFilter": {
		takes: words("ApplyOnTransformedLogs EmitSystemFieldDimensions FieldSelectionCriteria FilterName FilterPattern LogGroupName MetricTransformations"),
		needs: words("FilterPattern LogGroupName MetricTransformations"), fixed: words("FilterName LogGroupName"), names: words("LogGroupName FilterName"),
	},
	"AWS::Logs::LogGroup": {
		takes: words(`BearerTokenAuthenticationEnabled DataProtectionPolicy DeletionProtectionEnabled FieldIndexPolicies KmsKeyId LogGroupClass LogGroupName
			ResourcePolicyDocument RetentionInDays Tags`),
		fixed: words("LogGroupName"), names: words("LogGroupName"), attributes: words("Arn"),
	},
	"AWS::Logs::ResourcePolicy": {takes: words("PolicyDocument PolicyName"), needs: words("PolicyName PolicyDocument"), fixed: words("PolicyName"), names: words("PolicyName"), unseen: true},
	"AWS::SNS::Topic": {
		takes: words(`ArchivePolicy ContentBasedDeduplication DataProtectionPolicy DeliveryStatusLogging DisplayName FifoThroughputScope FifoTopic KmsMasterKeyId
			MaximumMessageSize SignatureVersion Subscription Tags TopicName TracingConfig`),
		fixed: words("TopicName FifoTopic"), names: words("TopicName"), attributes: words("TopicArn TopicName"),
	},
	"AWS::SNS::TopicPolicy": {takes: words("PolicyDocument Topics"), needs: words("PolicyDocument Topics"), attributes: words("Id"), unseen: true},
	"AWS::SNS::Subscription": {
		takes: words("DeliveryPolicy Endpoint FilterPolicy FilterPolicyScope Protocol RawMessageDelivery RedrivePolicy Region ReplayPolicy SubscriptionRoleArn TopicArn"),
		needs: words("TopicArn Protocol"), fixed: words("Endpoint Protocol TopicArn"), attributes: words("Arn"), unseen: true,
	},
	"AWS::KMS::Key": {
		takes: words(`BypassPolicyLockoutSafetyCheck Description EnableKeyRotation Enabled KeyPolicy KeySpec KeyUsage MultiRegion Origin PendingWindowInDays
			RotationPeriodInDays Tags`),
		attributes: words("Arn KeyId"),
	},
	"AWS::KMS::Alias": {takes: words("AliasName TargetKeyId"), needs: words("AliasName TargetKeyId"), fixed: words("AliasName"), names: words("AliasName"), unseen: true},
	// Whoever is told of a budget cannot be changed while it keeps its name;
	// source: cloudformation-coverage-roadmap, issue 365.
	"AWS::Budgets::Budget": {
		takes: words("Budget NotificationsWithSubscribers ResourceTags"), needs: words("Budget"), fixed: words("Budget.BudgetName NotificationsWithSubscribers"),
		names: words("Budget.BudgetName"), attributes: words("Id"), unseen: true,
	},
	"AWS::CE::AnomalyMonitor": {
		takes: words("MonitorDimension MonitorName MonitorSpecification MonitorType ResourceTags"), needs: words("MonitorName MonitorType"),
		fixed: words("MonitorType MonitorDimension MonitorSpecification ResourceTags"), attributes: words("MonitorArn CreationDate LastEvaluatedDate LastUpdatedDate DimensionalValueCount"), unseen: true,
	},
	"AWS::CE::AnomalySubscription": {
		takes: words("Frequency MonitorArnList ResourceTags Subscribers SubscriptionName Threshold ThresholdExpression"), needs: words("MonitorArnList Subscribers Frequency SubscriptionName"),
		fixed: words("ResourceTags"), attributes: words("SubscriptionArn AccountId"), unseen: true,
	},
	"AWS::XRay::SamplingRule":            {takes: words("RuleName SamplingRule SamplingRuleRecord SamplingRuleUpdate Tags"), fixed: words("SamplingRule.Version"), names: words("SamplingRule.RuleName"), attributes: words("RuleARN")},
	"AWS::XRay::Group":                   {takes: words("FilterExpression GroupName InsightsConfiguration Tags"), needs: words("GroupName"), names: words("GroupName"), attributes: words("GroupARN")},
	"AWS::XRay::TransactionSearchConfig": {takes: words("IndexingPercentage"), attributes: words("AccountId"), unseen: true},
	"AWS::XRay::ResourcePolicy": {
		takes: words("BypassPolicyLockoutCheck PolicyDocument PolicyName"), needs: words("PolicyName PolicyDocument"), fixed: words("PolicyName"), names: words("PolicyName"), unseen: true,
	},
}

func words(s string) []string { return strings.Fields(s) }

// fault says what is wrong with properties, in CloudFormation's words.
func (k kind) fault(logical string, properties map[string]any) error {
	var wrong []string
	for _, name := range k.needs {
		if _, ok := properties[name]; !ok {
			wrong = append(wrong, "#: required key ["+name+"] not found")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if !slices.Contains(k.takes, name) {
			wrong = append(wrong, "#: extraneous key ["+name+"] is not permitted")
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("Properties validation failed for resource %s with message:\n[%s]", logical, strings.Join(wrong, ", ")) //nolint:staticcheck // AWS's words
}

// at is the value at a path of property names, nil if there is none.
func at(properties map[string]any, path string) any {
	var v any = properties
	for part := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[part]
	}
	return v
}

// differs says whether one of the paths has another value.
func differs(before, after map[string]any, paths []string) bool {
	return slices.ContainsFunc(paths, func(p string) bool { return !same(at(before, p), at(after, p)) })
}
