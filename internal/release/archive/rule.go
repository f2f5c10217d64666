package archive

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/nearest"
)

// Role says what a file is in a release.
type Role string

// The roles.
const (
	Function   Role = "function"   // code that Lambda runs
	Outputs    Role = "outputs"    // what the deploy gave: .sst/outputs.json
	State      Role = "state"      // the exported state
	Diff       Role = "diff"       // what the deploy was to change
	Template   Role = "template"   // CloudFormation of SST v2
	Lockfile   Role = "lockfile"   // the packages' exact versions
	Source     Role = "source"     // sst.config.ts and the like
	Monitoring Role = "monitoring" // the monitoring stack's template
	Other      Role = "other"
)

// Roles are all roles, in the order in which they are shown.
var Roles = []Role{Function, Outputs, State, Diff, Template, Lockfile, Source, Monitoring, Other}

// secretive are the roles whose files may hold secrets. They are JSON, and are
// redacted before anything leaves the machine.
func (r Role) secretive() bool { return r == State || r == Outputs || r == Diff }

// Rule says which files belong into a release.
type Rule struct {
	Role Role
	// Pattern is a glob from the workspace's root, with ** for any folders.
	Pattern string
	// Optional rules may match nothing.
	Optional bool
	// Origin is how a manifest names the rule.
	Origin string
}

// RuleSyntax says how the input file is written.
const RuleSyntax = "[optional ][ROLE=]PATTERN, such as function=dist/*.zip or optional docs/**/*.md"

var roleLike = regexp.MustCompile(`^([a-z]+)=(.*)$`)

// ParseRule reads one value of the input file.
func ParseRule(text string) (Rule, error) {
	rule := Rule{Role: Other, Origin: "input file: " + text}
	rest := strings.TrimSpace(text)
	rest, rule.Optional = cutWord(rest, "optional")
	if m := roleLike.FindStringSubmatch(rest); m != nil {
		rule.Role, rest = Role(m[1]), m[2]
		if !slices.Contains(Roles, rule.Role) {
			return rule, badRule(text, "names no role", suggest(m[1]))
		}
	}
	rule.Pattern = strings.TrimPrefix(strings.TrimSpace(rest), "./")
	switch {
	case rule.Pattern == "":
		return rule, badRule(text, "names no file", "")
	case strings.HasPrefix(rule.Pattern, "/") || rule.Pattern == ".." || strings.HasPrefix(rule.Pattern, "../") || strings.Contains(rule.Pattern, "/../") || strings.ContainsAny(rule.Pattern, "\\\x00"):
		return rule, badRule(text, "leads out of the workspace", "Name files from the input root, with /.")
	case !doublestar.ValidatePattern(rule.Pattern):
		return rule, badRule(text, "is no pattern", "Close each [ and {.")
	}
	return rule, nil
}

func cutWord(text, word string) (rest string, found bool) {
	first, rest, both := strings.Cut(text, " ")
	if !both || first != word {
		return text, false
	}
	return strings.TrimSpace(rest), true
}

func suggest(role string) string {
	if near := nearest.To(role, roleNames()); near != "" {
		return fmt.Sprintf("Did you mean %q? A file with = in its name is written ./a=b.", near)
	}
	return "A file with = in its name is written ./a=b."
}

func roleNames() []string {
	var all []string
	for _, r := range Roles {
		all = append(all, string(r))
	}
	return all
}

// RoleList names all roles, for errors.
func RoleList() string { return strings.Join(roleNames(), ", ") }

func badRule(text, what, next string) error {
	return &fault.Fault{Kind: fault.Input, Name: "file", What: what, Got: text, Allowed: RuleSyntax + "; roles: " + RoleList(), Next: next}
}

// Standard are the files of SST and of package managers that every release
// keeps where they exist. SST v3 and v4 are built on Pulumi and leave zips and
// outputs below .sst; v2 is CDK and leaves templates below .sst/dist, .build or
// cdk.out.
func Standard() []Rule {
	var rules []Rule
	add := func(origin string, role Role, patterns ...string) {
		for _, p := range patterns {
			rules = append(rules, Rule{Role: role, Pattern: p, Optional: true, Origin: origin})
		}
	}
	add("SST v3/v4", Function, ".sst/artifacts/*/code.zip")
	add("SST v3/v4", Outputs, ".sst/outputs.json")
	add("SST v3/v4", Source, "sst.config.ts")
	add("SST v2", Template, ".sst/dist/*.template.json", ".build/**/*.template.json", "cdk.out/**/*.template.json")
	add("lockfile", Lockfile, "pnpm-lock.yaml", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "bun.lock", "bun.lockb")
	return rules
}

// ParseRequire reads the roles of which a release must hold a file: names with
// commas between them, or none.
func ParseRequire(text string) ([]Role, error) {
	if text == "none" {
		return nil, nil
	}
	var roles []Role
	for name := range strings.SplitSeq(text, ",") {
		role := Role(strings.TrimSpace(name))
		if !slices.Contains(Roles, role) {
			return nil, fmt.Errorf("names no role")
		}
		roles = append(roles, role)
	}
	return roles, nil
}
