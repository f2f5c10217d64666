package adopt

import (
	"fmt"
	"slices"
	"strings"
)

// ConfigPath is where cutover.yaml lies, whatever folder the app is in.
const ConfigPath = "cutover.yaml"

// mark begins what only a person can fill in; config check names each.
const mark = "# TODO: "

// Configuration is the whole cutover.yaml.
func (s Settled) Configuration() string {
	var b strings.Builder
	todo := func(is bool, what string) string {
		if is {
			return " " + mark + what
		}
		return ""
	}
	fmt.Fprintf(&b, `# yaml-language-server: $schema=https://raw.githubusercontent.com/%s/%s/schemas/cutover.schema.json
# How this app gets to production. What is not written here has a default: cutover config show prints all of them.

project: %s
region: %s%s
app: %s

stages:
  staging:
    url: %s%s
  production: # waits for a reviewer of the GitHub environment "production"
    url: %s%s
    approval: required
`, ours, s.Asked.Pin, s.Asked.Project, s.Asked.Region, todo(s.openRegion, "confirm the region; sst.config.ts names none"), s.App.Folder,
		s.Asked.Staging, todo(s.open("staging", s.Asked.Staging), "the address at which staging answers"),
		s.Asked.Production, todo(s.open("production", s.Asked.Production), "the address at which production answers"))
	if s.mails() {
		fmt.Fprintf(&b, "\n# Who is told. AWS asks each address to confirm once.\nteams:\n  devops: [%s]%s\n", s.Asked.Mail,
			todo(s.Asked.Mail == unknownMail, "the mailbox that gets the alarms"))
	}
	if s.App.Scripts.Coverage {
		b.WriteString("\ncoverage:\n  lines: " + usualCoverage + "\n")
	}
	b.WriteString(s.gate())
	if len(s.Asked.Stores) > 0 {
		b.WriteString("\n# The stores, as the inventory has them.\ndatastores:\n")
		for _, line := range s.Asked.Stores {
			b.WriteString("  " + line + "\n")
		}
	}
	for _, section := range s.sections() {
		b.WriteString("\n" + section)
	}
	return b.String()
}

const (
	unknownMail = "devops@example.com"
	// usualCoverage is asked of an app that comes as it is: most reach it, and the
	// default of 95% would stop the first run of many.
	usualCoverage = "80%"
)

func (s Settled) mails() bool { return s.Has(Monitoring) || s.Has(Cost) }

