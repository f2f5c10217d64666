package cloud

import (
	"crypto/md5" //nolint:gosec // S3's ETag of a small object is its MD5
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

type object struct {
	text     []byte
	modified time.Time
	// sum is the SHA-256 in base64 that came with it; S3 keeps it.
	sum string
}

// Put stores a document in SST's bucket as somebody else would.
func (c *Cloud) Put(key, text string) { c.PutAt(key, text, time.Now()) }

// PutAt is Put at another time.
func (c *Cloud) PutAt(key, text string, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buckets[c.state][key] = object{text: []byte(text), modified: at}
}

// Get returns a document of SST's bucket, "" if there is none.
func (c *Cloud) Get(key string) string { return c.In(c.state, key) }

// In returns a document of a bucket, "" if there is none.
func (c *Cloud) In(bucket, key string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.buckets[bucket][key].text)
}

// Delete removes a document from SST's bucket as somebody else would.
func (c *Cloud) Delete(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.buckets[c.state], key)
}

// Keys lists the documents of SST's bucket whose keys begin so.
func (c *Cloud) Keys(prefix string) []string { return c.KeysIn(c.state, prefix) }

// KeysIn lists the documents of a bucket whose keys begin so.
func (c *Cloud) KeysIn(bucket, prefix string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return begin(c.buckets[bucket], prefix)
}

// begin lists keys as S3 does, in the order of their UTF-8 bytes.
func begin(objects map[string]object, prefix string) []string {
	var keys []string
	for k := range objects {
		if strings.HasPrefix(k, prefix) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// request is one request to a bucket; the cloud's lock is held.
type request struct {
	*Cloud
	w           http.ResponseWriter
	r           *http.Request
	bucket, key string
	objects     map[string]object
}

func (c *Cloud) s3(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	c.mu.Lock()
	before, fail := c.before, c.fail
	c.mu.Unlock()
	if before != nil {
		before(r.Method, key)
	}
	if fail != nil {
		if status := fail(r.Method, key); status != 0 {
			code := map[int]string{http.StatusForbidden: "AccessDenied", http.StatusServiceUnavailable: "SlowDown"}[status]
			failS3(w, status, code, "made to fail")
			return
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	objects, ok := c.buckets[bucket]
	if !ok || bucket == "" {
		failS3(w, http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
		return
	}
	q := request{c, w, r, bucket, key, objects}
	if q.onEstate() {
		return
	}
	if key == "" {
		q.onBucket()
		return
	}
	q.onObject()
}

func (q request) note(action string) {
	resource := "arn:aws:s3:::" + q.bucket
	if q.key != "" {
		resource += "/" + q.key
	}
	q.Cloud.note(q.r, "s3:"+action, resource)
}

func (q request) onBucket() {
	query := q.r.URL.Query()
	switch {
	case q.r.Method == http.MethodGet && query.Get("list-type") == "2":
		q.note("ListBucket")
		q.list(query.Get("prefix"), query.Get("max-keys"), query.Get("continuation-token"))
	case q.r.Method == http.MethodGet && query.Has("object-lock"):
		q.note("GetBucketObjectLockConfiguration")
		failS3(q.w, http.StatusNotFound, "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket")
	case q.r.Method == http.MethodPut && query.Has("lifecycle"):
		q.note("PutLifecycleConfiguration")
		q.putLifecycle()
	default:
		q.strange()
	}
}

func (q request) onObject() {
	switch q.r.Method {
	case http.MethodGet, http.MethodHead:
		q.note("GetObject")
		q.get()
	case http.MethodPut:
		q.note("PutObject")
		q.put()
	case http.MethodDelete:
		q.note("DeleteObject")
		if q.holds() {
			delete(q.objects, q.key)
			q.w.WriteHeader(http.StatusNoContent)
		}
	default:
		q.strange()
	}
}

func (q request) strange() {
	q.unknown = append(q.unknown, "s3 "+q.r.Method+" "+q.r.URL.String())
	failS3(q.w, http.StatusNotImplemented, "NotImplemented", "this cloud does not know the request")
}

func etag(text []byte) string {
	sum := md5.Sum(text) //nolint:gosec // as above
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func (q request) get() {
	o, ok := q.objects[q.key]
	if !ok {
		failS3(q.w, http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		return
	}
	h := q.w.Header()
	h.Set("ETag", etag(o.text))
	h.Set("Last-Modified", o.modified.UTC().Format(http.TimeFormat))
	h.Set("Content-Length", strconv.Itoa(len(o.text)))
	// Told only to whoever asks; source: S3 API reference, HeadObject.
	if o.sum != "" && q.r.Header.Get("X-Amz-Checksum-Mode") == "ENABLED" {
		h.Set("X-Amz-Checksum-Sha256", o.sum)
		h.Set("X-Amz-Checksum-Type", "FULL_OBJECT")
	}
	if q.r.Method == http.MethodGet {
		_, _ = q.w.Write(o.text) // the caller may be gone
	}
}

// holds checks the conditions of a write; source: S3 User Guide, conditional
// requests: If-Match gives 412 when the ETag differs and 404 when there is no
// object, If-None-Match: * gives 412 when there is one.
func (q request) holds() bool {
	want := q.r.Header.Get("If-Match")
	o, ok := q.objects[q.key]
	switch {
	case q.r.Header.Get("If-None-Match") == "*" && ok, want != "" && ok && want != etag(o.text):
		failS3(q.w, http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
		return false
	case want != "" && !ok:
		failS3(q.w, http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		return false
	}
	return true
}

func (q request) put() {
	text, err := body(q.r)
	if err != nil {
		failS3(q.w, http.StatusBadRequest, "IncompleteBody", err.Error())
		return
	}
	given, actual := q.r.Header.Get("X-Amz-Checksum-Sha256"), sha256.Sum256(text)
	if given != "" && given != base64.StdEncoding.EncodeToString(actual[:]) {
		failS3(q.w, http.StatusBadRequest, "BadDigest", "The SHA256 you specified did not match the calculated checksum.")
		return
	}
	if q.holds() {
		q.objects[q.key] = object{text, time.Now(), given}
		q.w.Header().Set("ETag", etag(text))
	}
}

// list answers ListObjectsV2. A continuation token is the last key here; to
// callers it is opaque.
func (q request) list(prefix, most, after string) {
	type content struct {
		Key          string
		LastModified string
		ETag         string
		Size         int
	}
	var out struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		Name, Prefix          string
		KeyCount, MaxKeys     int
		IsTruncated           bool
		NextContinuationToken string `xml:",omitempty"`
		Contents              []content
	}
	out.Name, out.Prefix, out.MaxKeys = q.bucket, prefix, 1000
	if n, err := strconv.Atoi(most); err == nil {
		out.MaxKeys = min(n, 1000)
	}
	keys := slices.DeleteFunc(begin(q.objects, prefix), func(k string) bool { return after != "" && k <= after })
	for _, k := range keys[:min(out.MaxKeys, len(keys))] {
		o := q.objects[k]
		out.Contents = append(out.Contents, content{k, o.modified.UTC().Format("2006-01-02T15:04:05.000Z"), etag(o.text), len(o.text)})
	}
	out.KeyCount, out.IsTruncated = len(out.Contents), len(keys) > out.MaxKeys
	if out.IsTruncated && out.KeyCount > 0 {
		out.NextContinuationToken = out.Contents[out.KeyCount-1].Key
	}
	q.w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(q.w).Encode(out) // the caller may be gone
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

func failS3(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>%s</Message></Error>`, code, message)
}
