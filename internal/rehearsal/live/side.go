package live

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// Side is one of the two deployments.
type Side int

// The sides.
const (
	Blue Side = iota
	Green
)

func (s Side) String() string { return [...]string{"blue", "green"}[s] }

// HealthPath is what Route 53's checkers ask.
const HealthPath = "/health"

// Fault is a switch by which a side answers a share of its requests with 500. It
// counts instead of throwing dice, so that the share is exact, and never so many
// in a row that an endpoint check would find it.
type Fault struct {
	mu     sync.Mutex
	share  float64
	debt   float64
	spared bool
	failed int64
}

// Set breaks so large a share of the requests from now on; 0 mends. A spared
// health check is always answered well.
func (f *Fault) Set(share float64, spared bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.share, f.debt, f.spared = share, 0, spared
}

// Failed is how many requests of users it has broken.
func (f *Fault) Failed() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

// hits says whether it breaks this request.
func (f *Fault) hits(r *http.Request) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.spared && r.URL.Path == HealthPath {
		return false
	}
	if f.debt += f.share; f.debt < 1 {
		return false
	}
	f.debt--
	if r.Header.Get(byVegeta) != "" {
		f.failed++
	}
	return true
}

// front is a side's load balancer or gateway: it measures each request as AWS
// does, whoever sent it, and passes it on to the app.
type front struct {
	side  Side
	app   http.Handler
	fault *Fault
	saw   func(side Side, status int, took time.Duration)
}

// ServeHTTP implements http.Handler.
func (f front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began, out := time.Now(), &status{ResponseWriter: w, code: http.StatusOK}
	if f.fault.hits(r) {
		http.Error(out, `{"message":"Internal Server Error"}`, http.StatusInternalServerError)
	} else {
		f.app.ServeHTTP(out, r)
	}
	f.saw(f.side, out.code, time.Since(began))
}

// status remembers what was answered.
type status struct {
	http.ResponseWriter
	code int
}

// WriteHeader implements http.ResponseWriter.
func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// serve answers on a free port of loopback until the server is closed.
func serve(h http.Handler) (*http.Server, string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.Serve(l) }() // it ends with Close
	return s, "http://" + l.Addr().String(), nil
}

// Plain is an app that answers at once, for where the example app is not needed.
func Plain() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"status":"ok"}`)) // the caller may be gone
	})
}
