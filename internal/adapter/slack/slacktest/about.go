package slacktest

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// about answers what an app asks of itself and of channels. Every answer of the API
// names the token's scopes; here these do. Sources: D/reference/methods/auth.test,
// conversations.info, conversations.list; D/authentication/installing-with-oauth,
// "X-OAuth-Scopes". s.mu is held.
func (s *Server) about(method string, form url.Values) (reply, bool) {
	told := func(out reply) (reply, bool) {
		out.header = map[string]string{"X-OAuth-Scopes": strings.Join(s.space.Scopes, ",")}
		return out, true
	}
	lacks := func(scope string) bool { return !slices.Contains(s.space.Scopes, scope) }
	missing := func(scope string) (reply, bool) {
		out := refuse("missing_scope", scope)
		out.body = strings.Replace(out.body, `{`, `{"needed":`+strconv.Quote(scope)+`,`, 1)
		return told(out)
	}
	shown := func(c Channel) map[string]any {
		return map[string]any{"id": c.ID, "name": c.Name, "is_member": c.Member, "is_archived": c.Archived, "is_private": c.Private, "is_channel": true}
	}
	switch method {
	case "auth.test":
		return told(accept(map[string]any{"team": "LEGO", "user": "cutover", "team_id": "T0000000001", "user_id": "U0000000001", "bot_id": "B0000000001"}))
	case "conversations.info":
		c, unseen := s.channel(form.Get("channel"), false)
		switch {
		case c.Private && lacks("groups:read"):
			return missing("groups:read")
		case !c.Private && lacks("channels:read"):
			return missing("channels:read")
		case unseen != "":
			return told(refuse(unseen, form.Get("channel")))
		}
		return told(accept(map[string]any{"channel": shown(c)}))
	case "conversations.list":
		list := []map[string]any{}
		for kind := range strings.SplitSeq(form.Get("types"), ",") {
			private := kind == "private_channel"
			scope := map[bool]string{false: "channels:read", true: "groups:read"}[private]
			if lacks(scope) {
				return missing(scope)
			}
			for _, c := range s.space.Channels {
				if c.Private == private && (!private || c.Member) {
					list = append(list, shown(c))
				}
			}
		}
		return told(accept(map[string]any{"channels": list, "response_metadata": map[string]any{"next_cursor": ""}}))
	}
	return reply{}, false
}
