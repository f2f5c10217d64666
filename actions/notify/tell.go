package main

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/message"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/runner"
)

// The statuses of a result besides those of a delivery.
const (
	statusDryRun        = "dry-run"
	statusNotConfigured = "not-configured"
	statusFailed        = "failed"
)

// blocks are the blocks of a payload. The type has a name so that the schema
// can say which there are.
type blocks []message.Block

// result is what --format json prints: what became of the message, and the
// message itself as Slack takes it.
type result struct {
	Status  string `json:"status" jsonschema:"enum=posted,enum=updated,enum=replied,enum=unchanged,enum=dry-run,enum=not-configured,enum=failed"`
	Sent    bool   `json:"sent"`
	Channel string `json:"channel"`
	TS      string `json:"ts"`
	Thread  string `json:"thread"`
	// Preview is a link to Slack's Block Kit Builder, after a dry run only.
	Preview string `json:"preview"`
	// Notes are remarks on how it was sent, as sentences.
	Notes []string `json:"notes"`
	// Problem says why it failed, empty if it did not.
	Problem string `json:"problem"`

	Text        string            `json:"text"`
	Blocks      blocks            `json:"blocks"`
	Metadata    *message.Metadata `json:"metadata,omitempty"`
	Markup      bool              `json:"mrkdwn"`
	UnfurlLinks bool              `json:"unfurl_links"`
	UnfurlMedia bool              `json:"unfurl_media"`

	announcement message.Announcement
	payload      message.Payload
}

// show puts a payload into the result.
func (r *result) show(p message.Payload) {
	r.payload = p
	r.Text, r.Blocks, r.Metadata = p.Text, p.Blocks, p.Metadata
	r.Markup, r.UnfurlLinks, r.UnfurlMedia = p.Markup, p.UnfurlLinks, p.UnfurlMedia
}

// lead is the sentence that says what became of the message.
func (r result) lead() string {
	where := ""
	if r.Channel != "" {
		where = " in " + r.Channel
	}
	switch r.Status {
	case statusDryRun:
		return "Not sent: this is a dry run."
	case statusNotConfigured:
		return "Not sent: Slack is not configured. Give a token or a webhook-url."
	case statusFailed:
		return "Slack could not be told: " + r.Problem
	case string(message.Updated):
		return "The deployment's message" + where + " was updated."
	case string(message.Replied):
		return "An entry was added to the thread" + where + "."
	case string(message.Unchanged):
		return "Nothing was sent: the same message stands" + where + " already."
	}
	return "A message was posted" + where + "."
}

// tell shows the result everywhere.
func tell(s *runner.Session, r result) error {
	for _, note := range r.Notes {
		s.Notef("%s", note)
	}
	if r.Status == statusNotConfigured {
		s.Annotate(runner.Annotation{Level: runner.Notice, Title: "notify", Message: r.lead()})
	}
	document := r.announcement.Document(r.lead())
	s.Summary(report.Markdown(document))
	text := report.Terminal(document, s.Colour())
	if r.Status == statusDryRun {
		payload, err := json.MarshalIndent(r.payload, "", "  ")
		if err != nil {
			return err
		}
		text = strings.TrimRight(text, "\n") + "\n\n" + string(payload) + "\n\nPreview: " + r.Preview
	}
	return errors.Join(r.outputs(s), s.Result(text, r))
}

func (r result) outputs(s *runner.Session) error {
	return errors.Join(
		s.Output("thread", r.Thread), s.Output("ts", r.TS), s.Output("channel", r.Channel),
		s.Output("sent", strconv.FormatBool(r.Sent)),
	)
}

// fail does with a message that could not be sent what the policy says. A
// failure is never hidden: even ignored it stands in the log and the result.
func fail(s *runner.Session, r result, p policy, cause error) error {
	r.Status, r.Problem = statusFailed, cause.Error()
	switch p {
	case policyFail:
		s.Summary(report.Markdown(r.announcement.Document(r.lead())))
		return errors.Join(cause, r.outputs(s))
	case policyWarn:
		s.Annotate(runner.Annotation{Level: runner.Warning, Title: "notify", Message: r.lead(), Runbooks: []runbook.Kind{runbook.NotSent}})
	case policyIgnore:
		s.Notef("%s", r.lead())
	}
	return tell(s, r)
}
