package load

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/config/strict"
)

func flow() Plan {
	return Plan{Name: "p", Target: "https://api.example.com/v1", Seed: 3, Phases: []Phase{{Duration: time.Second, From: 1, To: 1}},
		Data: []Data{{Name: "users", Columns: []string{"user", "city"}, Rows: [][]string{{"ann", "Łódź & co"}, {"b\"o\nb", "x?y=z#/../"}}}, {Name: "word", Columns: []string{"word"}, Rows: [][]string{{"a"}, {"b"}, {"c"}}, Random: true}},
		Mix: []Scenario{{Name: "buy", Weight: 1, Requests: []Request{
			{Name: "make", Method: "POST", Path: "/{{ city }}/orders?of={{user}}", JSON: true, Body: `{"u": "{{ user }}", "n": {{ $number }}, "w": "{{ word }}"}`, Headers: []Header{{"X-Id", "{{ $uuid }}-{{ user }}"}},
				Captures: []Capture{{Name: "id", Path: "$.items[1].id"}, {Name: "tag", Header: "etag"}}},
			{Name: "get", Method: "GET", Path: "/orders/{{ id }}", Headers: []Header{{"If-Match", "{{ tag }}"}}},
		}}}}
}

// What a user sends follows from the seed, goes to the target and nowhere else,
// and no value breaks out of where it stands.
func TestCalls(t *testing.T) {
	p := flow()
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	for number, want := range map[int]string{
		0: `POST https://api.example.com/v1/%C5%81%C3%B3d%C5%BA%20%26%20co/orders?of=ann {"u": "ann", "n": 0, "w": "W"}`,
		1: `POST https://api.example.com/v1/x%3Fy%3Dz%23/..//orders?of=b%22o%0Ab {"u": "b\"o\nb", "n": 1, "w": "W"}`,
		2: `POST https://api.example.com/v1/%C5%81%C3%B3d%C5%BA%20%26%20co/orders?of=ann {"u": "ann", "n": 2, "w": "W"}`,
	} {
		c, err := p.User(number).Call()
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprintf("%s %s %s", c.Method, c.URL, regexp.MustCompile(`"w": "[abc]"`).ReplaceAllString(string(c.Body), `"w": "W"`))
		if got != want {
			t.Errorf("user %d sends\n%s, want\n%s", number, got, want)
		}
		if !regexp.MustCompile(`^X-Id: [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}-[^\n]*$`).MatchString(c.Headers[0].Name + ": " + c.Headers[0].Value) {
			t.Errorf("header %q", c.Headers[0].Value)
		}
		if c.Headers[1] != (Header{"Content-Type", "application/json"}) {
			t.Errorf("headers %v", c.Headers)
		}
		u, err := url.Parse(c.URL)
		if err != nil || u.Host != "api.example.com" {
			t.Errorf("it goes to %s: %v", u.Host, err)
		}
		again, err := p.User(number).Call()
		if err != nil || string(again.Body) != string(c.Body) || again.Headers[0] != c.Headers[0] {
			t.Errorf("the same user sends something else: %v", err)
		}
	}
}

func TestFlow(t *testing.T) {
	p := flow()
	body := []byte(`{"items": [{}, {"id": 12345678901234567890}]}`)
	u := p.User(0)
	if !u.Reads() || u.Left() != 2 {
		t.Error("the first answer is needed")
	}
	failed, more := u.Took(Answer{Status: 201, Body: body, Headers: map[string][]string{http.CanonicalHeaderKey("ETag"): {`"1"`}}})
	if len(failed) > 0 || !more || u.Left() != 1 || u.Reads() {
		t.Fatalf("%v, more: %t", failed, more)
	}
	c, err := u.Call()
	if err != nil || c.URL != "https://api.example.com/v1/orders/12345678901234567890" || c.Headers[0].Value != `"1"` || c.Step != 1 {
		t.Errorf("%+v %v", c, err)
	}
	if failed, more := u.Took(Answer{Status: 404}); more || !slices.Equal(failed, []string{"status 404"}) {
		t.Errorf("%v, more: %t", failed, more)
	}
	for name, c := range map[string]struct {
		a    Answer
		want string
	}{
		"no answer": {Answer{}, ""}, "503": {Answer{Status: 503, Body: body, Headers: map[string][]string{"Etag": {"1"}}}, ""},
		"no JSON": {Answer{Status: 200, Body: []byte("<html>"), Headers: map[string][]string{"Etag": {"1"}}}, "nothing to capture as id"},
		"too few": {Answer{Status: 200, Body: []byte(`{"items": [{}]}`), Headers: map[string][]string{"Etag": {"1"}}}, "nothing to capture as id"},
		"null":    {Answer{Status: 200, Body: []byte(`{"items": [{}, {"id": null}]}`), Headers: map[string][]string{"Etag": {"1"}}}, "nothing to capture as id"},
		"no etag": {Answer{Status: 200, Body: body}, "nothing to capture as tag"},
	} {
		if failed, more := p.User(0).Took(c.a); more || strings.Join(failed, ",") != c.want {
			t.Errorf("%s: %v, more: %t", name, failed, more)
		}
	}
}

