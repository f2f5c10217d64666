//go:build e2e

package rehearsal_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/otlp"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/trace"
)

// tracedApp is the example app on loopback, whose spans come to a collector.
type tracedApp struct {
	t     *testing.T
	base  string
	to    *otlp.Collector
	cmd   *exec.Cmd
	ended chan error

	mu  sync.Mutex
	log []string
}

// clocks is by how much a span may seem to leave its parent: Node reads the time
// of day to the millisecond, and corrects it while spans are under way.
const clocks = 10 * time.Millisecond

const tracedRun = "run-traced-e2e"

// installed is what the app is made of, once for all tests.
var installed = sync.OnceValues(func() ([]byte, error) {
	cmd := exec.CommandContext(context.Background(), "corepack", "pnpm", "install", "--frozen-lockfile", "--prefer-offline")
	cmd.Dir = "../../examples/lego-api"
	return cmd.CombinedOutput()
})

// startTraced starts the app with these variables more.
func startTraced(t *testing.T, to *otlp.Collector, env ...string) *tracedApp {
	t.Helper()
	if out, err := installed(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	a := &tracedApp{t: t, to: to, ended: make(chan error, 1)}
	a.cmd = exec.CommandContext(context.Background(), "node", "scripts/local.mjs")
	a.cmd.Dir = "../../examples/lego-api"
	a.cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "OTEL_") || strings.HasPrefix(v, "AWS_") }),
		append([]string{"PORT=0", "HOST=127.0.0.1", "TRACING_PROJECT=LEGO-API", "TRACING_STAGE=staging"}, env...)...)
	a.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := a.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	a.cmd.Stderr = a.cmd.Stdout
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			a.mu.Lock()
			a.log = append(a.log, lines.Text())
			a.mu.Unlock()
			if _, found, ok := strings.Cut(lines.Text(), "lego-api listens on "); ok {
				address <- strings.TrimSpace(found)
			}
		}
		a.ended <- a.cmd.Wait()
	}()
	t.Cleanup(a.stop)
	select {
	case a.base = <-address:
	case <-time.After(30 * time.Second):
		t.Fatalf("the app never said that it listens:\n%s", a.said())
	}
	return a
}

func (a *tracedApp) said() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return strings.Join(a.log, "\n")
}

// stop ends it as a deployment does, which sends what is left.
func (a *tracedApp) stop() {
	_ = syscall.Kill(-a.cmd.Process.Pid, syscall.SIGTERM) // it may be gone
	select {
	case <-a.ended:
		a.ended <- nil
	case <-time.After(10 * time.Second):
		_ = syscall.Kill(-a.cmd.Process.Pid, syscall.SIGKILL)
		a.t.Error("SIGTERM does not end the app")
	}
}

// answered is what came back, with the trace that it was sent in.
type answered struct {
	status int
	body   []byte
	sent   int
	id     string
	parent string
}

func (r answered) text(name string) string {
	var out map[string]any
	_ = json.Unmarshal(r.body, &out) // then it has no such member
	s, _ := out[name].(string)
	return s
}

func digits(n int) string {
	b := make([]byte, n/2)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}

