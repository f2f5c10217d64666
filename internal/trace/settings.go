package trace

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/nearest"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Settings is the section `tracing:` of cutover.yaml: what trace-check sends, and
// what must be seen of it. How much is recorded stands under monitoring.
type Settings struct {
	Requests    []Route           `yaml:"requests" default:"[{path: /health}]" minitems:"1" maxitems:"50" example:"[{path: /health}, {path: /mocs}]" doc:"The requests that are sent, one after the other and again from the first; {run} stands for the run's id and {index} for the request's number."`
	Count       int               `yaml:"count" default:"20" min:"1" max:"500" doc:"How many requests are sent whose trace must be kept."`
	Undecided   int               `yaml:"undecided" default:"20" min:"0" max:"500" doc:"How many more are sent that leave it to the stage's sampling rules whether their trace is kept."`
	Rate        int               `yaml:"rate" default:"5" min:"1" max:"50" doc:"Most requests a second."`
	Wait        unit.Duration     `yaml:"wait" default:"5 m" doc:"How long the traces may take to be complete, after the last request."`
	Nodes       []Node            `yaml:"nodes" unique:"name" maxitems:"30" example:"[{name: Payments, match: [{name: payments.example.com}]}]" doc:"Nodes that the service map must have beside the usual ones, or other ways to know one of these: API Gateway, Lambda, RDS, Redis, OpenSearch, S3, Cognito."`
	Expect      []string          `yaml:"expect" unique:"true" minitems:"1" maxitems:"30" pattern:"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$" allowed:"names of nodes" example:"[API Gateway, Lambda, RDS]" doc:"The nodes that the map must have; unless set API Gateway, Lambda, the datastores, and what the requests reach."`
	Edges       []Link            `yaml:"edges" maxitems:"60" example:"[{from: Lambda, to: RDS}]" doc:"Which node must be seen to call which; unless set API Gateway calls Lambda, and Lambda all others."`
	Annotations map[string]string `yaml:"annotations" default:"{userId: text, operation: text, status: number}" minitems:"1" maxitems:"40" enum:"text,number,boolean" keypattern:"^[A-Za-z0-9_]{1,500}$" keyallowed:"letters, digits and _" example:"{userId: text, status: number}" doc:"The annotations that every function's segment must have, with their kind."`
	Sizes       Sizes             `yaml:"sizes" doc:"Where the metadata holds how large a request and its answer were."`
	ColdStart   string            `yaml:"cold_start" default:"coldStart" pattern:"^[A-Za-z0-9_]{1,500}$" allowed:"letters, digits and _" doc:"The annotation that says whether an instance was started for the request."`
	Tolerance   unit.Percent      `yaml:"tolerance" default:"0.1%" above:"0%" max:"10%" doc:"Chance that shares which are as planned are called wrong, over all of them."`
}

// Route is a request of the mix.
type Route struct {
	Method    string            `yaml:"method" default:"GET" enum:"GET,HEAD,POST,PUT,PATCH,DELETE" doc:"Method of the request."`
	Path      string            `yaml:"path" required:"true" pattern:"^/([A-Za-z0-9._~!$&'()*+,;=:@%/?{}-]*)$" allowed:"a path with its query, beginning with /" example:"/mocs/{id}" doc:"Path below the stage's address; {name} is filled with what a request before has captured."`
	Body      string            `yaml:"body" example:"'{\"title\": \"Trace {run}\"}'" doc:"The JSON that is sent."`
	Headers   map[string]string `yaml:"headers" maxitems:"20" keypattern:"^[A-Za-z0-9-]{1,64}$" keyallowed:"the name of a header" example:"{Accept-Language: en}" doc:"Headers beside Content-Type and Idempotency-Key, which are set where they belong."`
	Expect    int               `yaml:"expect" default:"200" min:"200" max:"599" doc:"The status that it must be answered with; one from 400 on is an error on purpose."`
	Operation string            `yaml:"operation" pattern:"^[A-Za-z0-9._-]{1,100}$" allowed:"letters, digits and . _ -" example:"create-moc" doc:"What the annotation operation must say of it; not held unless set."`
	Capture   map[string]string `yaml:"capture" maxitems:"10" keypattern:"^[a-z][A-Za-z0-9_]{0,31}$" keyallowed:"a name" pattern:"^\\$(\\.[A-Za-z_][A-Za-z0-9_-]*|\\[[0-9]{1,4}\\])+$" allowed:"a path such as $.id or $.items[0].id" example:"{id: $.id}" doc:"What later requests need of its answer: a name, and where it stands in the JSON."`
	Reaches   []string          `yaml:"reaches" unique:"true" maxitems:"20" pattern:"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$" allowed:"names of nodes" example:"[RDS, S3]" doc:"The nodes that its own trace must show; whatever it reaches is expected on the map, too."`
}

