package iam

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Role is one kind of job: what its token says of it, and what it calls.
type Role struct {
	// Kind is such as deploy; the role's name ends with it.
	Kind     string
	Settings Settings
	// Bound is the end of the subject that the role trusts, such as
	// environment:production.
	Bound string
	// Also are further ones: the same work without a reviewer, which goes on with
	// what one has approved.
	Also []string
	// Variable is the repository's variable that workflows take the role from.
	Variable string
	Jobs     []Job
	Why      string
}

// Job is an action with the commands of it that the role carries out; without
// commands the everyday ones.
type Job struct {
	Action   string
	Commands []string
}

// Stage is a stage as the template sees it.
type Stage struct {
	Settings
	// Guarded stages wait for a reviewer, so that a gate stands before them.
	Guarded bool
	// Shifts and Retires say that traffic moves here, and that something goes.
	Shifts, Retires bool
}

// environment is what a job's token says that runs in an environment, which may
// have reviewers and admit one branch only.
func environment(name string) string { return "environment:" + strings.ReplaceAll(name, ":", "%3A") }

func within(ending string) func(Stage) string {
	return func(s Stage) string { return environment(s.Environment + ending) }
}

// kinds are all roles of a stage. Deployments have the stage's environment; what
// must not wait for a reviewer at each start has one of its own, or none: then
// the token says only which branch it is, and the role reads and changes nothing.
var kinds = []struct {
	kind, why string
	of        func(Stage) bool
	bound     func(Stage) string
	jobs      []Job
}{
	{"deploy", "deploys the stage, sees that it is good, archives the release", guarded, within(""), []Job{{"sst-deploy", []string{"deploy", "status", "unlock"}}, {"bake", nil}, {"archive-artifacts", nil}, {"deploy-gate", nil}, {"monitoring-stack", []string{"mute", "unmute"}}}},
	{"deploy", "deploys the stage, sees that it is good, archives the release, brings one back", open, within(""), []Job{{"sst-deploy", nil}, {"bake", nil}, {"archive-artifacts", nil}, {"monitoring-stack", []string{"mute", "unmute"}}}},
	{"rollback", "brings a release back, at night too", guarded, func(s Stage) string { return environment(s.Rollback) }, []Job{{"sst-deploy", []string{"rollback", "status", "unlock"}}, {"bake", nil}, {"archive-artifacts", []string{"list", "verify", "fetch"}}}},
	{"gate", "looks, before anybody is asked to approve; changes nothing", guarded, func(s Stage) string { return "ref:refs/heads/" + s.Branch }, []Job{{"deploy-gate", nil}}},
	{"doctor", "looks whether a first run has what it needs; changes nothing. Only with the option doctor: whoever sets everything up may look with credentials of their own", examined, func(s Stage) string { return "ref:refs/heads/" + s.Branch }, []Job{{"doctor", nil}}},
	{"diff", "shows on a pull request what a deployment would change; changes nothing", open, func(Stage) string { return "pull_request" }, []Job{{"sst-deploy", []string{"diff"}}}},
	{"monitor", "deploys what watches the stage", always, within("-monitor"), []Job{{"monitoring-stack", nil}}},
	{"shift", "prepares the record, begins and decides; give this environment reviewers", shifts, within("-shift"), []Job{{"traffic-shift", []string{"prepare", "start", "approve", "promote", "resume", "finish"}}}},
	{"watch", "watches the traffic and goes back, at night too: no reviewers, main only", shifts, within("-watch"), []Job{{"traffic-shift", []string{"status", "plan", "prepare", "baseline", "preflight", "tick", "pause", "rollback"}}}},
	{"report", "sends requests, reads what was traced of them and how the stage scaled; keeps the map of the traces", open, within("-report"), []Job{{"trace-check", nil}, {"load-test", nil}}},
	{"report", "measures and reports; keeps the map of the traces and what blue was before", guarded, within("-report"), []Job{{"trace-check", nil}, {"load-test", nil}, {"cutover-report", []string{"report", "baseline"}}, {"cost-report", nil}}},
	{"decide", "keeps the decision to retire the old side, or to return to it; give this environment reviewers", shifts, within("-decide"), []Job{{"cutover-report", []string{"decide"}}}},
	{"retire", "takes the old side out of service; give the environment that ends in -retire reviewers", func(s Stage) bool { return s.Retires }, within("-retire"), []Job{{"decommission", nil}}},
	{"archive", "prunes the archive and writes its lifecycle rule; give this environment reviewers", guarded, within("-archive"), []Job{{"archive-artifacts", []string{"prune", "lifecycle"}}}},
	{"coverage", "reads and stores the coverage to compare with", func(s Stage) bool { return s.Baseline != "" && s.Guarded }, func(s Stage) string { return "ref:refs/heads/" + s.Branch }, []Job{{"coverage-gate", nil}}},
}

