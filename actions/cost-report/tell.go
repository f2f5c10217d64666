package main

import (
	"errors"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// told is what this run has to say.
type told struct {
	lead string
	// result is printed, document shown; both are nil where there is nothing.
	result   any
	document *report.Document
	// file is what is written to out, result unless set.
	file    []byte
	outputs map[string]string
	// title is empty where nobody needs to be told.
	title, fields string
	invite        []byte
}

// set gives an output its value.
func (t *told) set(name, value string) {
	if t.outputs == nil {
		t.outputs = map[string]string{}
	}
	t.outputs[name] = value
}

// empty is the result of a run that found nothing to do.
type empty struct {
	Command string   `json:"command" jsonschema:"enum=collect,enum=tags,enum=forecast,enum=explain,enum=recommend,enum=review"`
	Lead    string   `json:"lead"`
	Notes   []string `json:"notes"`
}

// tell shows what came of it everywhere and passes err on.
func (w *work) tell(err error) error {
	t := &w.told
	if t.lead == "" {
		t.lead = "Nothing came of it: see the error."
	}
	if t.result == nil {
		t.result = empty{*w.in.command, t.lead, append([]string{}, w.notes...)}
	}
	if t.document == nil {
		t.document = &report.Document{Title: "Costs of " + *w.in.stage, Lead: t.lead}
	}
	problems := []error{err}
	w.s.Summary(report.Markdown(*t.document))
	t.set("lead", t.lead)
	t.set("title", t.title)
	if k := runbook.Of("cost-report", fault.KindOf(err).String()); err != nil && t.fields != "" {
		for _, f := range fault.All(err) {
			if len(f.Runbooks) > 0 {
				k = f.Runbooks[0]
			}
		}
		t.fields += "\nRunbook: " + w.s.Runbook(k)
	}
	t.set("fields", t.fields)
	if err == nil || t.file != nil {
		w.write(&problems)
	}
	for _, name := range []string{"verdict", "status", "lead", "yesterday", "month-end", "limit-reached-on", "saving", "out", "report", "invite", "issue", "title", "fields"} {
		problems = append(problems, w.s.Output(name, t.outputs[name]))
	}
	return errors.Join(append(problems, w.s.Result(report.Terminal(*t.document, w.s.Colour()), t.result))...)
}

// write writes the files that were asked for.
func (w *work) write(problems *[]error) {
	t := &w.told
	write := func(input, path string, content func() ([]byte, error)) {
		if path == "" {
			return
		}
		text, err := content()
		if err == nil && text == nil {
			return
		}
		if err == nil {
			err = w.s.WriteFile(input, path, text)
		}
		*problems = append(*problems, err)
		if err == nil {
			t.set(input, path)
		}
	}
	write("out", *w.in.out, func() ([]byte, error) {
		if t.file != nil {
			return t.file, nil
		}
		return written(t.result)
	})
	write("report", *w.in.report, func() ([]byte, error) { return report.HTML(t.document.Title, *t.document) })
	write("invite", *w.in.invite, func() ([]byte, error) { return t.invite, nil })
}
