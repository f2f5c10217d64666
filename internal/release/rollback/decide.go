package rollback

import (
	"fmt"
	"slices"
	"strings"
)

// Action is what is to be done.
type Action string

// The actions.
const (
	// Idle: there is nothing to roll back.
	Idle Action = "idle"
	// Over: this very run has rolled back already.
	Over Action = "over"
	// Begin: a new rollback.
	Begin Action = "begin"
	// Resume: one that was begun goes on.
	Resume Action = "resume"
)

// Decision is what is to be done, and why.
type Decision struct {
	Action Action
	Target Release
	// Why is a clause. From says what is left.
	Why, From string
	// Leaves are the releases that are withdrawn by this.
	Leaves []string
	// Past is the rollback that goes on or is over.
	Past *Past
	// Supersedes is the unfinished rollback that this one replaces, Instead why.
	Supersedes, Instead string
}

// Decide says what to roll back to. It is a function of its arguments alone.
func Decide(a Ask, s Seen) (Decision, error) {
	if d, ok := s.over(a); ok {
		return d, nil
	}
	if why := s.idle(a); why != "" {
		return Decision{Action: Idle, Why: why}, nil
	}
	d := Decision{Action: Begin}
	var err error
	open := s.open()
	if a.To != LastGood {
		d.Target, d.Why, err = s.named(a)
	} else if open != nil {
		if d.Instead = s.overtaken(a, *open); d.Instead == "" {
			target, _ := s.release(open.Plan.Release)
			return s.resume(*open, target, "it was begun at "+clock(open.Plan.Began)+" and is not finished"), nil
		}
	}
	if a.To == LastGood {
		d.Target, d.Why, d.From, err = s.pick(a)
	}
	if err != nil {
		return Decision{}, err
	}
	if open != nil && open.Plan.Release == d.Target.Name {
		return s.resume(*open, d.Target, d.Why), nil
	}
	if open != nil {
		d.Supersedes = open.Plan.ID
		if d.Instead == "" {
			d.Instead = fmt.Sprintf("%s was asked for", d.Target.Name)
		}
	}
	if d.From == "" {
		d.From = s.live(a)
	}
	d.Leaves = s.leaves(d.Target)
	return d, nil
}

func (s Seen) resume(p Past, target Release, why string) Decision {
	return Decision{Action: Resume, Target: target, Why: why, From: p.Plan.From, Leaves: p.Plan.Leaves, Past: &p}
}

// open is the rollback that is not finished. Only the newest can be: whoever
// began it has replaced those before.
func (s Seen) open() *Past {
	n := len(s.Journal)
	if n == 0 || s.Journal[n-1].Done != nil || s.Journal[n-1].Superseded != nil {
		return nil
	}
	return &s.Journal[n-1]
}

// done is the newest rollback if it is finished and nothing was deployed since.
func (s Seen) done() *Past {
	n := len(s.Journal)
	if n == 0 || s.Journal[n-1].Done == nil || s.Update == nil || s.Journal[n-1].Done.Update != s.Update.ID {
		return nil
	}
	return &s.Journal[n-1]
}

// over finds that this run has done what it is asked for: without that, a run
// that was killed just before its end would go back one release further.
func (s Seen) over(a Ask) (Decision, bool) {
	p, run := s.done(), runOf(a.RunID)
	if p == nil || run == "" || run != runOf(p.Plan.RunID) || p.Plan.To != a.To && !names(a.To, p.Plan) {
		return Decision{}, false
	}
	target, ok := s.release(p.Plan.Release)
	if !ok {
		target = Release{Name: p.Plan.Release, Commit: p.Plan.Commit}
	}
	return Decision{Action: Over, Target: target, Why: "this run has done it already", From: p.Plan.From, Leaves: p.Plan.Leaves, Past: p}, true
}

// idle says why nothing is to be done, "" if something is.
func (s Seen) idle(a Ask) string {
	run := a.OnlyAfter
	open := s.open()
	switch {
	case run == "", s.Update != nil && runOf(s.Update.RunID) == run, s.Locked && runOf(s.LockRun) == run, open != nil && (runOf(open.Plan.RunID) == run || open.Plan.OnlyAfter == run):
		return ""
	case s.Update == nil:
		return "SST has never updated this stage, so run " + run + " has changed nothing"
	}
	return fmt.Sprintf("run %s has not touched this stage: the last update is that of %s", run, orSomebody(s.Update.RunID))
}

