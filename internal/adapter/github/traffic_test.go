package github

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/notice"
	"github.com/cutover-dev/cutover/internal/unit"
)

// hub is a GitHub on loopback that loses answers as it is told.
type hub struct {
	*loopback.Server
	api http.Handler // the server's, made once
	// loses says of request number n (from 1) whether it is carried out and its
	// answer lost.
	loses func(method string, n int) bool
	n     atomic.Int64
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if n := int(h.n.Add(1)); h.loses != nil && h.loses(r.Method, n) {
		h.api.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
	h.api.ServeHTTP(w, r)
}

func newHub(t *testing.T) (*hub, Traffic) {
	t.Helper()
	s, err := loopback.New("tok-secret", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h := &hub{Server: s, api: s.Handler()}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c, err := Open(server.URL, "o/r", "tok-secret")
	if err != nil {
		t.Fatal(err)
	}
	c.sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return h, Traffic{Client: c, Ref: "abc123", LogURL: "https://github.com/o/r/actions/runs/7", URL: "https://api.example.com", Production: true}
}

// said is a notice of an event; phases are three.
func said(n int, kind rollout.Kind, phase int, weight unit.Percent) notice.Notice {
	return notice.Of(notice.Facts{Stage: "production", Phases: make([]rollout.Phase, 3)}, rollout.Event{
		Sequence: n, Kind: kind, Phase: phase, Weight: weight, Reason: fmt.Sprintf("reason %d", n), Hash: fmt.Sprintf("%064d", n),
	})
}

// shown is what GitHub shows: each deployment with its statuses.
func (h *hub) shown() string {
	var b strings.Builder
	for _, d := range h.Told().Deployments {
		fmt.Fprintf(&b, "%s %s:", d.Environment, d.Description)
		for _, s := range d.Statuses {
			number, _, _ := strings.Cut(s.Description, " ")
			fmt.Fprintf(&b, " %s %s", number, s.State)
		}
		b.WriteString("\n")
	}
	return b.String()
}

const (
	tenth = unit.Full / 10
	half  = unit.Full / 2
)

// A rollout is one deployment a phase. Every notice is said twice, as after a
// kill, and stands there once.
func TestARolloutAsDeployments(t *testing.T) {
	h, traffic := newHub(t)
	thread := ""
	for _, n := range []notice.Notice{
		said(1, rollout.Started, 1, tenth), said(2, rollout.Settled, 1, tenth), said(3, rollout.Promoted, 2, half), said(4, rollout.Held, 2, half),
		said(5, rollout.Paged, 2, half), said(10, rollout.FellBack, 2, 0), said(11, rollout.Shifted, 2, 0), said(12, rollout.Confirmed, 2, 0),
		said(13, rollout.Started, 1, tenth), said(14, rollout.Promoted, 3, unit.Full), said(17, rollout.Promoted, 3, unit.Full), said(15, rollout.Soaked, 3, unit.Full), said(16, rollout.Completed, 3, unit.Full),
	} {
		before := thread
		for range 2 {
			next, err := traffic.Say(t.Context(), before, n)
			if err != nil {
				t.Fatal(err)
			}
			thread = next
		}
	}
	want := `production-traffic phase 1 of 3, green gets 10%: #1 in_progress #2 in_progress #3 success
production-traffic phase 2 of 3, green gets 50%: #3 in_progress #4 in_progress #5 in_progress #10 failure #11 failure #12 failure
production-traffic phase 1 of 3, green gets 10%: #13 in_progress #14 success
production-traffic phase 3 of 3, green gets 100%: #14 in_progress #17 in_progress #15 success #16 success
`
	if got := h.shown(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	d := h.Told().Deployments[1]
	if d.Task != "traffic-shift" || d.SHA != "abc123" || !d.Production || string(d.Payload) != fmt.Sprintf(`{"cutover_event":3,"cutover_hash":"%064d","cutover_phase":2}`, 3) {
		t.Errorf("%+v", d)
	}
	if s := d.Statuses[0]; s.LogURL != traffic.LogURL || s.URL != traffic.URL || s.Description != "#3 Phase 2 of 3: green gets 50%. Reason 3." {
		t.Errorf("%+v", s)
	}
	if u := h.Told().Unknown; len(u) > 0 {
		t.Errorf("unknown: %v", u)
	}
}

// An answer that is lost leads to no second deployment and no second status.
func TestALostAnswerFromGitHub(t *testing.T) {
	for name, loses := range map[string]func(string, int) bool{
		"of each first write": func(method string, n int) bool { return method == http.MethodPost && n < 9 },
		"of every other call": func(_ string, n int) bool { return n%2 == 0 },
	} {
		h, traffic := newHub(t)
		h.loses = loses
		thread, err := traffic.Say(t.Context(), "", said(1, rollout.Started, 1, tenth))
		if err == nil {
			_, err = traffic.Say(t.Context(), thread, said(2, rollout.Settled, 1, tenth))
		}
		if got := h.shown(); err != nil || got != "production-traffic phase 1 of 3, green gets 10%: #1 in_progress #2 in_progress\n" {
			t.Errorf("%s: %v, %s", name, err, got)
		}
	}
}

// Where the thread is lost, or the deployment was deleted, the newest one takes
// the status; where there is none, a new one.
func TestAThreadThatIsLost(t *testing.T) {
	for name, c := range map[string]struct{ thread, want string }{
		"forgotten":     {"", "production-traffic phase 1 of 3, green gets 10%: #1 in_progress #2 in_progress\n"},
		"no number":     {"C1:2.3", "production-traffic phase 1 of 3, green gets 10%: #1 in_progress #2 in_progress\n"},
		"gone":          {"99", "production-traffic phase 1 of 3, green gets 10%: #1 in_progress #2 in_progress\n"},
		"nothing there": {"none", "production-traffic phase 1 of 3, green gets 10%: #2 in_progress\n"},
	} {
		h, traffic := newHub(t)
		if c.thread != "none" {
			if _, err := traffic.Say(t.Context(), "", said(1, rollout.Started, 1, tenth)); err != nil {
				t.Fatal(err)
			}
		}
		thread, err := traffic.Say(t.Context(), c.thread, said(2, rollout.Settled, 1, tenth))
		if got := h.shown(); err != nil || thread != "1" || got != c.want {
			t.Errorf("%s: %v, %s, %s", name, err, thread, got)
		}
	}
	h, traffic := newHub(t)
	if _, err := traffic.Say(t.Context(), "99", said(3, rollout.Promoted, 2, half)); err != nil || h.shown() != "production-traffic phase 2 of 3, green gets 50%: #3 in_progress\n" {
		t.Errorf("a promotion after a phase that is gone: %v, %s", err, h.shown())
	}
}

// Event 1 is not taken for event 12.
func TestNumbersAreWhole(t *testing.T) {
	h, traffic := newHub(t)
	for _, n := range []notice.Notice{said(12, rollout.Started, 1, tenth), said(1, rollout.Settled, 1, tenth)} {
		if _, err := traffic.Say(t.Context(), "1", n); err != nil {
			t.Fatal(err)
		}
	}
	if got := h.shown(); !strings.Contains(got, "#12 in_progress #1 in_progress") {
		t.Error(got)
	}
}

// Deployments that others made are not ours, even in our environment.
func TestOthersDeployments(t *testing.T) {
	h, traffic := newHub(t)
	for _, task := range []string{"deploy", TrafficTask} {
		if _, _, err := traffic.Client.api.Repositories.CreateDeployment(t.Context(), "o", "r", deployment(task)); err != nil {
			t.Fatal(err)
		}
	}
	if thread, err := traffic.Say(t.Context(), "", said(2, rollout.Settled, 1, tenth)); err != nil || thread != "3" {
		t.Errorf("%v, %s\n%s", err, thread, h.shown())
	}
}

func deployment(task string) *github.DeploymentRequest {
	return &github.DeploymentRequest{
		Ref: github.String("abc123"), Task: &task, Environment: github.String("production-traffic"), AutoMerge: github.Bool(false), RequiredContexts: &[]string{},
	}
}

// A limit is waited for; a token that may not is a sentence about permissions.
func TestGitHubRefuses(t *testing.T) {
	h, traffic := newHub(t)
	traffic.Client.sleep = func(context.Context, time.Duration) error { time.Sleep(1100 * time.Millisecond); return nil }
	h.Limit(1)
	if _, err := traffic.Say(t.Context(), "", said(1, rollout.Started, 1, tenth)); err != nil {
		t.Error(err)
	}
	h.ReadOnly()
	for thread, n := range map[string]notice.Notice{"1": said(2, rollout.Settled, 1, tenth), "": said(3, rollout.Promoted, 2, half)} {
		got, err := traffic.Say(t.Context(), thread, n)
		if fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "permission") || strings.Contains(err.Error(), "tok-secret") || got != thread {
			t.Errorf("%v, %q", err, got)
		}
	}
}

// A long reason is cut to what GitHub takes, and not within a character.
func TestLongReasons(t *testing.T) {
	h, traffic := newHub(t)
	n := said(1, rollout.Started, 1, tenth)
	n.Happened = strings.Repeat("ä", 500)
	if _, err := traffic.Say(t.Context(), "", n); err != nil {
		t.Fatal(err)
	}
	if d := h.Told().Deployments[0].Statuses[0].Description; len([]rune(d)) != 140 || !strings.HasSuffix(d, "ä…") {
		t.Errorf("%q", d)
	}
}
