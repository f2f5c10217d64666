package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cutover-dev/cutover/internal/message"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/notice"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Traffic tells Slack of a rollout: one message from its start on, which shows
// where it stands, and each event in the message's thread. What calls somebody
// shows in the channel too. It implements notice.Board; the thread is the
// message's place. A webhook has no threads: it gets one message an event.
type Traffic struct {
	// Open makes the ways out for one message, since a client's budget of time
	// begins when it is made.
	Open func() (message.Ports, error)
	// Channel is for a bot token, by ID or name.
	Channel string
	// Users are the Slack member IDs by GitHub login.
	Users map[string]string
	// Name tells this project's rollouts from others in the same channel, such
	// as the repository.
	Name string
	// Run is where the telling happens; Links are for people, such as the
	// dashboard.
	Run   message.Run
	Links []message.Link
}

var _ notice.Board = Traffic{}

// Say implements notice.Board.
func (t Traffic) Say(ctx context.Context, thread string, n notice.Notice) (string, error) {
	ports, err := t.Open()
	if err != nil {
		return thread, err
	}
	o := message.Order{Announcement: t.announcement(n), Channel: t.Channel, Users: t.Users}
	if n.Event != rollout.Started { // each rollout begins a message of its own
		o.Thread, _ = message.ParsePlace(thread) // anything else is no place
	}
	if o.Thread.TS == "" {
		// So that it is found if this run is killed before it has remembered.
		o.Key = fmt.Sprintf("%s traffic of %s, event %d %.12s", t.Name, n.Stage, n.Sequence, n.Hash)
	}
	if ports.Keeper != nil && o.Thread.TS != "" && n.Kind == notice.Back && !n.Loud {
		// A step on the way back: the message goes on saying that it was rolled
		// back, and why. If somebody has deleted it, this is posted instead.
		if err := t.enter(ctx, ports.Keeper, o, n); !errors.Is(err, message.ErrGone) {
			return thread, err
		}
	}
	d, err := message.Deliver(ctx, ports, o)
	switch {
	case err != nil || ports.Keeper == nil:
		return thread, err
	case o.Thread.TS == "" && n.Kind == notice.Alarm:
		return thread, nil // one that stands alone heads no thread
	case n.Kind == notice.Progress && d.Place == o.Thread:
		// An update alone notifies nobody and leaves no history.
		return d.Place.String(), t.enter(ctx, ports.Keeper, o, n)
	}
	return d.Place.String(), nil
}

// enter adds the notice to a thread, unless it is there. Where nobody may look,
// one that was said just before a kill may stand there twice; its number tells.
func (t Traffic) enter(ctx context.Context, keeper message.Keeper, o message.Order, n notice.Notice) error {
	entry := message.Draft(o, false)
	seen, err := keeper.Look(ctx, o.Thread)
	switch {
	case errors.Is(err, message.ErrBlind):
	case err != nil:
		return err
	}
	if slices.Contains(seen.Entries, entry.Metadata.EventPayload.Digest) {
		return nil
	}
	_, err = keeper.Post(ctx, message.Target{Channel: o.Thread.Channel, Thread: o.Thread.TS, Broadcast: n.Loud}, entry)
	return err
}

// announcement puts a notice into Slack's words.
func (t Traffic) announcement(n notice.Notice) message.Announcement {
	a := message.Announcement{
		Kind: message.Kind(n.Kind), Stage: n.Stage, Title: n.Title, Text: n.Text(), Links: t.Links, Run: t.Run, Runbook: n.Runbook,
	}
	for _, f := range n.Fields {
		a.Fields = append(a.Fields, message.Field(f))
	}
	if n.Kind == notice.Progress {
		a.Progress = &message.Progress{Done: int(n.Weight * 100 / unit.Full), Total: 100}
	}
	return a
}
