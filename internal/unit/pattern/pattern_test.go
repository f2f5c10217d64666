package pattern_test

import (
	"bytes"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Each method gives what the method of regexp with its name gives.
func TestPatternIsARegexp(t *testing.T) {
	const text = `([a-z]+)-([0-9]{1,2})`
	ours, theirs := pattern.New(text), regexp.MustCompile(text)
	for _, s := range []string{"", "none", "a-1", "a-1, bc-23 and d-4"} {
		for name, pair := range map[string][2]any{
			"Match":                 {ours.Match([]byte(s)), theirs.MatchString(s)},
			"MatchString":           {ours.MatchString(s), theirs.MatchString(s)},
			"FindSubmatch":          {ours.FindSubmatch([]byte(s)), theirs.FindSubmatch([]byte(s))},
			"ReplaceAllFunc":        {ours.ReplaceAllFunc([]byte(s), bytes.ToUpper), theirs.ReplaceAllFunc([]byte(s), bytes.ToUpper)},
			"FindString":            {ours.FindString(s), theirs.FindString(s)},
			"FindStringIndex":       {ours.FindStringIndex(s), theirs.FindStringIndex(s)},
			"FindStringSubmatch":    {ours.FindStringSubmatch(s), theirs.FindStringSubmatch(s)},
			"FindAllString":         {ours.FindAllString(s, 2), theirs.FindAllString(s, 2)},
			"FindAllStringIndex":    {ours.FindAllStringIndex(s, -1), theirs.FindAllStringIndex(s, -1)},
			"FindAllStringSubmatch": {ours.FindAllStringSubmatch(s, -1), theirs.FindAllStringSubmatch(s, -1)},
			"ReplaceAllString":      {ours.ReplaceAllString(s, "$2"), theirs.ReplaceAllString(s, "$2")},
			"ReplaceAllStringFunc":  {ours.ReplaceAllStringFunc(s, strings.ToUpper), theirs.ReplaceAllStringFunc(s, strings.ToUpper)},
		} {
			if !reflect.DeepEqual(pair[0], pair[1]) {
				t.Errorf("%s of %q: %v, want %v", name, s, pair[0], pair[1])
			}
		}
	}
}

// A wrong pattern is found by the tests of whoever holds it, used or not.
func TestAWrongPatternFailsATest(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a pattern that does not compile was accepted")
		}
	}()
	pattern.New("(")
}
