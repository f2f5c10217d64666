package slack

import (
	"context"
	"fmt"
	"time"

	api "github.com/slack-go/slack"

	"github.com/cutover-dev/cutover/internal/message"
)

const (
	// page is how many messages one look takes. Slack recommends at most 200.
	page = 200
	// mostPages bounds how far a thread is read.
	mostPages = 5
	// lookBack is how old a deployment's message may be to be found by key.
	lookBack = 7 * 24 * time.Hour
)

// Find returns the newest of the channel's last 200 messages of a week that
// carries key. It needs channels:history (groups:history in a private one) and
// the channel by its ID.
func (c *Client) Find(ctx context.Context, channel, key string) (message.Place, error) {
	return c.history(ctx, try{}, channel, c.clock.Now().Add(-lookBack), func(m mark) bool { return m.Key == key })
}

// Look reads a thread and the message above it.
func (c *Client) Look(ctx context.Context, at message.Place) (message.Seen, error) {
	var seen message.Seen
	err := c.thread(ctx, try{}, at, func(ts string, m mark) {
		if ts == at.TS {
			seen.Message = m.Mark
			return
		}
		seen.Entries = append(seen.Entries, m.Digest)
	})
	return seen, err
}

// mark is what cutover left in a message's metadata.
type mark struct {
	message.Mark
	post string
}

func markOf(m api.Message) (mark, bool) {
	if m.Metadata.EventType != message.EventType {
		return mark{}, false
	}
	read := func(name string) string {
		s, _ := m.Metadata.EventPayload[name].(string)
		return s
	}
	entry, _ := m.Metadata.EventPayload["entry"].(bool)
	return mark{message.Mark{Key: read("key"), Digest: read("digest"), Entry: entry}, read(nonce)}, true
}

// posted looks for the message that a lost answer was about.
func (c *Client) posted(ctx context.Context, to message.Target, post string) (message.Place, error) {
	if to.Thread == "" {
		return c.history(ctx, try{most: mostLooks}, to.Channel, c.clock.Now().Add(-time.Hour), func(m mark) bool { return m.post == post })
	}
	found := message.Place{}
	err := c.thread(ctx, try{most: mostLooks}, message.Place{Channel: to.Channel, TS: to.Thread}, func(ts string, m mark) {
		if m.post == post {
			found = message.Place{Channel: to.Channel, TS: ts}
		}
	})
	return found, err
}

// history returns the newest message that fits, the zero Place for none.
func (c *Client) history(ctx context.Context, t try, channel string, from time.Time, fits func(mark) bool) (message.Place, error) {
	if !channelID.MatchString(channel) {
		return message.Place{}, fmt.Errorf("%w: give the channel by its ID", message.ErrBlind)
	}
	var answer *api.GetConversationHistoryResponse
	err := c.call(ctx, t, func(ctx context.Context) (err error) {
		answer, err = c.api.GetConversationHistoryContext(ctx, &api.GetConversationHistoryParameters{
			ChannelID: channel, Limit: page, Oldest: since(from.Unix()), IncludeAllMetadata: true,
		})
		return err
	})
	if err != nil {
		return message.Place{}, blind(err)
	}
	for _, m := range answer.Messages { // newest first
		if m.ThreadTimestamp != "" && m.ThreadTimestamp != m.Timestamp {
			continue // an entry of a thread that shows in the channel too
		}
		if own, ok := markOf(m); ok && fits(own) {
			return message.Place{Channel: channel, TS: m.Timestamp}, nil
		}
	}
	return message.Place{}, nil
}

// thread calls each for the message at and all of its thread, oldest first.
func (c *Client) thread(ctx context.Context, t try, at message.Place, each func(ts string, m mark)) error {
	cursor := ""
	for range mostPages {
		var messages []api.Message
		more, next := false, ""
		err := c.call(ctx, t, func(ctx context.Context) (err error) {
			messages, more, next, err = c.api.GetConversationRepliesContext(ctx, &api.GetConversationRepliesParameters{
				ChannelID: at.Channel, Timestamp: at.TS, Cursor: cursor, Limit: page, IncludeAllMetadata: true,
			})
			return err
		})
		if err != nil {
			return gone(blind(err))
		}
		for _, m := range messages {
			if own, ok := markOf(m); ok {
				each(m.Timestamp, own)
			}
		}
		if !more || next == "" {
			return nil
		}
		cursor = next
	}
	return nil
}

// blind marks the faults of a token that may not read.
func blind(err error) error {
	switch refusedWith(err) {
	case "missing_scope", "not_in_channel", "not_allowed_token_type":
		return fmt.Errorf("%w: %w", message.ErrBlind, err)
	}
	return err
}
