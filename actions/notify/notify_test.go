package main

import (
	"encoding/json"
	"flag"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/invopop/jsonschema"

	"github.com/cutover-dev/cutover/internal/adapter/slack/slacktest"
	"github.com/cutover-dev/cutover/internal/message"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/schematest"
)

var (
	update = flag.Bool("update", false, "write the schema anew")
	binary string
)

func TestMain(m *testing.M) {
	os.Exit(processtest.Main(m, "notify", &binary, func() { program() }))
}

const (
	token  = "xoxb-123-the-secret-token"
	hook   = "/services/T0/B0/the-secret-hook"
	room   = "C0123456789"
	plain  = "project: X\nregion: us-east-1\nstages: {production: {url: 'https://example.com'}}\n"
	slacks = plain + "slack: {channel: deployments, users: {octocat: U0123456789}}\n"
)

// secrets must stand nowhere.
var secrets = []string{token, "the-secret-hook", "the-secret-token"}

// world is a folder to run in and a Slack to speak to.
type world struct {
	*slacktest.Server
	t      *testing.T
	folder string
	url    string
	env    []string
}

func newWorld(t *testing.T, scopes ...string) *world {
	t.Helper()
	s := slacktest.New(slacktest.Workspace{
		Token: token, Scopes: append([]string{"chat:write"}, scopes...),
		Channels: []slacktest.Channel{{ID: room, Name: "deployments", Member: true}, {ID: "C1111111111", Name: "foreign"}},
		Members:  map[string]string{"octo@example.com": "U1111111111"},
		Webhooks: map[string]string{hook: room},
	})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return &world{Server: s, t: t, folder: t.TempDir(), url: server.URL, env: []string{"SLACK_API_URL=" + server.URL + "/api"}}
}

func (w *world) write(name, text string) { w.t.Helper(); processtest.Write(w.t, w.folder, name, text) }

func (w *world) read(name string) string { return processtest.Read(w.folder, name) }

func (w *world) command(args ...string) (*exec.Cmd, *processtest.Output, *processtest.Output) {
	return processtest.Command(w.t, binary, w.folder, w.env, args...)
}

// notify runs the binary, and holds that no run ever shows a secret.
func (w *world) notify(args ...string) processtest.Outcome {
	w.t.Helper()
	got := processtest.Run(w.t, binary, w.folder, w.env, args...)
	w.quiet(got.Stdout, got.Stderr)
	return got
}

func (w *world) quiet(texts ...string) {
	w.t.Helper()
	for _, text := range texts {
		for line := range strings.Lines(text) {
			// The command that asks GitHub to mask a secret has to name it.
			if strings.HasPrefix(line, "::add-mask::") {
				continue
			}
			for _, secret := range secrets {
				if strings.Contains(line, secret) {
					w.t.Errorf("a secret shows: %s", line)
				}
			}
		}
	}
}

func failed(more ...string) []string {
	return append([]string{"--kind", "deployment-failed", "--stage", "production", "--title", "sst deploy failed"}, more...)
}

