package main

import (
	"fmt"
	"path/filepath"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/rollout/story"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// replayDocument shows what the policy would have made of the recording.
func replayDocument(p rollout.Policy, r replayResult, file string) report.Document {
	d := report.Document{
		Title:   "Replay of " + filepath.Base(file),
		Verdict: map[rollout.Action]verdict.Verdict{rollout.Promote: verdict.Pass, rollout.Return: verdict.Fail, rollout.Keep: verdict.Inconclusive}[r.Verdict],
		Lead:    replayLead(r.Replayed),
	}
	if r.Outlook != nil && r.SLOs[judge.ErrorRate].Total == 0 {
		// A recording from before the first shift: there is no green to judge.
		d.Verdict, d.Lead = verdict.Pass, "This traffic can prove every phase of the policy in its time."
		if !r.Outlook.Provable {
			d.Verdict, d.Lead = verdict.Fail, "This traffic cannot prove every phase of the policy in its time; the table says what would."
		}
		d.Blocks = r.Outlook.Blocks()
		return d
	}
	d.Blocks = append(d.Blocks, evidenceTable(p, r.Replayed))
	if r.Outlook != nil {
		d.Blocks = append(d.Blocks, r.Outlook.Blocks()...)
	}
	story := story.Story{Policy: p, State: r.State, Events: r.Events, Samples: r.Samples, Now: r.State.Clock}
	d.Blocks = append(d.Blocks, story.Charts()...)
	return d
}

func replayLead(r rollout.Replayed) string {
	switch r.Verdict {
	case rollout.Return:
		return fmt.Sprintf("Rolled back at minute %d of %d: %s.", r.Minute, r.Minutes, r.Reason)
	case rollout.Promote:
		return fmt.Sprintf("Promoted after minute %d: %s.", r.Minute, r.Reason)
	}
	return fmt.Sprintf("Held from minute %d of %d on: %s.", r.Minute, r.Minutes, r.Reason)
}

func evidenceTable(p rollout.Policy, r rollout.Replayed) report.Table {
	t := report.Table{
		Caption: "Evidence, as odds against chance. A limit counts as broken at the first threshold, as kept at the second.",
		Columns: []report.Column{{Title: "objective"}, {Title: "bad", Numeric: true}, {Title: "of", Numeric: true}, {Title: "limit", Numeric: true},
			{Title: "broken, from any minute on", Numeric: true}, {Title: "worse than blue", Numeric: true}, {Title: "kept", Numeric: true}, {Title: "requests still needed", Numeric: true}},
	}
	for _, o := range p.Rules.Objectives {
		s := r.SLOs[o.Name]
		more := "no number would do"
		if s.MoreRequestsNeeded != nil {
			more = report.Grouped(*s.MoreRequestsNeeded)
		}
		t.Rows = append(t.Rows, []report.Cell{
			{Text: o.Name, Code: true}, {Text: report.Grouped(s.Bad)}, {Text: report.Grouped(s.Total)}, {Text: fmt.Sprintf("%g%%", 100*s.Limit)},
			against(s.LogEFailChangepoint, s.LogThresholdFail, report.Bad), against(s.LogETwoSample, s.LogThresholdFail, report.Doubt), against(s.LogEPass, s.LogThresholdPass, report.Good), {Text: more},
		})
	}
	return t
}

// against writes evidence beside its threshold, and tones it once it is there.
func against(log, threshold float64, reached report.Tone) report.Cell {
	c := report.Cell{Text: fmt.Sprintf("%s of %s", judge.Odds(log), judge.Odds(threshold))}
	if log >= threshold {
		c.Tone = reached
	}
	return c
}
