package retiring_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/sim/legacy"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/virtual/retiring"
)

// Whatever the ending, the page says what happened, why, and what to do.
//
// Shows: 5.8.12
func TestEveryEndingIsTold(t *testing.T) {
	for name, wants := range map[string][]string{
		"retire":               {"✓ pass", "$88.50", "Approved by dana", "blue's record goes", "ecs.cluster lego-api", "failed in an hour, after", "# Retrospective", "Retirement plan: lego-api-ecs"},
		"retire-abort-in-hold": {"abort by dana", "add-record", "everything is as it was", "200 from blue"},
		"retire-new-rule":      {"a listener gets a further rule", "drift", "Take the change back, or abort"},
		"retire-dangling-name": {"other_name", "Point that name to green, or delete it", "old-api.example.com"},
		"retire-not-proved":    {"the rollout proved latency", "the rollout has not proved: latency"},
		"retire-killed":        {"runs that were killed"},
	} {
		t.Run(name, func(t *testing.T) {
			r := shared(t, name, 1)
			docs := r.Documents(r.Result(1))
			page, err := report.HTML("x", docs...)
			if err != nil || strings.Contains(string(page), "<script") {
				t.Fatalf("the page: %v", err)
			}
			var all strings.Builder
			all.Write(page)
			for _, d := range docs {
				all.WriteString(report.Terminal(d, false))
			}
			for _, want := range wants {
				if !strings.Contains(all.String(), want) {
					t.Errorf("nothing says %q", want)
				}
			}
		})
	}
}

// An app's own times are kept to, and the bounds made for the usual ones left out.
func TestOwnTimes(t *testing.T) {
	s := scenario(t, "retire")
	s, set := retiring.With(s, retiring.Settings(s), retire.Settings{Soak: unit.Duration(24 * time.Hour), Hold: unit.Duration(3 * time.Hour), ImageRetention: unit.Duration(24 * time.Hour)})
	r := retiring.Rehearse(t.Context(), set, s, 1)
	if took := r.Ended.Sub(r.Started); len(r.Unexpected()) > 0 || took < 27*time.Hour || took > 36*time.Hour {
		t.Errorf("%s: %v", took, r.Unexpected())
	}
	same, _ := retiring.With(scenario(t, "retire"), retiring.Settings(s), retiring.Settings(s))
	if same.Expect.By == nil || same.Expect.After == nil {
		t.Error("the usual times lost their bounds")
	}
}

// Nothing of the account is left out of the plan, and nothing goes that does not
// stand in it.
func TestEveryThingIsTold(t *testing.T) {
	s := scenario(t, "retire")
	r := shared(t, "retire", 1)
	told := map[string]bool{}
	for _, target := range r.Plan.Plan.Targets {
		told[target.ARN] = true
	}
	for _, arn := range r.Deleted {
		if !told[arn] {
			t.Errorf("%s was deleted, and does not stand in the plan", arn)
		}
	}
	before := legacy.New(s, 1)
	seen := len(r.Plan.Plan.Targets) + len(r.Plan.Plan.Passing) + len(r.Plan.Plan.Forgotten) + len(r.Plan.Plan.Stays)
	if n := len(before.Things()); n != seen {
		t.Errorf("the account has %d things, and the plan speaks of %d", n, seen)
	}
}
