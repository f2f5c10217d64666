//go:build e2e

package rehearsal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cutover-dev/cutover/internal/otlp"
	"github.com/cutover-dev/cutover/internal/stores"
	"github.com/cutover-dev/cutover/internal/trace"
)

// searchServer is as much of OpenSearch as the app uses; it finds every document
// that it was given. Source: OpenSearch API reference, Index document, Search,
// Create index. What is more is refused.
type searchServer struct {
	mu    sync.Mutex
	docs  []json.RawMessage
	index bool
	down  bool
}

func (s *searchServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	body, err := io.ReadAll(r.Body)
	var doc struct {
		Moc   json.RawMessage
		Query any
	}
	if r.Method != http.MethodGet {
		err = json.Unmarshal(body, &doc)
	}
	refuse := func(status int, kind string) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"type":%q},"status":%d}`, kind, status)
	}
	switch {
	case s.down:
		refuse(http.StatusServiceUnavailable, "cluster_block_exception")
	case err != nil:
		refuse(http.StatusBadRequest, "parse_exception")
	case r.Method == http.MethodPut && r.URL.Path == "/mocs" && !s.index:
		s.index = true
		fmt.Fprint(w, `{"acknowledged":true,"shards_acknowledged":true,"index":"mocs"}`)
	case r.Method == http.MethodPut && r.URL.Path == "/mocs":
		refuse(http.StatusBadRequest, "resource_already_exists_exception")
	case !s.index:
		refuse(http.StatusNotFound, "index_not_found_exception")
	case r.Method == http.MethodPut && strings.HasPrefix(r.URL.Path, "/mocs/_doc/") && doc.Moc != nil:
		s.docs = append(s.docs, doc.Moc)
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"result":"created"}`)
	case r.Method == http.MethodPost && r.URL.Path == "/mocs/_search" && doc.Query != nil:
		hits := []any{}
		for _, d := range s.docs {
			hits = append(hits, map[string]any{"_score": 1, "_source": map[string]any{"moc": d}})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"hits": map[string]any{"total": map[string]any{"value": len(hits)}, "hits": hits}})
	default:
		refuse(http.StatusBadRequest, "illegal_argument_exception")
	}
}

// tokenServer is Cognito's token endpoint, which never gave a code.
func tokenServer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	why := "invalid_grant"
	if r.ParseForm() != nil || r.URL.Path != "/oauth2/token" || r.PostForm.Get("grant_type") != "authorization_code" || r.PostForm.Get("client_id") != "client" || r.PostForm.Get("code_verifier") == "" {
		why = "invalid_request"
	}
	fmt.Fprintf(w, `{"error":%q}`, why)
}

// literal is a value in a statement: a text in quotes, or a number that is no
// parameter's.
var literal = regexp.MustCompile(`'[^']*'|(^|[^$\w.])\d`)

