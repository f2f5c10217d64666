package artillery

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/cutover-dev/cutover/internal/load"
)

func (r *reader) scenarios(n *yaml.Node, path string) {
	r.list(n, path, false, r.scenario)
	if len(r.plan.Mix) == 0 && len(r.errs) == 0 {
		r.wrong(n, path, "send nothing", "", "Give a scenario a flow with a request, and a weight above zero.")
	}
}

func (r *reader) scenario(n *yaml.Node, path string) {
	s := load.Scenario{Weight: 1}
	var flow *yaml.Node
	r.mapping(n, path, keys{
		"name": func(n *yaml.Node, path string) { s.Name, _ = r.text(n, path) },
		"weight": func(n *yaml.Node, path string) {
			if f, ok := r.number(n, path); ok {
				// Artillery takes the whole part; source: its runner, weight by parseInt.
				s.Weight = math.Trunc(f)
				if s.Weight != f {
					r.note(n, path, "counts as "+strconv.FormatFloat(s.Weight, 'f', -1, 64)+", as in Artillery: weights are whole numbers")
				}
			}
		},
		"engine": func(n *yaml.Node, path string) {
			if text, ok := r.text(n, path); ok && text != "http" {
				r.wrong(n, path, fmt.Sprintf("%q is another kind of load", text), "http", "")
			}
		},
		"flow": func(n *yaml.Node, _ string) { flow = n },
	})
	if flow == nil {
		r.wrong(n, path+".flow", "is missing", "", "Write what the user does.")
		return
	}
	if s.Name == "" {
		s.Name = fmt.Sprintf("scenario %d", len(r.plan.Mix)+1)
	}
	f := &steps{reader: r}
	r.list(flow, path+".flow", false, func(n *yaml.Node, path string) { f.step(n, path, "") })
	if s.Requests = f.requests; len(s.Requests) == 0 {
		if len(r.errs) == 0 {
			r.wrong(flow, path+".flow", "makes no request", "", "Add one.")
		}
		return
	}
	if s.Weight == 0 {
		r.note(n, path, "has no weight, so nobody does it")
		return
	}
	if k := len(s.Requests); k > 1 {
		r.note(n, path, fmt.Sprintf("each arrival makes %d requests: arrivalRate counts virtual users, not requests", k))
	}
	if f.wait > 0 {
		r.note(n, path+".flow", "a think at its end changes nothing: the next user does not wait for it")
	}
	r.plan.Mix = append(r.plan.Mix, s)
}

// steps is a flow while it is read: loops are written out, and a think is the
// wait of the request behind it.
type steps struct {
	*reader
	requests []load.Request
	wait     time.Duration
}

var methods = []string{"get", "post", "put", "patch", "delete", "head", "options"}

// step reads one step. round is which turn of a loop it is in, from 0, or "".
func (f *steps) step(n *yaml.Node, path, round string) {
	one := f.real(n)
	if one == nil {
		return
	}
	if one.Kind == yaml.MappingNode && has(one, "loop") {
		f.loop(one, path)
		return
	}
	known := keys{
		"think": func(n *yaml.Node, path string) { f.wait += f.duration(n, path) },
		"log":   func(n *yaml.Node, path string) { f.note(n, path, "is left out: nothing is logged at each request") },
	}
	for _, method := range methods {
		known[method] = func(n *yaml.Node, path string) { f.request(method, n, path, round) }
	}
	f.mapping(one, path, known)
	if one.Kind == yaml.MappingNode && len(one.Content) != 2 {
		f.wrong(one, path, "is not one step", "one of get, post, put, patch, delete, think, loop, log", "Write each step as an entry of its own.")
	}
}

func has(n *yaml.Node, key string) bool { return below(n, key) != nil }

