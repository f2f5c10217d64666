package slack

import (
	"context"
	"fmt"
	"strings"

	api "github.com/slack-go/slack"

	"github.com/cutover-dev/cutover/internal/doctor"
)

var _ doctor.Messenger = (*Client)(nil)

// mostChannels bounds how many pages of a workspace's channels are looked through.
const mostChannels = 25

// Token implements doctor.Messenger. The scopes stand in a header of every answer;
// source: docs.slack.dev/authentication/installing-with-oauth, "X-OAuth-Scopes".
func (c *Client) Token(ctx context.Context) (doctor.Bot, error) {
	var bot doctor.Bot
	err := c.call(ctx, try{}, func(ctx context.Context) error {
		answer, err := c.api.AuthTestContext(ctx)
		if err != nil {
			return err
		}
		bot = doctor.Bot{Team: answer.Team, Name: answer.User}
		if said := answer.Header.Get("X-Oauth-Scopes"); said != "" {
			bot.Scopes = []string{}
			for s := range strings.SplitSeq(said, ",") {
				if s = strings.TrimSpace(s); scope.MatchString(s) {
					bot.Scopes = append(bot.Scopes, s)
				}
			}
		}
		return nil
	})
	return bot, looked(err)
}

// Channel implements doctor.Messenger: by its ID, else by its name among all that
// the bot sees.
func (c *Client) Channel(ctx context.Context, channel string) (doctor.Channel, error) {
	if channelID.MatchString(channel) {
		var found *api.Channel
		err := c.call(ctx, try{}, func(ctx context.Context) (err error) {
			found, err = c.api.GetConversationInfoContext(ctx, &api.GetConversationInfoInput{ChannelID: channel})
			return err
		})
		if err != nil {
			return doctor.Channel{}, looked(err)
		}
		return seenChannel(*found), nil
	}
	name, cursor := strings.TrimPrefix(channel, "#"), ""
	kinds := []string{"public_channel", "private_channel"}
	for range mostChannels {
		var page []api.Channel
		next := ""
		list := func(ctx context.Context) (err error) {
			page, next, err = c.api.GetConversationsContext(ctx, &api.GetConversationsParameters{Cursor: cursor, Limit: page200, Types: kinds})
			return err
		}
		err := c.call(ctx, try{}, list)
		if refusedWith(err) == "missing_scope" && len(kinds) > 1 {
			// Private ones take a scope of their own, groups:read.
			kinds = kinds[:1]
			err = c.call(ctx, try{}, list)
		}
		if err != nil {
			return doctor.Channel{}, looked(err)
		}
		for _, one := range page {
			if one.Name == name {
				return seenChannel(one), nil
			}
		}
		if cursor = next; cursor == "" {
			return doctor.Channel{}, doctor.ErrNone
		}
	}
	return doctor.Channel{}, fmt.Errorf("%w: the workspace has more than %d channels; name it by its ID", doctor.ErrScope, mostChannels*page200)
}

// page200 is what Slack recommends at most; source: conversations.list, "limit".
const page200 = 200

func seenChannel(c api.Channel) doctor.Channel {
	return doctor.Channel{ID: c.ID, Name: c.Name, Member: c.IsMember, Archived: c.IsArchived}
}

// looked marks what a doctor tells apart.
func looked(err error) error {
	switch refusedWith(err) {
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type":
		return fmt.Errorf("%w: %w", doctor.ErrToken, err)
	case "missing_scope":
		return fmt.Errorf("%w: %w", doctor.ErrScope, err)
	case "channel_not_found":
		return fmt.Errorf("%w: %w", doctor.ErrNone, err)
	}
	return err
}
