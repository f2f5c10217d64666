package artillery

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/cutover-dev/cutover/internal/load"
)

// usualTimeout is Artillery's, where http.timeout says nothing else.
const usualTimeout = 10 * time.Second

func (r *reader) config(n *yaml.Node, path string) {
	ensured, plugged := false, false
	if whole := r.real(n); whole != nil {
		ensured = has(whole, "ensure")
		if plugins := below(whole, "plugins"); plugins != nil {
			plugged = has(r.real(plugins), "ensure")
		}
	}
	r.mapping(n, path, keys{
		"target":    r.target,
		"phases":    func(n *yaml.Node, path string) { r.list(n, path, false, r.phase) },
		"defaults":  r.defaults,
		"variables": r.variables,
		"payload":   func(n *yaml.Node, path string) { r.list(n, path, true, r.payload) },
		"ensure": func(n *yaml.Node, path string) {
			if !plugged {
				r.note(n, path, "is held here; Artillery 2 holds it only with ensure among the plugins")
			}
			r.ensure(n, path)
		},
		"plugins": func(n *yaml.Node, path string) { r.plugins(n, path, ensured) },
		"http":    r.http,
		"environments": func(n *yaml.Node, path string) {
			r.note(n, path, "is left out: the config as it stands is used, as without -e")
		},
	})
	if len(r.plan.Phases) == 0 && len(r.errs) == 0 {
		r.wrong(n, path+".phases", "is missing", "", "Write at least one phase.")
	}
}

func (r *reader) target(n *yaml.Node, path string) {
	text, ok := r.text(n, path)
	if !ok {
		return
	}
	if !strings.HasPrefix(text, "http://") && !strings.HasPrefix(text, "https://") {
		r.wrong(n, path, fmt.Sprintf("%q is no address of an API", text), "http:// or https:// and a host", "Write the address itself: variables of the environment are not read.")
		return
	}
	if r.plan.Target = strings.TrimRight(text, "/"); r.plan.Target != text {
		r.note(n, path, "is used without the slash at its end: Artillery would ask for //path")
	}
}

func (r *reader) phase(n *yaml.Node, path string) {
	var p load.Phase
	var rate, ramp, count *float64
	pause := false
	number := func(to **float64) func(*yaml.Node, string) {
		return func(n *yaml.Node, path string) {
			if f, ok := r.number(n, path); ok {
				*to = &f
			}
		}
	}
	before := len(r.errs)
	r.mapping(n, path, keys{
		"name":         func(n *yaml.Node, path string) { p.Name, _ = r.text(n, path) },
		"duration":     func(n *yaml.Node, path string) { p.Duration = r.duration(n, path) },
		"pause":        func(n *yaml.Node, path string) { p.Duration, pause = r.duration(n, path), true },
		"arrivalRate":  number(&rate),
		"rampTo":       number(&ramp),
		"arrivalCount": number(&count),
		"maxVusers": func(n *yaml.Node, path string) {
			r.note(n, path, "is not held to: the loop stays open, or a slow target would be asked less than was planned")
		},
	})
	if len(r.errs) > before {
		return
	}
	switch {
	case p.Duration <= 0:
		r.wrong(n, path, "does not last", "duration or pause above zero", "")
		return
	case pause && (rate != nil || ramp != nil || count != nil):
		r.wrong(n, path, "is a pause with arrivals", "", "Make them two phases.")
		return
	case count != nil && (rate != nil || ramp != nil):
		r.wrong(n, path, "has arrivalCount beside a rate", "", "Write one of them.")
		return
	case count != nil:
		p.From = *count / p.Duration.Seconds()
		p.To = p.From
	case rate != nil || ramp != nil:
		if ramp != nil && p.Duration%time.Second != 0 {
			r.note(n, path, "rises evenly; Artillery ramps in steps of whole seconds, and sends more in a part of one")
		}
		if ramp == nil && *rate != math.Trunc(*rate) {
			r.note(n, path, "is taken as it stands; Artillery 2 ends with an error at a rate that is no whole number")
		}
		if rate != nil {
			p.From = *rate
		}
		p.To = p.From
		if ramp != nil {
			p.To = *ramp
		}
	case !pause:
		r.wrong(n, path, "does not say how many arrive", "arrivalRate, arrivalCount or pause", "")
		return
	}
	r.plan.Phases = append(r.plan.Phases, p)
}

var span = regexp.MustCompile(`^(\d{1,9}(?:\.\d{1,9})?)\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)?$`)

var units = []struct {
	prefix string
	unit   time.Duration
}{{"ms", time.Millisecond}, {"mil", time.Millisecond}, {"m", time.Minute}, {"s", time.Second}, {"h", time.Hour}, {"d", 24 * time.Hour}, {"", time.Second}}

// duration is a number of seconds, or a text such as 5m.
func (r *reader) duration(n *yaml.Node, path string) time.Duration {
	text, ok := r.text(n, path)
	if !ok {
		return 0
	}
	found := span.FindStringSubmatch(strings.TrimSpace(text))
	if found == nil {
		r.wrong(n, path, fmt.Sprintf("%q is no time", text), "seconds, or a text such as 500ms, 30s, 5m, 1h", "Write the time itself: variables of the environment are not read.")
		return 0
	}
	amount, _ := strconv.ParseFloat(found[1], 64) // the pattern holds it to a number
	const most = 1000 * time.Hour
	for _, u := range units {
		if strings.HasPrefix(found[2], u.prefix) {
			if amount*float64(u.unit) > float64(most) {
				r.wrong(n, path, fmt.Sprintf("%q is too long", text), "up to 1000h", "")
				return 0
			}
			return time.Duration(amount * float64(u.unit)).Round(time.Microsecond)
		}
	}
	return 0
}

