package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/iam"
	"github.com/cutover-dev/cutover/internal/runner"
)

// all prints the template of all roles.
func (i iamInputs) all(s *runner.Session, file *config.File) error {
	if *i.action != "" || *i.environment != "" || len(*i.commands) > 0 {
		return &fault.Fault{Kind: fault.Input, Name: "template", What: "has the roles of all actions, each with its own environment", Next: "Leave out --action, --command and --environment; name environments in cutover.yaml."}
	}
	if *i.account != "" {
		s.Notef("--account is not needed: the template is for the account that it is deployed to.")
	}
	names := []string{"production", "staging"}
	switch {
	case *i.stage != "":
		names = []string{*i.stage}
	case file != nil:
		names = slices.Sorted(maps.Keys(file.Stages))
	}
	if file == nil {
		s.Notef("There is no cutover.yaml: the template has the stages %s, and no roles for traffic-shift and decommission, which need its sections traffic and legacy.", strings.Join(names, " and "))
	}
	var stages []iam.Stage
	for _, name := range names {
		stage, err := i.stageOf(file, name)
		if err != nil {
			return err
		}
		settings, assumed := stage.Complete()
		if err := settings.Check(); err != nil {
			return err
		}
		for _, a := range assumed {
			if a.Stands == settings.App && len(stages) == 0 {
				s.Notef("%s.", a.Note)
			}
		}
		stage.Settings = settings
		stages = append(stages, stage)
	}
	template, err := iam.TemplateOf(stages)
	if err != nil {
		return err
	}
	text := iam.Text(template)
	if len(text) > iam.MostInline {
		s.Notef("The template has %d bytes, and CloudFormation takes %d directly: deploy it with --s3-bucket, or a stage at a time with --stage.", len(text), iam.MostInline)
	}
	return s.Result(string(text), rawJSON(text))
}
