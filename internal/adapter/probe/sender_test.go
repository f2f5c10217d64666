package probe_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/probe"
	"github.com/cutover-dev/cutover/internal/trace"
)

func TestSender(t *testing.T) {
	address := server(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/v1/mocs":
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, strings.Join([]string{
				r.Method, r.URL.RawQuery, r.Header.Get("User-Agent"), r.Header.Get("X-Amzn-Trace-Id"), r.Header.Get("X-Cutover-Run"), r.Header.Get("Content-Type"), r.Header.Get("Accept-Encoding"), string(body),
			}, "|"))
		case "/v1/moved":
			http.Redirect(w, r, "/v1/mocs", http.StatusFound)
		case "/v1/large":
			_, _ = w.Write(make([]byte, 3<<20))
		case "/v1/huge":
			_, _ = io.Copy(w, io.LimitReader(endless{}, 9<<20))
		case "/v1/packed":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "packed")
		case "/v1/cut":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
		}
	})
	s, err := probe.OpenSender(address + "/v1/")
	if err != nil {
		t.Fatal(err)
	}
	send := func(method, path, body string) (trace.Response, error) {
		return s.Send(t.Context(), trace.Request{Method: method, Path: path, Body: []byte(body), Headers: map[string]string{
			"X-Amzn-Trace-Id": "Root=1-6740a000-000000000000000000000001;Sampled=1", "X-Cutover-Run": "run-4711-1", "Content-Type": "application/json",
		}})
	}
	want := `POST|a=b|cutover-trace-check|Root=1-6740a000-000000000000000000000001;Sampled=1|run-4711-1|application/json||{"title": "ü"}`
	if a, err := send("POST", "/mocs?a=b", `{"title": "ü"}`); err != nil || a.Status != 201 || string(a.Body) != want || a.Bytes != int64(len(want)) || a.Took <= 0 {
		t.Errorf("%+v, %s, %v", a, a.Body, err)
	}
	for path, c := range map[string]struct {
		status      int
		bytes, kept int64
	}{"/moved": {302, 31, 31}, "/large": {200, 3 << 20, 1 << 20}, "/huge": {200, -1, 1 << 20}, "/packed": {200, -1, 6}, "/none": {200, 0, 0}} {
		if a, err := send("GET", path, ""); err != nil || a.Status != c.status || a.Bytes != c.bytes || int64(len(a.Body)) != c.kept {
			t.Errorf("%s: %d, %d bytes, %d kept, %v", path, a.Status, a.Bytes, len(a.Body), err)
		}
	}
	if a, err := send("HEAD", "/mocs", ""); err != nil || a.Bytes != -1 {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := send("GET", "/cut", ""); err == nil || !strings.HasPrefix(err.Error(), "broke off its answer") {
		t.Errorf("%v", err)
	}
	for _, path := range []string{"/a b\x7f", "/%zz"} {
		if _, err := send("GET", path, ""); err == nil || !strings.HasPrefix(err.Error(), "cannot be asked") {
			t.Errorf("%q: %v", path, err)
		}
	}
	cancelled := errors.New("somebody pressed Cancel")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cancelled)
	if _, err := s.Send(ctx, trace.Request{Method: "GET", Path: "/mocs"}); !errors.Is(err, cancelled) {
		t.Errorf("%v", err)
	}
	if s, err := probe.OpenSender("http://127.0.0.1:1"); err != nil {
		t.Error(err)
	} else if _, err := s.Send(t.Context(), trace.Request{Method: "GET", Path: "/"}); err == nil || !strings.Contains(err.Error(), "did not answer") || strings.Contains(err.Error(), "http://") {
		t.Errorf("%v", err)
	}
	if _, err := probe.OpenSender("ftp://a"); err == nil {
		t.Error("it takes any address")
	}
}
