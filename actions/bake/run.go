package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/adapter/probe"
	"github.com/cutover-dev/cutover/internal/bake"
	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/pause"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/verdict"
)

func parseNumber(text string) (int, error) { return strconv.Atoi(text) }

// run watches the deployment and tells what came of it, also when it was broken
// off.
func (in inputs) run(ctx context.Context, s *runner.Session) error {
	policy, address, region, err := in.policy(s)
	if err != nil {
		return err
	}
	prober, err := probe.Open(address, *in.timeout)
	if err != nil {
		return err
	}
	ports := bake.Ports{Prober: prober, Clock: pause.Clock{}, Looked: telling(s)}
	if len(policy.Alarms) > 0 {
		leave, err := oidc.Become(ctx, s, *in.role, region)
		if err != nil {
			return err
		}
		defer leave()
		client, err := cloudwatch.Open(ctx, region)
		if err != nil {
			return err
		}
		ports.Alarms = alarms{client, *in.timeout}
	}
	w, err := bake.Run(ctx, ports, policy)
	return tell(s, w.Result(*in.stage, address), err)
}

// telling prints where it stands whenever that changes much: a log of ten
// minutes has no use for forty lines.
func telling(s *runner.Session) func(*bake.Watch) {
	var last time.Time
	return func(w *bake.Watch) {
		if now := time.Now(); now.Sub(last) >= 30*time.Second {
			last = now
			s.Notef("%s", w.Progress())
		}
	}
}

func tell(s *runner.Session, r bake.Result, err error) error {
	document := r.Document()
	s.Summary(report.Markdown(document))
	problems := []error{err}
	for name, value := range map[string]string{"verdict": string(r.Verdict), "reason": r.Reason, "lead": r.Lead} {
		problems = append(problems, s.Output(name, value))
	}
	problems = append(problems, s.Result(report.Terminal(document, s.Colour()), r))
	switch r.Verdict {
	case verdict.Fail:
		problems = append(problems, &fault.Fault{Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.Row("bake", r.Reason)}, What: strings.TrimSuffix(r.Lead, "."), Next: r.Next})
	case verdict.Inconclusive:
		if err == nil {
			problems = append(problems, &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.Row("bake", r.Reason)}, What: strings.TrimSuffix(r.Lead, "."), Next: r.Next})
		}
	}
	return errors.Join(problems...)
}

// policy puts inputs and cutover.yaml together.
func (in inputs) policy(s *runner.Session) (p bake.Policy, address, region string, err error) {
	p = bake.Policy{Settle: *in.settle, For: *in.span, Every: *in.every, Misses: *in.misses}
	file, err := config.Optional(*in.config, config.Name)
	if err != nil {
		return p, "", "", err
	}
	s.Runbooks(file.Runbooks())
	checks, names := *in.checks, *in.alarms
	address, region = *in.url, *in.region
	if file != nil {
		region = s.Region(region, string(file.Region))
		if stage, ok := file.Stages[*in.stage]; ok && address == "" {
			address = stage.URL.String()
		}
		if len(checks) == 0 && file.Traffic != nil {
			checks = []string{file.Traffic.HealthPath}
		}
		if len(names) == 0 {
			names = file.Gate.Alarms
		}
	}
	if address == "" {
		return p, "", "", &fault.Fault{Kind: fault.Input, Name: "url", What: "is needed, because cutover.yaml names no url for the stage " + *in.stage, Next: "Pass the output url of sst-deploy."}
	}
	if len(checks) == 0 {
		return p, "", "", &fault.Fault{Kind: fault.Input, Name: "check", What: "is needed, because cutover.yaml has no traffic.health_path", Allowed: bake.CheckSyntax}
	}
	var problems []error
	for _, text := range checks {
		c, err := bake.ParseCheck(text)
		p.Checks, problems = append(p.Checks, c), append(problems, err)
	}
	for _, name := range names {
		p.Alarms = append(p.Alarms, strings.ReplaceAll(name, "{stage}", *in.stage))
	}
	if *in.every <= 0 || *in.timeout <= 0 || *in.settle < 0 || *in.span < 0 {
		problems = append(problems, &fault.Fault{Kind: fault.Input, Name: "every", What: "and timeout must be above zero, for and settle not below", Got: in.every.String()})
	}
	return p, address, region, errors.Join(problems...)
}

// alarms adapts CloudWatch's to what a bake asks.
type alarms struct {
	client *cloudwatch.Alarms
	within time.Duration
}

func (a alarms) Alarms(ctx context.Context, names []string) ([]bake.Alarm, error) {
	// A CloudWatch that does not answer must not keep the checks from being asked.
	ctx, cancel := context.WithTimeout(ctx, a.within)
	defer cancel()
	seen, err := a.client.Alarms(ctx, names)
	var all []bake.Alarm
	for _, s := range seen {
		all = append(all, bake.Alarm{Name: s.Name, State: s.State, Reason: s.Reason, Since: s.Since})
	}
	return all, err
}
