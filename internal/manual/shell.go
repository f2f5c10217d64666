package manual

import (
	"fmt"
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Any is what stands for a word that is known only when the command runs.
const Any = "\x00"

// Call is one command of a script: the program and its words. Where it stands
// within another, a pipe or a loop does not matter.
type Call struct {
	Line  int // within the script, from 1
	Words []string
}

// placeholder is a word that the reader replaces: <bucket>.
var placeholder = regexp.MustCompile(`<[a-z][a-zA-Z0-9 _.-]*>`)

// Calls reads a script by bash's grammar.
func Calls(script string) ([]Call, error) {
	script = placeholder.ReplaceAllString(script, "PLACEHOLDER")
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(script), "")
	if err != nil {
		return nil, fmt.Errorf("bash cannot read it: %w", err)
	}
	var calls []Call
	syntax.Walk(file, func(n syntax.Node) bool {
		c, ok := n.(*syntax.CallExpr)
		if !ok || len(c.Args) == 0 {
			return true
		}
		call := Call{Line: int(c.Pos().Line())}
		for _, w := range c.Args {
			call.Words = append(call.Words, literal(w.Parts))
		}
		calls = append(calls, call)
		return true
	})
	return calls, nil
}

// literal is a word as the program gets it, with Any for what is expanded.
func literal(parts []syntax.WordPart) string {
	var b strings.Builder
	for _, part := range parts {
		switch part := part.(type) {
		case *syntax.Lit:
			b.WriteString(strings.ReplaceAll(part.Value, `\`, ""))
		case *syntax.SglQuoted:
			b.WriteString(part.Value)
		case *syntax.DblQuoted:
			b.WriteString(literal(part.Parts))
		default:
			b.WriteString(Any)
		}
	}
	return strings.ReplaceAll(b.String(), "PLACEHOLDER", Any)
}

// Flags are the names of the long options among words, and of the short ones.
func Flags(words []string) []string {
	var names []string
	for _, w := range words {
		if !strings.HasPrefix(w, "-") || w == "-" || w == "--" {
			continue
		}
		name, _, _ := strings.Cut(w, "=")
		if len(name) > 1 && (name[1] < '0' || name[1] > '9') { // a negative number is none
			names = append(names, name)
		}
	}
	return names
}

// Value is what follows an option, or "".
func Value(words []string, option string) string {
	for i, w := range words {
		if w == option && i+1 < len(words) {
			return words[i+1]
		}
		if v, ok := strings.CutPrefix(w, option+"="); ok {
			return v
		}
	}
	return ""
}
