package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// Messenger is Slack, as a bot's token may see it.
type Messenger interface {
	// Token says whose it is and what it may do. ErrToken is one that is not taken.
	Token(ctx context.Context) (Bot, error)
	// Channel finds one by its id or name: ErrNone where there is none that the bot
	// sees, ErrScope where its token may not look.
	Channel(ctx context.Context, channel string) (Channel, error)
}

// ErrScope says that a token may not look.
var ErrScope = errors.New("the token lacks the scope for it")

// Bot is the app behind a token. Scopes is nil where Slack does not tell them.
type Bot struct {
	Team, Name string
	Scopes     []string
}

// Channel is one of Slack's.
type Channel struct {
	ID, Name         string
	Member, Archived bool
}

// The scopes: without the first nothing is posted, with the others a message is
// found again after a lost answer, and a channel is looked at. Source:
// docs.slack.dev, chat.postMessage, conversations.history, conversations.info.
var (
	mustScopes = []string{"chat:write"}
	wishScopes = []string{"channels:history", "channels:read"}
)

const (
	checkSlack  = "slack.token"
	checkScopes = "slack.scopes"
)

// SlackChecks are those at Slack.
func SlackChecks(p Plan, m Messenger) []Check {
	if p.Channel == "" {
		return nil
	}
	if m == nil {
		m = noMessenger{}
	}
	return []Check{
		{Name: checkSlack, Part: Slack, Title: "token", Wanted: "a bot token that Slack accepts", Source: "auth.test", Look: func(ctx context.Context) Answer { return slackToken(ctx, p, m) }},
		{Name: checkScopes, Part: Slack, Title: "scopes", Wanted: strings.Join(mustScopes, ", ") + "; for messages that are found again " + strings.Join(wishScopes, ", "), Source: "auth.test, x-oauth-scopes", Needs: []string{checkSlack}, Look: func(ctx context.Context) Answer { return slackScopes(ctx, m) }},
		{Name: "slack.channel", Part: Slack, Title: "channel " + p.Channel, Wanted: "it is there, not archived, and the bot is a member", Source: "conversations.info, conversations.list", Needs: []string{checkScopes}, Look: func(ctx context.Context) Answer { return slackChannel(ctx, p, m) }},
	}
}

// errNoToken is for a token that was not given.
var errNoToken = errors.New("no token was given")

type noMessenger struct{}

func (noMessenger) Token(context.Context) (Bot, error) { return Bot{}, errNoToken }

func (noMessenger) Channel(context.Context, string) (Channel, error) { return Channel{}, errNoToken }

// apps is where an app's token and scopes are; no command changes them.
const apps = "https://api.slack.com/apps"

func slackToken(ctx context.Context, p Plan, m Messenger) Answer {
	bot, err := m.Token(ctx)
	set := command("gh", "secret", "set", slackSecret, "--repo", p.Repository)
	switch {
	case errors.Is(err, errNoToken):
		return unknown("no token was given").also(set).step("Pass slack-token: ${{ secrets.%s }}; the command sets the secret.", slackSecret)
	case errors.Is(err, ErrToken):
		return fails("Slack does not accept the token: it was revoked, or is none", set).step("Install the app anew at %s (OAuth & Permissions), copy its bot token (xoxb-…), and give it to the command when it asks.", apps)
	case err != nil:
		return unasked(err)
	}
	return pass("%s in %s", bot.Name, bot.Team)
}

func slackScopes(ctx context.Context, m Messenger) Answer {
	bot, err := m.Token(ctx)
	switch {
	case err != nil:
		return unasked(err)
	case bot.Scopes == nil:
		return unknown("Slack has not told the token's scopes").step("Look at %s → OAuth & Permissions → Scopes.", apps)
	}
	lacks := func(scopes []string) []string { return missing(scopes, bot.Scopes) }
	if no := lacks(mustScopes); len(no) > 0 {
		return fails("missing: "+strings.Join(no, ", ")+"; there are "+list(bot.Scopes)).step("At %s → OAuth & Permissions → Bot Token Scopes add %s, install the app anew, and set the secret anew: no command does that.", apps, strings.Join(append(no, lacks(wishScopes)...), ", "))
	}
	if no := lacks(wishScopes); len(no) > 0 {
		return pass("%s; without %s a message is not found again, and the channel not looked at", list(bot.Scopes), strings.Join(no, ", "))
	}
	return pass("%s", list(bot.Scopes))
}

func slackChannel(ctx context.Context, p Plan, m Messenger) Answer {
	c, err := m.Channel(ctx, p.Channel)
	switch {
	case errors.Is(err, ErrScope):
		return unknown("the token lacks channels:read (groups:read for a private one), so that it cannot be looked at").step("Add the scope at %s, or try a message: notify --kind report --channel %s.", apps, p.Channel)
	case errors.Is(err, ErrNone):
		return fails("the bot sees no channel "+p.Channel, "/invite @BOT").step("Type the command in the channel, in Slack, with the app's name: a private one is hidden from whoever is no member. Or mend slack.channel of cutover.yaml.")
	case err != nil:
		return unasked(err)
	case c.Archived:
		return fails("it is archived", command("yq", "-i", `.slack.channel = "#ANOTHER"`, p.Config)).step("Or take it out of the archive in Slack.")
	case !c.Member:
		bot, _ := m.Token(ctx) // it was asked before
		if slices.Contains(bot.Scopes, "chat:write.public") {
			return pass("%s (%s); the bot is no member, and chat:write.public lets it post", c.Name, c.ID)
		}
		return fails("the bot is no member of #"+c.Name, "/invite @"+bot.Name).step("Type the command in the channel, in Slack.")
	}
	return pass("#%s (%s), and the bot is a member", c.Name, c.ID)
}
