package otlp

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/cutover-dev/cutover/internal/trace"
)

var verb = regexp.MustCompile(`^[A-Z]+$`)

// httpOf is the request that a span answered or sent, nil if it was none. The
// names are those of today's semantic conventions and those of before.
func httpOf(s Span) *trace.HTTP {
	var h trace.HTTP
	h.Request.Method = verb.FindString(cmp.Or(s.Text("http.request.method"), s.Text("http.method")))
	if h.Response.Status = number(s, "http.response.status_code", "http.status_code"); h.Response.Status < 100 || h.Response.Status > 599 {
		h.Response.Status = 0
	}
	if h.Request.Method == "" && h.Response.Status == 0 {
		return nil
	}
	h.Request.URL = cmp.Or(s.Text("url.full"), s.Text("http.url"))
	if path := cmp.Or(s.Text("url.path"), s.Text("http.target")); h.Request.URL == "" && path != "" {
		if host := s.Text("server.address"); host != "" {
			path = cmp.Or(s.Text("url.scheme"), "https") + "://" + host + path
		}
		h.Request.URL = path
	}
	h.Request.UserAgent = cmp.Or(s.Text("user_agent.original"), s.Text("http.user_agent"))
	h.Request.ClientIP = cmp.Or(s.Text("client.address"), s.Text("http.client_ip"))
	h.Response.Length = number(s, "http.response.body.size")
	return &h
}

// sqlOf is the query that a span sent, by its shape, nil if it sent none.
// Only a call has one: X-Ray knows no query of a segment.
func sqlOf(s Span) *trace.SQL {
	query := cmp.Or(s.Text("db.query.text"), s.Text("db.statement"))
	if query == "" || isSegment(s) {
		return nil
	}
	system := cmp.Or(s.Text("db.system.name"), s.Text("db.system"))
	out := &trace.SQL{Query: query, Type: system, User: s.Text("db.user")}
	if host := s.Text("server.address"); host != "" {
		out.URL = system + "://" + host
		if name := cmp.Or(s.Text("db.namespace"), s.Text("db.name")); name != "" {
			out.URL += "/" + name
		}
	}
	return out
}

// awsOf is the resource that a span was, or which it called by the SDK.
func awsOf(s Span) map[string]any {
	out := map[string]any{}
	put := func(name, value string) {
		if value != "" {
			out[name] = value
		}
	}
	switch {
	case s.Kind == Server:
		put("function_arn", s.Text("cloud.resource_id"))
		put("request_id", s.Text("faas.invocation_id"))
	case s.Kind == Client && isAWS(s):
		_, operation, _ := strings.Cut(s.Name, " ")
		put("operation", cmp.Or(s.Text("rpc.method"), s.Text("db.operation.name"), operation))
		put("region", s.Text("cloud.region"))
		put("request_id", s.Text("aws.request_id"))
		put("bucket_name", s.Text("aws.s3.bucket"))
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
