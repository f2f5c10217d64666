package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/ecr"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/adapter/registry"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/image"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// repositories are those that a command is about.
func (w *work) repositories() ([]string, error) {
	if one := *w.in.repository; one != "" {
		if !slices.Contains(w.legacy.Repositories, one) && *w.in.command != cmdRestore {
			return nil, &fault.Fault{Kind: fault.Input, Name: "repository", What: "is none of cutover.yaml's legacy.repositories", Got: one, Allowed: strings.Join(w.legacy.Repositories, ", ")}
		}
		return []string{one}, nil
	}
	if len(w.legacy.Repositories) == 0 {
		return nil, &fault.Fault{Kind: fault.Input, Name: "repository", What: "is missing, and cutover.yaml names none", Next: "Name it under legacy.repositories."}
	}
	return w.legacy.Repositories, nil
}

// images archives or verifies.
func (w *work) images(ctx context.Context) error {
	names, err := w.repositories()
	if err != nil {
		return err
	}
	if *w.in.command == cmdArchive {
		// What is archived while a plan is carried out is archived for it.
		s, err := w.state(ctx)
		if err == nil && s.PlanSHA256 != "" {
			err = w.read(ctx, s.PlanSHA256)
		}
		if err != nil {
			return err
		}
	}
	var damaged []string
	for _, name := range names {
		if *w.in.command == cmdArchive {
			if err := w.archived(ctx, "arn:"+w.caller.Partition+":ecr:"+w.region+":"+w.caller.Account+":repository/"+name); err != nil {
				return err
			}
			continue
		}
		report, err := w.verify(ctx, name, !*w.in.shallow)
		if err != nil {
			return err
		}
		for _, d := range report.Damaged {
			damaged = append(damaged, d.Key+" "+d.What)
		}
	}
	w.result.document = imagesDocument(w.result)
	w.result.Lead, w.result.Verdict = w.result.document.Lead, w.result.document.Verdict
	if len(damaged) > 0 {
		w.result.Verdict = verdict.Fail
		return &fault.Fault{Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.ImagesDamaged}, Name: "archive", What: "is damaged: " + strings.Join(damaged[:min(3, len(damaged))], "; "), Next: "Run archive-images while the registry has the images: it fetches anew what is damaged. Earlier versions of a versioned bucket have the rest."}
	}
	return nil
}

func (w *work) shelf(ctx context.Context, name string) (*s3.Shelf, image.Layout, error) {
	layout, err := image.ParseLayout(w.in.prefix.String(), name)
	if err != nil {
		return nil, layout, err
	}
	shelf, err := s3.OpenShelf(ctx, *w.in.bucket, s3.Options{Region: w.region})
	return shelf, layout, err
}

// source is where images are read from: the account's ECR, or the registry that the
// input names.
func (w *work) source(ctx context.Context, name string, push bool) (image.Source, *registry.Repository, error) {
	if address := *w.in.registry; address != "" {
		r, err := registry.Open(address, name, nil, w.options(push))
		return image.Source{Catalog: r, Content: r}, r, err
	}
	own, err := ecr.Open(ctx, w.region)
	if err != nil {
		return image.Source{}, nil, err
	}
	address, err := own.Address(ctx)
	if err != nil {
		return image.Source{}, nil, err
	}
	r, err := registry.Open(address, name, own.Credentials, w.options(push))
	return image.Source{Catalog: own.Repository(name), Content: r, Complete: true}, r, err
}

// options let what is pushed be taken over from the other repositories.
func (w *work) options(push bool) registry.Options {
	o := registry.Options{Push: push}
	if push {
		o.Mount = w.legacy.Repositories
	}
	return o
}

// archive brings the images of one repository to S3, and keeps them for as long as
// cutover.yaml says.
func (w *work) archive(ctx context.Context, name string) (result image.Result, err error) {
	shelf, layout, err := w.shelf(ctx, name)
	if err != nil {
		return result, err
	}
	from, _, err := w.source(ctx, name, false)
	if err != nil {
		return result, err
	}
	keep := w.legacy.ImageRetention.Std()
	if w.sealed != nil {
		keep = w.sealed.Plan.Scope.ImageRetention.Std()
	}
	others, err := shelf.Expire(ctx, image.Lifecycle(w.in.prefix.String(), keep))
	if err != nil {
		return result, err
	}
	if len(others) > 0 {
		w.warn("Other lifecycle rules of the bucket take images away too: " + strings.Join(others, ", ") + ". The earliest one counts.")
	}
	options := image.Options{Layout: layout, Now: w.clock.Now(), Keep: keep, Wait: wait, Told: w.progress(name)}
	for _, other := range w.legacy.Repositories {
		if sibling, err := image.ParseLayout(w.in.prefix.String(), other); err == nil && other != name {
			options.Siblings = append(options.Siblings, sibling)
		}
	}
	// What lies there damaged is fetched anew.
	if found, err := image.Verify(ctx, shelf, layout, image.Check{Deep: true, Told: w.progress(name)}); err == nil {
		options.Again = found.Again()
	}
	if result, err = image.Archive(ctx, from, shelf, options); err != nil {
		return result, err
	}
	w.result.Archived = append(w.result.Archived, result)
	w.say("%s: %d tags, %d manifests, %d blobs, %d bytes; %d fetched, %d were there", name, result.Tags, result.Manifests, result.Blobs, result.Bytes, result.Fetched, result.Skipped)
	return result, nil
}

