package vegeta

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/cutover-dev/cutover/internal/load"
)

// flight is one request on its way.
type flight struct {
	step step
	call load.Call
	// err is why there was no answer, as the transport knew it; vegeta tells it as
	// text only.
	err error
	// in counts the bytes of the answer's body.
	in atomic.Int64
}

// flights are all that are under way. vegeta numbers its hits after it has asked
// for a target, so that the two have to be brought together on the way: by a
// header that goes no further.
type flights struct {
	mu   sync.Mutex
	last uint64
	// by order, until the transport sees them; then by vegeta's number.
	ordered, sent map[uint64]*flight
}

func newFlights() *flights {
	return &flights{ordered: map[uint64]*flight{}, sent: map[uint64]*flight{}}
}

// book gives a flight its order.
func (a *flights) book(f *flight) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last++
	a.ordered[a.last] = f
	return strconv.FormatUint(a.last, 10)
}

// begin finds the flight of an order, which vegeta has given a number.
func (a *flights) begin(order, seq string) *flight {
	n, err := strconv.ParseUint(order, 10, 64)
	number, err2 := strconv.ParseUint(seq, 10, 64)
	if err != nil || err2 != nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	f := a.ordered[n]
	delete(a.ordered, n)
	if f != nil {
		a.sent[number] = f
	}
	return f
}

// land is the flight that came to an end, nil for one that never began.
func (a *flights) land(seq uint64) *flight {
	a.mu.Lock()
	defer a.mu.Unlock()
	f := a.sent[seq]
	delete(a.sent, seq)
	return f
}

// body is what an answer holds, counted, also what vegeta throws away.
type body struct {
	io.ReadCloser
	of *flight
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.of.in.Add(int64(n))
	if err != nil && err != io.EOF {
		b.of.err = err
	}
	return n, err
}

// trouble is the kind of an error that left a request without an answer.
func trouble(err error) load.Trouble {
	var (
		name    *net.DNSError
		wait    net.Error
		trust   *tls.CertificateVerificationError
		unknown x509.UnknownAuthorityError
		record  tls.RecordHeaderError
		alert   tls.AlertError
	)
	switch {
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return load.Ports
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return load.Files
	case errors.Is(err, errElsewhere):
		return load.Rendered
	case errors.As(err, &name):
		return load.Name
	case errors.As(err, &trust), errors.As(err, &unknown), errors.As(err, &record), errors.As(err, &alert):
		return load.Secure
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &wait) && wait.Timeout():
		return load.Timeout
	case errors.Is(err, syscall.ECONNREFUSED):
		return load.Refused
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return load.Reset
	}
	return load.Other
}
