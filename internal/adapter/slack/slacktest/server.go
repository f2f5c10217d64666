// Package slacktest is a Slack for tests and rehearsals: an http.Handler that
// keeps Slack's rules as far as cutover meets them, records what it was sent,
// and fails on request. Each rule names its source; below them, D stands for
// https://docs.slack.dev. What it does not know it refuses: a server that says
// yes to everything proves nothing.
package slacktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Channel is a conversation of the workspace.
type Channel struct {
	ID, Name string
	// Private channels are unknown to an app that is no member.
	Private, Archived bool
	// Member says that the app was invited.
	Member bool
}

// Workspace is what the server plays. All of it may be empty.
type Workspace struct {
	// Token is the one bot token that it knows.
	Token string
	// Scopes of the token. Empty means chat:write alone.
	Scopes   []string
	Channels []Channel
	// Members are the user IDs by e-mail address.
	Members map[string]string
	// Webhooks are the channels' IDs by the path of an incoming webhook.
	Webhooks map[string]string
}

// Message is a message as it stands in a channel.
type Message struct {
	Channel string `json:"channel"`
	TS      string `json:"ts"`
	// ThreadTS is the message that it answers, "" for none.
	ThreadTS  string `json:"thread_ts,omitempty"`
	Broadcast bool   `json:"broadcast,omitempty"`
	// Via is "token" or "webhook".
	Via string `json:"via"`
	Content
	// Before are its earlier contents, oldest first.
	Before []Content `json:"before,omitempty"`
}

