package gate

import (
	"fmt"
	"strings"
)

// dispatched is the event of a run that somebody has started by hand.
const dispatched = "workflow_dispatch"

// approval holds that somebody else than those whose work it is has said yes to
// this run, or will be asked.
func (j *judge) approval(t *tally) {
	t.row.Link = j.runURL()
	switch {
	case j.Approval == ByDispatch:
		j.byDispatch(t)
	case j.Mode == Required:
		j.byReviewers(t)
	default:
		j.willBeAsked(t)
	}
}

// willBeAsked comes before the job that has the environment.
func (j *judge) willBeAsked(t *tally) {
	t.row.Source = fmt.Sprintf("GET environments/%s, GET actions/runs/%d/approvals", j.Environment, j.Run)
	t.row.Needed = "required reviewers who will be asked, and no rejection"
	e, ok := see(t, j.o.Environment, "whether GitHub will ask somebody")
	switch {
	case !ok:
	case len(e.Reviewers) == 0:
		t.fail("See the row environment.", "nothing makes GitHub ask anybody: %s has no required reviewers", j.Environment)
	default:
		t.pass("GitHub will ask %s when the job with the environment %s starts", list(e.Reviewers), j.Environment)
	}
	if reviews, ok := see(t, j.o.Reviews, "what reviewers have said"); ok {
		if _, rejected := j.ofEnvironment(reviews); len(rejected) > 0 {
			j.rejected(t, rejected)
		}
	}
}

// ofEnvironment sorts the reviews of this environment.
func (j *judge) ofEnvironment(reviews []Review) (approved, rejected []Review) {
	for _, r := range reviews {
		if !named(r.Environments, j.Environment) {
			continue
		}
		switch r.State {
		case "approved":
			approved = append(approved, r)
		case "rejected":
			rejected = append(rejected, r)
		}
	}
	return approved, rejected
}

// rejected fails a run's first attempt. In a later one the no may have been said
// to an earlier one, and GitHub does not tell which.
func (j *judge) rejected(t *tally, rejected []Review) {
	r := rejected[len(rejected)-1]
	comment := ""
	if r.Comment != "" {
		comment = ": " + strings.Join(strings.Fields(clip(r.Comment)), " ")
	}
	if j.Attempt > 1 {
		t.warn("%s has rejected this run%s. GitHub does not tell in which of its %d attempts.", r.User, comment, j.Attempt)
		return
	}
	t.fail("Settle it with "+r.User+", then start a new run.", "%s has rejected this run%s", r.User, comment)
}

// byReviewers is the first step of the job that has the environment: by now
// somebody must have approved.
func (j *judge) byReviewers(t *tally) {
	t.row.Source = fmt.Sprintf("GET actions/runs/%d/approvals, GET actions/runs/%d, GET commits/%s", j.Run, j.Run, short(j.Commit))
	t.row.Needed = fmt.Sprintf("an approval for %s by somebody who has neither started the run nor written the commit", j.Environment)
	reviews, ok := see(t, j.o.Reviews, "who has approved")
	if !ok {
		return
	}
	approved, rejected := j.ofEnvironment(reviews)
	if len(rejected) > 0 {
		j.rejected(t, rejected)
	}
	if len(approved) == 0 {
		t.fail(fmt.Sprintf("Call the gate as the first step of the job with environment: %s, which waits for its reviewers. Where an administrator has skipped them, start a new run.", j.Environment),
			"nobody has approved this run for %s", j.Environment)
		return
	}
	run, ran := see(t, j.o.Run, "who has started the run")
	author, wrote := see(t, j.o.Author, "who has written the commit")
	if !ran || !wrote {
		return
	}
	if author.Login == "" {
		j.noAuthor(t, author)
		return
	}
	var said, own []string
	for _, r := range approved {
		if why := itself(r.User, run, author); why != "" {
			own = append(own, r.User+", who has "+why)
			continue
		}
		if !named(j.approvers, r.User) {
			j.approvers = append(j.approvers, r.User)
		}
		if r.Comment != "" {
			said = append(said, strings.Join(strings.Fields(clip(r.Comment)), " "))
		}
	}
	j.weigh(t, own, said)
}

