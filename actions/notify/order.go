package main

import (
	"errors"
	"maps"
	"strings"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/message"
	"github.com/cutover-dev/cutover/internal/nearest"
	"github.com/cutover-dev/cutover/internal/runner"
)

// policy says what a message that cannot be sent does to the step.
type policy string

const (
	policyFail   policy = "fail"
	policyWarn   policy = "warn"
	policyIgnore policy = "ignore"
)

func parsePolicy(s string) (policy, error) {
	switch p := policy(s); p {
	case policyFail, policyWarn, policyIgnore:
		return p, nil
	}
	if near := nearest.To(s, []string{string(policyFail), string(policyWarn), string(policyIgnore)}); near != "" {
		return "", errors.New("is no known policy, did you mean " + near)
	}
	return "", errors.New("is no known policy")
}

// settings is the section slack of cutover.yaml; nil if it has none.
func (in inputs) settings(s *runner.Session) (*message.Settings, error) {
	file, err := config.Optional(*in.config, config.Name)
	s.Runbooks(file.Runbooks())
	if file == nil {
		return nil, err
	}
	return file.Slack, nil
}

// policy is the input's, else the file's, else warn: a deployment is worth
// more than the message about it, and a message that is lost must be seen.
func (in inputs) policy(file *message.Settings) policy {
	switch {
	case *in.onError != "":
		return *in.onError
	case file != nil:
		return policy(file.OnError)
	}
	return policyWarn
}

// order puts the inputs together. All of their faults are told at once.
func (in inputs) order(s *runner.Session, file *message.Settings) (message.Order, error) {
	o := message.Order{Channel: *in.channel, Thread: *in.thread, Key: *in.key, Users: map[string]string{}}
	if file != nil {
		if o.Channel == "" {
			o.Channel = file.Channel
		}
		maps.Copy(o.Users, file.Users)
	}
	a := &o.Announcement
	a.Kind, a.Stage, a.Title, a.Text = *in.kind, *in.stage, in.scrub(*in.title), in.scrub(*in.text)
	a.Actor, a.Progress = *in.actor, *in.progress
	if a.Actor == (message.Actor{}) {
		a.Actor.Login = s.Getenv("GITHUB_ACTOR")
	}
	a.Run = runOf(s.Getenv)
	if id := s.Getenv("GITHUB_RUN_ID"); o.Key == "" && id != "" && !a.Kind.StandsAlone() {
		o.Key = a.Run.Repository + "/" + id + "/" + a.Stage
	}
	var problems []error
	problems = append(problems, each("fields", *in.fields, message.FieldSyntax, func(line string) error {
		f, err := message.ParseField(in.scrub(line))
		a.Fields = append(a.Fields, f)
		return err
	}))
	problems = append(problems, each("link", *in.links, message.LinkSyntax, func(line string) error {
		l, err := message.ParseLink(in.scrub(line))
		a.Links = append(a.Links, l)
		return err
	}))
	problems = append(problems, each("users", *in.users, message.UserSyntax, func(line string) error {
		login, id, err := message.ParseUser(line)
		o.Users[login] = id
		return err
	}))
	usual := ""
	if k := a.Kind.Section(); k != "" {
		usual = s.Runbook(k)
	}
	a.Lead(usual)
	if *in.timeout <= 0 {
		problems = append(problems, &fault.Fault{Kind: fault.Input, Name: "timeout", What: "leaves no time", Got: in.timeout.String(), Allowed: "more than 0s"})
	}
	return o, errors.Join(problems...)
}

// each parses the lines of an input and names every one that is wrong.
func each(name string, lines []string, allowed string, parse func(string) error) error {
	var problems []error
	for _, line := range lines {
		if err := parse(line); err != nil {
			problems = append(problems, &fault.Fault{Kind: fault.Input, Name: name, What: err.Error(), Got: line, Allowed: allowed})
		}
	}
	return errors.Join(problems...)
}

// scrub keeps this step's own secrets out of what everybody in the channel
// would read: a title or a log may repeat them.
func (in inputs) scrub(text string) string {
	for _, secret := range []string{*in.token, *in.webhook} {
		if len(secret) > 2 {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}

// runOf reads where the program runs from the runner's variables.
func runOf(getenv func(string) string) message.Run {
	r := message.Run{
		Repository: getenv("GITHUB_REPOSITORY"), Ref: getenv("GITHUB_REF_NAME"), SHA: getenv("GITHUB_SHA"),
		Number: getenv("GITHUB_RUN_NUMBER"),
	}
	if server, id := getenv("GITHUB_SERVER_URL"), getenv("GITHUB_RUN_ID"); server != "" && r.Repository != "" && id != "" {
		r.URL = server + "/" + r.Repository + "/actions/runs/" + id
	}
	return r
}
