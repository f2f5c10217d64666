package rollback

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// checkout holds the app's folder against the release: only that commit, with
// those packages, is the release.
func (r *run) checkout(ctx context.Context) error {
	head, err := r.SST.Head(ctx)
	if err != nil {
		return err
	}
	if head != r.d.Target.Commit {
		return &fault.Fault{
			Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.RollbackRefused}, Name: "folder", What: "is a checkout of another commit than the release " + r.d.Target.Name, Got: head, Allowed: r.d.Target.Commit,
			Next: "Check out " + r.d.Target.Commit + " and install its packages (git checkout " + r.d.Target.Commit + "; in a workflow actions/checkout with ref: the output commit), then run the part redeploy.",
		}
	}
	for _, f := range r.files.Files {
		if f.Role != archive.Lockfile {
			continue
		}
		sum, ok, err := r.SST.Sum(ctx, f.Path)
		switch {
		case err != nil:
			return err
		case !ok:
			return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.RollbackRefused}, Name: f.Path, What: "is not in the checkout, and the release was built with it", Next: "Check out " + r.d.Target.Commit + " anew."}
		case sum != f.SHA256:
			return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.RollbackRefused}, Name: f.Path, What: "is not that of the release, so other packages would be deployed", Got: sum, Allowed: f.SHA256, Next: "Undo its changes (git checkout -- " + f.Path + "), install with a frozen lockfile, and run it again."}
		}
	}
	r.step("The checkout is that of the release")
	return nil
}

// redeploy deploys the release's commit, so that SST's state and every resource
// that is no code are the release's again.
func (r *run) redeploy(ctx context.Context) error {
	r.step("Deploying commit " + short(r.d.Target.Commit))
	update, err := r.SST.Deploy(ctx)
	if err != nil {
		r.res.Redeploy = Failed
		return err
	}
	r.step("The deployment succeeded")
	err = r.bounded(ctx, "holding the functions against SST's state", func(ctx context.Context) error {
		codes, err := r.drift(ctx)
		if err != nil {
			return err
		}
		return r.journal.write(ctx, r.plan.ID, docDone, r.at(Step{Update: update, Functions: codes}))
	})
	if err != nil {
		r.res.Redeploy = Failed
		return err
	}
	r.res.Redeploy, r.res.Verdict = Done, verdict.Pass
	r.step("Rollback " + r.plan.ID + " is finished")
	return nil
}

// drift holds the functions against SST's state after the deployment. SST
// compares its configuration with its state and never looks at the functions:
// where a failed deployment had changed a function and not the state, deploying
// the old commit changes nothing, and the bad code stays. It returns what runs.
func (r *run) drift(ctx context.Context) (map[string]string, error) {
	stand, err := r.SST.Stand(ctx)
	if err != nil {
		return nil, err
	}
	r.stand = stand
	state := State{}
	if stand.State != nil {
		if state, err = ParseState(stand.State); err != nil {
			return nil, &fault.Fault{Kind: fault.Outside, Name: "state", What: "after the deployment " + err.Error(), Next: "Look at the state bucket, then run it again."}
		}
	}
	want := map[string]string{}
	for _, w := range state.Functions {
		if w.SHA256 != "" {
			want[w.Name] = w.SHA256
		}
	}
	for _, f := range r.res.Functions {
		if _, ok := want[f.Name]; !ok && f.Status != Left {
			want[f.Name] = "" // only looked at
		}
	}
	now, err := r.codes(ctx, want)
	if err != nil {
		return nil, err
	}
	var off []string
	known := 0
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if want[name] == "" {
			continue
		}
		if known++; now[name] != want[name] {
			off = append(off, name)
		}
	}
	for i, f := range r.res.Functions {
		if sum := now[f.Name]; sum != "" {
			r.res.Functions[i].Now = sum
		}
	}
	if len(off) > 0 {
		return now, &fault.Fault{
			Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.OtherCode}, Name: strings.Join(off, ", "), What: fmt.Sprintf("%d of %d functions run other code than SST's state says, although the deployment succeeded", len(off), known),
			Next: "Run the rollback again with part all, which puts the code in first.",
		}
	}
	return now, nil
}