// Node is a part of the service map under the name by which people know it.
type Node struct {
	Name  string    `yaml:"name" required:"true" pattern:"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$" allowed:"up to 40 letters, digits, spaces and . _ -" example:"RDS" doc:"How the node is called here."`
	Match []Pattern `yaml:"match" required:"true" minitems:"1" maxitems:"20" example:"[{name: \"*.rds.amazonaws.com\"}, {type: \"Database::SQL\"}]" doc:"How X-Ray calls it; one of these must fit."`
}

// Pattern fits a node of X-Ray's map by its name, its type, or both. * stands
// for any text.
type Pattern struct {
	Name string `yaml:"name" pattern:"^[^\\s\\\\]{1,200}( [^\\s\\\\]{1,200})*$" allowed:"a name, with * for any text" example:"\"*.rds.amazonaws.com\"" doc:"Name of the node, in upper or lower case."`
	Type string `yaml:"type" pattern:"^[A-Za-z0-9:*_-]{1,100}$" allowed:"a type of X-Ray's such as AWS::S3, remote or Database::SQL, with * for any text" example:"\"Database::SQL\"" doc:"Type of the node; remote is a call that left AWS's SDK aside."`
}

// Link is a call from one node to another.
type Link struct {
	From string `yaml:"from" required:"true" example:"Lambda" doc:"The node that calls."`
	To   string `yaml:"to" required:"true" example:"RDS" doc:"The node that is called."`
}

// Sizes says where a segment's metadata holds the sizes of bodies, in bytes.
type Sizes struct {
	Namespace string `yaml:"namespace" default:"default" pattern:"^[A-Za-z0-9._-]{1,100}$" allowed:"the name of a namespace" doc:"Namespace of the metadata."`
	Request   string `yaml:"request" default:"http.request.body.size" pattern:"^[A-Za-z0-9._-]{1,100}$" allowed:"a key" doc:"Key of the size of what was asked."`
	Response  string `yaml:"response" default:"http.response.body.size" pattern:"^[A-Za-z0-9._-]{1,100}$" allowed:"a key" doc:"Key of the size of what was answered."`
}

// The kinds of an annotation's value.
const (
	kindText    = "text"
	kindNumber  = "number"
	kindBoolean = "boolean"
)

const (
	leastWait = 10 * time.Second
	mostWait  = 30 * time.Minute
	mostBody  = 16 << 10
)

// Check holds the section to itself: what is filled in must have been captured
// before, and what is named must be a node.
func (s Settings) Check(c *strict.Check) {
	if wait := s.Wait.Std(); c.Valid("wait") && (wait < leastWait || wait > mostWait) {
		c.Report(strict.Problem{Message: "is too short for a trace to arrive, or longer than a job should wait", Allowed: "10 s to 30 m"}, "wait")
	}
	captured := []string{}
	for i, r := range s.Requests {
		if !c.Valid("requests", i) {
			continue
		}
		s.checkRoute(c, i, r, captured)
		for name := range r.Capture {
			captured = append(captured, name)
		}
	}
	for i, n := range s.Nodes {
		for j, p := range n.Match {
			if p == (Pattern{}) && c.Valid("nodes", i, "match", j) {
				c.Report(strict.Problem{Message: "fits nothing", Suggestion: "give a name or a type"}, "nodes", i, "match", j)
			}
		}
	}
	s.checkNames(c)
}

