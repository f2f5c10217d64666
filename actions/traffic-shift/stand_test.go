package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/slack/slacktest"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// stand is a world whose servers are behind one gate: each request of a program
// passes it, where it can be remembered, refused, held up, or be the program's
// last one.
type stand struct {
	*world
	// servers by the names that the gate has for them.
	servers map[string]http.Handler
	mu      sync.Mutex
	// gate is asked for each request; nil lets all pass.
	gate gate
	// kept are the requests that changed something, and what users did.
	kept  []deed
	marks map[string]int
	// bent are weights that nobody decided, as they were seen at any time.
	bent []string
	// most is the greatest share of green's in any state that was stored.
	most float64
	// each is how long a tick waits for the next one.
	each string
}

// gate is the way of a request: pass carries it out, with the answer in out.
type gate func(out http.ResponseWriter, r *asked, pass http.Handler)

// asked is a request, with the server that it goes to and its body.
type asked struct {
	*http.Request
	server string // aws, github or slack
	body   string
}

// is says whether a request is of this server and has all of these words in its
// method, address, target or body.
func (a *asked) is(server string, words ...string) bool {
	text := strings.Join([]string{a.Method, a.URL.String(), a.Header.Get("X-Amz-Target"), a.Header.Get("Authorization"), a.body}, " ")
	return a.server == server && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// deed is something that has changed a world, to be done again in another one.
type deed struct {
	at      time.Time
	request *asked
	seen    *traffic // or a minute of what users did
}

// sidesOf stand for both sides wherever nobody looks at how they answer: a world
// that is made out of another one's deeds has the same addresses.
var sidesOf = sync.OnceValues(func() (blue, green string) {
	answer := http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(out, `{"status":"ok"}`) })
	return httptest.NewServer(answer).URL, strings.Replace(httptest.NewServer(answer).URL, "127.0.0.1", "localhost", 1)
})

// newStand is a world before anything was done, behind a gate.
func newStand(t *testing.T) *stand {
	t.Helper()
	s := &stand{world: newWorld(t), marks: map[string]int{}, each: "200ms"}
	blue, green := sidesOf()
	direct := regexp.MustCompile(`direct: \S+`)
	for _, to := range []string{"direct: -" + blue, "direct: -" + green} {
		text := s.file("cutover.yaml")
		at := direct.FindStringIndex(text)
		s.write("cutover.yaml", text[:at[0]]+to+text[at[1]:])
		direct = regexp.MustCompile(`direct: h\S+`)
	}
	// Slack finds what was said by the channel's ID alone.
	s.write("cutover.yaml", strings.NewReplacer("direct: -", "direct: ", `"#lego-deployments"`, "C0123456789").Replace(s.file("cutover.yaml")))
	// With the right to read its own threads, a killed program's successor sees what
	// was said already.
	s.slack = slacktest.New(slacktest.Workspace{
		Token: "xoxb-the-slack-token", Scopes: []string{"chat:write", "channels:history"},
		Channels: []slacktest.Channel{{ID: "C0123456789", Name: "lego-deployments", Member: true}},
	})
	s.servers = map[string]http.Handler{"aws": s.cloud, "github": s.github.Handler(), "slack": timeless(s.slack)}
	for name, server := range s.servers {
		before := httptest.NewServer(s.before(name, server))
		t.Cleanup(before.Close)
		variable := map[string]string{"aws": "AWS_ENDPOINT_URL", "github": "GITHUB_API_URL", "slack": "SLACK_API_URL"}[name]
		s.env = slices.DeleteFunc(s.env, func(e string) bool { return strings.HasPrefix(e, variable+"=") })
		s.env = append(s.env, variable+"="+before.URL+map[string]string{"slack": "/"}[name])
	}
	return s
}

