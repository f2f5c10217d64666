package slack_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/slack"
	"github.com/cutover-dev/cutover/internal/adapter/slack/slacktest"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/message"
)

// Both kinds of client are what the capability asks for.
var (
	_ message.Keeper    = (*slack.Client)(nil)
	_ message.Directory = (*slack.Client)(nil)
	_ message.Poster    = (*slack.Webhook)(nil)
)

const (
	token = "xoxb-1-secret-token"
	hook  = "/services/T0/B0/secret-hook"
	room  = "C0123456789"
)

// world is a Slack on loopback, with a clock that only sleeping moves.
type world struct {
	*slacktest.Server
	url   string
	now   time.Time
	slept []time.Duration
}

func newWorld(t *testing.T, scopes ...string) *world {
	t.Helper()
	w := &world{now: time.Now(), Server: slacktest.New(slacktest.Workspace{
		Token: token, Scopes: append([]string{"chat:write"}, scopes...),
		Channels: []slacktest.Channel{
			{ID: room, Name: "deployments", Member: true}, {ID: "C1111111111", Name: "foreign"},
			{ID: "C2222222222", Name: "hidden", Private: true}, {ID: "C3333333333", Name: "old", Archived: true, Member: true},
		},
		Members:  map[string]string{"octo@example.com": "U0123456789"},
		Webhooks: map[string]string{hook: room},
	})}
	server := httptest.NewServer(w.Server)
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func (w *world) options() slack.Options {
	return slack.Options{
		BaseURL: w.url + "/api/", Random: func() float64 { return 0 },
		Clock: &slack.Clock{Now: func() time.Time { return w.now }, Sleep: func(_ context.Context, d time.Duration) error {
			w.now = w.now.Add(d)
			w.slept = append(w.slept, d)
			return nil
		}},
	}
}

func (w *world) client(t *testing.T) *slack.Client {
	t.Helper()
	c, err := slack.New(token, w.options())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) webhook(t *testing.T) *slack.Webhook {
	t.Helper()
	h, err := slack.NewWebhook(w.url+hook, w.options())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func payload(title, key string) message.Payload {
	return message.Draft(message.Order{Announcement: message.Announcement{
		Kind: message.Failed, Stage: "production", Title: title, Fields: []message.Field{{Name: "Branch", Value: "<a&b>"}},
	}, Key: key}, false)
}

var background = context.Background()

func TestPostUpdateReplyAndFind(t *testing.T) {
	w := newWorld(t, "channels:history", "users:read.email")
	c := w.client(t)
	if at, err := c.Find(background, room, "k"); err != nil || at.TS != "" {
		t.Fatalf("found %v in an empty channel, %v", at, err)
	}
	at, err := c.Post(background, message.Target{Channel: "#deployments"}, payload("one", "k"))
	if err != nil || at.Channel != room || at.TS == "" {
		t.Fatalf("posted at %v, %v", at, err)
	}
	if err := c.Update(background, at, payload("two", "k")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Post(background, message.Target{Channel: room, Thread: at.TS, Broadcast: true}, payload("three", "k")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Post(background, message.Target{Channel: room}, payload("other", "other")); err != nil {
		t.Fatal(err)
	}
	all := w.Messages()
	if len(all) != 3 || len(all[0].Before) != 1 || all[1].ThreadTS != at.TS || !all[1].Broadcast {
		t.Fatalf("Slack holds %+v", all)
	}
	for i, part := range []string{"two", "three", "other"} {
		if !strings.Contains(string(all[i].Blocks), part) || !strings.Contains(all[i].Text, part) {
			t.Errorf("message %d lacks %q: %s", i, part, all[i].Blocks)
		}
	}
	var blocks, want any
	sent, _ := json.Marshal(payload("two", "k").Blocks)
	_, _ = json.Unmarshal(all[0].Blocks, &blocks), json.Unmarshal(sent, &want)
	if fmt.Sprint(blocks) != fmt.Sprint(want) {
		t.Errorf("the blocks arrived as %v, sent %v", blocks, want)
	}
	seen, err := c.Look(background, at)
	if err != nil || seen.Message != payload("two", "k").Metadata.EventPayload || !slices.Equal(seen.Entries, []string{payload("three", "k").Metadata.EventPayload.Digest}) {
		t.Errorf("seen %+v, %v", seen, err)
	}
	if found, err := c.Find(background, room, "other"); err != nil || found.TS != all[2].TS {
		t.Errorf("found %v, %v", found, err)
	}
	if found, err := c.Find(background, room, "k"); err != nil || found != at {
		t.Errorf("found %v, %v: not the message but its broadcast entry?", found, err)
	}
	for email, want := range map[string]string{"octo@example.com": "U0123456789", "nobody@example.com": ""} {
		if id, err := c.MemberByEmail(background, email); err != nil || id != want {
			t.Errorf("%s is %q, %v", email, id, err)
		}
	}
}

// What Slack would parse or unfold by itself is switched off each time.
//
// Attack: slack-injection
func TestNothingIsParsedOrUnfolded(t *testing.T) {
	var forms []url.Values
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		forms = append(forms, r.PostForm)
		_, _ = w.Write([]byte(`{"ok":true,"channel":"C0123456789","ts":"1.1"}`))
	}))
	defer server.Close()
	c, err := slack.New(token, slack.Options{BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	_, post := c.Post(background, message.Target{Channel: room}, payload("x", "k"))
	if err := errors.Join(post, c.Update(background, message.Place{Channel: room, TS: "1.1"}, payload("x", "k"))); err != nil || len(forms) != 2 {
		t.Fatalf("%v, %d calls", err, len(forms))
	}
	for _, form := range forms {
		for name, want := range map[string]string{"parse": "none", "mrkdwn": "false", "unfurl_links": "false", "unfurl_media": "false", "link_names": ""} {
			if got := form.Get(name); got != want {
				t.Errorf("%s is %q", name, got)
			}
		}
	}
}

// A token or a message goes to no address that was not configured.
//
// Attack: token-by-redirect, stolen-slack-token
func TestRedirectsAreNotFollowed(t *testing.T) {
	reached := 0
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	defer elsewhere.Close()
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	c, err := slack.New(token, slack.Options{BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	h, err := slack.NewWebhook(server.URL+hook, slack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, post := c.Post(background, message.Target{Channel: room}, payload("x", ""))
	_, say := h.Post(background, message.Target{}, payload("x", ""))
	if post == nil || say == nil || reached != 0 {
		t.Errorf("%v, %v, reached %d times", post, say, reached)
	}
}

// A webhook takes no metadata, so none is sent.
func TestAWebhookSendsNoMetadata(t *testing.T) {
	w := newWorld(t)
	if _, err := w.webhook(t).Post(background, message.Target{}, payload("x", "k")); err != nil || w.Messages()[0].Metadata != nil || w.Messages()[0].Via != "webhook" {
		t.Errorf("%v, %+v", err, w.Messages())
	}
}

// A thread of more than one page is read to its end.
func TestLookReadsOn(t *testing.T) {
	w := newWorld(t, "channels:history")
	c := w.client(t)
	at, err := c.Post(background, message.Target{Channel: room}, payload("head", "k"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 250 {
		if _, err := c.Post(background, message.Target{Channel: room, Thread: at.TS}, payload(fmt.Sprint(i), "k")); err != nil {
			t.Fatal(err)
		}
	}
	if seen, err := c.Look(background, at); err != nil || len(seen.Entries) != 250 {
		t.Errorf("%d entries, %v", len(seen.Entries), err)
	}
}

func TestRetries(t *testing.T) {
	down := slacktest.Fault{Status: 503, Body: "<html>down</html>"}
	for name, c := range map[string]struct {
		faults []slacktest.Fault
		slept  []time.Duration
	}{
		"nothing fails":               {nil, nil},
		"as long as Slack asks":       {[]slacktest.Fault{{Status: 429, RetryAfter: "7"}}, []time.Duration{7 * time.Second}},
		"429 without a time":          {[]slacktest.Fault{{Status: 429}}, []time.Duration{500 * time.Millisecond}},
		"429 with nonsense":           {[]slacktest.Fault{{Status: 429, RetryAfter: "soon"}}, []time.Duration{500 * time.Millisecond}},
		"rate limit in the answer":    {[]slacktest.Fault{{Code: "ratelimited", RetryAfter: "2"}}, []time.Duration{2 * time.Second}},
		"down twice, longer and more": {[]slacktest.Fault{down, down}, []time.Duration{500 * time.Millisecond, time.Second}},
		"slow":                        {[]slacktest.Fault{{Delay: 50 * time.Millisecond}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for _, f := range c.faults {
				f.Method = "chat.postMessage"
				w.Fail(f)
			}
			if _, err := w.client(t).Post(background, message.Target{Channel: room}, payload("x", "")); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(w.slept, c.slept) || len(w.Messages()) != 1 {
				t.Errorf("slept %v, want %v; %d messages", w.slept, c.slept, len(w.Messages()))
			}
			if strings.HasPrefix(name, "rate limit") {
				return // a webhook has no such answer
			}
			h := newWorld(t)
			h.Fail(c.faults...)
			if _, err := h.webhook(t).Post(background, message.Target{}, payload("x", "")); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(h.slept, c.slept) || len(h.Messages()) != 1 {
				t.Errorf("webhook: slept %v, want %v; %d messages", h.slept, c.slept, len(h.Messages()))
			}
		})
	}
}

func TestJitterIsAdded(t *testing.T) {
	w := newWorld(t)
	w.Fail(slacktest.Fault{Status: 429, RetryAfter: "7"})
	o := w.options()
	o.Random = func() float64 { return 0.5 }
	c, err := slack.New(token, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Post(background, message.Target{Channel: room}, payload("x", "")); err != nil || w.slept[0] != 7250*time.Millisecond {
		t.Errorf("slept %v, %v", w.slept, err)
	}
}

func TestTheBudgetHolds(t *testing.T) {
	w := newWorld(t)
	w.Fail(slacktest.Fault{Status: 429, RetryAfter: "3600"})
	_, err := w.client(t).Post(background, message.Target{Channel: room}, payload("x", ""))
	if fault.KindOf(err) != fault.Outside || !strings.Contains(err.Error(), "1h0m0s") || len(w.slept) != 0 {
		t.Errorf("%v, slept %v", err, w.slept)
	}
	w = newWorld(t)
	for range 20 {
		w.Fail(slacktest.Fault{Status: 500, Method: "chat.postMessage"})
	}
	start := w.now
	_, err = w.client(t).Post(background, message.Target{Channel: room}, payload("x", ""))
	if err == nil || w.now.Sub(start) > slack.DefaultBudget || len(w.Calls()) > 12 {
		t.Errorf("%v after %v and %d calls", err, w.now.Sub(start), len(w.Calls()))
	}
}

// The answer to a post was lost: it must not stand there twice, and where
// nobody can look, the fault says that it may stand there.
func TestALostAnswerIsNoSecondMessage(t *testing.T) {
	taken, lost := slacktest.Fault{Method: "chat.postMessage", Take: true, Drop: true}, slacktest.Fault{Method: "chat.postMessage", Drop: true}
	failed := slacktest.Fault{Method: "chat.postMessage", Take: true, Status: 500}
	for name, c := range map[string]struct {
		fault    slacktest.Fault
		scopes   []string
		channel  string
		messages int
		err      string
	}{
		"taken, and it can look":           {taken, []string{"channels:history"}, room, 1, ""},
		"taken with a 500, and it looks":   {failed, []string{"channels:history"}, room, 1, ""},
		"lost, and it can look":            {lost, []string{"channels:history"}, room, 1, ""},
		"taken, and it cannot look":        {taken, nil, room, 1, "it may have been posted"},
		"lost, and it cannot look":         {lost, nil, room, 0, "it may have been posted"},
		"taken, in a channel by its name":  {taken, []string{"channels:history"}, "deployments", 1, "it may have been posted"},
		"an answer that breaks off":        {slacktest.Fault{Method: "chat.postMessage", Take: true, Body: `{"ok":tr`}, nil, room, 1, "it may have been posted"},
		"Slack failed and is not sure":     {slacktest.Fault{Method: "chat.postMessage", Take: true, Code: "internal_error"}, nil, room, 1, "it may have been posted"},
		"a 503 before anything was taken":  {slacktest.Fault{Method: "chat.postMessage", Status: 503}, nil, room, 1, ""},
		"a refusal is not looked up twice": {slacktest.Fault{Method: "chat.postMessage", Code: "invalid_blocks"}, []string{"channels:history"}, room, 0, "invalid_blocks"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.scopes...)
			w.Fail(c.fault)
			at, err := w.client(t).Post(background, message.Target{Channel: c.channel}, payload("x", "k"))
			if n := len(w.Messages()); n != c.messages {
				t.Errorf("%d messages stand there, want %d", n, c.messages)
			}
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("error %v, want %q", err, c.err)
			}
			if err == nil && at.TS != w.Messages()[0].TS {
				t.Errorf("it says %v", at)
			}
		})
	}
}

func TestALostAnswerInAThreadIsLookedUpThere(t *testing.T) {
	w := newWorld(t, "channels:history")
	c := w.client(t)
	at, err := c.Post(background, message.Target{Channel: room}, payload("head", "k"))
	if err != nil {
		t.Fatal(err)
	}
	w.Fail(slacktest.Fault{Method: "chat.postMessage", Take: true, Drop: true})
	if _, err := c.Post(background, message.Target{Channel: room, Thread: at.TS}, payload("entry", "k")); err != nil || len(w.Messages()) != 2 {
		t.Errorf("%v, %d messages", err, len(w.Messages()))
	}
}

// Changing the same message twice is harmless, so an update is tried again.
func TestALostAnswerToAnUpdateIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	c := w.client(t)
	at, err := c.Post(background, message.Target{Channel: room}, payload("one", "k"))
	if err != nil {
		t.Fatal(err)
	}
	w.Fail(slacktest.Fault{Method: "chat.update", Take: true, Drop: true})
	if err := c.Update(background, at, payload("two", "k")); err != nil || len(w.Messages()[0].Before) != 2 {
		t.Errorf("%v, %+v", err, w.Messages())
	}
}

func TestAWebhookIsNotRepeatedBlindly(t *testing.T) {
	w := newWorld(t)
	w.Fail(slacktest.Fault{Take: true, Drop: true})
	_, err := w.webhook(t).Post(background, message.Target{}, payload("x", ""))
	if err == nil || !strings.Contains(err.Error(), "it may have been posted") || len(w.Messages()) != 1 {
		t.Errorf("%v, %d messages", err, len(w.Messages()))
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		channel string
		token   string
		fault   slacktest.Fault
		kind    fault.Kind
		want    []string
	}{
		"a wrong token":           {room, "xoxb-other", slacktest.Fault{}, fault.Input, []string{"does not accept the token", "invalid_auth", "xoxb-…"}},
		"a channel there is not":  {"nowhere", token, slacktest.Fault{}, fault.Input, []string{"channel_not_found", "Check the channel"}},
		"a private one":           {"hidden", token, slacktest.Fault{}, fault.Input, []string{"channel_not_found", "/invite"}},
		"not invited":             {"foreign", token, slacktest.Fault{}, fault.Input, []string{"not_in_channel", "chat:write.public"}},
		"an archived one":         {"old", token, slacktest.Fault{}, fault.Input, []string{"is_archived"}},
		"blocks refused":          {room, token, slacktest.Fault{Code: "invalid_blocks"}, fault.Refused, []string{"invalid_blocks", "--dry-run"}},
		"too long":                {room, token, slacktest.Fault{Code: "msg_too_long"}, fault.Refused, []string{"msg_too_long"}},
		"a code of tomorrow":      {room, token, slacktest.Fault{Code: "brand_new"}, fault.Outside, []string{"brand_new", "documentation"}},
		"a page of a proxy":       {room, token, slacktest.Fault{Status: 403, Body: "<html>" + token}, fault.Input, []string{"HTTP status 403", "SLACK_API_URL"}},
		"a redirect":              {room, token, slacktest.Fault{Status: 307, Body: ""}, fault.Input, []string{"HTTP status 307"}},
		"a page that says 200":    {room, token, slacktest.Fault{Body: "<html>" + token}, fault.Outside, []string{"not its API's JSON"}},
		"an error with the token": {room, token, slacktest.Fault{Code: token}, fault.Outside, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if c.fault != (slacktest.Fault{}) {
				w.Fail(c.fault)
			}
			client, err := slack.New(c.token, w.options())
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Post(background, message.Target{Channel: c.channel}, payload("x", ""))
			if fault.KindOf(err) != c.kind || len(w.Messages()) != 0 {
				t.Fatalf("%v (%v), %d messages", err, fault.KindOf(err), len(w.Messages()))
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%v lacks %q", err, part)
				}
			}
			if strings.Contains(err.Error(), "secret-") {
				t.Errorf("the token shows: %v", err)
			}
		})
	}
}

func TestWebhookRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		path  string
		fault slacktest.Fault
		kind  fault.Kind
		want  string
	}{
		"an old address":     {"/services/T0/B0/secret-gone", slacktest.Fault{}, fault.Input, "no_service"},
		"blocks refused":     {hook, slacktest.Fault{Status: 400, Body: "invalid_blocks"}, fault.Refused, "--dry-run"},
		"prohibited":         {hook, slacktest.Fault{Status: 403, Body: "action_prohibited"}, fault.Input, "administrator"},
		"a page":             {hook, slacktest.Fault{Status: 404, Body: "<html>" + hook}, fault.Input, "HTTP status 404"},
		"a page that is 200": {hook, slacktest.Fault{Body: "<html>" + hook}, fault.Outside, "not its API's JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if c.fault != (slacktest.Fault{}) {
				w.Fail(c.fault)
			}
			h, err := slack.NewWebhook(w.url+c.path, w.options())
			if err != nil {
				t.Fatal(err)
			}
			_, err = h.Post(background, message.Target{}, payload("x", ""))
			if fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret-") {
				t.Errorf("%v (%v)", err, fault.KindOf(err))
			}
		})
	}
}

