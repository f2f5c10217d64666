package probe

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/cutover-dev/cutover/internal/trace"
)

// mostCounted bounds what is read of an answer to know its length: a little more
// than the 6 MB that Lambda can give.
const mostCounted = 7 << 20

// Sender sends the synthetic requests of a check of traces. It implements
// trace.Sender.
type Sender struct{ prober *Prober }

var _ trace.Sender = (*Sender)(nil)

// OpenSender makes one for an address.
func OpenSender(address string) (*Sender, error) {
	p, err := Open(address, patience)
	if err != nil {
		return nil, err
	}
	p.agent = "cutover-trace-check"
	// The length of what was sent is compared with what the function has noted.
	p.client.Transport.(*http.Transport).DisableCompression = true // Open has made it
	return &Sender{p}, nil
}

// Send implements trace.Sender.
func (s *Sender) Send(ctx context.Context, request trace.Request) (trace.Response, error) {
	r, err := http.NewRequestWithContext(ctx, request.Method, s.prober.base+request.Path, bytes.NewReader(request.Body))
	if err != nil {
		return trace.Response{}, errors.New("cannot be asked: " + err.Error())
	}
	r.Header.Set("User-Agent", s.prober.agent)
	for name, value := range request.Headers {
		r.Header.Set(name, value)
	}
	begun := time.Now()
	answer, err := s.prober.client.Do(r)
	if err != nil {
		return trace.Response{}, s.gone(ctx, why(err))
	}
	defer func() { _ = answer.Body.Close() }() // read to its end or given up
	body, err := io.ReadAll(io.LimitReader(answer.Body, mostBody))
	var rest int64
	if err == nil {
		rest, err = io.Copy(io.Discard, io.LimitReader(answer.Body, mostCounted))
	}
	if err != nil {
		return trace.Response{}, s.gone(ctx, "broke off its answer: "+why(err))
	}
	got := trace.Response{Status: answer.StatusCode, Body: body, Bytes: int64(len(body)) + rest, Took: time.Since(begun)}
	// A HEAD has no body whatever the function has written.
	if request.Method == http.MethodHead || answer.Header.Get("Content-Encoding") != "" || rest == mostCounted {
		got.Bytes = -1
	}
	return got, nil
}

// gone is why there is no answer; who gave up hears why, and not that the stage
// was silent.
func (s *Sender) gone(ctx context.Context, why string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return errors.New(why)
}
