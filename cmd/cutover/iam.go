package main

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/config/examined"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/iam"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
)

// iamInputs are what iam takes.
type iamInputs struct {
	action, stage, config         *string
	commands, services, options   *[]string
	account, region, app, earlier *string
	environment, repository       *string
	archive, prefix, state        *string
	baseline                      *string
	trust, template               *bool
}

func permissions() *runner.Program {
	in := runner.NewInputs()
	i := iamInputs{
		action:      in.String("action", "", "Action whose policy is printed: "+strings.Join(iam.ActionNames(), ", ")+"."),
		commands:    in.Strings("command", "Command of the action, for less than all it does every day."),
		stage:       in.String("stage", "", "Stage that the policy is for; production unless given. With a cutover.yaml it must be one of its stages; --template takes all."),
		config:      in.String("config", "", "cutover.yaml to take stages, names and region from; without it ./cutover.yaml is read if there is one."),
		account:     in.String("account", "", "Number of the AWS account; without it * stands in ARNs."),
		region:      in.String("region", "", "AWS region; without it cutover.yaml's."),
		app:         in.String("app", "", "Name of the SST app, as app() of sst.config.ts returns it; without it cutover.yaml's project in lower case."),
		earlier:     in.String("earlier-stage", "", "Stage that a release must have passed before; staging unless given."),
		environment: in.String("environment", "", "GitHub environment of the job, for --trust; without it what --template binds the role to."),
		repository:  in.String("repository", "", "GitHub repository, owner/name; or owner@id/name@id if its tokens carry ids, as those of repositories made since July 15, 2026 do."),
		archive:     in.String("archive-bucket", "", "S3 bucket of archive-artifacts."),
		prefix:      in.String("archive-prefix", "cutover", "Prefix of archive-artifacts."),
		state:       in.String("state-bucket", "", "SST's state bucket; without it "+iam.DefaultState+"."),
		baseline:    in.String("baseline", "", "Where coverage-gate keeps its totals, if in S3: s3://bucket/key."),
		services:    in.Strings("service", "Service that the app uses besides API Gateway, Lambda and S3, several with commas between: "+strings.Join(iam.ServiceNames(), ", ")+"."),
		options:     in.Strings("with", "Input of an action that needs more than usual: "+strings.Join(iam.OptionNames(), ", ")+"."),
		trust:       in.Bool("trust", false, "Print the trust policy instead: who may become the role."),
		template:    in.Bool("template", false, "Print one CloudFormation template with the OIDC provider and all roles."),
	}
	return &runner.Program{
		Name: "iam", Summary: "Prints the smallest policy of an action, who may have it, or all roles as one template.", Inputs: in,
		Run: func(_ context.Context, s *runner.Session) error { return i.run(s) },
	}
}

func (i iamInputs) run(s *runner.Session) error {
	file, err := i.file()
	if err != nil {
		return err
	}
	switch {
	case *i.template && *i.trust:
		return &fault.Fault{Kind: fault.Input, Name: "template", What: "and trust cannot be given together", Next: "Leave one of them out: the template has the trust policies."}
	case *i.template:
		return i.all(s, file)
	case *i.action == "":
		return &fault.Fault{Kind: fault.Input, Name: "action", What: "was not given", Allowed: strings.Join(iam.ActionNames(), ", "), Next: "Name one, or ask for --template."}
	}
	duty, err := iam.Find(*i.action)
	if err != nil {
		return err
	}
	stage, err := i.stageOf(file, *i.stage)
	if err != nil {
		return err
	}
	settings, assumed := stage.Complete()
	if err := settings.Check(); err != nil {
		return err
	}
	needs, err := duty.Needs(settings, *i.commands...)
	if err != nil {
		return err
	}
	if *i.trust {
		return i.printTrust(s, stage, assumed)
	}
	policy := iam.PolicyOf(needs)
	i.tell(s, policy, assumed)
	if n := policy.Characters(); n > iam.MostCharacters {
		s.Notef("The policy has %d characters and a managed policy takes %d: --template splits it.", n, iam.MostCharacters)
	}
	if duty.Ahead {
		s.Notef("%s does not exist yet: its policy is declared ahead, and nothing has proved it.", duty.Action)
	}
	return s.Result(report.Terminal(iam.View(duty, settings, needs), s.Colour()), policy)
}

// tell says what stands for names that nobody gave, where it matters.
func (i iamInputs) tell(s *runner.Session, document any, assumed []iam.Assumed) {
	text := string(iam.Text(document))
	for _, a := range assumed {
		if strings.Contains(text, a.Stands) {
			s.Notef("%s.", a.Note)
		}
	}
}

// file is the cutover.yaml that was named or lies here, nil without one.
func (i iamInputs) file() (*config.File, error) {
	path := *i.config
	if path == "" {
		path = config.Name
	}
	file, err := config.Load(path)
	switch {
	case err == nil:
		return file, nil
	case *i.config == "" && errors.Is(err, fs.ErrNotExist):
		return nil, nil
	}
	return nil, config.Faults(err)
}

// stageOf settles the names of one stage.
func (i iamInputs) stageOf(file *config.File, name string) (iam.Stage, error) {
	if name == "" {
		name = "production"
	}
	s := iam.Stage{Settings: iam.Settings{
		Account: *i.account, Region: *i.region, App: *i.app, Stage: name, Earlier: *i.earlier, Environment: name, Repository: *i.repository,
		Archive: *i.archive, Prefix: *i.prefix, State: *i.state, Options: *i.options,
	}, Guarded: name == "production"}
	for _, list := range *i.services {
		for service := range strings.SplitSeq(list, ",") {
			s.Services = append(s.Services, strings.TrimSpace(service))
		}
	}
	slices.Sort(s.Services)
	s.Services = slices.Compact(s.Services)
	if *i.baseline != "" {
		where, ok := strings.CutPrefix(*i.baseline, "s3://")
		if !ok {
			return s, &fault.Fault{Kind: fault.Input, Name: "baseline", What: "is no place in S3", Got: *i.baseline, Allowed: "s3://bucket/key"}
		}
		s.Baseline = where
	}
	if file == nil {
		return s, nil
	}
	return s, examined.Fill(&s, file)
}

// printTrust prints the trust policy of the action's role.
func (i iamInputs) printTrust(s *runner.Session, stage iam.Stage, assumed []iam.Assumed) error {
	stage.Settings, _ = stage.Complete()
	role, err := stage.RoleOf(*i.action, *i.commands...)
	if err != nil {
		return err
	}
	if *i.environment != "" {
		stage.Environment = *i.environment
		role.Bound, role.Also = iam.InEnvironment(*i.environment), nil
	}
	if err := stage.Check(); err != nil {
		return err
	}
	trust := stage.Trust(append([]string{role.Bound}, role.Also...)...)
	i.tell(s, trust, slices.DeleteFunc(assumed, func(a iam.Assumed) bool { return a.Stands == "*" }))
	if *i.account == "" {
		s.Notef("--account was not given: put your account's number in the place of ACCOUNT.")
	}
	if !iam.Immutable(stage.Repository) {
		s.Notef("Repositories made since July 15, 2026, and those that opted in, have ids in their tokens: give --repository owner@id/name@id then (gh api repos/OWNER/NAME/actions/oidc/customization/sub tells).")
	}
	return s.Result(string(iam.Text(trust)), trust)
}
