package message_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/message"
)

// channel is a channel in memory. Errors are played by the method's name.
type channel struct {
	calls  []string
	heads  []message.Payload
	thread [][]message.Payload
	errs   map[string]error
	users  map[string]string
	loud   []bool
}

func at(i int) message.Place {
	return message.Place{Channel: "C0123456789", TS: fmt.Sprintf("%010d.000000", i)}
}

func (c *channel) call(name string) error {
	c.calls = append(c.calls, name)
	return c.errs[name]
}

func (c *channel) index(p message.Place) int {
	for i := range c.heads {
		if at(i) == p {
			return i
		}
	}
	return -1
}

func (c *channel) Post(_ context.Context, to message.Target, p message.Payload) (message.Place, error) {
	name := "post"
	if to.Thread != "" {
		name = "reply"
	}
	if err := c.call(name); err != nil {
		return message.Place{}, err
	}
	if to.Thread != "" {
		i := c.index(message.Place{Channel: to.Channel, TS: to.Thread})
		c.thread[i] = append(c.thread[i], p)
		c.loud = append(c.loud, to.Broadcast)
		return message.Place{}, nil
	}
	c.heads, c.thread = append(c.heads, p), append(c.thread, nil)
	return at(len(c.heads) - 1), nil
}

func (c *channel) Update(_ context.Context, p message.Place, payload message.Payload) error {
	if err := c.call("update"); err != nil {
		return err
	}
	c.heads[c.index(p)] = payload
	return nil
}

func (c *channel) Find(_ context.Context, _, key string) (message.Place, error) {
	if err := c.call("find"); err != nil {
		return message.Place{}, err
	}
	for i := len(c.heads) - 1; i >= 0; i-- {
		if c.heads[i].Metadata.EventPayload.Key == key {
			return at(i), nil
		}
	}
	return message.Place{}, nil
}

func (c *channel) Look(_ context.Context, p message.Place) (message.Seen, error) {
	if err := c.call("look"); err != nil {
		return message.Seen{}, err
	}
	i := c.index(p)
	if i < 0 {
		return message.Seen{}, message.ErrGone
	}
	seen := message.Seen{Message: c.heads[i].Metadata.EventPayload}
	for _, e := range c.thread[i] {
		seen.Entries = append(seen.Entries, e.Metadata.EventPayload.Digest)
	}
	return seen, nil
}

func (c *channel) MemberByEmail(_ context.Context, email string) (string, error) {
	if err := c.call("email"); err != nil {
		return "", err
	}
	return c.users[email], nil
}

