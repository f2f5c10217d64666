package migration

import (
	"strings"
	"unicode/utf8"
)

type kind int

// The kinds of a token. Comments are none.
const (
	word   kind = iota // a keyword or a bare name
	named              // a name in quotes
	text               // a string of any kind; its content is kept only where it is a plain one
	number             // digits
	symbol             // anything else, one character each
)

// token is one piece of a statement. Bare words are in upper case in key.
type token struct {
	kind      kind
	text, key string
	line      int
}

// lexer takes a file apart. It knows what PostgreSQL and MySQL agree on, and
// notes a doubt where they read the same text differently: nobody has said
// which of them it is.
// Source: PostgreSQL documentation, "Lexical Structure"; MySQL Reference Manual,
// "Comments" and "String Literals".
type lexer struct {
	source string
	at     int
	line   int
	doubt  func(line int, what string)
	// down is set by a comment that begins the way back, unset by one that ends it.
	down bool
}

// next returns the next token; ok is false at the end.
func (l *lexer) next() (t token, ok bool) {
	for l.at < len(l.source) {
		c := l.source[l.at]
		switch {
		case c == '\n':
			l.line++
			l.at++
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			l.at++
		case l.has("--"), c == '#' && l.comment():
			l.mark(l.rest())
		case l.has("/*"):
			l.block()
		case c == '\\' && l.begins():
			l.doubt(l.line, "a command of psql is not SQL: "+clip(l.rest()))
		default:
			return l.token(c), true
		}
	}
	return token{}, false
}

func (l *lexer) has(prefix string) bool { return strings.HasPrefix(l.source[l.at:], prefix) }

// begins says whether nothing stands before this in its line.
func (l *lexer) begins() bool {
	before := l.source[:l.at]
	return strings.TrimSpace(before[strings.LastIndexByte(before, '\n')+1:]) == ""
}

// comment says whether a # begins a comment, as in MySQL, or is an operator of
// PostgreSQL: nobody begins a line with one but #> #>> #-.
func (l *lexer) comment() bool {
	return l.begins() && !l.has("#>") && !l.has("#-")
}

// rest takes the rest of the line.
func (l *lexer) rest() string {
	line := l.source[l.at:]
	if end := strings.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	l.at += len(line)
	return line
}

// mark looks for the comments by which tools part the way forth from the way
// back in one file: goose, sql-migrate, dbmate.
func (l *lexer) mark(comment string) {
	switch said := strings.ToLower(strings.TrimLeft(comment, "-# \t")); {
	case strings.HasPrefix(said, "+goose down"), strings.HasPrefix(said, "+migrate down"), strings.HasPrefix(said, "migrate:down"):
		l.down = true
	case strings.HasPrefix(said, "+goose up"), strings.HasPrefix(said, "+migrate up"), strings.HasPrefix(said, "migrate:up"):
		l.down = false
	}
}

// block takes a comment. PostgreSQL nests them and MySQL does not; MySQL runs
// what stands in /*! */.
func (l *lexer) block() {
	from, depth := l.line, 0
	if l.has("/*!") || l.has("/*M!") {
		l.doubt(from, "MySQL runs what stands in this comment")
	}
	for l.at < len(l.source) {
		switch {
		case l.has("/*"):
			if depth++; depth == 2 {
				l.doubt(l.line, "a comment in a comment: PostgreSQL and MySQL see its end in different places")
			}
			l.at += 2
		case l.has("*/"):
			l.at += 2
			if depth--; depth == 0 {
				return
			}
		default:
			l.line += newline(l.source[l.at])
			l.at++
		}
	}
	l.doubt(from, "a comment has no end")
}

func newline(c byte) int {
	if c == '\n' {
		return 1
	}
	return 0
}

func (l *lexer) token(c byte) token {
	t := token{line: l.line}
	switch {
	case c == '\'':
		t.kind, t.text = text, l.quoted('\'', false)
	case (c == 'E' || c == 'e') && l.has(string(c)+"'"):
		l.at++
		t.kind, t.text = text, l.quoted('\'', true)
	case c == '"' || c == '`':
		t.kind, t.text = named, l.quoted(c, false)
	case c == '$' && l.dollar() != "":
		l.dollars(l.dollar())
		t.kind = text
	case letter(c):
		t.kind, t.text = word, l.run(func(c byte) bool { return letter(c) || digit(c) || c == '$' })
		t.key = strings.ToUpper(t.text)
	case digit(c):
		t.kind, t.text = number, l.run(digit)
	default:
		_, size := utf8.DecodeRuneInString(l.source[l.at:])
		t.kind, t.text = symbol, l.source[l.at:l.at+size]
		l.at += size
	}
	return t
}

// run takes all that is of one kind.
func (l *lexer) run(is func(byte) bool) string {
	start := l.at
	for l.at < len(l.source) && is(l.source[l.at]) {
		l.at++
	}
	return l.source[start:l.at]
}

func letter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// quoted takes what stands between two quotes; a doubled quote is one. Whether a
// backslash escapes is the database's matter where the string does not say it.
func (l *lexer) quoted(quote byte, escapes bool) string {
	from := l.line
	var b strings.Builder
	for l.at++; l.at < len(l.source); l.at++ {
		c := l.source[l.at]
		l.line += newline(c)
		switch {
		case c == '\\' && escapes && l.at+1 < len(l.source):
			l.at++
			l.line += newline(l.source[l.at])
		case c == '\\' && quote == '\'' && l.at+1 < len(l.source) && l.source[l.at+1] == '\'':
			l.doubt(l.line, "a backslash before a quote: PostgreSQL and MySQL see the string's end in different places")
		case c == quote && l.at+1 < len(l.source) && l.source[l.at+1] == quote:
			l.at++
			b.WriteByte(quote)
		case c == quote:
			l.at++
			return b.String()
		default:
			b.WriteByte(c)
		}
	}
	l.doubt(from, "a quote is never closed")
	return b.String()
}

// dollar returns the $tag$ that begins here, or "".
func (l *lexer) dollar() string {
	s := l.source[l.at+1:]
	for i := range len(s) {
		switch c := s[i]; {
		case c == '$':
			return l.source[l.at : l.at+i+2]
		case !letter(c) && (i == 0 || !digit(c)):
			return ""
		}
	}
	return ""
}

// dollars takes a text between two equal tags.
func (l *lexer) dollars(tag string) {
	from := l.line
	inner := l.source[l.at+len(tag):]
	end := strings.Index(inner, tag)
	if end < 0 {
		l.doubt(from, "the text after "+clip(tag)+" is never closed")
		end = len(inner)
		tag = ""
	}
	l.line += strings.Count(inner[:end], "\n")
	l.at = len(l.source) - len(inner) + end + len(tag)
}

// data skips what psql takes as data after COPY … FROM stdin, up to \. alone.
func (l *lexer) data() {
	from := l.line
	for l.at < len(l.source) {
		line := strings.TrimRight(l.rest(), "\r")
		if l.at < len(l.source) {
			l.at++
			l.line++
		}
		if line == `\.` {
			return
		}
	}
	l.doubt(from, "the data after COPY have no end")
}

// clip bounds what a file can put into a report.
func clip(s string) string {
	const most = 60
	s = strings.ToValidUTF8(strings.TrimSpace(s), "?")
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
