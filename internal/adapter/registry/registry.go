// Package registry reads and writes repositories of images by the OCI Distribution
// API, of ECR or of any other registry, on go-containerregistry: its names, its
// handshake, its retries and its uploads. It implements the ports of
// internal/retire/image.
//
// Source: OCI Distribution Specification 1.1.
package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/image"
)

// Credentials are asked for before each request, so that they may be renewed; the
// registry alone gets them, not where it leads to.
type Credentials func(ctx context.Context) (user, password string, err error)

// Options say how a repository is spoken to.
type Options struct {
	// Push asks for the right to write as well.
	Push bool
	// Mount are other repositories of the registry, from which a blob may be taken
	// over.
	Mount []string
	// pause is the first wait between two tries; tests have little patience.
	pause time.Duration
}

// Repository is one repository of a registry.
type Repository struct {
	repository name.Repository
	auth       authn.Authenticator
	options    Options

	mu     sync.Mutex
	client *http.Client
}

var (
	_ image.Catalog = (*Repository)(nil)
	_ image.Content = (*Repository)(nil)
	_ image.Sink    = (*Repository)(nil)
	_ image.Mounter = (*Repository)(nil)
)

// Open names a repository; nothing is called yet. A registry on loopback is spoken
// to by HTTP, every other one by HTTPS. Without credentials it is anonymous.
func Open(address, repository string, credentials Credentials, o Options) (*Repository, error) {
	address = strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://")
	r, err := name.NewRepository(address+"/"+repository, name.StrictValidation)
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: "repository", What: "cannot be one", Got: address + "/" + repository, Allowed: "the registry's address, a slash, the repository's name", Err: err}
	}
	if r.Scheme() != "https" && !loopback(r.RegistryStr()) {
		return nil, &fault.Fault{Kind: fault.Refused, Name: address, What: "is reached without TLS", Next: "Name the registry by its host name."}
	}
	if o.pause == 0 {
		o.pause = time.Second
	}
	found := &Repository{repository: r, auth: authn.Anonymous, options: o}
	if credentials != nil {
		found.auth = authenticator{credentials}
	}
	return found, nil
}

// String implements image.Content.
func (r *Repository) String() string { return r.repository.String() }

func loopback(host string) bool {
	bare, _, err := net.SplitHostPort(host)
	if err != nil {
		bare = host
	}
	ip, err := netip.ParseAddr(strings.Trim(bare, "[]"))
	return bare == "localhost" || err == nil && ip.IsLoopback()
}

// authenticator gives go-containerregistry what Credentials say.
type authenticator struct{ credentials Credentials }

// Authorization implements authn.Authenticator.
func (a authenticator) Authorization() (*authn.AuthConfig, error) {
	return a.AuthorizationContext(context.Background())
}

// AuthorizationContext implements authn.ContextAuthenticator.
func (a authenticator) AuthorizationContext(ctx context.Context) (*authn.AuthConfig, error) {
	user, password, err := a.credentials(ctx)
	return &authn.AuthConfig{Username: user, Password: password}, err
}

const (
	// connections stay open: with fewer than there are transfers, each would open one.
	connections = 64
	// tries is how often one request is made at most.
	tries = 4
	// mostText bounds what is read as text: manifests, lists, errors.
	mostText = 8 << 20
)

// passing are the answers after which a request is made again.
var passing = []int{http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}