// tell delivers one announcement of a deployment.
func (c *channel) tell(t *testing.T, kind message.Kind, text string, change ...func(*message.Order)) message.Delivery {
	t.Helper()
	o := message.Order{
		Announcement: message.Announcement{Kind: kind, Stage: "production", Title: "LEGO-API", Text: text},
		Channel:      "C0123456789", Key: "run-1",
	}
	for _, f := range change {
		f(&o)
	}
	d, err := message.Deliver(context.Background(), message.Ports{Poster: c, Keeper: c, Directory: c}, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOneMessageADeployment(t *testing.T) {
	c := &channel{}
	started := c.tell(t, message.Started, "")
	if started.Status != message.Posted || started.Place != at(0) {
		t.Errorf("started: %+v", started)
	}
	if d := c.tell(t, message.Phase, "", func(o *message.Order) { o.Announcement.Progress = &message.Progress{Done: 1, Total: 3} }); d.Status != message.Updated || len(c.thread[0]) != 0 {
		t.Errorf("a phase: %+v, %d entries", d, len(c.thread[0]))
	}
	if d := c.tell(t, message.Failed, "why"); d.Status != message.Updated || d.Place != at(0) || len(c.heads) != 1 || len(c.thread[0]) != 1 || !c.loud[0] {
		t.Errorf("failed: %+v, %d messages, %d entries, loud %v", d, len(c.heads), len(c.thread[0]), c.loud)
	}
	before := len(c.calls)
	if d := c.tell(t, message.Failed, "why"); d.Status != message.Unchanged || len(c.thread[0]) != 1 {
		t.Errorf("told twice: %+v, %d entries", d, len(c.thread[0]))
	}
	if extra := c.calls[before:]; !slices.Equal(extra, []string{"find", "look"}) {
		t.Errorf("told twice: %v", extra)
	}
	if d := c.tell(t, message.Succeeded, ""); d.Status != message.Updated || c.loud[1] {
		t.Errorf("succeeded: %+v, loud %v", d, c.loud)
	}
}

// A message that was posted as it stands needs no entry in its thread.
func TestPostedTwiceAddsNothing(t *testing.T) {
	c := &channel{}
	c.tell(t, message.Failed, "why")
	if d := c.tell(t, message.Failed, "why"); d.Status != message.Unchanged || len(c.thread[0]) != 0 {
		t.Errorf("%+v, %d entries", d, len(c.thread[0]))
	}
}

// Failing again in the same way, after it went on, is told again.
func TestTheSameNewsTwice(t *testing.T) {
	c := &channel{}
	for range 2 {
		c.tell(t, message.Started, "")
		c.tell(t, message.Failed, "why")
	}
	if len(c.heads) != 1 || len(c.thread[0]) != 2 {
		t.Errorf("%d messages, %d entries", len(c.heads), len(c.thread[0]))
	}
}

// Killed between the update and the entry: the next run adds what is missing.
func TestAHalfToldMessageIsCompleted(t *testing.T) {
	c := &channel{errs: map[string]error{"reply": errors.New("killed")}}
	c.tell(t, message.Started, "")
	o := message.Order{Announcement: message.Announcement{Kind: message.Failed, Stage: "production", Title: "LEGO-API"}, Channel: "C0123456789", Key: "run-1"}
	if d, err := message.Deliver(context.Background(), message.Ports{Poster: c, Keeper: c}, o); err == nil || d.Status != message.Updated {
		t.Fatalf("%+v, %v", d, err)
	}
	c.errs = nil
	if d := c.tell(t, message.Failed, ""); d.Status != message.Replied || len(c.thread[0]) != 1 {
		t.Errorf("%+v, %d entries", d, len(c.thread[0]))
	}
}

func TestTheThreadIsUsedAsGiven(t *testing.T) {
	c := &channel{}
	c.tell(t, message.Started, "")
	given := func(o *message.Order) { o.Thread, o.Key, o.Channel = at(0), "", "" }
	if d := c.tell(t, message.Succeeded, "", given); d.Status != message.Updated || slices.Contains(c.calls[2:], "find") {
		t.Errorf("%+v %v", d, c.calls)
	}
	head := c.heads[0]
	if d := c.tell(t, message.Alarm, "", given); d.Status != message.Replied || c.heads[0].Metadata.EventPayload != head.Metadata.EventPayload || !c.loud[1] {
		t.Errorf("an alarm during a deployment: %+v", d)
	}
	if d := c.tell(t, message.Alarm, "", given); d.Status != message.Unchanged || len(c.thread[0]) != 2 {
		t.Errorf("the same alarm again: %+v", d)
	}
}

func TestWhatIsGoneIsPostedAnew(t *testing.T) {
	for _, method := range []string{"look", "update"} {
		c := &channel{}
		c.tell(t, message.Started, "")
		c.errs = map[string]error{method: fmt.Errorf("x: %w", message.ErrGone)}
		d := c.tell(t, message.Succeeded, "", func(o *message.Order) { o.Thread, o.Key, o.Channel = at(0), "", "" })
		if d.Status != message.Posted || d.Place != at(1) || len(d.Notes) != 1 || !strings.Contains(d.Notes[0], "gone") {
			t.Errorf("%s: %+v", method, d)
		}
	}
}

func TestABlindTokenStillTells(t *testing.T) {
	c := &channel{errs: map[string]error{"find": message.ErrBlind, "look": message.ErrBlind}}
	first := c.tell(t, message.Started, "")
	if first.Status != message.Posted || len(first.Notes) != 1 || !strings.Contains(first.Notes[0], "output thread") {
		t.Errorf("%+v", first)
	}
	if d := c.tell(t, message.Succeeded, "", func(o *message.Order) { o.Thread = first.Place }); d.Status != message.Updated || len(c.heads) != 1 {
		t.Errorf("%+v", d)
	}
}

func TestLongTextGoesIntoTheThread(t *testing.T) {
	c := &channel{}
	text := strings.Repeat("0123456789", 500)
	c.tell(t, message.Started, text)
	if len(c.thread[0]) != 1 {
		t.Fatalf("%d entries", len(c.thread[0]))
	}
	head, entry := pretty(t, c.heads[0]), pretty(t, c.thread[0][0])
	if n := strings.Count(string(entry), "0123456789"); n < 499 {
		t.Errorf("the entry holds %d of 500 pieces", n)
	}
	if n := strings.Count(string(head), "0123456789"); n > 300 || !strings.Contains(string(head), "see the thread") {
		t.Errorf("the message holds %d of 500 pieces", n)
	}
	if d := c.tell(t, message.Started, text); d.Status != message.Unchanged {
		t.Errorf("%+v", d)
	}
}

func TestAWebhookSaysWhatItCannot(t *testing.T) {
	c := &channel{}
	o := message.Order{Announcement: message.Announcement{Kind: message.Failed, Title: "x"}, Channel: "deployments", Key: "run-1"}
	d, err := message.Deliver(context.Background(), message.Ports{Poster: c}, o)
	if err != nil || d.Status != message.Posted || len(d.Notes) != 2 || d.Place.String() != "" || d.Payload.Metadata != nil || !slices.Equal(c.calls, []string{"post"}) {
		t.Errorf("%+v, %v, %v", d, err, c.calls)
	}
}

func TestWhoIsMentioned(t *testing.T) {
	for name, c := range map[string]struct {
		actor message.Actor
		errs  map[string]error
		want  string
		notes int
	}{
		"by the map":             {message.Actor{Login: "octocat", Email: "o@example.com"}, nil, "<@U0123456789>", 0},
		"by e-mail":              {message.Actor{Login: "hubot", Email: "h@example.com"}, nil, "<@U9876543210>", 0},
		"nobody knows":           {message.Actor{Login: "hubot", Email: "x@example.com"}, nil, `"By hubot"`, 0},
		"no address":             {message.Actor{Login: "hubot"}, nil, `"By hubot"`, 0},
		"a look-up that fails":   {message.Actor{Login: "hubot", Email: "h@example.com"}, map[string]error{"email": errors.New("lacks a scope")}, `"By hubot"`, 1},
		"an answer that is none": {message.Actor{Login: "hubot", Email: "evil@example.com"}, nil, `"By hubot"`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			ch := &channel{errs: c.errs, users: map[string]string{"h@example.com": "U9876543210", "evil@example.com": "!channel"}}
			d := ch.tell(t, message.Started, "", func(o *message.Order) {
				o.Announcement.Actor, o.Users = c.actor, map[string]string{"octocat": "U0123456789"}
			})
			if got := string(pretty(t, d.Payload)); !strings.Contains(got, c.want) || len(d.Notes) != c.notes {
				t.Errorf("want %s and %d notes in\n%s\n%v", c.want, c.notes, got, d.Notes)
			}
		})
	}
}

func TestAChannelIsNeeded(t *testing.T) {
	c := &channel{}
	_, err := message.Deliver(context.Background(), message.Ports{Poster: c, Keeper: c}, message.Order{Announcement: message.Announcement{Kind: message.Alarm, Title: "x"}})
	if fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "slack.channel") || len(c.calls) != 0 {
		t.Errorf("%v, %v", err, c.calls)
	}
}

