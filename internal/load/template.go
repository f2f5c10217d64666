package load

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// place is where a value is put: it may not break out of it.
type place int

const (
	inPath place = iota
	inHeader
	inText
	inJSON
)

// holder is a template: {{ name }} or {{ $function(arguments) }}.
var holder = pattern.New(`\{\{([^{}]*)\}\}`)

// call is a function of ours with its arguments.
var call = pattern.New(`^\$([A-Za-z]+)(?:\(([^()]*)\))?$`)

// name is a value's name.
var name = pattern.New(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// fill puts values in place of templates.
func (u *User) fill(text string, where place) (string, error) {
	if !strings.Contains(text, "{{") {
		return text, nil
	}
	var err error
	filled := holder.ReplaceAllStringFunc(text, func(found string) string {
		value, e := u.value(strings.TrimSpace(found[2 : len(found)-2]))
		if e != nil && err == nil {
			err = e
		}
		return put(value, where)
	})
	return filled, err
}

func (u *User) value(said string) (string, error) {
	if f := call.FindStringSubmatch(said); f != nil {
		return random(u.rng, u.number, f[1], f[2])
	}
	value, ok := u.values[said]
	if !ok {
		return "", fmt.Errorf("there is no value for {{ %s }}", said)
	}
	return value, nil
}

// Bounds of what random functions make.
const mostLetters = 1024

const letters = "abcdefghijklmnopqrstuvwxyz0123456789"

// random is the value of one of our functions.
func random(rng *rand.Rand, number int, function, said string) (string, error) {
	var arguments []int64
	for part := range strings.SplitSeq(said, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil || n < -1<<53 || n > 1<<53 {
			return "", fmt.Errorf("$%s: %q is no whole number", function, part)
		}
		arguments = append(arguments, n)
	}
	switch {
	case function == "number" && len(arguments) == 0:
		return strconv.Itoa(number), nil
	case function == "uuid" && len(arguments) == 0:
		a, b := rng.Uint64(), rng.Uint64()
		// Version 4 and variant 1 of RFC 9562 stand in fixed bits.
		a, b = a&^0xf000|0x4000, b&^(3<<62)|1<<63
		return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xffff, a&0xffff, b>>48, b&(1<<48-1)), nil
	case function == "randomNumber" && len(arguments) == 2 && arguments[0] <= arguments[1]:
		return strconv.FormatInt(arguments[0]+rng.Int64N(arguments[1]-arguments[0]+1), 10), nil
	case function == "randomString" && len(arguments) == 1 && arguments[0] > 0 && arguments[0] <= mostLetters:
		b := make([]byte, arguments[0])
		for i := range b {
			b[i] = letters[rng.IntN(len(letters))]
		}
		return string(b), nil
	}
	return "", fmt.Errorf("$%s(%s) is no function of templates: $uuid, $number, $randomNumber(1, 100), $randomString(8)", function, said)
}

// put makes a value safe where it stands. A path keeps its slashes, so that a
// value may be a path; what would begin a query, a fragment or a second parameter
// is escaped.
func put(value string, where place) string {
	switch where {
	case inPath:
		var b strings.Builder
		for i := range len(value) {
			if c := value[i]; c < utf8.RuneSelf && strings.IndexByte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/:@!$'()*,;", c) >= 0 {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
		return b.String()
	case inHeader:
		return strings.NewReplacer("\r", " ", "\n", " ", "\x00", " ").Replace(value)
	case inJSON:
		quoted, err := json.Marshal(value)
		if err != nil {
			return ""
		}
		return string(quoted[1 : len(quoted)-1])
	}
	return value
}
