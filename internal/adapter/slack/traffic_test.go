package slack_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/slack"
	"github.com/cutover-dev/cutover/internal/adapter/slack/slacktest"
	"github.com/cutover-dev/cutover/internal/message"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/notice"
	"github.com/cutover-dev/cutover/internal/unit"
)

func (w *world) traffic(t *testing.T) slack.Traffic {
	return slack.Traffic{
		Open: func() (message.Ports, error) {
			c := w.client(t)
			return message.Ports{Poster: c, Keeper: c, Directory: c}, nil
		},
		Channel: room, Name: "o/r", Run: message.Run{Repository: "o/r", URL: "https://github.com/o/r/actions/runs/7"},
		Links: []message.Link{{Label: "Dashboard", URL: "https://example.com/dashboard"}},
	}
}

const (
	tenth = unit.Full / 10
	half  = unit.Full / 2
)

func said(n int, kind rollout.Kind, phase int, weight unit.Percent) notice.Notice {
	return notice.Of(notice.Facts{Stage: "production", Phases: make([]rollout.Phase, 3), RollbackBudget: 5 * time.Minute}, rollout.Event{
		Sequence: n, Kind: kind, Phase: phase, Weight: weight, Reason: fmt.Sprintf("reason %d", n), Hash: fmt.Sprintf("%064d", n),
	})
}

// shown is what Slack shows: each message with the ones that stood there before,
// entries of threads indented, those that show in the channel too marked.
func (w *world) shown() string {
	title := func(c slacktest.Content) string {
		_, after, _ := strings.Cut(c.Text, "#")
		number, _, _ := strings.Cut(after, " ")
		return "#" + number
	}
	var b strings.Builder
	for _, m := range w.Messages() {
		if m.ThreadTS != "" {
			b.WriteString("  ")
		}
		for _, before := range m.Before {
			b.WriteString(title(before) + " ")
		}
		b.WriteString(title(m.Content))
		if m.Broadcast {
			b.WriteString(" !")
		}
		b.WriteString("\n")
	}
	return b.String()
}

var rolloutSaid = []notice.Notice{
	said(1, rollout.Started, 1, tenth), said(2, rollout.Settled, 1, tenth), said(3, rollout.Promoted, 2, half), said(4, rollout.Paged, 2, half),
	said(5, rollout.FellBack, 2, 0), said(6, rollout.Shifted, 2, 0), said(7, rollout.Confirmed, 2, 0),
	said(8, rollout.Started, 1, tenth), said(9, rollout.Soaked, 3, unit.Full),
}

