package strict

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/unit"
)

// sample uses every feature of the engine once.
type sample struct {
	Name   string           `yaml:"name" required:"true" pattern:"^[a-z]+$" allowed:"lower-case letters" example:"shop" doc:"A name."`
	Free   string           `yaml:"free" doc:"Any text."`
	Mode   string           `yaml:"mode" default:"slow" enum:"slow,fast" doc:"A choice."`
	On     bool             `yaml:"enabled" default:"true" doc:"A switch."`
	Count  int              `yaml:"count" default:"3" min:"1" max:"9" doc:"A number."`
	Maybe  *int             `yaml:"maybe" above:"0" doc:"An optional number."`
	Share  unit.Percent     `yaml:"share" default:"50%" above:"0%" max:"90%" doc:"A unit."`
	Wait   *unit.Duration   `yaml:"wait" min:"1 s" doc:"An optional unit."`
	Always inner            `yaml:"always" doc:"A section that is always there."`
	Extra  *inner           `yaml:"extra" doc:"A section that may be missing."`
	Words  []string         `yaml:"words" default:"[a, b]" unique:"true" minitems:"1" maxitems:"3" doc:"Some words."`
	Steps  []step           `yaml:"steps" unique:"at" doc:"Some steps."`
	Named  map[string]named `yaml:"named" keypattern:"^[a-z]+$" keyallowed:"lower-case letters" maxitems:"2" doc:"Things by name."`
	Plain  map[string]int   `yaml:"plain" max:"5" doc:"Numbers by name."`
}

type inner struct {
	Low  int    `yaml:"low" default:"1" doc:"The lower end."`
	High int    `yaml:"high" default:"5" doc:"The upper end."`
	Note string `yaml:"note" doc:"A note."`
}

// Check wants a range.
func (i inner) Check(c *Check) {
	if c.Valid("low") && c.Valid("high") && i.Low > i.High {
		at := "low"
		if !c.Written(at) {
			at = "high"
		}
		c.Report(Problem{Message: fmt.Sprintf("low (%d) is more than high (%d)", i.Low, i.High)}, at)
	}
	if i.Note == "lines" {
		c.Report(Problem{Message: fmt.Sprintf("low stands on line %d", c.Line("low"))}, "note")
		c.Report(Problem{Message: "the section as a whole"})
		c.Report(Problem{Message: "not there"}, "list", 3, "x")
	}
}

type step struct {
	At   unit.Duration `yaml:"at" required:"true" doc:"When."`
	Note string        `yaml:"note" doc:"What."`
}

type named struct {
	Title string `yaml:"title" doc:"A title; the name unless set."`
}

func (n *named) DefaultsFor(key string) {
	if n.Title == "" {
		n.Title = "the " + key
	}
}

func decode(t testing.TB, text string) (sample, string) {
	t.Helper()
	var s sample
	if err := Decode("f", []byte(text), &s); err != nil {
		return s, err.Error()
	}
	return s, ""
}

