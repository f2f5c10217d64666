package preflight

import (
	"errors"
	"path"
	"strings"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/rollout/preflight/compare"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Settings is the section `traffic.preflight:` of cutover.yaml.
type Settings struct {
	Requests      []string          `yaml:"requests" maxitems:"50" unique:"true" pattern:"^/([A-Za-z0-9._~!$&'()*+,;=:@%/?-]{0,500})$" allowed:"a path that starts with /, with a query if need be" example:"[/health, \"/mocs?limit=10\"]" doc:"What is asked of both sides, by GET, and compared; the paths of the smoke checks unless set."`
	Ignore        []string          `yaml:"ignore" maxitems:"100" unique:"true" pattern:"^(header [A-Za-z0-9-]{1,80}|\\$.{1,200})$" allowed:"header <name>, or a place in the JSON body such as $.time, $.items[*].id, $..request_id" example:"[\"$..request_id\", \"header vary\"]" doc:"Where the two sides' answers may differ."`
	Migrations    string            `yaml:"migrations" pattern:"^[A-Za-z0-9_*?.\\[\\]{}/-]{1,200}\\.sql$" allowed:"a pattern of .sql files, seen from the app's folder; * stands for anything but /" example:"migrations/*.sql" doc:"The app's schema migrations, in the order of their names."`
	LargestUpload unit.Bytes        `yaml:"largest_upload" default:"0 B" example:"5 MB" doc:"The largest request that the API accepts; 0 B says that nobody knows, and then an access log must tell."`
	Accept        map[string]string `yaml:"accept" keypattern:"^(concurrency|connections|timeouts|bodies|background|migrations|replay)(/.{1,200})?$" keyallowed:"concurrency, connections, timeouts, bodies, background, migrations or replay, alone or with / and a finding's name" pattern:"^[^ ].{0,199}$" allowed:"the reason, in a sentence" example:"{background/blue-consumers: the old worker is off since May}" doc:"What is accepted although it cannot be told (a check's name), or although it fails (check/finding), each with its reason, which every result shows."`
}

// Check reads what has a grammar of its own.
func (s Settings) Check(c *strict.Check) {
	var line *compare.LineError
	if _, err := compare.ParseIgnore(s.Ignore); errors.As(err, &line) && c.Valid("ignore") {
		c.Report(strict.Problem{Message: line.What, Allowed: compare.IgnoreSyntax}, "ignore", line.Index)
	}
	if _, err := path.Match(s.Migrations, ""); err != nil || strings.Contains(s.Migrations, "..") {
		c.Report(strict.Problem{Message: "is no pattern of files below the app's folder", Allowed: "such as migrations/*.sql"}, "migrations")
	}
}

// paths returns those that are asked: the ones of the settings, else those of
// the smoke checks' GETs, each once, in their order.
func (s Settings) paths(checks []string) []string {
	if len(s.Requests) > 0 {
		return s.Requests
	}
	var all []string
	seen := map[string]bool{}
	for _, check := range checks {
		words := strings.Fields(check)
		if len(words) > 1 && words[0] == "GET" {
			words = words[1:]
		}
		if len(words) > 0 && strings.HasPrefix(words[0], "/") && !seen[words[0]] {
			seen[words[0]] = true
			all = append(all, words[0])
		}
	}
	return all
}
