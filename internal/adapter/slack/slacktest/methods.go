package slacktest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxBody bounds a request. Slack's own bound is not documented.
const maxBody = 1 << 20

// api answers a method of the Web API that was called with a form.
func (s *Server) api(method string, r *http.Request) reply {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return reply{status: http.StatusBadRequest}
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || r.Method != http.MethodPost {
		return refuse("invalid_form_data", "a form is asked for, by POST")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if code := s.knows(r, form); code != "" {
		return refuse(code, "the token")
	}
	if out, ok := s.about(method, form); ok {
		return out
	}
	channel, missing := s.channel(form.Get("channel"), method == "chat.postMessage")
	if method == "users.lookupByEmail" {
		missing = ""
	}
	if need := s.scopeFor(method, channel); need != "" {
		out := refuse("missing_scope", need)
		out.body = strings.Replace(out.body, `{`, `{"needed":`+strconv.Quote(need)+`,"provided":`+strconv.Quote(strings.Join(s.space.Scopes, ","))+`,`, 1)
		return out
	}
	if missing != "" {
		return refuse(missing, form.Get("channel"))
	}
	switch method {
	case "chat.postMessage":
		return s.post(channel, form)
	case "chat.update":
		return s.update(channel, form)
	case "conversations.history":
		return s.list(channel, form, "")
	case "conversations.replies":
		return s.list(channel, form, form.Get("ts"))
	case "users.lookupByEmail":
		id, ok := s.space.Members[form.Get("email")]
		if !ok {
			return refuse("users_not_found", form.Get("email"))
		}
		return accept(map[string]any{"user": map[string]any{"id": id}})
	}
	return refuse("unknown_method", method)
}

func contentOf(form url.Values) Content {
	c := Content{Text: form.Get("text")}
	if b := form.Get("blocks"); b != "" {
		c.Blocks = json.RawMessage(b)
	}
	if m := form.Get("metadata"); m != "" {
		c.Metadata = json.RawMessage(m)
	}
	return c
}

// post is D/reference/methods/chat.postMessage.
func (s *Server) post(c Channel, form url.Values) reply {
	switch {
	case c.Archived:
		return refuse("is_archived", c.Name)
	case !c.Member && !slices.Contains(s.space.Scopes, "chat:write.public"):
		return refuse("not_in_channel", c.Name)
	}
	content := contentOf(form)
	if code, detail := content.check(); code != "" {
		return refuse(code, detail)
	}
	thread := form.Get("thread_ts")
	// An unknown thread_ts posts a new message at top level instead: "Avoid
	// using a reply's ts value; use its parent instead." A parent that is gone
	// leaves the answer standing alone.
	if s.find(c.ID, thread) == nil {
		thread = ""
	}
	m := &Message{Channel: c.ID, TS: s.now(), ThreadTS: thread, Via: "token", Content: content}
	m.Broadcast = thread != "" && form.Get("reply_broadcast") == "true"
	s.messages = append(s.messages, m)
	return accept(map[string]any{"channel": c.ID, "ts": m.TS, "message": m.wire(true)})
}

// update is D/reference/methods/chat.update.
func (s *Server) update(c Channel, form url.Values) reply {
	m := s.find(c.ID, form.Get("ts"))
	switch {
	case m == nil:
		return refuse("message_not_found", form.Get("ts"))
	case m.Via != "token":
		return refuse("cant_update_message", "another's message")
	}
	content := contentOf(form)
	if code, detail := content.check(); code != "" {
		return refuse(code, detail)
	}
	// "The text field cannot exceed 4,000 characters" (errors, msg_too_long).
	if units(content.Text) > 4000 {
		return refuse("msg_too_long", "text")
	}
	m.Before = append(m.Before, m.Content)
	m.Content = content
	return accept(map[string]any{"channel": c.ID, "ts": m.TS, "text": m.Text})
}

func (s *Server) find(channel, ts string) *Message {
	for _, m := range s.messages {
		if m.Channel == channel && m.TS == ts {
			return m
		}
	}
	return nil
}

// list is D/reference/methods/conversations.history (newest first, answers in
// threads left out) and conversations.replies (the parent, then oldest first).
// Metadata comes only when it is asked for.
func (s *Server) list(c Channel, form url.Values, thread string) reply {
	if !c.Member {
		return refuse("not_in_channel", c.Name)
	}
	if thread != "" && s.find(c.ID, thread) == nil {
		return refuse("thread_not_found", thread)
	}
	limit, err := strconv.Atoi(form.Get("limit"))
	if err != nil || limit < 1 || limit > 999 {
		return refuse("invalid_limit", form.Get("limit"))
	}
	metadata := form.Get("include_all_metadata") == "1"
	var found []map[string]any
	for _, m := range s.messages {
		inThread := m.TS == thread || m.ThreadTS == thread
		shown := thread == "" && (m.ThreadTS == "" || m.Broadcast) && m.TS > form.Get("oldest")
		if m.Channel == c.ID && (thread != "" && inThread || shown) {
			found = append(found, s.inList(m, metadata))
		}
	}
	if thread == "" {
		slices.Reverse(found)
	}
	first, _ := strconv.Atoi(form.Get("cursor")) // empty begins at 0
	first = min(max(first, 0), len(found))
	last := min(first+limit, len(found))
	out := map[string]any{"messages": found[first:last], "has_more": last < len(found)}
	if last < len(found) {
		out["response_metadata"] = map[string]any{"next_cursor": strconv.Itoa(last)}
	}
	return accept(out)
}

// inList is a message in a list: a parent names itself as its thread there
// (D/messaging/retrieving-messages, "Finding threads").
func (s *Server) inList(m *Message, metadata bool) map[string]any {
	out := m.wire(metadata)
	for _, other := range s.messages {
		if other.ThreadTS == m.TS && other.Channel == m.Channel {
			out["thread_ts"] = m.TS
		}
	}
	return out
}

// wire is a message as the Web API returns it.
func (m *Message) wire(metadata bool) map[string]any {
	out := map[string]any{"type": "message", "ts": m.TS, "text": m.Text}
	if m.ThreadTS != "" {
		out["thread_ts"] = m.ThreadTS
	}
	if m.Blocks != nil {
		out["blocks"] = m.Blocks
	}
	if metadata && m.Metadata != nil {
		out["metadata"] = m.Metadata
	}
	return out
}

// webhook is D/messaging/sending-messages-using-incoming-webhooks: "ok" as
// text, or a status with a code as text ("Handling errors").
func (s *Server) webhook(r *http.Request) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	say := func(status int, code, detail string) reply {
		return reply{status: status, code: code, detail: detail, body: code}
	}
	id, ok := s.space.Webhooks[r.URL.Path]
	if !ok {
		return say(http.StatusNotFound, "no_service", "unknown path")
	}
	c, code := s.channel(id, false)
	if code != "" {
		return say(http.StatusNotFound, code, id)
	}
	if c.Archived {
		return say(http.StatusGone, "channel_is_archived", c.Name)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	var content Content
	if err != nil || json.Unmarshal(body, &content) != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return say(http.StatusBadRequest, "invalid_payload", "no JSON")
	}
	if code, detail := content.check(); code != "" {
		return say(http.StatusBadRequest, code, detail)
	}
	s.messages = append(s.messages, &Message{Channel: c.ID, TS: s.now(), Via: "webhook", Content: content})
	return reply{status: http.StatusOK, body: "ok"}
}
