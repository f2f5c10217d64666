package iam

import (
	"bytes"
	"encoding/json"
)

// wide is how long a line is filled. statement is the longest element of a list
// that gets a line of its own: a policy reads best by one statement a line.
const (
	wide      = 160
	statement = 2000
)

// Text writes a document of this package for people: what is short stands on
// one line, so that a template of many roles stays below [MostInline].
func Text(v any) []byte {
	var b bytes.Buffer
	layout(&b, []byte(compact(v)), 0, wide)
	return b.Bytes()
}

// layout writes compact JSON over as few lines as can be read, in the order in
// which it came. What is no longer than most stands on one. Nothing is indented: a
// template of many roles is deep, and its white space counts.
func layout(b *bytes.Buffer, raw []byte, depth, most int) {
	if len(raw)+depth <= most || raw[0] != '{' && raw[0] != '[' {
		b.Write(raw)
		return
	}
	in := json.NewDecoder(bytes.NewReader(raw))
	open, _ := in.Token() // raw was encoded by this package
	b.WriteString(open.(json.Delim).String())
	used := wide
	for first := true; in.More(); first = false {
		if !first {
			b.WriteByte(',')
		}
		key := ""
		if raw[0] == '{' {
			name, _ := in.Token()
			key = compact(name) + ": "
		}
		var value json.RawMessage
		_ = in.Decode(&value)
		// A list goes on in the same line as long as there is room.
		if used += len(value) + 1; raw[0] == '{' || used > wide || len(value)+depth > wide {
			b.WriteByte('\n')
			used = len(value)
		}
		b.WriteString(key)
		next := wide
		if raw[0] == '[' {
			next = statement
		}
		layout(b, value, depth+1, next)
	}
	b.WriteString("\n" + string(map[byte]byte{'{': '}', '[': ']'}[raw[0]]))
}
