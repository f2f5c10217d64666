package artillery

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/cutover-dev/cutover/internal/load"
)

// holder is a template of Artillery's: {{ name }}.
var holder = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// template writes Artillery's templates as ours. Most are the same.
func (r *reader) template(n *yaml.Node, path, text, round string) string {
	return holder.ReplaceAllStringFunc(text, func(found string) string {
		said := strings.TrimSpace(found[2 : len(found)-2])
		switch {
		case said == "$loopCount" && round != "":
			return round
		case said == "$uuid":
			r.note(n, path, "{{ $uuid }} is a new one at each place, where Artillery's is one for each virtual user")
		case said == "$randomString()" || said == "$randomString":
			return "{{ $randomString(10) }}"
		case strings.HasPrefix(said, "$randomNumber(") || strings.HasPrefix(said, "$randomString("):
		case strings.HasPrefix(said, "$"):
			r.wrong(n, path, fmt.Sprintf("%s is not known here", found), "names of variables, payload and captures, $uuid, $randomNumber(1, 100), $randomString(8), $loopCount in a loop",
				"Write the value itself: variables of the environment are not read.")
		}
		return "{{ " + said + " }}"
	})
}

// escape is for keys and values of a query; templates stay.
func escape(text string) string {
	var b strings.Builder
	last := 0
	for _, at := range holder.FindAllStringIndex(text, -1) {
		b.WriteString(percent(text[last:at[0]]) + text[at[0]:at[1]])
		last = at[1]
	}
	return b.String() + percent(text[last:])
}

func percent(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func (r *reader) headersOf(n *yaml.Node, path string) (list []load.Header) {
	r.pairs(n, path, func(key string, at, value *yaml.Node) {
		where := join(path, key)
		switch strings.ToLower(key) {
		case "content-length", "connection", "transfer-encoding":
			r.note(at, where, "is set by the generator itself")
		case "host":
			r.wrong(at, where, "would send the load to another host's rules", "", "Name that host as the target.")
		default:
			if text, ok := r.text(value, where); ok {
				list = append(list, load.Header{Name: key, Value: text})
			}
		}
	})
	return list
}

// json writes a node as JSON, its keys in the order of the file.
func (r *reader) json(n *yaml.Node, path, round string) string {
	if n = r.real(n); n == nil {
		return "null"
	}
	var parts []string
	switch n.Kind {
	case yaml.MappingNode:
		r.pairs(n, path, func(key string, _, value *yaml.Node) {
			parts = append(parts, quote(key)+":"+r.json(value, join(path, key), round))
		})
		return "{" + strings.Join(parts, ",") + "}"
	case yaml.SequenceNode:
		for i, one := range n.Content {
			parts = append(parts, r.json(one, path+"["+strconv.Itoa(i)+"]", round))
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	switch n.ShortTag() {
	case "!!null":
		return "null"
	case "!!bool", "!!int", "!!float":
		var value any
		if n.Decode(&value) == nil {
			if text, err := json.Marshal(value); err == nil {
				return string(text)
			}
		}
		r.wrong(n, path, fmt.Sprintf("%q cannot be written as JSON", n.Value), "", "Put it in quotes.")
		return "null"
	}
	if found := holder.FindString(n.Value); found != "" && found == n.Value && !strings.Contains(found, "$") {
		r.note(n, path, "is sent as a text; Artillery keeps a captured number a number")
	}
	return quote(r.template(n, path, n.Value, round))
}

// quote writes a text as JSON does, and leaves templates as they are.
func quote(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		return `""`
	}
	return string(b)
}

func (f *steps) capture(q *load.Request, n *yaml.Node, path string) {
	var c load.Capture
	f.mapping(n, path, keys{
		"json":   func(n *yaml.Node, path string) { c.Path, _ = f.text(n, path) },
		"header": func(n *yaml.Node, path string) { c.Header, _ = f.text(n, path) },
		"as":     func(n *yaml.Node, path string) { c.Name, _ = f.text(n, path) },
		"strict": f.strict,
	})
	if c.Name == "" || (c.Path == "") == (c.Header == "") {
		f.wrong(n, path, "does not say what is captured, or under which name", "json or header, and as", "")
		return
	}
	q.Captures = append(q.Captures, c)
}

// expect is a check of the expect plugin's.
func (f *steps) expect(q *load.Request, n *yaml.Node, path string) {
	add := func(c load.Check) { q.Checks = append(q.Checks, c) }
	f.mapping(n, path, keys{
		"statusCode": func(n *yaml.Node, path string) {
			c := load.Check{Kind: load.CheckStatus}
			f.list(n, path, true, func(n *yaml.Node, path string) {
				if status, ok := f.number(n, path); ok {
					c.Values = append(c.Values, strconv.FormatFloat(status, 'f', -1, 64))
				}
			})
			add(c)
		},
		"contentType": func(n *yaml.Node, path string) {
			if text, ok := f.text(n, path); ok {
				if text == "json" {
					text = "application/json"
				}
				add(load.Check{Kind: load.CheckType, Values: []string{text}})
			}
		},
		"hasProperty": func(n *yaml.Node, path string) {
			f.list(n, path, true, func(n *yaml.Node, path string) {
				if text, ok := f.text(n, path); ok {
					if !strings.HasPrefix(text, "$") {
						text = "$." + text
					}
					add(load.Check{Kind: load.CheckExists, Path: text})
				}
			})
		},
		"hasHeader": func(n *yaml.Node, path string) {
			if text, ok := f.text(n, path); ok {
				add(load.Check{Kind: load.CheckHeader, Path: text})
			}
		},
	})
}
