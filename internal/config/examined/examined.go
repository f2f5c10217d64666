// Package examined says what cutover.yaml asks of the world around it: the roles
// of its stages, for the toolbox that prints them, and all that a first run needs,
// for the doctor.
package examined

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/doctor"
	"github.com/cutover-dev/cutover/internal/gate"
	"github.com/cutover-dev/cutover/internal/iam"
	"github.com/cutover-dev/cutover/internal/monitoring"
)

// Given is what cutover.yaml does not say.
type Given struct {
	// Config is cutover.yaml as it was named from the repository's root.
	Config string
	// App is SST's name of the app, empty for the project's.
	App string
	// Repository is owner/name, Account the number of the AWS account.
	Repository, Account string
	// Bucket and Prefix are the archive's.
	Bucket, Prefix string
	// Taken are the variables that the workflows take: of all roles those are
	// needed. Nil is all of them.
	Taken []string
}

// Plan is what a first run needs. The calls of each role's jobs are in the second
// answer, by the role's variable.
func Plan(file *config.File, g Given) (doctor.Plan, map[string][]doctor.Call, error) {
	p := doctor.Plan{
		Project: file.Project, App: file.AppName(g.App), Region: string(file.Region), Config: g.Config, Folder: path.Join(path.Dir(g.Config), file.App),
		Repository: g.Repository, Branch: file.Gate.Branch, Reviewed: file.Gate.Approval == gate.ByReviewers, Account: g.Account, Bucket: g.Bucket, Prefix: g.Prefix,
	}
	calls := map[string][]doctor.Call{}
	for _, name := range slices.Sorted(maps.Keys(file.Stages)) {
		if err := addStage(&p, calls, file, name, g); err != nil {
			return p, nil, err
		}
	}
	if m := file.Monitoring; m != nil {
		p.Tags, p.Traced = []string{"Project", "Environment"}, true
		for _, name := range slices.Sorted(maps.Keys(file.Stages)) {
			p.Stacks = append(p.Stacks, doctor.Stack{Stage: name, Name: monitoring.StackName(file.Project, name), Alarms: file.Project + "-" + name + "-", Topic: monitoring.TopicName(file.Project, name)})
		}
	} else {
		p.Left = append(p.Left, "alarms, topics, cost tags and traces: cutover.yaml has no section monitoring")
	}
	if t := file.Traffic; t != nil {
		p.Record = &doctor.Record{
			Zone: t.HostedZone, Name: t.Record.String(), TTL: int64(t.TTL.Std().Seconds()), Blue: t.Blue.Target.String(), Green: t.Green.Target.String(),
			Aliases: t.Blue.AliasZone != "" && t.Green.AliasZone != "",
		}
		p.Figures = figures(file)
	} else {
		p.Left = append(p.Left, "record, health checks and metrics: cutover.yaml has no section traffic")
	}
	if s := file.Slack; s != nil {
		p.Channel = s.Channel
	} else {
		p.Left = append(p.Left, "Slack: cutover.yaml has no section slack")
	}
	if g.Bucket == "" {
		p.Left = append(p.Left, "the archive's bucket: none was named")
	}
	return p, calls, nil
}

// addStage adds a stage's roles and environments.
func addStage(p *doctor.Plan, calls map[string][]doctor.Call, file *config.File, name string, g Given) error {
	s := iam.Stage{Settings: iam.Settings{App: p.App, Stage: name, Repository: g.Repository, Archive: g.Bucket, Prefix: g.Prefix, Account: g.Account, Environment: name, Options: []string{"doctor"}}}
	if err := Fill(&s, file); err != nil {
		return err
	}
	s.Settings, _ = s.Complete()
	for _, r := range s.Roles() {
		bound := append([]string{r.Bound}, r.Also...)
		p.Known.Variables = append(p.Known.Variables, r.Variable)
		for _, b := range bound {
			if e, is := strings.CutPrefix(b, "environment:"); is {
				p.Known.Environments = append(p.Known.Environments, strings.ReplaceAll(e, "%3A", ":"))
			}
		}
		if g.Taken != nil && !slices.Contains(g.Taken, r.Variable) {
			continue
		}
		p.Roles = append(p.Roles, doctor.Role{Name: r.Name(), Variable: r.Variable, Bound: bound})
		p.Proposes = p.Proposes || r.Kind == "decide" || r.Kind == "retire"
		for i, b := range bound {
			if e, is := strings.CutPrefix(b, "environment:"); is {
				p.Environments = append(p.Environments, doctor.Place{Name: strings.ReplaceAll(e, "%3A", ":"), Guarded: i == 0 && s.Guarded && slices.Contains(guarded, r.Kind)})
			}
		}
		needs, err := r.Needs()
		if err != nil {
			return err
		}
		calls[r.Variable] = simulated(needs)
	}
	return nil
}

// guarded are the kinds of roles whose environment must have reviewers; see
// internal/iam. The others look, or must not wait at night.
var guarded = []string{"deploy", "shift", "decide", "retire", "archive"}

// mostCalls is how many questions IAM is asked about a role: each is a request.
const mostCalls = 8

// simulated are the calls that can be judged without what a request would tell:
// those without conditions, together by resource. A star in a name is one of the
// names that it stands for.
func simulated(needs []iam.Need) []doctor.Call {
	by := map[string][]string{}
	var order []string
	for _, n := range needs {
		if len(n.When) > 0 || n.Option != "" || len(n.Resources) == 0 {
			continue
		}
		at := n.Resources[0]
		if at != "*" {
			at = strings.ReplaceAll(at, "*", "doctor")
		}
		if by[at] == nil {
			order = append(order, at)
		}
		by[at] = append(by[at], n.Actions...)
	}
	var all []doctor.Call
	for _, at := range order[:min(len(order), mostCalls)] {
		slices.Sort(by[at])
		all = append(all, doctor.Call{Actions: slices.Compact(by[at]), Resource: at})
	}
	return all
}

// figures are what the traffic is judged by: without them nothing is promoted.
func figures(file *config.File) []doctor.Figure {
	t := file.Traffic
	all := []doctor.Figure{{Of: "blue", Namespace: "AWS/ApplicationELB", Metric: "RequestCount", Dimensions: []doctor.Dimension{{Name: "LoadBalancer", Value: t.Blue.LoadBalancer}, {Name: "TargetGroup", Value: t.Blue.TargetGroup}}}}
	if a := t.Green.API; a != nil {
		of := []doctor.Dimension{{Name: "ApiId", Value: a.Name}, {Name: "Stage", Value: a.Stage}}
		if a.Type == "rest" {
			of[0].Name = "ApiName"
			if a.Stage == "$default" {
				of = of[:1] // what cutover.yaml assumes is there for HTTP APIs only
			}
		}
		all = append(all, doctor.Figure{Of: "green", Namespace: "AWS/ApiGateway", Metric: "Count", Dimensions: of})
	}
	return append(all, doctor.Figure{Of: "functions", Namespace: "AWS/Lambda", Metric: "Invocations"})
}
