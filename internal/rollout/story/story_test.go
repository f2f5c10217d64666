package story_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/rollout/story"
	"github.com/cutover-dev/cutover/internal/slo"
	"github.com/cutover-dev/cutover/internal/verdict"
)

var update = flag.Bool("update", false, "write what is rendered now as the wanted result")

// Golden files show how the three ends of a cutover are told; -update writes
// them anew.
func TestStories(t *testing.T) {
	for name, told := range map[string]story.Story{"promoted": promotedStory(), "rolled-back": rolledBackStory(), "held": heldStory()} {
		t.Run(name, func(t *testing.T) {
			got := report.Markdown(told.Document())
			path := filepath.Join("testdata", name+".md")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(want) != got {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// Who reads one sentence reads what happened, with its figures.
func TestStoryLeads(t *testing.T) {
	byHand, late, back, alone := rolledBackStory(), rolledBackStory(), rolledBackStory(), rolledBackStory()
	byHand.State.Rollback = &rollout.Rollback{Reason: "I do not like it", From: tenth, Began: nightly(27), Decided: nightly(27), Shifted: nightly(28), Confirmed: nightly(30)}
	byHand.Events[3].By = "robin"
	lateBy := *late.State.Rollback
	lateBy.Confirmed = nightly(40)
	late.State.Rollback = &lateBy
	backBy := *back.State.Rollback
	backBy.Confirmed, back.State.Step = time.Time{}, rollout.RollingBack
	back.State.Rollback = &backBy
	alone.Samples[22].Share = 0.01
	stuck := rolledBackStory()
	stuckBy := *stuck.State.Rollback
	stuckBy.Shifted, stuckBy.Confirmed = nightly(31), nightly(29)
	stuck.State.Rollback = &stuckBy
	shared := promotedStory()
	shared.Events = append(shared.Events[:3:3], append([]rollout.Event{
		{At: nightly(10), Kind: rollout.Held, Phase: 1, Weight: tenth, Attribution: judge.Shared, Reason: "shared_fault: error_rate has broken its limit"},
		{At: nightly(20), Kind: rollout.Released, Phase: 1, Weight: tenth},
	}, shared.Events[3:]...)...)
	missing := heldStory()
	missing.State.Hold = &rollout.Hold{Kind: rollout.HoldMissing, Since: nightly(40), Reason: "database_cpu has had no data since 01:30; green has had no data since 01:20; a; b"}
	watching, unknown := heldStory(), heldStory()
	watching.State.Hold = nil
	unknown.State.Hold = &rollout.Hold{Kind: "new", Since: nightly(40)}
	for name, c := range map[string]struct {
		of      story.Story
		verdict verdict.Verdict
		says    string
	}{
		"by a person":  {byHand, verdict.Fail, "Rolled back from 10% by robin: I do not like it. Blue had the traffic back after another 3 min."},
		"over budget":  {late, verdict.Fail, "after another 13 min, later than the budget of 5 min."},
		"on its way":   {back, verdict.Fail, "Blue does not have the traffic back yet, 4 min after the decision; the budget is 5 min."},
		"by DNS alone": {alone, verdict.Fail, "Nobody was there to decide, so DNS alone took clients to blue, 3 min after the fault began."},
		"stuck":        {stuck, verdict.Fail, "The record could not be changed by then, but DNS alone took clients to blue, 2 min after the decision."},
		"shared":       {shared, verdict.Pass, "On the way it was held for 10 min, when both sides broke a limit together"},
		"missing":      {missing, verdict.Inconclusive, "green has had no data since 01:20; the database's CPU has had no data since 01:30; and 2 more. It goes on when data comes back"},
		"under way":    {watching, verdict.Inconclusive, "Under way: phase 1 of 2, 10% of the traffic for green, watched for 45 min of 30 min. No limit is broken."},
		"a new hold":   {unknown, verdict.Inconclusive, "Held at 10% since 01:28 (22 min): new."},
		"not begun":    {story.Story{Policy: toldPolicy(), State: rollout.New(toldPolicy())}, verdict.Inconclusive, "Nothing has begun: blue has all the traffic."},
	} {
		d := c.of.Document()
		if d.Verdict != c.verdict || !strings.Contains(d.Lead, c.says) {
			t.Errorf("%s: %s, %q, want %s, %q", name, d.Verdict, d.Lead, c.verdict, c.says)
		}
	}
}

// toldFaces renders a story in every way.
func toldFaces(t *testing.T, s story.Story) string {
	t.Helper()
	d := s.Document()
	html, err := report.HTML("A story", d)
	if err != nil {
		t.Fatal(err)
	}
	return string(html) + report.Markdown(d) + report.Terminal(d, true)
}

// Whatever is missing, there is a report.
func TestStoriesOfLittle(t *testing.T) {
	nan := promotedStory()
	for i := range nan.Samples {
		nan.Samples[i].Share = math.NaN()
		for j := range nan.Samples[i].Objectives {
			p := &nan.Samples[i].Objectives[j]
			p.Green, p.Blue, p.Broken, p.Threshold, p.Worse, p.Proof = math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN()
		}
	}
	noSamples, noEvents, noObjectives, noPolicy := rolledBackStory(), rolledBackStory(), rolledBackStory(), rolledBackStory()
	noSamples.Samples, noEvents.Events, noPolicy.Policy = nil, nil, rollout.Policy{}
	noPolicy.State.Ledger = nil
	for i := range noObjectives.Samples {
		noObjectives.Samples[i].Objectives = nil
	}
	for name, s := range map[string]story.Story{
		"nothing": {}, "ready": {Policy: toldPolicy(), State: rollout.New(toldPolicy())}, "NaN": nan,
		"no samples": noSamples, "no events": noEvents, "no objectives": noObjectives, "no policy": noPolicy,
	} {
		t.Run(name, func(t *testing.T) {
			if text := toldFaces(t, s); strings.Contains(text, "NaN") || strings.Contains(text, "0001") || strings.Contains(text, "%!") {
				t.Errorf("shows what no reader understands:\n%s", text)
			}
		})
	}
}

// A text from outside stays a text, and does not flood the report.
func TestStoriesOfHostileText(t *testing.T) {
	hostile := "<script>alert(1)</script> | [x](javascript:1) @everyone \x1b[31m \xff " + strings.Repeat("&<>", 5000)
	s := heldStory()
	s.Title, s.Says, s.Trouble = hostile[:40], hostile, []string{hostile}
	s.State.Hold.Reason, s.Facts = hostile, [][2]string{{hostile, hostile}}
	for i := range 500 {
		s.Events = append(s.Events, rollout.Event{At: nightly(34 + i/100), Kind: rollout.Ordered, Phase: 1, Weight: tenth, Reason: hostile, By: hostile})
	}
	d := s.Document()
	html, err := report.HTML("A story", d)
	if err != nil {
		t.Fatal(err)
	}
	text := report.Markdown(d)
	for face, c := range map[string]struct {
		text string
		bad  []string
	}{
		"page":     {string(html), []string{"<script"}},
		"Markdown": {text, []string{"<script", "](javascript", "@everyone"}},
		"terminal": {report.Terminal(d, false), []string{"\x1b"}},
	} {
		for _, bad := range c.bad {
			if strings.Contains(c.text, bad) {
				t.Errorf("%q got through to the %s", bad, face)
			}
		}
	}
	if len(text) > 150_000 {
		t.Errorf("the Markdown has %d bytes", len(text))
	}
	if !strings.Contains(text, "466 more events") {
		t.Error("nothing says that events were left out")
	}
}

// Thirty hours with everything in them stay small, and quick to write.
func TestStoryOfThirtyHours(t *testing.T) {
	s := promotedStory()
	s.Samples = toldSamples(0, 1800, 1790, tenth)
	for i := range 200 {
		s.Events = append(s.Events, rollout.Event{At: nightly(70 + 8*i), Kind: rollout.Held, Phase: 2, Weight: tenth, Reason: fmt.Sprintf("guard: database_cpu is at %d%%, its limit is 80%%", 80+i%10)},
			rollout.Event{At: nightly(72 + 8*i), Kind: rollout.Released, Phase: 2, Weight: tenth, Reason: "no longer held (guard)"})
	}
	d := s.Document()
	html, err := report.HTML("A story", d)
	if err != nil {
		t.Fatal(err)
	}
	if len(html) > 300_000 || len(report.Markdown(d)) > 60_000 {
		t.Errorf("the page has %d bytes, the Markdown %d", len(html), len(report.Markdown(d)))
	}
}

// longStory is ten hours that end with a broken limit of any objective.
func longStory(t *testing.T, reason string) story.Story {
	t.Helper()
	s := rolledBackStory()
	var o slo.Objectives
	if err := strict.Decode("slos", []byte("{}"), &o); err != nil {
		t.Fatal(err)
	}
	s.Policy.Rules.Objectives = judge.Objectives(o, judge.AllGauges()...)
	s.State.Rollback = &rollout.Rollback{Reason: reason, Attribution: judge.Green, From: tenth, Began: nightly(590), Decided: nightly(594), Shifted: nightly(595), Confirmed: nightly(597)}
	s.State.Ledger, s.Samples, s.Now = toldLedger(s.Policy, 20, 5), toldSamples(0, 600, 590, tenth), nightly(600)
	for i := range s.Samples {
		points := &s.Samples[i].Objectives
		for j, name := range judge.AllGauges() {
			*points = append(*points, rollout.Point{Name: name, Green: math.NaN(), Blue: math.NaN(), Level: 0.5 + 0.1*float64(j), Broken: math.NaN(), Threshold: math.Log(400), Worse: math.NaN(), Proof: math.NaN()})
		}
	}
	return s
}

// The minutes of a decision are shown close up where a whole day would hide
// them, whatever the decision was about.
func TestStoryCloseUp(t *testing.T) {
	for reason, wants := range map[string][]string{
		"error_rate has broken its limit of 1% since about 10:50 (evidence 1024, 400 needed); blue keeps the limit": {"Errors around the decision", "Evidence that green breaks its limit, around the decision"},
		"database_connections is far past its limit, above 95% for 2 minutes":                                       {"database connections at 50% against a limit of 80%", "Database connections around the decision"},
		"missing data": {"Rolled back from 10%, 4 min after the fault began: missing data."},
	} {
		d := longStory(t, reason).Document()
		text := report.Markdown(d)
		for _, want := range append(wants, "Levels of what both sides share") {
			if !strings.Contains(text, want) {
				t.Errorf("%s: nothing says %q:\n%s", reason, want, text)
			}
		}
		if shown := strings.Contains(text, "Close up"); shown != (len(wants) == 2) {
			t.Errorf("%s: close up %v", reason, shown)
		}
	}
}

// Where requests are rare a minute without one is no gap; ten are.
func TestStoryOfLittleTraffic(t *testing.T) {
	s := heldStory()
	s.Samples = toldSamples(0, 60, 1000, tenth)
	for i := range s.Samples {
		s.Samples[i].Green, s.Samples[i].Blue, s.Samples[i].Share = 1, 9, 0.1
		if i%3 == 0 || i > 30 && i < 50 {
			s.Samples[i].Green, s.Samples[i].Objectives[0].Green = 0, math.NaN()
		}
	}
	text := report.Markdown(s.Document())
	gap := regexp.MustCompile(`\| green \|[^<]*<code>·?▂+·+▂+·?</code>`)
	if !gap.MatchString(text) {
		t.Errorf("want one gap:\n%s", text)
	}
}
