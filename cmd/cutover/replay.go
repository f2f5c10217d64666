package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/virtual"
)

// replayResult is the JSON result of replay (schemas/replay.schema.json).
type replayResult struct {
	rollout.Replayed
	// Outlook is there when a configuration was given.
	Outlook *virtual.Outlook `json:"outlook,omitempty"`
}

// replayInputs are what replay takes. Limits that are 0 were not given.
type replayInputs struct {
	metrics, config, html     *string
	errors, slow, alpha, beta *float64
	runs                      *int
}

func replay() *runner.Program {
	in := runner.NewInputs()
	const share = "a share between 0 and 1, such as 0.01"
	i := replayInputs{
		metrics: in.String("metrics", "", "The recording: CSV under "+rollout.TraceHeader+"; a missing row is a missing minute.", runner.Required()),
		config:  in.String("config", "", "A cutover.yaml: judge by its limits, and tell what each of its phases will come to with this traffic."),
		errors:  runner.Parsed(in, "error-limit", "", share, "Limit on the share of errors; 0.01 unless given.", parseShare),
		slow:    runner.Parsed(in, "slow-limit", "", share, "Limit on the share of slow requests; 0.05 unless given.", parseShare),
		alpha:   runner.Parsed(in, "alpha", "", share, "Greatest chance to roll back a healthy cutover; 0.01 unless given.", parseShare),
		beta:    runner.Parsed(in, "beta", "", share, "Greatest chance to take an unkept limit for proved; 0.05 unless given.", parseShare),
		runs:    runner.Parsed(in, "runs", "100", "1 to 10000", "How many cutovers to rehearse for the outlook of --config.", parseRuns),
		html:    in.String("html", "", "File to write the report to, one self-contained page."),
	}
	return &runner.Program{
		Name: "replay", Summary: "Runs the policy over past traffic: what it would have decided, when, and why.", Inputs: in,
		Run: i.run,
	}
}

func (i replayInputs) run(ctx context.Context, s *runner.Session) error {
	trace, err := readTrace(*i.metrics)
	if err != nil {
		return err
	}
	policy := rollout.TracePolicy(trace, i.limits())
	result := replayResult{}
	if *i.config != "" {
		if policy, result.Outlook, err = i.outlook(ctx, s, trace); err != nil {
			return err
		}
	}
	result.Replayed = rollout.Replay(policy, trace)
	document := replayDocument(policy, result, *i.metrics)
	problems := []error{s.Result(report.Terminal(document, s.Colour()), result)}
	s.Summary(report.Markdown(document))
	if *i.html != "" {
		page, err := report.HTML(document.Title, document)
		problems = append(problems, err)
		if err == nil {
			problems = append(problems, s.WriteFile("html", *i.html, page))
		}
	}
	return errors.Join(append(problems, refusal(result.Outlook))...)
}

// limits are those given, or the usual ones.
func (i replayInputs) limits() rollout.TraceLimits {
	or := func(given *float64, usual float64) float64 {
		if *given > 0 {
			return *given
		}
		return usual
	}
	return rollout.TraceLimits{Errors: or(i.errors, 0.01), Slow: or(i.slow, 0.05), Alpha: or(i.alpha, 0.01), Beta: or(i.beta, 0.05)}
}

// outlook judges by a configuration, which has all limits itself.
func (i replayInputs) outlook(ctx context.Context, s *runner.Session, trace rollout.Trace) (rollout.Policy, *virtual.Outlook, error) {
	for name, given := range map[string]*float64{"error-limit": i.errors, "slow-limit": i.slow, "alpha": i.alpha, "beta": i.beta} {
		if *given > 0 {
			return rollout.Policy{}, nil, &fault.Fault{Kind: fault.Input, Name: name, Got: strconv.FormatFloat(*given, 'g', -1, 64), What: "cannot be given together with config, which has it", Next: "Leave one of them out."}
		}
	}
	file, err := config.Load(*i.config)
	if err != nil {
		return rollout.Policy{}, nil, config.Faults(err)
	}
	whole, err := virtual.PolicyOf(file)
	if err != nil {
		return rollout.Policy{}, nil, err
	}
	progress := s.Progress("Rehearsing with this traffic", int64(2**i.runs))
	outlook, err := virtual.Foresee(ctx, whole, trace, *i.runs, 1, func(done int) { progress(int64(done)) })
	return rollout.Traced(whole, trace), &outlook, err
}

// refusal is the error of a policy that this traffic cannot prove.
func refusal(o *virtual.Outlook) error {
	if o == nil || o.Provable {
		return nil
	}
	for n, phase := range o.Phases {
		if !phase.Provable {
			return &fault.Fault{
				Kind: fault.Refused, Name: fmt.Sprintf("traffic.phases[%d]", n), What: "cannot be proved with this traffic",
				Got: fmt.Sprintf("weight %s for %s, %d requests to green", phase.Weight, phase.Hold, phase.GreenRequests), Next: "Set " + phase.Remedy + ".",
			}
		}
	}
	return nil
}

func readTrace(path string) (rollout.Trace, error) {
	f, err := os.Open(path)
	if err != nil {
		return rollout.Trace{}, &fault.Fault{Kind: fault.Input, Name: "metrics", Got: path, What: "cannot be read", Err: err}
	}
	defer func() { _ = f.Close() }() // nothing was written
	return rollout.ParseTrace(path, f)
}

func parseShare(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v > 0 && v < 1) {
		return 0, errors.New("is no share of requests")
	}
	return v, nil
}

func parseRuns(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 10_000 {
		return 0, errors.New("is no number of runs")
	}
	return n, nil
}
