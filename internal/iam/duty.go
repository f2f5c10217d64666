package iam

import (
	"slices"
)

// Need is one line of the table: calls, on what, under which conditions, and why.
type Need struct {
	Actions   []string
	Resources []string
	When      Conditions
	Why       string
	// By names the program that calls, where it is not the action itself.
	By string
	// Option is the input of the action that asks for it; without it the need is
	// there always.
	Option string
}

// Duty is what one action does at AWS, by command.
type Duty struct {
	Action string
	// Ahead marks an action that does not exist yet: its needs are declared so
	// that roles can be made once, and nothing has proved them.
	Ahead    bool
	Commands []Command
}

// Command is one command of an action. One without commands has a single one
// without a name.
type Command struct {
	Name string
	// Rare commands are in no policy unless asked for by name: what they may do
	// belongs into no role that works every day.
	Rare  bool
	Needs func(Settings) []Need
}

// Duties are all actions, in the order of a release's way.
func Duties() []Duty {
	return []Duty{
		{Action: "coverage-gate", Commands: []Command{{Needs: coverage}}},
		{Action: "notify", Commands: []Command{{Needs: nothing}}},
		{Action: "sst-deploy", Commands: []Command{
			{Name: "deploy", Needs: deploy}, {Name: "diff", Needs: diff}, {Name: "status", Needs: look},
			{Name: "unlock", Needs: unlock}, {Name: "rollback", Needs: rollback},
		}},
		{Action: "archive-artifacts", Commands: []Command{
			{Name: "archive", Needs: keep}, {Name: "verify", Needs: read}, {Name: "list", Needs: read}, {Name: "fetch", Needs: read},
			{Name: "prune", Rare: true, Needs: prune}, {Name: "lifecycle", Rare: true, Needs: lifecycle},
		}},
		{Action: "bake", Commands: []Command{{Needs: watch}}},
		{Action: "deploy-gate", Commands: []Command{{Needs: gate}}},
		{Action: "monitoring-stack", Commands: []Command{
			{Name: "deploy", Needs: watchDeploy}, {Name: "diff", Needs: watchDiff}, {Name: "drift", Needs: watchDrift}, {Name: "drill", Needs: watchDrill},
			{Name: "audit", Needs: watchAudit}, {Name: "inventory", Needs: discovery}, {Name: "mute", Needs: mutes}, {Name: "unmute", Needs: unmutes},
			{Name: "destroy", Rare: true, Needs: watchDestroy},
		}},
		{Action: "traffic-shift", Commands: []Command{
			{Name: "status", Needs: shows}, {Name: "plan", Needs: sees}, {Name: "prepare", Needs: prepares}, {Name: "baseline", Needs: measures},
			{Name: "preflight", Needs: flies}, {Name: "start", Needs: moves}, {Name: "tick", Needs: moves}, {Name: "approve", Needs: moves},
			{Name: "promote", Needs: moves}, {Name: "pause", Needs: moves}, {Name: "resume", Needs: moves}, {Name: "rollback", Needs: moves},
			{Name: "finish", Needs: moves}, {Name: "drill", Rare: true, Needs: drills},
		}},
		{Action: "trace-check", Commands: []Command{{Needs: traces}}},
		{Action: "load-test", Commands: []Command{{Needs: load}}},
		{Action: "cutover-report", Commands: []Command{{Name: "report", Needs: compare}, {Name: "baseline", Needs: compareBaseline}, {Name: "decide", Rare: true, Needs: compareDecide}}},
		{Action: "cost-report", Commands: []Command{
			{Name: "collect", Needs: costsCollect}, {Name: "tags", Needs: costsTags}, {Name: "forecast", Needs: costsRead}, {Name: "explain", Needs: costsExplain},
			{Name: "recommend", Needs: costsRecommend}, {Name: "review", Needs: costsRead},
		}},
		{Action: "decommission", Commands: []Command{
			{Name: "plan", Needs: retirePlan}, {Name: "status", Needs: retireKept}, {Name: "frozen", Needs: retireKept}, {Name: "approve", Needs: retireNotes}, {Name: "apply", Needs: retireActs},
			{Name: "tick", Needs: retireActs}, {Name: "abort", Needs: retireBack}, {Name: "archive-images", Needs: retireArchive}, {Name: "verify", Needs: retireVerify},
			{Name: "restore", Rare: true, Needs: retireRestore},
		}},
		{Action: "doctor", Commands: []Command{{Needs: examine}}},
	}
}

func nothing(Settings) []Need { return nil }

// ActionNames are the actions that have a policy.
func ActionNames() []string {
	var names []string
	for _, d := range Duties() {
		names = append(names, d.Action)
	}
	return names
}

// OptionNames are the inputs of actions that need more than usual.
func OptionNames() []string {
	return []string{"account", "bootstrap", "doctor", "legal-hold", "probe", "simulate"}
}

// Find returns an action's duty, or a fault that lists all.
func Find(action string) (Duty, error) {
	for _, d := range Duties() {
		if d.Action == action {
			return d, nil
		}
	}
	return Duty{}, unknown("action", action, ActionNames())
}

// CommandNames are the action's commands, nil for one that has none.
func (d Duty) CommandNames() []string {
	var names []string
	for _, c := range d.Commands {
		if c.Name != "" {
			names = append(names, c.Name)
		}
	}
	return names
}

// Needs returns what the named commands need; without a name the everyday ones.
// Settings must be complete.
func (d Duty) Needs(s Settings, commands ...string) ([]Need, error) {
	for _, c := range commands {
		if !slices.Contains(d.CommandNames(), c) {
			return nil, unknown("command", c, d.CommandNames())
		}
	}
	var all []Need
	for _, c := range d.Commands {
		if len(commands) == 0 && c.Rare || len(commands) > 0 && !slices.Contains(commands, c.Name) {
			continue
		}
		for _, n := range c.Needs(s) {
			if n.Option == "" || slices.Contains(s.Options, n.Option) {
				all = append(all, n)
			}
		}
	}
	return all, nil
}

// together makes one list of several.
func together(lists ...[]Need) []Need { return slices.Concat(lists...) }
