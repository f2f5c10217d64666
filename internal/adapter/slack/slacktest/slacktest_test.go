package slacktest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/slack/slacktest"
)

func section(text string) string {
	return fmt.Sprintf(`{"type":"section","text":{"type":"plain_text","text":%q}}`, text)
}

// Each rule must be able to refuse, and the good message must pass all.
func TestCheckRefuses(t *testing.T) {
	button := `{"type":"button","text":{"type":"plain_text","text":"x"},"url":"https://x.y","action_id":"%s"}`
	fields := func(n int) string {
		return `{"type":"section","fields":[` + strings.TrimSuffix(strings.Repeat(`{"type":"mrkdwn","text":"*a*"},`, n), ",") + `]}`
	}
	good := []string{
		`{"type":"header","text":{"type":"plain_text","text":"` + strings.Repeat("a", 150) + `","emoji":false}}`,
		section(strings.Repeat("a", 3000)), fields(10), `{"type":"divider"}`,
		`{"type":"context","elements":[{"type":"mrkdwn","text":"<https://x.y|z> <@U0123456789> &amp; &lt;"}]}`,
		`{"type":"actions","elements":[` + fmt.Sprintf(button, "a") + `]}`,
		`{"type":"image","image_url":"https://x.y/z.png","alt_text":"z"}`,
	}
	if code, detail := slacktest.Check("x", json.RawMessage("["+strings.Join(good, ",")+"]")); code != "" {
		t.Fatalf("the good one: %s: %s", code, detail)
	}
	for name, c := range map[string]struct{ text, blocks, code string }{
		"nothing at all":         {"", "", "no_text"},
		"half an entity":         {"a & b", "", "invalid_arguments"},
		"no list":                {"x", `{}`, "invalid_blocks_format"},
		"51 blocks":              {"x", "[" + strings.TrimSuffix(strings.Repeat(`{"type":"divider"},`, 51), ",") + "]", "invalid_blocks"},
		"too much in all":        {"x", "[" + strings.TrimSuffix(strings.Repeat(section(strings.Repeat("a", 2700))+",", 5), ",") + "]", "msg_blocks_too_long"},
		"a long header":          {"x", `[{"type":"header","text":{"type":"plain_text","text":"` + strings.Repeat("a", 151) + `"}}]`, "invalid_blocks"},
		"a marked header":        {"x", `[{"type":"header","text":{"type":"mrkdwn","text":"x"}}]`, "invalid_blocks"},
		"a header of two lines":  {"x", `[{"type":"header","text":{"type":"plain_text","text":"x\ny"}}]`, "invalid_blocks"},
		"a long section":         {"x", "[" + section(strings.Repeat("a", 3001)) + "]", "invalid_blocks"},
		"long in UTF-16":         {"x", "[" + section(strings.Repeat("😀", 1501)) + "]", "invalid_blocks"},
		"an empty text":          {"x", "[" + section("") + "]", "invalid_blocks"},
		"an empty section":       {"x", `[{"type":"section"}]`, "invalid_blocks"},
		"11 fields":              {"x", "[" + fields(11) + "]", "invalid_blocks"},
		"a long field":           {"x", `[{"type":"section","fields":[{"type":"mrkdwn","text":"` + strings.Repeat("a", 2001) + `"}]}]`, "invalid_blocks"},
		"emoji on mrkdwn":        {"x", `[{"type":"section","text":{"type":"mrkdwn","text":"x","emoji":true}}]`, "invalid_blocks"},
		"verbatim on plain text": {"x", `[{"type":"section","text":{"type":"plain_text","text":"x","verbatim":true}}]`, "invalid_blocks"},
		"a bare <":               {"x", "[" + section("a < b") + "]", "invalid_blocks"},
		"a cut link":             {"x", `[{"type":"section","text":{"type":"mrkdwn","text":"<https://x.y|z"}}]`, "invalid_blocks"},
		"a cut entity":           {"x", "[" + section("a &am") + "]", "invalid_blocks"},
		"11 elements":            {"x", `[{"type":"context","elements":[` + strings.TrimSuffix(strings.Repeat(`{"type":"mrkdwn","text":"a"},`, 11), ",") + `]}]`, "invalid_blocks"},
		"no button":              {"x", `[{"type":"actions","elements":[]}]`, "invalid_blocks"},
		"two of one id":          {"x", `[{"type":"actions","elements":[` + fmt.Sprintf(button+","+button, "a", "a") + `]}]`, "invalid_blocks"},
		"a button of no address": {"x", `[{"type":"actions","elements":[` + strings.Replace(fmt.Sprintf(button, "a"), "https://x.y", "x.y", 1) + `]}]`, "invalid_blocks"},
		"a long button":          {"x", `[{"type":"actions","elements":[` + strings.Replace(fmt.Sprintf(button, "a"), `"text":"x"`, `"text":"`+strings.Repeat("a", 76)+`"`, 1) + `]}]`, "invalid_blocks"},
		"a style there is not":   {"x", `[{"type":"actions","elements":[` + strings.Replace(fmt.Sprintf(button, "a"), `"action_id"`, `"style":"blue","action_id"`, 1) + `]}]`, "invalid_blocks"},
		"an image of no words":   {"x", `[{"type":"image","image_url":"https://x.y","alt_text":""}]`, "invalid_blocks"},
		"a long address":         {"x", `[{"type":"image","image_url":"https://x.y/` + strings.Repeat("a", 3000) + `","alt_text":"x"}]`, "invalid_blocks"},
		"a member there is not":  {"x", `[{"type":"divider","color":"red"}]`, "invalid_blocks"},
		"a block there is not":   {"x", `[{"type":"banner"}]`, "invalid_blocks"},
	} {
		t.Run(name, func(t *testing.T) {
			if code, detail := slacktest.Check(c.text, json.RawMessage(c.blocks)); code != c.code {
				t.Errorf("%q (%s), want %s", code, detail, c.code)
			}
		})
	}
}

