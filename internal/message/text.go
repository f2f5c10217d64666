package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// entities are the three characters that Slack reads as control characters in
// every text object; all others stand for themselves. Source:
// docs.slack.dev/messaging/formatting-message-text, "Escaping text".
var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escape makes text that was cut already safe to stand in a text object. It
// comes after cutting, so that no cut can fall into an entity.
func escape(s string) string { return entities.Replace(s) }

// clean takes out what would not show as written: broken UTF-8, control
// characters, and marks that turn the direction of a line around, with which a
// branch could be made to read as another.
func clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\r', r == '\u2028', r == '\u2029', r == '\u0085', r == '\v', r == '\f':
			return '\n'
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case r&0xFFFE == 0xFFFE, r >= 0xFDD0 && r <= 0xFDEF: // no characters
			return -1
		case r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069', unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// line is clean text on one line with single spaces.
func line(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// ellipsis ends a text that was cut.
const ellipsis = "…"

// fit cuts clean text so that it takes at most chars characters once escaped
// and at most room characters within JSON, ellipsis included. rest is how many
// characters (runes) were left out. Slack does not say which characters it
// counts; UTF-16 units are the most that a character is commonly counted as.
func fit(s string, chars, room int) (cut string, rest int) {
	whole, wire := 0, 0
	// kept is the last place where a cut leaves room for the ellipsis; hard is
	// the same without regard to what shows as one, for text that is nothing
	// but accents.
	kept, hard, previous := 0, 0, rune(-1)
	fits := true
	for i, r := range s {
		if whole+1 <= chars && wire+1 <= room {
			hard = i
			if separable(previous, r) {
				kept = i
			}
		}
		c, w := widths(r)
		whole, wire, previous = whole+c, wire+w, r
		if whole > chars || wire > room {
			fits = false
			break
		}
	}
	if fits {
		return s, 0
	}
	if chars < 1 || room < 1 {
		return "", utf8.RuneCountInString(s)
	}
	if kept == 0 {
		kept = hard
	}
	head := strings.TrimRight(s[:kept], " \n")
	return head + ellipsis, utf8.RuneCountInString(s[kept:])
}

// widths returns what a character takes once escaped, and that within JSON.
func widths(r rune) (chars, wire int) {
	switch r {
	case '&':
		return len("&amp;"), len("&amp;")
	case '<', '>':
		return len("&lt;"), len("&lt;")
	case '"', '\\', '\n':
		return 1, 2
	}
	n := 1
	if r > 0xFFFF {
		n = 2 // a pair of surrogates
	}
	return n, n
}

// separable says whether a cut between two characters parts nothing that
// shows as one: a letter and its accents, an emoji made of several.
func separable(before, after rune) bool {
	const joiner = '\u200D'
	switch {
	case before == joiner, after == joiner:
		return false
	case unicode.Is(unicode.M, after), unicode.Is(unicode.Variation_Selector, after):
		return false
	case after >= 0x1F3FB && after <= 0x1F3FF: // skin tones
		return false
	case after >= 0xE0020 && after <= 0xE007F: // tags of flags
		return false
	}
	// Flags are pairs of letters of their own; not to part them is enough.
	return !regional(before) || !regional(after)
}

func regional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

// size is how many UTF-16 units a text has.
func size(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}
