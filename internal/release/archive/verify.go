package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// readers is how many contents are read at once.
const readers = 16

// find returns the stage of a release, looking through all of them where none
// is given.
func find(ctx context.Context, store Store, l Layout, stage, release string) (string, error) {
	var stages []string
	if stage != "" {
		_, err := store.Head(ctx, l.Manifest(stage, release))
		if err != nil && !errors.Is(err, ErrAbsent) {
			return "", err
		}
		if err == nil {
			return stage, nil
		}
	} else {
		for o, err := range store.List(ctx, l.Manifests()) {
			if err != nil {
				return "", err
			}
			if s, name, ok := parse(o.Key, l.Manifests()); ok && name == release {
				stages = append(stages, s)
			}
		}
	}
	switch len(stages) {
	case 1:
		return stages[0], nil
	case 0:
		where := store.String() + "/" + l.Manifests() + stage
		return "", &fault.Fault{Kind: fault.Input, Name: "release", What: "is not archived below " + where, Got: release, Next: "The command list shows what there is; see that bucket, prefix and stage are right."}
	}
	return "", &fault.Fault{Kind: fault.Input, Name: "stage", What: "is needed, since several stages have a release " + release, Allowed: strings.Join(stages, ", ")}
}

// load reads a release's manifest. An error that wraps [ErrDamaged] says that
// what is there cannot be trusted.
func load(ctx context.Context, store Store, l Layout, stage, release string) (Manifest, error) {
	text, err := readSmall(ctx, store, l.Manifest(stage, release), maxManifest)
	if err != nil {
		return Manifest{}, err
	}
	m, err := ParseManifest(text)
	if err == nil && (m.Stage != stage || m.Release != release) {
		err = fmt.Errorf("%w: it is that of %s in %s", ErrDamaged, m.Release, m.Stage)
	}
	return m, err
}

// Verify reads every file of a release again and holds it against the
// manifest. The result fails when one is missing or is not what it was; an
// error says that it could not be found out.
func Verify(ctx context.Context, p Ports, l Layout, stage, release string) (Result, error) {
	r := newResult("verify", p.Store, l)
	stage, err := find(ctx, p.Store, l, stage, release)
	if err != nil {
		return r, err
	}
	m, err := load(ctx, p.Store, l, stage, release)
	r.of(l, m)
	r.Stage, r.Release, r.Manifest = stage, release, l.Manifest(stage, release)
	if damage := manifestFinding(&r, err); damage || err != nil {
		if damage {
			err = nil
		}
		return r, err
	}
	r.Files = make([]FileResult, len(m.Files))
	for i, f := range m.Files {
		r.Files[i].File = f
	}
	err = eachContent(ctx, p, m, readers, func(ctx context.Context, f File, all []int) error {
		bad, err := readBlob(ctx, p.Store, l.Blob(f.SHA256), f, io.Discard)
		if bad == "" {
			bad = Intact
		}
		for _, i := range all {
			r.Files[i].Status = bad
		}
		return err
	})
	if err != nil {
		return r, err
	}
	r.judge()
	return r, nil
}

// manifestFinding puts the judgement of a manifest into the result and says
// whether it is damaged.
func manifestFinding(r *Result, err error) (damage bool) {
	damage = errors.Is(err, ErrDamaged)
	if err != nil && !damage {
		return false
	}
	f := verdict.Finding{
		Name: "manifest", Verdict: verdict.Pass, Observed: number(1), Limit: number(1), Unit: "intact copies", Sample: 1, SampleOf: "manifest",
		Window: r.Release, Source: r.where + "/" + r.Manifest,
	}
	if damage {
		f.Verdict, f.Observed, f.Change = verdict.Fail, number(0), "Restore the object's first version, or archive the release again under another name. "+err.Error()+"."
		r.Verdict = verdict.Fail
		r.Commit, r.Created = "", nil // nothing in it can be trusted
	}
	r.Findings = append(r.Findings, f)
	return damage
}

// judge adds a finding for all files together and one for each bad file.
func (r *Result) judge() {
	intact, bytes := r.Sum(Intact, Fetched, There)
	all := verdict.Finding{
		Name: "files", Verdict: verdict.Pass, Observed: number(float64(intact)), Limit: number(float64(len(r.Files))), Unit: "intact files", Sample: bytes, SampleOf: "bytes",
		Window: r.Release, Source: r.where + "/" + r.Prefix + "/blobs/sha256",
	}
	if intact < len(r.Files) {
		all.Verdict, r.Verdict = verdict.Fail, verdict.Fail
		all.Change = "Archive the same commit again, which stores what is missing; delete what is damaged first. A versioned bucket still has the first version of each."
	}
	r.Findings = append(r.Findings, all)
	for _, f := range r.Files {
		if what := fileProblem(f.Status); what != "" {
			r.Findings = append(r.Findings, verdict.Finding{
				Name: f.Path + ": " + string(f.Status), Verdict: verdict.Fail, Observed: number(0), Limit: number(1), Unit: "intact copies", Sample: f.Size, SampleOf: "bytes",
				Window: r.Release, Source: r.where + "/" + r.Prefix + "/blobs/sha256/" + f.SHA256, Change: what,
			})
		}
	}
}

func fileProblem(s Status) string {
	switch s {
	case Missing:
		return "Archive the same files again: the content is not stored."
	case WrongSize:
		return "Delete the stored content, whose size is another than promised, and archive the same files again."
	case WrongHash:
		return "Delete the stored content, which is not what its name says, and archive the same files again."
	}
	return ""
}

func number(f float64) *float64 { return &f }

// eachContent calls work once for each content of a manifest, several at once,
// with the places of all files that have it, and tells progress by files.
func eachContent(ctx context.Context, p Ports, m Manifest, atOnce int, work func(ctx context.Context, f File, all []int) error) error {
	places := map[string][]int{}
	for i, f := range m.Files {
		places[f.SHA256] = append(places[f.SHA256], i)
	}
	if p.Total != nil {
		p.Total(m.Bytes())
	}
	var done atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, f := range m.Files {
		all := places[f.SHA256]
		if all[0] != i {
			continue
		}
		group.Go(func() error {
			if err := work(ctx, f, all); err != nil {
				return err
			}
			if p.Progress != nil {
				p.Progress(done.Add(f.Size * int64(len(all))))
			}
			return nil
		})
	}
	return group.Wait()
}
