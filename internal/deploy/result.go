package deploy

import (
	"time"

	"github.com/cutover-dev/cutover/internal/verdict"
)

// Result is what a command of sst-deploy has found out: the one JSON document
// that it prints, and the source of every other face.
type Result struct {
	Command string          `json:"command" jsonschema:"enum=deploy,enum=diff,enum=unlock,enum=status,enum=rollback"`
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	// Reason says in a word how it ended: of Outcome for a deployment, else
	// done, dry-run, refused or failed.
	Reason string `json:"reason"`
	Lead   string `json:"lead"`
	Next   string `json:"next"`
	App    string `json:"app"`
	Stage  string `json:"stage"`
	// RunID is SST_RUN_ID of this run, empty outside of Actions.
	RunID string `json:"run_id"`
	// Version is SST's, empty if it was never heard.
	Version string `json:"version"`
	// Touched says what was changed; empty for commands that change nothing.
	Touched Touch `json:"touched" jsonschema:"enum=,enum=nothing,enum=some,enum=all,enum=unknown"`
	// Update is the record that was judged, or the last one; null if there is none.
	Update *UpdateSeen `json:"update" jsonschema:"nullable"`
	// Changes are what was done, or would be.
	Changes []Change `json:"changes"`
	Counts  Counts   `json:"counts"`
	// Locks are those that were met, Lock the one that is held at the end.
	Locks []LockSeen `json:"locks"`
	Lock  *LockSeen  `json:"lock" jsonschema:"nullable"`
	// Outputs are what run() of sst.config.ts returned, without secrets.
	Outputs map[string]any `json:"outputs"`
	// Calls is how often sst was called, Retries why it was again.
	Calls   int      `json:"calls"`
	Retries []string `json:"retries"`
	// SST is the command that was run, or would be.
	SST string `json:"sst"`
	// Passed are the names of the variables that sst is given.
	Passed []string `json:"passed"`
	Notes  []string `json:"notes"`

	// Tail are the last lines that sst printed, shown after a failure.
	Tail []string `json:"-"`
	// Links lead to more, by their label.
	Links []Link `json:"-"`
}

// Link is an address with a label.
type Link struct{ Label, URL string }

// UpdateSeen is an update's record as a result shows it.
type UpdateSeen struct {
	ID        string `json:"id"`
	RunID     string `json:"run_id"`
	Version   string `json:"version"`
	Command   string `json:"command"`
	Started   string `json:"started"`
	Completed string `json:"completed"`
	// Seconds is how long it took by the record, 0 if that is unknown.
	Seconds int64         `json:"seconds"`
	Errors  []UpdateError `json:"errors"`
}

// Counts says how many resources there are of each kind of change.
type Counts struct {
	Created  int `json:"created"`
	Updated  int `json:"updated"`
	Deleted  int `json:"deleted"`
	Replaced int `json:"replaced"`
	Other    int `json:"other"`
	Failed   int `json:"failed"`
	Same     int `json:"same"`
}

// Total is how many resources change.
func (c Counts) Total() int { return c.Created + c.Updated + c.Deleted + c.Replaced + c.Other }

// NewResult starts a result with nothing in it, so that no list is null.
func NewResult(command string, t Target, me RunID) Result {
	return Result{
		Command: command, Verdict: verdict.Inconclusive, Reason: "failed", App: t.App, Stage: t.Stage, RunID: me.String(),
		Changes: []Change{}, Locks: []LockSeen{}, Outputs: map[string]any{}, Retries: []string{}, Passed: []string{}, Notes: []string{},
	}
}

// Take puts a deployment into the result.
func (r *Result) Take(d Deployment) {
	r.Calls, r.Locks = d.Calls, append(r.Locks, d.Locks...)
	r.Retries = append(r.Retries, d.Retries...)
	r.Version, r.Tail = d.Evidence.Heard.Version, d.Evidence.Heard.Tail
	if u := d.Evidence.Record; u != nil {
		r.Update = Seen(*u)
	}
	if e := d.Evidence.Events; e != nil {
		r.Changes = e.Changes
		r.Counts = CountsOf(e.Changes)
		r.Counts.Same = e.Same
	}
	if o := d.Outcome; o.Verdict != "" {
		r.Verdict, r.Reason, r.Lead, r.Next, r.Touched = o.Verdict, string(o.Reason), o.Lead, o.Next, o.Touched
	}
	if l := d.Evidence.Lock; l != nil {
		r.Lock = &LockSeen{RunID: l.RunID, UpdateID: l.UpdateID, Command: l.Command, Created: l.Created, Life: Unknown, Why: "it was there when sst had ended"}
		r.Notes = append(r.Notes, "The stage is still locked by "+orNobody(l.RunID)+". A later run releases the lock when its owner's run is over.")
	}
}

func orNobody(runID string) string {
	if runID == "" {
		return "somebody without a run"
	}
	return "run " + runID
}

// Seen shows a record.
func Seen(u Update) *UpdateSeen {
	s := &UpdateSeen{ID: u.ID, RunID: u.RunID, Version: u.Version, Command: u.Command, Seconds: int64(u.Took().Seconds()), Errors: []UpdateError{}}
	if !u.TimeStarted.IsZero() {
		s.Started = u.TimeStarted.UTC().Format(time.RFC3339)
	} else if at, ok := IDTime(u.ID); ok {
		s.Started = at.Format(time.RFC3339)
	}
	if u.Completed() {
		s.Completed = u.TimeCompleted.UTC().Format(time.RFC3339)
	}
	for _, e := range u.Errors {
		s.Errors = append(s.Errors, UpdateError{URN: e.URN, Message: shortError(e.Message)})
	}
	return s
}

// CountsOf counts changes by their kind; words of a diff and of a deployment
// count alike.
func CountsOf(changes []Change) Counts {
	var c Counts
	for _, change := range changes {
		switch {
		case change.Failed:
			c.Failed++
		case change.Op == "created" || change.Op == "create":
			c.Created++
		case change.Op == "updated" || change.Op == "update":
			c.Updated++
		case change.Op == "deleted" || change.Op == "delete":
			c.Deleted++
		case change.Op == opReplace:
			c.Replaced++
		default:
			c.Other++
		}
	}
	return c
}
