package oidc

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/pause"
)

// The bounds of one request to GitHub.
const (
	tries   = 4
	within  = 20 * time.Second
	longest = 64 << 10
)

// ask gets a token from GitHub; source: GitHub, "OpenID Connect reference",
// requesting the token by environment variables. It fails without a word of the
// token or of the one that pays for it.
func (o Options) ask(ctx context.Context) (string, error) {
	address, err := url.Parse(o.RequestURL)
	if err != nil || address.Host == "" {
		return "", &fault.Fault{Kind: fault.Input, Name: "ACTIONS_ID_TOKEN_REQUEST_URL", What: "is no address"}
	}
	query := address.Query()
	query.Set("audience", o.Audience)
	address.RawQuery = query.Encode()
	for try := 1; ; try++ {
		token, again, err := o.once(ctx, address.String())
		if err == nil || !again || try == tries || ctx.Err() != nil {
			return token, err
		}
		if err := (pause.Backoff{First: o.first}).Wait(ctx, try); err != nil {
			return "", err
		}
	}
}

func (o Options) once(ctx context.Context, address string) (token string, again bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	refused := &fault.Fault{Kind: fault.Outside, Name: "GitHub's OIDC provider", What: "gave this job no token", Next: "Run it again."}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", false, refused // the error would repeat the address
	}
	r.Header.Set("Authorization", "bearer "+o.RequestToken)
	r.Header.Set("Accept", "application/json")
	answer, err := direct.Do(r)
	if err != nil {
		if inner := new(url.Error); errors.As(err, &inner) {
			err = inner.Err
		}
		refused.Err = err
		return "", true, refused
	}
	defer func() { _ = answer.Body.Close() }() // read to its end
	text, err := io.ReadAll(io.LimitReader(answer.Body, longest))
	if err != nil {
		refused.Err = err
		return "", true, refused
	}
	if answer.StatusCode != http.StatusOK {
		refused.Err = fmt.Errorf("it answered %s", answer.Status)
		if answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden {
			refused.Kind, refused.Next = fault.Input, "Give the job permissions: id-token: write; a job that is over cannot ask any more."
		}
		return "", answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests, refused
	}
	var body struct {
		Value string `json:"value"`
	}
	if json.Unmarshal(text, &body) != nil || body.Value == "" {
		refused.What = "answered without a token"
		return "", false, refused
	}
	return body.Value, false, nil
}

// direct follows no redirect: the request carries what pays for a token, and
// whoever it is led to could become this job.
var direct = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// claims are what a token says. Its signature is AWS's to check: here nothing is
// decided by it but when to ask again.
type claims struct {
	Subject  string
	Audience string
	// Life is how long the token is good for, by GitHub's clock: this machine's
	// may be wrong, and would then ask without end.
	Life time.Duration
}

// parse reads a JWT's claims; source: RFC 7519. aud is a text or a list.
func parse(token string) (claims, error) {
	bad := &fault.Fault{Kind: fault.Outside, Name: "GitHub's OIDC provider", What: "gave something that is no token", Next: "Run it again."}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims{}, bad
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return claims{}, bad
	}
	var body struct {
		Sub string
		Aud json.RawMessage
		Iat int64
		Exp int64
	}
	if err := json.Unmarshal(text, &body); err != nil || body.Exp <= body.Iat {
		return claims{}, bad
	}
	c := claims{Subject: body.Sub, Life: time.Duration(body.Exp-body.Iat) * time.Second}
	if body.Iat == 0 {
		c.Life = time.Until(time.Unix(body.Exp, 0))
	}
	var list []string
	if json.Unmarshal(body.Aud, &c.Audience) != nil && json.Unmarshal(body.Aud, &list) == nil {
		c.Audience = strings.Join(list, ", ")
	}
	return c, nil
}
