package rollback

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Status is what became of a function, or of a part.
type Status string

// The statuses.
const (
	Pending Status = "pending" // not touched yet
	Put     Status = "put"     // has its code back
	There   Status = "there"   // had it already
	Left    Status = "left"    // comes with the deployment
	Gone    Status = "gone"    // no longer exists
	Failed  Status = "failed"
	Done    Status = "done"
	LeftOut Status = "left-out"
)

// Result is what a rollback has done, and its part of the JSON contract.
type Result struct {
	// ID names it in the journal, empty if nothing was begun.
	ID     string `json:"id"`
	Action Action `json:"action" jsonschema:"enum=,enum=idle,enum=over,enum=begin,enum=resume"`
	Part   string `json:"part" jsonschema:"enum=all,enum=code,enum=redeploy"`
	To     string `json:"to"`
	// Release and Commit are the target, From what is left, Why why this one.
	Release string `json:"release"`
	Commit  string `json:"commit"`
	From    string `json:"from"`
	Why     string `json:"why"`
	// Withdraws are the releases that no later rollback goes back to by itself.
	Withdraws []string `json:"withdraws"`
	// Code and Redeploy say what became of the parts, empty for one not reached.
	Code      Status           `json:"code" jsonschema:"enum=,enum=done,enum=left-out,enum=failed"`
	Redeploy  Status           `json:"redeploy" jsonschema:"enum=,enum=done,enum=failed"`
	Functions []FunctionResult `json:"functions"`
	// Steps are what happened when.
	Steps []Happened `json:"steps"`
	// Left is what is still to be done, "" for nothing; Type what to type for it.
	Left string `json:"left" jsonschema:"enum=,enum=redeploy,enum=all"`
	Type string `json:"type"`
	// State says in sentences in what state things are.
	State string `json:"state"`
	// Page is what to wake somebody with, empty unless the rollback failed.
	Page  string   `json:"page"`
	Notes []string `json:"notes"`

	// Verdict is pass when what was asked for is done.
	Verdict verdict.Verdict `json:"-"`

	hasState bool
}

// FunctionResult is one function. Sums are SHA-256 in hex.
type FunctionResult struct {
	Component string  `json:"component"`
	Name      string  `json:"name"`
	Was       string  `json:"was"`
	Now       string  `json:"now"`
	Want      string  `json:"want"`
	Status    Status  `json:"status" jsonschema:"enum=pending,enum=put,enum=there,enum=left,enum=gone,enum=failed"`
	Seconds   float64 `json:"seconds"`
	Note      string  `json:"note"`

	function Function
}

// Happened is one line of what happened.
type Happened struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
}

func newResult(o Order) Result {
	return Result{Part: o.Part, To: o.To, Withdraws: []string{}, Functions: []FunctionResult{}, Steps: []Happened{}, Notes: []string{}, Verdict: verdict.Inconclusive}
}

func (r *Result) decided(d Decision) {
	r.Action, r.Release, r.Commit, r.From, r.Why = d.Action, d.Target.Name, d.Target.Commit, d.From, d.Why
	if d.Leaves != nil {
		r.Withdraws = d.Leaves
	}
	if d.Past != nil {
		r.ID = d.Past.Plan.ID
	}
}

// sentence is a decision in words, without a full stop.
func (d Decision) sentence() string {
	switch d.Action {
	case Idle:
		return "nothing to roll back, " + d.Why
	case Over:
		return d.Target.Name + " is back already, " + d.Why
	case Resume:
		return "go on to " + d.Target.Name + " (commit " + short(d.Target.Commit) + "), " + d.Why
	}
	return "from " + d.From + " to " + d.Target.Name + " (commit " + short(d.Target.Commit) + "), " + d.Why
}

// Count says how many functions have a status.
func (r Result) Count(s Status) int { return r.count(s) }

func (r Result) count(s Status) int {
	n := 0
	for _, f := range r.Functions {
		if f.Status == s {
			n++
		}
	}
	return n
}

// codes are the functions' codes by their name.
func (r Result) codes() map[string]string {
	all := map[string]string{}
	for _, f := range r.Functions {
		if f.Now != "" {
			all[f.Name] = f.Now
		}
	}
	return all
}

