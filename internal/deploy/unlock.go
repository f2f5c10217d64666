package deploy

import (
	"fmt"
	"time"
)

// Owner is what is known about the run that a lock names.
type Owner struct {
	// Run is the owner as RunID reads it; zero for a laptop's or a stranger's.
	Run RunID
	// Asked says that GitHub was asked and knows the run.
	Asked bool
	// Problem says why GitHub could not be asked or does not know it.
	Problem string
	// Attempt is the newest attempt of that run, Over whether that one is over,
	// Ended when GitHub last changed it.
	Attempt int
	Over    bool
	Ended   time.Time
	// Others says whether other jobs of this very attempt are under way. It
	// matters only when the lock is of our own run.
	Others bool
	// Written is when the stage's state was last written, zero if unknown.
	Written time.Time
	// Child says that the update was a child process of ours, which has ended.
	Child bool
	// URL leads to the run.
	URL string
}

// Life says whether a lock's owner lives.
type Life string

// The answers.
const (
	Living  Life = "living"
	Dead    Life = "dead"
	Unknown Life = "unknown"
)

// Decision is what is done about a lock. Only a dead owner's is released.
type Decision struct {
	Life Life
	// Why is a clause, Next an imperative sentence, empty for a dead owner.
	Why, Next string
}

// aftermath is how long after its end a run may still have written the state:
// GitHub's and S3's clocks differ a little.
const aftermath = time.Minute

// Unlock decides about a lock from what is known about its owner. A run that
// GitHub calls over may still work where its runner was lost and not ended; it
// shows in a state that was written after the end.
func Unlock(l Lock, me RunID, o Owner, t Target) Decision {
	byHand := fmt.Sprintf("Make sure that nobody deploys %s, then type: npx sst unlock --stage %s", t, t.Stage)
	unknown := func(why string) Decision { return Decision{Unknown, why, byHand} }
	wait := "Wait until it is over, then run this again."
	switch {
	case o.Child:
		return Decision{Dead, "sst was started by this step and has ended without releasing it", ""}
	case l.RunID == "":
		return unknown("it names no run: somebody deploys by hand, or did")
	case !o.Run.Known():
		return unknown(fmt.Sprintf("its owner %q is no run of GitHub Actions", l.RunID))
	case !o.Asked:
		return unknown("GitHub does not say whether run " + l.RunID + " lives: " + o.Problem)
	case o.Attempt < o.Run.Attempt:
		return unknown(fmt.Sprintf("GitHub knows %d attempts of run %d and none of number %d", o.Attempt, o.Run.Run, o.Run.Attempt))
	case o.Run == me && o.Others:
		return Decision{Living, "it is of this very run, and other jobs of it are under way", wait}
	case o.Run == me:
		return Decision{Dead, "it is of an earlier step of this run, which has ended", ""}
	case o.Attempt > o.Run.Attempt:
		// GitHub starts an attempt only after the one before is over.
		return Decision{Dead, fmt.Sprintf("attempt %d of run %d is over, attempt %d has begun", o.Run.Attempt, o.Run.Run, o.Attempt), ""}
	case !o.Over:
		return Decision{Living, "run " + l.RunID + " is under way", wait}
	case !o.Written.IsZero() && !o.Ended.IsZero() && o.Written.After(o.Ended.Add(aftermath)):
		return unknown(fmt.Sprintf("run %s is over since %s, but the state was written at %s: its sst may be working still", l.RunID, clock(o.Ended), clock(o.Written)))
	}
	return Decision{Dead, "run " + l.RunID + " is over", ""}
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
