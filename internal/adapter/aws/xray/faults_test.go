package xray_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/xray"
	"github.com/cutover-dev/cutover/internal/fault"
)

const anID = "1-6740a000-000000000000000000000001"

// calls are all questions.
func calls(ctx context.Context, x *xray.XRay) map[string]error {
	now := time.Now()
	_, _, get := x.Get(ctx, []string{anID})
	_, _, retrieve := x.Search().Get(ctx, []string{anID})
	_, summaries := x.Summaries(ctx, "", now.Add(-time.Minute), now)
	_, edges := x.Edges(ctx, now.Add(-time.Minute), now, "")
	_, destination := x.Destination(ctx)
	return map[string]error{"BatchGetTraces": get, "StartTraceRetrieval": retrieve, "GetTraceSummaries": summaries, "GetServiceGraph": edges, "GetTraceSegmentDestination": destination}
}

func refusing(status int, code string, asked *atomic.Int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		answer(w, exchange{Status: status, Code: code, Answer: map[string]any{"message": "no"}})
	})
}

func TestRefusals(t *testing.T) {
	for code, c := range map[string]struct {
		status int
		kind   fault.Kind
		says   string // CALL is the one that failed
		tries  int64
	}{
		"AccessDeniedException":       {403, fault.Input, "Allow the role xray:CALL on *", 1},
		"ExpiredTokenException":       {403, fault.Input, "Give the step its role by OIDC", 1},
		"UnrecognizedClientException": {403, fault.Input, "Give the step its role by OIDC", 1},
		"ThrottledException":          {429, fault.Outside, "ThrottledException: no", 8},
		"InvalidRequestException":     {400, fault.Outside, "InvalidRequestException: no", 1},
		"InternalFailure":             {500, fault.Outside, "InternalFailure: no", 8},
	} {
		var asked atomic.Int64
		for call, err := range calls(t.Context(), open(t, refusing(c.status, code, &asked), xray.Options{})) {
			var f *fault.Fault
			if !errors.As(err, &f) || f.Kind != c.kind || !strings.Contains(err.Error(), strings.ReplaceAll(c.says, "CALL", call)) || strings.Contains(err.Error(), "the-secret") {
				t.Errorf("%s, %s: %v", code, call, err)
			}
		}
		if asked.Load() != 5*c.tries {
			t.Errorf("%s: %d requests", code, asked.Load())
		}
	}
}

// A server that never ends is left after some pages, and after one that came
// before.
func TestPagesEnd(t *testing.T) {
	for name, c := range map[string]struct {
		next func(n int64) string
		says string
		most int64
	}{
		"ever new": {func(n int64) string { return fmt.Sprint(n) }, "more than 200 pages", 200},
		"a circle": {func(n int64) string { return fmt.Sprint(n % 3) }, "in a circle", 4},
	} {
		for _, call := range []string{"BatchGetTraces", "StartTraceRetrieval", "GetTraceSummaries", "GetServiceGraph", "GetTraceSegmentDestination"} {
			var paths sync.Map
			x := open(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n, _ := paths.LoadOrStore(r.URL.Path, new(atomic.Int64))
				answer(w, exchange{Answer: map[string]any{
					"NextToken": c.next(n.(*atomic.Int64).Add(1)), "RetrievalToken": "r", "RetrievalStatus": "COMPLETE", "Destination": "CloudWatchLogs", "Status": "ACTIVE",
				}})
			}), xray.Options{})
			if err := calls(t.Context(), x)[call]; err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s, %s: %v", name, call, err)
			}
			paths.Range(func(path, n any) bool {
				if n.(*atomic.Int64).Load() > c.most+1 {
					t.Errorf("%s: %d times %s", name, n.(*atomic.Int64).Load(), path)
				}
				return true
			})
		}
	}
}

// Whoever is slow is left when the bound is over, whoever gives up at once.
func TestSlowAndCancelled(t *testing.T) {
	late := make(chan struct{})
	slow := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-late:
		}
	})
	defer close(late)
	begun := time.Now()
	for call, err := range calls(t.Context(), open(t, slow, xray.Options{Within: 50 * time.Millisecond})) {
		var f *fault.Fault
		if !errors.As(err, &f) || f.Kind != fault.Outside || !strings.Contains(err.Error(), "did not answer within 50ms") {
			t.Errorf("%s: %v", call, err)
		}
	}
	why := errors.New("somebody pressed Cancel")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(20*time.Millisecond, func() { cancel(why) })
	for call, err := range calls(ctx, open(t, slow, xray.Options{})) {
		if !errors.Is(err, why) {
			t.Errorf("%s: %v", call, err)
		}
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

// A retrieval that nobody waits for is given back, whyever.
func TestARetrievalIsNotLeftBehind(t *testing.T) {
	for name, c := range map[string]struct {
		status, says string
		within       time.Duration
		cancelled    bool
	}{
		"it fails":      {status: "FAILED", says: "FAILED"},
		"it times out":  {status: "TIMEOUT", says: "TIMEOUT"},
		"a new word":    {status: "PONDERING", says: "PONDERING"},
		"none at all":   {says: "COMPLETE"},
		"the bound":     {status: "RUNNING", within: 50 * time.Millisecond, says: "did not answer within"},
		"someone stops": {status: "RUNNING", cancelled: true, says: "context canceled"},
	} {
		var mu sync.Mutex
		var paths []string
		ctx, cancel := context.WithCancel(t.Context())
		x := open(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var body struct{ RetrievalToken string }
			_ = json.NewDecoder(r.Body).Decode(&body)
			mu.Lock()
			paths = append(paths, r.URL.Path+" "+body.RetrievalToken)
			n := len(paths)
			mu.Unlock()
			if n == 4 && c.cancelled {
				cancel()
			}
			answer(w, exchange{Answer: map[string]any{"RetrievalToken": "r", "RetrievalStatus": c.status}})
		}), xray.Options{Within: c.within})
		_, _, err := x.Search().Get(ctx, []string{anID})
		cancel()
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		mu.Lock()
		if paths[0] != "/StartTraceRetrieval " || paths[len(paths)-1] != "/CancelTraceRetrieval r" || slices.Index(paths, "/CancelTraceRetrieval r") != len(paths)-1 {
			t.Errorf("%s: %v", name, paths)
		}
		mu.Unlock()
	}
}

func TestIDsThatAreNone(t *testing.T) {
	var asked atomic.Int64
	x := open(t, refusing(500, "InternalFailure", &asked), xray.Options{})
	for _, id := range []string{"", "1-6740a000", "2-6740a000-000000000000000000000001", "1-zzzzzzzz-000000000000000000000001", "1-6740a00-000000000000000000000001"} {
		var f *fault.Fault
		if _, _, err := x.Search().Get(t.Context(), []string{anID, id}); !errors.As(err, &f) || f.Kind != fault.Refused || f.Got != id {
			t.Errorf("%q: %v", id, err)
		}
	}
	if asked.Load() != 0 {
		t.Error("X-Ray was asked")
	}
}
