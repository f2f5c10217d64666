package doctor

import (
	"regexp"
	"strings"
)

// plain are words that a shell leaves as they are.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./:=@%+,\[\]~-]+$`)

// shell quotes a word for bash. Names come out of files that others may have
// written: none of them is ever a command. A bracket is quoted too, since it is a
// pattern to some shells.
func shell(word string) string {
	if plain.MatchString(word) && !strings.ContainsAny(word, "[]~") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// raw is a part of a command that is bash already: a pipe, a substitution.
type raw string

// command makes one line of words, of which those that are raw stay as they are.
func command(words ...any) string {
	parts := make([]string, 0, len(words))
	for _, w := range words {
		switch w := w.(type) {
		case raw:
			parts = append(parts, string(w))
		case string:
			parts = append(parts, shell(w))
		}
	}
	return strings.Join(parts, " ")
}
