package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// The least that pruning leaves: a release to fall back to, and a day.
const (
	LeastKeep      = 1
	LeastRetention = 24 * time.Hour
)

// Pruning is what to keep.
type Pruning struct {
	Layout Layout
	// Retention is how long every release stays, Keep how many of each stage
	// stay however old they are.
	Retention time.Duration
	Keep      int
	// Apply deletes; without it there is only the plan.
	Apply bool
	// Now is the run's clock, Until when it will have ended by.
	Now, Until time.Time
}

// PruneResult is the plan, and with Applied what was done.
type PruneResult struct {
	Applied   bool           `json:"applied"`
	Retention string         `json:"retention"`
	Keep      int            `json:"keep"`
	Releases  []PruneRelease `json:"releases"`
	// Contents that no kept release names and that are older than a day go.
	KeptContents int   `json:"kept_contents"`
	KeptBytes    int64 `json:"kept_bytes"`
	// Delete are the keys of the contents that go, with their sizes in bytes.
	Delete      []PruneContent `json:"delete"`
	DeleteBytes int64          `json:"delete_bytes"`
	// Claims are keys of names that no run works under any more.
	Claims []string `json:"claims"`
}

// PruneRelease is one release with why it stays or goes.
type PruneRelease struct {
	Stage   string    `json:"stage"`
	Release string    `json:"release"`
	Stored  time.Time `json:"stored"`
	Kept    bool      `json:"kept"`
	Why     string    `json:"why"`
	key     string
	sums    []string
}

// PruneContent is one stored content that goes.
type PruneContent struct {
	Key  string `json:"key"`
	Size int64  `json:"size"`
}

// Prune plans, and with Apply deletes, what no kept release needs: first the
// manifests of releases that have expired, then the contents that only they
// named. Killed in between it leaves contents without a release, which the next
// run takes, and never a release without its contents.
func Prune(ctx context.Context, store Store, p Pruning) (r Result, err error) {
	r = newResult("prune", store, p.Layout)
	now := p.Now
	if p.Apply {
		if now, err = markPruning(ctx, store, p); err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, unmark(ctx, store, p.Layout)) }()
	}
	// Claims before manifests: a run that ends in between is then in the second list.
	claims, err := listClaims(ctx, store, p.Layout)
	if err != nil {
		return r, err
	}
	releases, err := summaries(ctx, store, p.Layout, "", 0)
	if err != nil {
		return r, err
	}
	plan := PruneResult{Applied: p.Apply, Retention: p.Retention.String(), Keep: p.Keep, Releases: []PruneRelease{}, Delete: []PruneContent{}, Claims: []string{}}
	working := plan.claims(claims, releases, p.Layout, now)
	if working != "" && p.Apply {
		return r, &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.ArchivePruning}, Name: working, What: "a run may be archiving under this claim, so nothing was deleted", Next: fmt.Sprintf("Run again when it has ended; a claim without its release counts for %s.", grace)}
	}
	if working != "" {
		r.Notes = append(r.Notes, "A run may be archiving under "+working+"; with apply nothing would be deleted before it has ended.")
	}
	if err := plan.releases(ctx, store, releases, p, now); err != nil {
		return r, err
	}
	if err := plan.contents(ctx, store, p.Layout, now); err != nil {
		return r, err
	}
	r.Prune = &plan
	if !p.Apply {
		return r, nil
	}
	return r, plan.apply(ctx, store, p.Layout)
}

// markPruning writes the mark and returns the store's time.
func markPruning(ctx context.Context, store Store, p Pruning) (time.Time, error) {
	key := p.Layout.Pruning()
	text, err := json.Marshal(prunes{p.Until.UTC()})
	if err != nil {
		return time.Time{}, err
	}
	err = store.Create(ctx, key, small(text, false))
	if errors.Is(err, ErrExists) {
		if err := awaitPruning(ctx, store, p.Layout, p.Now); err != nil {
			return time.Time{}, err
		}
		err = store.Replace(ctx, key, text)
	}
	if err != nil {
		return time.Time{}, err
	}
	mark, err := store.Head(ctx, key)
	return mark.Modified, err
}

// unmark removes the mark, also when the run was cancelled.
func unmark(ctx context.Context, store Store, l Layout) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return store.Delete(ctx, []string{l.Pruning()})
}

