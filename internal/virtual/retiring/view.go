package retiring

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/sim/legacy"
)

// Documents tell a run: what happened here, then what the action's status would
// show, and the plan or why there is none.
func (r Run) Documents(res Result) []report.Document {
	docs := []report.Document{r.story(res)}
	if len(r.Refusals) > 0 {
		return append(docs, r.Refusals.Document())
	}
	return append(docs, retire.Status(r.Plan, r.State, r.Ended), r.Plan.Document())
}

// story is what only a rehearsal can tell.
func (r Run) story(res Result) report.Document {
	d := report.Document{Title: "Rehearsal: " + r.Scenario.Name, Verdict: res.Verdict}
	d.Lead = fmt.Sprintf("%s A good retirement %s here, and this one %s.", r.Scenario.Says, res.Expected.Outcome.Words(), res.Outcome.Words())
	if len(res.Unexpected) > 0 {
		d.Lead += " Not as it should be: " + strings.Join(res.Unexpected, "; ") + "."
	}
	d.Blocks = append(d.Blocks, r.figures(res))
	if len(r.Minutes) > 1 {
		d.Blocks = append(d.Blocks, r.chart())
	}
	if len(r.Refusals) == 0 {
		d.Blocks = append(d.Blocks, r.evidence())
	}
	t := report.Table{Caption: "What happened, in order", Columns: []report.Column{{Title: "day"}, {Title: "action"}, {Title: "target"}, {Title: "outcome"}, {Title: "detail"}}}
	tones := map[string]report.Tone{"done": report.Good, "entered": report.Quiet, "refused": report.Bad, "held": report.Bad, "called": report.Doubt, "happened": report.Doubt, "killed": report.Bad, "unseen": report.Bad}
	for _, s := range res.Steps {
		if s.Action == "kill" {
			continue // they are counted above
		}
		detail := s.Detail
		if with, ok := strings.CutPrefix(detail, along); ok {
			detail = along + r.called(with)
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: day(s.At.Sub(r.Started))}, {Text: s.Action}, {Text: r.called(s.Target)}, {Text: s.Outcome, Tone: tones[s.Outcome]}, {Text: detail}})
	}
	d.Blocks = append(d.Blocks, t)
	if len(r.Trouble) > 0 {
		d.Blocks = append(d.Blocks, report.Log{Caption: "What did not work at once", Body: strings.Join(r.Trouble, "\n")})
	}
	if r.State.Step == retire.Done {
		d.Blocks = append(d.Blocks, report.Log{Caption: "The retrospective, as the pull request would bring it", Body: retire.Retrospective(r.Plan, r.State, r.Events)})
	}
	return d
}

// called is what people call an ARN; the whole one stands in the plan.
func (r Run) called(arn string) string {
	if t, ok := r.Plan.Plan.Target(arn); ok {
		return string(t.Kind) + " " + t.Name
	}
	if part := strings.SplitN(arn, ":", 6); len(part) == 6 {
		return part[2] + " " + part[5]
	}
	if _, name, ok := strings.Cut(arn, "/"); ok && strings.HasPrefix(arn, "record:") {
		return "record " + strings.TrimSuffix(name, "/")
	}
	return arn
}

// day counts from the plan on: "7 d 00:20", which stays on one line.
func day(d time.Duration) string {
	return fmt.Sprintf("%d\u00a0d\u00a0%02d:%02d", d/(24*time.Hour), d%(24*time.Hour)/time.Hour, d%time.Hour/time.Minute)
}

func (r Run) figures(res Result) report.Table {
	t := report.Table{Caption: "In figures", Columns: []report.Column{{Title: "figure"}, {Title: "value", Numeric: true}}}
	row := func(name, value string) {
		t.Rows = append(t.Rows, []report.Cell{{Text: name}, {Text: value}})
	}
	row("virtual time", fmt.Sprintf("%.1f days", res.VirtualDays))
	row("soak and hold", r.Settings.Soak.String()+" and "+r.Settings.Hold.String())
	row("things deleted", fmt.Sprint(len(res.Deleted)))
	row("saved a month, by list price", res.SavedMonthly)
	row("green's requests", report.Grouped(res.Requests.Green))
	row("of them failed", report.Grouped(res.Requests.Failed))
	row("requests at blue's load balancer", report.Grouped(res.Requests.Blue))
	row("requests that nothing answered", report.Grouped(res.Requests.Lost))
	row("runs of the schedule", report.Grouped(int64(res.Runs)))
	if res.Kills > 0 {
		row("runs that were killed", report.Grouped(int64(res.Kills)))
	}
	return t
}

