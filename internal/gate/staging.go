package gate

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
)

// staging holds that exactly this has succeeded in the stage before, and that
// the stage has not moved on since. The receipt is a claim of the job that
// deployed there; the checkout and SST's state bucket are the proof.
func (j *judge) staging(t *tally) {
	t.row.Source = fmt.Sprintf("the receipt of %s, SST's state bucket (update/%s/%s/, lock/%s/%s.json), the checkout", j.After, j.App, j.After, j.App, j.After)
	t.row.Link = j.runURL()
	t.row.Needed = fmt.Sprintf("the same commit, lockfile and bundle as the newest deployment of %s, which succeeded", j.After)
	switch {
	case !slices.Contains(j.Stages, j.After):
		t.fail("Name the stage to deploy to first with gate.after of cutover.yaml.", "cutover.yaml has no stage %q to come before %s", j.After, j.Stage)
		return
	case j.After == j.Stage:
		t.fail("Name another with gate.after of cutover.yaml.", "%s cannot come before itself", j.Stage)
		return
	}
	again := fmt.Sprintf("Deploy %s to %s again, and start anew.", short(j.Commit), j.After)
	r := j.Receipt
	if r == nil {
		t.fail("Pass the output receipt of the sst-deploy of "+j.After+" as receipt.", "no receipt says that %s was deployed", j.After)
		return
	}
	if r.App != j.App || r.Stage != j.After {
		t.fail("Pass the receipt of "+j.App+"/"+j.After+".", "the receipt is of %s/%s", r.App, r.Stage)
	}
	if r.Commit != j.Commit {
		t.fail(again, "%s has the commit %s, and %s would be deployed", j.After, short(r.Commit), short(j.Commit))
	}
	j.same(t, "lockfile", j.o.Lockfile, r.Lockfile, again)
	j.same(t, "bundle", j.o.Bundle, r.Bundle, again)
	if stage, ok := see(t, j.o.Staging, "what "+j.After+" has now"); ok {
		j.newest(t, stage, again)
	}
	t.pass("%s has %s, lockfile %s, bundle %s (%s), by update %s", j.After, short(r.Commit), short(r.Lockfile.SHA256), short(r.Bundle.SHA256), report.Count(r.Bundle.Files, "file"), r.UpdateID)
}

// same compares a digest of the checkout with the receipt's.
func (j *judge) same(t *tally, what string, seen Seen[Digest], claimed File, again string) {
	if errors.Is(seen.Err, ErrNone) {
		t.fail("Check out the commit, and build it as for "+j.After+", before this step.", "there is no %s here: %s", what, trim(seen.Err.Error()))
		return
	}
	d, ok := see(t, seen, "the digest of the "+what)
	if ok && d.SHA256 != claimed.SHA256 {
		t.fail(again, "the %s %s is %s here and was %s in %s", what, d.Path, short(d.SHA256), short(claimed.SHA256), j.After)
	}
}

// newest holds the receipt against SST's state bucket.
func (j *judge) newest(t *tally, s Stage, again string) {
	u := s.Update
	switch {
	case u == nil:
		t.fail(again, "SST's state bucket knows no deployment of %s", j.After)
	case u.ID != j.Receipt.UpdateID:
		t.fail(again, "%s has moved on: its newest update is %s (%s), not %s", j.After, u.ID, by(*u), j.Receipt.UpdateID)
	case u.RunID != j.Receipt.RunID:
		t.fail(again, "the update %s was made by %s, and the receipt says run %s", u.ID, orNobody(u.RunID), j.Receipt.RunID)
	case u.Command != "deploy":
		t.fail(again, "the newest update of %s is a %s, not a deploy", j.After, u.Command)
	case u.Completed.IsZero():
		t.fail(again, "the deployment of %s has not come to its end", j.After)
	case u.Errors > 0:
		t.fail(again, "the deployment of %s ended with %s", j.After, report.Count(u.Errors, "error"))
	}
	if s.Lock != nil {
		t.fail("Wait until it is over; if somebody has changed "+j.After+", deploy to it again.", "somebody works on %s: its lock is held by %s", j.After, orNobody(s.Lock.RunID))
	}
}

func by(u Update) string {
	if u.RunID == "" {
		return u.Command + " by hand"
	}
	return u.Command + " of run " + u.RunID
}

func orNobody(runID string) string {
	if runID == "" {
		return "somebody without a run"
	}
	return "run " + runID
}

// staged is when the stage before was deployed: by SST's record, else by the
// receipt; zero if nobody knows.
func (j *judge) staged() time.Time {
	if j.Receipt == nil {
		return time.Time{}
	}
	if u := j.o.Staging.Value.Update; j.o.Staging.Asked && j.o.Staging.Err == nil && u != nil && u.ID == j.Receipt.UpdateID && !u.Completed.IsZero() {
		return u.Completed
	}
	return j.Receipt.completed()
}

// integration holds that the named jobs have tested that very deployment: they
// are of this run, succeeded, and began after it. A job that was green before a
// stage was deployed anew, which running only failed jobs again leaves, proves
// nothing about it.
func (j *judge) integration(t *tally) {
	t.row.Source = fmt.Sprintf("GET actions/runs/%d/jobs?filter=latest", j.Run)
	t.row.Link = j.runURL()
	t.row.Needed = fmt.Sprintf("success of %s, begun after the deployment of %s", list(j.Integration), j.After)
	jobs, ok := see(t, j.o.Jobs, "the jobs of this run")
	if !ok {
		return
	}
	staged := j.staged()
	if staged.IsZero() {
		if j.on(CheckStaging) {
			t.unknown("when "+j.After+" was deployed", errors.New("there is no receipt"))
			return
		}
		t.warn("The check staging is off and there is no receipt, so nobody can tell whether the tests were of the present deployment.")
	}
	for _, name := range j.Integration {
		j.tested(t, name, jobs, staged)
	}
}

func (j *judge) tested(t *tally, name string, jobs []Job, staged time.Time) {
	found := false
	var all []string
	for _, job := range jobs {
		all = append(all, job.Name)
		if job.Name != name {
			continue
		}
		found = true
		if job.URL != "" {
			t.row.Link = job.URL
		}
		switch {
		case job.Status != "completed":
			t.later(name, job.Status, "Let the gate's job need it, so that it waits.")
		case job.Conclusion != "success":
			t.fail("Mend what the tests found, and run them again.", "%q ended with %s", name, job.Conclusion)
		case !staged.IsZero() && job.Started.Before(staged):
			t.fail("Run "+name+" again, with all jobs that come after the deployment.", "%q began at %s, before %s was deployed at %s: it has tested an earlier deployment", name, clock(job.Started), j.After, clock(staged))
		default:
			t.pass("%q succeeded, begun at %s", name, clock(job.Started))
		}
	}
	if !found {
		t.fail("Name the jobs as GitHub shows them in gate.integration of cutover.yaml.", "no job is called %q; there are %s", name, list(all))
	}
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
