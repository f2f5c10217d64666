package session

import (
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// steady sends requests whose bodies can only be read.
//
// The SDK closes a request's body as soon as an answer has begun, and its body then
// says io.EOF as an error to whoever still copies from it by io.WriterTo. net/http
// does, to see that nothing follows what it sent: it takes that for a failed
// request and closes the connection, under the answer that is being read. A server
// far away is never fast enough for that; one on this machine is. Read, the same
// body says io.EOF as its end. Seen with smithy-go v1.28.8.
type steady struct{ client aws.HTTPClient }

// readOnly hides io.WriterTo.
type readOnly struct{ io.ReadCloser }

func (s steady) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = readOnly{r.Body}
	}
	return s.client.Do(r)
}
