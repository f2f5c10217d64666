package session_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"

	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
)

// hasty is a client whose server answers before the body's end was asked for: the
// SDK closes the body, and net/http looks whether more of it follows.
type hasty struct {
	t    *testing.T
	sent []string
}

func (h *hasty) Do(r *http.Request) (*http.Response, error) {
	sent, err := io.ReadAll(io.LimitReader(r.Body, r.ContentLength))
	if err != nil {
		h.t.Error(err)
	}
	h.sent = append(h.sent, string(sent))
	if err := r.Body.Close(); err != nil {
		h.t.Error(err)
	}
	if more, err := io.Copy(io.Discard, r.Body); more != 0 || err != nil {
		h.t.Errorf("after its end %d bytes and %v, which ends the connection", more, err)
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
}

func TestAnAnswerThatIsFasterThanTheRequest(t *testing.T) {
	t.Setenv("AWS_CA_BUNDLE", "") // which wants a client of the SDK's own
	client := &hasty{t: t}
	c, err := session.Load(t.Context(), "us-east-1", config.WithHTTPClient(client), config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("k", "s", "")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := costexplorer.NewFromConfig(c).ListCostCategoryDefinitions(t.Context(), nil); err != nil || len(client.sent) != 1 || client.sent[0] != "{}" {
		t.Errorf("%v; sent %q", err, client.sent)
	}
	// A request without a body stays without one: net/http would send it in chunks.
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	client.sent = nil
	answer, err := c.HTTPClient.Do(r)
	if err != nil || r.Body != http.NoBody {
		t.Fatalf("%v, %T", err, r.Body)
	}
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
}

// With a bundle of the machine's the SDK makes a client before we do, else none.
func TestAClientWithoutABundle(t *testing.T) {
	t.Setenv("AWS_CA_BUNDLE", "")
	var got []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, _ = io.ReadAll(r.Body)
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(server.Close)
	c, err := session.Load(t.Context(), "us-east-1", config.WithBaseEndpoint(server.URL), config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("k", "s", "")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := costexplorer.NewFromConfig(c).ListCostCategoryDefinitions(t.Context(), nil); err != nil || string(got) != "{}" {
		t.Errorf("%v; the server got %q", err, got)
	}
}
