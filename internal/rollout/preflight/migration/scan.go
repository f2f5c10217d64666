// Package migration reads SQL and finds what only one version of an app
// survives: while traffic moves, and after a rollback, the old version works on
// the schema that the new one has brought.
//
// It reads tokens, not text, so that a comment or a string is no statement. What
// it does not know it says: such a finding is open, never silent.
package migration

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// File is one migration. Applied says that the database has it already: it is
// read for what it created, and found nothing in. Unknown says that nobody knows
// whether it has: then nothing in it is sure, and what it creates may be old.
type File struct {
	Path, Text       string
	Applied, Unknown bool
}

// Finding is one statement that the old version may not survive. Sure says that
// it cannot; else nobody can tell from the text.
type Finding struct {
	File string
	Line int
	What string
	Sure bool
}

// Report is what was read.
type Report struct {
	// Files and Statements are those not applied.
	Files, Statements int
	Findings          []Finding
}

// mostText bounds one file.
const mostText = 4 << 20

// Scan reads migrations in the order in which they run.
func Scan(files []File) Report {
	s := &scanner{schema: schema{}, created: map[string]bool{}}
	for _, f := range files {
		if back(f.Path) {
			continue
		}
		s.file = f
		if !f.Applied {
			s.Files++
		}
		switch {
		case len(f.Text) > mostText:
			s.found(1, false, "the file is larger than 4 MiB and was not read")
		case !utf8.ValidString(f.Text):
			s.found(1, false, "the file is no UTF-8 text and was not read")
		default:
			s.read()
		}
	}
	slices.SortStableFunc(s.Findings, func(a, b Finding) int {
		if a.File != b.File {
			return 0
		}
		return cmp.Compare(a.Line, b.Line)
	})
	return s.Report
}

// back says whether a file is the way back: golang-migrate and others name it so.
func back(path string) bool {
	path = strings.ToLower(path)
	name := path[strings.LastIndexByte(path, '/')+1:]
	return strings.HasSuffix(name, ".down.sql") || name == "down.sql"
}

type scanner struct {
	Report
	file   File
	schema schema
	// created are the tables, types and so on that are new: the old version does
	// not know them, and so does not miss them.
	created map[string]bool
}

func (s *scanner) found(line int, sure bool, what string) {
	if !s.file.Applied {
		s.Findings = append(s.Findings, Finding{s.file.Path, line, what, sure && !s.file.Unknown})
	}
}

// read takes the file's statements apart.
func (s *scanner) read() {
	l := &lexer{source: strings.TrimPrefix(s.file.Text, "\uFEFF"), line: 1}
	l.doubt = func(line int, what string) {
		if !l.down {
			s.found(line, false, what)
		}
	}
	var tokens []token
	end := func() {
		if len(tokens) > 0 {
			s.statement(tokens)
		}
		tokens = nil
	}
	for {
		t, ok := l.next()
		switch {
		case !ok:
			end()
			return
		case l.down:
			end() // what stands before the mark belongs to the way forth
		case t.kind == symbol && t.text == ";":
			copied := copies(tokens)
			end()
			if copied {
				l.rest()
				l.data()
			}
		default:
			tokens = append(tokens, t)
		}
	}
}

// copies says whether data follow a statement instead of statements.
func copies(tokens []token) bool {
	if len(tokens) == 0 || tokens[0].key != "COPY" {
		return false
	}
	for i, t := range tokens[1:] {
		if t.key == "STDIN" && tokens[i].key == "FROM" {
			return true
		}
	}
	return false
}

func (s *scanner) statement(tokens []token) {
	if !s.file.Applied {
		s.Statements++
	}
	c := &cursor{tokens: tokens}
	first := c.peek()
	if first.kind == word {
		if rule, known := rules[first.key]; known {
			c.at++
			rule(s, c)
			return
		}
	}
	s.found(first.line, false, "nothing is known of a statement that begins with "+clip(first.text))
}

// cursor reads a statement's tokens.
type cursor struct {
	tokens []token
	at     int
}

func (c *cursor) done() bool { return c.at >= len(c.tokens) }

func (c *cursor) peek() token {
	if c.done() {
		return token{kind: symbol}
	}
	return c.tokens[c.at]
}

func (c *cursor) line() int {
	return c.tokens[min(c.at, len(c.tokens)-1)].line
}

// take goes past the words if all stand here.
func (c *cursor) take(words ...string) bool {
	for i, w := range words {
		if c.at+i >= len(c.tokens) || c.tokens[c.at+i].key != w {
			return false
		}
	}
	c.at += len(words)
	return true
}

// any goes past one of the words and names it.
func (c *cursor) any(words ...string) string {
	if t := c.peek(); t.key != "" && slices.Contains(words, t.key) {
		c.at++
		return t.key
	}
	return ""
}

// has says whether the words stand anywhere from here on, outside of parentheses.
func (c *cursor) has(words ...string) bool {
	depth := 0
	for i := c.at; i < len(c.tokens); i++ {
		depth += deeper(c.tokens[i])
		if depth == 0 && (&cursor{c.tokens, i}).take(words...) {
			return true
		}
	}
	return false
}

func deeper(t token) int {
	if t.kind == symbol && t.text == "(" {
		return 1
	}
	if t.kind == symbol && t.text == ")" {
		return -1
	}
	return 0
}

// symbol goes past one character.
func (c *cursor) symbol(s string) bool {
	if t := c.peek(); t.kind == symbol && t.text == s && !c.done() {
		c.at++
		return true
	}
	return false
}

// name reads a name with its schema: bare ones in lower case, those in quotes as
// they stand, without the schema that is meant where none is named.
func (c *cursor) name() string {
	var parts []string
	for {
		t := c.peek()
		switch t.kind {
		case named:
			parts = append(parts, t.text)
		case word:
			parts = append(parts, strings.ToLower(t.text))
		default:
			return strings.Join(parts, ".")
		}
		c.at++
		if !c.symbol(".") {
			break
		}
	}
	if len(parts) > 1 && parts[0] == "public" {
		parts = parts[1:]
	}
	return strings.Join(parts, ".")
}

// parts cuts what is left at the commas outside of parentheses.
func (c *cursor) parts() []*cursor {
	var all []*cursor
	depth, from := 0, c.at
	for i := c.at; i <= len(c.tokens); i++ {
		if i < len(c.tokens) {
			depth += deeper(c.tokens[i])
			if depth != 0 || c.tokens[i].kind != symbol || c.tokens[i].text != "," {
				continue
			}
		}
		if i > from {
			all = append(all, &cursor{tokens: c.tokens[from:i]})
		}
		from = i + 1
	}
	c.at = len(c.tokens)
	return all
}

// inner returns what stands between the parentheses that begin here.
func (c *cursor) inner() *cursor {
	if !c.symbol("(") {
		return &cursor{}
	}
	depth, from := 1, c.at
	for ; c.at < len(c.tokens); c.at++ {
		if depth += deeper(c.tokens[c.at]); depth == 0 {
			c.at++
			return &cursor{tokens: c.tokens[from : c.at-1]}
		}
	}
	return &cursor{tokens: c.tokens[from:]}
}
