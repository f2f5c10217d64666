package bake

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Check is one request that the deployed API must answer rightly.
type Check struct {
	Method, Path string
	Status       int
	// Members are what the answer's JSON must say, by the member's path.
	Members []Member
	// Text is the check as it was written.
	Text string
}

// Member is a value that the answer's JSON must have: a.b=value.
type Member struct{ Path, Value string }

// CheckSyntax says how a check is written.
const CheckSyntax = "[GET|HEAD ]/path[ STATUS][ member=value …], such as /health 200 status=ok"

// The methods of a check: those that read. net/http stays in the adapter.
const (
	methodGet  = "GET"
	methodHead = "HEAD"
)

var (
	methods = map[string]bool{methodGet: true, methodHead: true}
	member  = regexp.MustCompile(`^([A-Za-z_][\w.-]*)=(.+)$`)
)

// ParseCheck reads a check. Only requests that change nothing are allowed: a
// check runs many times, against production.
func ParseCheck(text string) (Check, error) {
	c := Check{Method: methodGet, Status: 200, Text: strings.Join(strings.Fields(text), " ")}
	bad := func(what, next string) (Check, error) {
		return Check{}, &fault.Fault{Kind: fault.Input, Name: "check", What: what, Got: text, Allowed: CheckSyntax, Next: next}
	}
	words := strings.Fields(text)
	if len(words) > 0 && !strings.HasPrefix(words[0], "/") {
		if c.Method = words[0]; !methods[c.Method] {
			return bad("begins with neither a path nor GET or HEAD", "A check changes nothing in production, so it may only read.")
		}
		words = words[1:]
	}
	if len(words) == 0 || !strings.HasPrefix(words[0], "/") || strings.HasPrefix(words[0], "//") || strings.ContainsAny(words[0], "#\\") {
		return bad("has no path", "")
	}
	c.Path, words = words[0], words[1:]
	if len(words) > 0 && !strings.Contains(words[0], "=") {
		status, err := strconv.Atoi(words[0])
		if err != nil || status < 100 || status > 599 {
			return bad("expects no status that there is", "")
		}
		c.Status, words = status, words[1:]
	}
	for _, w := range words {
		m := member.FindStringSubmatch(w)
		if m == nil {
			return bad(fmt.Sprintf("has %q where a member=value could stand", w), "")
		}
		if c.Method == methodHead {
			return bad("asks a HEAD for members, which has no body", "Use GET.")
		}
		c.Members = append(c.Members, Member{m[1], m[2]})
	}
	return c, nil
}

// Answer is what came back from a request.
type Answer struct {
	Status int
	Body   []byte
	// Failed says why there is no answer at all; empty if there is one.
	Failed string
}

// Hold says what is wrong with an answer, "" if nothing is.
func (c Check) Hold(a Answer) string {
	if a.Failed != "" {
		return a.Failed
	}
	if a.Status != c.Status {
		return fmt.Sprintf("answered %d, not %d", a.Status, c.Status)
	}
	if len(c.Members) == 0 {
		return ""
	}
	var body any
	if json.Unmarshal(a.Body, &body) != nil {
		return "answered with no JSON"
	}
	for _, m := range c.Members {
		if got, ok := find(body, strings.Split(m.Path, ".")); !ok {
			return "the answer has no " + m.Path
		} else if got != m.Value {
			return fmt.Sprintf("%s is %s, not %s", m.Path, short(got), m.Value)
		}
	}
	return ""
}

// find reads a member as text: strings bare, everything else as JSON.
func find(body any, path []string) (string, bool) {
	for _, name := range path {
		object, ok := body.(map[string]any)
		if !ok {
			return "", false
		}
		if body, ok = object[name]; !ok {
			return "", false
		}
	}
	if s, ok := body.(string); ok {
		return s, true
	}
	text, err := json.Marshal(body)
	return string(text), err == nil
}

// short bounds what an answer can put into a report.
func short(text string) string {
	const most = 80
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
