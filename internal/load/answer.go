package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// document is the answer as JSON, nil if nobody asks or it is none.
func document(r *Request, a Answer) any {
	if !r.reads() {
		return nil
	}
	in := json.NewDecoder(bytes.NewReader(a.Body))
	in.UseNumber()
	var whole any
	if in.Decode(&whole) != nil {
		return nil
	}
	return whole
}

// failed are the checks that an answer does not pass.
func (r *Request) failed(a Answer, whole any) (failed []string) {
	asked := false
	for _, c := range r.Checks {
		asked = asked || c.Kind == CheckStatus
		if why := c.failed(a, whole); why != "" {
			failed = append(failed, why)
		}
	}
	if !asked && a.Status >= 400 && a.Status < 500 {
		failed = append(failed, fmt.Sprintf("status %d", a.Status))
	}
	return failed
}

// failed says what is wrong with an answer, or "". The words do not repeat what
// was answered: there would be as many kinds of them as answers.
func (c Check) failed(a Answer, whole any) string {
	switch c.Kind {
	case CheckStatus:
		if !slices.Contains(c.Values, strconv.Itoa(a.Status)) {
			return fmt.Sprintf("status %d, not %s", a.Status, strings.Join(c.Values, " or "))
		}
	case CheckExists:
		if _, ok := at(whole, c.Path); !ok {
			return "no " + c.Path
		}
	case CheckEquals:
		if value, ok := at(whole, c.Path); !ok || text(value) != c.Values[0] {
			return fmt.Sprintf("%s is not %q", c.Path, c.Values[0])
		}
	case CheckContains:
		if !bytes.Contains(a.Body, []byte(c.Values[0])) {
			return fmt.Sprintf("the body does not contain %q", c.Values[0])
		}
	case CheckType:
		if got, _ := header(a, contentType); !strings.HasPrefix(strings.ToLower(got), strings.ToLower(c.Values[0])) {
			return "the content type is not " + c.Values[0]
		}
	case CheckHeader:
		got, ok := header(a, c.Path)
		if !ok || len(c.Values) > 0 && got != c.Values[0] {
			return "the header " + c.Path + " is not as expected"
		}
	case CheckLatency:
		if a.Latency > c.Under {
			return fmt.Sprintf("not within %s", c.Under)
		}
	}
	return ""
}

// value is what a capture finds.
func (c Capture) value(a Answer, whole any) (string, bool) {
	if c.Header != "" {
		return header(a, c.Header)
	}
	value, ok := at(whole, c.Path)
	if !ok || value == nil {
		return "", false
	}
	return text(value), true
}

func header(a Answer, name string) (string, bool) {
	for key, values := range a.Headers {
		if strings.EqualFold(key, name) && len(values) > 0 {
			return values[0], true
		}
	}
	return "", false
}

// text writes a JSON value as a template or a check says it.
func text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case nil:
		return "null"
	}
	b, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(b)
}

// at finds $.a.b[0] in a document.
func at(whole any, path string) (any, bool) {
	steps, ok := steps(path)
	if !ok || whole == nil {
		return nil, false
	}
	for _, step := range steps {
		switch v := whole.(type) {
		case map[string]any:
			if whole, ok = v[step]; !ok {
				return nil, false
			}
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			whole = v[i]
		default:
			return nil, false
		}
	}
	return whole, true
}

// steps takes a path apart: $.a.b[0], or $ alone. Keys may stand in brackets with
// quotes.
func steps(path string) (list []string, ok bool) {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return nil, false
	}
	for rest != "" {
		var step string
		switch rest[0] {
		case '.':
			rest = rest[1:]
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			step, rest = rest[:end], rest[end:]
		case '[':
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return nil, false
			}
			step, rest = strings.Trim(rest[1:end], `"'`), rest[end+1:]
		default:
			return nil, false
		}
		if step == "" || strings.ContainsAny(step, "*?@()]\"'") {
			return nil, false
		}
		list = append(list, step)
	}
	return list, true
}
