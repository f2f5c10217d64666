package s3_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/adapter/slack"
	"github.com/cutover-dev/cutover/internal/adapter/slack/slacktest"
	"github.com/cutover-dev/cutover/internal/message"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/rollout/notice"
	"github.com/cutover-dev/cutover/internal/sim"
)

const (
	botToken = "xoxb-opens-nothing"
	channel  = "C0123456789"
)

// town is everything that a live rollout acts on: its store on S3, GitHub and
// Slack by their real clients, traffic and DNS as the simulated world has them.
// Every effect passes the wire.
type town struct {
	*stand
	world     *sim.World
	policy    rollout.Policy
	hub       *loopback.Server
	talk      *slacktest.Server
	hubURL    string
	talkURL   string
	programs  int
	forbidden []rollout.Split // weights that nobody decided
}

func newTown(t *testing.T, scenario string, seed uint64) *town {
	t.Helper()
	s, err := sim.Find(scenario)
	if err != nil {
		t.Fatal(err)
	}
	w := &town{stand: standing(t), world: sim.New(s, seed), policy: policy(t)}
	if w.hub, err = loopback.New("hub-token", t.TempDir()); err != nil {
		t.Fatal(err)
	}
	w.talk = slacktest.New(slacktest.Workspace{
		Token: botToken, Scopes: []string{"chat:write", "channels:history"},
		Channels: []slacktest.Channel{{ID: channel, Name: "deployments", Member: true}},
	})
	hub, talk := httptest.NewServer(w.around(w.hub.Handler())), httptest.NewServer(w.around(w.talk))
	t.Cleanup(hub.Close)
	t.Cleanup(talk.Close)
	w.hubURL, w.talkURL = hub.URL, talk.URL+"/api/"
	return w
}

// tick is one run of the program, put together as the action puts it: one value
// is store, log, history and salvage; a board is told once, by its memory on S3.
func (w *town) tick(ctx context.Context, t *testing.T, order *rollout.Order) (rollout.Outcome, error) {
	t.Helper()
	r := w.open(t)
	client, err := github.Open(w.hubURL, "o/r", "hub-token")
	if err != nil {
		t.Fatal(err)
	}
	w.programs++
	once := func(board string, b notice.Board) notice.Once {
		facts := notice.Facts{Stage: "production", Record: "api.example.com", Phases: w.policy.Phases, RollbackBudget: 5 * time.Minute}
		return notice.Once{Facts: facts, Board: b, Memory: r.Told(board), Name: fmt.Sprintf("program %d", w.programs), Now: w.world.Now}
	}
	open := func() (message.Ports, error) {
		c, err := slack.New(botToken, slack.Options{BaseURL: w.talkURL})
		return message.Ports{Poster: c, Keeper: c}, err
	}
	sh := rollout.Shell{
		Policy: w.policy, Record: plane{w}, Signals: plane{w}, Metrics: plane{w}, Store: r, Log: r,
		Teller: notice.All{
			once("github", github.Traffic{Client: client, Ref: "main"}),
			once("slack", slack.Traffic{Open: open, Channel: channel, Name: "o/r"}),
		},
	}
	return sh.MendedTick(ctx, r, r, w.world.Now(), order)
}

// plane shows the simulated world through the rollout's ports.
type plane struct{ *town }

func (p plane) Weights(context.Context) (s rollout.Split, err error) {
	s.Green, s.Blue, err = p.world.Weights()
	return s, err
}

func (p plane) Shift(_ context.Context, to rollout.Split) error {
	decided := to == rollout.SplitOf(0)
	for _, phase := range p.policy.Phases {
		decided = decided || to == rollout.SplitOf(phase.Weight)
	}
	if !decided {
		p.forbidden = append(p.forbidden, to)
	}
	return p.effect(func() error { return p.world.SetWeights(to.Green, to.Blue) })
}

func (p plane) GreenUp(context.Context) (bool, error) { return p.world.GreenHealthy(), nil }

func (p plane) Verdict(_ context.Context, healthy bool) error {
	return p.effect(func() error { return p.world.SetVerdict(healthy) })
}

func (p plane) ProbeBlue(context.Context) (judge.Probe, error) {
	failed, err := p.world.ProbeBlue(5)
	return judge.Probe{At: p.world.Now(), Sent: 5, Failed: failed}, err
}

func (p plane) Minutes(_ context.Context, from, to time.Time) (minutes []judge.Minute, err error) {
	seen, err := p.world.Metrics(from, to)
	for _, m := range seen {
		minutes = append(minutes, judge.Minute{Start: m.Start, Green: counts(m.Green), Blue: counts(m.Blue), Gauges: judge.Gauges{
			Connections: m.Connections, DatabaseCPU: m.DatabaseCPU, CacheMemory: m.CacheMemory, CostPerMillion: m.CostPerMillion,
		}})
	}
	return minutes, err
}

func counts(c sim.Counts) judge.Counts {
	return judge.Counts{
		Present: c.Present, Requests: c.Requests, Errors: c.Errors, Slow: c.Slow, Rejected: c.Rejected,
		Invocations: c.Invocations, ColdStarts: c.ColdStarts, SlowColdStarts: c.SlowColdStarts, Throttles: c.Throttles,
	}
}

// effect passes the wire, and its answer does too.
func (p plane) effect(do func() error) error {
	err := errors.New("the program did not live to see it")
	var done error
	if p.turn(true, func() { done = do() }) {
		return done
	}
	return err
}
