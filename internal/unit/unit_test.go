package unit

import (
	"encoding"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"
)

// kind gives every test the same view of the types.
type kind struct {
	syntax Syntax
	parse  func(string) (fmt.Stringer, error)
	decode func() encoding.TextUnmarshaler
	random func(*rand.Rand) fmt.Stringer
}

// erase turns a typed Parse function into the common form.
func erase[T fmt.Stringer](parse func(string) (T, error)) func(string) (fmt.Stringer, error) {
	return func(text string) (fmt.Stringer, error) { return parse(text) }
}

func words(r *rand.Rand) string { return []string{"a", "b7", "x-y", "0"}[r.IntN(4)] }

var kinds = []kind{
	{DurationSyntax, erase(ParseDuration), func() encoding.TextUnmarshaler { return new(Duration) }, func(r *rand.Rand) fmt.Stringer {
		scale := []time.Duration{time.Millisecond, time.Second, time.Minute, time.Hour, 24 * time.Hour}[r.IntN(5)]
		return Duration(time.Duration(r.Int64N(99_999)) * scale)
	}},
	{PercentSyntax, erase(ParsePercent), func() encoding.TextUnmarshaler { return new(Percent) }, func(r *rand.Rand) fmt.Stringer { return Percent(r.Int64N(int64(Full) + 1)) }},
	{MoneySyntax, erase(ParseMoney), func() encoding.TextUnmarshaler { return new(Money) }, func(r *rand.Rand) fmt.Stringer { return Money(r.Int64N(1_000_000_000 * int64(Dollar))) }},
	{BytesSyntax, erase(ParseBytes), func() encoding.TextUnmarshaler { return new(Bytes) }, func(r *rand.Rand) fmt.Stringer { return Bytes(r.Int64N(1e6)) * sizes[r.IntN(len(sizes))].size }},
	{URLSyntax, erase(ParseURL), func() encoding.TextUnmarshaler { return new(URL) }, func(r *rand.Rand) fmt.Stringer {
		return URL("https://" + words(r) + "." + words(r) + "/" + words(r))
	}},
	{EmailSyntax, erase(ParseEmail), func() encoding.TextUnmarshaler { return new(Email) }, func(r *rand.Rand) fmt.Stringer { return Email(words(r) + "@" + words(r) + ".org") }},
	{HostSyntax, erase(ParseHost), func() encoding.TextUnmarshaler { return new(Host) }, func(r *rand.Rand) fmt.Stringer { return Host(words(r) + "." + words(r)) }},
}

// corpus is what the pattern and the parser of every type are compared on.
var corpus = []string{
	"", " ", "0", "2", "10", "100", "2 h", "2h", "2  h", " 2 h", "2 h ", "2\nh", "2 h\n", "02 h", "0 s", "30m", "30 min", "500ms", "500 milliseconds",
	"7 days", "1 day", "7 dayss", "48 hours", "1h30m", "1 h 30 m", "30m1h", "1h1h", "1h 2 h", "1.5 h", "-2 h", "+2 h", "2 H", "2 hrs", "100000 ms", "99999 days 23 h 59 m 59 s 999 ms", "1h90m", "1h 24 m", "1d24h", "1d23h", "1s1000ms",
	"2 weeks", "2 µs", "٣ h", "1d2h3m4s5ms", "1 d 2 ms", "h", "1e3 s",
	"10%", "10 %", "10  %", "0%", "0.0%", "100%", "100.0%", "100.00000%", "100.1%", "101%", "110%", "0.5%", "00.5%", ".5%", "5.%", "99.9999%", "99.99999%", "0,5%", "10 percent", "0.25", "-1%", "1e1%", "٣%",
	"$200", "$ 200", "$  200", "200 USD", "200USD", "$200 USD", "200", "$0.20", "$0.2000000", "$1,000", "€200", "200 EUR", "200$", "-$5", "$999999999.999999", "$1000000000", "$01", "usd 5",
	"1 GB", "1GB", "1gb", "1 G", "512 MiB", "1.5 GB", "0 B", "999999999999999 B", "1000000000000000 B", "999999 TiB", "1000000 TiB", "1 KB", "1 kB", "1 kb", "1 PB", "0.001 TB",
	"https://api.example.com", "https://api.example.com/", "https://api.example.com/v1/x", "http://api.example.com", "http://localhost:8080", "http://127.0.0.1", "http://127.0.0.2", "http://[::1]:80/x",
	"https://api.example.com:0", "https://api.example.com:65535", "https://api.example.com:65536", "https://user:pw@api.example.com", "https://api.example.com?x=1", "https://api.example.com#x", "https://API.example.com", "https://", "https://-a.com", "https://a-.com",
	"ftp://a.b", "api.example.com", "API.example.com", "api.example.com.", "example", "a..b", "-a.b", "https://a b", "https://a\nb", "//a.b", "javascript:alert(1)",
	"devops@example.com", "dev.ops+x@mail.example.co.uk", "devops@example", "@example.com", "a@b@c.de", "a@b.c", "a..b@c.de", ".a@c.de", "a.@c.de", "a@-c.de", "a@c.de,b@c.de", "A <a@c.de>", "a@c.de\n", "x_1@a.b.cd", "a.b.c.d",
	strings.Repeat("9", 400) + " h", strings.Repeat("1h ", 60), strings.Repeat("a", 64) + ".com", "\x00", "\xff\xfe",
}

