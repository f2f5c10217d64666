package retire

import "github.com/cutover-dev/cutover/internal/retire/plan"

// Scope is what the settings name, in one account and region, for the name that
// users call.
func (s Settings) Scope(account, region, domain string) plan.Scope {
	return plan.Scope{Account: account, Region: region, Domain: domain, Cluster: s.Cluster, Service: s.Service, Stack: s.Stack, LoadBalancer: s.LoadBalancer,
		TargetGroups: s.TargetGroups, Repositories: s.Repositories, Soak: plan.In(s.Soak), Hold: plan.In(s.Hold), ImageRetention: plan.In(s.ImageRetention),
		Logs: plan.LogPolicy(s.Logs), Keep: s.Keep}
}