// ask sends a request as trace-check does, in a trace of its own; more are
// headers, as name and value.
func (a *tracedApp) ask(method, path, body string, more ...string) answered {
	a.t.Helper()
	out := answered{id: fmt.Sprintf("%08x", time.Now().Unix()) + digits(24), parent: digits(16), sent: len(body)}
	r, err := http.NewRequestWithContext(a.t.Context(), method, a.base+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("X-Amzn-Trace-Id", "Root="+otlp.TraceID(out.id)+";Parent="+out.parent+";Sampled=1")
	r.Header.Set("X-Cutover-Run", tracedRun)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(more); i += 2 {
		r.Header.Set(more[i], more[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }() // it is read to its end
	if out.body, err = io.ReadAll(answer.Body); err != nil {
		a.t.Fatal(err)
	}
	out.status = answer.StatusCode
	return out
}

// spans are those of one request, the function's own first, once it is there.
func (a *tracedApp) spans(r answered) []otlp.Span {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), 5*time.Second)
	defer cancel()
	root := func(s otlp.Span) bool { return s.TraceID == r.id && s.Kind == otlp.Server }
	if err := a.to.Wait(ctx, func(all []otlp.Span) bool { return slices.ContainsFunc(all, root) }); err != nil {
		a.t.Fatalf("the function's span did not come: %v\n%q\n%s", err, a.to.Refused(), a.said())
	}
	all := a.to.Traces()[r.id]
	slices.SortFunc(all, func(x, y otlp.Span) int { return x.Start.Compare(y.Start) })
	at := slices.IndexFunc(all, root)
	return append([]otlp.Span{all[at]}, slices.Delete(slices.Clone(all), at, at+1)...)
}

// told holds a request's spans to what every handler's are, and the calls to
// these, as peer and operation.
func (a *tracedApp) told(r answered, operation string, cold bool, calls ...string) []otlp.Span {
	a.t.Helper()
	all := a.spans(r)
	root := all[0]
	want := map[string]any{
		"userId": "anonymous", "operation": operation, "status": int64(r.status), "project": "LEGO-API", "stage": "staging", "coldStart": cold, "run": tracedRun,
		"http.request.body.size": int64(r.sent), "http.response.body.size": int64(len(r.body)), "http.response.status_code": int64(r.status),
		"faas.name": "lego-api-staging-" + operation, "faas.coldstart": cold,
	}
	for name, value := range want {
		if got := root.Attributes[name]; got != value {
			a.t.Errorf("%s: %s is %v (%T), not %v", operation, name, got, got, value)
		}
	}
	if root.Name != operation || root.ParentID != r.parent {
		a.t.Errorf("%s: the span is called %s, below %q and not %q", operation, root.Name, root.ParentID, r.parent)
	}
	var made []string
	for _, s := range all[1:] {
		made = append(made, s.Name)
		if s.Kind != otlp.Client || s.ParentID != root.ID || s.Start.Before(root.Start.Add(-clocks)) || s.End.After(root.End.Add(clocks)) || !s.End.After(s.Start) {
			a.t.Errorf("%s: %s (%s) is no call within it, %s to %s of %s to %s", operation, s.Name, s.Kind, s.Start, s.End, root.Start, root.End)
		}
	}
	if !slices.Equal(made, calls) {
		a.t.Errorf("%s calls %q, not %q", operation, made, calls)
	}
	return all
}

// converted are the documents of everything that came, each of them valid.
func (a *tracedApp) converted() []trace.Document {
	a.t.Helper()
	if refused := a.to.Refused(); len(refused) > 0 {
		a.t.Errorf("the collector refused: %q", refused)
	}
	docs := otlp.Documents(a.to.Spans())
	for _, d := range docs {
		for _, err := range trace.Validate(d) {
			a.t.Errorf("%s of %s: %v", d.Name, d.TraceID, err)
		}
	}
	return docs
}

func collecting(t *testing.T) *otlp.Collector {
	t.Helper()
	c, err := otlp.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // what was sent is checked, not how it ends
	return c
}

// secretWord stands in what the requests carry and must stand in no span.
const secretWord = "Quetzalcoatlus"

// Real requests through the real handlers, their spans, and X-Ray's documents of
// these. Memory plays the stores.
//
// Shows: 5.3.2, 5.3.7, 5.3.8
func TestE2ETracedApp(t *testing.T) {
	to := collecting(t)
	a := startTraced(t, to, "OTEL_EXPORTER_OTLP_ENDPOINT="+to.URL())
	made := a.ask("POST", "/mocs", `{"title":"`+secretWord+` ü","pieceCount":7,"tags":["x"]}`)
	if made.status != http.StatusCreated {
		t.Fatalf("%d %s", made.status, made.body)
	}
	all := a.told(made, "create-moc", true, "RDS INSERT", "Redis SET", "OpenSearch index")
	if q := all[1].Text("db.query.text"); !strings.Contains(q, "$1") || all[1].Attributes["db.response.returned_rows"] != int64(1) || all[1].Attributes["stand.in"] != true {
		t.Errorf("the query: %q %v", q, all[1].Attributes)
	}
	id := made.text("id")
	a.told(a.ask("GET", "/mocs/"+id, ""), "get-moc", false, "Redis MGET", "RDS SELECT")
	a.told(a.ask("GET", "/mocs", ""), "list-mocs", false, "RDS SELECT")
	a.told(a.ask("GET", "/search?q="+secretWord, ""), "search-mocs", false, "OpenSearch search")
	a.told(a.ask("GET", "/health", ""), "health", false)
	for _, x := range []answered{a.ask("POST", "/mocs", "{}"), a.ask("GET", "/no-such-path", ""), a.ask("GET", "/mocs/"+digits(8), "")} {
		if s := a.spans(x)[0]; x.status < 400 || x.status > 499 || s.Status == otlp.Error {
			t.Errorf("%d is the caller's fault, and the span says %q", x.status, s.Status)
		}
	}
	unsampled := a.ask("GET", "/health", "", "X-Amzn-Trace-Id", "Root="+otlp.TraceID(fmt.Sprintf("%08x", time.Now().Unix())+strings.Repeat("5", 24))+";Parent=00000000000000aa;Sampled=0")
	foreign := a.ask("GET", "/health", "", "X-Cutover-Run", "NOT A RUN")
	if s := a.spans(foreign)[0]; s.Attributes["run"] != nil {
		t.Errorf("whatever stands in the header becomes an annotation: %v", s.Attributes["run"])
	}
	a.converted()
	text, err := json.Marshal(to.Spans())
	if err != nil || bytes.Contains(text, []byte(secretWord)) || bytes.Contains(text, []byte(strings.ToLower(secretWord))) {
		t.Errorf("a span holds what a request carried: %v\n%s", err, text)
	}
	if unsampled.status != http.StatusOK || bytes.Contains(text, []byte(strings.Repeat("5", 24))) {
		t.Error("a trace that is not to be recorded was")
	}
	if said := a.said(); !strings.Contains(said, `"MocsCreated":1`) || !strings.Contains(said, `"SearchesPerformed":1`) {
		t.Errorf("the figures of the business are not counted:\n%s", said)
	}
}

// Requests at the same time keep their calls apart, and only one is a cold start.
// They are few: what a collector does not take within half a second is lost, and
// this machine may be busy.
func TestE2ETracesOfManyAtOnce(t *testing.T) {
	to := collecting(t)
	a := startTraced(t, to, "OTEL_EXPORTER_OTLP_ENDPOINT="+to.URL())
	answers := make([]answered, 12)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			answers[i] = a.ask("POST", "/mocs", fmt.Sprintf(`{"title":"t%d","pieceCount":7,"tags":[]}`, i))
		})
	}
	all.Wait()
	cold := 0
	for _, r := range answers {
		spans := a.spans(r)
		if spans[0].Attributes["coldStart"] == true {
			cold++
		}
		a.told(r, "create-moc", spans[0].Attributes["coldStart"] == true, "RDS INSERT", "Redis SET", "OpenSearch index")
	}
	if cold != 1 {
		t.Errorf("%d of %d are cold starts", cold, len(answers))
	}
}