func TestDecode(t *testing.T) {
	got, problems := decode(t, `name: shop
free: "  # not a comment"
mode: fast
enabled: False
count: 9
maybe: 7
share: 12.5 %
wait: 2h
extra: {low: 2}
words: [x]
steps: [{at: 1 h}, {at: 61 m, note: late}]
named: {one: {}, two: {title: Two}}
plain: {a: 5}
`)
	if problems != "f:2:7: free: \"  # not a comment\" starts or ends with a space or line break" {
		t.Fatal(problems)
	}
	got.Free = "x"
	seven, wait := 7, unit.Duration(2*time.Hour)
	want := sample{Name: "shop", Free: "x", Mode: "fast", Count: 9, Maybe: &seven, Share: 125_000, Wait: &wait,
		Always: inner{Low: 1, High: 5}, Extra: &inner{Low: 2, High: 5}, Words: []string{"x"},
		Steps: []step{{At: unit.Duration(time.Hour)}, {At: unit.Duration(61 * time.Minute), Note: "late"}},
		Named: map[string]named{"one": {"the one"}, "two": {"Two"}}, Plain: map[string]int{"a": 5}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	got, problems = decode(t, "\ufeffname: shop\r\n")
	want = sample{Name: "shop", Mode: "slow", On: true, Count: 3, Share: 500_000, Always: inner{Low: 1, High: 5}, Words: []string{"a", "b"}}
	if problems != "" || !reflect.DeepEqual(got, want) {
		t.Errorf("defaults: got %+v\n%s", got, problems)
	}
}

func TestProblems(t *testing.T) {
	tests := []struct{ name, yaml, want string }{
		{"columns count characters", "name: x\nextra: {note: äöü, lwo: 1}", `f:2:20: extra.lwo: unknown key "lwo"; allowed: low, high, note; did you mean "low"?`},
		{"all at once, in order", "mode: slw\nname: X\ncount: 0", "f:1:7: mode: \"slw\" is not allowed; allowed: slow, fast; did you mean \"slow\"?\n" +
			"f:2:7: name: \"X\" is not allowed; allowed: lower-case letters\nf:3:8: count: 0 must be at least 1; allowed: at least 1, at most 9"},
		{"a switch in words", "name: x\nenabled: yes", `f:2:10: enabled: "yes" is neither true nor false; allowed: true, false; write true, without quotes`},
		{"a quoted switch", "name: x\nenabled: 'false'", `f:2:10: enabled: "false" is neither true nor false; allowed: true, false; write false, without quotes`},
		{"no switch at all", "name: x\nenabled: maybe", `f:2:10: enabled: "maybe" is neither true nor false; allowed: true, false`},
		{"a quoted number", "name: x\ncount: '4'", `f:2:8: count: "4" is a text, not a number; write 4 without quotes`},
		{"octal", "name: x\ncount: 010", `f:2:8: count: 010 is not a whole number; allowed: a whole number`},
		{"a fraction", "name: x\ncount: 1.5", `f:2:8: count: 1.5 is not a whole number; allowed: a whole number`},
		{"too large for an int", "name: x\nmaybe: 99999999999999999999", `f:2:8: maybe: 99999999999999999999 is not a whole number; allowed: a whole number`},
		{"bound of an optional", "name: x\nmaybe: 0", `f:2:8: maybe: 0 must be more than 0; allowed: more than 0`},
		{"bound of a unit", "name: x\nshare: 95%", `f:2:8: share: "95%" must be at most 90%; allowed: more than 0%, at most 90%`},
		{"advice within the bounds", "name: x\nwait: 500", `f:2:7: wait: 500 has no unit; allowed: ` + unit.DurationSyntax.Allowed + `; write "500 s" or "500 m"`},
		{"a list for a text", "name: [x]", `f:1:1: name: a text is expected here, not a list; allowed: lower-case letters`},
		{"a text for a list", "name: x\nwords: a", `f:2:8: words: a list is expected here, not "a"; put it in brackets: [...]`},
		{"a list for a section", "name: x\nextra: []", `f:2:1: extra: a mapping is expected here, not a list; allowed: the keys low, high, note`},
		{"nothing for a section", "name: x\nextra:", `f:2:1: extra: has no value; write a value or remove the key`},
		{"nothing in a list", "name: x\nwords: [a, ~]", `f:2:12: words[1]: has no value; write a value or remove the key; a value that starts with # needs quotes`},
		{"a number for a text", "name: x\nfree: 7", `f:2:7: free: 7 is not a text but a number or truth value; put it in quotes: "7"`},
		{"no text", "name: x\nfree: ''", `f:2:7: free: "" is empty`},
		{"a long text", "name: x\nfree: " + strings.Repeat("a", 1025), `f:2:7: free: "` + strings.Repeat("a", 57) + `..." is too long; allowed: at most 1024 characters`},
		{"an expression", "name: x\nfree: a ${{ b }}", `f:2:7: free: "a ${{ b }}" contains ${{, which GitHub expands in workflows only`},
		{"a word twice", "name: x\nwords: [a, b, a]", `f:2:15: words[2]: "a" stands twice; first on line 2; remove one of them`},
		{"a value twice, spelled differently", "name: x\nsteps:\n  - at: 60 m\n  - {at: 1 h}", `f:4:10: steps[1].at: "1 h" stands twice; first on line 3; remove one of them`},
		{"too many words", "name: x\nwords: [a, b, c, d]", `f:2:1: words: has 4 entries; allowed: at most 3 entries`},
		{"too few words", "name: x\nwords: []", `f:2:1: words: has no entry; allowed: at least 1 entry`},
		{"too many names", "name: x\nnamed: {a: {}, b: {}, c: {}}", `f:2:1: named: has 3 entries; allowed: at most 2 entries`},
		{"a name that is not allowed", "name: x\nnamed: {A: {}}", `f:2:9: named.A: the key "A" is not allowed; allowed: lower-case letters`},
		{"bound in a map", "name: x\nplain: {a: 6}", `f:2:12: plain.a: 6 must be at most 5; allowed: at most 5`},
		{"a key in the wrong place", "name: x\nlow: 1", `f:2:1: low: unknown key "low"; allowed: name, free, mode, enabled, count, maybe, share, wait, always, extra, words, steps, named, plain`},
		{"missing in a list", "name: x\nsteps:\n- note: n", `f:3:3: steps[0].at: the key "at" is missing`},
		{"a rule on what is written", "name: x\nextra: {low: 7}", `f:2:14: extra.low: low (7) is more than high (5)`},
		{"a rule on a default", "name: x\nalways: {high: 0}", `f:2:16: always.high: low (1) is more than high (0)`},
		{"no rule on what was refused", "name: x\nextra: {low: 7, high: six}", `f:2:23: extra.high: "six" is not a whole number; allowed: a whole number`},
		{"no rule on what was misspelt", "name: x\nextra: {low: 3, hihg: 6}", `f:2:17: extra.hihg: unknown key "hihg"; allowed: low, high, note; did you mean "high"?`},
		{"no rule on what was secret", "name: x\nextra: {low: AKI" + "AQWERTYUIOPASDFGH, high: -1}", `f:2:14: holds an AWS access key; secrets do not belong in this file, and this one must now be revoked; keep it in a GitHub secret and hand it to the action as an input`},
		{"positions for rules", "name: x\nextra:\n  low: 1\n  note: lines", "f:2:1: extra: the section as a whole\nf:2:1: extra.list[3].x: not there\nf:4:9: extra.note: low stands on line 3"},
		{"no second report inside what was refused", "name: x\nextra: {note: lines, list: 1}", "f:2:1: extra: the section as a whole\nf:2:15: extra.note: low stands on line 2\nf:2:22: extra.list: unknown key \"list\"; allowed: low, high, note"},
		{"columns of secrets count characters", "name: x # é AKI" + "AQWERTYUIOPASDFGH", `f:1:13: holds an AWS access key; secrets do not belong in this file, and this one must now be revoked; keep it in a GitHub secret and hand it to the action as an input`},
		{"a default has its section's line", "name: x\nextra:\n  note: lines", "f:2:1: extra: the section as a whole\nf:2:1: extra.list[3].x: not there\nf:3:9: extra.note: low stands on line 2"},
		{"a stray line break in a key", "name: x\n\"a\\nb\": 1", `f:2:1: ["a\nb"]: unknown key "a\nb"; allowed: name, free, mode, enabled, count, maybe, share, wait, always, extra, words, steps, named, plain`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, got := decode(t, test.yaml); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestQuote: what cutting leaves of a secret would no longer look like one.
func TestQuote(t *testing.T) {
	for text, want := range map[string]string{
		"a":                     `"a"`,
		"a\nb\x1b\u202e":        `"a\nb\x1b\u202e"`,
		strings.Repeat("é", 60): `"` + strings.Repeat("é", 60) + `"`,
		strings.Repeat("é", 61): `"` + strings.Repeat("é", 57) + `..."`,
		strings.Repeat("-", 50) + "xo" + "xb-123456789012": "[secret]",
	} {
		if got := quote(text); got != want {
			t.Errorf("%q is shown as %s, want %s", text, got, want)
		}
	}
}

func TestUnreadable(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "f:1:1: the file is empty"},
		{"blank", "\n\n", "f:1:1: the file is empty"},
		{"not UTF-8", "name: é\nfree: \xff", "f:2:7: the file is not UTF-8 text; save it as UTF-8"},
		{"UTF-16", "\xff\xfen\x00", "f:1:1: the file is not UTF-8 text; save it as UTF-8"},
		{"control character", "name: é\nfree: a\x07b", "f:2:8: the file holds a control character; delete the character"},
		{"NUL", "\x00", "f:1:1: the file holds a control character; delete the character"},
		{"a mark in the middle", "name: x\nfree: \ufeffa", "f:2:7: the file holds a control character; delete the character"},
		{"too large", strings.Repeat("#", maxBytes+1), "f:1:1: the file has 1048577 bytes, which is more than a configuration can need; allowed: at most 1048576 bytes"},
		{"too deep for the reader", strings.Repeat("[", 20_000), "f:1:10001: the file is not YAML: exceeded max depth of 10000 while increasing flow level"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, got := decode(t, test.text); got != test.want {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestLargeFilesEnd gives the worst files of the allowed size a time limit
// that quadratic work would break by far.
//
// Attack: config-bomb
func TestLargeFilesEnd(t *testing.T) {
	tests := map[string]string{
		"unknown keys": func() string {
			var b strings.Builder
			for i := range 60_000 {
				fmt.Fprintf(&b, "key%d: 1\n", i)
			}
			return b.String()
		}(),
		"one key again":  strings.Repeat("name: x\n", 100_000),
		"words":          "name: x\nwords: [" + strings.Repeat("'', ", 60_000) + "]",
		"steps":          "name: x\nsteps:\n" + strings.Repeat("- {}\n", 30_000),
		"nested lists":   "x: " + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000),
		"aliases":        "a: &a [x]\nb:\n" + strings.Repeat("- *a\n", 100_000),
		"lines to match": strings.Repeat("://://://xoxb hooks.slack.com eyJeyJ AKIA\n", 20_000),
		"one long line":  "# " + strings.Repeat("://a:eyJAAAAAAAAAAA", 50_000),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			if len(text) > maxBytes {
				t.Fatalf("the case has %d bytes", len(text))
			}
			start := time.Now()
			_, problems := decode(t, text)
			if spent := time.Since(start); spent > 15*time.Second {
				t.Errorf("took %s", spent)
			}
			if lines := strings.Count(problems, "\n") + 1; problems == "" || lines > maxProblems+1 {
				t.Errorf("%d lines of problems", lines)
			}
		})
	}
}

func TestProblemsAreCapped(t *testing.T) {
	var s sample
	err := Decode("f", []byte("name: x\nwords: ["+strings.Repeat("'', ", 150)+"a]"), &s)
	var problems *Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	if len(problems.List) != maxProblems+1 || problems.Len() <= maxProblems {
		t.Errorf("%d listed of %d", len(problems.List), problems.Len())
	}
	if last := problems.List[maxProblems].Message; !strings.HasSuffix(last, "more problems are not listed; correct these first") {
		t.Errorf("the last line is %q", last)
	}
}

// FuzzDecode feeds the engine: it must return, and what it accepts must
// survive being shown.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{"name: x", "name: x\nfree: 'on'\nplain: {'1': 1, 'a: b': 2}", "name: x\nsteps: [{at: 1 h}]\nextra: {}",
		"name: x\nwords: ['~', '#', '- a', 'a: b', '0x1', \"\\u00e9\"]", "a: &a [*a]", "? [a]\n: b", "name: |\n  x\n", "name: x\nnamed: {y: {title: n}}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, problems := decode(t, text)
		if problems != "" {
			return
		}
		again, problems := decode(t, string(Show(&s)))
		if problems != "" || !reflect.DeepEqual(s, again) {
			t.Fatalf("shown, %q reads differently: %s\n%s", text, problems, Show(&s))
		}
	})
}