func TestChecks(t *testing.T) {
	a := Answer{Status: 200, Latency: 50 * time.Millisecond, Headers: map[string][]string{"Content-Type": {"application/json; charset=utf-8"}, "X-A": {"1"}}, Body: []byte(`{"ok": true, "n": 1.50, "list": [{"a.b": null}], "s": "x"}`)}
	for _, c := range []struct {
		check Check
		want  string
	}{
		{Check{Kind: CheckStatus, Values: []string{"200", "201"}}, ""}, {Check{Kind: CheckStatus, Values: []string{"201"}}, "status 200, not 201"},
		{Check{Kind: CheckExists, Path: "$.list[0]"}, ""}, {Check{Kind: CheckExists, Path: `$.list[0]["a.b"]`}, ""}, {Check{Kind: CheckExists, Path: "$.list[1]"}, "no $.list[1]"},
		{Check{Kind: CheckExists, Path: "$.s.x"}, "no $.s.x"}, {Check{Kind: CheckExists, Path: "$.list.a"}, "no $.list.a"},
		{Check{Kind: CheckEquals, Path: "$.ok", Values: []string{"true"}}, ""}, {Check{Kind: CheckEquals, Path: "$.n", Values: []string{"1.50"}}, ""}, {Check{Kind: CheckEquals, Path: "$.s", Values: []string{"y"}}, `$.s is not "y"`},
		{Check{Kind: CheckContains, Values: []string{`"ok"`}}, ""}, {Check{Kind: CheckContains, Values: []string{"nok"}}, `the body does not contain "nok"`},
		{Check{Kind: CheckType, Values: []string{"application/json"}}, ""}, {Check{Kind: CheckType, Values: []string{"text/html"}}, "the content type is not text/html"},
		{Check{Kind: CheckHeader, Path: "x-a"}, ""}, {Check{Kind: CheckHeader, Path: "x-a", Values: []string{"2"}}, "the header x-a is not as expected"}, {Check{Kind: CheckHeader, Path: "x-b"}, "the header x-b is not as expected"},
		{Check{Kind: CheckLatency, Under: 50 * time.Millisecond}, ""}, {Check{Kind: CheckLatency, Under: 49 * time.Millisecond}, "not within 49ms"},
	} {
		r := Request{Checks: []Check{c.check}}
		if got := strings.Join(r.failed(a, document(&r, a)), ";"); got != c.want {
			t.Errorf("%+v: %q, want %q", c.check, got, c.want)
		}
	}
	if r := (&Request{}); len(r.failed(Answer{Status: 404}, nil)) != 1 || len(r.failed(Answer{Status: 302}, nil)) != 0 || len(r.failed(Answer{Status: 500}, nil)) != 0 {
		t.Error("without a check of the status, a 4xx is a failed check, and 5xx is an error by itself")
	}
}

