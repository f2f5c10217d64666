package main

import (
	"errors"
	"strconv"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// tell shows the result everywhere and turns a failed verdict into exit code 1.
func tell(s *runner.Session, r archive.Result) error {
	document := r.Document()
	s.Summary(report.Markdown(document))
	err := errors.Join(outputs(s, r), s.Result(report.Terminal(document, s.Colour()), r))
	if err != nil {
		return err
	}
	if r.Verdict != verdict.Pass {
		if s.InActions() {
			s.Annotate(runner.Annotation{Level: runner.Error, Title: "archive-artifacts", Message: r.Lead(), Runbooks: []runbook.Kind{runbook.ArchiveDamaged}})
		}
		return &fault.Fault{Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.ArchiveDamaged}, What: r.Lead()}
	}
	return nil
}

func outputs(s *runner.Session, r archive.Result) error {
	files, bytes := r.Sum(archive.New, archive.There, archive.Intact, archive.Fetched)
	_, stored := r.Sum(archive.New)
	set := map[string]string{
		"release": r.Release, "verdict": string(r.Verdict), "files": strconv.Itoa(files),
		"bytes": strconv.FormatInt(bytes, 10), "stored-bytes": strconv.FormatInt(stored, 10), "manifest": "",
	}
	if r.Manifest != "" {
		set["manifest"] = "s3://" + r.Bucket + "/" + r.Manifest
	}
	var problems []error
	for name, value := range set {
		problems = append(problems, s.Output(name, value))
	}
	return errors.Join(problems...)
}