// gate is what differs from the strictest one.
func (s Settled) gate() string {
	var lines []string
	if branch := s.branch(); branch != "main" {
		lines = append(lines, "  branch: "+branch)
	}
	if s.Has(Deploy) {
		var skipped []string
		if !s.bundled() {
			skipped = append(skipped, "    staging: SST builds the functions while it deploys, so no digest can show that they are the same")
		}
		if s.App.Scripts.Integration == "" {
			skipped = append(skipped, "    integration: package.json has no script test:integration")
		}
		if len(skipped) > 0 {
			lines = append(lines, "  skip: # each result shows it, with its reason")
			lines = append(lines, skipped...)
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "\ngate:\n" + strings.Join(lines, "\n") + "\n"
}

// sections are those that the parts need beyond the first ones, and that
// cutover.yaml may be without.
func (s Settled) sections() []string {
	var all []string
	if s.Has(Monitoring) && !s.hand(s.Known.Monitoring) {
		team := "devops"
		if len(s.Known.Teams) > 0 && !slices.Contains(s.Known.Teams, team) {
			team = s.Known.Teams[0]
		}
		all = append(all, "monitoring:\n  owner: action # monitoring.yml deploys one CloudFormation stack a stage\n  runbook_base: https://github.com/"+ours+
			"/blob/main/docs/runbooks\n  teams: ["+team+"]\n")
	}
	if s.Has(Load) && !s.hand(s.Known.Load) {
		all = append(all, "load: # load-test.yml sends it to staging\n  stage: staging\n  requests:\n    - { path: "+s.health()+" }\n  profiles:\n    first:\n"+
			"      phases: [{ rate: 10, for: 1 m }]\n      goals: { p95: 500 ms, errors: 1% }\n")
	}
	if s.Has(Traffic) && !s.hand(s.Known.Traffic) {
		all = append(all, s.traffic())
	}
	if s.Has(Decommission) && !s.hand(s.Known.Legacy) {
		all = append(all, commented(legacySection))
	}
	return all
}

// hand says that a section stands in a file that a person wrote or changed.
func (s Settled) hand(has bool) bool { return has && !untouched(s.Known.Text) }

// traffic is a section that a person has to fill in: nothing in a repository
// tells a hosted zone, and a guess could move somebody else's record.
func (s Settled) traffic() string {
	kind := either(s.Asked.API, s.App.SST.API)
	name := map[string]string{"http": "the ID of the HTTP API", "rest": "the name of the REST API"}[kind]
	if kind == "" {
		kind, name = "http", "http and the ID of an HTTP API, or rest and the name of a REST API"
	}
	host := strings.TrimPrefix(s.Asked.Production, "https://")
	return commented(fmt.Sprintf(`traffic: %sfill in each value and take the # away
  record: %s
  hosted_zone: # aws route53 list-hosted-zones
  health_path: %s
  blue: # ECS
    target: # DNS name of the load balancer: aws elbv2 describe-load-balancers
    alias_zone: # its CanonicalHostedZoneId
    direct: # URL that always reaches ECS
    load_balancer: # end of its ARN, app/...
    target_group: # end of its ARN, targetgroup/...
  green: # Lambda
    target: # regional name of the API's custom domain
    alias_zone: # its RegionalHostedZoneId
    direct: # URL that always reaches Lambda
    api: { type: %s, name: } # %s
`, mark, host, s.health(), kind, name))
}

var legacySection = `legacy: ` + mark + `fill in what goes once Lambda has carried everything for a week, and take the # away
  cluster: # aws ecs list-clusters
  service: # aws ecs list-services --cluster ...
  stack: # the CloudFormation stack that owns them, if one does
`

func commented(section string) string {
	var b strings.Builder
	for line := range strings.Lines(section) {
		b.WriteString("# " + line)
	}
	return b.String()
}

// Complete is a person's cutover.yaml with the sections that it lacks at its
// end; the rest is theirs.
func (s Settled) Complete(text string) string {
	var missing []string
	if s.mails() && len(s.Known.Teams) == 0 && !s.Known.Monitoring {
		missing = append(missing, "teams:\n  devops: ["+s.Asked.Mail+"]"+map[bool]string{true: " " + mark + "the mailbox that gets the alarms"}[s.Asked.Mail == unknownMail]+"\n")
	}
	sections := s.sections()
	if gate := s.gate(); gate != "" {
		sections = append([]string{strings.TrimPrefix(gate, "\n")}, sections...)
	}
	for _, section := range sections {
		first, _, _ := strings.Cut(section, ":")
		// One that is there, though as a comment, needs no second.
		if !strings.Contains("\n"+text, "\n"+first+":") {
			missing = append(missing, section)
		}
	}
	if len(missing) == 0 {
		return text
	}
	return strings.TrimRight(text, "\n") + "\n\n" + strings.Join(missing, "\n")
}

// Open lists the lines of a cutover.yaml that wait for a person, with what is
// wanted there.
func Open(text string) []Todo {
	var all []Todo
	n := 0
	for line := range strings.Lines(text) {
		n++
		if _, what, ok := strings.Cut(line, mark); ok {
			all = append(all, Todo{Line: n, What: strings.TrimSpace(what)})
		}
	}
	return all
}

// Todo is a place in cutover.yaml that waits for a person. Lines count from 1.
type Todo struct {
	Line int    `json:"line"`
	What string `json:"what"`
}
