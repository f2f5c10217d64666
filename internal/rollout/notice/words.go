package notice

import (
	"fmt"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// words are what an event's notice says besides its reason.
type words struct {
	title, next string
	// alarm calls a person; loud shows the notice to everybody.
	alarm, loud bool
}

// command is how a person orders something.
func (f Facts) command(kind rollout.OrderKind) string {
	return fmt.Sprintf("traffic-shift --command %s --stage %s", kind, f.Stage)
}

func (f Facts) words(e rollout.Event) words {
	switch e.Kind {
	case rollout.Held:
		return f.held(e)
	case rollout.FellBack, rollout.Confirmed, rollout.Shifted:
		return f.way(e)
	case rollout.Paged, rollout.Corrected, rollout.Rebuilt:
		return f.alarm(e)
	case rollout.Started:
		return words{title: "Rollout started: green gets " + e.Weight.String(), next: "Nothing to do. To stop promotion: " + f.command(rollout.OrderPause) + "; to go back: " + f.command(rollout.OrderRollback) + "."}
	case rollout.Promoted:
		return words{title: f.phase(e) + ": green gets " + e.Weight.String(), next: f.stays(e) + "To go back: " + f.command(rollout.OrderRollback) + "."}
	case rollout.Settled:
		return words{title: "Green has its share of the traffic", next: f.stays(e) + "Nothing to do."}
	case rollout.Released:
		return words{title: "Hold lifted", next: "Promotion goes on by itself."}
	case rollout.Recovered:
		return words{title: "The limit is kept again", next: "Nothing to do: the evidence is gathered anew."}
	case rollout.Reported:
		return words{title: "To know", next: "It changes nothing; policy only reports it."}
	case rollout.Soaked:
		return words{title: "All phases are done", loud: true, next: "Green is watched on, and blue stays ready, until ECS is retired: " + f.command(rollout.OrderFinish) + "."}
	case rollout.Completed:
		return words{title: "Complete: there is nothing to go back to any more", loud: true}
	case rollout.Ordered:
		return words{title: "A person's order"}
	case rollout.EpochOpened:
		return words{title: "The watch begins anew", next: "Nothing to do: a phase lasts longer than planned, and each longer watch uses up half as much of α."}
	}
	return words{title: string(e.Kind)}
}

// way is what is told on the way to the record and back to blue.
func (f Facts) way(e rollout.Event) words {
	switch {
	case e.Kind == rollout.FellBack:
		return words{
			title: "Rolling back: blue gets everything", loud: true,
			next: "Green's health check fails by its verdict, so DNS moves users even while the record cannot be changed. You hear again once blue has 95% of the requests, within " + spell(f.RollbackBudget) + "; a longer time calls a person. Afterwards look at green's logs from the time above.",
		}
	case e.Kind == rollout.Confirmed:
		return words{title: "Blue has the traffic again", loud: true, next: "Users are safe. Find the cause on green, deploy the repair, then begin anew: " + f.command(rollout.OrderStart) + "."}
	case e.Weight == 0:
		return words{title: "The record gives blue everything", next: "Resolvers follow within the record's TTL."}
	}
	return words{title: "The record gives green " + e.Weight.String(), next: "Clients follow within the record's TTL; the phase's time begins when they have."}
}

// alarm is what a person is called for.
func (f Facts) alarm(e rollout.Event) words {
	switch {
	case e.Kind == rollout.Corrected:
		return words{title: "Somebody raised green's weight; it was taken back", alarm: true, next: "Find out who changed the record " + f.Record + " (CloudTrail: ChangeResourceRecordSets). Until then: " + f.command(rollout.OrderPause) + "."}
	case e.Kind == rollout.Rebuilt:
		return words{title: "The state was lost and made anew", alarm: true, next: "Look who touched the bucket. Green keeps what it has and nothing is promoted. If all is well: " + f.command(rollout.OrderResume) + "; if in doubt: " + f.command(rollout.OrderRollback) + "."}
	case e.Weight == 0:
		return words{title: "The rollback takes too long", alarm: true, next: "See where the traffic is: traffic-shift --command status --stage " + f.Stage + ". If the record still gives green weight, set it by hand in Route 53: green 0, blue 1. Do both A and AAAA."}
	}
	next := "Decide now: " + f.command(rollout.OrderRollback) + " gives blue everything; " + f.command(rollout.OrderResume) + " goes on."
	if f.DecisionTime > 0 {
		next += " Without an answer a broken green is rolled back after " + spell(f.DecisionTime) + "."
	}
	return words{title: "A limit is broken, and policy leaves it to you", alarm: true, next: next}
}

// waits says of each hold what ends it.
var waits = map[rollout.HoldKind]struct{ title, next string }{
	rollout.HoldBroken:       {"green has broken a limit", "A person is called."},
	rollout.HoldUnclear:      {"a limit is broken, by whom is not clear yet", "The next minutes show whose fault it is; nothing to do before."},
	rollout.HoldShared:       {"both sides are broken", "Look at what they share: database, cache, upstreams. It goes on once the limits are kept again."},
	rollout.HoldMissing:      {"figures are missing", "Look why the metrics are silent. It goes on when they come back."},
	rollout.HoldUndelivered:  {"green does not get its share", "Look at the record and green's health check. It goes on once the share shows in the traffic."},
	rollout.HoldDrift:        {"somebody else changed the weights", "Find out who, and set back the weights that were decided, or roll back: %rollback%."},
	rollout.HoldWorse:        {"green is worse than blue", "Decide: %resume% accepts it, %rollback% gives blue everything."},
	rollout.HoldGuard:        {"a guard is up", "Look at the stores that both sides share. It goes on once the level is back."},
	rollout.HoldPolicy:       {"cutover.yaml has changed", "Decide: %resume% accepts the new file."},
	rollout.HoldPaused:       {"paused", "It goes on with %resume%."},
	rollout.HoldInconclusive: {"too little evidence", "Nothing to do: it goes on by itself once enough requests were seen. %promote% goes on without."},
	rollout.HoldApproval:     {"approval wanted", "Approve the next phase: %approve%."},
}

func (f Facts) held(e rollout.Event) words {
	kind, _, _ := strings.Cut(e.Reason, ":")
	w, known := waits[rollout.HoldKind(kind)]
	if !known {
		return words{title: "Held", next: "Promotion is frozen; the watch goes on."}
	}
	next := w.next
	for _, o := range rollout.Orders() {
		next = strings.ReplaceAll(next, "%"+string(o)+"%", f.command(o))
	}
	return words{title: "Held: " + w.title, next: "Promotion is frozen; the watch goes on. " + next}
}

// phase names the phase that an event opens.
func (f Facts) phase(e rollout.Event) string {
	return fmt.Sprintf("Phase %d of %d", e.Phase, max(len(f.Phases), e.Phase))
}

// stays says how long green has its present share at least.
func (f Facts) stays(e rollout.Event) string {
	if e.Phase < 1 || e.Phase > len(f.Phases) {
		return ""
	}
	return "It stays there for at least " + f.Phases[e.Phase-1].Hold.String() + ", and longer until every objective is proved. "
}

func spell(d time.Duration) string { return report.Seconds(d) }