func TestTheServerRefuses(t *testing.T) {
	s := slacktest.New(slacktest.Workspace{
		Token: "t", Scopes: []string{"chat:write", "groups:history", "channels:history"},
		Channels: []slacktest.Channel{{ID: "C1", Name: "in", Member: true}, {ID: "C2", Name: "out"}, {ID: "C3", Name: "old", Archived: true, Member: true}, {ID: "C4", Name: "hid", Private: true}},
		Webhooks: map[string]string{"/services/a": "C1", "/services/b": "C3"},
	})
	server := httptest.NewServer(s)
	defer server.Close()
	call := func(path, kind, body string) string {
		t.Helper()
		answer, err := http.Post(server.URL+path, kind, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		return fmt.Sprint(answer.StatusCode, " ", string(text))
	}
	api := func(method string, pairs ...string) string {
		form := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return call("/api/"+method, "application/x-www-form-urlencoded", form.Encode())
	}
	if got := api("chat.postMessage", "token", "t", "channel", "#in", "text", "x"); !strings.Contains(got, `"ok":true`) {
		t.Fatal(got)
	}
	if got := call("/services/a", "application/json", `{"text":"x"}`); got != "200 ok" {
		t.Fatal(got)
	}
	own, foreign := s.Messages()[0].TS, s.Messages()[1].TS
	for want, got := range map[string]string{
		"not_authed":          api("chat.postMessage", "channel", "C1", "text", "x"),
		"invalid_auth":        api("chat.postMessage", "token", "u", "channel", "C1", "text", "x"),
		"not_in_channel":      api("chat.postMessage", "token", "t", "channel", "C2", "text", "x"),
		"is_archived":         api("chat.postMessage", "token", "t", "channel", "C3", "text", "x"),
		"channel_not_found":   api("chat.postMessage", "token", "t", "channel", "C4", "text", "x"),
		"missing_scope":       api("users.lookupByEmail", "token", "t", "email", "a@b.c"),
		"unknown_method":      api("chat.dance", "token", "t", "channel", "C1"),
		"message_not_found":   api("chat.update", "token", "t", "channel", "C1", "ts", "1.1", "text", "x"),
		"cant_update_message": api("chat.update", "token", "t", "channel", "C1", "ts", foreign, "text", "x"),
		"msg_too_long":        api("chat.update", "token", "t", "channel", "C1", "ts", own, "text", strings.Repeat("x", 4001)),
		"no_text":             api("chat.postMessage", "token", "t", "channel", "C1"),
		"invalid_blocks":      api("chat.postMessage", "token", "t", "channel", "C1", "blocks", `[{"type":"x"}]`),
		"invalid_metadata":    api("chat.postMessage", "token", "t", "channel", "C1", "text", "x", "metadata", `{"event_type":"a b"}`),
		"thread_not_found":    api("conversations.replies", "token", "t", "channel", "C1", "ts", "1.1", "limit", "9"),
		"invalid_limit":       api("conversations.history", "token", "t", "channel", "C1", "limit", "5000"),
		"404 no_service":      call("/services/z", "application/json", `{"text":"x"}`),
		"410 channel_is_arch": call("/services/b", "application/json", `{"text":"x"}`),
		"400 invalid_payload": call("/services/a", "application/json", `{`),
		"400 no_text":         call("/services/a", "application/json", `{}`),
		"400 invalid_blocks":  call("/services/a", "application/json", `{"blocks":[{"type":"x"}]}`),
		"invalid_form_data":   call("/api/chat.postMessage", "text/plain", "%zz"),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s: got %s", want, got)
		}
	}
	if n := len(s.Messages()); n != 2 {
		t.Errorf("%d messages stand there", n)
	}
	// Names are for posting alone.
	if got := api("conversations.history", "token", "t", "channel", "in", "limit", "9"); !strings.Contains(got, "channel_not_found") {
		t.Error(got)
	}
	s.Delete(own)
	if n := len(s.Messages()); n != 1 || len(s.Calls()) < 20 {
		t.Errorf("%d messages, %d calls", n, len(s.Calls()))
	}
}
