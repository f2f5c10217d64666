package doctor

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// permissionNames are those a workflow may grant that cutover's actions need.
var permissionNames = []string{"actions", "checks", "contents", "deployments", "id-token", "issues", "pull-requests"}

// grant is a permission that an action needs, and why.
type grant struct {
	name, level, why string
	// when says for which call; nil for every one.
	when func(Use) bool
}

// commanded says that one of these commands is called. One that comes out of an
// expression may be any of them, and asks for nothing by itself.
func commanded(commands ...string) func(Use) bool {
	return func(u Use) bool { return slices.Contains(commands, u.With["command"]) }
}

func given(input string) func(Use) bool { return func(u Use) bool { return u.With[input] != "" } }

func both(a, b func(Use) bool) func(Use) bool { return func(u Use) bool { return a(u) && b(u) } }

// grants is what the token of a job must be allowed, by action; the actions'
// READMEs say the same, and a test holds both together.
var grants = map[string][]grant{
	"archive-artifacts": nil,
	"bake":              nil,
	"cost-report": {
		{"issues", "write", "the review's issue", commanded("review")},
		{"deployments", "read", "what was deployed on a day", both(commanded("explain"), given("token"))},
	},
	"coverage-gate": {{"pull-requests", "write", "the comment", given("token")}},
	"cutover-report": {
		{"actions", "read", "who has approved the run", commanded("decide")},
		{"actions", "read", "what the runs of the load tests are of", given("run-green")},
		{"contents", "write", "the branch with the record", commanded("decide")},
		{"pull-requests", "write", "the pull request that shows it", commanded("decide")},
	},
	"decommission": {
		{"actions", "read", "who has approved the run", commanded("approve")},
		{"contents", "write", "the branch with what changes", both(commanded("apply", "tick"), given("token"))},
		{"pull-requests", "write", "the pull request that shows it", both(commanded("apply", "tick"), given("token"))},
	},
	"deploy-gate": {
		{"actions", "read", "environments, runs, reviews, jobs", given("token")},
		{"contents", "read", "the commit's author", given("token")},
		{"checks", "read", "checks of other apps", both(given("token"), given("checks"))},
	},
	"doctor": {
		{"actions", "read", "environments and workflows", given("token")},
		{"contents", "read", "the repository", given("token")},
	},
	"load-test":        nil,
	"monitoring-stack": {{"pull-requests", "write", "the comment", given("token")}},
	"notify":           nil,
	"pipeline-report":  {{"actions", "read", "runs, jobs, approvals, caches", nil}},
	"sst-deploy": {
		{"actions", "read", "whether the owner of a lock lives", both(given("token"), commanded("", "deploy", "rollback", "unlock"))},
		{"deployments", "write", "the deployment on GitHub", func(u Use) bool {
			// GitHub keeps the deployment of a job with an environment by itself.
			return given("token")(u) && commanded("", "deploy", "rollback")(u) && !u.Placed && u.With["deployment"] != "none"
		}},
	},
	"trace-check": nil,
	"traffic-shift": {
		{"deployments", "write", "the phases", both(given("token"), commanded("start", "tick", "rollback", "promote", "finish"))},
		{"actions", "write", "switches the watch on and off", both(given("token"), commanded("start", "tick", "rollback", "finish"))},
	},
}

// knownAction says whether an action is cutover's.
func knownAction(name string) bool { _, ok := grants[name]; return ok }

// needs are the permissions of a call.
func (u Use) needs() []grant {
	var all []grant
	if u.With["role"] != "" {
		all = append(all, grant{name: "id-token", level: "write", why: "a session at AWS"})
	}
	for _, g := range grants[u.Action] {
		if g.when == nil || g.when(u) {
			all = append(all, g)
		}
	}
	return all
}

var levels = map[string]int{"": 0, "none": 0, "read": 1, "write": 2}

// lacking are the permissions that a job's calls need and its token does not
// have. Where nobody wrote any, the repository's setting counts: it may be enough
// for everything but id-token, which no setting grants.
func (j Job) lacking() []grant {
	most := map[string]grant{}
	for _, u := range j.Uses {
		for _, g := range u.needs() {
			if levels[j.Granted[g.name]] >= levels[g.level] || j.Unset && g.name != "id-token" {
				continue
			}
			if levels[g.level] > levels[most[g.name].level] {
				g.why = u.Action + ": " + g.why
				most[g.name] = g
			}
		}
	}
	var all []grant
	for _, name := range permissionNames {
		if g, ok := most[name]; ok {
			all = append(all, g)
		}
	}
	return all
}

// permissions holds every job's token to what its actions call.
func (f Files) permissions() Answer {
	var wrong, mend []string
	jobs := 0
	for _, w := range f.Repository.Workflows {
		for _, j := range w.Jobs {
			if len(j.Uses) == 0 {
				continue
			}
			jobs++
			for _, g := range j.lacking() {
				wrong = append(wrong, fmt.Sprintf("%s, job %s: %s is %s (%s)", w.File, j.ID, g.name, said(j.Granted[g.name]), g.why))
				// mikefarah's yq, which GitHub's runners have too.
				mend = append(mend, command("yq", "-i", ".jobs"+key(j.ID)+`.permissions["`+g.name+`"] = "`+g.level+`"`, path.Join(f.Dir, w.File)))
			}
		}
	}
	if len(wrong) > 0 {
		return fails(strings.Join(wrong, "; "), mend...).step("yq is mikefarah's (github.com/mikefarah/yq). A job whose permissions are written has no others: the commands keep what stands there.")
	}
	return pass("%s, each with what its actions call", count(jobs, "job"))
}

// key is a job in a path of yq's. GitHub lets ids be letters, digits, - and _;
// what is no id is no path either.
func key(id string) string {
	return `["` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(id) + `"]`
}

func said(level string) string {
	if level == "" {
		return "none"
	}
	return level
}

// count says how many there are of something.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
