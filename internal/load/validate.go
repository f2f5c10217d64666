package load

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Metrics of goals.
const (
	MetricP50    = "p50"
	MetricP90    = "p90"
	MetricP95    = "p95"
	MetricP99    = "p99"
	MetricP999   = "p999"
	MetricMax    = "max"
	MetricMean   = "mean"
	MetricErrors = "errors"
	// MetricSettle is how long p99 needs after a rise of the rate.
	MetricSettle = "settle"
)

var metrics = []string{MetricP50, MetricP90, MetricP95, MetricP99, MetricP999, MetricMax, MetricMean, MetricErrors, MetricSettle}

// Validate says what of a plan cannot be carried out, all at once. A plan that
// passes can be sent to its end.
func (p Plan) Validate() error {
	var errs []error
	say := func(where, what, next string) {
		errs = append(errs, &fault.Fault{Kind: fault.Input, Name: where, What: what, Next: next})
	}
	if !strings.HasPrefix(p.Target, "http://") && !strings.HasPrefix(p.Target, "https://") || origin(p.Target) == "http://" || origin(p.Target) == "https://" {
		say("target", "is no address of an API", "Write it as https://host.")
	} else if strings.ContainsAny(p.Target, "?#@ \\") || strings.HasSuffix(p.Target, "/") {
		say("target", "has more than a scheme, a host and a path", "Leave out user, query and the last slash.")
	}
	if p.Part != (Part{}) && (p.Part.Of < 1 || p.Part.Of > mostParts || p.Part.Index < 1 || p.Part.Index > p.Part.Of) {
		say("shard", p.Part.String()+" is no shard", "Count shards from 1.")
	}
	for i, f := range p.Phases {
		if f.Duration <= 0 || !sound(f.From) || !sound(f.To) || math.IsNaN(f.From) || math.IsNaN(f.To) {
			say(fmt.Sprintf("phase %d", i+1), "has no length, or a rate that cannot be", "Give it a duration above zero and rates from zero on.")
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	for _, g := range p.Goals {
		if !slices.Contains(metrics, g.Metric) || !sound(g.AtMost) {
			say("goal "+g.Metric, "is no goal", "Use one of "+strings.Join(metrics, ", ")+".")
		}
	}
	p.validateMix(say)
	if len(errs) == 0 {
		p.validateBounds(say)
	}
	return errors.Join(errs...)
}

// Bounds of every plan.
const (
	mostRate     = 20_000
	mostRequests = 50_000_000
	longest      = 24 * time.Hour
)

// validateBounds holds the plan to its own limits before anything is sent.
func (p Plan) validateBounds(say func(where, what, next string)) {
	whole := p
	whole.Part = Part{}
	l := p.Limits
	if whole.Total() == 0 {
		say("phases", "send nothing", "Give a phase a rate above zero.")
	}
	if peak := whole.Peak(); l.Rate > 0 && peak > l.Rate*(1+hair) {
		say("limits.rate", fmt.Sprintf("the plan wants %.4g requests a second, and the limit is %.4g", peak, l.Rate), "Raise the limit on purpose, or plan less.")
	}
	if length := p.Length(); l.Duration > 0 && length > l.Duration {
		say("limits.duration", fmt.Sprintf("the plan lasts %s, and the limit is %s", length, l.Duration), "Raise the limit on purpose, or plan less.")
	}
	// Whatever its limits are: numbers beyond these are slips of the pen.
	if whole.Peak() > mostRate || whole.hits(whole.Length())*whole.PerArrival() > mostRequests || p.Length() > longest {
		say("phases", "plan more than one machine could send", fmt.Sprintf("Plan up to %d requests a second, %d requests and %s.", mostRate, mostRequests, longest))
	}
	if all := whole.hits(whole.Length()) * whole.PerArrival(); l.Requests > 0 && all > float64(l.Requests)*(1+hair) {
		say("limits.requests", fmt.Sprintf("the plan sends %.0f requests, and the limit is %d", all, l.Requests), "Raise the limit on purpose, or plan less.")
	}
}

func (p Plan) validateMix(say func(where, what, next string)) {
	if len(p.Mix) == 0 {
		say("mix", "has nothing to send", "Add a request.")
	}
	known := map[string]bool{}
	for _, d := range p.Data {
		for _, column := range d.Columns {
			if known[column] {
				say("data "+d.Name, fmt.Sprintf("%q stands in two places", column), "Rename one of them.")
			}
			known[column] = true
		}
		for _, row := range d.Rows {
			if len(row) != len(d.Columns) {
				say("data "+d.Name, "a row has not as many values as there are names", "Correct the file.")
				break
			}
		}
	}
	for _, s := range p.Mix {
		if s.Weight <= 0 || !sound(s.Weight) || len(s.Requests) == 0 {
			say("scenario "+s.Name, "has no weight or no request", "Give it a weight above zero and a request.")
		}
		captured := map[string]bool{}
		for _, r := range s.Requests {
			r.validate(known, captured, say)
			for _, c := range r.Captures {
				captured[c.Name] = true
			}
		}
	}
}

// validate wants each template to have a value: of ours, of data, or captured
// before by the same user.
func (r Request) validate(known, captured map[string]bool, say func(where, what, next string)) {
	texts := []string{r.Path, r.Body}
	for _, h := range r.Headers {
		texts = append(texts, h.Value)
		if h.Name == "" || strings.ContainsAny(h.Name, " :\r\n\t") || strings.ContainsAny(h.Value, "\r\n\x00") {
			say(r.Name, fmt.Sprintf("%q is no header", h.Name), "Correct it.")
		}
		if slices.Contains(ours, strings.ToLower(h.Name)) {
			say(r.Name, "the header "+h.Name+" is set by the generator itself", "Remove it.")
		}
	}
	if r.Method == "" || !strings.HasPrefix(r.Path, "/") && !strings.HasPrefix(r.Path, "{{") {
		say(r.Name, "has no method, or a path that does not begin with /", "Write it as GET /path.")
	}
	for _, found := range holder.FindAllStringSubmatch(strings.Join(texts, "\n"), -1) {
		said := strings.TrimSpace(found[1])
		if f := call.FindStringSubmatch(said); f != nil {
			if _, err := random(rand.New(rand.NewPCG(0, 0)), 0, f[1], f[2]); err != nil { //nolint:gosec // to see whether it can be made
				say(r.Name, err.Error(), "Use one of those.")
			}
		} else if !known[said] && !captured[said] {
			say(r.Name, fmt.Sprintf("there is no value for {{ %s }}", said), "Capture it in a request before, or name it in data.")
		}
	}
	for _, c := range r.Captures {
		if _, ok := steps(c.Path); c.Header == "" && !ok || !name.MatchString(c.Name) {
			say(r.Name, fmt.Sprintf("%q cannot be captured from %q", c.Name, c.Path), "Use a path such as $.items[0].id.")
		}
	}
	for _, c := range r.Checks {
		if why := c.invalid(); why != "" {
			say(r.Name, why, "Correct the check.")
		}
	}
}

func (c Check) invalid() string {
	_, path := steps(c.Path)
	switch c.Kind {
	case CheckStatus, CheckContains, CheckType:
		if len(c.Values) == 0 {
			return fmt.Sprintf("the check of %s has no value", c.Kind)
		}
	case CheckExists, CheckEquals:
		if !path || c.Kind == CheckEquals && len(c.Values) != 1 {
			return fmt.Sprintf("%q cannot be looked for", c.Path)
		}
	case CheckHeader:
		if c.Path == "" {
			return "the check of a header names none"
		}
	case CheckLatency:
		if c.Under <= 0 {
			return "the check of the latency has no limit"
		}
	default:
		return fmt.Sprintf("%q is no kind of check", c.Kind)
	}
	return ""
}
