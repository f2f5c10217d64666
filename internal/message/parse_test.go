package message_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/message"
)

func TestParseLink(t *testing.T) {
	for in, want := range map[string]message.Link{
		"Logs https://example.com/a?b=c&d=e#f": {Label: "Logs", URL: "https://example.com/a?b=c&d=e#f"},
		"The logs: http://localhost:8080":      {Label: "The logs", URL: "http://localhost:8080"},
		"https://example.com/x":                {Label: "example.com/x", URL: "https://example.com/x"},
	} {
		if got, err := message.ParseLink(in); err != nil || got != want {
			t.Errorf("%q: %+v, %v", in, got, err)
		}
	}
	for _, in := range []string{
		"", "Logs", "Logs example.com", "x javascript:alert(1)", "x https://user:password@example.com/", "x https://12345:12345@example.com/",
		"x https://example.com/<a>", "x https://example.com/a|b", "x https://", "x ftp://example.com", "x https://example.com/" + strings.Repeat("a", 3000),
	} {
		if got, err := message.ParseLink(in); err == nil {
			t.Errorf("%q was read as %+v", in, got)
		}
	}
}

func TestParseActor(t *testing.T) {
	for in, want := range map[string]message.Actor{
		"octocat":                     {Login: "octocat"},
		"dependabot[bot]":             {Login: "dependabot[bot]"},
		"octo@example.com":            {Email: "octo@example.com"},
		"octocat <octo@example.com>":  {Login: "octocat", Email: "octo@example.com"},
		" octocat <octo@example.com>": {Login: "octocat", Email: "octo@example.com"},
	} {
		if got, err := message.ParseActor(in); err != nil || got != want {
			t.Errorf("%q: %+v, %v", in, got, err)
		}
	}
	if got, err := message.ParseActor("octocat <nobody>"); err == nil {
		t.Errorf("read as %+v", got)
	}
	if name := (message.Actor{Email: "octo@example.com"}).Name(); name != "octo" {
		t.Errorf("the channel would read %q", name)
	}
}

func TestParseTheRest(t *testing.T) {
	if f, err := message.ParseField("URL: https://x.y"); err != nil || f != (message.Field{Name: "URL", Value: "https://x.y"}) {
		t.Errorf("%+v, %v", f, err)
	}
	for _, in := range []string{"no colon", ": x", ""} {
		if _, err := message.ParseField(in); err == nil {
			t.Errorf("the field %q was read", in)
		}
	}
	if login, id, err := message.ParseUser("octocat = U0123456789"); err != nil || login != "octocat" || id != "U0123456789" {
		t.Errorf("%s %s %v", login, id, err)
	}
	for _, in := range []string{"octocat", "=U0123456789", "octocat=octocat", "octocat=U01>23"} {
		if _, _, err := message.ParseUser(in); err == nil {
			t.Errorf("the user %q was read", in)
		}
	}
	p, err := message.ParsePlace("C0123456789:1700000000.000100")
	if err != nil || p.String() != "C0123456789:1700000000.000100" {
		t.Errorf("%v, %v", p, err)
	}
	if (message.Place{}).String() != "" {
		t.Error("no place has a name")
	}
	for _, in := range []string{"", "C0123456789", "deployments:1700000000.000100", "C0123456789:17", "C0123456789:1700000000.000100 "} {
		if _, err := message.ParsePlace(in); err == nil {
			t.Errorf("the thread %q was read", in)
		}
	}
}