// below is what a mapping has under a key, nil if it has none or is no mapping.
func below(n *yaml.Node, key string) *yaml.Node {
	for i := 0; n != nil && n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func (f *steps) loop(n *yaml.Node, path string) {
	var body *yaml.Node
	count := 0.0
	before := len(f.errs)
	f.mapping(n, path, keys{
		"loop": func(n *yaml.Node, _ string) { body = n },
		"count": func(at *yaml.Node, path string) {
			if c, ok := f.number(at, path); ok {
				count = c
			}
		},
	})
	if len(f.errs) > before {
		return
	}
	if count < 1 || count != float64(int(count)) || count > mostSteps {
		f.wrong(n, path+".count", "must say how often, from 1 on", fmt.Sprintf("1 to %d", mostSteps), "")
		return
	}
	for i := range int(count) {
		f.list(body, path+".loop", false, func(n *yaml.Node, path string) { f.step(n, path, strconv.Itoa(i)) })
		if len(f.errs) > before || f.nodes > mostNodes {
			return
		}
	}
}

func (f *steps) request(method string, n *yaml.Node, path, round string) {
	q := load.Request{Method: strings.ToUpper(method), After: f.wait, Headers: slices.Clone(f.headers)}
	f.wait = 0
	var query []string
	url := false
	f.mapping(n, path, keys{
		"url":  func(n *yaml.Node, path string) { url = true; q.Path = f.path(n, path, round) },
		"name": func(n *yaml.Node, path string) { q.Name, _ = f.text(n, path) },
		"json": func(n *yaml.Node, path string) { q.Body, q.JSON = f.json(n, path, round), true },
		"body": func(n *yaml.Node, path string) {
			if text, ok := f.text(n, path); ok {
				q.Body = f.template(n, path, text, round)
			}
		},
		"headers": func(n *yaml.Node, path string) {
			for _, h := range f.headersOf(n, path) {
				h.Value = f.template(n, path, h.Value, round)
				q.Headers = slices.DeleteFunc(q.Headers, func(old load.Header) bool { return strings.EqualFold(old.Name, h.Name) })
				q.Headers = append(q.Headers, h)
			}
		},
		"qs": func(n *yaml.Node, path string) { query = f.query(n, path, round) },
		"capture": func(n *yaml.Node, path string) {
			f.list(n, path, true, func(n *yaml.Node, path string) { f.capture(&q, n, path) })
		},
		"expect": func(n *yaml.Node, path string) {
			f.list(n, path, true, func(n *yaml.Node, path string) { f.expect(&q, n, path) })
		},
		"followRedirect": func(n *yaml.Node, path string) {
			if yes, ok := f.flag(n, path); ok && yes {
				f.note(n, path, "redirects are not followed")
			}
		},
	})
	if !url {
		f.wrong(n, path+".url", "is missing", "", "Write a path such as /products.")
		return
	}
	if q.Name == "" {
		q.Name = load.RouteName(q.Method, q.Path)
	}
	for i, one := range query {
		mark := "&"
		if i == 0 && !strings.Contains(q.Path, "?") {
			mark = "?"
		}
		q.Path += mark + one
	}
	if len(f.requests) == mostSteps {
		f.wrong(n, path, "is one too many", fmt.Sprintf("up to %d requests of a user, loops written out", mostSteps), "")
		return
	}
	f.requests = append(f.requests, q)
}

// path is below the target. Another host is refused: what is loaded is said once.
func (f *steps) path(n *yaml.Node, path, round string) string {
	text, ok := f.text(n, path)
	if !ok {
		return ""
	}
	if rest, below := strings.CutPrefix(text, f.plan.Target); below && f.plan.Target != "" && (rest == "" || strings.HasPrefix(rest, "/") || strings.HasPrefix(rest, "?")) {
		if text = rest; !strings.HasPrefix(text, "/") {
			text = "/" + text
		}
	}
	if strings.Contains(strings.SplitN(text, "?", 2)[0], "://") {
		f.wrong(n, path, fmt.Sprintf("%q is not below the target", text), "a path", "Load other hosts by a script of their own.")
		return ""
	}
	if !strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "{{") {
		f.wrong(n, path, fmt.Sprintf("%q is no path; Artillery does not send it either", text), "a path that begins with /", "Write /"+text+".")
		return ""
	}
	return f.template(n, path, text, round)
}

func (f *steps) query(n *yaml.Node, path, round string) (list []string) {
	f.pairs(n, path, func(key string, _, value *yaml.Node) {
		f.list(value, join(path, key), true, func(n *yaml.Node, path string) {
			if text, ok := f.text(n, path); ok {
				list = append(list, escape(key)+"="+escape(f.template(n, path, text, round)))
			}
		})
	})
	return list
}
