// Package message decides who is told what, in which words.
package message

import "github.com/cutover-dev/cutover/internal/unit"

// Settings is the section `slack:` of cutover.yaml. The token is an input of
// the action and never stands in a file.
type Settings struct {
	Channel string            `yaml:"channel" required:"true" pattern:"^(#?[a-z0-9_-]{1,80}|[CG][A-Z0-9]{8,20})$" allowed:"a channel's name or ID; a name that starts with # needs quotes" example:"deployments" doc:"Where the messages go."`
	OnError string            `yaml:"on_error" default:"warn" enum:"fail,warn,ignore" doc:"What a step does when Slack cannot be reached. A message is never worth a rollback."`
	Users   map[string]string `yaml:"users" keypattern:"^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}$" keyallowed:"a GitHub login" pattern:"^[UW][A-Z0-9]{8,20}$" allowed:"a Slack member ID such as U0123456789" example:"{octocat: U0123456789}" doc:"GitHub logins and the Slack members they are, so that messages can mention them."`
}

// Teams is the section `teams:` of cutover.yaml: the mailboxes of each team,
// by its name. AWS asks each address to confirm before it gets anything.
type Teams map[string][]unit.Email
