package gate

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/unit"
)

// checks holds that the named checks of the commit are green.
func (j *judge) checks(t *tally) {
	t.row.Source = fmt.Sprintf("GET commits/%s/check-runs?filter=latest and commits/%s/status", short(j.Commit), short(j.Commit))
	t.row.Link = j.path("commit/" + j.Commit + "/checks")
	t.row.Needed = "success of " + list(j.Checks)
	runs, ok := see(t, j.o.Checks, "the checks of the commit")
	if !ok {
		return
	}
	for _, name := range j.Checks {
		found := false
		for _, r := range runs {
			if r.Name != name {
				continue
			}
			found = true
			if r.Conclusion != "success" && r.URL != "" {
				t.row.Link = r.URL
			}
			switch {
			case r.Status != "completed":
				t.later(name, r.Status, "Run the gate again when it is over.")
			case r.Conclusion != "success":
				t.fail("Mend what it found; a check that was skipped has looked at nothing.", "%q ended with %s", name, r.Conclusion)
			default:
				t.pass("%q is green", name)
			}
		}
		if !found {
			t.fail("Name checks in gate.checks of cutover.yaml as GitHub shows them on a commit.", "the commit has no check called %q", name)
		}
	}
}

// alarms holds that every named alarm is OK: neither ringing nor blind.
func (j *judge) alarms(t *tally) {
	names := j.alarmNames()
	t.row.Source = "cloudwatch:DescribeAlarms, metric and composite alarms"
	t.row.Needed = "OK: " + list(names)
	if j.Region != "" {
		t.row.Link = fmt.Sprintf("https://%s.console.aws.amazon.com/cloudwatch/home?region=%s#alarmsV2:", j.Region, j.Region)
	}
	alarms, ok := see(t, j.o.Alarms, "how the alarms stand")
	if !ok {
		return
	}
	fine := 0
	for _, name := range names {
		found := false
		for _, a := range alarms {
			if a.Name != name {
				continue
			}
			found = true
			if a.State != "OK" && a.URL != "" {
				t.row.Link = a.URL
			}
			switch a.State {
			case "OK":
				fine++
			case "INSUFFICIENT_DATA":
				t.fail("See why its metric has no data: an alarm without data cannot ring.", "%s has no data (INSUFFICIENT_DATA) since %s", name, clock(a.Since))
			default:
				t.fail("Mend what it rings for. Where the deployment is the remedy, switch the check off with its reason in gate.skip of cutover.yaml.", "%s is in %s since %s: %s", name, a.State, clock(a.Since), clip(trim(a.Reason)))
			}
			if !a.ActionsEnabled {
				t.warn("The actions of the alarm %s are switched off: it tells nobody when it rings.", name)
			}
		}
		if !found {
			t.fail("Check the names in gate.alarms of cutover.yaml, and region and account.", "there is no alarm called %s", name)
		}
	}
	if fine > 0 {
		t.pass("%s OK", report.Count(fine, "alarm"))
	}
}

// lock holds that nobody else deploys the stage.
func (j *judge) lock(t *tally) {
	t.row.Source = fmt.Sprintf("SST's state bucket (lock/%s/%s.json), GET actions/runs of its owner", j.App, j.Stage)
	t.row.Needed = "free, or left by a run that is over"
	lock, ok := see(t, j.o.Lock, "whether "+j.Stage+" is locked")
	switch {
	case !ok:
	case lock == nil:
		t.pass("%s is free", j.Stage)
	case lock.Life == Dead:
		t.row.Link = lock.URL
		t.pass("locked by %s, which is dead: %s. sst-deploy releases it", orNobody(lock.RunID), lock.Why)
	default:
		t.row.Link = lock.URL
		next := "Wait until it is over, then run this again."
		if lock.Life != "living" {
			next = "Make sure that nobody deploys, then type: npx sst unlock --stage " + j.Stage
		}
		since := ""
		if !lock.Since.IsZero() {
			since = " since " + clock(lock.Since)
		}
		t.fail(next, "locked by %s%s: %s", orNobody(lock.RunID), since, lock.Why)
	}
}

