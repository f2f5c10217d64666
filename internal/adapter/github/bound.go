package github

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// onlyTo sends requests to GitHub's own hosts alone. The library adds the token to
// every request that goes through its transport, those of a redirect to anywhere
// included: an answer must not be able to choose who gets the token.
type onlyTo struct {
	scheme        string
	host, uploads string
}

// onlyToHostsOf are the API's host and, where that is api.…, the one beside it to
// which a release's files go: api.github.com and uploads.github.com.
func (o *onlyTo) onlyToHostsOf(api *url.URL) {
	o.scheme, o.host, o.uploads = api.Scheme, api.Host, api.Host
	if domain, ok := strings.CutPrefix(api.Host, "api."); ok {
		o.uploads = "uploads." + domain
	}
}

// errElsewhere says that an answer has pointed to another host.
var errElsewhere = errors.New("the answer leads to another host, which must not see the token")

// RoundTrip implements http.RoundTripper.
func (o *onlyTo) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != o.scheme || r.URL.Host != o.host && r.URL.Host != o.uploads {
		return nil, errElsewhere
	}
	return http.DefaultTransport.RoundTrip(r)
}