func (s *stand) file(name string) string {
	text, err := os.ReadFile(filepath.Join(s.folder, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// before puts the gate before a server, and looks at the weights after it.
func (s *stand) before(name string, server http.Handler) http.Handler {
	pass := http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		a := &asked{Request: r, server: name, body: bodyOf(r)}
		kept := httptest.NewRecorder()
		s.mu.Lock()
		at := s.now()
		server.ServeHTTP(kept, a.again())
		if kept.Code < 300 && a.changes() {
			s.kept = append(s.kept, deed{at: at, request: a})
		}
		switch {
		case a.is("aws", "PUT", "/state.json"):
			s.stored()
		case a.is("aws", "POST", "/rrset"):
			s.straight()
		}
		s.mu.Unlock()
		for k, v := range kept.Header() {
			out.Header()[k] = v
		}
		out.WriteHeader(kept.Code)
		_, _ = out.Write(kept.Body.Bytes())
	})
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		through := s.gate
		s.mu.Unlock()
		if through == nil {
			pass.ServeHTTP(out, r)
			return
		}
		body := bodyOf(r)
		through(out, &asked{Request: r, server: name, body: body}, pass)
	})
}

// timeless gives Slack's messages the same names in every world: Slack names them
// by the second in which they come.
func timeless(slack http.Handler) http.Handler {
	var mu sync.Mutex
	names := map[string]string{}
	said, asked := regexp.MustCompile(`\b\d{10}(\.\d{6})\b`), regexp.MustCompile(`\b1000000000\.\d{6}\b`)
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		known := func(text string) string {
			return asked.ReplaceAllStringFunc(text, func(name string) string { return cmp.Or(names[name], name) })
		}
		text := known(bodyOf(r))
		r.Body, r.ContentLength, r.URL.RawQuery = io.NopCloser(strings.NewReader(text)), int64(len(text)), known(r.URL.RawQuery)
		kept := httptest.NewRecorder()
		slack.ServeHTTP(kept, r)
		out.Header().Set("Content-Type", kept.Header().Get("Content-Type"))
		out.WriteHeader(kept.Code)
		_, _ = io.WriteString(out, said.ReplaceAllStringFunc(kept.Body.String(), func(ts string) string {
			name := "1000000000" + ts[len(ts)-7:]
			names[name] = ts
			return name
		}))
	})
}

// bodyOf reads a request's body and leaves it readable.
func bodyOf(r *http.Request) string {
	text, _ := io.ReadAll(r.Body) // one that breaks off is refused further on
	r.Body = io.NopCloser(bytes.NewReader(text))
	return string(text)
}

// again is the request once more, with all of its body.
func (a *asked) again() *http.Request {
	r := a.Clone(context.Background())
	r.Body = io.NopCloser(strings.NewReader(a.body))
	return r
}

// changes says whether a request may have changed something.
func (a *asked) changes() bool {
	if a.Method == http.MethodGet || a.Method == http.MethodHead {
		return false
	}
	for _, word := range []string{"GetMetricData", "GetMetricStatistics", "Describe", "List"} {
		if strings.Contains(a.Header.Get("X-Amz-Target")+a.URL.Path+" "+a.body[:min(len(a.body), 60)], word) {
			return false
		}
	}
	return true
}

// through sets the gate.
func (s *stand) through(g gate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate = g
}

// straight holds that the record never has weights that nobody decided, never
// others for one type than for the other, and never gives green more than any state
// that was stored: what is decided is stored first. s.mu is held.
func (s *stand) straight() {
	all := s.weights()
	green, known := map[string]float64{
		"simple": 0, "blue 100 green 0 ": 0, "green 0 blue 100 ": 0, "blue 90 green 10 ": 0.1, "blue 50 green 50 ": 0.5, "blue 0 green 100 ": 1,
	}[all["A"]]
	if !known || all["A"] != all["AAAA"] {
		s.bent = append(s.bent, fmt.Sprint(all))
	}
	if green > s.most+1e-9 {
		s.bent = append(s.bent, fmt.Sprintf("%v, and no state that was stored gives green more than %v", all, s.most))
	}
}

// stored takes in the weight of the state that is stored. s.mu is held.
func (s *stand) stored() {
	if state, err := rollout.ParseState([]byte(s.cloud.In("releases", stateKey))); err == nil {
		s.most = max(s.most, state.Weight.Fraction())
	}
}

// minute lets one pass in which users did this.
func (s *stand) minute(f traffic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, deed{at: s.now(), seen: &f})
	s.users(f)
}

func (s *stand) users(f traffic) {
	s.measureAround(s.now(), f)
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.at = s.at.Add(time.Minute)
}

// checkers is how many of green's requests in a minute are those of Route 53's own
// health checks, which are taken out before green is judged.
const checkers = 30

