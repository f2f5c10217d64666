package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/retire/hands"
	"github.com/cutover-dev/cutover/internal/retire/image"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// restore brings images back to a registry, and the restore kit into files. It makes
// nothing at AWS but images: the commands that status shows are a person's.
func (w *work) restore(ctx context.Context) error {
	if *w.in.kit != "" {
		if err := w.unpack(ctx, *w.in.kit); err != nil {
			return err
		}
	}
	if *w.in.repository != "" {
		if err := w.push(ctx, *w.in.repository); err != nil {
			return err
		}
	}
	w.result.document = imagesDocument(w.result)
	w.result.Lead, w.result.Verdict = w.result.document.Lead, w.result.document.Verdict
	return nil
}

func (w *work) push(ctx context.Context, name string) error {
	shelf, layout, err := w.shelf(ctx, name)
	if err != nil {
		return err
	}
	_, to, err := w.source(ctx, name, true)
	if err != nil {
		return err
	}
	restored, err := image.Restore(ctx, shelf, layout, to, image.Back{Over: *w.in.tags, Wait: wait, Told: w.progress(name)})
	if errors.Is(err, image.ErrAbsent) {
		return &fault.Fault{Kind: fault.Input, Name: "repository", What: "is not archived: there is no index", Got: shelf.String() + "/" + layout.Index()}
	}
	if err != nil {
		return err
	}
	w.result.Restored = append(w.result.Restored, restored)
	return nil
}

// unpack writes the restore kit as the commands of the plan name its files.
func (w *work) unpack(ctx context.Context, folder string) error {
	s, err := w.state(ctx)
	if err != nil {
		return err
	}
	sha256 := s.PlanSHA256
	if *w.in.plan != "" {
		sha256 = *w.in.plan
	}
	if sha256 == "" {
		return &fault.Fault{Kind: fault.Input, Name: "plan", What: "is none: nothing was begun", Next: "Give the hash of the plan whose kit it is."}
	}
	if err := w.read(ctx, sha256); err != nil {
		return err
	}
	text, err := w.store.Kit(sha256).Load(ctx)
	if errors.Is(err, s3.ErrNotFound) {
		return &fault.Fault{Kind: fault.Input, Name: "kit", What: "was not saved: the retirement has not come that far", Got: sha256}
	}
	if err != nil {
		return err
	}
	var kit hands.Content
	if err := json.Unmarshal(text, &kit); err != nil || kit.PlanSHA256 != sha256 {
		return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.Row("retire", "kit")}, Name: "kit", What: "is not the one of this plan", Got: kit.PlanSHA256, Allowed: sha256, Err: err, Next: "Bring it back from the bucket's earlier version."}
	}
	names := map[string]string{}
	for _, t := range w.sealed.Plan.Targets {
		names[t.ARN] = t.Name
	}
	files := map[string][]byte{"kit.json": text}
	for _, thing := range kit.Things {
		files[plan.KitFile(thing.Kind, names[thing.ARN])] = append(thing.Config, '\n')
	}
	for _, r := range kit.Records {
		set, err := json.MarshalIndent(r.Set, "", "  ")
		if err != nil {
			return err
		}
		files[plan.KitFile("route53.record", strings.TrimPrefix(r.ARN, "record:"))] = append(set, '\n')
	}
	for name := range files {
		// Kinds come from the bucket: none may lead out of the folder.
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return &fault.Fault{Kind: fault.Refused, Name: "kit", What: "holds a thing whose file would lie outside of the folder", Got: name, Next: "Bring it back from the bucket's earlier version."}
		}
	}
	for name, content := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := w.s.WriteFile("kit", path, content); err != nil {
			return err
		}
		w.result.KitFiles = append(w.result.KitFiles, name)
	}
	return nil
}

// imagesDocument tells what was archived, proved or restored.
func imagesDocument(r result) report.Document {
	d := report.Document{Title: "Images and restore kit of " + r.Project + " " + r.Stage, Verdict: verdict.Pass}
	var lead []string
	if len(r.Archived) > 0 {
		t := report.Table{Caption: "Archived", Columns: []report.Column{{Title: "repository"}, {Title: "place"}, {Title: "tags", Numeric: true}, {Title: "manifests", Numeric: true}, {Title: "blobs", Numeric: true}, {Title: "bytes", Numeric: true}, {Title: "fetched", Numeric: true}, {Title: "index"}}}
		for _, a := range r.Archived {
			t.Rows = append(t.Rows, []report.Cell{{Text: a.Repository}, {Text: a.Place, Code: true}, {Text: fmt.Sprint(a.Tags)}, {Text: fmt.Sprint(a.Manifests)}, {Text: fmt.Sprint(a.Blobs)}, {Text: report.Grouped(a.Bytes)}, {Text: fmt.Sprint(a.Fetched)}, {Text: a.IndexSHA256, Code: true}})
		}
		d.Blocks = append(d.Blocks, t)
		lead = append(lead, fmt.Sprintf("%d repositories are archived", len(r.Archived)))
	}
	if len(r.Verified) > 0 {
		t := report.Table{Caption: "Proved", Columns: []report.Column{{Title: "repository"}, {Title: "how"}, {Title: "manifests", Numeric: true}, {Title: "blobs", Numeric: true}, {Title: "bytes", Numeric: true}, {Title: "damaged", Numeric: true}}}
		bad := 0
		for _, v := range r.Verified {
			how := "every byte"
			if !v.Deep {
				how = "S3's checksums"
			}
			bad += len(v.Damaged)
			t.Rows = append(t.Rows, []report.Cell{{Text: v.Repository}, {Text: how}, {Text: fmt.Sprint(v.Manifests)}, {Text: fmt.Sprint(v.Blobs)}, {Text: report.Grouped(v.Bytes)}, {Text: fmt.Sprint(len(v.Damaged))}})
			for _, one := range v.Damaged {
				d.Blocks = append(d.Blocks, report.Text{Body: one.Key + ": " + one.What})
			}
		}
		d.Blocks = append(d.Blocks, t)
		says := fmt.Sprintf("%d archives are whole", len(r.Verified))
		if bad > 0 {
			says, d.Verdict = fmt.Sprintf("%d contents are damaged", bad), verdict.Fail
		}
		lead = append(lead, says)
	}
	for _, b := range r.Restored {
		d.Blocks = append(d.Blocks, report.Text{Body: fmt.Sprintf("%s to %s: %d tags, %d manifests, %d blobs; %d blobs and %d manifests were pushed, %d blobs taken over from other repositories, the rest was there.", b.Repository, b.To, b.Tags, b.Manifests, b.Blobs, b.PushedBlobs, b.PushedManifests, b.MountedBlobs)})
		lead = append(lead, b.Repository+" is back in "+b.To)
	}
	if n := len(r.KitFiles); n > 0 {
		lead = append(lead, fmt.Sprintf("the restore kit is in %d files", n))
	}
	d.Lead = strings.Join(lead, "; ") + "."
	return d
}
