package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/config/examined"
	"github.com/cutover-dev/cutover/internal/doctor"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
)

// run looks at everything and tells what came of it.
func (in inputs) run(ctx context.Context, s *runner.Session) error {
	g := examined.Given{Config: *in.config, App: *in.app, Repository: *in.repository, Account: *in.account, Bucket: *in.bucket, Prefix: in.prefix.String()}
	if g.Repository == "" {
		g.Repository = s.Getenv("GITHUB_REPOSITORY")
	}
	if g.Bucket == "" {
		g.Bucket = (*in.variables)["ARCHIVE_BUCKET"]
	}
	if g.Account == "" {
		g.Account = in.variables.account()
	}
	e, err := examined.Folder(*in.dir, g)
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }() // nothing was written
	if *in.channel != "" {
		e.Plan.Channel = *in.channel
	}
	if region := s.Region(*in.region, e.Plan.Region); region != "" {
		e.Plan.Region = region
	}
	ctx, cancel := context.WithTimeoutCause(ctx, *in.timeout, &fault.Fault{
		Kind: fault.Outside, Name: "timeout", What: "it took longer than allowed", Got: in.timeout.String(), Next: "Run it again, with a longer timeout or with only one part.",
	})
	defer cancel()
	checks, leave, err := in.checks(ctx, s, e)
	if err != nil {
		return err
	}
	defer leave()
	rows := doctor.Examine(ctx, checks)
	left := e.Plan.Left
	for _, p := range doctor.Parts() {
		if !slices.Contains(*in.only, p) {
			left = append(left, string(p)+": --only leaves it out")
		}
	}
	return in.tell(s, doctor.Of(e.Plan.Project, rows, left))
}

// checks are those of the parts that are looked at. leave gives the role back.
func (in inputs) checks(ctx context.Context, s *runner.Session, e examined.Examined) (checks []doctor.Check, leave func(), err error) {
	leave = func() {}
	hub, err := in.hub(s, e.Plan.Repository)
	if err != nil {
		return nil, leave, err
	}
	for _, part := range doctor.Parts() {
		if !slices.Contains(*in.only, part) {
			continue
		}
		switch part {
		case doctor.Offline:
			checks = append(checks, doctor.OfflineChecks(e.Plan, e.Files)...)
		case doctor.GitHub:
			h := doctor.HubInput{Known: in.variables.keys()}
			if *in.slack != "" {
				h.Given = []string{"SLACK_BOT_TOKEN"}
			}
			checks = append(checks, doctor.GitHubChecks(e.Plan, e.Files.Repository, hub, h)...)
		case doctor.AWS:
			// That the role can be taken now is the first row's matter.
			var trouble error
			if leave, trouble = oidc.Become(ctx, s, *in.role, e.Plan.Region); trouble != nil {
				leave = func() {}
			}
			cloud, err := in.cloud(ctx, e.Plan, trouble)
			if err != nil {
				return nil, leave, err
			}
			checks = append(checks, doctor.AWSChecks(e.Plan, cloud, in.cloudInput(s, e, hub))...)
		case doctor.Slack:
			m, err := in.messenger(s)
			if err != nil {
				return nil, leave, err
			}
			checks = append(checks, doctor.SlackChecks(e.Plan, m)...)
		}
	}
	return checks, leave, nil
}

// tell shows the result everywhere.
func (in inputs) tell(s *runner.Session, r doctor.Result) error {
	d := doctor.View(r)
	s.Summary(report.Markdown(d))
	var problems []error
	if *in.enforce == enforceAll || r.Failed > 0 {
		problems = append(problems, r.Err())
	}
	page := ""
	if *in.report != "" {
		html, err := report.HTML(d.Title, d)
		if err == nil {
			err = s.WriteFile("report", *in.report, html)
		}
		if problems = append(problems, err); err == nil {
			page = *in.report
		}
	}
	for name, value := range map[string]string{
		"verdict": string(r.Verdict), "lead": r.Lead, "passed": strconv.Itoa(r.Passed), "failed": strconv.Itoa(r.Failed), "open": strconv.Itoa(r.Open), "report": page,
	} {
		problems = append(problems, s.Output(name, value))
	}
	return errors.Join(append(problems, s.Result(report.Terminal(d, s.Colour()), r))...)
}

// cloudInput is what was asked for beside the ports.
func (in inputs) cloudInput(s *runner.Session, e examined.Examined, hub doctor.Hub) doctor.CloudInput {
	c := doctor.CloudInput{Probe: *in.probe, Simulate: *in.simulate, Calls: e.Calls}
	run := s.Getenv("GITHUB_RUN_ID")
	if run == "" {
		run = "local"
	}
	c.Probed = fmt.Sprintf("%s/doctor/%s-%s.json", in.prefix.String(), run, s.Getenv("GITHUB_RUN_ATTEMPT"))
	if *in.token != "" {
		c.Subject = func(ctx context.Context) string {
			begins, err := hub.Subject(ctx)
			if err != nil {
				return "" // then ids behind an @ do not matter
			}
			return begins
		}
	}
	return c
}