// dial shakes hands with the registry, once.
func (r *Repository) dial(ctx context.Context) (*http.Client, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.client != nil {
		return r.client, nil
	}
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConns, base.MaxIdleConnsPerHost = connections, connections
	base.ResponseHeaderTimeout = time.Minute
	base.DisableCompression = true // what comes is hashed as it comes
	base.ReadBufferSize = 64 << 10
	again := transport.NewRetry(texts{base}, transport.WithRetryStatusCodes(passing...),
		transport.WithRetryBackoff(transport.Backoff{Duration: r.options.pause, Factor: 3, Jitter: 0.2, Steps: tries}))
	scope := transport.PullScope
	if r.options.Push {
		scope = transport.PushScope
	}
	scopes := []string{r.repository.Scope(scope)}
	for _, other := range r.options.Mount {
		scopes = append(scopes, r.repository.Registry.Repo(other).Scope(transport.PullScope))
	}
	t, err := transport.NewWithContext(ctx, r.repository.Registry, r.auth, again, scopes)
	if err != nil {
		return nil, r.failed("could not be reached", err)
	}
	r.client = &http.Client{Transport: t, CheckRedirect: r.redirect}
	return r.client, nil
}

// mostRedirects is how far a registry may lead.
const mostRedirects = 5

// redirect lets a registry lead to where it keeps its blobs, but not into the network
// of the machine that this runs on, where other things answer than blobs.
func (r *Repository) redirect(to *http.Request, via []*http.Request) error {
	host := to.URL.Hostname()
	switch ip, err := netip.ParseAddr(host); {
	case len(via) > mostRedirects:
		return fmt.Errorf("it leads on and on, %d times", mostRedirects)
	case host == via[0].URL.Hostname():
		return nil
	case to.URL.Scheme != "https":
		return fmt.Errorf("it leads to %s without TLS", host)
	case err == nil && (ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified()):
		return fmt.Errorf("it leads into a private network, to %s", host)
	}
	return nil
}

// texts bounds every answer that is no blob: a registry that never ends one fills no
// memory.
type texts struct{ http.RoundTripper }

var blobPath = regexp.MustCompile(`/blobs/sha256:[0-9a-f]{64}$`)

// RoundTrip implements http.RoundTripper.
func (t texts) RoundTrip(in *http.Request) (*http.Response, error) {
	out, err := t.RoundTripper.RoundTrip(in)
	redirected := in.Response != nil // a blob may lie elsewhere
	if err == nil && !redirected && (out.StatusCode >= 300 || !blobPath.MatchString(in.URL.Path)) {
		out.Body = &bounded{out.Body, mostText}
	}
	return out, err
}

type bounded struct {
	io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, &fault.Fault{Kind: fault.Refused, Name: "registry", What: fmt.Sprintf("answers with more than %d bytes of text", mostText)}
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// remote are go-containerregistry's options for what it does by itself.
func (r *Repository) remote(ctx context.Context) ([]remote.Option, error) {
	c, err := r.dial(ctx)
	if err != nil {
		return nil, err
	}
	return []remote.Option{
		remote.WithContext(ctx), remote.WithTransport(c.Transport), remote.WithNondistributable,
		remote.WithRetryBackoff(remote.Backoff{Duration: r.options.pause, Factor: 3, Jitter: 0.2, Steps: tries}),
	}, nil
}

// failed says what to do about the answers that people meet.
func (r *Repository) failed(what string, err error) error {
	f := &fault.Fault{Kind: fault.Outside, Name: r.String(), What: what, Err: err}
	var told *fault.Fault
	if errors.As(err, &told) {
		return told
	}
	var answer *transport.Error
	if errors.As(err, &answer) {
		switch answer.StatusCode {
		case http.StatusUnauthorized, http.StatusForbidden:
			f.Kind, f.Next = fault.Input, "Allow the role ecr:GetAuthorizationToken on *, and on the repository ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and ecr:BatchCheckLayerAvailability; to push also ecr:InitiateLayerUpload, ecr:UploadLayerPart, ecr:CompleteLayerUpload and ecr:PutImage."
		case http.StatusNotFound:
			f.Kind, f.Next = fault.Input, "Check the repository's name and the registry's region."
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			f.Next = "The registry is busy: run it again later."
		}
	}
	return f
}

// absent says whether an answer is that there is no such thing.
func absent(err error) bool {
	var answer *transport.Error
	return errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound
}
