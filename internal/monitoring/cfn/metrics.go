package cfn

// Dashboard is a dashboard. Its body is JSON text.
type Dashboard struct {
	DashboardName string
	DashboardBody any
}

// Kind is the resource's type.
func (Dashboard) Kind() string { return "AWS::CloudWatch::Dashboard" }
