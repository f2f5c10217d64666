// Package cloud is as much of AWS as SST's state needs, in memory: one bucket of
// S3 and one parameter of SSM. It is strict: a request that it does not know is
// refused and remembered, so that a test can hold that there was none.
package cloud

import (
	"crypto/md5" //nolint:gosec // S3's ETag of a small object is its MD5
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Cloud answers as S3 and SSM do.
type Cloud struct {
	mu      sync.Mutex
	bucket  string // what SST made here; none in an account in which it was never used
	objects map[string]object
	unknown []string
	calls   []string
	before  func(method, key string)
	fail    func(method, key string) int
}

type object struct {
	text     []byte
	modified time.Time
}

// New makes a cloud with an empty bucket of that name.
func New(bucket string) *Cloud { return &Cloud{bucket: bucket, objects: map[string]object{}} }

// Put stores a document as somebody else would.
func (c *Cloud) Put(key, text string) { c.PutAt(key, text, time.Now()) }

// PutAt is Put at another time.
func (c *Cloud) PutAt(key, text string, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.objects[key] = object{[]byte(text), at}
}

// Get returns a document, "" if there is none.
func (c *Cloud) Get(key string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.objects[key].text)
}

// Delete removes a document as somebody else would.
func (c *Cloud) Delete(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.objects, key)
}

