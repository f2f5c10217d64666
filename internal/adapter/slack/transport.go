package slack

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"time"
)

// exchange is what one request and its answer looked like on the wire. The
// library's errors leave some of it out, and it decides whether a request may
// be sent again.
type exchange struct {
	// sent says that the request's head left; Slack may have acted on it.
	sent bool
	// status is the answer's HTTP status, zero without an answer.
	status int
	// wait is what Retry-After asked for, zero without it.
	wait time.Duration
}

type exchangeKey struct{}

// watched returns a context whose one request is written down in the exchange.
func watched(ctx context.Context) (context.Context, *exchange) {
	e := &exchange{}
	return context.WithValue(ctx, exchangeKey{}, e), e
}

// maxAnswer bounds an answer in bytes: a page of 200 messages has under 4 MB.
const maxAnswer = 8 << 20

// transport writes exchanges down and bounds what is read.
type transport struct{ base http.RoundTripper }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	e, ok := r.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		e = &exchange{}
	}
	trace := &httptrace.ClientTrace{WroteHeaders: func() { e.sent = true }}
	answer, err := t.base.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if err != nil {
		return nil, err
	}
	e.status = answer.StatusCode
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.wait = time.Duration(seconds) * time.Second
	}
	answer.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(answer.Body, maxAnswer), answer.Body}
	return answer, nil
}

// newHTTP is the client of one action. Redirects are not followed: a token
// goes to no address that was not configured.
func newHTTP(perTry time.Duration) *http.Client {
	return &http.Client{
		Timeout:       perTry,
		Transport:     transport{http.DefaultTransport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
