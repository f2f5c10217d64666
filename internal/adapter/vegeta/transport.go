package vegeta

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// The headers by which a request is known on its way through vegeta. None of
// them reaches the target.
const (
	headerOrder = "X-Cutover-Order"
	headerSeq   = "X-Vegeta-Seq"
)

// errElsewhere keeps every request on the target's host, whatever a template or a
// captured value made of its address.
var errElsewhere = errors.New("the request would have left the target's host")

// errOver ends what is under way when a run is broken off.
var errOver = errors.New("the run was stopped")

// transport is the way to the target, and to nowhere else.
type transport struct {
	base         *http.Transport
	scheme, host string
	flights      *flights

	mu sync.Mutex
	// dials are connections that are being made, ended that the run is over.
	dials map[*dial]struct{}
	ended bool
	// open are the connections, so that they can be closed under requests that
	// wait; most is how many there were at once.
	open map[*conn]struct{}
	most int
}

// dialer opens a connection; a test puts its own in.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// dial is a connection that is being made.
type dial struct{ cancel context.CancelFunc }

// newTransport makes the way to one host. Neither the environment's proxy nor
// HTTP/2 is used: the first is another host, and over the second one connection
// would carry all requests, which is not how many users come.
func newTransport(scheme, host string, connections int, open dialer) *transport {
	t := &transport{scheme: scheme, host: host, flights: newFlights(), dials: map[*dial]struct{}{}, open: map[*conn]struct{}{}}
	if open == nil {
		open = (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	}
	t.base = &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			ctx, cancel := context.WithCancel(ctx)
			defer t.dialing(cancel)()
			c, err := open(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return t.counted(c)
		},
		// TLS is verified, as by default.
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConnsPerHost: connections,
		MaxConnsPerHost:     connections,
		IdleConnTimeout:     90 * time.Second,
		DisableCompression:  true, // the bytes are those that were sent
	}
	return t
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	f := t.flights.begin(req.Header.Get(headerOrder), req.Header.Get(headerSeq))
	if f == nil {
		return nil, errors.New("a request that nobody ordered")
	}
	if f.err != nil {
		return nil, f.err // it could not be made
	}
	if req.URL.Scheme != t.scheme || req.URL.Host != t.host || req.Host != t.host {
		f.err = errElsewhere
		return nil, f.err
	}
	own := *req
	own.Header = req.Header.Clone()
	own.Header.Del(headerOrder)
	own.Header.Del(headerSeq)
	if _, named := own.Header["User-Agent"]; !named {
		own.Header.Set("User-Agent", "cutover-load")
	}
	resp, err := t.base.RoundTrip(&own)
	if err != nil {
		f.err = err
		return nil, err
	}
	resp.Body = &body{resp.Body, f}
	return resp, nil
}

// sockets is how many connections were open at once at most.
func (t *transport) sockets() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.most
}

// over says that the run was broken off: what ends now says nothing of the target.
func (t *transport) over() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ended
}

// dialing lets the end of a run end a connection that is being made.
func (t *transport) dialing(cancel context.CancelFunc) (made func()) {
	d := &dial{cancel}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dials[d] = struct{}{}
	if t.ended {
		cancel()
	}
	return func() {
		cancel()
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.dials, d)
	}
}

func (t *transport) counted(c net.Conn) (net.Conn, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		_ = c.Close() // nothing was sent on it
		return nil, errOver
	}
	own := &conn{Conn: c, of: t}
	t.open[own] = struct{}{}
	t.most = max(t.most, len(t.open))
	return own, nil
}

// end closes every connection, so that requests under way end with it.
func (t *transport) end() {
	t.mu.Lock()
	t.ended = true
	for d := range t.dials {
		d.cancel()
	}
	open := make([]*conn, 0, len(t.open))
	for c := range t.open {
		open = append(open, c)
	}
	t.mu.Unlock()
	for _, c := range open {
		_ = c.Close() // there is nothing left to read
	}
}

// conn is a connection that is counted while it is open.
type conn struct {
	net.Conn
	of   *transport
	once sync.Once
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.once.Do(func() {
		c.of.mu.Lock()
		defer c.of.mu.Unlock()
		delete(c.of.open, c)
	})
	return c.Conn.Close()
}
