package gate

import (
	"fmt"
	"slices"
	"strings"
)

// Mode says when the gate is asked.
type Mode string

// The modes: before the job that has the environment, or as its first step.
const (
	Pending  Mode = "pending"
	Required Mode = "required"
)

// Policy is what the gate holds a deployment to: the section of cutover.yaml,
// and what the call is about.
type Policy struct {
	Settings
	App, Stage  string
	Environment string
	// Unguarded says that cutover.yaml wants no approval for this stage.
	Unguarded bool
	// Production says that users see the stage.
	Production bool
	// Stages are those of cutover.yaml, Traffic the one whose traffic moves;
	// empty if none does.
	Stages  []string
	Traffic string
	// RolloutAt is where the rollout's state lies, empty if nobody said.
	RolloutAt string
	Mode      Mode
	// Commit is what would be deployed, Bound what the starter by hand named.
	Commit, Bound string
	Run           int64
	Attempt       int
	Receipt       *Receipt
	// Reason is why a freeze shall be overridden, empty if it shall not.
	Reason string
	// AllowLongLived lets a key that never expires pass.
	AllowLongLived bool
	// Repository is such as https://github.com/owner/name, for links.
	Repository string
	// Region is for links too.
	Region string
}

// RunID names the attempt.
func (p Policy) RunID() string {
	if p.Run == 0 {
		return ""
	}
	return fmt.Sprintf("%d-%d", p.Run, p.Attempt)
}

// expand puts the stage's name into a name from cutover.yaml.
func (p Policy) expand(name string) string { return strings.ReplaceAll(name, "{stage}", p.Stage) }

func (p Policy) alarmNames() []string {
	names := make([]string, len(p.Alarms))
	for i, n := range p.Alarms {
		names[i] = p.expand(n)
	}
	return names
}

// off says who or what has switched a check off, "" if it is on. Only words in
// cutover.yaml do that; what could not be read or asked never does.
func (p Policy) off(c Check) string {
	if reason, ok := p.Skip[string(c)]; ok {
		return "by gate.skip of cutover.yaml: " + reason
	}
	switch c {
	case CheckEnvironment, CheckApproval:
		if p.Unguarded {
			return fmt.Sprintf("by cutover.yaml: stages.%s.approval is none", p.Stage)
		}
	case CheckChecks:
		if len(p.Checks) == 0 {
			return "none configured: gate.checks of cutover.yaml is empty. What the branch requires cannot be read with a workflow's token"
		}
	case CheckAlarms:
		if len(p.Alarms) == 0 {
			return "none configured: gate.alarms of cutover.yaml is empty"
		}
	case CheckFreeze:
		if len(p.Freeze.Windows) == 0 {
			return "none configured: gate.freeze of cutover.yaml has no windows"
		}
	case CheckBudget:
		if p.Budget == "" {
			return "none configured: gate.budget of cutover.yaml names none"
		}
	case CheckTraffic:
		switch {
		case p.Traffic == "":
			return "none configured: cutover.yaml has no traffic to move"
		case p.Traffic != p.Stage:
			return fmt.Sprintf("cutover.yaml moves the traffic of %s, not of %s", p.Traffic, p.Stage)
		case p.DuringRollout == Allow:
			return "by cutover.yaml: gate.during_rollout is allow"
		}
	}
	return ""
}

// on says whether a check is on.
func (p Policy) on(c Check) bool { return p.off(c) == "" }

// named says whether a login is in a list; GitHub's logins do not tell capitals
// apart.
func named(list []string, login string) bool {
	return login != "" && slices.ContainsFunc(list, func(n string) bool { return strings.EqualFold(n, login) })
}
