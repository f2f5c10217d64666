package otlp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/cutover-dev/cutover/internal/trace"
)

// mostKept is how many spans a collector keeps.
const mostKept = 100_000

// Collector takes in spans on loopback, by OTLP over HTTP and by the X-Ray
// daemon's protocol, and keeps them for whoever asks.
type Collector struct {
	http  *http.Server
	web   net.Listener
	udp   net.PacketConn
	ended sync.WaitGroup

	mu      sync.Mutex
	spans   []Span
	docs    []trace.Document
	refused []string
	news    chan struct{} // closed when something has come
}

// Start begins to listen on free ports of loopback.
func Start(ctx context.Context) (*Collector, error) {
	var listen net.ListenConfig
	web, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening on loopback: %w", err)
	}
	udp, err := listen.ListenPacket(ctx, "udp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listening on loopback: %w", err), web.Close())
	}
	c := &Collector{web: web, udp: udp, news: make(chan struct{})}
	c.http = &http.Server{Handler: c.remembered(Handler(c.Add)), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second}
	c.ended.Go(func() { _ = c.http.Serve(web) }) // it ends with Close
	c.ended.Go(c.listen)
	return c, nil
}

// URL is what OTEL_EXPORTER_OTLP_ENDPOINT is set to.
func (c *Collector) URL() string { return "http://" + c.web.Addr().String() }

// Daemon is what AWS_XRAY_DAEMON_ADDRESS is set to.
func (c *Collector) Daemon() string { return c.udp.LocalAddr().String() }

// Close ends it.
func (c *Collector) Close() error {
	err := errors.Join(c.http.Close(), c.udp.Close())
	c.ended.Wait()
	return err
}

// Add keeps spans, as if they had been sent.
func (c *Collector) Add(spans []Span) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.spans)+len(spans) > mostKept {
		return ErrFull
	}
	c.spans = append(c.spans, spans...)
	c.tell()
	return nil
}

// tell wakes who waits; c.mu is held.
func (c *Collector) tell() { close(c.news); c.news = make(chan struct{}) }

// Spans are those that came, in their order.
func (c *Collector) Spans() []Span { c.mu.Lock(); defer c.mu.Unlock(); return slices.Clone(c.spans) }

// Traces are the spans by the id of their trace.
func (c *Collector) Traces() map[string][]Span {
	all := map[string][]Span{}
	for _, s := range c.Spans() {
		all[s.TraceID] = append(all[s.TraceID], s)
	}
	return all
}

// Sent are the documents that came ready-made, to the daemon.
func (c *Collector) Sent() []trace.Document {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.docs)
}

// Refused says why each request or datagram was not taken.
func (c *Collector) Refused() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.refused)
}

// Wait waits until enough says that what came is enough.
func (c *Collector) Wait(ctx context.Context, enough func([]Span) bool) error {
	for {
		c.mu.Lock()
		have, news := slices.Clone(c.spans), c.news
		c.mu.Unlock()
		if enough(have) {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return fmt.Errorf("%d spans came and were not enough: %w", len(have), ctx.Err())
		}
	}
}

// listen takes datagrams until the socket is closed.
func (c *Collector) listen() {
	packet := make([]byte, 64<<10)
	for {
		n, _, err := c.udp.ReadFrom(packet)
		if err != nil {
			return
		}
		got, err := Daemon(packet[:n])
		if err == nil {
			err = c.Add(got.Spans)
		}
		c.mu.Lock()
		if err != nil {
			c.refuse(err.Error())
		} else if got.Document != nil && len(c.docs) < mostKept {
			c.docs = append(c.docs, *got.Document)
			c.tell()
		}
		c.mu.Unlock()
	}
}

// refuse remembers a refusal; c.mu is held.
func (c *Collector) refuse(why string) {
	if len(c.refused) < 100 {
		c.refused = append(c.refused, why)
	}
}

// remembered notes which requests were refused.
func (c *Collector) remembered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &seen{ResponseWriter: w}
		next.ServeHTTP(seen, r)
		if seen.status >= 400 {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.refuse(fmt.Sprintf("%s %s: %d %s", r.Method, r.URL.Path, seen.status, seen.said))
		}
	})
}

// seen is what was answered.
type seen struct {
	http.ResponseWriter
	status int
	said   string
}

func (s *seen) WriteHeader(status int) { s.status = status; s.ResponseWriter.WriteHeader(status) }

func (s *seen) Write(text []byte) (int, error) {
	s.said += string(text)
	return s.ResponseWriter.Write(text)
}
