package pipeline

import (
	"errors"
	"strings"
	"unicode"
)

// Watch is a cache to look at: its keys begin with Prefix, and Step is the step
// whose time it shortens.
type Watch struct{ Prefix, Step string }

// WatchSyntax says how a watch is written.
const WatchSyntax = "PREFIX=STEP NAME, such as pnpm-=Set-up"

// ParseWatch reads "pnpm-=Set-up". Keys of caches hold no "=" as a rule, names
// of steps may: the first one parts the two.
func ParseWatch(text string) (Watch, error) {
	prefix, step, ok := strings.Cut(text, "=")
	w := Watch{strings.TrimSpace(prefix), strings.TrimSpace(step)}
	switch {
	case !ok:
		return Watch{}, errors.New("names no step")
	case w.Prefix == "":
		return Watch{}, errors.New("names no cache")
	case w.Step == "":
		return Watch{}, errors.New("names no step behind the =")
	// Keys have at most 512 characters (docs.github.com, dependency caching).
	case len(w.Prefix) > 512:
		return Watch{}, errors.New("is longer than a cache's key can be")
	case strings.Contains(w.Prefix, ","):
		return Watch{}, errors.New("holds a comma, which no cache's key does")
	case strings.ContainsFunc(text, unicode.IsControl):
		return Watch{}, errors.New("holds a control character")
	}
	return w, nil
}

// String writes w as ParseWatch reads it.
func (w Watch) String() string { return w.Prefix + "=" + w.Step }
