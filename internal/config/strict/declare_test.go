package strict

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/unit"
)

// shownSample is what TestShow expects.
const shownSample = `# A name.
name: shop

# Any text.
free: "yes"

# A choice.
mode: slow

# A switch.
enabled: true

# A number.
count: 3

# An optional number.
# maybe: not set

# A unit.
share: 50%

# An optional unit.
# wait: not set

# A section that is always there.
always:
  # The lower end.
  low: 1
  # The upper end.
  high: 5
  # A note.
  # note: not set

# A section that may be missing.
extra:
  # The lower end.
  low: 1
  # The upper end.
  high: 5
  # A note.
  note: "a: b"

# Some words.
words: [a, b]

# Some steps.
steps:
  - # When.
    at: 1 h
    # What.
    # note: not set
  - at: 2 h
    note: "#"

# Things by name.
named: {}

# Numbers by name.
plain:
  "1": 2
  "on": 1
`

func TestShow(t *testing.T) {
	s, problems := decode(t, "name: shop\nfree: 'yes'\nextra: {note: 'a: b'}\nsteps: [{at: 1 h}, {at: 2 h, note: \"#\"}]\nplain: {'on': 1, '1': 2}\nnamed: {}\n")
	if problems != "" {
		t.Fatal(problems)
	}
	shown := string(Show(&s))
	if shown != shownSample {
		t.Errorf("got\n%s", shown)
	}
	if again, problems := decode(t, shown); problems != "" || !reflect.DeepEqual(s, again) {
		t.Errorf("reads as %+v: %s", again, problems)
	}
}

// TestShowQuotes holds texts that some reader of YAML misreads to survive.
func TestShowQuotes(t *testing.T) {
	for _, text := range []string{"true", "No", "ON", "null", "~", "1", "1.5", "0x1f", "1e3", "12:30", "2024-01-01", "-", "- a", "a: b", "a #b", "#a", "[a]", "{a}", "*a", "&a",
		"!a", "%a", "@a", "`a", "'a'", `"a"`, `a\nb`, "a,b", "é", "a'b", "..", "...", "---", "?", "? a", "=", "<<", "|", ">", "https://a.b:80/x", "a:", ":a", "10%", "$1", "a  b"} {
		s, problems := decode(t, "name: x")
		s.Free, s.Words, s.Plain = text, []string{text}, map[string]int{text: 1}
		if problems != "" {
			t.Fatal(problems)
		}
		if again, problems := decode(t, string(Show(&s))); problems != "" || !reflect.DeepEqual(s, again) {
			t.Errorf("%q reads as %q: %s", text, again.Free, problems)
		}
	}
}

