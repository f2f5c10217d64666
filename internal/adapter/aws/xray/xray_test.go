package xray_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/xray"
)

var update = flag.Bool("update", false, "write the goldens anew")

// aCase is a file of testdata: a question, and each request that it must lead to
// with the answer, in their order. The shapes are those of the X-Ray API
// reference; a segment's Document is written as an object and sent as the text
// that it is. A further case is a further file.
type aCase struct {
	Ask struct {
		Call, Filter, Group string
		IDs                 []string
		From, To            time.Time
	}
	Exchanges []exchange
}

type exchange struct {
	Path string
	// Body is compared member by member; "<now>" stands for about now.
	Body   map[string]any
	Status int
	// Code is that of an error, Answer what stands in the answer.
	Code   string
	Answer any
}

// server plays the exchanges and takes nothing else.
type server struct {
	t    *testing.T
	left []exchange
	mu   sync.Mutex
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, _ := io.ReadAll(r.Body)
	if len(s.left) == 0 {
		s.t.Errorf("one request too many: %s %s", r.URL.Path, text)
		w.WriteHeader(http.StatusTeapot)
		return
	}
	next := s.left[0]
	s.left = s.left[1:]
	var body map[string]any
	if len(text) > 0 {
		if err := json.Unmarshal(text, &body); err != nil {
			s.t.Errorf("%s: %v", r.URL.Path, err)
		}
	}
	for name, value := range next.Body {
		if at, ok := body[name].(float64); ok && value == "<now>" && math.Abs(at-float64(time.Now().Unix())) < 900 {
			body[name] = value
		}
	}
	if r.Method != http.MethodPost || r.URL.Path != next.Path || len(body)+len(next.Body) > 0 && !reflect.DeepEqual(body, next.Body) {
		s.t.Errorf("%s %s %s\nwant POST %s %v", r.Method, r.URL.Path, text, next.Path, next.Body)
	}
	if !strings.Contains(r.Header.Get("Authorization"), "/us-east-1/xray/aws4_request") {
		s.t.Errorf("not signed for X-Ray: %s", r.Header.Get("Authorization"))
	}
	answer(w, next)
}

func answer(w http.ResponseWriter, e exchange) {
	w.Header().Set("Content-Type", "application/json")
	if e.Code != "" {
		w.Header().Set("X-Amzn-Errortype", e.Code)
	}
	if e.Status != 0 {
		w.WriteHeader(e.Status)
	}
	_ = json.NewEncoder(w).Encode(sent(e.Answer)) // the client may be gone
}

// sent makes texts of documents.
func sent(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if object, ok := value.(map[string]any); ok && name == "Document" {
				text, _ := json.Marshal(object)
				v[name] = string(text)
				continue
			}
			v[name] = sent(value)
		}
	case []any:
		for i := range v {
			v[i] = sent(v[i])
		}
	}
	return v
}

// open points the real SDK at a server.
func open(t *testing.T, handler http.Handler, o xray.Options) *xray.XRay {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": s.URL, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "the-secret", "AWS_SESSION_TOKEN": "",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CA_BUNDLE": "", // reading it for each client takes longer than most cases
	} {
		t.Setenv(name, value)
	}
	if o.Backoff == 0 {
		o.Backoff = time.Millisecond
	}
	if o.Poll == 0 {
		o.Poll = time.Millisecond
	}
	x, err := xray.Open(t.Context(), "", o)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func ask(ctx context.Context, x *xray.XRay, c aCase) (any, error) {
	a := c.Ask
	type got struct{ Found, Missing any }
	switch a.Call {
	case "get":
		found, missing, err := x.Get(ctx, a.IDs)
		return got{found, missing}, err
	case "retrieve":
		found, missing, err := x.Search().Get(ctx, a.IDs)
		return got{found, missing}, err
	case "summaries":
		return x.Summaries(ctx, a.Filter, a.From, a.To)
	case "edges":
		return x.Edges(ctx, a.From, a.To, a.Group)
	case "destination":
		return x.Destination(ctx)
	}
	return nil, errors.New("the case asks for nothing")
}

func TestAnswersOfTheDocumentedShapes(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var c aCase
			d := json.NewDecoder(bytes.NewReader(text))
			d.DisallowUnknownFields()
			if err := d.Decode(&c); err != nil {
				t.Fatal(err)
			}
			s := &server{t: t, left: c.Exchanges}
			got, err := ask(t.Context(), open(t, s, xray.Options{}), c)
			said, _ := json.MarshalIndent(got, "", "  ")
			if err != nil {
				said = fmt.Appendf(nil, "error: %v", err)
			}
			if len(s.left) > 0 {
				t.Errorf("not asked: %+v", s.left)
			}
			hold(t, strings.TrimSuffix(file, ".json")+".golden", append(said, '\n'))
		})
	}
}

func hold(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
}
