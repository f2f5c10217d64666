package load

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Check holds a phase to one way of saying its rate.
func (s Stretch) Check(c *strict.Check) {
	ramp := s.From != nil || s.To != nil
	switch {
	case !c.Valid("rate") || !c.Valid("from") || !c.Valid("to"):
	case s.Rate != nil && ramp:
		c.Report(strict.Problem{Message: "is one rate, and from and to are a ramp", Suggestion: "write rate, or from and to"}, "rate")
	case s.Rate == nil && (s.From == nil || s.To == nil):
		c.Report(strict.Problem{Message: "does not say its rate", Suggestion: "write rate, or from and to; rate: 0 is a pause"})
	case s.Steps != nil && !ramp:
		c.Report(strict.Problem{Message: "has one rate, so there are no steps", Suggestion: "write from and to"}, "steps")
	}
}

// Check holds values to one source.
func (v Values) Check(c *strict.Check) {
	if (v.File == "") == (len(v.Values) == 0) && c.Valid("file") && c.Valid("values") {
		c.Report(strict.Problem{Message: "needs a file or values", Suggestion: "write one of them"})
	}
}

const (
	methodGet  = "GET"
	methodHead = "HEAD"
)

var (
	// ours are headers that the generator sets itself.
	ours = []string{"host", "content-length", "connection", "transfer-encoding"}
	// secrets are headers that carry one.
	secrets = []string{"authorization", "cookie", "x-api-key", "proxy-authorization", "x-amz-security-token"}
)

// Check holds a request to what can be sent.
func (s Step) Check(c *strict.Check) {
	if c.Valid("path") && strings.ContainsAny(holder.ReplaceAllString(s.Path, ""), "{} ") {
		c.Report(strict.Problem{Message: "has a space or a brace outside of a template", Allowed: "{{ name }}"}, "path")
	}
	for name, value := range s.Headers {
		switch lower := strings.ToLower(name); {
		case slices.Contains(ours, lower):
			c.Report(strict.Problem{Message: "is set by the generator itself", Suggestion: "remove it"}, "headers", name)
		case slices.Contains(secrets, lower) && !strings.Contains(value, "{{"):
			c.Report(strict.Problem{Message: "carries a secret, which does not belong in this file", Suggestion: "capture it from a request before, or take it from a data file that is not kept here"}, "headers", name)
		}
	}
	switch {
	case s.Body != "" && (s.Method == methodGet || s.Method == methodHead):
		c.Report(strict.Problem{Message: "a " + s.Method + " has no body", Suggestion: "remove it, or name another method"}, "body")
	case s.Body != "" && s.Expect < 400 && !json.Valid([]byte(holder.ReplaceAllString(s.Body, "0"))):
		c.Report(strict.Problem{Message: "is not JSON", Suggestion: "put it in single quotes; one that is wrong on purpose expects a 4xx"}, "body")
	case s.Method == methodHead && (s.Contains != "" || len(s.Exists)+len(s.Equals)+len(s.Capture) > 0):
		c.Report(strict.Problem{Message: "a HEAD has no answer to look into", Suggestion: "use GET"}, "method")
	}
}

// Check holds the section to itself: a profile needs something to send, and may
// not plan more than its own limits allow.
func (s Settings) Check(c *strict.Check) {
	for name, p := range s.Profiles {
		if !c.Valid("profiles", name) {
			continue
		}
		if len(p.Requests)+len(p.Scenarios)+len(s.Requests)+len(s.Scenarios) == 0 {
			c.Report(strict.Problem{Message: "has nothing to send", Suggestion: "write requests or scenarios, here or for the whole section"}, "profiles", name)
			continue
		}
		p.check(c, name, s.plan(name))
	}
}

func (p Profile) check(c *strict.Check, name string, plan Plan) {
	for i, f := range p.Phases {
		from, to := f.rates()
		if most := int(max(from, to)); most > p.Limits.Rate && c.Valid("profiles", name, "limits") {
			c.Report(strict.Problem{Message: fmt.Sprintf("%d requests a second are more than the profile's limit", most), Allowed: fmt.Sprintf("up to %d", p.Limits.Rate),
				Suggestion: "raise limits.rate of the profile on purpose"}, "profiles", name, "phases", i)
		}
	}
	if length := plan.Length(); length > p.Limits.Duration.Std() {
		c.Report(strict.Problem{Message: fmt.Sprintf("lasts %s, longer than the profile's limit", unit.Duration(length)), Allowed: "up to " + p.Limits.Duration.String(),
			Suggestion: "raise limits.duration of the profile on purpose"}, "profiles", name, "phases")
	}
	if all := plan.hits(plan.Length()) * plan.PerArrival(); all > float64(p.Limits.Requests)*(1+hair) {
		c.Report(strict.Problem{Message: fmt.Sprintf("sends %.0f requests, more than the profile's limit", all), Allowed: fmt.Sprintf("up to %d", p.Limits.Requests),
			Suggestion: "raise limits.requests of the profile on purpose"}, "profiles", name, "phases")
	}
}