// A rollout is one message, updated in place, and each event stands in its
// thread; what calls somebody shows in the channel too. Every notice is said
// twice, as after a kill, and stands there once.
func TestARolloutIsOneMessage(t *testing.T) {
	w := newWorld(t, "channels:history", "users:read.email")
	thread := ""
	for _, n := range rolloutSaid {
		before := thread
		for range 2 {
			next, err := w.traffic(t).Say(background, before, n)
			if err != nil {
				t.Fatal(err)
			}
			thread = next
		}
	}
	want := `#1 #2 #3 #5 #7
  #2
  #3
  #4 !
  #5 !
  #6
  #7 !
#8 #9
  #9 !
`
	if got := w.shown(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	all := w.Messages()
	if !strings.Contains(string(all[0].Blocks), "Rolled back") || !strings.Contains(string(all[0].Blocks), "Blue has the traffic again") || !strings.Contains(string(all[0].Before[1].Blocks), "10%") {
		t.Errorf("%s\nbefore %s", all[0].Blocks, all[0].Before[1].Blocks)
	}
	if place, err := message.ParsePlace(thread); err != nil || place.TS != all[7].TS {
		t.Errorf("the thread is %s, %v", thread, err)
	}
}

// A token that may not read does not stop the telling; a notice that was said
// just before a kill then stands in the thread twice, by the same number.
func TestARolloutToldBlindly(t *testing.T) {
	w := newWorld(t)
	thread := ""
	for _, n := range rolloutSaid[:5] {
		next, err := w.traffic(t).Say(background, thread, n)
		if err != nil {
			t.Fatal(err)
		}
		thread = next
	}
	if got := w.shown(); got != "#1 #2 #3 #5\n  #2\n  #3\n  #4 !\n  #5 !\n" {
		t.Error(got)
	}
}

// A message that somebody has deleted is posted anew; a step on the way back
// too. An alarm without a thread heads none.
func TestAThreadThatIsGone(t *testing.T) {
	for name, c := range map[string]struct {
		scopes []string
		n      notice.Notice
		thread string
		want   string
		stays  bool // whether the thread is what it was
	}{
		"seen to be gone":         {[]string{"channels:history"}, rolloutSaid[1], room + ":1700000000.000100", "#2\n", false},
		"not seen to be gone":     {nil, rolloutSaid[1], room + ":1700000000.000100", "#2\n", false},
		"on the way back":         {[]string{"channels:history"}, rolloutSaid[5], room + ":1700000000.000100", "#6\n", false},
		"forgotten":               {nil, rolloutSaid[1], "", "#2\n", false},
		"no place":                {nil, rolloutSaid[1], "77", "#2\n", false},
		"an alarm, all forgotten": {nil, rolloutSaid[3], "", "#4\n", true},
	} {
		w := newWorld(t, c.scopes...)
		thread, err := w.traffic(t).Say(background, c.thread, c.n)
		if got := w.shown(); err != nil || got != c.want || (thread == c.thread) != c.stays {
			t.Errorf("%s: %v, %q, %s", name, err, thread, got)
		}
	}
}

// An answer that is lost leads to no second message, where the token may look.
func TestALostAnswerFromSlack(t *testing.T) {
	w := newWorld(t, "channels:history")
	thread := ""
	for _, n := range rolloutSaid[:7] {
		w.Fail(slacktest.Fault{Method: "chat.postMessage", Take: true, Drop: true})
		next, err := w.traffic(t).Say(background, thread, n)
		if err != nil {
			t.Fatal(err)
		}
		thread = next
	}
	if got := w.shown(); got != "#1 #2 #3 #5 #7\n  #2\n  #3\n  #4 !\n  #5 !\n  #6\n  #7 !\n" {
		t.Error(got)
	}
}

// A webhook has no threads: one message an event.
func TestARolloutByWebhook(t *testing.T) {
	w := newWorld(t)
	traffic := w.traffic(t)
	traffic.Open = func() (message.Ports, error) { return message.Ports{Poster: w.webhook(t)}, nil }
	for _, n := range rolloutSaid {
		if thread, err := traffic.Say(background, "", n); err != nil || thread != "" {
			t.Fatalf("%v, %q", err, thread)
		}
	}
	if got := w.shown(); got != "#1\n#2\n#3\n#4\n#5\n#6\n#7\n#8\n#9\n" {
		t.Error(got)
	}
}

// What a stranger wrote into a reason is shown and not acted on.
func TestAHostileReason(t *testing.T) {
	w := newWorld(t)
	n := rolloutSaid[0]
	n.Happened = "<!channel> <@U0123456789> *bold* <https://evil.example|here>"
	if _, err := w.traffic(t).Say(background, "", n); err != nil {
		t.Fatal(err)
	}
	if text := string(w.Messages()[0].Blocks); strings.Contains(text, "<!channel>") || strings.Contains(text, "<@U0123456789>") {
		t.Errorf("%s", text)
	}
}

func TestTrafficThatCannotSpeak(t *testing.T) {
	w := newWorld(t)
	broken := errors.New("no token")
	traffic := w.traffic(t)
	traffic.Open = func() (message.Ports, error) { return message.Ports{}, broken }
	if thread, err := traffic.Say(background, "x", rolloutSaid[1]); !errors.Is(err, broken) || thread != "x" {
		t.Errorf("%v, %q", err, thread)
	}
	traffic = w.traffic(t)
	traffic.Channel = "foreign"
	if _, err := traffic.Say(background, "", rolloutSaid[0]); err == nil || !strings.Contains(err.Error(), "/invite") {
		t.Errorf("%v", err)
	}
}