func orSomebody(run string) string {
	if run == "" {
		return "somebody without a run"
	}
	return "run " + run
}

// overtaken says why an unfinished rollback is not gone on with, "" if it is.
func (s Seen) overtaken(a Ask, p Past) string {
	target, ok := s.release(p.Plan.Release)
	switch {
	case !ok:
		return "its release " + p.Plan.Release + " is no longer in the archive"
	case target.Damaged:
		return "the manifest of its release " + p.Plan.Release + " is damaged"
	case a.Leave != "" && strings.HasPrefix(target.Commit, a.Leave):
		return "its release " + p.Plan.Release + " is of the commit that is to be left"
	}
	for _, r := range s.Releases {
		if r.Stored.After(p.Written) {
			return "the release " + r.Name + " was deployed and found good since"
		}
	}
	return ""
}

func (s Seen) release(name string) (Release, bool) {
	i := slices.IndexFunc(s.Releases, func(r Release) bool { return r.Name == name })
	if i < 0 {
		return Release{}, false
	}
	return s.Releases[i], true
}

// withdrawn are the releases that rollbacks have left, and that none has gone
// back to since.
func (s Seen) withdrawn() map[string]bool {
	left := map[string]bool{}
	for _, p := range s.Journal {
		for _, name := range p.Plan.Leaves {
			left[name] = true
		}
		delete(left, p.Plan.Release)
	}
	return left
}

// candidates are the releases that may be gone back to without being named,
// newest first.
func (s Seen) candidates(leave string) []Release {
	left := s.withdrawn()
	var all []Release
	for _, r := range s.Releases {
		if !r.Damaged && !left[r.Name] && (leave == "" || !strings.HasPrefix(r.Commit, leave)) {
			all = append(all, r)
		}
	}
	return all
}

// Newest is the newest release that may be gone back to; ok is false if there is
// none.
func Newest(a Ask, s Seen) (r Release, ok bool) {
	all := s.candidates(a.Leave)
	if len(all) == 0 {
		return Release{}, false
	}
	return all[0], true
}

// leaves are the releases that are newer than the target and not withdrawn yet.
func (s Seen) leaves(target Release) []string {
	left := s.withdrawn()
	names := []string{}
	for _, r := range s.Releases {
		if r.Name == target.Name {
			break
		}
		if !left[r.Name] {
			names = append(names, r.Name)
		}
	}
	return names
}

// pick chooses the last good release.
func (s Seen) pick(a Ask) (target Release, why, from string, err error) {
	all := s.candidates(a.Leave)
	if len(all) == 0 {
		return target, "", "", s.nothing(a, "there is no release to roll back to")
	}
	from = s.live(a)
	if a.Leave != "" {
		return all[0], "it is the newest good release of another commit than " + short(a.Leave), from, nil
	}
	if other := s.other(all[0]); other != "" {
		return all[0], "it is the newest good release, and it is not what is live: " + other, from, nil
	}
	if len(all) == 1 {
		return target, "", "", s.nothing(a, "what is live is "+all[0].Name+", and there is no good release before it")
	}
	return all[1], "what is live is " + all[0].Name + ", and it is the good release before", from, nil
}

// other says why something else than a release is live, "" if it is live.
func (s Seen) other(r Release) string {
	u := s.Update
	switch {
	case u == nil:
		return "SST has no record of an update"
	case !u.Clean:
		return u.What
	}
	if p := s.done(); p != nil && p.Plan.Release != r.Name {
		return "a rollback has brought back " + p.Plan.Release
	} else if p == nil && (r.Run == "" || runOf(u.RunID) != r.Run) && u.Started.After(r.Created) {
		return "the update of " + orSomebody(u.RunID) + " began after it was archived"
	}
	if s.Live == Other {
		return "the functions run other code"
	}
	return ""
}

// live says what is left, for people.
func (s Seen) live(a Ask) string {
	all := s.candidates("")
	switch {
	case len(all) > 0 && a.Leave == "" && s.other(all[0]) == "":
		return all[0].Name
	case s.Update == nil:
		return "an unknown deployment"
	case a.Leave != "":
		return "commit " + short(a.Leave)
	}
	return "the update of " + orSomebody(s.Update.RunID)
}

func short(commit string) string { return commit[:min(8, len(commit))] }