// Keys lists the documents whose keys begin so.
func (c *Cloud) Keys(prefix string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var keys []string
	for k := range c.objects {
		if strings.HasPrefix(k, prefix) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// Rename changes the bucket that SST made here; "" is an account in which it was
// never used.
func (c *Cloud) Rename(bucket string) { c.mu.Lock(); defer c.mu.Unlock(); c.bucket = bucket }

// Unknown are the requests that it had no answer for; Calls all of them, as
// the actions of IAM and what they were about.
func (c *Cloud) Unknown() []string { c.mu.Lock(); defer c.mu.Unlock(); return slices.Clone(c.unknown) }

// Calls are the requests so far: action of IAM, space, resource.
func (c *Cloud) Calls() []string { c.mu.Lock(); defer c.mu.Unlock(); return slices.Clone(c.calls) }

// Before is called ahead of each request of S3, for races. It may use the cloud.
func (c *Cloud) Before(f func(method, key string)) { c.mu.Lock(); defer c.mu.Unlock(); c.before = f }

// Fail makes requests fail with the HTTP status that f returns, unless it is 0.
func (c *Cloud) Fail(f func(method, key string) int) { c.mu.Lock(); defer c.mu.Unlock(); c.fail = f }

// ServeHTTP implements http.Handler.
func (c *Cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=") {
		fault(w, http.StatusForbidden, "AccessDenied", "Access Denied")
		return
	}
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		c.parameter(w, r, target)
		return
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	c.mu.Lock()
	before, fail, ours := c.before, c.fail, c.bucket
	c.mu.Unlock()
	if before != nil {
		before(r.Method, key)
	}
	if fail != nil {
		if status := fail(r.Method, key); status != 0 {
			code := map[int]string{http.StatusForbidden: "AccessDenied", http.StatusServiceUnavailable: "SlowDown"}[status]
			fault(w, status, code, "made to fail")
			return
		}
	}
	if bucket != ours {
		fault(w, http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch query := r.URL.Query(); {
	case key == "" && r.Method == http.MethodGet && query.Get("list-type") == "2":
		c.call("s3:ListBucket", query.Get("prefix"))
		c.list(w, query.Get("prefix"), query.Get("max-keys"))
	case key != "" && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		c.call("s3:GetObject", key)
		c.get(w, r, key)
	case key != "" && r.Method == http.MethodPut:
		c.call("s3:PutObject", key)
		c.put(w, r, key)
	case key != "" && r.Method == http.MethodDelete:
		c.call("s3:DeleteObject", key)
		c.remove(w, r, key)
	default:
		c.unknown = append(c.unknown, r.Method+" "+r.URL.String())
		fault(w, http.StatusNotImplemented, "NotImplemented", "this cloud does not know the request")
	}
}

func (c *Cloud) call(action, resource string) { c.calls = append(c.calls, action+" "+resource) }

// parameter answers ssm:GetParameter; source: SSM API reference, JSON 1.1.
func (c *Cloud) parameter(w http.ResponseWriter, r *http.Request, target string) {
	var in struct{ Name string }
	err := json.NewDecoder(r.Body).Decode(&in)
	c.mu.Lock()
	defer c.mu.Unlock()
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	c.call("ssm:"+strings.TrimPrefix(target, "AmazonSSM."), in.Name)
	switch {
	case target == "AmazonSSM.GetParameter" && err == nil && in.Name == "/sst/bootstrap" && c.bucket != "":
		// AwsBootstrapData of provider/aws.go; 5 steps in June 2026.
		value, _ := json.Marshal(map[string]any{"version": 5, "asset": "sst-asset-x", "assetEcrRegistryId": "1", "assetEcrUrl": "x", "state": c.bucket})
		reply(w, map[string]any{"Parameter": map[string]any{"Name": in.Name, "Type": "String", "Value": string(value), "Version": 1}})
	case target == "AmazonSSM.GetParameter" && err == nil && strings.HasPrefix(in.Name, "/sst/passphrase/"):
		// 32 bytes in base64, as GetOrCreatePassphrase makes them.
		reply(w, map[string]any{"Parameter": map[string]any{"Name": in.Name, "Type": "SecureString", "Value": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "Version": 1}})
	case target == "AmazonSSM.GetParameter" && err == nil:
		w.WriteHeader(http.StatusBadRequest)
		reply(w, map[string]any{"__type": "ParameterNotFound"})
	default:
		c.unknown = append(c.unknown, target)
		w.WriteHeader(http.StatusBadRequest)
		reply(w, map[string]any{"__type": "InvalidAction", "message": "this cloud does not know the request"})
	}
}

func reply(w io.Writer, v any) { _ = json.NewEncoder(w).Encode(v) } // the caller may be gone

func etag(text []byte) string {
	sum := md5.Sum(text) //nolint:gosec // as above
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func (c *Cloud) get(w http.ResponseWriter, r *http.Request, key string) {
	o, ok := c.objects[key]
	if !ok {
		fault(w, http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		return
	}
	w.Header().Set("ETag", etag(o.text))
	w.Header().Set("Last-Modified", o.modified.UTC().Format(http.TimeFormat))
	w.Header().Set("Content-Length", strconv.Itoa(len(o.text)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(o.text)
	}
}

// holds checks If-Match; source: S3 User Guide, conditional requests: 412 when
// the ETag differs, 404 when there is no object.
func (c *Cloud) holds(w http.ResponseWriter, r *http.Request, key string) bool {
	want := r.Header.Get("If-Match")
	o, ok := c.objects[key]
	switch {
	case want == "":
		return true
	case !ok:
		fault(w, http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		return false
	case want != etag(o.text):
		fault(w, http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
		return false
	}
	return true
}

func (c *Cloud) put(w http.ResponseWriter, r *http.Request, key string) {
	text, err := body(r)
	if err != nil {
		fault(w, http.StatusBadRequest, "IncompleteBody", err.Error())
		return
	}
	if c.holds(w, r, key) {
		c.objects[key] = object{text, time.Now()}
		w.Header().Set("ETag", etag(text))
	}
}

func (c *Cloud) remove(w http.ResponseWriter, r *http.Request, key string) {
	if c.holds(w, r, key) {
		delete(c.objects, key)
		w.WriteHeader(http.StatusNoContent)
	}
}

func (c *Cloud) list(w http.ResponseWriter, prefix, most string) {
	type content struct{ Key string }
	var out struct {
		XMLName     xml.Name `xml:"ListBucketResult"`
		Prefix      string
		KeyCount    int
		IsTruncated bool
		Contents    []content
	}
	limit, err := strconv.Atoi(most)
	if err != nil {
		limit = 1000
	}
	out.Prefix = prefix
	var keys []string
	for k := range c.objects {
		if strings.HasPrefix(k, prefix) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys) // S3 lists in the order of UTF-8 bytes
	for _, k := range keys[:min(limit, len(keys))] {
		out.Contents = append(out.Contents, content{k})
	}
	out.KeyCount, out.IsTruncated = len(out.Contents), len(keys) > limit
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(out)
}

// body reads an upload, which the SDK sends in signed chunks with a checksum
// behind them; source: S3 API reference, "aws-chunked".
func body(r *http.Request) ([]byte, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil || !strings.Contains(r.Header.Get("Content-Encoding"), "aws-chunked") {
		return text, err
	}
	var whole []byte
	for rest := string(text); ; {
		line, after, ok := strings.Cut(rest, "\r\n")
		size, _, _ := strings.Cut(line, ";")
		n, err := strconv.ParseInt(size, 16, 32)
		if !ok || err != nil || int(n) > len(after) {
			return nil, fmt.Errorf("a broken chunk")
		}
		if n == 0 {
			return whole, nil
		}
		whole = append(whole, after[:n]...)
		rest = strings.TrimPrefix(after[n:], "\r\n")
	}
}

func fault(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>%s</Message></Error>`, code, message)
}
