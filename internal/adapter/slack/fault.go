package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"

	api "github.com/slack-go/slack"

	"github.com/cutover-dev/cutover/internal/fault"
)

// advice is what a code of Slack's means here and what to do about it. Source
// of the codes: docs.slack.dev/reference/methods/chat.postMessage and
// chat.update, "Errors"; docs.slack.dev/messaging/sending-messages-using-
// incoming-webhooks, "Handling errors".
type advice struct {
	kind       fault.Kind
	what, next string
}

var (
	badToken   = advice{fault.Input, "Slack does not accept the token", "Put the app's bot token (xoxb-…) into the secret that feeds the input token; install the app anew if it was removed."}
	badWebhook = advice{fault.Input, "Slack does not know the webhook any more", "Make a new incoming webhook and put its address into the secret."}
	badBlocks  = advice{fault.Refused, "Slack refused the message's blocks", "Please report it with what --dry-run prints: cutover should have kept to the limits."}
	tooBusy    = advice{fault.Outside, "Slack limits the rate of messages", "Run it again later, or send fewer messages."}
	slackDown  = advice{fault.Outside, "Slack failed", "Run it again; slack-status.com says whether Slack is down."}
)

var advices = map[string]advice{
	"invalid_auth": badToken, "not_authed": badToken, "account_inactive": badToken,
	"token_revoked": badToken, "token_expired": badToken, "not_allowed_token_type": badToken,
	"no_service": badWebhook, "no_service_id": badWebhook, "no_team": badWebhook,
	"no_active_hooks": badWebhook, "invalid_token": badWebhook, "team_disabled": badWebhook,
	"invalid_blocks": badBlocks, "invalid_blocks_format": badBlocks, "msg_blocks_too_long": badBlocks,
	"msg_too_long": badBlocks, "no_text": badBlocks, "invalid_payload": badBlocks, "metadata_too_large": badBlocks,
	"ratelimited": tooBusy, "rate_limited": tooBusy, "message_limit_exceeded": tooBusy,
	"internal_error": slackDown, "fatal_error": slackDown, "service_unavailable": slackDown,
	"request_timeout": slackDown, "rollup_error": slackDown,
	"channel_not_found":   {fault.Input, "Slack knows no such channel, or hides it from the app", "Check the channel; invite the app into a private one (/invite)."},
	"not_in_channel":      {fault.Input, "the app is not in the channel", "Invite it there (/invite @app), or give it the scope chat:write.public."},
	"is_archived":         {fault.Input, "the channel is archived", "Name another channel, or take it out of the archive."},
	"channel_is_archived": {fault.Input, "the channel is archived", "Name another channel, or take it out of the archive."},
	"missing_scope":       {fault.Input, "the token lacks a scope", "Add it in the app's settings and install the app anew."},
	"restricted_action":   {fault.Input, "the workspace does not let the app post there", "Ask an administrator of the workspace, or name another channel."},
	"action_prohibited":   {fault.Input, "the workspace does not let the webhook post", "Ask an administrator of the workspace."},
	"cant_update_message": {fault.Input, "the message belongs to somebody else", "Pass the thread that this app's own step gave out."},
	"edit_window_closed":  {fault.Input, "the workspace does not let messages be changed any more", "Let the workspace allow changes, or leave the input thread out."},
	"message_not_found":   {fault.Input, "the message is gone", "Leave the input thread out."},
	"thread_not_found":    {fault.Input, "the message is gone", "Leave the input thread out."},
}

// code is how Slack names its errors. Nothing else of an answer is repeated.
var code = regexp.MustCompile(`^[a-z][a-z0-9_]{1,59}$`)

// scope is how Slack names its scopes.
var scope = regexp.MustCompile(`^[a-z][a-z0-9_.:-]{1,59}$`)

// codeOf returns the code that Slack gave, "" for none.
func codeOf(err error) string {
	var refused api.SlackErrorResponse
	if errors.As(err, &refused) && code.MatchString(refused.Err) {
		return refused.Err
	}
	var hook webhookRefusal
	if errors.As(err, &hook) {
		return string(hook)
	}
	return ""
}

// refusal is a fault that Slack gave a code for.
type refusal struct {
	error
	code string
}

func (r refusal) Unwrap() error { return r.error }

// refusedWith returns the code behind an explained error, "" for none.
func refusedWith(err error) string {
	var r refusal
	errors.As(err, &r)
	return r.code
}

// faultOf says what went wrong in cutover's own words.
func faultOf(err error, e *exchange) *fault.Fault {
	if c := codeOf(err); c != "" {
		a, ok := advices[c]
		if !ok {
			a = advice{fault.Outside, "Slack refused the call", "Look the code up in Slack's documentation of chat.postMessage."}
		}
		return &fault.Fault{Kind: a.kind, Name: "Slack", What: a.what + " (" + c + needed(err) + ")", Next: a.next}
	}
	var syntax *json.SyntaxError
	var what string
	switch {
	case e.status == http.StatusTooManyRequests:
		return &fault.Fault{Kind: tooBusy.kind, Name: "Slack", What: tooBusy.what, Next: tooBusy.next}
	case errors.Is(err, context.Canceled):
		return &fault.Fault{Kind: fault.Outside, Name: "Slack", What: "the call was cancelled", Next: "Run it again."}
	case e.status >= 300 && e.status < 500:
		return &fault.Fault{
			Kind: fault.Input, Name: "Slack", What: fmt.Sprintf("answers with HTTP status %d", e.status),
			Next: "Check SLACK_API_URL or the webhook's address, and what stands between this machine and Slack.",
		}
	case e.status >= http.StatusInternalServerError:
		what = fmt.Sprintf("answers with HTTP status %d", e.status)
	case errors.As(err, &syntax), e.status == http.StatusOK:
		what = "answers with something that is not its API's JSON"
	case errors.Is(err, context.DeadlineExceeded), timedOut(err):
		what = "does not answer in time"
	case errors.Is(err, io.EOF), e.sent:
		what = "closed the connection without an answer"
	default:
		what = "cannot be reached"
	}
	return &fault.Fault{Kind: fault.Outside, Name: "Slack", What: what, Next: slackDown.next}
}

func timedOut(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// needed names the scopes that Slack asks for.
func needed(err error) string {
	var refused api.SlackErrorResponse
	if !errors.As(err, &refused) {
		return ""
	}
	var scopes []string
	for s := range strings.SplitSeq(refused.Needed, ",") {
		if s = strings.TrimSpace(s); scope.MatchString(s) && len(scopes) < 5 {
			scopes = append(scopes, s)
		}
	}
	if len(scopes) == 0 {
		return ""
	}
	return ": " + strings.Join(scopes, ", ")
}