// weigh judges a list of approvals, of which some may be by people whose own
// work it is.
func (j *judge) weigh(t *tally, own, said []string) {
	const next = "Let somebody else approve it: start a new run."
	if len(own) > 0 && (j.Attempt <= 1 || len(j.approvers) == 0) {
		j.approvers = nil
		t.fail(next, "approved by %s", strings.Join(own, ", and by "))
		return
	}
	text := "approved by " + list(j.approvers)
	if len(said) > 0 {
		text += " (" + strings.Join(said, "; ") + ")"
	}
	t.pass("%s; GitHub does not tell when", text)
	if j.Attempt > 1 {
		t.warn("This is attempt %d. GitHub lists the approvals of all attempts without telling them apart; the job itself waits for reviewers in each.", j.Attempt)
	}
	if len(own) > 0 {
		t.warn("Also approved by %s.", strings.Join(own, ", and by "))
	}
}

// itself says why somebody's approval is one of their own work, "" if not.
func itself(login string, run Run, author Author) string {
	switch {
	case strings.EqualFold(login, run.Trigger), strings.EqualFold(login, run.Actor):
		return "started the run"
	case strings.EqualFold(login, author.Login):
		return "written the commit"
	}
	return ""
}

func (j *judge) noAuthor(t *tally, a Author) {
	t.fail("Add the commit's e-mail address to its author's account at GitHub (Settings → Emails), and run it again.",
		"nobody can tell whether the commit was approved by its own author: %s has no account at GitHub with the commit's address", a.Name)
}

// byDispatch is for plans without required reviewers: a person of the list must
// have started the run by hand, for exactly this commit, which is not their own.
func (j *judge) byDispatch(t *tally) {
	t.row.Source = fmt.Sprintf("GET actions/runs/%d, GET commits/%s, the input commit", j.Run, short(j.Commit))
	t.row.Needed = fmt.Sprintf("started by hand by one of gate.approvers (%s) with commit: %s, which somebody else has written", list(j.Approvers), short(j.Commit))
	t.warn("There are no required reviewers here: GitHub itself asks nobody. Whoever can push to %s can change this gate or the workflow that calls it, and whoever holds the token of one of gate.approvers can start it. Protect %s with reviewed pull requests.", j.Branch, j.Branch)
	run, ran := see(t, j.o.Run, "who has started the run")
	author, wrote := see(t, j.o.Author, "who has written the commit")
	before := len(t.bad)
	switch {
	case j.Bound == "":
		t.fail("Start the workflow by hand with commit: "+j.Commit+".", "no commit was named")
	case j.Bound != j.Commit:
		t.fail("Start it anew with commit: "+j.Commit+", after looking at that one.", "it was started for the commit %s, and %s would be deployed", short(j.Bound), short(j.Commit))
	}
	if ran {
		j.starter(t, run)
	}
	if !ran || !wrote {
		return
	}
	switch {
	case author.Login == "":
		j.noAuthor(t, author)
	case strings.EqualFold(author.Login, run.Trigger), strings.EqualFold(author.Login, run.Actor):
		t.fail("Let another of gate.approvers start it.", "%s has written the commit", author.Login)
	}
	if len(t.bad) == before {
		j.approvers = []string{run.Trigger}
		t.pass("%s has started it by hand for %s, which %s has written", run.Trigger, short(j.Commit), author.Login)
	}
}

func (j *judge) starter(t *tally, run Run) {
	if run.Event != dispatched {
		t.fail("Start the workflow by hand: Actions → the workflow → Run workflow, with commit: "+j.Commit+".", "the run was started by the event %s, not by hand", run.Event)
		return
	}
	for _, who := range []string{run.Actor, run.Trigger} {
		if !named(j.Approvers, who) {
			t.fail("Let one of gate.approvers start a new run.", "%s has started it, who is not one of gate.approvers", who)
			break
		}
	}
	if run.SHA != j.Commit {
		t.fail("Start it on the branch "+j.Branch+".", "the run is for the commit %s, and %s would be deployed", short(run.SHA), short(j.Commit))
	}
}