func TestSchema(t *testing.T) {
	text, err := Schema(&sample{}, "Title", "A <description>.")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"A <description>."`) {
		t.Error("the description is escaped for HTML")
	}
	var got struct {
		Title                string                     `json:"title"`
		Required             []string                   `json:"required"`
		AdditionalProperties *bool                      `json:"additionalProperties"`
		Properties           map[string]json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Title != "Title" || !reflect.DeepEqual(got.Required, []string{"name"}) || got.AdditionalProperties == nil || *got.AdditionalProperties {
		t.Errorf("got %+v", got)
	}
	wants := map[string]string{
		"name":    `{"description": "A name. Allowed: lower-case letters.", "type": "string", "pattern": "^[a-z]+$", "examples": ["shop"]}`,
		"mode":    `{"description": "A choice.", "type": "string", "enum": ["slow", "fast"], "default": "slow"}`,
		"enabled": `{"description": "A switch.", "type": "boolean", "default": true}`,
		"count":   `{"description": "A number. Limits: at least 1, at most 9.", "type": "integer", "minimum": 1, "maximum": 9, "default": 3}`,
		"maybe":   `{"description": "An optional number. Limits: more than 0.", "type": "integer", "exclusiveMinimum": 0}`,
		"words": `{"description": "Some words.", "type": "array", "items": {"type": "string", "pattern": "^[^\\x00-\\x20\\x7f]([^\\x00-\\x1f\\x7f]*[^\\x00-\\x20\\x7f])?$"},
			"minItems": 1, "maxItems": 3, "uniqueItems": true, "default": ["a", "b"]}`,
		"plain": `{"description": "Numbers by name. Limits: at most 5.", "type": "object",
			"propertyNames": {"pattern": "^[^\\x00-\\x20\\x7f]([^\\x00-\\x1f\\x7f]*[^\\x00-\\x20\\x7f])?$"}, "additionalProperties": {"type": "integer", "maximum": 5}}`,
		"extra": `{"description": "A section that may be missing.", "type": "object", "properties": {
			"low": {"description": "The lower end.", "type": "integer", "default": 1}, "high": {"description": "The upper end.", "type": "integer", "default": 5},
			"note": {"description": "A note.", "type": "string", "pattern": "^[^\\x00-\\x20\\x7f]([^\\x00-\\x1f\\x7f]*[^\\x00-\\x20\\x7f])?$"}}, "additionalProperties": false}`,
	}
	for name, want := range wants {
		var a, b any
		if err := json.Unmarshal(got.Properties[name], &a); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := json.Unmarshal([]byte(want), &b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s is\n%s\nwant\n%s", name, got.Properties[name], want)
		}
	}
}

// unsound declarations, each with one thing wrong.
var unsound = []struct {
	name, want string
	value      any
}{
	{"no key", "has no yaml tag", &struct{ A string }{}},
	{"no doc", "needs a doc tag", &struct {
		A string `yaml:"a"`
	}{}},
	{"a slip in a tag", `unknown tag "defualt"`, &struct {
		A string `yaml:"a" doc:"A." defualt:"x"`
	}{}},
	{"required and defaulted", "is required and has a default", &struct {
		A string `yaml:"a" doc:"A." required:"true" default:"x"`
	}{}},
	{"a pattern without words", "a pattern without words", &struct {
		A string `yaml:"a" doc:"A." pattern:"^a$"`
	}{}},
	{"a pattern that is none", "missing closing", &struct {
		A string `yaml:"a" doc:"A." pattern:"(" allowed:"nothing"`
	}{}},
	{"a default out of bounds", `"9" does not decode`, &struct {
		A int `yaml:"a" doc:"A." default:"9" max:"5"`
	}{}},
	{"a default that is not YAML", "it is not YAML", &struct {
		A []string `yaml:"a" doc:"A." default:"[a"`
	}{}},
	{"a default outside the choice", `"c" does not decode`, &struct {
		A string `yaml:"a" doc:"A." default:"c" enum:"a,b"`
	}{}},
	{"an example without unit", `"5" does not decode`, &struct {
		A *unit.Percent `yaml:"a" doc:"A." example:"5"`
	}{}},
	{"a bound without unit", "the bound 5 does not parse", &struct {
		A *unit.Percent `yaml:"a" doc:"A." max:"5"`
	}{}},
	{"a number that may be forgotten", "zero would pass for a value", &struct {
		A unit.Money `yaml:"a" doc:"A."`
	}{}},
	{"a type the engine does not read", "float64, which the engine does not read", &struct {
		A float64 `yaml:"a" doc:"A."`
	}{}},
	{"inside a list", "a[].b: needs a doc tag", &struct {
		A []struct {
			B string `yaml:"b"`
		} `yaml:"a" doc:"A."`
	}{}},
	{"inside a map", "a[].b: needs a doc tag", &struct {
		A map[string]struct {
			B string `yaml:"b"`
		} `yaml:"a" doc:"A."`
	}{}},
	{"a map by number", "which the engine does not read", &struct {
		A map[int]string `yaml:"a" doc:"A."`
	}{}},
}

// TestVerify breaks one thing of a declaration at a time.
func TestVerify(t *testing.T) {
	if err := Verify(&sample{}); err != nil {
		t.Errorf("a sound declaration: %v", err)
	}
	for _, test := range unsound {
		t.Run(test.name, func(t *testing.T) {
			if err := Verify(test.value); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}