func shifts(s Stage) bool { return s.Shifts }

func always(Stage) bool { return true }

func guarded(s Stage) bool { return s.Guarded }

func examined(s Stage) bool { return s.Guarded && slices.Contains(s.Options, "doctor") }

func open(s Stage) bool { return !s.Guarded }

// Roles are the roles of a stage.
func (s Stage) Roles() []Role {
	var all []Role
	for _, k := range kinds {
		if k.of(s) {
			r := Role{Kind: k.kind, Settings: s.Settings, Bound: k.bound(s), Variable: s.variable(k.kind), Jobs: k.jobs, Why: k.why}
			if k.kind == "retire" {
				// Looking, ticks and the way back, at night too. A second role with the same
				// policy would not fit into the template, and what may be deleted is bound by
				// the approval in the state, not by who ticks.
				r.Also = []string{within("-retiring")(s)}
			}
			all = append(all, r)
		}
	}
	return all
}

// variable is what workflows call the role: AWS_ROLE_<STAGE> deploys. The others
// are of the stage with users, but for the diff, which there is only once.
func (s Stage) variable(kind string) string {
	name := s.Stage
	switch {
	case kind == "diff" && s.Stage == s.Earlier, kind != "deploy" && kind != "diff" && s.Guarded:
		name = kind
	case kind != "deploy":
		name += "-" + kind
	}
	return "AWS_ROLE_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// Name is the role's name at AWS. It begins unlike anything that sst may touch,
// so that no deployment can change the role it runs with.
func (r Role) Name() string {
	return name("cutover-"+r.Settings.App+"-"+r.Settings.Stage+"-"+r.Kind, 64)
}

// Needs are those of all its jobs.
func (r Role) Needs() ([]Need, error) {
	var all []Need
	for _, j := range r.Jobs {
		d, err := Find(j.Action)
		if err != nil {
			return nil, err
		}
		needs, err := d.Needs(r.Settings, j.Commands...)
		if err != nil {
			return nil, err
		}
		all = append(all, needs...)
	}
	return all, nil
}

// name shortens a name that is too long, and keeps it different from others.
func name(long string, most int) string {
	if len(long) <= most {
		return long
	}
	sum := sha256.Sum256([]byte(long))
	return long[:most-9] + "-" + hex.EncodeToString(sum[:4])
}

// apart refuses stages whose names cannot be told apart by their beginning: the
// role of prod could change what belongs to prod-eu.
func apart(stages []Stage) error {
	for _, a := range stages {
		for _, b := range stages {
			if a.Stage != b.Stage && strings.HasPrefix(b.Stage, a.Stage+"-") {
				return &fault.Fault{
					Kind: fault.Refused, Name: "stages", What: fmt.Sprintf("the role of %s could change what belongs to %s, since SST's names of both begin with %s-%s-", a.Stage, b.Stage, a.App, a.Stage),
					Next: "Rename one of them, or give each an AWS account and a template of its own (--stage).",
				}
			}
		}
		for _, r := range a.Roles() {
			if matches(a.own(), r.Name()) {
				return &fault.Fault{Kind: fault.Refused, Name: "app", Got: a.App, What: "is named so that sst could change its own role " + r.Name(), Next: "Rename the app or the stage."}
			}
		}
	}
	return nil
}

// policies are the role's policies, each short enough for IAM.
func (r Role) policies() ([]Policy, error) {
	needs, err := r.Needs()
	if err != nil {
		return nil, err
	}
	// What sst calls is a policy of its own: it is the same for each role that
	// deploys the stage.
	mine, others := slices.Clone(needs), slices.Clone(needs)
	mine = slices.DeleteFunc(mine, func(n Need) bool { return n.By != "" })
	others = slices.DeleteFunc(others, func(n Need) bool { return n.By == "" })
	parts := append(PolicyOf(mine).Split(templated), PolicyOf(others).Split(templated)...)
	if len(parts) > mostPolicies {
		return nil, &fault.Fault{Kind: fault.Input, Name: "service", What: fmt.Sprintf("the role %s would need %d policies, and IAM attaches %d", r.Name(), len(parts), mostPolicies), Next: "Name fewer services."}
	}
	return parts, nil
}

// mostPolicies is how many managed policies a role may have; source: IAM User
// Guide, quotas. templated leaves room for what the template's parameters become.
const (
	mostPolicies = 10
	templated    = MostCharacters - 1600
)

// camel makes a logical id, which knows letters and digits only. Stages are in
// lower case, so that an X for each dash keeps them apart.
func camel(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		p = strings.ReplaceAll(p, "-", "X")
		b.WriteString(strings.ToUpper(p[:1]) + p[1:])
	}
	return b.String()
}

