package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/vegeta"
	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// loadInputs are what load takes.
type loadInputs struct {
	target, config, profile, artillery *string
	path, method                       *string
	rate                               *float64
	duration                           *time.Duration
	plan                               *bool
	shard                              *load.Part
	at                                 *time.Time
	merge                              *[]string
	html, out                          *string
}

// Bounds of a load that is made of flags.
const (
	mostRate     = 20_000
	usualLasting = 20 * time.Second
)

func loadTest() *runner.Program {
	in := runner.NewInputs()
	i := loadInputs{
		target:    in.String("target", "", "Address that is loaded: of this machine, or one that cutover.yaml names. Without it the url of the profile's stage, or config.target of the Artillery file."),
		rate:      runner.Parsed(in, "rate", "", "more than 0, up to 20000", "Requests a second, for a load without a profile.", parseRate),
		duration:  in.Duration("duration", usualLasting, "How long, for a load without a profile."),
		path:      in.String("path", "/", "Path that is asked for, for a load without a profile."),
		method:    in.Choice("method", "Method of the requests, for a load without a profile.", []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}),
		config:    in.String("config", "", "cutover.yaml with the profile; without it ./cutover.yaml where it is needed."),
		profile:   in.String("profile", "", "Name of a profile below load in cutover.yaml."),
		artillery: in.String("artillery", "", "An Artillery file to send instead of a profile."),
		plan:      in.Bool("plan", false, "Only say what would be sent, phase by phase; nothing is sent."),
		shard:     runner.Parsed(in, "shard", "", "i/n such as 1/3", "Send the i-th of n parts of the load; merge makes them one result.", load.ParsePart),
		at:        runner.Parsed(in, "at", "", "a time such as 2026-11-23T17:00:00Z", "When to begin, so that several shards begin at once.", parseTime),
		merge:     in.Strings("merge", "A result of a shard; with all of them given, nothing is sent and they are made one result."),
		html:      in.String("html", "", "File to write the report to, one self-contained page."),
		out:       in.String("out", "", "File to write the result to, as JSON: for merge, and for cutover-report."),
	}
	return &runner.Program{
		Name: "load", Summary: "Sends a load in an open loop and says what came of it: rate held, exact percentiles, errors, and whether it counts.", Inputs: in,
		Run: i.run,
	}
}

func (i loadInputs) run(ctx context.Context, s *runner.Session) error {
	if len(*i.merge) > 0 {
		return i.merged(s)
	}
	p, notes, err := i.planned()
	if err != nil {
		return err
	}
	if *i.plan {
		return tellPlan(s, p, notes)
	}
	for _, n := range notes {
		s.Notef("%s", n)
	}
	if wait := time.Until(*i.at); wait > 0 {
		s.Notef("It begins at %s, in %s.", i.at.UTC().Format(time.RFC3339), wait.Round(time.Second))
	}
	s.Notef("%d arrivals within %s, up to %s requests a second, to %s.", p.Total(), p.Length(), report.Number(p.Peak()), p.Target)
	result, err := vegeta.Measure(ctx, p, vegeta.Options{At: *i.at}, func(l vegeta.Live) { s.Notef("%s", l) })
	if err != nil {
		return err
	}
	return i.tell(s, result)
}

// merged makes one result of those of all shards.
func (i loadInputs) merged(s *runner.Session) error {
	var parts []load.Result
	for _, name := range *i.merge {
		text, err := os.ReadFile(name)
		if err != nil {
			return &fault.Fault{Kind: fault.Input, Name: "merge", Got: name, What: "cannot be read", Err: err}
		}
		part, err := load.ParseResult(text)
		if err != nil {
			return &fault.Fault{Kind: fault.Input, Name: "merge", Got: name, What: "is no result that can be merged", Err: err}
		}
		parts = append(parts, part)
	}
	whole, err := load.Merge(parts)
	if err != nil {
		return err
	}
	return i.tell(s, whole)
}

// tell shows the result everywhere, and ends as it says.
func (i loadInputs) tell(s *runner.Session, r load.Result) error {
	findings := load.Judge(r)
	document := load.Describe(r, findings, nil)
	problems := []error{s.Result(report.Terminal(document, s.Colour()), r)}
	s.Summary(report.Markdown(document))
	if *i.html != "" {
		page, err := report.HTML(document.Title, document)
		if err == nil {
			err = s.WriteFile("html", *i.html, page)
		}
		problems = append(problems, err)
	}
	if *i.out != "" {
		text, err := json.Marshal(r) // a line each for some hundred thousand numbers would make it three times as large
		if err == nil {
			err = s.WriteFile("out", *i.out, append(text, '\n'))
		}
		problems = append(problems, err)
	}
	return errors.Join(append(problems, loadEnds(r, verdict.Worst(findings)))...)
}

func parseRate(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v > 0 && v <= mostRate) {
		return 0, errors.New("is no rate")
	}
	return v, nil
}

func parseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, errors.New("is no time")
	}
	return t, nil
}

// loaded reads cutover.yaml: the named one, or the usual one if it is there.
func (i loadInputs) loaded() (*config.File, error) {
	name := *i.config
	if name == "" {
		if _, err := os.Stat(config.Name); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		name = config.Name
	}
	file, err := config.Load(name)
	if err != nil {
		return nil, config.Faults(err)
	}
	return file, nil
}

// loadEnds is what the result means for the exit code: no measurement is no yes.
func loadEnds(r load.Result, v verdict.Verdict) error {
	lead := strings.TrimSuffix(load.Lead(r), ".")
	switch {
	case !r.Valid:
		return &fault.Fault{Kind: fault.Outside, What: "the run is no measurement: " + r.Invalid[0]}
	case v == verdict.Fail:
		return &fault.Fault{Kind: fault.Gate, What: lead}
	}
	return nil
}