// onStores starts the app on real stores, migrated.
func onStores(t *testing.T) (*tracedApp, *searchServer) {
	t.Helper()
	if out, err := installed(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s, search := stores.Start(t), &searchServer{}
	found, tokens := httptest.NewServer(search), httptest.NewServer(http.HandlerFunc(tokenServer))
	t.Cleanup(found.Close)
	t.Cleanup(tokens.Close)
	env := append(s.Env(), "DATABASE_URL="+s.Postgres, "REDIS_URL="+s.Redis, "OPENSEARCH_URL="+found.URL, "COGNITO_DOMAIN="+tokens.URL, "COGNITO_CLIENT_ID=client",
		"IMAGES_BUCKET="+stores.Bucket, "AWS_ENDPOINT_URL_S3="+s.S3)
	migrate := exec.CommandContext(t.Context(), "node", "scripts/migrate.mjs")
	migrate.Dir, migrate.Env = "../../examples/lego-api", append(os.Environ(), env...)
	if out, err := migrate.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	to := collecting(t)
	return startTraced(t, to, append(env, "OTEL_EXPORTER_OTLP_ENDPOINT="+to.URL())...), search
}

// The same requests against a real PostgreSQL, Redis and S3, and small servers
// for OpenSearch and Cognito: what each call's span says is what was sent there.
//
// Shows: 5.3.3, 5.3.4, 5.3.5
func TestE2ETracedAppOnRealStores(t *testing.T) {
	a, search := onStores(t)
	made := a.ask("POST", "/mocs", `{"title":"`+secretWord+`","pieceCount":98765,"tags":["`+secretWord+`"]}`, "Idempotency-Key", secretWord)
	if made.status != http.StatusCreated {
		t.Fatalf("%d %s\n%s", made.status, made.body, a.said())
	}
	id := made.text("id")
	requests := map[string]answered{
		"create-moc":           made,
		"get-moc":              a.ask("GET", "/mocs/"+id, ""),
		"list-mocs":            a.ask("GET", "/mocs", ""),
		"search-mocs":          a.ask("GET", "/search?q="+secretWord, ""),
		"create-session":       a.ask("POST", "/sessions", `{"code":"`+secretWord+`","redirectUri":"https://app.example.com/in","codeVerifier":"`+strings.Repeat("v", 50)+`"}`),
		"request-image-upload": a.ask("POST", "/mocs/"+id+"/images", `{"contentType":"image/png","sizeBytes":4}`),
		"list-images":          a.ask("GET", "/mocs/"+id+"/images", ""),
	}
	for operation, want := range map[string][]string{
		"create-moc": {"RDS INSERT", "OpenSearch index"}, "get-moc": {"Redis MGET", "RDS SELECT", "Redis SET"}, "list-mocs": {"Redis MGET", "RDS SELECT"}, "search-mocs": {"OpenSearch search"},
		"create-session": {"Cognito token"}, "request-image-upload": {"Redis MGET", "RDS INSERT"}, "list-images": {"RDS SELECT", "S3 HeadObject"},
	} {
		spans := a.spans(requests[operation])
		var made []string
		for _, s := range spans[1:] {
			made = append(made, s.Name)
			rightCall(t, operation, s)
		}
		for _, call := range want {
			if !slices.Contains(made, call) {
				t.Errorf("%s calls %q, and not %s", operation, made, call)
			}
		}
	}
	insert := a.spans(made)[slices.IndexFunc(a.spans(made), func(s otlp.Span) bool { return s.Text("peer.service") == "RDS" })]
	if insert.Attributes["db.response.returned_rows"] != int64(1) || !strings.Contains(strings.ToLower(insert.Text("db.query.text")), "insert into mocs") {
		t.Errorf("%v", insert.Attributes)
	}
	a.converted()
	search.mu.Lock()
	search.down = true
	search.mu.Unlock()
	down := a.ask("GET", "/search?q=x", "")
	docs := a.converted()
	d := docs[slices.IndexFunc(docs, func(d trace.Document) bool { return d.TraceID == otlp.TraceID(a.spans(down)[0].TraceID) })]
	if text, err := json.Marshal(d); err != nil || down.status < 500 || !d.Fault || !d.Subsegments[0].Fault || !bytes.Contains(text, []byte("cluster_block_exception")) {
		t.Errorf("a dead search: %d %s %v", down.status, text, err)
	}
	if text, err := json.Marshal(a.to.Spans()); err != nil || bytes.Contains(text, []byte(secretWord)) || bytes.Contains(text, []byte("98765")) || bytes.Contains(text, []byte(strings.ToLower(secretWord))) {
		t.Errorf("a span holds what a request carried: %v", err)
	}
}

// rightCall holds the span of a call to what its kind must say.
func rightCall(t *testing.T, operation string, s otlp.Span) {
	t.Helper()
	if s.Attributes["stand.in"] != nil || !s.End.After(s.Start) {
		t.Errorf("%s: %s is played, or took no time", operation, s.Name)
	}
	switch s.Text("peer.service") {
	case "RDS":
		query := s.Text("db.query.text")
		_, rows := s.Attributes["db.response.returned_rows"].(int64)
		if query == "" || literal.MatchString(query) || !rows || s.Text("db.system.name") != "postgresql" || s.Text("server.address") != "127.0.0.1" {
			t.Errorf("%s: a query: %v", operation, s.Attributes)
		}
	case "S3":
		if s.Text("rpc.system") != "aws-api" || s.Text("aws.s3.bucket") != stores.Bucket {
			t.Errorf("%s: of S3: %v", operation, s.Attributes)
		}
	case "OpenSearch", "Redis":
		if s.Text("db.system.name") != strings.ToLower(s.Text("peer.service")) || s.Text("server.address") != "127.0.0.1" {
			t.Errorf("%s: %v", operation, s.Attributes)
		}
	case "Cognito":
		if s.Text("server.address") != "127.0.0.1" {
			t.Errorf("%s: %v", operation, s.Attributes)
		}
	default:
		t.Errorf("%s calls whom nobody knows: %s %v", operation, s.Name, s.Attributes)
	}
}