// measureAround is a minute in which the health checks ask green besides its users.
func (s *stand) measureAround(at time.Time, f traffic) {
	if f.green > 0 {
		f.green += checkers
	}
	s.measure(at.Truncate(time.Minute), f)
}

// minutes let users go where the record leads them; one in faulty of green's
// requests fails, 0 for none.
func (s *stand) minutes(n, faulty int) {
	for range n {
		s.minute(s.share(faulty))
	}
}

// share is what users do in a minute.
func (s *stand) share(faulty int) (f traffic) {
	for target, part := range s.cloud.Resolve(record, "A") {
		if strings.Contains(target, "execute-api") {
			f.green = int(part*600 + 0.5)
		}
	}
	f.blue = 600 - f.green
	if faulty > 0 {
		f.bad = f.green / faulty
	}
	return f
}

// flow lets AWS's time pass, so many times as fast as here, with users who go
// where the record leads them, until the returned function is called.
func (s *stand) flow(speed float64) (stop func()) {
	over, done := make(chan struct{}), make(chan struct{})
	s.run(speed)
	go func() {
		defer close(done)
		for last := s.now(); ; {
			select {
			case <-over:
				return
			case <-time.After(time.Duration(float64(10*time.Second) / speed)):
			}
			if now := s.now(); now.Sub(last) >= time.Minute {
				s.measureAround(last, s.share(0))
				last = last.Add(time.Minute)
			}
		}
	}()
	return func() { close(over); <-done; s.run(0) }
}

// mark remembers how this world came to where it is.
func (s *stand) mark(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, deed{at: s.now()})
	s.marks[name] = len(s.kept)
}

// The places from which tests begin, in the order of a cutover.
const (
	bare     = "bare"     // a simple record
	paired   = "paired"   // prepared
	readied  = "readied"  // measured and looked at: start may come
	decided  = "decided"  // the first phase is decided and the record not changed yet
	begun    = "begun"    // the record gives green 10%
	watching = "watching" // and so does the traffic
	half     = "half"     // watching at 50%
	soaking  = "soaking"  // everything is on green
)

// way is a whole cutover, done once: its deeds bring other worlds to any place of
// it within a moment.
var way struct {
	once  sync.Once
	deeds []deed
	marks map[string]int
}

func goTheWay(t *testing.T) {
	t.Helper()
	s := newStand(t)
	s.mark(bare)
	s.must(0, cmdPrepare, "--apply", "--terraform", "none")
	s.mark(paired)
	s.run(600)
	s.must(0, cmdBaseline, "--for", "1s", "--every", "1s")
	s.run(0)
	s.must(0, cmdPreflight)
	s.mark(readied)
	s.through(func(out http.ResponseWriter, r *asked, pass http.Handler) {
		if r.is("aws", "POST", "/rrset") {
			failing(http.StatusForbidden, "AccessDenied")(out, r)
			return
		}
		pass.ServeHTTP(out, r.Request)
	})
	s.run(600)
	s.must(0, cmdStart, "--reason", "it is time")
	s.run(0)
	s.through(nil)
	s.mark(decided)
	s.must(0, cmdTick)
	s.mark(begun)
	s.until(rollout.Watching, 10)
	s.mark(watching)
	s.until(rollout.Settling, 30)
	s.until(rollout.Watching, 10)
	s.mark(half)
	s.minutes(20, 0)
	s.must(0, "approve", "--reason", "seen")
	s.until(rollout.Settling, 30)
	s.until(rollout.Soaking, 40)
	s.mark(soaking)
	way.deeds, way.marks = s.kept, s.marks
}

// until lets minutes pass, with a tick in every fifth, until a step is there.
func (s *stand) until(step rollout.Step, most int) {
	s.t.Helper()
	var r result
	for range most {
		s.minutes(5, 0)
		if r = s.must(0, cmdTick); r.State == string(step) || step == rollout.Settling && r.State == string(rollout.Shifting) {

			return
		}
	}
	s.t.Fatalf("not %s: %+v", step, r)
}

