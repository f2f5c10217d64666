package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
)

// jsonReader reads JSON with the line of each value.
type jsonReader struct {
	file   string
	in     *json.Decoder
	ends   []int // where each line ends
	budget budget
}

func parseJSON(file string, text []byte) (*node, error) {
	r := &jsonReader{file: file, in: json.NewDecoder(bytes.NewReader(text))}
	r.in.UseNumber()
	for i, b := range text {
		if b == '\n' {
			r.ends = append(r.ends, i)
		}
	}
	n, err := r.value(0)
	if err == nil {
		if _, more := r.in.Token(); !errors.Is(more, io.EOF) {
			line, column := r.at()
			err = unreadable(file, line, column, "has something after the end of the JSON")
		}
	}
	if err != nil {
		return nil, r.fault(err)
	}
	return n, nil
}

// at is the place of what was read last: its last character.
func (r *jsonReader) at() (line, column int) { return r.place(int(r.in.InputOffset()) - 1) }

func (r *jsonReader) place(offset int) (line, column int) {
	i := sort.SearchInts(r.ends, max(offset, 0))
	if i == 0 {
		return 1, max(offset, 0) + 1
	}
	return i + 1, offset - r.ends[i-1]
}

func (r *jsonReader) fault(err error) error {
	var syntax *json.SyntaxError
	line, column := r.at()
	switch {
	case errors.As(err, &syntax):
		line, column = r.place(int(syntax.Offset))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("it breaks off")
	case errors.Is(err, errTooMuch):
	default:
		return err
	}
	return unreadable(r.file, line, column, fmt.Sprintf("is no JSON: %v", err))
}

func (r *jsonReader) value(depth int) (*node, error) {
	if err := r.budget.take(depth); err != nil {
		return nil, err
	}
	token, err := r.in.Token()
	if err != nil {
		return nil, err
	}
	n := &node{kind: nodeScalar}
	n.line, n.column = r.at()
	switch t := token.(type) {
	case nil:
		n.kind = nodeNull
	case json.Delim:
		if t == '[' {
			return n, r.list(n, depth)
		}
		return n, r.object(n, depth)
	default:
		n.text = fmt.Sprint(t)
	}
	return n, nil
}

func (r *jsonReader) list(n *node, depth int) error {
	n.kind = nodeList
	for r.in.More() {
		item, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	_, err := r.in.Token()
	return err
}

func (r *jsonReader) object(n *node, depth int) error {
	n.kind = nodeMap
	for r.in.More() {
		token, err := r.in.Token()
		if err != nil {
			return err
		}
		e := entry{key: fmt.Sprint(token)}
		e.line, e.column = r.at()
		if e.value, err = r.value(depth + 1); err != nil {
			return err
		}
		n.entries = append(n.entries, e)
	}
	if _, err := r.in.Token(); err != nil {
		return err
	}
	return double(r.file, n.entries)
}
