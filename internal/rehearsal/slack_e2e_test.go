//go:build e2e

package rehearsal_test

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/slack/slacktest"
	"github.com/cutover-dev/cutover/internal/rehearsal"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

// threaded splits what Slack holds into the messages of the channel and the
// entries of their threads.
func threaded(r rehearsal.Result) (top, entries []slacktest.Message) {
	for _, m := range r.Slack {
		if m.ThreadTS == "" || m.ThreadTS == m.TS {
			top = append(top, m)
		} else {
			entries = append(entries, m)
		}
	}
	return top, entries
}

// toldInOneThread holds what a run of the pipeline leaves in Slack.
//
// Shows: 5.4.7
func toldInOneThread(t *testing.T, r rehearsal.Result, ends string) {
	t.Helper()
	top, entries := threaded(r)
	if len(top) != 1 || len(top[0].Before) == 0 || !strings.Contains(top[0].Text, ends) {
		t.Fatalf("the channel holds %+v", top)
	}
	if len(entries) == 0 {
		t.Fatal("nothing stands in the thread")
	}
	for _, e := range entries {
		if e.ThreadTS != top[0].TS {
			t.Errorf("an entry of another thread: %+v", e)
		}
	}
}

// messenger is a repository whose only step tells Slack.
func messenger(more string) fs.FS {
	return overlay(map[string]string{"flow.yml": `
name: messenger
on: push
permissions: {}
jobs:
  tell:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - name: Tell
        uses: cutover-dev/cutover/actions/notify@` + ref + `
        with:
          kind: deployment-failed
          stage: production
          title: "<!channel> *x* $(touch pwned) ::error::injected"
          channel: ${{ vars.SLACK_CHANNEL }}
          token: ${{ secrets.SLACK_BOT_TOKEN }}
` + more})
}

// hostilePush is a push whose commit message and author try to be commands.
const hostilePush = `{"ref": "refs/heads/main", "pusher": {"name": "<!here>"}, "head_commit": {"id": "abc",
 "message": "x\n::error::injected\n$(touch pwned) <!channel> <@U0123456789>", "author": {"name": "*a*", "email": "a@b"}}}`

func tellSlack(t *testing.T, more string, faults ...slacktest.Fault) (rehearsal.Result, *loopback.Step) {
	t.Helper()
	o := options(t)
	o.Workflow, o.Consumer, o.SlackFaults, o.Payload = "flow.yml", messenger(more), faults, hostilePush
	r := rehearse(t, o)
	return r, step(t, r, "tell", "Tell")
}

// Attack: hostile-message, slack-injection
func TestE2ESlackIsToldAndHostileTextIsText(t *testing.T) {
	r, s := tellSlack(t, "")
	if s.Conclusion != loopback.Success || len(r.Slack) != 1 {
		t.Fatalf("%s, %d messages\n%s", s.Conclusion, len(r.Slack), failedLog(r))
	}
	if text := string(r.Slack[0].Blocks) + r.Slack[0].Text; strings.Contains(text, "<!channel>") {
		t.Errorf("a title calls everybody: %s", text)
	}
	if len(s.Annotations) > 0 {
		t.Errorf("a title became a command: %+v", s.Annotations)
	}
	if log := strings.Join(s.Log, "\n"); strings.Contains(log, "xoxb-") {
		t.Errorf("the token shows: %s", log)
	}
}

func TestE2ESlackInTrouble(t *testing.T) {
	t.Parallel()
	down := slacktest.Fault{Method: "chat.postMessage", Status: 503}
	for name, c := range map[string]struct {
		more   string
		faults []slacktest.Fault
		want   loopback.Conclusion
		told   int
		warned bool
	}{
		"down for a moment":          {"", []slacktest.Fault{down}, loopback.Success, 1, false},
		"rate-limiting":              {"", []slacktest.Fault{{Method: "chat.postMessage", Status: 429, RetryAfter: "1"}}, loopback.Success, 1, false},
		"slow":                       {"", []slacktest.Fault{{Method: "chat.postMessage", Delay: 2 * time.Second}}, loopback.Success, 1, false},
		"refusing blocks":            {"", []slacktest.Fault{{Method: "chat.postMessage", Code: "invalid_blocks"}}, loopback.Success, 0, true},
		"refusing blocks, on fail":   {"          on-error: fail\n", []slacktest.Fault{{Method: "chat.postMessage", Code: "invalid_blocks"}}, loopback.Failure, 0, true},
		"refusing blocks, on ignore": {"          on-error: ignore\n", []slacktest.Fault{{Method: "chat.postMessage", Code: "invalid_blocks"}}, loopback.Success, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			r, s := tellSlack(t, c.more, c.faults...)
			if s.Conclusion != c.want || len(r.Slack) != c.told || (len(s.Annotations) > 0) != c.warned {
				t.Errorf("%s, %d messages, annotations %+v\n%s", s.Conclusion, len(r.Slack), s.Annotations, strings.Join(s.Log, "\n"))
			}
		})
	}
}