// at is a world that is at this place of a cutover.
func at(t *testing.T, place string) *stand {
	t.Helper()
	way.once.Do(func() { goTheWay(t) })
	if way.marks[place] == 0 {
		t.Fatal("the way to here could not be gone")
	}
	s := newStand(t)
	for _, d := range way.deeds[:way.marks[place]] {
		s.world.mu.Lock()
		s.at, s.speed = d.at, 0
		s.world.mu.Unlock()
		switch {
		case d.seen != nil:
			s.users(*d.seen)
		case d.request != nil:
			out := httptest.NewRecorder()
			if s.servers[d.request.server].ServeHTTP(out, d.request.again()); out.Code >= 300 {
				t.Fatalf("%s %s: %d %s", d.request.Method, d.request.URL, out.Code, out.Body)
			}
		}
	}
	s.stored()
	s.straight()
	return s
}

// shift runs the action; see world.shift. Ticks are close together, so that Route
// 53 is asked faster.
func (s *stand) shift(command string, more ...string) (result, processtest.Outcome) {
	s.t.Helper()
	if !slices.Contains(more, "--every") {
		more = append(slices.Clone(more), "--every", s.each)
	}
	return s.world.shift(command, more...)
}

// must is a run that ends with this code.
func (s *stand) must(code int, command string, more ...string) result {
	s.t.Helper()
	r, got := s.shift(command, more...)
	if got.Code != code {
		s.t.Fatalf("%s %v: exit %d, not %d\n%s\n%s", command, more, got.Code, code, got.Stdout, got.Stderr)
	}
	return r
}

// word is a text in CBOR; source: RFC 8949, section 3.1, major type 3.
func word(text string) string { return "\x78" + string([]byte{byte(len(text))}) + text }

// failing answers as AWS's services do when they refuse.
func failing(status int, code string) func(out http.ResponseWriter, r *asked) {
	return func(out http.ResponseWriter, r *asked) {
		switch {
		case r.is("aws", "/monitoring/aws4_request"), r.is("aws", "/ecs/aws4_request"), r.is("aws", "/application-autoscaling/aws4_request"):
			header := out.Header()
			header.Set("X-Amzn-Errortype", code)
			if r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor" {
				header.Set("Smithy-Protocol", "rpc-v2-cbor")
				header.Set("Content-Type", "application/cbor")
				out.WriteHeader(status)
				_, _ = io.WriteString(out, "\xa2"+word("__type")+word(code)+word("message")+word("made to fail"))
				return
			}
			header.Set("Content-Type", "application/x-amz-json-1.1")
			out.WriteHeader(status)
			_ = json.NewEncoder(out).Encode(map[string]string{"__type": code, "message": "made to fail"})
		case r.is("aws", "/route53/aws4_request"):
			out.Header().Set("Content-Type", "text/xml")
			out.WriteHeader(status)
			_, _ = fmt.Fprintf(out, `<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type><Code>%s</Code><Message>made to fail</Message></Error><RequestId>1</RequestId></ErrorResponse>`, code)
		default:
			out.Header().Set("Content-Type", "application/xml")
			out.WriteHeader(status)
			if r.Method != http.MethodHead {
				_, _ = fmt.Fprintf(out, `<Error><Code>%s</Code><Message>made to fail</Message></Error>`, code)
			}
		}
	}
}

// state is the rollout's, as it is stored.
func (s *stand) state() rollout.State {
	s.t.Helper()
	state, err := rollout.ParseState([]byte(s.cloud.In("releases", stateKey)))
	if err != nil {
		s.t.Fatal(err)
	}
	return state
}

const (
	folderKey = "cutover/rollout/production/"
	stateKey  = folderKey + "state.json"
)

// checks is how many health checks there are.
func (s *stand) checks() int { return len(s.cloud.HealthChecks()) }

// put writes an object of the bucket by hand.
func (s *stand) put(key, text string) {
	s.t.Helper()
	s.hand(http.MethodPut, key, text)
}

// hand is a request to the bucket by somebody else.
func (s *stand) hand(method, key, text string) {
	s.t.Helper()
	r := httptest.NewRequest(method, "/releases/"+key, strings.NewReader(text))
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIASOMEBODY/20260302/us-east-1/s3/aws4_request, by hand")
	out := httptest.NewRecorder()
	if s.cloud.ServeHTTP(out, r); out.Code >= 300 {
		s.t.Fatal(errors.New(out.Body.String()))
	}
}
