package examined

import (
	"maps"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/iam"
	"github.com/cutover-dev/cutover/internal/nearest"
)

// Fill takes what cutover.yaml says of the stage.
func Fill(s *iam.Stage, file *config.File) error {
	stage, ok := file.Stages[s.Stage]
	if !ok {
		names := slices.Sorted(maps.Keys(file.Stages))
		f := &fault.Fault{Kind: fault.Input, Name: "stage", What: "is no stage of cutover.yaml", Got: s.Stage, Allowed: strings.Join(names, ", ")}
		if near := nearest.To(s.Stage, names); near != "" {
			f.Next = "Did you mean " + near + "?"
		}
		return f
	}
	s.Environment, s.Guarded, s.Project = stage.Environment, stage.Approval == config.ApprovalRequired, file.Project
	s.Branch, s.Budget = file.Gate.Branch, strings.ReplaceAll(file.Gate.Budget, "{stage}", s.Stage)
	if s.Budget == "" {
		s.Budget = iam.NoBudget
	}
	if s.Earlier == "" {
		s.Earlier = file.Gate.After
	}
	if s.Guarded {
		s.Rollback = file.Gate.RollbackEnvironment
	}
	if s.App == "" {
		s.App = strings.ToLower(file.Project)
	}
	if s.Region == "" {
		s.Region = string(file.Region)
	}
	if t := file.Traffic; t != nil && t.Stage == s.Stage {
		s.Zone, s.Record, s.Shifts = t.HostedZone, t.Record.String(), true
		s.Types = []string{"A", "AAAA"}
		if t.Blue.AliasZone == "" || t.Green.AliasZone == "" {
			s.Types = append(s.Types, "CNAME")
		}
		if l := file.Legacy; l != nil {
			s.Retires = true
			s.Legacy = iam.Legacy{Cluster: l.Cluster, Service: l.Service, Stack: l.Stack, LoadBalancer: l.LoadBalancer, TargetGroups: l.TargetGroups, Repositories: l.Repositories, DeletesLogs: l.Logs == "delete"}
		}
	}
	return nil
}
