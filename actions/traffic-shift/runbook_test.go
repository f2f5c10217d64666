package main

import (
	"bytes"
	"fmt"
	"html"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/slack/slacktest"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// The live half of the runbook is read at night: what it shows is what this
// binary printed for the command above it, in a world of our own. -update makes
// outputs and pictures anew. The offline half is cmd/cutover's.

const (
	runbookFile   = "../../docs/runbooks/cutover.md"
	runbookShapes = "../../docs/runbooks/pictures"
)

// scenes are texts that the runbook shows, by the names that it gives them, and
// pictures by their files' names.
type scenes struct {
	texts    map[string]string
	pictures map[string][]byte
}

func newScenes() scenes { return scenes{map[string]string{}, map[string][]byte{}} }

// byHand is the environment of somebody at a terminal: no GitHub Actions.
func (w *world) byHand() []string {
	return slices.DeleteFunc(slices.Clone(w.env), func(v string) bool { return strings.HasPrefix(v, "GITHUB_") })
}

// plays runs a command as a person types it and keeps what was seen. What the
// person exported before, and the pace of a world in which a minute is no minute,
// come on top.
func (w *world) plays(all scenes, name string, code int, command string, more ...string) {
	w.t.Helper()
	env := append(w.byHand(), "INPUT_BUCKET=releases", "INPUT_BY=octocat", "INPUT_SLACK_TOKEN=xoxb-the-slack-token", "INPUT_REPORT="+filepath.Join(w.folder, name+".html"))
	if command != cmdPlan { // which says the pace
		env = append(env, "INPUT_EVERY=200ms")
	}
	if command == cmdBaseline {
		env = append(env, "INPUT_FOR=1s")
	}
	typed := append([]string{"--command", command}, more...)
	got := processtest.Run(w.t, binary, w.folder, env, typed...)
	if got.Code != code {
		w.t.Fatalf("%s: exit %d, not %d\n%s\n%s", name, got.Code, code, got.Stdout, got.Stderr)
	}
	line := "$ traffic-shift"
	for _, a := range typed {
		if strings.Contains(a, " ") {
			a = strconv.Quote(a)
		}
		line += " " + a
	}
	all.texts[name] = line + "\n" + got.Stdout
	all.texts[name+" with progress"] = line + "\n" + progress(got.Stderr) + got.Stdout
}

// progress leaves out what only this world says, and what is said again.
func progress(stderr string) string {
	var b strings.Builder
	last := ""
	for line := range strings.Lines(stderr) {
		said := regexp.MustCompile(`^\d\d:\d\d:\d\d `).ReplaceAllString(line, "")
		if said != last && !strings.Contains(line, "clock is off") && !strings.HasPrefix(line, "Written: ") {
			b.WriteString(line)
		}
		last = said
	}
	return b.String()
}

// gated lets a function see each request to AWS before it is carried out.
func (w *world) gated(see func(*http.Request)) {
	s := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		see(r)
		w.cloud.ServeHTTP(out, r)
	}))
	w.t.Cleanup(s.Close)
	w.env = append(w.env, "AWS_ENDPOINT_URL="+s.URL) // the last one counts
}

// stops lets AWS's time stand still, at a moment that no figure depends on.
func (w *world) stops(at time.Duration) {
	w.run(0)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = noon.Add(at)
}

// begins starts a rollout at the same time, to a second, in every run of this test.
func (w *world) begins(all scenes) {
	w.gated(func(r *http.Request) { // the rehearsal is over once its result is kept
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/"+drillName) {
			w.stops(10 * time.Minute)
			time.Sleep(50 * time.Millisecond) // until the binary asks for the time again
		}
	})
	w.run(100)
	w.plays(all, "start", 0, cmdStart, "--reason", "release 42")
	w.leaps(6, in(rollout.Watching))
}

// leaps lets four minutes pass at a time, with a tick after them, until done: no
// phase lasts for a multiple of them, so that no tick stands on its edge.
func (w *world) leaps(most int, done func(result) bool) {
	w.t.Helper()
	var r result
	for range most {
		for range 4 {
			w.flow(600, nil)
		}
		got, _ := w.shift(cmdTick, "--every", "200ms")
		if r = got; done(r) {
			return
		}
	}
	w.t.Fatalf("nothing came of it: %+v", r)
}