func TestExitCodes(t *testing.T) {
	down := slacktest.Fault{Status: 503}
	for name, c := range map[string]struct {
		config string
		fault  *slacktest.Fault
		args   []string
		code   int
		want   string // on standard output for 0, on standard error else
		notes  string // on standard error
		posts  int
	}{
		"a dry run":                   {"", nil, failed("--dry-run"), 0, "block-kit-builder/#%7B", "", 0},
		"a dry run that has a token":  {"", nil, failed("--dry-run", "--token", token, "--channel", room), 0, "dry run", "", 0},
		"a post":                      {"", nil, failed("--token", token, "--channel", room), 0, "was posted in " + room, "", 1},
		"by a webhook":                {"", nil, failed("--webhook-url", "HOOK"), 0, "was posted", "", 1},
		"a webhook with a thread":     {"", nil, failed("--webhook-url", "HOOK", "--thread", room+":1700000000.000100"), 0, "was posted", "cannot change a message", 1},
		"a channel of the file":       {slacks, nil, failed("--token", token), 0, room, "", 1},
		"not configured":              {"", nil, failed(), 0, "not configured", "notice: ", 0},
		"not configured, with a file": {plain, nil, failed(), 0, "not configured", "notice: ", 0},

		"configured, no secret: warn":   {slacks, nil, failed(), 0, "configures slack", "warning: ", 0},
		"configured, no secret: fail":   {slacks, nil, failed("--on-error", "fail"), 2, "Pass a secret", "", 0},
		"configured, no secret: ignore": {slacks, nil, failed("--on-error", "ignore"), 0, "configures slack", "", 0},
		"the file's policy":             {strings.Replace(slacks, "{channel", "{on_error: fail, channel", 1), nil, failed(), 2, "Pass a secret", "", 0},
		"an input over the file's":      {strings.Replace(slacks, "{channel", "{on_error: fail, channel", 1), nil, failed("--on-error", "ignore"), 0, "configures slack", "", 0},

		"Slack down: the default":     {"", &down, failed("--token", token, "--channel", room, "--timeout", "300ms"), 0, "could not be told", "warning: ", 0},
		"Slack down: fail":            {"", &down, failed("--token", token, "--channel", room, "--timeout", "300ms", "--on-error", "fail"), 3, "HTTP status 503", "", 0},
		"Slack down: ignore":          {"", &down, failed("--token", token, "--channel", room, "--timeout", "300ms", "--on-error", "ignore"), 0, "could not be told", "", 0},
		"webhook down: fail":          {"", &down, failed("--webhook-url", "HOOK", "--timeout", "300ms", "--on-error", "fail"), 3, "HTTP status 503", "", 0},
		"once too often":              {"", &slacktest.Fault{Status: 429, RetryAfter: "1"}, failed("--token", token, "--channel", room), 0, "was posted", "", 1},
		"blocks refused: fail":        {"", &slacktest.Fault{Code: "invalid_blocks"}, failed("--token", token, "--channel", room, "--on-error", "fail"), 4, "invalid_blocks", "", 0},
		"the token echoed":            {"", &slacktest.Fault{Code: strings.ReplaceAll(token, "-", "_")}, failed("--token", token, "--channel", room, "--on-error", "fail"), 3, "refused the call", "", 0},
		"the token in a page":         {"", &slacktest.Fault{Status: 403, Body: "<html>" + token + hook}, failed("--token", token, "--channel", room, "--on-error", "fail"), 2, "403", "", 0},
		"the address in a page":       {"", &slacktest.Fault{Status: 403, Body: "<html>" + hook}, failed("--webhook-url", "HOOK", "--on-error", "fail"), 2, "403", "", 0},
		"a wrong token: fail":         {"", nil, failed("--token", "xoxb-the-secret-token-of-old", "--channel", room, "--on-error", "fail"), 2, "invalid_auth", "", 0},
		"a wrong channel: fail":       {"", nil, failed("--token", token, "--channel", "foreign", "--on-error", "fail"), 2, "/invite", "", 0},
		"no channel: fail":            {"", nil, failed("--token", token, "--on-error", "fail"), 2, "slack.channel", "", 0},
		"a webhook in the clear":      {"", nil, failed("--webhook-url", "http://hooks.example.com/services/the-secret-hook", "--on-error", "fail"), 2, "without encryption", "", 0},
		"a webhook that is none":      {"", nil, failed("--webhook-url", "the-secret-hook", "--on-error", "fail"), 2, "is no web address", "", 0},
		"a token where a URL belongs": {"", nil, failed("--webhook-url", token, "--on-error", "fail"), 2, "is no web address", "", 0},

		"no kind":             {"", nil, []string{"--title", "x"}, 2, "kind", "", 0},
		"no title":            {"", nil, []string{"--kind", "alarm"}, 2, "title", "", 0},
		"a misspelt kind":     {"", nil, []string{"--kind", "deployment-faild", "--title", "x"}, 2, `did you mean "deployment-failed"`, "", 0},
		"a field of no name":  {"", nil, failed("--fields", "x", "--fields", "y: z", "--dry-run"), 2, `got "x"`, "", 0},
		"a link of no scheme": {"", nil, failed("--link", "Log example.com", "--dry-run"), 2, "http or https", "", 0},
		"a user of no ID":     {"", nil, failed("--users", "octocat=octocat", "--dry-run"), 2, "Slack member ID", "", 0},
		"a thread of no time": {"", nil, failed("--thread", room, "--dry-run"), 2, "1700000000.000100", "", 0},
		"too much progress":   {"", nil, failed("--progress", "3/2", "--dry-run"), 2, "50%", "", 0},
		"a misspelt policy":   {"", nil, failed("--on-error", "wran", "--dry-run"), 2, "did you mean warn", "", 0},
		"no time":             {"", nil, failed("--timeout", "0s", "--dry-run"), 2, "more than 0s", "", 0},
		"a broken file":       {plain + "slack: {chanel: x}\n", nil, failed("--dry-run"), 2, "cutover.yaml:4:9", "", 0},
		"a file there is not": {"", nil, failed("--config", "no.yaml", "--dry-run"), 2, "no.yaml", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if c.config != "" {
				w.write("cutover.yaml", c.config)
			}
			if c.fault != nil {
				w.Fail(*c.fault)
				if c.fault.Status == 503 {
					w.Fail(slices.Repeat([]slacktest.Fault{*c.fault}, 9)...)
				}
			}
			for i, a := range c.args {
				if a == "HOOK" {
					c.args[i] = w.url + hook
				}
			}
			got := w.notify(c.args...)
			shown := got.Stdout
			if c.code > 0 {
				shown = got.Stderr
			}
			if got.Code != c.code || !strings.Contains(shown, c.want) || !strings.Contains(got.Stderr, c.notes) {
				t.Errorf("exit %d, want %d with %q and %q\nstdout %s\nstderr %s", got.Code, c.code, c.want, c.notes, got.Stdout, got.Stderr)
			}
			if c.code > 0 && got.Stdout != "" {
				t.Errorf("standard output holds %q", got.Stdout)
			}
			if n := len(w.Messages()); n != c.posts {
				t.Errorf("%d messages stand there, want %d: %+v", n, c.posts, w.Calls())
			}
			if name == "Slack down: ignore" && strings.Contains(got.Stderr, "warning") {
				t.Errorf("it warns: %s", got.Stderr)
			}
		})
	}
}

