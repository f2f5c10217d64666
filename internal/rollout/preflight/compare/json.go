package compare

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Difference is one place where two answers differ. What stands there is told by
// its kind and size and never by its value: an answer may hold a person's data,
// and reports are read by many.
type Difference struct {
	// At is status, header <name>, body, or a place in the JSON body: $.a.b[0].
	At string `json:"at"`
	// Blue and Green say what stands there.
	Blue  string `json:"blue"`
	Green string `json:"green"`
}

const (
	// mostDifferences bounds what is told of two bodies; mostDepth how deep they nest.
	mostDifferences = 200
	mostDepth       = 200
)

// object is a JSON object; its names are in sorted order.
type object struct {
	names  []string
	values map[string]any
}

// parse reads one JSON document; ok is false for what is none, or is one that
// readers understand in different ways: with a name twice, or not in UTF-8.
func parse(text []byte) (value any, ok bool) {
	if bytes.ContainsRune(text, utf8.RuneError) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	value, err := read(d, 0)
	if err != nil {
		return nil, false
	}
	_, err = d.Token()
	return value, errors.Is(err, io.EOF)
}

var errForm = errors.New("no JSON that everybody reads alike")

func read(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	if depth > mostDepth {
		return nil, errForm
	}
	switch t {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := read(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	case json.Delim('{'):
		o := object{values: map[string]any{}}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			key, isText := name.(string)
			if _, twice := o.values[key]; twice || !isText {
				return nil, errForm
			}
			if o.values[key], err = read(d, depth+1); err != nil {
				return nil, err
			}
			o.names = append(o.names, key)
		}
		slices.Sort(o.names)
		_, err = d.Token()
		return o, err
	}
	return t, nil
}

// differ walks two documents at once.
type differ struct {
	ignore []Pattern
	at     []step
	found  []Difference
	more   int
}

func (d *differ) add(blue, green string) {
	if len(d.found) >= mostDifferences {
		d.more++
		return
	}
	d.found = append(d.found, Difference{show(d.at), blue, green})
}

func (d *differ) walk(blue, green any) {
	if slices.ContainsFunc(d.ignore, func(p Pattern) bool { return p.match(d.at) }) {
		return
	}
	switch b := blue.(type) {
	case object:
		if g, ok := green.(object); ok {
			d.objects(b, g)
			return
		}
	case []any:
		if g, ok := green.([]any); ok {
			d.lists(b, g)
			return
		}
	case json.Number:
		if g, ok := green.(json.Number); ok {
			if plainNumber(b) != plainNumber(g) {
				d.add("a number", "another number")
			}
			return
		}
	case string:
		if g, ok := green.(string); ok {
			if b != g {
				d.add(describe(b), "another: "+describe(g))
			}
			return
		}
	case bool:
		if g, ok := green.(bool); ok && b == g {
			return
		}
	case nil:
		if green == nil {
			return
		}
	}
	d.add(describe(blue), describe(green))
}

// missing stands for what one side has not.
type missing struct{}

func (d *differ) objects(b, g object) {
	names := slices.Concat(b.names, g.names)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		d.step(step{name: name}, value(b, name), value(g, name))
	}
}

func value(o object, name string) any {
	if v, ok := o.values[name]; ok {
		return v
	}
	return missing{}
}

func (d *differ) lists(b, g []any) {
	for i := range max(len(b), len(g)) {
		var blue, green any = missing{}, missing{}
		if i < len(b) {
			blue = b[i]
		}
		if i < len(g) {
			green = g[i]
		}
		d.step(step{index: i, list: true}, blue, green)
	}
}

func (d *differ) step(s step, blue, green any) {
	d.at = append(d.at, s)
	d.walk(blue, green)
	d.at = d.at[:len(d.at)-1]
}

// describe tells of a value without telling it.
func describe(v any) string {
	switch v := v.(type) {
	case missing:
		return "missing"
	case nil:
		return "null"
	case bool:
		return fmt.Sprint(v)
	case json.Number:
		return "a number"
	case string:
		return fmt.Sprintf("a text of %d characters", utf8.RuneCountInString(v))
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	case object:
		return fmt.Sprintf("an object of %d members", len(v.names))
	}
	return "something else"
}

// plainNumber writes a number so that equal ones have one spelling: 1, 1.0 and
// 1e0 are equal. It never counts the exponent out, which may be immense.
func plainNumber(n json.Number) string {
	text := strings.ToLower(string(n))
	digits, exponent, _ := strings.Cut(text, "e")
	sign := ""
	if rest, negative := strings.CutPrefix(digits, "-"); negative {
		sign, digits = "-", rest
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	fraction = strings.TrimRight(fraction, "0")
	all := strings.TrimLeft(whole+fraction, "0")
	if all == "" {
		return "0"
	}
	shift := -len(fraction)
	if exponent != "" {
		e, ok := small(exponent)
		if !ok {
			return text
		}
		shift += e
	}
	trimmed := strings.TrimRight(all, "0")
	return fmt.Sprintf("%s%se%d", sign, trimmed, shift+len(all)-len(trimmed))
}

// small reads an exponent of a size that a number can have.
func small(exponent string) (n int, ok bool) {
	digits := strings.TrimLeft(exponent, "+-")
	digits = strings.TrimLeft(digits, "0")
	if len(digits) > 9 {
		return 0, false
	}
	for _, c := range digits {
		n = 10*n + int(c-'0')
	}
	if exponent[0] == '-' {
		n = -n
	}
	return n, true
}
