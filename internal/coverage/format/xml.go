package format

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// What an XML report may hold; real ones stay far below.
const (
	// maxTag bounds a tag with its attributes, and a text that is asked for, in bytes.
	maxTag = 64 << 10
	// maxAttributes bounds the attributes of a tag.
	maxAttributes = 64
	// maxDepth bounds how deep elements are nested; JaCoCo's groups need most.
	maxDepth = 64
)

// xmlElement is what happens in a report: an element opens or closes.
type xmlElement int

const (
	xmlOpen xmlElement = iota + 1
	xmlClose
)

// xmlReader reads the little of XML that coverage reports are made of: elements,
// attributes, text, comments. It is strict. It refuses what it does not
// understand, above all everything by which a document could declare entities,
// and it reads nothing but the document.
type xmlReader struct {
	in          *bufio.Reader
	buf         []byte
	at          int // the next byte of buf to read
	linesBefore int // line breaks before buf
	atEnd       bool
	inRoot      bool // the root element has begun
	refused     bool // it declares what can expand
	// pending is an element that closes at once: <a/>.
	pending bool
	// names of the open elements, one after the other, and where each begins.
	names  []byte
	begins []int

	attributes []xmlAttribute
	// text is what stood before the tag that was read last, if keepText was set.
	text     []byte
	keepText bool
}

type xmlAttribute struct{ name, value []byte }

// xmlBuffer is the size of the window on the report in bytes.
const xmlBuffer = 256 << 10

func newXMLReader(r *bufio.Reader, window int) *xmlReader {
	return &xmlReader{in: r, buf: make([]byte, 0, window)}
}

// each calls f for every element that opens or closes, to the report's end.
func (x *xmlReader) each(f func(xmlElement) error) error {
	for {
		kind, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(kind); err != nil {
			return err
		}
	}
}

// next reads on to the next element that opens or closes; io.EOF comes after
// the root element. Names and attributes are valid until the next call.
func (x *xmlReader) next() (xmlElement, error) {
	if x.pending {
		x.pending = false
		return xmlClose, nil
	}
	x.drop()
	if err := x.skipText(); err != nil {
		return 0, err
	}
	for {
		kind, err := x.markup()
		if kind != 0 || err != nil {
			return kind, err
		}
		if err := x.skipText(); err != nil {
			return 0, err
		}
	}
}

// drop forgets an element that has closed; its name is kept until here.
func (x *xmlReader) drop() {
	if n := len(x.begins); n > 0 && x.begins[n-1] < 0 {
		x.names = x.names[:-x.begins[n-1]-1]
		x.begins = x.begins[:n-1]
	}
}

// name is that of the element read last; above is how many of its parents to go up.
func (x *xmlReader) name(above int) string {
	i := len(x.begins) - 1 - above
	if i < 0 {
		return ""
	}
	end := len(x.names)
	if i+1 < len(x.begins) {
		end = begin(x.begins[i+1])
	}
	return string(x.names[begin(x.begins[i]):end])
}

func begin(b int) int {
	if b < 0 {
		return -b - 1
	}
	return b
}

// is says whether the element read last has this name and these parents.
func (x *xmlReader) is(names ...string) bool {
	for i, name := range names {
		if !x.named(i, name) {
			return false
		}
	}
	return true
}

func (x *xmlReader) named(above int, name string) bool {
	i := len(x.begins) - 1 - above
	if i < 0 {
		return name == ""
	}
	end := len(x.names)
	if i+1 < len(x.begins) {
		end = begin(x.begins[i+1])
	}
	return string(x.names[begin(x.begins[i]):end]) == name // compared without a copy
}

// attribute returns a value as it is written, or nil.
func (x *xmlReader) attribute(name string) []byte {
	for i := range x.attributes {
		if string(x.attributes[i].name) == name {
			return x.attributes[i].value
		}
	}
	return nil
}