func listClaims(ctx context.Context, store Store, l Layout) ([]Object, error) {
	var all []Object
	for o, err := range store.List(ctx, l.Claims()) {
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// claims finds a claim under which a run may be working, and those that are
// left over. A claim is settled by a manifest that was written after it.
func (plan *PruneResult) claims(claims []Object, releases []stored, l Layout, now time.Time) (working string) {
	for _, c := range claims {
		stage, identity, ok := parse(c.Key, l.Claims())
		settled := false
		for _, s := range releases {
			named := s.Release == identity || strings.HasSuffix(s.Release, "-"+identity)
			if ok && s.Stage == stage && named && !s.object.Modified.Before(c.Modified) {
				settled = true
			}
		}
		switch young := now.Sub(c.Modified) < grace; {
		case young && !settled:
			working = c.Key
		case !young:
			plan.Claims = append(plan.Claims, c.Key)
		}
	}
	return working
}

// releases decides which releases stay.
func (plan *PruneResult) releases(ctx context.Context, store Store, all []stored, p Pruning, now time.Time) error {
	holds, err := store.CanHold(ctx)
	if err != nil {
		return err
	}
	newest := map[string]int{}
	for _, s := range all { // newest first
		if s.Damaged {
			return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.ArchiveDamaged}, Name: s.object.Key, What: "the manifest is damaged, so what it needs is not known and nothing was deleted", Next: "Verify the release, then restore its manifest or delete it by hand."}
		}
		rank, age := newest[s.Stage], now.Sub(s.object.Modified)
		newest[s.Stage]++
		one := PruneRelease{Stage: s.Stage, Release: s.Release, Stored: s.object.Modified.UTC(), Kept: true, key: s.object.Key, sums: s.sums}
		switch {
		case age < p.Retention:
			one.Why = "younger than the retention"
		case rank < p.Keep:
			one.Why = fmt.Sprintf("among the newest %d of its stage", p.Keep)
		default:
			one.Kept, one.Why = false, "expired"
			if !holds {
				break
			}
			object, err := store.Head(ctx, one.key)
			if err != nil {
				return err
			}
			if object.Held {
				one.Kept, one.Why = true, "under legal hold"
			}
		}
		plan.Releases = append(plan.Releases, one)
	}
	return nil
}

// contents decides which contents go: those that no kept release names and
// that are old enough to belong to no run that is still going.
func (plan *PruneResult) contents(ctx context.Context, store Store, l Layout, now time.Time) error {
	needed := map[string]bool{}
	for _, r := range plan.Releases {
		for _, sum := range r.sums {
			needed[sum] = needed[sum] || r.Kept
		}
	}
	for o, err := range store.List(ctx, l.Blobs()) {
		if err != nil {
			return err
		}
		sum := strings.TrimPrefix(o.Key, l.Blobs())
		if !sums.MatchString(sum) {
			return badKey(o.Key)
		}
		if needed[sum] || now.Sub(o.Modified) < grace {
			plan.KeptContents++
			plan.KeptBytes += o.Size
			continue
		}
		plan.Delete = append(plan.Delete, PruneContent{o.Key, o.Size})
		plan.DeleteBytes += o.Size
	}
	return plan.unheld(ctx, store)
}

// unheld takes contents under legal hold off the list.
func (plan *PruneResult) unheld(ctx context.Context, store Store) error {
	holds, err := store.CanHold(ctx)
	if err != nil || !holds {
		return err
	}
	held := make([]atomic.Bool, len(plan.Delete))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	for i, c := range plan.Delete {
		group.Go(func() error {
			object, err := store.Head(ctx, c.Key)
			held[i].Store(object.Held)
			if errors.Is(err, ErrAbsent) {
				return nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	kept := plan.Delete[:0]
	for i, c := range plan.Delete {
		if !held[i].Load() {
			kept = append(kept, c)
			continue
		}
		plan.KeptContents++
		plan.KeptBytes += c.Size
		plan.DeleteBytes -= c.Size
	}
	plan.Delete = kept
	return nil
}

// apply deletes what the plan says. The context ends before the mark does.
func (plan *PruneResult) apply(ctx context.Context, store Store, _ Layout) error {
	var manifests, contents []string
	for _, r := range plan.Releases {
		if !r.Kept {
			manifests = append(manifests, r.key)
		}
	}
	for _, c := range plan.Delete {
		contents = append(contents, c.Key)
	}
	for _, keys := range [][]string{manifests, contents, plan.Claims} {
		if err := store.Delete(ctx, keys); err != nil {
			return err
		}
	}
	return nil
}
