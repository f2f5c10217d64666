package format

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// What a report in JSON may hold; real ones stay far below.
const (
	// maxString bounds a string that is kept and a number, in bytes. Those that
	// are passed over, such as whole sources, may be longer.
	maxString = 64 << 10
	// maxNesting bounds how deep values are nested.
	maxNesting = 64
)

// jsonReader reads JSON as a stream, because a report is larger than what is
// wanted of it, and encoding/json reads a value whole before it looks at it.
type jsonReader struct {
	r *bufio.Reader
	// offset is how much was read, in bytes.
	offset int64
	depth  int
	text   []byte
}

// byte returns the next byte; at the report's end it is an error.
func (j *jsonReader) byte() (byte, error) {
	c, err := j.r.ReadByte()
	if errors.Is(err, io.EOF) {
		return 0, j.damaged("it breaks off")
	}
	j.offset++
	return c, err
}

// peek returns the next byte that is no white space, without taking it.
func (j *jsonReader) peek() (byte, error) {
	for {
		c, err := j.byte()
		if err != nil {
			return 0, err
		}
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			j.offset--
			return c, j.r.UnreadByte()
		}
	}
}

func (j *jsonReader) damaged(format string, args ...any) error {
	args = append(args, j.offset)
	return damaged(0, format+" after %d bytes", args...)
}

// expect takes the next byte that is no white space, which must be c.
func (j *jsonReader) expect(c byte) error {
	got, err := j.peek()
	if err != nil {
		return err
	}
	if got != c {
		return j.damaged("%q stands where %q is expected", string(got), string(c))
	}
	_, err = j.byte()
	return err
}

// end fails if anything follows.
func (j *jsonReader) end() error {
	for {
		c, err := j.r.ReadByte()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return damaged(0, "something follows its end")
		}
	}
}

// object reads an object and calls member for each, who must read the value.
// The key is valid until then.
func (j *jsonReader) object(member func(key []byte) error) error {
	return j.list('{', '}', func() error {
		key, err := j.string(true)
		if err != nil {
			return err
		}
		if err := j.expect(':'); err != nil {
			return err
		}
		return member(key)
	})
}

// array reads an array and calls item for each, who must read the value.
func (j *jsonReader) array(item func() error) error { return j.list('[', ']', item) }

func (j *jsonReader) list(open, shut byte, item func() error) error {
	if err := j.expect(open); err != nil {
		return err
	}
	if j.depth++; j.depth > maxNesting {
		return j.damaged("values nested deeper than %d", maxNesting)
	}
	for first := true; ; first = false {
		c, err := j.peek()
		if err != nil {
			return err
		}
		if c == shut {
			break
		}
		if !first {
			if err := j.expect(','); err != nil {
				return err
			}
		}
		if err := item(); err != nil {
			return err
		}
	}
	j.depth--
	return j.expect(shut)
}

// string reads a string. One that is not kept may have any length.
func (j *jsonReader) string(keep bool) ([]byte, error) {
	if err := j.expect('"'); err != nil {
		return nil, err
	}
	j.text = j.text[:0]
	for {
		c, err := j.byte()
		if err != nil {
			return nil, err
		}
		switch {
		case c == '"':
			return j.text, nil
		case c < ' ':
			return nil, j.damaged("a control character within a string")
		case c == '\\':
			if err := j.escape(); err != nil {
				return nil, err
			}
		default:
			j.text = append(j.text, c)
		}
		if len(j.text) > maxString {
			if keep {
				return nil, j.damaged("a string of more than %d bytes", maxString)
			}
			j.text = j.text[:0]
		}
	}
}

func (j *jsonReader) escape() error {
	c, err := j.byte()
	if err != nil {
		return err
	}
	if plain, ok := map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}[c]; ok {
		j.text = append(j.text, plain)
		return nil
	}
	if c != 'u' {
		return j.damaged("the unknown escape \\%s", string(c))
	}
	r, err := j.hex()
	if err != nil {
		return err
	}
	if utf16.IsSurrogate(r) {
		next, err := j.r.Peek(2)
		if err == nil && string(next) == `\u` {
			_, _ = j.r.Discard(2) // just peeked at
			j.offset += 2
			low, err := j.hex()
			if err != nil {
				return err
			}
			r = utf16.DecodeRune(r, low)
		} else {
			r = utf8.RuneError
		}
	}
	j.text = utf8.AppendRune(j.text, r)
	return nil
}

func (j *jsonReader) hex() (rune, error) {
	var r rune
	for range 4 {
		c, err := j.byte()
		if err != nil {
			return 0, err
		}
		digit, ok := hexDigit(c)
		if !ok {
			return 0, j.damaged("an escape that is no character")
		}
		r = r<<4 | digit
	}
	return r, nil
}

// number reads a number as it is written.
func (j *jsonReader) number() ([]byte, error) {
	if _, err := j.peek(); err != nil {
		return nil, err
	}
	j.text = j.text[:0]
	for {
		c, err := j.byte()
		if err != nil {
			return nil, err // a number is never the last of a report
		}
		if (c < '0' || c > '9') && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			j.offset--
			if err := j.r.UnreadByte(); err != nil {
				return nil, err
			}
			break
		}
		if j.text = append(j.text, c); len(j.text) > 400 {
			return nil, j.damaged("a number of more than 400 digits")
		}
	}
	if len(j.text) == 0 {
		c, err := j.peek()
		if err != nil {
			return nil, err
		}
		return nil, j.damaged("%q stands where a number is expected", string(c))
	}
	if !validNumber(j.text) {
		return nil, j.damaged("%q is no number", clipped(j.text))
	}
	return j.text, nil
}

// validNumber holds JSON's grammar, which is narrower than strconv's.
func validNumber(b []byte) bool {
	if len(b) > 0 && b[0] == '-' {
		b = b[1:]
	}
	if len(b) == 0 || b[0] < '0' || b[0] > '9' || (b[0] == '0' && len(b) > 1 && b[1] >= '0' && b[1] <= '9') {
		return false
	}
	if c := b[len(b)-1]; c < '0' || c > '9' {
		return false
	}
	for i, c := range b[1:] {
		if c == '.' && (b[i] < '0' || b[i] > '9' || b[i+2] < '0' || b[i+2] > '9') {
			return false
		}
	}
	_, err := strconv.ParseFloat(string(b), 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}
