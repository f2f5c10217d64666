package message_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/message"
)

func TestSettings(t *testing.T) {
	tests := []struct{ name, yaml, want string }{
		{"a name", "channel: deployments", ""},
		{"a name with its sign", `channel: "#deployments"`, ""},
		{"an ID", "channel: C0123456789", ""},
		{"a person's ID", "{channel: x, users: {octo-cat: W0123456789}}", ""},
		{"the sign without quotes", "channel: #deployments", "a value that starts with # needs quotes"},
		{"a display name", "channel: Deployment Room", "is not allowed"},
		{"no channel", "on_error: warn", `the key "channel" is missing`},
		{"a login that GitHub refuses", "{channel: x, users: {octo--cat: U0123456789}}", "allowed: a GitHub login"},
		{"a Slack name for an ID", "{channel: x, users: {octocat: octocat}}", "allowed: a Slack member ID"},
		{"a reaction there is not", "{channel: x, on_error: wran}", `did you mean "warn"?`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var s message.Settings
			err := strict.Decode("s", []byte(test.yaml), &s)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if err == nil && s.OnError != "warn" {
				t.Errorf("on_error is %q", s.OnError)
			}
		})
	}
}
