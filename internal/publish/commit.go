package publish

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Commit is a commit as git tells of it.
type Commit struct {
	Hash    string
	At      time.Time
	Message string
}

var hash = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)

// LogFormat is what git's log is asked for, with -z: hash, time, message. A
// message has no NUL, so that none can pass for a further commit.
const LogFormat = "%H%n%ct%n%B"

// ParseLog reads git's log in [LogFormat] with -z.
func ParseLog(log []byte) ([]Commit, error) {
	var all []Commit
	for record := range strings.SplitSeq(string(log), "\x00") {
		if record == "" {
			continue
		}
		parts := strings.SplitN(record, "\n", 3)
		if len(parts) < 3 || !hash.MatchString(parts[0]) {
			return nil, logFault(len(all), "begins with no hash")
		}
		seconds, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil || seconds < 0 || seconds > 1<<40 {
			return nil, logFault(len(all), "has no time")
		}
		all = append(all, Commit{parts[0], time.Unix(seconds, 0).UTC(), parts[2]})
	}
	return all, nil
}

func logFault(n int, what string) error {
	return &fault.Fault{Kind: fault.Outside, Name: "git log", What: fmt.Sprintf("printed a commit, number %d, that %s", n+1, what)}
}

// Kind is where a change stands in the changelog.
type Kind int

// The kinds, in the changelog's order.
const (
	Breaking Kind = iota
	Security
	Added
	Fixed
	Changed
)

// Change is what a commit says to users.
type Change struct {
	Kind Kind
	// Scope is the part of cutover that changed, empty for several.
	Scope, Text string
	// Break says what users have to do, where that is said.
	Break, Hash string
}

var (
	// A first line may begin as this repository's do, "bench/load: …", or as
	// Conventional Commits 1.0.0 have it, "feat(notify)!: …".
	conventional = regexp.MustCompile(`^([a-z]{2,12})(?:\(([^()\n]{1,60})\))?(!)?: (.+)$`)
	scoped       = regexp.MustCompile(`^([a-z0-9][a-z0-9._/-]{0,59})(!)?: (.+)$`)
	trailer      = regexp.MustCompile(`^(Breaking|BREAKING CHANGE|BREAKING-CHANGE|Changelog|Security): (.+)$`)
	kindOf       = map[string]Kind{"feat": Added, "fix": Fixed, "security": Security, "docs": Changed, "perf": Changed, "refactor": Changed, "test": Changed, "build": Changed, "ci": Changed, "chore": Changed, "style": Changed, "revert": Changed}
)

// mostText bounds a change's line: one that is longer than a paragraph is no line.
const mostText = 300

// Change reads the commit. ok is false if it says of itself, by the trailer
// "Changelog: none", that it is none of its users' business.
func (c Commit) Change() (change Change, ok bool) {
	subject, body, _ := strings.Cut(strings.TrimSpace(c.Message), "\n")
	change = Change{Kind: Changed, Text: line(subject), Hash: c.Hash}
	if m := conventional.FindStringSubmatch(subject); m != nil && known(m[1]) {
		change.Kind, change.Scope, change.Text = kindOf[m[1]], line(m[2]), line(m[4])
		if m[3] != "" {
			change.Kind = Breaking
		}
	} else if m := scoped.FindStringSubmatch(subject); m != nil {
		change.Scope, change.Text = line(m[1]), line(m[3])
		if m[2] != "" {
			change.Kind = Breaking
		}
	}
	for l := range strings.Lines(body) {
		m := trailer.FindStringSubmatch(strings.TrimRight(l, "\r\n"))
		if m == nil {
			continue
		}
		switch m[1] {
		case "Changelog":
			if strings.TrimSpace(m[2]) == "none" {
				return Change{}, false
			}
		case "Security":
			if change.Kind != Breaking {
				change.Kind = Security
			}
			change.Text = line(m[2])
		default:
			change.Kind, change.Break = Breaking, line(m[2])
		}
	}
	return change, change.Text != ""
}

func known(word string) bool { _, ok := kindOf[word]; return ok }

// line makes one line of a stranger's text: no control characters, bounded.
func line(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069':
			return -1
		}
		return r
	}, strings.TrimSpace(text))
	if utf8.RuneCountInString(text) > mostText {
		text = string([]rune(text)[:mostText-1]) + "…"
	}
	return strings.TrimSpace(text)
}