func TestNoConnectionIsTriedAgainAndTellsNoAddress(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	w := newWorld(t)
	w.url = server.URL
	_, err := w.webhook(t).Post(background, message.Target{}, payload("x", ""))
	if fault.KindOf(err) != fault.Outside || !strings.Contains(err.Error(), "cannot be reached") || strings.Contains(err.Error(), "127.0.0.1") || len(w.slept) < 3 {
		t.Errorf("%v, slept %v", err, w.slept)
	}
	if strings.Contains(err.Error(), "may have been posted") {
		t.Errorf("nothing was sent: %v", err)
	}
	w.slept = nil
	if _, err = w.client(t).Post(background, message.Target{Channel: room}, payload("x", "")); !strings.Contains(err.Error(), "cannot be reached") || len(w.slept) < 3 {
		t.Errorf("%v, slept %v", err, w.slept)
	}
}

func TestReadingNeedsItsScopes(t *testing.T) {
	w := newWorld(t)
	c := w.client(t)
	_, find := c.Find(background, room, "k")
	_, name := c.Find(background, "deployments", "k")
	_, look := c.Look(background, message.Place{Channel: room, TS: "1.1"})
	for _, err := range []error{find, name, look} {
		if !errors.Is(err, message.ErrBlind) {
			t.Errorf("%v", err)
		}
	}
	if !strings.Contains(find.Error(), "channels:history") {
		t.Errorf("the scope is not named: %v", find)
	}
	if _, err := c.MemberByEmail(background, "octo@example.com"); err == nil || !strings.Contains(err.Error(), "users:read.email") {
		t.Errorf("%v", err)
	}
	w = newWorld(t, "channels:history")
	c = w.client(t)
	gone := message.Place{Channel: room, TS: "1.1"}
	if _, err := c.Look(background, gone); !errors.Is(err, message.ErrGone) {
		t.Errorf("%v", err)
	}
	if err := c.Update(background, gone, payload("x", "")); !errors.Is(err, message.ErrGone) {
		t.Errorf("%v", err)
	}
}

