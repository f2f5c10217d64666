// Package slack speaks to Slack: through its Web API with a bot token, or
// through an incoming webhook. SDK types stop here, and so does every word of
// Slack's: what comes back are faults in cutover's own.
package slack

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	api "github.com/slack-go/slack"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/message"
)

// Client is Slack's Web API for one app. It is a message.Keeper and a
// message.Directory.
type Client struct {
	core
	api *api.Client
}

// nonce names one post in its metadata, so that a lost answer can be looked up.
const nonce = "post"

// New returns a client for a bot token. It calls nobody yet.
func New(token string, o Options) (*Client, error) {
	if o.BaseURL == "" {
		o.BaseURL = api.APIURL
	}
	base, err := safeAddress(o.BaseURL)
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: "SLACK_API_URL", What: err.Error(), Allowed: "an https address, or http on this machine", Next: "Leave it unset to use Slack itself."}
	}
	c := &Client{core: newCore(o)}
	c.api = api.New(token, api.OptionHTTPClient(c.http), api.OptionAPIURL(strings.TrimSuffix(base, "/")+"/"))
	return c, nil
}

// safeAddress refuses what would carry a secret in the clear. Its errors do
// not repeat the address: a webhook's is a secret.
func safeAddress(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", errors.New("is no web address")
	}
	if u.Scheme == "http" && u.Hostname() != "localhost" && !net.ParseIP(u.Hostname()).IsLoopback() {
		return "", errors.New("would send a secret without encryption")
	}
	return s, nil
}

// Post puts a message into a channel or a thread. When the answer is lost it
// looks for the message; where the token may not look, it does not post again.
func (c *Client) Post(ctx context.Context, to message.Target, p message.Payload) (message.Place, error) {
	mark := rand.Text()
	options, err := content(p, mark)
	if err != nil {
		return message.Place{}, err
	}
	if to.Thread != "" {
		options = append(options, api.MsgOptionTS(to.Thread))
		if to.Broadcast {
			options = append(options, api.MsgOptionBroadcast())
		}
	}
	var at message.Place
	taken := func(ctx context.Context) (bool, error) {
		found, err := c.posted(ctx, to, mark)
		if err != nil {
			return false, errUnknown
		}
		if found.TS != "" {
			at = found
		}
		return found.TS != "", nil
	}
	err = c.call(ctx, try{once: true, taken: taken}, func(ctx context.Context) error {
		channel, ts, err := c.api.PostMessageContext(ctx, to.Channel, options...)
		at = message.Place{Channel: channel, TS: ts}
		return err
	})
	return at, gone(err)
}

// Update replaces a message. Doing so twice changes nothing.
func (c *Client) Update(ctx context.Context, at message.Place, p message.Payload) error {
	options, err := content(p, "")
	if err != nil {
		return err
	}
	return gone(c.call(ctx, try{}, func(ctx context.Context) error {
		_, _, _, err := c.api.UpdateMessageContext(ctx, at.Channel, at.TS, options...)
		return err
	}))
}

// content turns a payload into the call's arguments. The blocks pass through
// as they are: what was cut to fit must not be encoded anew by other rules.
func content(p message.Payload, mark string) ([]api.MsgOption, error) {
	options := []api.MsgOption{
		api.MsgOptionText(p.Text, false), api.MsgOptionDisableMarkdown(),
		// chat.update would otherwise parse names and addresses out of text.
		api.MsgOptionParse(false),
		api.MsgOptionDisableLinkUnfurl(), api.MsgOptionDisableMediaUnfurl(),
	}
	for _, b := range p.Blocks {
		text, err := json.Marshal(b)
		if err != nil {
			return nil, fmt.Errorf("encoding a block: %w", err)
		}
		block, err := api.BlockFromJSON(string(text))
		if err != nil {
			return nil, fmt.Errorf("encoding a block: %w", err)
		}
		options = append(options, api.MsgOptionBlocks(block))
	}
	if p.Metadata == nil {
		return options, nil
	}
	payload := map[string]any{"key": p.Metadata.EventPayload.Key, "digest": p.Metadata.EventPayload.Digest, "entry": p.Metadata.EventPayload.Entry}
	if mark != "" {
		payload[nonce] = mark
	}
	return append(options, api.MsgOptionMetadata(api.SlackMetadata{EventType: p.Metadata.EventType, EventPayload: payload})), nil
}

// MemberByEmail finds a member of the workspace. It needs users:read.email.
func (c *Client) MemberByEmail(ctx context.Context, email string) (string, error) {
	id := ""
	err := c.call(ctx, try{}, func(ctx context.Context) error {
		user, err := c.api.GetUserByEmailContext(ctx, email)
		if codeOf(err) == "users_not_found" {
			return nil
		}
		if err == nil {
			id = user.ID
		}
		return err
	})
	return id, err
}

// gone marks the faults of a message that is not there any more.
func gone(err error) error {
	switch refusedWith(err) {
	case "message_not_found", "thread_not_found":
		return fmt.Errorf("%w: %w", message.ErrGone, err)
	}
	return err
}

// channelID is what the methods that read a channel ask for; only posting
// takes a name too.
var channelID = regexp.MustCompile(`^[CGD][A-Z0-9]{8,20}$`)

// since is a time as Slack writes it in timestamps.
func since(seconds int64) string { return strconv.FormatInt(seconds, 10) + ".000000" }
