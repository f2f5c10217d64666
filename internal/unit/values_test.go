package unit

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestValues(t *testing.T) {
	const day = 24 * time.Hour
	tests := []struct {
		parse     func(string) (fmt.Stringer, error)
		text      string
		want      fmt.Stringer
		canonical string
	}{
		{erase(ParseDuration), "2h", Duration(2 * time.Hour), "2 h"},
		{erase(ParseDuration), "48 hours", Duration(48 * time.Hour), "48 h"},
		{erase(ParseDuration), "7 days", Duration(7 * day), "7 days"},
		{erase(ParseDuration), "90 s", Duration(90 * time.Second), "90 s"},
		{erase(ParseDuration), "500ms", Duration(500 * time.Millisecond), "500 ms"},
		{erase(ParseDuration), "30 minutes", Duration(30 * time.Minute), "30 m"},
		{erase(ParseDuration), "2h30m", Duration(150 * time.Minute), "2h30m"},
		{erase(ParseDuration), "1 d 2 h 3 m 4 s 5 ms", Duration(26*time.Hour + 3*time.Minute + 4*time.Second + 5*time.Millisecond), "1d2h3m4s5ms"},
		{erase(ParseDuration), "0 s", Duration(0), "0 s"},
		{erase(ParsePercent), "10%", 10 * Full / 100, "10%"},
		{erase(ParsePercent), "0.5 %", Full / 200, "0.5%"},
		{erase(ParsePercent), "100.0%", Full, "100%"},
		{erase(ParsePercent), "0.0001%", Percent(1), "0.0001%"},
		{erase(ParseMoney), "$200", 200 * Dollar, "$200"},
		{erase(ParseMoney), "200 USD", 200 * Dollar, "$200"},
		{erase(ParseMoney), "$0.2", Dollar / 5, "$0.20"},
		{erase(ParseMoney), "$0.000001", Money(1), "$0.000001"},
		{erase(ParseBytes), "1 GB", Bytes(1e9), "1 GB"},
		{erase(ParseBytes), "1024 KiB", Bytes(1 << 20), "1 MiB"},
		{erase(ParseBytes), "512MiB", Bytes(512 << 20), "512 MiB"},
		{erase(ParseBytes), "2000 KB", Bytes(2e6), "2 MB"},
		{erase(ParseBytes), "0 GB", Bytes(0), "0 B"},
	}
	for _, test := range tests {
		got, err := test.parse(test.text)
		if err != nil || got != test.want {
			t.Errorf("%q reads as %#v, %v; want %#v", test.text, got, err, test.want)
			continue
		}
		if got.String() != test.canonical {
			t.Errorf("%q is written %q, want %q", test.text, got, test.canonical)
		}
	}
}

