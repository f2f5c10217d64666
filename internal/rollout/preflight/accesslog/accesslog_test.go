package accesslog_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout/preflight/accesslog"
)

// line is an entry as the guide describes it, with what matters here.
func line(kind, at, took string, received, sent any, request string) string {
	return fmt.Sprintf(`%s %s app/my/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.000 %s 0.000 200 200 %v %v "%s" "curl/7.46.0 \"x" - - arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my/73e2d6bc24d8a067 "Root=1-58337262-36d228ad5d99923122bbe354" "-" "-" 0 2018-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1`, kind, at, took, received, sent, request)
}

const (
	early = "2026-11-20T22:23:00.186641Z"
	late  = "2026-11-21T01:00:00Z"
)

var log = strings.Join([]string{
	line("http", late, "0.001", 34, 366, "GET http://www.example.com:80/ HTTP/1.1"),
	line("https", early, "-1", 5242880, 57, "POST https://www.example.com:443/mocs/7/images?token=geheim HTTP/1.1"),
	line("h2", late, "31.5", 100, 7000000, "GET https://www.example.com:443/export;jsessionid=geheim HTTP/2.0"),
	line("wss", late, "3600.1", 9999999999, 9999999999, "GET https://www.example.com:443/live HTTP/1.1"),
	line("grpcs", late, "1", 1, 1, "POST https://www.example.com:443/a.B/C HTTP/2.0"),
	line("http", late, "-1", 0, 272, "- http://www.example.com:80- -"),
	line("http", late, "0.1", 0, 272, "geheim#geheim http://www.example.com:80/ HTTP/1.1"),
}, "\n") + "\n"

func read(t *testing.T, r io.Reader) (accesslog.Summary, error) {
	t.Helper()
	var s accesslog.Summary
	err := s.Read(t.Context(), "a.log", r)
	return s, err
}

func zipped(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return b.Bytes()
}

func TestRead(t *testing.T) {
	for name, r := range map[string]io.Reader{"plain": strings.NewReader(log), "gzip": bytes.NewReader(zipped(log)), "Windows": strings.NewReader(strings.ReplaceAll(log, "\n", "\r\n"))} {
		s, err := read(t, r)
		if err != nil || s.Entries != 7 || s.Sockets != 1 || s.RPCs != 1 {
			t.Fatalf("%s: %+v, %v", name, s, err)
		}
		if s.Received != (accesslog.Extreme{Bytes: 5242880, Request: "POST /mocs/7/images"}) || s.Sent != (accesslog.Extreme{Bytes: 7000000, Request: "GET /export"}) || s.Slow != (accesslog.Extreme{Took: 31500 * time.Millisecond, Request: "GET /export"}) {
			t.Errorf("%s: %+v", name, s)
		}
		if s.From.Format(time.RFC3339) != "2026-11-20T22:23:00Z" || s.To.Format(time.RFC3339) != late {
			t.Errorf("%s: %s to %s", name, s.From, s.To)
		}
		if strings.Contains(fmt.Sprintf("%+v", s), "geheim") {
			t.Errorf("a query is shown: %+v", s)
		}
	}
}

// A client may put anything where the method stands.
func TestMethodIsNoSecret(t *testing.T) {
	s, err := read(t, strings.NewReader(line("http", late, "0.1", 9, 272, "geheim?a=geheim http://www.example.com:80/ HTTP/1.1")+"\n"))
	if err != nil || s.Received.Request != "? /" {
		t.Errorf("%+v, %v", s, err)
	}
}

// Several logs add up, in any order.
func TestReadAddsUp(t *testing.T) {
	var one, two accesslog.Summary
	lines := strings.SplitAfter(log, "\n")
	first, second := strings.Join(lines[:3], ""), strings.Join(lines[3:], "")
	for s, order := range map[*accesslog.Summary][]string{&one: {first, second}, &two: {second, first}} {
		for _, part := range order {
			if err := s.Read(t.Context(), "a", strings.NewReader(part)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if whole, _ := read(t, strings.NewReader(log)); one != two || one != whole {
		t.Errorf("%+v\n%+v\n%+v", one, two, whole)
	}
}

func TestReadRefuses(t *testing.T) {
	good := line("http", late, "0.1", 1, 1, "GET http://a:80/ HTTP/1.1") + "\n"
	whole := zipped(strings.Repeat(good, 100))
	for name, c := range map[string]struct{ text, want string }{
		"nothing":           {"", "is empty"},
		"an empty line":     {good + "\n" + good, "a.log:2"},
		"another log":       {`127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326` + "\n", "fields"},
		"another kind":      {line("quic", late, "0.1", 1, 1, "GET / H"), "first field"},
		"no time":           {line("http", "yesterday", "0.1", 1, 1, "GET / H"), "no time"},
		"negative bytes":    {line("http", late, "0.1", -1, 1, "GET / H"), "received_bytes"},
		"no bytes":          {line("http", late, "0.1", 1, "-", "GET / H"), "sent_bytes"},
		"too many bytes":    {line("http", late, "0.1", "99999999999999999999", 1, "GET / H"), "received_bytes"},
		"a strange time":    {line("http", late, "NaN", 1, 1, "GET / H"), "target_processing_time"},
		"an endless time":   {line("http", late, "1e300", 1, 1, "GET / H"), "target_processing_time"},
		"cut off":           {good + good[:60], "a.log:2"},
		"two spaces":        {strings.Replace(good, "http ", "http  ", 1), "is empty"},
		"a line too long":   {good + strings.Repeat("x", 70000), "longer than 65536"},
		"gzip cut off":      {string(whole[:len(whole)-9]), "cannot be read to its end"},
		"gzip of nothing":   {"\x1f\x8b", "no whole gzip"},
		"an unclosed quote": {strings.SplitAfter(good, `"GET`)[0] + " /", "never closed"},
	} {
		_, err := read(t, strings.NewReader(c.text))
		if fault.KindOf(err) != fault.Input || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadEndsWithItsCaller(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	var s accesslog.Summary
	if err := s.Read(ctx, "a", strings.NewReader(strings.Repeat(line("http", late, "0.1", 1, 1, "GET / H")+"\n", 5000))); !errors.Is(err, why) || s.Entries > 2000 {
		t.Errorf("%v after %d", err, s.Entries)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(log))
	f.Add(zipped(log))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := read(t, bytes.NewReader(text))
		if err == nil && s.Entries == 0 || s.Received.Bytes < 0 || s.Sent.Bytes < 0 || s.Slow.Took < 0 || s.From.After(s.To) {
			t.Errorf("%+v, %v", s, err)
		}
		for _, e := range []accesslog.Extreme{s.Received, s.Sent, s.Slow} {
			if strings.ContainsAny(e.Request, "#;\n\r") || len(e.Request) > 600 {
				t.Errorf("%q", e.Request)
			}
		}
	})
}