// What a port says ends the delivery, whatever it was asked.
func TestErrorsComeThrough(t *testing.T) {
	for _, method := range []string{"post", "find", "look", "update", "reply"} {
		c := &channel{}
		if method != "post" {
			c.tell(t, message.Started, "")
		}
		boom := errors.New("boom")
		c.errs = map[string]error{method: boom}
		_, err := message.Deliver(context.Background(), message.Ports{Poster: c, Keeper: c}, message.Order{
			Announcement: message.Announcement{Kind: message.Failed, Title: "x"}, Channel: "C0123456789", Key: "run-1",
		})
		if !errors.Is(err, boom) {
			t.Errorf("%s: %v", method, err)
		}
	}
}

func TestTheDocumentIsShort(t *testing.T) {
	a := message.Announcement{Kind: message.Phase, Stage: "production", Title: "half", Progress: &message.Progress{Done: 1, Total: 2}}
	for range 30 {
		a.Fields = append(a.Fields, message.Field{Name: "n", Value: strings.Repeat("v", 5000)})
	}
	d := a.Document("Posted.")
	if d.Lead != "Posted." || !strings.Contains(d.Title, "Traffic phase: production") || len(d.Blocks) != 3 {
		t.Errorf("%+v", d)
	}
	if n := len(fmt.Sprint(d)); n > 5000 {
		t.Errorf("%d characters", n)
	}
}