// TestPatternAndParserAgree holds each JSON Schema pattern to its parser.
func TestPatternAndParserAgree(t *testing.T) {
	for _, k := range kinds {
		pattern := regexp.MustCompile(k.syntax.Pattern)
		accepted := 0
		for _, text := range corpus {
			_, err := k.parse(text)
			if got := pattern.MatchString(text); got != (err == nil) {
				t.Errorf("%s: the pattern says %v of %q, Parse says %v", k.syntax.Name, got, text, err)
			}
			if err == nil {
				accepted++
			}
		}
		if accepted < 3 {
			t.Errorf("%s: the corpus has %d texts it accepts, want at least 3", k.syntax.Name, accepted)
		}
	}
}

// TestExamplesParse keeps the documented examples true.
func TestExamplesParse(t *testing.T) {
	for _, k := range kinds {
		if len(k.syntax.Examples) == 0 || k.syntax.Name == "" || k.syntax.Allowed == "" {
			t.Errorf("%s: the syntax is incomplete", k.syntax.Name)
		}
		for _, text := range k.syntax.Examples {
			if _, err := k.parse(text); err != nil {
				t.Errorf("%s: example %q: %v", k.syntax.Name, text, err)
			}
			if err := k.decode().UnmarshalText([]byte(text)); err != nil {
				t.Errorf("%s: UnmarshalText(%q): %v", k.syntax.Name, text, err)
			}
		}
		if err := k.decode().UnmarshalText([]byte("?")); err == nil {
			t.Errorf("%s: UnmarshalText accepts %q", k.syntax.Name, "?")
		}
	}
}

// TestCanonicalRoundTrip draws values at random: Parse(String(v)) is v.
func TestCanonicalRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 20))
	for _, k := range kinds {
		for range 20_000 {
			want := k.random(r)
			got, err := k.parse(want.String())
			if err != nil || got != want {
				t.Fatalf("%s: %#v is written %q, which reads as %#v, %v", k.syntax.Name, want, want, got, err)
			}
		}
	}
}

// TestSuggestionsParse demands that advice is good: whatever an error tells
// people to write is accepted.
func TestSuggestionsParse(t *testing.T) {
	quoted := regexp.MustCompile(`"([^"]*)"`)
	for _, k := range kinds {
		given := 0
		for _, text := range corpus {
			_, err := k.parse(text)
			var e *Error
			if err == nil {
				continue
			}
			if !errors.As(err, &e) || e.Message == "" || e.Allowed == "" {
				t.Fatalf("%s: %q: error %v is not complete", k.syntax.Name, text, err)
			}
			for _, advice := range quoted.FindAllStringSubmatch(e.Suggestion, -1) {
				given++
				if _, err := k.parse(advice[1]); err != nil {
					t.Errorf("%s: %q: suggests %q, which is refused: %v", k.syntax.Name, text, advice[1], err)
				}
			}
		}
		if given == 0 && k.syntax.Name != EmailSyntax.Name {
			t.Errorf("%s: no text of the corpus got a suggestion", k.syntax.Name)
		}
	}
}

// FuzzParse feeds every type: pattern and parser agree, and what parses has a
// canonical form that reads back as the same value.
func FuzzParse(f *testing.F) {
	for _, text := range corpus {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, k := range kinds {
			value, err := k.parse(text)
			if matches := regexp.MustCompile(k.syntax.Pattern).MatchString(text); matches != (err == nil) {
				t.Fatalf("%s: the pattern says %v of %q, Parse says %v", k.syntax.Name, matches, text, err)
			}
			if err != nil {
				continue
			}
			again, err := k.parse(value.String())
			if err != nil || again != value {
				t.Fatalf("%s: %q is written %q, which reads as %v, %v", k.syntax.Name, text, value, again, err)
			}
		}
	})
}
