package message

import (
	"context"
	"errors"
	"fmt"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Poster puts messages into a channel. An incoming webhook can do no more.
type Poster interface {
	// Post returns where the message stands; a webhook does not know and
	// returns the zero Place. It never posts twice to be sure.
	Post(ctx context.Context, to Target, p Payload) (Place, error)
}

// Target is where a message goes.
type Target struct {
	// Channel is a name or an ID; a webhook has its own and ignores it.
	Channel string
	// Thread is the timestamp of the message to answer; empty for none.
	Thread string
	// Broadcast shows the answer in the channel too.
	Broadcast bool
}

// Keeper also finds messages again and changes them.
type Keeper interface {
	Poster
	// Find returns the newest message in channel that carries key, and the
	// zero Place without an error if there is none.
	Find(ctx context.Context, channel, key string) (Place, error)
	// Look returns the marks of the message at place and of its thread.
	Look(ctx context.Context, at Place) (Seen, error)
	// Update replaces the message at place.
	Update(ctx context.Context, at Place, p Payload) error
}

// Directory finds members of the workspace.
type Directory interface {
	// MemberByEmail returns the ID of a member, "" if there is none.
	MemberByEmail(ctx context.Context, email string) (string, error)
}

// Seen is what stands in a thread.
type Seen struct {
	// Message is the mark of the message that heads the thread.
	Message Mark
	// Entries are the digests in its thread.
	Entries []string
}

// Errors that a Keeper wraps, because a delivery goes on after them.
var (
	// ErrBlind says that the token may not read the channel, or that the
	// channel is given by its name.
	ErrBlind = errors.New("the channel cannot be read")
	// ErrGone says that the message is not there any more.
	ErrGone = errors.New("the message is gone")
)

// Ports are the ways out. Keeper is nil for a webhook, Directory is nil where
// nobody can be looked up.
type Ports struct {
	Poster    Poster
	Keeper    Keeper
	Directory Directory
}

// Order says what goes where.
type Order struct {
	Announcement Announcement
	// Channel is where a new message goes; empty for a webhook.
	Channel string
	// Thread is the deployment's message if it is known; else Key finds it.
	Thread Place
	Key    string
	// Users are the Slack member IDs by GitHub login.
	Users map[string]string
}

// Status says what became of an order.
type Status string

// The statuses of a delivery.
const (
	Posted    Status = "posted"    // a new message stands
	Updated   Status = "updated"   // the deployment's message was changed
	Replied   Status = "replied"   // only its thread got an entry
	Unchanged Status = "unchanged" // all of it stood there already
)

// Delivery is what was done.
type Delivery struct {
	Status Status
	// Place is the deployment's message, or the one that was posted.
	Place   Place
	Payload Payload
	// Notes are remarks for whoever runs it, as sentences.
	Notes []string
}

// Deliver tells an announcement once: a message with the same key and the same
// content is not sent again. On an error the delivery says how far it came.
func Deliver(ctx context.Context, ports Ports, o Order) (Delivery, error) {
	d := &delivery{ports: ports, order: o}
	d.shape.member = d.member(ctx)
	d.shape.threaded = ports.Keeper != nil
	d.Payload = build(o.Announcement, d.shape)
	err := d.run(ctx)
	return d.Delivery, err
}

// Draft is the payload that Deliver would begin with, for a look at it.
// webhook says that it cannot have a thread.
func Draft(o Order, webhook bool) Payload {
	p := build(o.Announcement, shape{member: o.Users[o.Announcement.Actor.Login], threaded: !webhook})
	if webhook {
		return p
	}
	return p.keyed(o.Key)
}

type delivery struct {
	Delivery
	ports Ports
	order Order
	shape shape
}

func (d *delivery) note(format string, args ...any) {
	d.Notes = append(d.Notes, fmt.Sprintf(format, args...))
}

func (d *delivery) run(ctx context.Context) error {
	if d.ports.Keeper == nil {
		return d.throughWebhook(ctx)
	}
	d.Payload = d.Payload.keyed(d.order.Key)
	at, err := d.locate(ctx)
	if err != nil {
		return err
	}
	if at.TS == "" {
		return d.anew(ctx)
	}
	d.Place = at
	seen, err := d.ports.Keeper.Look(ctx, at)
	switch {
	case errors.Is(err, ErrGone):
		d.note("The message %s is gone, so a new one was posted.", at)
		return d.anew(ctx)
	case errors.Is(err, ErrBlind):
		// Repeating an update changes nothing; an entry of the thread may
		// stand there twice if this step is run again. See the README.
	case err != nil:
		return err
	}
	return d.follow(ctx, seen)
}

// locate finds the deployment's message: as it was given, or by its key.
func (d *delivery) locate(ctx context.Context) (Place, error) {
	if d.order.Thread.TS != "" || d.order.Key == "" {
		return d.order.Thread, nil
	}
	at, err := d.ports.Keeper.Find(ctx, d.order.Channel, d.order.Key)
	if errors.Is(err, ErrBlind) {
		d.note("An earlier message of %q could not be looked for (%v). Pass the output thread of the step that posted it.", d.order.Key, err)
		return Place{}, nil
	}
	return at, err
}

// throughWebhook posts and says what a webhook cannot do.
func (d *delivery) throughWebhook(ctx context.Context) error {
	if d.order.Thread.TS != "" || d.order.Key != "" {
		d.note("An incoming webhook cannot change a message, so a new one was posted. A bot token can.")
	}
	if d.order.Channel != "" {
		d.note("An incoming webhook posts to the channel that it was made for; the channel given here has no effect.")
	}
	if _, err := d.ports.Poster.Post(ctx, Target{}, d.Payload); err != nil {
		return err
	}
	d.Status = Posted
	return nil
}

// anew posts the message, and what did not fit into its thread.
func (d *delivery) anew(ctx context.Context) error {
	if d.order.Channel == "" {
		d.order.Channel = d.Place.Channel
	}
	if d.order.Channel == "" {
		return &fault.Fault{
			Kind: fault.Input, Name: "channel", What: "is required with a bot token and was not given",
			Next: "Set the input channel, or slack.channel in cutover.yaml.",
		}
	}
	d.Payload.Metadata.EventPayload.Entry = d.long()
	at, err := d.ports.Keeper.Post(ctx, Target{Channel: d.order.Channel}, d.Payload)
	if err != nil {
		return err
	}
	d.Place, d.Status = at, Posted
	if !d.long() {
		return nil
	}
	return d.enter(ctx, Seen{}, Target{Channel: at.Channel, Thread: at.TS})
}

// follow changes the message and adds to its thread what is not there yet.
func (d *delivery) follow(ctx context.Context, seen Seen) error {
	d.Status = Unchanged
	m := manners[d.order.Announcement.Kind]
	// An alarm during a deployment goes into its thread and leaves its state
	// alone; found by its own key it is a message of its own.
	apart := m.apart && d.order.Thread.TS != ""
	entry := m.reply || d.long()
	switch {
	case apart:
	case seen.Message.Digest == d.Payload.digest():
		entry = seen.Message.Entry
	default:
		d.Payload.Metadata.EventPayload.Entry = entry
		err := d.ports.Keeper.Update(ctx, d.Place, d.Payload)
		if errors.Is(err, ErrGone) {
			d.note("The message %s is gone, so a new one was posted.", d.Place)
			return d.anew(ctx)
		}
		if err != nil {
			return err
		}
		d.Status = Updated
		// What the message did not show until now is news, even if it was
		// news once before: a deployment may fail twice in the same way.
		seen.Entries = nil
	}
	if !entry {
		return nil
	}
	return d.enter(ctx, seen, Target{Channel: d.Place.Channel, Thread: d.Place.TS, Broadcast: m.loud})
}

// long says that the message shows the beginning of its text only.
func (d *delivery) long() bool {
	_, rest := fit(clean(d.order.Announcement.Text), maxSection, maxTotal)
	return rest > 0
}

// enter adds the entry for this announcement to a thread, unless it is there.
func (d *delivery) enter(ctx context.Context, seen Seen, to Target) error {
	s := d.shape
	s.entry, s.threaded = true, false
	entry := build(d.order.Announcement, s).keyed(d.order.Key)
	for _, digest := range seen.Entries {
		if digest == entry.digest() {
			return nil
		}
	}
	if _, err := d.ports.Keeper.Post(ctx, to, entry); err != nil {
		return err
	}
	if d.Status == Unchanged {
		d.Status = Replied
	}
	return nil
}

// member finds whom to mention: by the map, else by e-mail, else nobody. A
// look-up that fails costs the mention and not the message.
func (d *delivery) member(ctx context.Context) string {
	actor := d.order.Announcement.Actor
	if id := d.order.Users[actor.Login]; id != "" {
		return id
	}
	if actor.Email == "" || d.ports.Directory == nil {
		return ""
	}
	id, err := d.ports.Directory.MemberByEmail(ctx, actor.Email)
	if err != nil {
		d.note("The actor is not mentioned: %v", err)
		return ""
	}
	if !member.MatchString(id) {
		return ""
	}
	return id
}