// word returns a value with its references resolved.
func (x *xmlReader) word(name string) (string, error) {
	return x.resolve(x.attribute(name))
}

// count returns a value that is a whole number, -1 when there is none.
func (x *xmlReader) count(name string) (int64, error) {
	value := x.attribute(name)
	if value == nil {
		return -1, nil
	}
	n, ok := number(value)
	if !ok {
		return 0, x.damaged("%s=%q is no count", name, clipped(value))
	}
	return n, nil
}

// hit returns whether a count is above zero, however many digits it has.
func (x *xmlReader) hit(name string) (bool, error) {
	value := x.attribute(name)
	hit, valid := isHit(value)
	if !valid || value[0] == '-' {
		return false, x.damaged("%s=%q of <%s> is no count", name, clipped(value), x.name(0))
	}
	return hit, nil
}

// line returns the number of a line of source.
func (x *xmlReader) line(name string) (uint32, error) {
	n, ok := number(x.attribute(name))
	if !ok || n < 1 || n > mostLine {
		return 0, x.damaged("%s=%q of <%s> is no line of a file", name, clipped(x.attribute(name)), x.name(0))
	}
	return uint32(n), nil
}

// resolve replaces the five references that XML has and those by number. There
// are no others: declaring one is refused.
func (x *xmlReader) resolve(b []byte) (string, error) {
	if bytes.IndexByte(b, '&') < 0 {
		return string(b), nil
	}
	var out []byte
	for len(b) > 0 {
		if b[0] != '&' {
			out = append(out, b[0])
			b = b[1:]
			continue
		}
		end := bytes.IndexByte(b, ';')
		if end < 0 || end > 12 {
			return "", x.damaged("a reference without an end in %q", clipped(b))
		}
		r, ok := reference(string(b[1:end]))
		if !ok {
			return "", x.damaged("the unknown entity %q", clipped(b[:end+1]))
		}
		out = utf8.AppendRune(out, r)
		b = b[end+1:]
	}
	return string(out), nil
}

func reference(name string) (rune, bool) {
	if r, ok := map[string]rune{"lt": '<', "gt": '>', "amp": '&', "quot": '"', "apos": '\''}[name]; ok {
		return r, true
	}
	var digits string
	base := rune(10)
	switch {
	case len(name) > 2 && name[0] == '#' && name[1] == 'x':
		digits, base = name[2:], 16
	case len(name) > 1 && name[0] == '#':
		digits = name[1:]
	default:
		return 0, false
	}
	var r rune
	for _, c := range []byte(digits) {
		digit, ok := hexDigit(c)
		if !ok || digit >= base || r > utf8.MaxRune {
			return 0, false
		}
		r = r*base + digit
	}
	return r, utf8.ValidRune(r)
}

func hexDigit(c byte) (rune, bool) {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0'), true
	case c >= 'a' && c <= 'f':
		return rune(c-'a') + 10, true
	case c >= 'A' && c <= 'F':
		return rune(c-'A') + 10, true
	}
	return 0, false
}

func (x *xmlReader) damaged(format string, args ...any) error {
	return damaged(x.lineNumber(), format, args...)
}

// lineNumber says how far the report was read, in lines from 1.
func (x *xmlReader) lineNumber() int {
	return 1 + x.linesBefore + bytes.Count(x.buf[:x.at], []byte("\n"))
}

// more reads on, keeping what was not read yet. It reports false at the end.
func (x *xmlReader) more() (bool, error) {
	if x.atEnd {
		return false, nil
	}
	x.linesBefore += bytes.Count(x.buf[:x.at], []byte("\n"))
	kept := copy(x.buf[:cap(x.buf)], x.buf[x.at:])
	x.at = 0
	n, err := x.in.Read(x.buf[kept:cap(x.buf)])
	x.buf = x.buf[:kept+n]
	if errors.Is(err, io.EOF) {
		x.atEnd = true
		return n > 0, nil
	}
	return err == nil, err
}