func (r *reader) defaults(n *yaml.Node, path string) {
	headers := func(n *yaml.Node, path string) {
		for _, h := range r.headersOf(n, path) {
			if h.Value = r.template(n, path, h.Value, ""); holder.MatchString(h.Value) {
				r.note(n, path, h.Name+" is filled in for each request; Artillery fills in its config once, before anybody has a value")
			}
			r.headers = append(r.headers, h)
		}
	}
	strict := func(n *yaml.Node, path string) { r.strict(n, path) }
	r.mapping(n, path, keys{
		"headers":       headers,
		"strictCapture": strict,
		"http":          func(n *yaml.Node, path string) { r.mapping(n, path, keys{"headers": headers, "strictCapture": strict}) },
	})
}

func (r *reader) strict(n *yaml.Node, path string) {
	if yes, ok := r.flag(n, path); ok && !yes {
		r.note(n, path, "a user without the captured value goes no further here, and it counts as an error")
	}
}

func (r *reader) http(n *yaml.Node, path string) {
	pool := func(n *yaml.Node, path string) {
		r.note(n, path, "is not held to: connections are reused, and as many are opened as the open loop needs")
	}
	r.mapping(n, path, keys{
		"timeout": func(n *yaml.Node, path string) {
			if d := r.duration(n, path); d > 0 {
				r.plan.Timeout = d
			}
		},
		"pool": pool, "maxSockets": pool,
		"extendedMetrics": func(n *yaml.Node, path string) { r.note(n, path, "adds nothing to what is measured here") },
	})
}

func (r *reader) plugins(n *yaml.Node, path string, ensured bool) {
	r.pairs(n, path, func(key string, at, value *yaml.Node) {
		where := join(path, key)
		switch key {
		case "ensure":
			// Both are one setting, and config.ensure goes before it.
			if options := r.real(value); !ensured {
				r.ensure(value, where)
			} else if options != nil && len(options.Content) > 0 {
				r.note(at, where, "its limits are left out: config.ensure goes before them, as in Artillery")
			}
		case "expect":
			if options := r.real(value); options != nil && options.Kind == yaml.MappingNode && len(options.Content) > 0 {
				r.note(at, where, "its options are left out: each check that fails counts as an error")
			}
		default:
			r.note(at, where, "is left out: plugins of Artillery do not run here")
		}
	})
}

// variables are picked by each user, one of each list.
func (r *reader) variables(n *yaml.Node, path string) {
	r.pairs(n, path, func(key string, _, value *yaml.Node) {
		d := load.Data{Name: key, Columns: []string{key}, Random: true}
		r.list(value, join(path, key), true, func(n *yaml.Node, path string) {
			if text, ok := r.text(n, path); ok {
				d.Rows = append(d.Rows, []string{text})
			}
		})
		if len(d.Rows) == 0 && len(r.errs) == 0 {
			r.wrong(value, join(path, key), "has no value", "", "")
		}
		r.plan.Data = append(r.plan.Data, d)
	})
}

func (r *reader) payload(n *yaml.Node, path string) {
	var file, delimiter string
	var fields []string
	var at *yaml.Node
	skip, d := false, load.Data{Random: true}
	r.mapping(n, path, keys{
		"path":       func(n *yaml.Node, path string) { file, _ = r.text(n, path); at = n },
		"name":       func(n *yaml.Node, path string) { _, _ = r.text(n, path) },
		"skipHeader": func(n *yaml.Node, path string) { skip, _ = r.flag(n, path) },
		"delimiter":  func(n *yaml.Node, path string) { delimiter, _ = r.text(n, path) },
		"fields": func(n *yaml.Node, path string) {
			r.list(n, path, false, func(n *yaml.Node, path string) {
				if text, ok := r.text(n, path); ok {
					fields = append(fields, text)
				}
			})
		},
		"order": func(n *yaml.Node, path string) {
			switch text, ok := r.text(n, path); {
			case ok && text == "sequence":
				d.Random = false
			case ok && text != "random":
				r.wrong(n, path, fmt.Sprintf("%q is no order", text), "random, sequence", "")
			}
		},
		"cast": func(n *yaml.Node, path string) { r.note(n, path, "values are texts here; JSON holds them in quotes") },
	})
	if at == nil || len(fields) == 0 {
		r.wrong(n, path, "needs a path and fields", "", "Write the file, and a name for each of its columns.")
		return
	}
	comma := ','
	if delimiter != "" {
		comma = []rune(delimiter)[0]
	}
	text, err := r.read(file)
	if err != nil {
		r.wrong(at, path+".path", "cannot be read: "+err.Error(), "", "Put it beside the script, where its path says.")
		return
	}
	read, err := load.ParseCSV(file, text, fields, comma)
	if err != nil {
		r.errs = append(r.errs, err)
		return
	}
	if skip {
		read.Rows = read.Rows[1:]
	}
	if len(read.Rows) == 0 {
		r.wrong(at, path+".path", "has no rows", "", "")
	}
	read.Random = d.Random
	r.plan.Data = append(r.plan.Data, read)
}