// end says in what state things are and what is left to do. After a failure it
// looks once more, for as long as the run has.
func (r *run) end(ctx context.Context, err error) {
	res := &r.res
	if r.d.Action == "" || r.d.Action == Idle || r.d.Action == Over {
		return
	}
	if r.o.DryRun {
		res.State = "Nothing was touched: this is a dry run."
		return
	}
	if err != nil {
		r.again(ctx)
	}
	switch {
	case res.Redeploy == Done:
	case res.Code == Done || res.Code == LeftOut:
		res.Left = Redeploy
	case r.o.Part == Redeploy:
		res.Left = Redeploy
	default:
		res.Left = All
	}
	if res.Left != "" {
		res.Type = r.command(res.Left)
	}
	res.State = r.state()
	if err != nil {
		res.Page = fmt.Sprintf("Rolling back %s/%s to %s (commit %s) failed: %s State: %s Type: %s", r.o.App, r.o.Stage, res.Release, res.Commit, reasons(err), res.State, res.Type)
	}
}

// reasons are an error's sentences without what to do, which stands elsewhere.
func reasons(err error) string {
	var all []string
	for _, f := range fault.All(err) {
		bare := *f
		bare.Next = ""
		all = append(all, bare.Error()+".")
	}
	return strings.Join(all, " ")
}

// again looks at the stage and at the functions whose change may be under way.
func (r *run) again(ctx context.Context) {
	bound := 20 * time.Second
	if ctx.Err() != nil {
		bound = r.o.Settle
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bound)
	defer cancel()
	res := &r.res
	// What cannot be seen in time is told as unknown.
	_ = each(ctx, looks, len(res.Functions)+1, func(ctx context.Context, i int) error {
		if i == len(res.Functions) {
			if stand, err := r.SST.Stand(ctx); err == nil {
				r.stand = stand
			}
			return nil
		}
		f := &res.Functions[i]
		// What the deployment was at may have changed since it was looked at.
		if f.Status != Failed && f.Status != Pending && res.Redeploy != Failed || f.Status == Gone {
			return nil
		}
		now, err := r.Functions.Look(ctx, f.Name)
		switch {
		case err == nil:
			f.Now = now.SHA256
		case !errors.Is(err, ErrNoFunction):
			f.Now, f.Note = "", strings.TrimPrefix(f.Note+"; it could not be looked at again", "; ")
		}
		return nil
	})
}

// command is what to type for what is left. Code first: it takes seconds.
func (r *run) command(part string) string {
	again := r.o.Again + " --to " + r.res.Release + " --part "
	text := "git checkout " + r.res.Commit + " && pnpm install --frozen-lockfile && " + again + Redeploy
	if part == All {
		text = again + Code + " ; " + text
	}
	return text
}

// state tells which functions have which code, SST's record, lock and journal.
func (r *run) state() string {
	res := &r.res
	var s []string
	add := func(format string, args ...any) { s = append(s, fmt.Sprintf(format, args...)) }
	right, other := 0, []string{}
	for _, f := range res.Functions {
		switch {
		case f.Now != "" && f.Now == f.Want:
			right++
		case f.Now == "":
			other = append(other, f.Name+" (nobody knows which)")
		default:
			other = append(other, f.Name+" ("+short(f.Now)+")")
		}
	}
	switch n := len(res.Functions); {
	case res.Redeploy == Done:
		add("The stage is deployed from commit %s.", res.Commit)
	case n == 0:
		add("No function was touched.")
	case right == n:
		add("All %d functions run the code of %s.", n, res.Release)
	default:
		add("%d of %d functions run the code of %s; other code runs in %s.", right, n, res.Release, strings.Join(other, ", "))
	}
	if r.stand.Update != nil {
		add("%s.", strings.TrimSuffix(r.stand.Update.What, "."))
	}
	switch {
	case r.stand.Locked:
		add("The stage is locked by %s.", orSomebody(r.stand.LockRun))
	default:
		add("The stage is not locked.")
	}
	switch {
	case !r.began:
		add("No rollback was begun.")
	case res.Redeploy == Done:
		add("Rollback %s is finished.", r.plan.ID)
	default:
		add("Rollback %s is not finished; the next one goes on with it.", r.plan.ID)
	}
	return strings.Join(s, " ")
}

// preview looks without touching anything.
func (r *run) preview(ctx context.Context) error {
	if r.o.Part == Redeploy {
		return nil
	}
	if why := r.unfit(); why != "" {
		r.note("The code would not be put back ahead of the deployment: " + why + ".")
		return nil
	}
	return r.look(ctx)
}

// Scrub runs every text that came from outside through clean, which takes
// secrets out.
func (r *Result) Scrub(clean func(string) string) {
	for _, text := range []*string{&r.State, &r.Page, &r.From, &r.Why} {
		*text = clean(*text)
	}
	for i := range r.Notes {
		r.Notes[i] = clean(r.Notes[i])
	}
	for i := range r.Steps {
		r.Steps[i].What = clean(r.Steps[i].What)
	}
	for i := range r.Functions {
		r.Functions[i].Note = clean(r.Functions[i].Note)
	}
}