// An upload is told to a function by the bucket, not by a request: it has a
// trace of its own, with a call of S3.
//
// Shows: 5.3.4, 5.3.5
func TestE2ETracedUploadAndSession(t *testing.T) {
	to := collecting(t)
	a := startTraced(t, to, "OTEL_EXPORTER_OTLP_ENDPOINT="+to.URL())
	moc := a.ask("POST", "/mocs", `{"title":"t","pieceCount":7,"tags":[]}`).text("id")
	asked := a.ask("POST", "/mocs/"+moc+"/images", `{"contentType":"image/png","sizeBytes":4}`)
	var upload struct {
		Upload struct {
			URL     string            `json:"url"`
			Method  string            `json:"method"`
			Headers map[string]string `json:"headers"`
		} `json:"upload"`
	}
	if err := json.Unmarshal(asked.body, &upload); err != nil || asked.status != http.StatusCreated {
		t.Fatalf("%s: %v", asked.body, err)
	}
	r, err := http.NewRequestWithContext(t.Context(), upload.Upload.Method, upload.Upload.URL, strings.NewReader("\x89PNG"))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range upload.Upload.Headers {
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil || answer.Body.Close() != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%+v %v", answer, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	uploaded := func(s otlp.Span) bool { return s.Kind == otlp.Server && s.Name == "image-uploaded" }
	if err := to.Wait(ctx, func(all []otlp.Span) bool { return slices.ContainsFunc(all, uploaded) }); err != nil {
		t.Fatalf("%v\n%s", err, a.said())
	}
	docs := a.converted()
	d := docs[slices.IndexFunc(docs, func(d trace.Document) bool { return d.Name == "lego-api-staging-image-uploaded" })]
	var calls []string
	for _, s := range d.Subsegments {
		calls = append(calls, s.Namespace+" "+s.Name)
	}
	if d.HTTP != nil || !slices.Contains(calls, "aws S3") || !slices.Contains(calls, "remote RDS") {
		t.Errorf("an upload: %+v calls %q", d, calls)
	}
	session := a.ask("POST", "/sessions", `{"code":"`+secretWord+`","redirectUri":"https://app.example.com/in","codeVerifier":"`+strings.Repeat("v", 50)+`"}`)
	a.told(session, "create-session", false, "Cognito token")
	if text, err := json.Marshal(to.Spans()); err != nil || bytes.Contains(text, []byte(secretWord)) {
		t.Errorf("a span holds the code: %v", err)
	}
}

// What a store's death leads to is in the trace, with all that it was caused by.
func TestE2ETracedFault(t *testing.T) {
	to := collecting(t)
	a := startTraced(t, to, "OTEL_EXPORTER_OTLP_ENDPOINT="+to.URL(), "DATABASE_URL=postgres://lego:"+secretWord+"@127.0.0.1:1/lego", "REDIS_URL=")
	r := a.ask("POST", "/mocs", `{"title":"t","pieceCount":7,"tags":[]}`)
	if r.status < 500 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	spans := a.told(r, "create-moc", true, "RDS INSERT")
	for _, s := range spans {
		if s.Status != otlp.Error || len(s.Events) == 0 {
			t.Errorf("%s ends with %q and %d events", s.Name, s.Status, len(s.Events))
		}
	}
	docs := a.converted()
	if len(docs) != 1 || !docs[0].Fault || !docs[0].Subsegments[0].Fault {
		t.Fatalf("%+v", docs)
	}
	for _, c := range []trace.Cause{docs[0].Cause, docs[0].Subsegments[0].Cause} {
		text, err := json.Marshal(c)
		if err != nil || !bytes.Contains(text, []byte("ECONNREFUSED")) || bytes.Contains(text, []byte(secretWord)) || len(c.Exceptions) == 0 || len(c.Exceptions[0].Stack) == 0 {
			t.Errorf("the cause: %s %v", text, err)
		}
	}
}

// What was thrown names what it was caused by, down to the socket.
func TestE2ETracedCauses(t *testing.T) {
	to := collecting(t)
	a := startTraced(t, to, "OTEL_EXPORTER_OTLP_ENDPOINT="+to.URL(), "COGNITO_DOMAIN=http://127.0.0.1:1", "COGNITO_CLIENT_ID=client")
	r := a.ask("POST", "/sessions", `{"code":"c","redirectUri":"https://app.example.com/in","codeVerifier":"`+strings.Repeat("v", 50)+`"}`)
	a.told(r, "create-session", true, "Cognito token")
	docs := a.converted()
	all := docs[0].Cause.Exceptions
	if r.status != http.StatusBadGateway || len(all) < 3 {
		t.Fatalf("%d: %+v", r.status, all)
	}
	for i, e := range all[:len(all)-1] {
		if e.Cause != all[i+1].ID {
			t.Errorf("%s is not caused by %s", e.Message, all[i+1].Message)
		}
	}
}

// The daemon beside a function gets the same spans as a collector.
func TestE2ETracedByTheDaemon(t *testing.T) {
	to := collecting(t)
	a := startTraced(t, to, "AWS_XRAY_DAEMON_ADDRESS="+to.Daemon())
	a.told(a.ask("GET", "/mocs", ""), "list-mocs", true, "RDS SELECT")
	a.converted()
}

// Nobody who receives spans, or one who is dead, costs no request.
func TestE2ETracingFailsAlone(t *testing.T) {
	to := collecting(t)
	for _, endpoint := range []string{"", "http://127.0.0.1:1"} {
		a := startTraced(t, to, "OTEL_EXPORTER_OTLP_ENDPOINT="+endpoint)
		began := time.Now()
		if r := a.ask("GET", "/mocs", ""); r.status != http.StatusOK || time.Since(began) > 3*time.Second {
			t.Errorf("with %q: %d after %s", endpoint, r.status, time.Since(began))
		}
	}
	if len(to.Spans()) > 0 {
		t.Errorf("%d spans came", len(to.Spans()))
	}
}

// The cloud of a rehearsal makes the whole way of a request visible: from API
// Gateway over Lambda to what it calls.
//
// Shows: 5.3.6
func TestE2ETracedMap(t *testing.T) {
	c := cloud.New("state")
	to := collecting(t)
	a := startTraced(t, to, "OTEL_EXPORTER_OTLP_ENDPOINT="+to.URL())
	moc := a.ask("POST", "/mocs", `{"title":"t","pieceCount":7,"tags":[]}`)
	a.told(moc, "create-moc", true, "RDS INSERT", "Redis SET", "OpenSearch index")
	if err := c.Record(to.Spans()); err != nil {
		t.Fatal(err)
	}
	traces := c.Traced()
	var calls []string
	for _, call := range trace.Draw(traces, nil).Calls {
		calls = append(calls, call.From.Name+" > "+call.To.Name)
	}
	slices.Sort(calls)
	const f = "lego-api-staging-create-moc"
	if want := []string{"LEGO-API/staging > " + f, f + " > OpenSearch", f + " > RDS", f + " > Redis"}; !slices.Equal(calls, want) {
		t.Errorf("%q", calls)
	}
}