func TestMessages(t *testing.T) {
	tests := []struct {
		parse                     func(string) (fmt.Stringer, error)
		text, message, suggestion string
	}{
		{erase(ParseDuration), "2", "has no unit", `write "2 h" or "2 m"`},
		{erase(ParseDuration), "500", "has no unit", `write "500 ms" or "500 s"`},
		{erase(ParseDuration), "1.5 h", "has a fraction", `write "90 m"`},
		{erase(ParseDuration), "2 Hrs", "is not spelled as a duration", `write "2 h"`},
		{erase(ParseDuration), "2 weeks", "is not spelled as a duration", `write "14 days"`},
		{erase(ParseDuration), "30m1h", "is not spelled as a duration", `write "90 m"`},
		{erase(ParseDuration), "1h90m", "is not spelled as a duration", `write "2h30m"`},
		{erase(ParseDuration), "-2 h", "is negative", `write "2 h"`},
		{erase(ParseDuration), "soon", "is not a duration", ""},
		{erase(ParseDuration), "", "is empty", ""},
		{erase(ParsePercent), "10", "has no unit", `write "10%"`},
		{erase(ParsePercent), "0.25", "has no unit", `write "25%" or "0.25%"`},
		{erase(ParsePercent), "110%", "is more than 100%", `write "10%"`},
		{erase(ParsePercent), "0.12345%", "is not spelled as a percentage", ""},
		{erase(ParsePercent), "1.12345%", "has more than four decimals", ""},
		{erase(ParsePercent), "10 percent", "is not spelled as a percentage", `write "10%"`},
		{erase(ParsePercent), "0,5%", "is not spelled as a percentage", `write "0.5%"`},
		{erase(ParseMoney), "200", "has no currency", `write "$200"`},
		{erase(ParseMoney), "$1,000", "is not spelled as an amount", `write "$1000"`},
		{erase(ParseMoney), "€200", "is not in US dollars", ""},
		{erase(ParseBytes), "1", "has no unit", `write "1 GB" or "1 MB"`},
		{erase(ParseBytes), "1.5 gb", "is not spelled as a size", `write "1500 MB"`},
		{erase(ParseURL), "http://api.example.com", "is not encrypted", `write "https://api.example.com"`},
		{erase(ParseURL), "api.example.com", "has no scheme", `write "https://api.example.com"`},
		{erase(ParseURL), "docs/runbooks", "has no scheme", ""},
		{erase(ParseURL), "https://a.example.com?x", "has a query or fragment", `write "https://a.example.com"`},
		{erase(ParseURL), "https://user:pw@a.example.com", "is not a URL", ""},
		{erase(ParseEmail), "devops", "is not an e-mail address", ""},
		{erase(ParseEmail), "a@b.de, c@d.de", "is more than one address; give each its own entry", ""},
		{erase(ParseHost), "https://API.example.com/x", "is a URL", `write "api.example.com"`},
		{erase(ParseHost), "Api.example.com.", "is not a DNS name", `write "api.example.com"`},
	}
	for _, test := range tests {
		_, err := test.parse(test.text)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: error is %v, want *Error", test.text, err)
			continue
		}
		if e.Message != test.message || e.Suggestion != test.suggestion {
			t.Errorf("%q: %q, %q; want %q, %q", test.text, e.Message, e.Suggestion, test.message, test.suggestion)
		}
	}
	whole := (&Error{Message: "has no unit", Allowed: "units", Suggestion: "write it"}).Error()
	if whole != "has no unit; allowed: units; write it" {
		t.Errorf("the error reads %q", whole)
	}
}

func TestConversions(t *testing.T) {
	if got := Duration(time.Hour).Std(); got != time.Hour {
		t.Errorf("Std is %v", got)
	}
	if got := Percent(5_000).Fraction(); got != 0.005 {
		t.Errorf("0.5%% is the fraction %v", got)
	}
	if got := (5 * Dollar / 2).Dollars(); got != 2.5 {
		t.Errorf("$2.50 is %v dollars", got)
	}
	for _, test := range []struct{ value, want string }{
		{Duration(-time.Hour).String(), "-1 h"}, {Percent(-10_000).String(), "-1%"},
		{(-Dollar).String(), "-$1"}, {Bytes(-1).String(), "-1 B"},
		{Duration(time.Microsecond).String(), "0 s"},
	} {
		if test.value != test.want {
			t.Errorf("%q, want %q", test.value, test.want)
		}
	}
	for url, want := range map[URL]Host{
		"https://a.example.com": "a.example.com", "https://a.example.com:444/x:y": "a.example.com",
		"http://[::1]:80/": "[::1]", "http://[::1]": "[::1]", "http://localhost": "localhost",
	} {
		if got := url.Host(); got != want {
			t.Errorf("the host of %s is %q, want %q", url, got, want)
		}
	}
}

// What a program has written it reads back, to the millionth.
func TestPercentSurvivesJSON(t *testing.T) {
	for _, p := range []Percent{0, 1, 3_900, 100_000, Full} {
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back Percent
		if err := json.Unmarshal(text, &back); err != nil || back != p {
			t.Errorf("%s became %s: %v", p, back, err)
		}
	}
	var p Percent
	if json.Unmarshal([]byte(`"10%"`), &p) == nil {
		t.Error("a text is taken for a number")
	}
}