// distinct refuses roles that one job could choose between, and variables that
// would be of two roles.
func distinct(roles []Role) error {
	bound, named := map[string]string{}, map[string]string{}
	for _, r := range roles {
		for _, b := range append([]string{r.Bound}, r.Also...) {
			other := bound[b]
			if other != "" && strings.HasPrefix(b, "environment:") {
				return &fault.Fault{Kind: fault.Input, Name: "environment", Got: strings.TrimPrefix(b, "environment:"), What: "would be of two roles, " + other + " and " + r.Name(), Next: "Give each stage an environment of its own in cutover.yaml."}
			}
			bound[b] = r.Name()
		}
		if other := named[r.Variable]; other != "" {
			return &fault.Fault{Kind: fault.Input, Name: "stages", Got: r.Variable, What: "would be of two roles, " + other + " and " + r.Name(), Next: "Print a template for each of the stages (--stage)."}
		}
		named[r.Variable] = r.Name()
	}
	return nil
}

// RoleOf is the role that carries out an action's commands in this stage, also
// where the template has none yet. An action that needs no role is bound to the
// stage's own environment.
func (s Stage) RoleOf(action string, commands ...string) (Role, error) {
	whole := s
	whole.Shifts, whole.Retires = true, true
	roles := whole.Roles()
	whole.Guarded = !whole.Guarded
	roles = append(roles, whole.Roles()...)
	// The closest one: for these commands alone, then for this action alone, then
	// for every day.
	for _, fits := range []func(Role, Job) bool{
		func(_ Role, j Job) bool { return j.only(commands) },
		func(r Role, j Job) bool { return len(r.Jobs) == 1 && len(j.Commands) == 0 },
		func(_ Role, j Job) bool { return len(commands) == 0 || len(j.Commands) == 0 },
	} {
		for _, r := range roles {
			for _, j := range r.Jobs {
				if j.Action == action && fits(r, j) && (len(j.Commands) > 0 || !rare(action, commands)) {
					return r, nil
				}
			}
		}
	}
	if _, err := Find(action); err != nil {
		return Role{}, err
	}
	return Role{Settings: s.Settings, Bound: environment(s.Environment)}, nil
}

// only says whether the job carries out all of these commands and no everyday one.
func (j Job) only(commands []string) bool {
	return len(commands) > 0 && len(j.Commands) > 0 && !slices.ContainsFunc(commands, func(c string) bool { return !slices.Contains(j.Commands, c) })
}

// rare says whether one of the commands is in no everyday role.
func rare(action string, commands []string) bool {
	d, _ := Find(action)
	return slices.ContainsFunc(d.Commands, func(c Command) bool { return c.Rare && slices.Contains(commands, c.Name) })
}
