package main

import (
	"context"

	"github.com/cutover-dev/cutover/internal/adapter/slack"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/message"
	"github.com/cutover-dev/cutover/internal/runner"
)

// run reads the inputs, sends the message, and tells what became of it.
func (in inputs) run(ctx context.Context, s *runner.Session) error {
	file, err := in.settings(s)
	if err != nil {
		return err
	}
	order, err := in.order(s, file)
	if err != nil {
		return err
	}
	r := result{announcement: order.Announcement, Notes: []string{}}
	webhook := *in.token == "" && *in.webhook != ""
	r.show(message.Draft(order, webhook))
	switch {
	case *in.dryRun:
		r.Status, r.Preview = statusDryRun, r.payload.Preview()
		if !webhook {
			r.Channel = order.Channel
		}
		return tell(s, r)
	case *in.token == "" && !webhook && file == nil:
		r.Status = statusNotConfigured
		return tell(s, r)
	}
	ctx, cancel := context.WithTimeout(ctx, *in.timeout)
	defer cancel()
	err = in.send(ctx, s, order, &r)
	if err == nil {
		return tell(s, r)
	}
	if cause := cancelled(ctx); cause != nil {
		return cause
	}
	return fail(s, r, in.policy(file), err)
}

// cancelled returns why the run was cancelled, nil if only time ran out.
func cancelled(ctx context.Context) error {
	if ctx.Err() == context.Canceled {
		return context.Cause(ctx)
	}
	return nil
}

// send delivers the order through what there is a secret for.
func (in inputs) send(ctx context.Context, s *runner.Session, order message.Order, r *result) error {
	ports, err := in.ports(s)
	if err != nil {
		return err
	}
	d, err := message.Deliver(ctx, ports, order)
	r.Notes = append(r.Notes, d.Notes...)
	r.Status = string(d.Status)
	r.Sent = d.Status != "" && d.Status != message.Unchanged
	r.Channel, r.TS, r.Thread = d.Place.Channel, d.Place.TS, d.Place.String()
	r.show(d.Payload)
	return err
}

// ports opens the ways to Slack; nothing is called yet.
func (in inputs) ports(s *runner.Session) (message.Ports, error) {
	options := slack.Options{BaseURL: s.Getenv("SLACK_API_URL"), Budget: *in.timeout}
	switch {
	case *in.token != "":
		c, err := slack.New(*in.token, options)
		return message.Ports{Poster: c, Keeper: c, Directory: c}, err
	case *in.webhook != "":
		w, err := slack.NewWebhook(*in.webhook, options)
		return message.Ports{Poster: w}, err
	}
	return message.Ports{}, &fault.Fault{
		Kind: fault.Input, What: "cutover.yaml configures slack, and neither token nor webhook-url was given",
		Next: "Pass a secret to one of them; runs from a fork get none.",
	}
}