// One deployment, told by three steps, is one message with its history.
func TestADeploymentIsOneMessage(t *testing.T) {
	w := newWorld(t)
	w.write("output", "")
	w.env = append(w.env, "GITHUB_ACTIONS=true", "GITHUB_OUTPUT=output", "INPUT_TOKEN="+token, "INPUT_CHANNEL=deployments")
	if got := w.notify("--kind", "deployment-started", "--stage", "staging", "--title", "go"); got.Code != 0 {
		t.Fatalf("%+v", got)
	}
	thread := room + ":" + w.Messages()[0].TS
	if out := w.read("output"); !strings.Contains(out, "\n"+thread+"\n") || !strings.Contains(out, "\ntrue\n") || !strings.Contains(out, "\n"+room+"\n") {
		t.Fatalf("the outputs are %s", out)
	}
	w.notify("--kind", "phase-progress", "--stage", "staging", "--title", "half", "--progress", "50%", "--thread", thread)
	w.notify("--kind", "deployment-failed", "--stage", "staging", "--title", "broken", "--text", "why", "--thread", thread)
	all := w.Messages()
	if len(all) != 2 || len(all[0].Before) != 2 || !strings.Contains(string(all[0].Blocks), "broken") || all[1].ThreadTS != all[0].TS || !all[1].Broadcast {
		t.Errorf("Slack holds %+v", all)
	}
}