// What cannot be carried out is said before anything is sent.
func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Plan)
		want   string
	}{
		"a user in the target":      {func(p *Plan) { p.Target = "https://a:b@c.example.com" }, "more than a scheme"},
		"a target without a scheme": {func(p *Plan) { p.Target = "api.example.com" }, "is no address"},
		"no host":                   {func(p *Plan) { p.Target = "https://" }, "is no address"},
		"nothing is captured":       {func(p *Plan) { p.Mix[0].Requests[0].Captures = nil }, "there is no value for {{ id }}"},
		"captured by another":       {func(p *Plan) { p.Mix = append(p.Mix, Scenario{Name: "b", Weight: 1, Requests: p.Mix[0].Requests[1:]}) }, "there is no value for {{ tag }}"},
		"no such function":          {func(p *Plan) { p.Mix[0].Requests[1].Path = "/{{ $randomNumber(5, 1) }}" }, "is no function of templates"},
		"a column twice":            {func(p *Plan) { p.Data[1].Columns = []string{"user"} }, `"user" stands in two places`},
		"a weight of nothing":       {func(p *Plan) { p.Mix[0].Weight = 0 }, "has no weight"},
		"two lines":                 {func(p *Plan) { p.Mix[0].Requests[0].Headers[0].Value = "a\r\nb" }, "is no header"},
		"a host header":             {func(p *Plan) { p.Mix[0].Requests[0].Headers[0].Name = "Host" }, "set by the generator itself"},
		"too fast":                  {func(p *Plan) { p.Limits.Rate = 1 }, "limits.rate: the plan wants 2 requests a second, and the limit is 1"},
		"too many":                  {func(p *Plan) { p.Limits.Requests = 1 }, "limits.requests: the plan sends 2 requests"},
		"too long":                  {func(p *Plan) { p.Limits.Duration = 1 }, "limits.duration"},
		"more than any machine":     {func(p *Plan) { p.Phases[0].To = 1e8 }, "more than one machine"},
		"nothing":                   {func(p *Plan) { p.Phases[0] = Phase{Duration: 1} }, "send nothing"},
		"no length":                 {func(p *Plan) { p.Phases[0].Duration = 0 }, "has no length"},
		"no shard":                  {func(p *Plan) { p.Part = Part{4, 3} }, "4/3 is no shard"},
		"a goal of nothing":         {func(p *Plan) { p.Goals = []Goal{{Metric: "p42"}} }, "p42: is no goal"},
		"a check of nothing":        {func(p *Plan) { p.Mix[0].Requests[0].Checks = []Check{{Kind: "smell"}} }, "is no kind of check"},
	} {
		p := flow()
		c.change(&p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func settings(t *testing.T, text string) Settings {
	t.Helper()
	var s Settings
	if err := strict.Decode("load", []byte(text), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// The file speaks of requests a second, whatever the scenarios make of them.
//
// Shows: 5.6.3
func TestSettingsPlan(t *testing.T) {
	s := settings(t, `
requests: [{ path: "/search?q={{ word }}", weight: 2 }]
scenarios: [{ name: buy, weight: 2, requests: [{ path: /a, capture: { id: $.id } }, { path: "/a/{{ id }}", wait: 1 s }, { path: /b }] }]
data: { word: { values: [a, b] }, users: { file: load/users.jsonl, order: random } }
profiles:
  sustained: { phases: [{ rate: 100, for: 30 m }] }
  spike: { phases: [{ name: spike, rate: 500, for: 5 m }] }
  stairs: { stage: dev, phases: [{ name: up, from: 100, to: 500, steps: 5, for: 10 m }, { rate: 0, for: 1 s }] }
  own: { phases: [{ from: 0, to: 10, for: 10 s }], requests: [{ path: / }] }
`)
	read := func(path string) ([]byte, error) { return []byte("{\"name\": \"ann\", \"age\": 7}\n"), nil }
	for profile, want := range map[string]string{
		"sustained": "staging 90000 180000 100",
		"spike":     "staging 75000 150000 500",
		"stairs":    "dev 90000 180000 500",
		"own":       "staging 50 50 10",
	} {
		p, err := s.Plan(profile, "shop", "https://staging.example.com/", read)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%s %d %.0f %g", p.Stage, p.Total(), float64(p.Total())*p.PerArrival(), p.Peak()); got != want {
			t.Errorf("%s: %s, want %s", profile, got, want)
		}
	}
	if _, err := s.Plan("sustaind", "shop", "https://staging.example.com", read); err == nil || !strings.Contains(err.Error(), "Did you mean sustained?") {
		t.Errorf("a profile that is none: %v", err)
	}
	if _, err := s.Plan("own", "shop", "https://staging.example.com", func(string) ([]byte, error) { return nil, fmt.Errorf("gone") }); err == nil || !strings.Contains(err.Error(), "load/users.jsonl") {
		t.Errorf("a file that is gone: %v", err)
	}
}