// budget holds that there is money left, as far as AWS knows.
func (j *judge) budget(t *tally) {
	name := j.expand(j.Budget)
	t.row.Source = "budgets:DescribeBudget " + name
	t.row.Link = "https://console.aws.amazon.com/billing/home#/budgets"
	t.row.Needed = fmt.Sprintf("spent less than %s of the limit", j.BudgetBelow)
	t.warn("AWS works budgets out at most three times a day: this figure may be 8 to 12 hours old.")
	if j.o.Budget.Asked && errors.Is(j.o.Budget.Err, ErrNone) {
		t.fail("Check gate.budget of cutover.yaml, and the account.", "there is no budget called %s in this account", name)
		return
	}
	b, ok := see(t, j.o.Budget, "what was spent")
	if !ok {
		return
	}
	limit, fine := new(big.Rat).SetString(b.Limit)
	actual, known := new(big.Rat).SetString(b.Actual)
	switch {
	case b.Kind != "COST":
		t.fail("Name a cost budget with gate.budget of cutover.yaml.", "%s is a budget of the kind %s, not of cost", name, b.Kind)
	case b.Unhealthy != "":
		t.unknown("what was spent", &fault.Fault{Kind: fault.Input, Name: name, What: "is not updated by AWS: " + b.Unhealthy, Next: "See its page in the console."})
	case !fine || !known || b.LimitUnit != b.ActualUnit || limit.Sign() <= 0:
		t.unknown("what was spent", &fault.Fault{Kind: fault.Input, Name: name, What: fmt.Sprintf("has no figures to compare: %s %s of %s %s", b.Actual, b.ActualUnit, b.Limit, b.LimitUnit), Next: "Give it one fixed limit."})
	default:
		share := new(big.Rat).Quo(actual, limit)
		percent := new(big.Rat).Mul(share, big.NewRat(100, 1)).FloatString(1)
		text := fmt.Sprintf("%s %s of %s %s spent (%s%%, %s)", b.Actual, b.ActualUnit, b.Limit, b.LimitUnit, percent, strings.ToLower(b.Period))
		if share.Cmp(big.NewRat(int64(j.BudgetBelow), int64(unit.Full))) >= 0 {
			t.fail("Wait for the next period, raise the budget, or switch the check off with its reason in gate.skip of cutover.yaml.", "%s", text)
			return
		}
		t.pass("%s", text)
		if actual.Sign() == 0 && b.Filtered {
			t.warn("Nothing was spent by this budget: one that is filtered by a tag that is not active sees nothing.")
		}
	}
}

// traffic holds that nothing is deployed under a rollout that is being judged.
func (j *judge) traffic(t *tally) {
	t.row.Source = j.RolloutAt
	t.row.Needed = "no phase under way"
	if j.RolloutAt == "" {
		t.fail("Pass the bucket of the rollout's state as rollout-bucket, or write during_rollout: allow under gate of cutover.yaml.", "nobody said where the rollout's state lies")
		return
	}
	r, ok := see(t, j.o.Rollout, "how the rollout stands")
	switch {
	case !ok:
	case !r.Found:
		t.pass("no rollout has begun")
	case r.UnderWay:
		t.fail("Wait until the rollout is over, or roll it back first; during_rollout: allow under gate of cutover.yaml lets deployments through.",
			"traffic moves: phase %d is %s with %s on green since %s", r.Phase+1, strings.ReplaceAll(r.Step, "_", " "), r.Weight, clock(r.Since))
	case r.Watched:
		t.pass("all traffic has moved")
		t.warn("All traffic is on green, which is still watched: this deployment changes what is measured.")
	default:
		t.pass("no phase is under way (%s)", strings.ReplaceAll(r.Step, "_", " "))
	}
}