// With the history scope a step that runs again changes nothing.
func TestTheSameAgainSendsNothing(t *testing.T) {
	w := newWorld(t, "channels:history")
	start := []string{"--kind", "deployment-started", "--stage", "production", "--title", "go"}
	for i, c := range []struct {
		args []string
		want string
	}{{start, "posted"}, {start, "unchanged"}, {failed(), "updated"}, {failed(), "unchanged"}, {failed("--text", "why"), "updated"}, {failed("--text", "why"), "unchanged"}} {
		want := c.want
		got := w.notify(append(slices.Clone(c.args), "--token", token, "--channel", room, "--key", "run 1", "--format", "json")...)
		var r struct {
			Status, Thread string
			Sent           bool
		}
		if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil || got.Code != 0 {
			t.Fatalf("%+v", got)
		}
		if r.Status != want || r.Sent == (want == "unchanged") || !strings.HasPrefix(r.Thread, room+":") {
			t.Errorf("time %d: %+v, want %s", i+1, r, want)
		}
	}
	if n := len(w.Messages()); n != 3 {
		t.Errorf("%d messages stand there", n)
	}
}

func TestTheActorIsMentioned(t *testing.T) {
	for name, c := range map[string]struct {
		env  []string
		args []string
		want string
	}{
		"by the file":           {[]string{"GITHUB_ACTOR=octocat"}, nil, `By \u003c@U0123456789\u003e`},
		"an input over it":      {[]string{"GITHUB_ACTOR=octocat"}, []string{"--users", "octocat=U2222222222"}, `By \u003c@U2222222222\u003e`},
		"by e-mail":             {nil, []string{"--actor", "o <octo@example.com>"}, `By \u003c@U1111111111\u003e`},
		"nobody Slack knows of": {[]string{"GITHUB_ACTOR=dependabot[bot]"}, nil, "By dependabot[bot]"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "users:read.email")
			w.write("cutover.yaml", slacks)
			w.env = append(w.env, c.env...)
			got := w.notify(failed(append(c.args, "--token", token, "--format", "json")...)...)
			if got.Code != 0 || !strings.Contains(got.Stdout, c.want) {
				t.Errorf("want %s: %+v", c.want, got)
			}
		})
	}
}

// JSONSchema says which blocks there are; only the schema's generator asks.
func (blocks) JSONSchema() *jsonschema.Schema {
	r := jsonschema.Reflector{DoNotReference: true, ExpandedStruct: true, Anonymous: true}
	var kinds []*jsonschema.Schema
	for _, b := range []any{
		message.HeaderBlock{}, message.SectionBlock{}, message.ContextBlock{}, message.ActionsBlock{}, message.ImageBlock{}, message.DividerBlock{},
	} {
		s := r.Reflect(b)
		s.Version = ""
		kinds = append(kinds, s)
	}
	most, least := uint64(50), uint64(1)
	return &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{OneOf: kinds}, MaxItems: &most, MinItems: &least}
}