// promoted is a night on which all goes well.
func promoted(t *testing.T, all scenes) {
	w := newWorldAfter(t, traffic{blue: 600, green: 60})
	w.plays(all, "plan", 0, cmdPlan)
	w.plays(all, "prepare", 0, cmdPrepare, "--terraform", "none")
	w.plays(all, "apply", 0, cmdPrepare, "--terraform", "none", "--apply")
	w.plays(all, "refused", 4, cmdStart, "--reason", "release 42")
	w.run(300)
	w.plays(all, "baseline", 0, cmdBaseline)
	w.stops(6 * time.Minute)
	w.plays(all, "preflight", 0, cmdPreflight)
	w.begins(all)
	w.plays(all, "pause", 0, string(rollout.OrderPause), "--reason", "I look at the database first")
	w.flow(600, nil)
	w.plays(all, "resume", 0, string(rollout.OrderResume), "--reason", "the database is well")
	w.leaps(30, func(r result) bool { return r.Hold != nil && r.Hold.Kind == string(rollout.HoldApproval) })
	w.plays(all, "held", 0, cmdStatus)
	w.flow(600, nil)
	w.plays(all, "approve", 0, string(rollout.OrderApprove), "--reason", "both sides look alike")
	w.leaps(30, in(rollout.Soaking))
	w.plays(all, "soaking", 0, cmdStatus)
	page, err := os.ReadFile(filepath.Join(w.folder, "soaking.html"))
	if err != nil {
		t.Fatal(err)
	}
	for name, caption := range map[string]string{"live-weights": "Green's share of the traffic", "live-proof": "Proof that green keeps its limits"} {
		all.pictures[name+".svg"] = drawn(t, page, caption)
	}
	w.plays(all, "finish", 0, cmdFinish, "--reason", "ECS is gone")
	all.texts["slack"] = heard(w.slack.Messages())
}

// wentBack is a night on which a person goes back, and one more on which a person
// pastes the batch because nothing else works.
func wentBack(t *testing.T, all scenes) {
	w := newWorld(t)
	w.ready()
	w.stops(6 * time.Minute)
	own := newScenes()
	w.begins(own)
	byBatch(w, all)
	stop := w.users(traffic{blue: 594, green: 36})
	w.plays(all, "rollback", 0, cmdRollback, "--reason", "customers call")
	stop()
	w.plays(all, "back", 0, cmdStatus)
}

// users ask on while AWS's time passes, until the stop.
func (w *world) users(f traffic) (stop func()) {
	w.run(60)
	ended := make(chan struct{})
	var busy sync.WaitGroup
	busy.Go(func() {
		for last := w.now(); ; {
			select {
			case <-ended:
				return
			case <-time.After(time.Millisecond):
			}
			if w.now().Sub(last) >= time.Minute {
				w.measure(last, f)
				last = last.Add(time.Minute)
			}
		}
	})
	return func() { close(ended); busy.Wait(); w.run(0) }
}

// heard is what a channel of Slack shows: its message, and the thread below it.
func heard(messages []slacktest.Message) string {
	var b strings.Builder
	for _, m := range messages {
		thread := ""
		if m.ThreadTS != "" {
			thread = "   └ "
		}
		fmt.Fprintf(&b, "%s%s\n", thread, m.Text)
	}
	return b.String()
}

// drawn takes a picture out of a page, with the part of the page's style that
// makes it a file of its own, light and dark.
func drawn(t *testing.T, page []byte, caption string) []byte {
	t.Helper()
	start := bytes.Index(page, []byte(`role="img" aria-label="`+html.EscapeString(caption)+`"`))
	if start < 0 {
		t.Fatalf("the page has no picture %q", caption)
	}
	start = bytes.LastIndex(page[:start], []byte("<svg"))
	picture := page[start:]
	picture = picture[:bytes.Index(picture, []byte("</svg>"))+len("</svg>")]
	var style bytes.Buffer
	for _, line := range regexp.MustCompile(`(?m)^(?:<style>)?((?::root|@media \(prefers-color-scheme:dark\)\{:root|svg ).*)$`).FindAllSubmatch(page, -1) {
		style.Write(line[1])
		style.WriteByte('\n')
	}
	head, rest, _ := bytes.Cut(picture, []byte(">"))
	return fmt.Appendf(nil, `%s><style>%s</style><rect width="100%%" height="100%%" rx="8" style="fill:var(--panel)"/>%s`+"\n", head, style.Bytes(), rest)
}

// Shows: 5.5.9
func TestRunbookShowsTheLiveShift(t *testing.T) {
	t.Parallel()
	good, bad := newScenes(), newScenes()
	t.Run("nights", func(t *testing.T) {
		t.Run("promoted", func(t *testing.T) { t.Parallel(); promoted(t, good) })
		t.Run("rolled back", func(t *testing.T) { t.Parallel(); wentBack(t, bad) })
	})
	if t.Failed() {
		return
	}
	maps.Copy(good.texts, bad.texts)
	current(t, good.texts)
	for name, picture := range good.pictures {
		path := filepath.Join(runbookShapes, name)
		kept, err := os.ReadFile(path)
		if *update && !alike(kept, picture) {
			if err := os.WriteFile(path, picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if !*update && (err != nil || !alike(kept, picture)) {
			t.Errorf("%s is not what is drawn now (%v); run make generate", path, err)
		}
	}
}

// places are the numbers in a picture.
var places = regexp.MustCompile(`-?\d+(?:\.\d+)?`)

// alike says that two pictures show the same: a line may be one pixel further, as
// when a run began some milliseconds later.
func alike(a, b []byte) bool {
	if places.ReplaceAllString(string(a), "#") != places.ReplaceAllString(string(b), "#") {
		return false
	}
	other := places.FindAllString(string(b), -1)
	for i, number := range places.FindAllString(string(a), -1) {
		x, _ := strconv.ParseFloat(number, 64)
		y, _ := strconv.ParseFloat(other[i], 64)
		if math.Abs(x-y) > 1 {
			return false
		}
	}
	return true
}
