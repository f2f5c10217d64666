package vegeta

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/load"
)

// heard is what a server saw: when each request came, and what it was.
type heard struct {
	mu       sync.Mutex
	at       []time.Time
	requests []*http.Request
	bodies   []string
}

func (h *heard) note(r *http.Request) {
	text, _ := io.ReadAll(r.Body) // what breaks off is short
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at, h.requests, h.bodies = append(h.at, time.Now()), append(h.requests, r), append(h.bodies, string(text))
}

func (h *heard) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.at)
}

// server answers with answer, after it has noted the request.
func server(t *testing.T, answer http.HandlerFunc) (*heard, string) {
	t.Helper()
	h := &heard{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.note(r)
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return h, s.URL
}

// constant is a plan of GET / at one rate.
func constant(target string, rate float64, d time.Duration) load.Plan {
	return load.Plan{
		Target: target, Phases: []load.Phase{{Duration: d, From: rate, To: rate}},
		Mix: []load.Scenario{{Name: "all", Weight: 1, Requests: []load.Request{{Name: "GET /", Method: "GET", Path: "/"}}}},
	}
}

// sent runs a plan and returns what became of its requests.
func sent(ctx context.Context, t *testing.T, p load.Plan, o Options) ([]load.Outcome, load.End) {
	t.Helper()
	var all []load.Outcome
	o.Outcome = func(x load.Outcome) { all = append(all, x) }
	end, err := Run(ctx, p, o)
	if err != nil {
		t.Fatal(err)
	}
	return all, end
}

// latencies are in milliseconds, rising.
func latencies(all []load.Outcome) (ms []float64) {
	for _, o := range all {
		ms = append(ms, o.Latency.Seconds()*1000)
	}
	slices.Sort(ms)
	return ms
}

// A server that stands still for a second must show in the latencies of all who
// came in that second, not only of those who were there (coordinated omission).
func TestNobodyWaitsForAnAnswerToBegin(t *testing.T) {
	began := time.Now()
	still := func() time.Duration { return time.Second + 500*time.Millisecond - time.Since(began) }
	h, url := server(t, func(http.ResponseWriter, *http.Request) {
		if since := time.Since(began); since > 500*time.Millisecond {
			time.Sleep(max(0, still()))
		}
	})
	all, end := sent(t.Context(), t, constant(url, 200, 2*time.Second), Options{})
	if len(all) != 400 || h.count() != 400 {
		t.Fatalf("%d requests, the server saw %d; want 400", len(all), h.count())
	}
	ms := latencies(all)
	// A fifth of a second's worth of 200 came while nothing moved: evenly between
	// no wait and a second, so that half of all are above, and p75 is about 500 ms.
	if slow := len(ms) - countBelow(ms, 100); slow < 150 || slow > 240 {
		t.Errorf("%d requests waited for 100 ms and more; want about 180", slow)
	}
	if ms[len(ms)-1] < 950 {
		t.Errorf("the slowest took %.0f ms; want about 1,000", ms[len(ms)-1])
	}
	if end.Generator.Sockets < 150 {
		t.Errorf("%d sockets: it waited for answers", end.Generator.Sockets)
	}
}

func countBelow(ms []float64, limit float64) int {
	n, _ := slices.BinarySearch(ms, limit)
	return n
}

func TestLaterRequestsOfAUser(t *testing.T) {
	var made atomic.Int64
	h, url := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusCreated)
			fmt.Fprintf(w, `{"id": "moc-%d"}`, made.Add(1))
		}
	})
	p := constant(url, 50, time.Second)
	p.Mix[0].Requests = []load.Request{
		{Name: "create", Method: "POST", Path: "/mocs", Body: `{"title": "{{ $number }}"}`, JSON: true, Captures: []load.Capture{{Name: "id", Path: "$.id"}}},
		{Name: "get", Method: "GET", Path: "/mocs/{{ id }}", After: 200 * time.Millisecond, Checks: []load.Check{{Kind: load.CheckStatus, Values: []string{"200"}}}},
	}
	all, end := sent(t.Context(), t, p, Options{})
	if len(all) != 100 || h.count() != 100 || end.Skipped != 0 {
		t.Fatalf("%d requests, the server saw %d, %d skipped", len(all), h.count(), end.Skipped)
	}
	ids, first := map[string]bool{}, map[int]load.Outcome{}
	for _, r := range h.requests {
		if r.Method == http.MethodGet {
			ids[r.URL.Path] = true
		}
		for name := range r.Header {
			if strings.HasPrefix(name, "X-Vegeta") || strings.HasPrefix(name, "X-Cutover") {
				t.Fatalf("the target was sent %s", name)
			}
		}
	}
	if len(ids) != 50 || !ids["/mocs/moc-50"] {
		t.Errorf("%d different paths were asked for: %v", len(ids), ids)
	}
	for _, o := range all {
		if o.Error() || o.BytesIn == 0 && o.Step == 0 {
			t.Errorf("%+v", o)
		}
		if o.Step == 0 {
			first[o.User] = o
			continue
		}
		if wait := o.Due - first[o.User].Due - first[o.User].Latency; wait != 200*time.Millisecond {
			t.Fatalf("user %d: the second request was due %s after the first answer", o.User, wait)
		}
	}
}