func TestJSONIsWhatTheSchemaSays(t *testing.T) {
	s := schematest.Of(t, "../../schemas/notify.schema.json", "Result of notify",
		"What notify --format json prints with exit code 0: what became of the message, and the message as Slack takes it (text, blocks, metadata, mrkdwn, unfurl_links, unfurl_media). A failure that the policy lets pass has the status failed.",
		&result{}, *update)
	w := newWorld(t)
	w.env = append(w.env, "GITHUB_ACTIONS=true", "GITHUB_ACTOR=octocat", "GITHUB_REPOSITORY=o/r", "GITHUB_RUN_ID=1", "GITHUB_SERVER_URL=https://github.com")
	full := []string{"--fields", "a: b", "--fields", "*: *", "--link", "x https://x.y", "--text", "t", "--format", "json"}
	var posted string
	for name, c := range map[string]struct {
		args   []string
		status string
	}{
		"posted":         {append(failed(full...), "--token", token, "--channel", room), "posted"},
		"a webhook":      {append(failed(full...), "--webhook-url", w.url+hook), "posted"},
		"dry":            {append(failed(full...), "--dry-run"), "dry-run"},
		"not configured": {failed("--format", "json"), "not-configured"},
		"failed":         {append(failed(full...), "--token", "wrong", "--channel", room), "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			got := w.notify(c.args...)
			if got.Code != 0 {
				t.Fatalf("exit %d: %s", got.Code, got.Stderr)
			}
			if err := s.Check(got.Stdout); err != nil {
				t.Errorf("%v\n%s", err, got.Stdout)
			}
			var r struct {
				Status, Text, Problem string
				Blocks                json.RawMessage
			}
			if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil || r.Status != c.status || (r.Problem == "") == (c.status == "failed") {
				t.Errorf("%v, %+v", err, r)
			}
			if code, detail := slacktest.Check(r.Text, r.Blocks); code != "" {
				t.Errorf("Slack would say %s: %s", code, detail)
			}
			posted = got.Stdout
		})
	}
	for name, bad := range map[string]string{
		"most of it missing":     `{"status":"posted"}`,
		"a status of its own":    strings.Replace(posted, `"status": "`, `"status": "un`, 1),
		"an unknown member":      strings.Replace(posted, `{`, `{"more":1,`, 1),
		"a block Slack has not":  strings.Replace(posted, `"type": "header"`, `"type": "heading"`, 1),
		"a text of another kind": strings.Replace(posted, `"type": "plain_text"`, `"type": "markdown"`, 1),
	} {
		if s.Check(bad) == nil {
			t.Errorf("the schema accepts %s", name)
		}
	}
	failure := w.notify(failed("--token", "wrong", "--channel", room, "--on-error", "fail", "--format", "json")...)
	if !strings.Contains(failure.Stdout, `"verdict": "inconclusive"`) || failure.Code != 2 {
		t.Errorf("%+v", failure)
	}
}

// Inside Actions: a warning on the run, a short summary, outputs in any case.
func TestInsideActions(t *testing.T) {
	w := newWorld(t)
	w.write("output", "")
	w.write("summary", "")
	w.env = append(w.env, "GITHUB_ACTIONS=true", "GITHUB_OUTPUT=output", "GITHUB_STEP_SUMMARY=summary",
		"INPUT_KIND=deployment-failed", "INPUT_STAGE=production", "INPUT_TITLE=<b>::error::*x*", "INPUT_FIELDS=Branch: main\nCommit: "+token,
		"INPUT_LINK=Log https://example.com/log", "INPUT_TOKEN="+token, "INPUT_WEBHOOK_URL=", "INPUT_CHANNEL=foreign", "INPUT_TEXT=token is "+token)
	got := w.notify()
	if got.Code != 0 || !strings.Contains(got.Stderr, "::warning title=notify::Slack could not be told") || !strings.Contains(got.Stderr, "not_in_channel") {
		t.Errorf("%+v", got)
	}
	summary := w.read("summary")
	for _, part := range []string{"❌ Deployment failed: production", "could not be told", "&lt;b&gt;::error::&#42;x&#42;", "| Branch | main |", `<a href="https://example.com/log">`} {
		if !strings.Contains(summary, part) {
			t.Errorf("the summary lacks %q:\n%s", part, summary)
		}
	}
	if out := w.read("output"); !strings.Contains(out, "sent<<") || !strings.Contains(out, "\nfalse\n") {
		t.Errorf("the outputs are %s", out)
	}
	w.quiet(summary, w.read("output"))
	w.env = append(w.env, "INPUT_CHANNEL=deployments")
	if got := w.notify(); got.Code != 0 || len(w.Messages()) != 1 {
		t.Fatalf("%+v", got)
	}
	m := w.Messages()[0]
	w.quiet(m.Text, string(m.Blocks), string(m.Metadata))
	if !strings.Contains(string(m.Blocks), "token is ***") {
		t.Errorf("the message is %s", m.Blocks)
	}
}