// checkNames wants every node that is spoken of to be one.
func (s Settings) checkNames(c *strict.Check) {
	var known []string
	for _, n := range s.nodes() {
		known = append(known, n.Name)
	}
	held := func(name string, path ...any) {
		if slices.Contains(known, name) || !c.Valid(path...) {
			return
		}
		p := strict.Problem{Message: fmt.Sprintf("there is no node %q", name), Allowed: strings.Join(known, ", "), Suggestion: "add it under nodes, with how X-Ray calls it"}
		if near := nearest.To(name, known); near != "" {
			p.Suggestion = fmt.Sprintf("did you mean %q?", near)
		}
		c.Report(p, path...)
	}
	for i, name := range s.Expect {
		held(name, "expect", i)
	}
	for i, e := range s.Edges {
		held(e.From, "edges", i, "from")
		held(e.To, "edges", i, "to")
	}
	for i, r := range s.Requests {
		for j, name := range r.Reaches {
			held(name, "requests", i, "reaches", j)
		}
	}
}

// ours are the headers that trace-check sets itself, and those that carry a
// secret.
var ours = []string{"x-amzn-trace-id", "x-cutover-run", "idempotency-key", "content-type", "content-length", "host", "transfer-encoding", "connection"}

var secretHeaders = []string{"authorization", "cookie", "x-api-key", "proxy-authorization", "x-amz-security-token"}

func (s Settings) checkRoute(c *strict.Check, i int, r Route, captured []string) {
	for _, part := range []struct{ key, text string }{{"path", r.Path}, {"body", r.Body}} {
		for _, name := range placeholders(part.text) {
			if slices.Contains(captured, name) || name == holderRun || name == holderIndex {
				continue
			}
			c.Report(strict.Problem{Message: fmt.Sprintf("nothing before has captured {%s}", name), Allowed: "{run}, {index}, and what a request before captures",
				Suggestion: fmt.Sprintf("give a request before this one capture: {%s: $.%s}", name, name)}, "requests", i, part.key)
		}
	}
	for name := range r.Headers {
		lower := strings.ToLower(name)
		switch {
		case slices.Contains(ours, lower):
			c.Report(strict.Problem{Message: "is set by trace-check itself", Suggestion: "remove it"}, "requests", i, "headers", name)
		case slices.Contains(secretHeaders, lower):
			c.Report(strict.Problem{Message: "carries a secret, which does not belong in this file", Suggestion: "check routes that need none; a 401 on purpose is traced as well"}, "requests", i, "headers", name)
		case strings.ContainsAny(r.Headers[name], "\r\n\x00"):
			c.Report(strict.Problem{Message: "breaks the line, so it would be more than one header"}, "requests", i, "headers", name)
		}
	}
	switch {
	case r.Body != "" && (r.Method == methodGet || r.Method == methodHead):
		c.Report(strict.Problem{Message: "a " + r.Method + " has no body", Suggestion: "remove it, or name another method"}, "requests", i, "body")
	case len(r.Body) > mostBody:
		c.Report(strict.Problem{Message: "is too large", Allowed: "up to 16 KiB"}, "requests", i, "body")
	case r.Body != "" && r.Expect < 400 && !json.Valid([]byte(r.Body)):
		c.Report(strict.Problem{Message: "is not JSON", Suggestion: "put it in single quotes; one that is wrong on purpose expects a 4xx"}, "requests", i, "body")
	}
	if len(r.Capture) > 0 && r.Method == methodHead {
		c.Report(strict.Problem{Message: "a HEAD has no answer to capture from", Suggestion: "use GET"}, "requests", i, "capture")
	}
	for name := range r.Capture {
		if name == holderRun || name == holderIndex {
			c.Report(strict.Problem{Message: "is filled by trace-check itself", Suggestion: "take another name"}, "requests", i, "capture", name)
		}
	}
}

// Defaults is the section with nothing written in it.
func Defaults() Settings {
	var s Settings
	// Nothing in it can be wrong, which a test holds.
	_ = strict.Decode("tracing", []byte("count: 20\n"), &s)
	return s
}