// Who has to wait for what nobody else waits for is not in the way of arrivals.
func TestAUserWithoutAnAnswerGoesNoFurther(t *testing.T) {
	_, url := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/a" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	p := constant(url, 50, 200*time.Millisecond)
	p.Mix[0].Requests = []load.Request{{Name: "a", Method: "GET", Path: "/a"}, {Name: "b", Method: "GET", Path: "/b"}, {Name: "c", Method: "GET", Path: "/c"}}
	all, end := sent(t.Context(), t, p, Options{})
	if len(all) != 10 || end.Skipped != 20 {
		t.Errorf("%d requests, %d skipped; want 10 and 20", len(all), end.Skipped)
	}
}

// Attack: ssrf-load
func TestEveryRequestStaysOnTheHost(t *testing.T) {
	other, elsewhere := server(t, nil)
	h, url := server(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere, http.StatusFound) })
	t.Setenv("HTTP_PROXY", elsewhere)
	t.Setenv("http_proxy", elsewhere)
	all, _ := sent(t.Context(), t, constant(url, 20, 100*time.Millisecond), Options{})
	if len(all) != 2 || all[0].Status != 302 || other.count() != 0 || h.count() != 2 {
		t.Errorf("redirected: %+v; the other host saw %d", all, other.count())
	}
	host := strings.TrimPrefix(elsewhere, "http://")
	for name, change := range map[string]func(*load.Plan){
		"a path that is none": func(p *load.Plan) { p.Target, p.Mix[0].Requests[0].Path = strings.TrimSuffix(url, "/"), "{{ out }}" },
		"a user in the URL":   func(p *load.Plan) { p.Data[0].Rows[0][0] = "@" + host + "/"; p.Mix[0].Requests[0].Path = "{{ out }}" },
		"another Host":        func(p *load.Plan) { p.Mix[0].Requests[0].Headers = []load.Header{{Name: "Host", Value: host}} },
		"a value that lacks":  func(p *load.Plan) { p.Mix[0].Requests[0].Path = "/{{ nothing }}" },
	} {
		p := constant(url, 20, 100*time.Millisecond)
		p.Data = []load.Data{{Columns: []string{"out"}, Rows: [][]string{{"//" + host + "/"}}}}
		change(&p)
		all, _ := sent(t.Context(), t, p, Options{})
		if other.count() != 0 {
			t.Errorf("%s: the other host was asked", name)
		}
		if len(all) != 2 {
			t.Errorf("%s: %+v", name, all)
		}
		if name == "another Host" || name == "a value that lacks" {
			if all[0].Trouble != load.Rendered {
				t.Errorf("%s: %+v", name, all[0])
			}
		}
	}
}

