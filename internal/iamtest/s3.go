package iamtest

import (
	"bytes"
	"encoding/xml"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

// Recorder stands before a real S3 server and writes down what passes, as IAM
// would judge it.
type Recorder struct {
	// Address is where to send requests instead.
	Address string

	mu    sync.Mutex
	calls []cloud.Call
}

// Record stands before the server at address. A request that it does not know
// fails the test, since it would be judged by nobody. Host stays as it was
// signed.
func Record(t testing.TB, address string) *Recorder {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	r := &Recorder{}
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(target); p.Out.Host = p.In.Host }}
	// Clients that are killed are what some tests are about.
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, in *http.Request) {
		made := s3Calls(in)
		if made == nil {
			t.Errorf("iamtest does not know the request %s %s", in.Method, in.URL)
		}
		r.mu.Lock()
		r.calls = append(r.calls, made...)
		r.mu.Unlock()
		proxy.ServeHTTP(w, in)
	}))
	t.Cleanup(server.Close)
	r.Address = server.URL
	return r
}

// Calls are those so far.
func (r *Recorder) Calls() []cloud.Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]cloud.Call(nil), r.calls...)
}

// s3Calls are the permissions that a request needs; source: S3 User Guide,
// "Required permissions for Amazon S3 API operations". nil is a request that
// nobody knows.
func s3Calls(r *http.Request) []cloud.Call {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	resource := "arn:aws:s3:::" + bucket
	query := r.URL.Query()
	if key == "" {
		switch {
		case r.Method == http.MethodPost && query.Has("delete"):
			return deletes(r, resource)
		case r.Method == http.MethodGet && query.Get("list-type") == "2":
			return []cloud.Call{{Action: "s3:ListBucket", Resource: resource}}
		case r.Method == http.MethodGet && query.Has("object-lock"):
			return []cloud.Call{{Action: "s3:GetBucketObjectLockConfiguration", Resource: resource}}
		case r.Method == http.MethodGet && query.Has("lifecycle"):
			return []cloud.Call{{Action: "s3:GetLifecycleConfiguration", Resource: resource}}
		case r.Method == http.MethodPut && query.Has("lifecycle"):
			return []cloud.Call{{Action: "s3:PutLifecycleConfiguration", Resource: resource}}
		}
		return nil
	}
	resource += "/" + key
	action := map[string]string{http.MethodGet: "s3:GetObject", http.MethodHead: "s3:GetObject", http.MethodPut: "s3:PutObject", http.MethodPost: "s3:PutObject", http.MethodDelete: "s3:DeleteObject"}[r.Method]
	switch {
	case action == "":
		return nil
	case query.Has("legal-hold"):
		action += "LegalHold"
	case r.Method == http.MethodDelete && query.Has("uploadId"):
		action = "s3:AbortMultipartUpload"
	}
	calls := []cloud.Call{{Action: action, Resource: resource}}
	if r.Header.Get("X-Amz-Object-Lock-Legal-Hold") != "" {
		calls = append(calls, cloud.Call{Action: "s3:PutObjectLegalHold", Resource: resource})
	}
	return calls
}

// deletes are the objects of one DeleteObjects; the body is put back.
func deletes(r *http.Request, bucket string) []cloud.Call {
	text, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(text))
	var body struct{ Object []struct{ Key string } }
	if err != nil || xml.Unmarshal(text, &body) != nil {
		return nil
	}
	var calls []cloud.Call
	for _, o := range body.Object {
		calls = append(calls, cloud.Call{Action: "s3:DeleteObject", Resource: bucket + "/" + o.Key})
	}
	return calls
}
