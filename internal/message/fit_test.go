package message

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

func units(s string) int { return len(utf16.Encode([]rune(s))) }

func TestFitCutsBetweenWhatShows(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		chars int
		want  string
		rest  int
	}{
		"what fits":                     {"abc", 3, "abc", 0},
		"what fits once escaped":        {"a&b", 7, "a&b", 0},
		"one too many":                  {"abcd", 3, "ab…", 2},
		"an entity counts as written":   {"a&b", 6, "a…", 2},
		"never half a pair":             {"😀😀", 3, "😀…", 1},
		"an accent stays with its e":    {"aae\u0301x", 4, "aa…", 3},
		"a family stays together":       {"a👨‍👩‍👧bc", 7, "a…", 7},
		"a skin tone stays":             {"ab👍🏽c", 5, "ab…", 3},
		"no blank before the ellipsis":  {"abc   defgh", 6, "abc…", 6},
		"nothing but accents":           {"e" + strings.Repeat("\u0301", 9), 4, "e\u0301\u0301…", 7},
		"no room at all":                {"abc", 0, "", 3},
		"room for nothing but the note": {"abc", 1, "…", 3},
	} {
		t.Run(name, func(t *testing.T) {
			if got, rest := fit(c.text, c.chars, 1000); got != c.want || rest != c.rest {
				t.Errorf("got %q and %d more, want %q and %d", got, rest, c.want, c.rest)
			}
		})
	}
}

func TestCleanTakesOutWhatDeceives(t *testing.T) {
	for in, want := range map[string]string{
		" a\r\nb\rc\u2028d ":     "a\nb\nc\nd",
		"bro\xffken":             "bro\uFFFDken",
		"main\u202Etxt.exe":      "maintxt.exe",
		"\x1b[31mred\x1b[0m\x00": "[31mred[0m",
		"tab\tbed":               "tab bed",
		"👨‍👩‍👧 stays, e\u0301 as well": "👨‍👩‍👧 stays, e\u0301 as well",
	} {
		if got := clean(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	if got := line(" a \n\n b\tc "); got != "a b c" {
		t.Errorf("one line is %q", got)
	}
}

// FuzzFit holds what every cut promises, whatever the text.
func FuzzFit(f *testing.F) {
	f.Add("a & b <c> \"d\" \\ e\n", 7, 9)
	f.Add("👨‍👩‍👧🇩🇪🇫🇷e\u0301", 5, 5)
	f.Add("\xff\xfe&amp;", 3, 200)
	f.Fuzz(func(t *testing.T, s string, chars, room int) {
		chars, room = chars&0xFFF, room&0xFFF
		s = clean(s)
		cut, rest := fit(s, chars, room)
		shown := escape(cut)
		if n := units(shown); n > chars && cut != "" {
			t.Fatalf("%d characters, more than %d: %q", n, chars, shown)
		}
		wire := string(encode(shown))
		if n := units(wire) - 2; n > room && cut != "" {
			t.Fatalf("%d characters of JSON, more than %d: %s", n, room, wire)
		}
		if !utf8.ValidString(cut) {
			t.Fatalf("broken UTF-8: %q", cut)
		}
		var back string
		if err := json.Unmarshal([]byte(wire), &back); err != nil || back != shown {
			t.Fatalf("JSON gives back %q for %q (%v)", back, shown, err)
		}
		if rest == 0 {
			if cut != s {
				t.Fatalf("%q became %q, and nothing is said to be left out", s, cut)
			}
			return
		}
		head := strings.TrimSuffix(cut, ellipsis)
		if !strings.HasPrefix(s, head) || utf8.RuneCountInString(head)+rest > utf8.RuneCountInString(s) {
			t.Fatalf("%q is no beginning of %q with %d more", cut, s, rest)
		}
	})
}

// noise is text made of what is hard to cut and to escape.
func noise(r *rand.Rand, most int) string {
	parts := []string{
		"a", "word ", "&", "<", ">", "<!channel>", "<@U0123456789>", "*", "_", "~", "`", "```", "\"", "\\", "\n", "\r\n",
		"é", "e\u0301", "😀", "👨‍👩‍👧", "🇩🇪", "漢", "\u202E", "\u2028", "\x00", "\xff", "\uFFFE", "&amp;", "https://x.y/z", "@here", "#general", ":smile:",
	}
	var b strings.Builder
	for range r.IntN(most + 1) {
		b.WriteString(parts[r.IntN(len(parts))])
	}
	return b.String()
}
