package github

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/pause"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

var proposal = Proposal{
	Branch: "cutover/decision-production-2026-11-23", Path: "docs/cutover/decision.md", Content: "# Decision\n", Message: "Decision", Title: "Decision: proceed", Body: "As measured.",
}

// pullHub is the loopback GitHub with what is asked of it.
func pullHub(t *testing.T, before func(n int, r *http.Request) (drop bool)) (*Client, *loopback.Server) {
	t.Helper()
	s, err := loopback.New("tok-secret", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	n, handler := 0, s.Handler()
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n++
		mine := n
		mu.Unlock()
		if before != nil && before(mine, r) {
			handler.ServeHTTP(httptest.NewRecorder(), r) // done, and nobody hears of it
			panic(http.ErrAbortHandler)
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	c, err := Open(server.URL, "o/r", "tok-secret")
	if err != nil {
		t.Fatal(err)
	}
	c.sleep = func(context.Context, time.Duration) error { return nil }
	return c, s
}

// proposed holds that there is exactly one of everything.
func proposed(t *testing.T, s *loopback.Server, p Proposal) {
	t.Helper()
	b, pulls := s.Branch(p.Branch), s.Pulls()
	if b == nil || b.Files[p.Path] != p.Content || len(b.Commits) != 1 || len(pulls) != 1 || pulls[0].Title != p.Title || pulls[0].Body != p.Body || pulls[0].Head != p.Branch || pulls[0].Base != "main" {
		t.Errorf("%+v, %+v", b, pulls)
	}
	if main := s.Branch("main"); len(main.Commits) != 0 {
		t.Errorf("main was written: %+v", main)
	}
}

// The same proposal is the same pull request, and changes nothing.
//
// Shows: 5.6.5
func TestPropose(t *testing.T) {
	c, s := pullHub(t, nil)
	first, err := c.Propose(t.Context(), proposal)
	if err != nil || !strings.HasSuffix(first, "/pull/1") {
		t.Fatal(first, err)
	}
	again, err := c.Propose(t.Context(), proposal)
	if err != nil || again != first || s.Pulls()[0].Edits != 0 {
		t.Error(again, err, s.Pulls())
	}
	proposed(t, s, proposal)

	other := proposal
	other.Content, other.Title = "# Another\n", "Decision: return"
	if at, err := c.Propose(t.Context(), other); err != nil || at != first {
		t.Error(at, err)
	}
	if b := s.Branch(proposal.Branch); b.Files[proposal.Path] != other.Content || len(b.Commits) != 2 || s.Pulls()[0].Title != other.Title || len(s.Pulls()) != 1 {
		t.Errorf("%+v %+v", b, s.Pulls())
	}

	// One that nobody wanted does not come back to life; a new one is opened.
	s.ClosePull(1)
	if at, err := c.Propose(t.Context(), other); err != nil || !strings.HasSuffix(at, "/pull/2") {
		t.Error(at, err)
	}
	// What was merged is there already.
	s.Merge(2)
	if at, err := c.Propose(t.Context(), other); err != nil || !strings.HasSuffix(at, "/pull/2") || len(s.Pulls()) != 2 || s.Branch(proposal.Branch) != nil {
		t.Error(at, err, s.Pulls())
	}
}

// Whoever dies after any call goes on when called again, whether the call was
// answered or not.
func TestProposeIsKilledAnywhere(t *testing.T) {
	for at := 1; at < 20; at++ {
		ctx, cancel := context.WithCancel(t.Context())
		reached := false
		c, s := pullHub(t, func(n int, _ *http.Request) bool {
			if n == at && ctx.Err() == nil {
				reached = true
				cancel()
				return true
			}
			return false
		})
		c.sleep = func(ctx context.Context, _ time.Duration) error { return context.Cause(ctx) }
		_, err := c.Propose(ctx, proposal)
		if reached && err == nil {
			t.Errorf("%d: no error", at)
		}
		address, err := c.Propose(t.Context(), proposal)
		if err != nil || !strings.HasSuffix(address, "/pull/1") {
			t.Errorf("%d: %q, %v", at, address, err)
		}
		proposed(t, s, proposal)
		cancel()
		if !reached {
			if at < 8 {
				t.Errorf("only %d calls", at)
			}
			return
		}
	}
	t.Error("there was no end")
}

// An answer that is lost is asked for again; a limit is waited for.
func TestProposeLosesAnswers(t *testing.T) {
	for at := 1; at < 9; at++ {
		c, s := pullHub(t, func(n int, _ *http.Request) bool { return n == at })
		if address, err := c.Propose(t.Context(), proposal); err != nil || !strings.HasSuffix(address, "/pull/1") {
			t.Errorf("%d: %q, %v", at, address, err)
		}
		proposed(t, s, proposal)
	}
	c, s := pullHub(t, nil)
	c.sleep = pause.For
	s.Limit(1)
	if _, err := c.Propose(t.Context(), proposal); err != nil {
		t.Error(err)
	}
}

func TestProposeAtOnce(t *testing.T) {
	c, s := pullHub(t, nil)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if address, err := c.Propose(t.Context(), proposal); err != nil || !strings.HasSuffix(address, "/pull/1") {
				t.Error(address, err)
			}
		})
	}
	all.Wait()
	proposed(t, s, proposal)
}

func TestProposeIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		set        func(*loopback.Server)
		p          Proposal
		want, next string
		kind       fault.Kind
	}{
		"a token that reads":       {(*loopback.Server).ReadOnly, proposal, "not accessible", "contents: write, and pull-requests: write", fault.Input},
		"a setting":                {(*loopback.Server).ForbidPulls, proposal, "not permitted to create", "allow GitHub Actions to create pull requests", fault.Input},
		"a branch that is no name": {func(*loopback.Server) {}, Proposal{Branch: "a..b", Path: "x", Content: "x", Message: "x", Title: "x"}, "is not a valid ref name", "", fault.Outside},
		"no message":               {func(*loopback.Server) {}, Proposal{Branch: "a", Path: "x", Content: "x", Title: "x"}, "refused by GitHub", "Run it again", fault.Outside},
	} {
		client, s := pullHub(t, nil)
		c.set(s)
		_, err := client.Propose(t.Context(), c.p)
		if err == nil || fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.next) || strings.Contains(err.Error(), "tok-secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