func TestBoundsAreNeverExceeded(t *testing.T) {
	h, url := server(t, nil)
	p := constant(url, 400, time.Second)
	p.Limits.Rate = 100
	p.Limits.Duration = 1500 * time.Millisecond
	all, end := sent(t.Context(), t, p, Options{})
	for i := 110; i < len(all); i++ {
		if gap := all[i].Began - all[i-110].Began; gap < 950*time.Millisecond {
			t.Fatalf("111 requests begun within %s", gap)
		}
	}
	for i := 110; i < len(h.at); i++ {
		// What was sent a second apart arrives closer where the first had to wait; without
		// the bound it would be a quarter of a second.
		if gap := h.at[i].Sub(h.at[i-110]); gap < 700*time.Millisecond {
			t.Fatalf("111 requests within %s", gap)
		}
	}
	if len(all) < 150 || len(all) > 220 || !strings.Contains(end.Stopped, "longest duration") || end.Interrupted {
		t.Errorf("%d requests, %+v", len(all), end)
	}
	p = constant(url, 400, time.Second)
	p.Limits.Requests = 17
	if all, _ := sent(t.Context(), t, p, Options{}); len(all) != 17 {
		t.Errorf("%d requests; 17 are the most", len(all))
	}
}

func TestItStopsWhenToldTo(t *testing.T) {
	h, url := server(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	p := constant(url, 100, time.Minute)
	began := time.Now()
	all, end := sent(t.Context(), t, p, Options{Second: func(s load.Second) string {
		if s.Waiting > 150 {
			return "the target has melted"
		}
		return ""
	}})
	if end.Stopped != "the target has melted" || end.Interrupted {
		t.Errorf("%+v", end)
	}
	if took := time.Since(began); took > 6*time.Second {
		t.Errorf("it took %s to stop", took)
	}
	if len(all) != h.count() || h.count() > 320 || all[0].Trouble != load.Timeout {
		t.Errorf("%d outcomes of %d that were sent", len(all), h.count())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_, url = server(t, nil)
	all, end = sent(ctx, t, constant(url, 100, time.Minute), Options{})
	if !end.Interrupted || end.Stopped == "" || len(all) < 30 || len(all) > 60 {
		t.Errorf("%d requests, %+v", len(all), end)
	}
}

func TestTroubles(t *testing.T) {
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = dead.Close() // nobody listens there any more
	_, url := server(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	_, cut := server(t, func(w http.ResponseWriter, _ *http.Request) {
		if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = c.Close() // in the middle of it
		}
	})
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	failing := func(err error) dialer {
		return func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", err)}
		}
	}
	for want, c := range map[load.Trouble]struct {
		url string
		o   Options
	}{
		load.Ports:   {url, Options{dial: failing(syscall.EADDRNOTAVAIL)}},
		load.Files:   {url, Options{dial: failing(syscall.EMFILE)}},
		load.Refused: {"http://" + dead.Addr().String(), Options{}},
		load.Timeout: {url, Options{Timeout: 100 * time.Millisecond}},
		load.Reset:   {cut, Options{}},
		load.Secure:  {secure.URL, Options{}},
		load.Name:    {"http://nobody.invalid", Options{}},
	} {
		all, _ := sent(t.Context(), t, constant(c.url, 20, 100*time.Millisecond), c.o)
		if len(all) != 2 || all[0].Status != 0 || all[0].Trouble != want || !all[0].Error() {
			t.Errorf("%s: %+v", want, all)
		}
	}
}

func TestALateStart(t *testing.T) {
	h, url := server(t, nil)
	if _, err := Run(t.Context(), constant(url, 10, time.Second), Options{At: time.Now().Add(-time.Minute)}); fault.KindOf(err) != fault.Outside || h.count() > 0 {
		t.Errorf("a start that is over: %v", err)
	}
	at := time.Now().Add(700 * time.Millisecond)
	_, end := sent(t.Context(), t, constant(url, 10, 100*time.Millisecond), Options{At: at})
	if d := end.Began.Sub(at); d < 0 || d > 500*time.Millisecond {
		t.Errorf("it began %s after the time", d)
	}
}