// verify proves one archive.
func (w *work) verify(ctx context.Context, name string, deep bool) (image.Report, error) {
	shelf, layout, err := w.shelf(ctx, name)
	if err != nil {
		return image.Report{}, err
	}
	report, err := image.Verify(ctx, shelf, layout, image.Check{Deep: deep, Told: w.progress(name)})
	if errors.Is(err, image.ErrAbsent) {
		return report, &fault.Fault{Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.ImagesMissing}, Name: name, What: "is not archived: there is no index", Got: shelf.String() + "/" + layout.Index(), Next: "Run archive-images."}
	}
	if err == nil {
		w.result.Verified = append(w.result.Verified, report)
	}
	return report, err
}

// progress tells how far it is, every few seconds.
func (w *work) progress(name string) func(image.Progress) {
	var last time.Time
	return func(p image.Progress) {
		if time.Since(last) < 5*time.Second {
			return
		}
		last = time.Now()
		w.say("%s: %s, %d of %d blobs, %d bytes", name, p.Doing, p.Blobs, p.Total, p.Bytes)
	}
}

// archiveImages is the verb of a retirement.
func (w *work) archiveImages(ctx context.Context, a retire.Action) error {
	return w.archived(ctx, a.ARN)
}

// archived archives a repository, proves it, and notes what was proved, and what no
// archive has any more.
func (w *work) archived(ctx context.Context, repository string) error {
	_, name, _ := strings.Cut(repository, ":repository/")
	result, err := w.archive(ctx, name)
	if err != nil {
		return err
	}
	report, err := w.verify(ctx, name, true)
	if err != nil {
		return err
	}
	if !report.Sound() {
		return &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.ImagesDamaged}, Name: name, What: "was archived, and is damaged: " + report.Damaged[0].Key + " " + report.Damaged[0].What, Next: "Archive it once more; the next tick of a retirement does."}
	}
	noted := retire.Archive{IndexSHA256: report.IndexSHA256, Verified: w.clock.Now(), Images: report.Images}
	for _, f := range report.Foreign {
		if len(f.URLs) == 0 {
			noted.Foreign = append(noted.Foreign, string(f.Digest))
		}
	}
	for _, l := range result.Lost {
		noted.Lost = append(noted.Lost, string(l.Digest))
	}
	return w.store.Mark(ctx, func(m *s3.Marks) {
		if m.Archives == nil {
			m.Archives = map[string]retire.Archive{}
		}
		m.Archives[repository] = w.stillLost(m.Archives[repository], noted)
	})
}

// stillLost adds what an earlier run of this plan has found lost: the index no longer
// names it, so that nobody would hear of it again. A new plan begins anew; whoever
// makes it sees which images there are.
func (w *work) stillLost(before, now retire.Archive) retire.Archive {
	if w.sealed == nil || before.Verified.Before(w.sealed.Plan.At) {
		return now
	}
	for _, digest := range before.Lost {
		if !slices.Contains(now.Images, digest) && !slices.Contains(now.Lost, digest) {
			now.Lost = append(now.Lost, digest)
		}
	}
	slices.Sort(now.Lost)
	return now
}

// archives are those that were verified and whose index still is the one that was.
func (e evidence) archives(ctx context.Context, m s3.Marks) (map[string]retire.Archive, error) {
	found := map[string]retire.Archive{}
	for arn, a := range m.Archives {
		_, name, _ := strings.Cut(arn, ":repository/")
		shelf, layout, err := e.w.shelf(ctx, name)
		if err != nil {
			return nil, err
		}
		in, err := shelf.Open(ctx, layout.Index())
		if errors.Is(err, image.ErrAbsent) {
			continue
		}
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(io.LimitReader(in, mostDecision))
		_ = in.Close() // read to its end
		if err != nil {
			return nil, &fault.Fault{Kind: fault.Outside, Name: layout.Index(), What: "broke off while it was read", Err: err}
		}
		if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) == a.IndexSHA256 {
			found[arn] = a
		}
	}
	return found, nil
}