func TestACancelledRunEndsAtOnce(t *testing.T) {
	w := newWorld(t)
	w.Fail(slacktest.Fault{Delay: 10 * time.Second})
	ctx, cancel := context.WithCancelCause(background)
	cause := &fault.Fault{Kind: fault.Outside, What: "cancelled by interrupt"}
	time.AfterFunc(50*time.Millisecond, func() { cancel(cause) })
	start := time.Now()
	_, err := w.client(t).Post(ctx, message.Target{Channel: room}, payload("x", ""))
	if !errors.Is(err, cause) || time.Since(start) > 3*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

func TestASlowSlackIsGivenUp(t *testing.T) {
	w := newWorld(t)
	w.Fail(slacktest.Fault{Delay: 5 * time.Second})
	c, err := slack.New(token, slack.Options{BaseURL: w.url, Budget: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	_, err = c.Post(background, message.Target{Channel: room}, payload("x", ""))
	if err == nil || !strings.Contains(err.Error(), "does not answer in time") || !strings.Contains(err.Error(), "may have been posted") || time.Since(start) > 2*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

// Attack: stolen-slack-token
func TestAddressesThatWouldGiveSecretsAway(t *testing.T) {
	for address, fine := range map[string]bool{
		"https://slack.com/api/": true, "http://127.0.0.1:1/x": true, "http://localhost/x": true, "http://[::1]:8/": true,
		"http://slack.com/api/": false, "http://127.0.0.1.evil.example/": false, "ftp://slack.com": false,
		"slack.com/secret": false, "https://user:secret@slack.com": false, "": false, "https://\x7fsecret": false,
	} {
		_, err := slack.NewWebhook(address, slack.Options{})
		if (err == nil) != fine || err != nil && strings.Contains(err.Error(), "secret without") != strings.HasPrefix(address, "http://") || err != nil && strings.Contains(err.Error(), address) && address != "" {
			t.Errorf("%q: %v", address, err)
		}
		if address == "" {
			continue // means Slack itself
		}
		if _, err := slack.New(token, slack.Options{BaseURL: address}); (err == nil) != fine {
			t.Errorf("%q: %v", address, err)
		}
	}
}
