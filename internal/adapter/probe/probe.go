// Package probe asks a deployed API by HTTP.
package probe

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/bake"
	"github.com/cutover-dev/cutover/internal/fault"
)

// mostBody bounds what is read of an answer in bytes.
const mostBody = 1 << 20

// Prober asks one API. It implements bake.Prober.
type Prober struct {
	base   string
	agent  string
	client *http.Client
}

// Open makes a prober for an address. Redirects are not followed: the answer is
// judged as it is. Each request has a connection of its own, so that each one
// meets the deployment as a new caller would.
func Open(address string, timeout time.Duration) (*Prober, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, &fault.Fault{Kind: fault.Input, Name: "url", What: "is no address of an API", Got: address, Allowed: "http:// or https:// with a host, without user and query"}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone() // it is one, by the documentation
	transport.DisableKeepAlives = true
	return &Prober{base: strings.TrimSuffix(u.String(), "/"), agent: "cutover-bake", client: &http.Client{
		Transport: transport, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Probe sends one request.
func (p *Prober) Probe(ctx context.Context, method, path string) bake.Answer {
	answer, failed := p.send(ctx, method, path)
	if failed != "" {
		return bake.Answer{Failed: failed}
	}
	defer func() { _ = answer.Body.Close() }() // read to its end or given up
	body, err := io.ReadAll(io.LimitReader(answer.Body, mostBody))
	if err != nil {
		return bake.Answer{Failed: "broke off its answer: " + why(err)}
	}
	return bake.Answer{Status: answer.StatusCode, Body: body}
}

// send begins one request; failed says why there is no answer. Nothing but the
// request itself is sent: no cookie, no credential, no query of its own.
func (p *Prober) send(ctx context.Context, method, path string) (answer *http.Response, failed string) {
	r, err := http.NewRequestWithContext(ctx, method, p.base+path, nil)
	if err != nil {
		return nil, "cannot be asked: " + err.Error()
	}
	r.Header.Set("User-Agent", p.agent)
	if answer, err = p.client.Do(r); err != nil {
		return nil, why(err)
	}
	return answer, ""
}

// why says it in the words of the last cause: the address stands in the report
// already.
func why(err error) string {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return "did not answer in time"
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return "did not answer: " + err.Error()
}
