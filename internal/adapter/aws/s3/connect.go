package s3

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"

	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
)

// Options say which S3 is meant. Empty ones are the SDK's: AWS_REGION,
// AWS_ENDPOINT_URL and the rest of its environment.
type Options struct {
	Region string
	// Endpoint is the address of another server than AWS's.
	Endpoint string
	// backoff is the longest wait between two tries; tests have little patience.
	backoff time.Duration
}

// calls is how many connections to one server are kept open: with fewer than
// there are calls at once, each call would open one anew.
const calls = 64

// connect makes a client.
func connect(ctx context.Context, o Options) (*s3.Client, error) {
	transport := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns, t.MaxIdleConnsPerHost = calls, calls
		// A server that took a request and says nothing is given up; putting
		// together an object from its parts takes longest.
		t.ResponseHeaderTimeout = 3 * time.Minute
		t.WriteBufferSize, t.ReadBufferSize = 32<<10, 32<<10
	})
	c, err := session.Load(ctx, o.Region,
		session.Retrying(func(r *retry.StandardOptions) {
			if o.backoff > 0 {
				r.MaxBackoff = o.backoff
			}
		}),
		config.WithHTTPClient(transport),
		config.WithLogger(logging.Nop{})) // what matters comes back as an error
	if err != nil {
		return nil, err
	}
	if c.Region == "" {
		// Servers other than AWS's take any region; AWS's answer says which.
		c.Region = "us-east-1"
	}
	return s3.NewFromConfig(c, func(s *s3.Options) {
		if o.Endpoint != "" {
			s.BaseEndpoint = &o.Endpoint
		}
		// Servers other than AWS's own are reached by path.
		s.UsePathStyle = s.BaseEndpoint != nil
	}), nil
}