// A stranger's text is printed, and is no command to the Actions runner.
//
// Attack: hostile-message, log-injection
func TestNoTextIsACommand(t *testing.T) {
	w := newWorld(t)
	w.env = append(w.env, "GITHUB_ACTIONS=true", "GITHUB_ACTOR=::error::a")
	for _, format := range []string{"text", "json"} {
		got := w.notify("--kind", "alarm", "--stage", "::error::s", "--title", "::error::t", "--text", "::error::x\n::error::y", "--fields", "##[error]n: ::error::v",
			"--link", "::error::l https://x.y", "--channel", "::error::c", "--key", "::error::k", "--dry-run", "--format", format)
		if got.Code != 0 {
			t.Errorf("%+v", got)
		}
		for line := range strings.Lines(got.Stdout + got.Stderr) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "::") || strings.HasPrefix(line, "##[") {
				t.Errorf("GitHub would act on %q", line)
			}
		}
	}
}

// Inside Actions a run's announcements find each other; alarms stand alone.
func TestARunIsOneDeployment(t *testing.T) {
	w := newWorld(t, "channels:history")
	w.env = append(w.env, "GITHUB_ACTIONS=true", "GITHUB_REPOSITORY=o/r", "GITHUB_RUN_ID=1", "INPUT_TOKEN="+token, "INPUT_CHANNEL="+room)
	w.notify("--kind", "deployment-started", "--stage", "staging", "--title", "go")
	w.notify("--kind", "deployment-succeeded", "--stage", "staging", "--title", "done")
	w.notify("--kind", "deployment-started", "--stage", "production", "--title", "go")
	w.notify("--kind", "alarm", "--stage", "staging", "--title", "rings")
	w.notify("--kind", "alarm", "--stage", "staging", "--title", "rings")
	heads, entries := 0, 0
	for _, m := range w.Messages() {
		if m.ThreadTS == "" {
			heads++
		} else {
			entries++
		}
	}
	if heads != 4 || entries != 1 {
		t.Errorf("%d messages and %d entries, want 4 and 1: %+v", heads, entries, w.Calls())
	}
}

// The calls that show what a program is must not show what it was given.
func TestDescriptionsShowNoSecret(t *testing.T) {
	w := newWorld(t)
	w.env = append(w.env, "INPUT_TOKEN="+token, "INPUT_WEBHOOK_URL="+w.url+hook)
	var d struct {
		Inputs []struct {
			Name   string
			Secret bool
		}
	}
	if err := json.Unmarshal([]byte(w.notify("--describe").Stdout), &d); err != nil {
		t.Fatal(err)
	}
	for _, i := range d.Inputs {
		if want := i.Name == "token" || i.Name == "webhook-url"; i.Secret != want {
			t.Errorf("%s: secret is %v", i.Name, i.Secret)
		}
	}
	for _, args := range [][]string{
		{"--describe"}, {"--help"}, {"--token", token, "--describe"}, {"--token", token, "--tokn", "x"}, {"--token", token, "--token", token},
		{"--token", token, token}, failed("--title", token), failed("--thread", token), failed("--fields", token), {"--kind", token, "--title", "x"},
	} {
		w.notify(args...) // which looks at every word that comes out
		w.notify(append(args, "--format", "json")...)
	}
}

func TestASignalEndsItAtOnce(t *testing.T) {
	w := newWorld(t)
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		w.Fail(slacktest.Fault{Delay: 30 * time.Second})
		cmd, stdout, stderr := w.command(failed("--token", token, "--channel", room)...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(300 * time.Millisecond)
		start := time.Now()
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if took := time.Since(start); cmd.ProcessState.ExitCode() != 3 || took > 2*time.Second || !strings.Contains(stderr.String(), "cancelled by") || stdout.String() != "" {
			t.Errorf("%v: exit %d after %v: %s", signal, cmd.ProcessState.ExitCode(), took, stderr.String())
		}
	}
}
