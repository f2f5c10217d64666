package probe

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/bake"
	"github.com/cutover-dev/cutover/internal/rollout/preflight"
	"github.com/cutover-dev/cutover/internal/rollout/preflight/compare"
)

const (
	// patience is a little more than a gateway's: whoever gave up first could not
	// tell that the gateway would have.
	patience = 35 * time.Second
	// mostReplayed bounds what is read of an answer that is compared: enough to
	// see that it has more than the 6 MB that Lambda can give.
	mostReplayed = 7 << 20
)

// Sides asks both sides by their direct names, whatever the weights are. It
// implements baseline.Users and preflight.Getter.
type Sides struct {
	sides map[string]*Prober
}

// OpenSides makes one for the two addresses. The agent, such as cutover-preflight,
// names the requests in the sides' logs.
func OpenSides(blue, green, agent string) (*Sides, error) {
	s := &Sides{sides: map[string]*Prober{}}
	for side, address := range map[string]string{preflight.Blue: blue, preflight.Green: green} {
		p, err := Open(address, patience)
		if err != nil {
			return nil, err
		}
		p.agent = agent
		// A compressed answer would be taken apart on the way: neither its size
		// nor its headers were what the side has sent.
		p.client.Transport.(*http.Transport).DisableCompression = true // Open has made it
		s.sides[side] = p
	}
	return s, nil
}

// Ask implements baseline.Users: the request is a smoke check.
func (s *Sides) Ask(ctx context.Context, side, request string) (wrong string) {
	check, err := bake.ParseCheck(request)
	if err != nil {
		return "cannot be asked: " + err.Error()
	}
	p, ok := s.sides[side]
	if !ok {
		return "cannot be asked: there is no side " + side
	}
	return check.Hold(p.Probe(ctx, check.Method, check.Path))
}

// Get implements preflight.Getter.
func (s *Sides) Get(ctx context.Context, side, path string) compare.Answer {
	p, ok := s.sides[side]
	if !ok {
		return compare.Answer{Failed: "cannot be asked: there is no side " + side}
	}
	began := time.Now()
	answer, failed := p.send(ctx, http.MethodGet, path)
	if failed != "" {
		return compare.Answer{Failed: failed}
	}
	defer func() { _ = answer.Body.Close() }() // read to its end or given up
	body, err := io.ReadAll(io.LimitReader(answer.Body, mostReplayed+1))
	if err != nil {
		return compare.Answer{Failed: "broke off its answer: " + why(err)}
	}
	a := compare.Answer{Status: answer.StatusCode, Headers: map[string][]string{}, Body: body, Took: time.Since(began)}
	if len(body) > mostReplayed {
		a.Body, a.Cut = body[:mostReplayed], true
	}
	for name, values := range answer.Header {
		a.Headers[strings.ToLower(name)] = values
	}
	return a
}
