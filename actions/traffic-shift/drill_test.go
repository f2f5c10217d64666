package main

import (
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/verdict"
)

// staging makes the world's stage one without users, whose address follows DNS: a
// front that leads each request where the record says. lag is how long clients
// keep an answer.
func (w *world) staging(lag time.Duration) (front string) {
	w.t.Helper()
	var green, blue atomic.Int64
	history := []struct {
		at    time.Time
		share float64
	}{{w.now().Add(-time.Hour), 0}}
	share := func() float64 {
		now := 0.0
		for target, part := range w.cloud.Resolve(record, "A") {
			if strings.Contains(target, "execute-api") {
				now = part
			}
		}
		if last := history[len(history)-1]; last.share != now {
			history = append(history, struct {
				at    time.Time
				share float64
			}{w.now(), now})
		}
		seen := 0.0
		for _, h := range history {
			if w.now().Sub(h.at) >= lag {
				seen = h.share
			}
		}
		return seen
	}
	var led atomic.Value
	led.Store(0.0)
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		if part, _ := led.Load().(float64); rand.Float64() < part {
			green.Add(1)
		} else {
			blue.Add(1)
		}
		_, _ = io.WriteString(out, `{"status":"ok"}`)
	}))
	w.t.Cleanup(server.Close)
	text, err := os.ReadFile(filepath.Join(w.folder, "cutover.yaml"))
	if err != nil {
		w.t.Fatal(err)
	}
	config := strings.Replace(string(text), "production: {url", "staging: {url", 1)
	w.write("cutover.yaml", strings.Replace(config, "traffic:\n", "traffic:\n  stage: staging\n", 1))
	w.named = "staging"
	w.watched("staging")
	stop, done := make(chan struct{}), make(chan struct{})
	go func() { // CloudWatch, and the clients' resolvers
		defer close(done)
		for minute := w.now().Truncate(time.Minute); ; {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
			led.Store(share())
			if now := w.now().Truncate(time.Minute); now.After(minute) {
				w.measure(minute, traffic{green: int(green.Swap(0)), blue: int(blue.Swap(0))})
				minute = now
			}
		}
	}()
	w.t.Cleanup(func() { close(stop); <-done })
	return server.URL
}

// Staging gets everything on green and goes back under load, timed by whole
// minutes of both sides' own figures.
//
// Shows: 5.5.8
func TestADrillOnStaging(t *testing.T) {
	for name, c := range map[string]struct {
		lag  time.Duration
		code int
		want verdict.Verdict
	}{
		"in time":  {time.Minute, 0, verdict.Pass},
		"too late": {9 * time.Minute, 1, verdict.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.must(4, cmdDrill, "--confirm", record) // production has users
			front := w.staging(c.lag)
			w.must(0, cmdPrepare, "--apply", "--terraform", "none")
			w.must(4, cmdDrill)
			w.run(60)
			r := w.must(c.code, cmdDrill, "--confirm", record, "--url", front, "--every", "15s")
			w.run(0)
			if r.Drill == nil || r.Drill.Verdict != c.want || len(r.Drill.Legs) != 2 {
				t.Fatalf("%+v, %+v", r, r.Drill)
			}
			if got := w.weights(); !strings.Contains(got["A"], "green 0") || got["A"] != got["AAAA"] {
				t.Errorf("left at %v", got)
			}
		})
	}
}