// Content is what a message shows.
type Content struct {
	Text     string          `json:"text"`
	Blocks   json.RawMessage `json:"blocks,omitempty"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
}

// Call is one request that the server saw, and what it answered.
type Call struct {
	// Method is such as chat.postMessage, or "webhook".
	Method string `json:"method"`
	Status int    `json:"status"`
	// Code is Slack's error, "" when it was taken.
	Code string `json:"code,omitempty"`
	// Detail says for people why it was refused.
	Detail string `json:"detail,omitempty"`
}

// Fault is one failure to play instead of an answer.
type Fault struct {
	// Method that fails; empty for whichever comes next.
	Method string
	// Status of the answer; 0 leaves it.
	Status int
	// RetryAfter in seconds, sent if not empty.
	RetryAfter string
	// Code answers as a refusal of the API with this error.
	Code string
	// Body of the answer, as it is.
	Body string
	// Delay before anything happens.
	Delay time.Duration
	// Take carries the request out before it fails.
	Take bool
	// Drop closes the connection instead of answering.
	Drop bool
}

// Server is the handler. Its methods are safe for several goroutines.
type Server struct {
	mu       sync.Mutex
	space    Workspace
	messages []*Message
	calls    []Call
	faults   []Fault
	clock    int64
}

// New returns a server for a workspace.
func New(w Workspace) *Server {
	if len(w.Scopes) == 0 {
		w.Scopes = []string{"chat:write"}
	}
	return &Server{space: w}
}

// Fail queues failures; each is played once, in order, for its method.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// Messages returns what stands in all channels, in the order of posting.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Message, 0, len(s.messages))
	for _, m := range s.messages {
		all = append(all, *m)
	}
	return all
}

// Calls returns every request so far.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Delete removes a message, as a person may.
func (s *Server) Delete(ts string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = slices.DeleteFunc(s.messages, func(m *Message) bool { return m.TS == ts })
}

// reply is an answer before it is written.
type reply struct {
	status int
	// code is an error of Slack's, detail its reason.
	code, detail string
	body         string
	header       map[string]string
}

// ServeHTTP answers /services/… as webhooks and every other path by its last
// part as a method of the Web API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := path.Base(r.URL.Path)
	hook := strings.HasPrefix(r.URL.Path, "/services/")
	if hook {
		method = "webhook"
	}
	// Read before anything else: only then is a client that goes noticed.
	if body, err := io.ReadAll(io.LimitReader(r.Body, maxBody)); err == nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	f, failing := s.nextFault(method)
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-r.Context().Done():
		}
	}
	out := reply{}
	if !failing || f.Take || f.Status == 0 && f.Code == "" && f.Body == "" && !f.Drop {
		if hook {
			out = s.webhook(r)
		} else {
			out = s.api(method, r)
		}
	}
	if failing {
		out = f.spoil(out)
	}
	s.mu.Lock()
	s.calls = append(s.calls, Call{method, out.status, out.code, out.detail})
	s.mu.Unlock()
	if f.Drop {
		panic(http.ErrAbortHandler) // closes the connection without a word
	}
	for k, v := range out.header {
		w.Header().Set(k, v)
	}
	w.WriteHeader(out.status)
	_, _ = w.Write([]byte(out.body)) // the client may have gone
}

func (s *Server) nextFault(method string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Method == "" || f.Method == method {
			s.faults = slices.Delete(s.faults, i, i+1)
			return f, true
		}
	}
	return Fault{}, false
}

// spoil is the answer that the fault puts in place of out.
func (f Fault) spoil(out reply) reply {
	if f.Code != "" {
		out = refuse(f.Code, "as asked for")
	}
	if f.Status != 0 {
		out.status, out.body = f.Status, f.Body
	} else if f.Body != "" {
		out.status, out.body = http.StatusOK, f.Body
	}
	if f.RetryAfter != "" {
		out.header = map[string]string{"Retry-After": f.RetryAfter}
	}
	return out
}

// refuse is an error of the Web API: HTTP 200 and ok false. Source:
// D/apis/web-api, "Evaluating responses".
func refuse(code, detail string) reply {
	body, _ := json.Marshal(map[string]any{ // strings always encode
		"ok": false, "error": code,
		"response_metadata": map[string]any{"messages": []string{"[ERROR] " + detail}},
	})
	return reply{status: http.StatusOK, code: code, detail: detail, body: string(body)}
}

func accept(members map[string]any) reply {
	members["ok"] = true
	body, _ := json.Marshal(members) // what was decoded before encodes
	return reply{status: http.StatusOK, body: string(body)}
}

// now returns the next timestamp. Slack's are unique within a channel.
func (s *Server) now() string {
	s.clock++
	return fmt.Sprintf("%d.%06d", time.Now().Unix(), s.clock%1_000_000)
}

// channel finds a conversation. Only chat.postMessage takes names. Source:
// D/reference/methods/chat.postMessage, "channel"; conversations.history.
func (s *Server) channel(given string, names bool) (Channel, string) {
	for _, c := range s.space.Channels {
		if c.ID != given && (!names || c.Name != strings.TrimPrefix(given, "#")) {
			continue
		}
		if c.Private && !c.Member {
			return c, "channel_not_found"
		}
		return c, ""
	}
	return Channel{}, "channel_not_found"
}

// scopeFor says which scope a call needs and the token lacks. Source: the
// methods' pages, "Scopes"; D/reference/methods/users.lookupByEmail.
func (s *Server) scopeFor(method string, c Channel) string {
	history := "channels:history"
	if c.Private {
		history = "groups:history"
	}
	need := map[string]string{
		"chat.postMessage": "chat:write", "chat.update": "chat:write",
		"conversations.history": history, "conversations.replies": history,
		"users.lookupByEmail": "users:read.email",
	}[method]
	if slices.Contains(s.space.Scopes, need) {
		return ""
	}
	return need
}

// knows checks the token, in the header or the form. Source: D/apis/web-api,
// "Authentication".
func (s *Server) knows(r *http.Request, form url.Values) string {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if token == "" {
		token = form.Get("token")
	}
	switch {
	case token == "":
		return "not_authed"
	case token != s.space.Token || s.space.Token == "":
		return "invalid_auth"
	}
	return ""
}