// evidence is what every decision went by, as it was seen last.
func (r Run) evidence() report.Table {
	s, e := r.State, r.Evidence
	t := report.Table{Caption: "Evidence, as it was seen last", Columns: []report.Column{{Title: "what"}, {Title: "seen"}}}
	row := func(what, seen string) {
		t.Rows = append(t.Rows, []report.Cell{{Text: what}, {Text: seen}})
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return "never"
		}
		return t.UTC().Format("2006-01-02 15:04 UTC")
	}
	failed := func(x *retire.Errors) string {
		if x == nil {
			return "not yet"
		}
		return fmt.Sprintf("%s of %s", report.Grouped(x.Failed), report.Grouped(x.Requests))
	}
	row("green has all traffic since", at(e.Full))
	row("an alarm last rang", at(e.Alarmed))
	for _, o := range e.Objectives {
		row("the rollout proved "+o.Name, map[bool]string{true: "yes", false: "no"}[o.Proved])
	}
	row("decision", e.Decision.Decision+", by "+e.Decision.By)
	if e.Traffic != nil {
		row("requests at blue's load balancer in 15 minutes", report.Grouped(e.Traffic.Requests))
	}
	row("blue's records gone since", at(s.Detached))
	row("no task of blue since", at(s.Empty))
	row("failed in an hour, before", failed(s.Before))
	row("failed in an hour, after", failed(s.After))
	hash := func(what, sum string) {
		t.Rows = append(t.Rows, []report.Cell{{Text: what}, {Text: sum, Code: true}})
	}
	hash("SHA-256 of the restore kit", cmp.Or(s.Kit, "none yet"))
	for _, repository := range slices.Sorted(maps.Keys(s.Index)) {
		hash("SHA-256 of the archive of "+repository[strings.LastIndexByte(repository, '/')+1:], s.Index[repository])
	}
	for _, x := range e.Endpoints {
		row(x.Name, x.Answer)
	}
	return t
}

// bucket is how much time one point of the chart stands for.
const bucket = 30

// chart shows what clients saw, over the steps.
func (r Run) chart() report.Chart {
	end := r.Minutes[len(r.Minutes)-1].Start.Add(time.Minute)
	c := report.Chart{Caption: "Requests, and the steps of the retirement", Unit: " a minute", Log: true, Start: r.Started, End: end}
	blue := report.Series{Name: "blue's load balancer", Side: report.Blue}
	failed := report.Series{Name: "failed at green", Tone: report.Bad}
	green := report.Series{Name: "green", Side: report.Green}
	for i := 0; i < len(r.Minutes); i += bucket {
		var sum legacy.Minute
		part := r.Minutes[i:min(i+bucket, len(r.Minutes))]
		for _, m := range part {
			sum.Blue, sum.Green, sum.Failed = sum.Blue+m.Blue, sum.Green+m.Green, sum.Failed+m.Failed
		}
		point := func(s *report.Series, n int64) {
			v := float64(n) / float64(len(part))
			if n == 0 {
				s.Points = append(s.Points, report.Point{At: part[0].Start, Value: math.NaN(), Idle: true})
				return
			}
			s.Points = append(s.Points, report.Point{At: part[0].Start, Value: v})
		}
		point(&blue, sum.Blue)
		point(&green, sum.Green)
		point(&failed, sum.Failed)
	}
	c.Series = []report.Series{green, blue, failed}
	for _, s := range r.State.Spans {
		till := s.Done
		if till.IsZero() {
			till = end
		}
		if till.Sub(s.Began) >= time.Hour {
			c.Bands = append(c.Bands, report.Band{Label: string(s.Step), Start: s.Began, End: till})
		}
	}
	for _, h := range r.Happened {
		c.Marks = append(c.Marks, report.Event{Label: h.What, At: h.At, Tone: report.Doubt})
	}
	for _, o := range r.Orders {
		if o.At.After(r.Started.Add(time.Minute)) {
			c.Marks = append(c.Marks, report.Event{Label: o.Kind + " by " + o.By, At: o.At})
		}
	}
	for _, e := range r.Events {
		if e.Kind == retire.Finished || e.Kind == retire.Reverted {
			c.Marks = append(c.Marks, report.Event{Label: string(e.Kind), At: e.At, Tone: report.Good})
		}
	}
	return c
}
