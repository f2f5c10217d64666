package load

import (
	"math/rand/v2"
	"strings"
	"time"
)

// User is one arrival on its way through its scenario. Whatever is chosen for it
// follows from the plan's seed and its number, so that shards choose as the whole
// would have.
type User struct {
	plan     *Plan
	number   int
	scenario *Scenario
	step     int
	rng      *rand.Rand
	values   map[string]string
}

// rng of one arrival. What it is used for is kept apart by a salt: a further
// random value must not move the mix.
func (p *Plan) rng(number int, salt uint64) *rand.Rand {
	return rand.New(rand.NewPCG(p.Seed^salt*0x9e3779b97f4a7c15, uint64(number))) //nolint:gosec // a number that can be drawn again, no secret; numbers are not negative
}

// The salts.
const (
	saltMix = iota + 1
	saltData
	saltValues
)

// scenario is what an arrival does.
func (p *Plan) scenario(number int) *Scenario {
	if len(p.Mix) == 1 {
		return &p.Mix[0]
	}
	sum := 0.0
	for _, s := range p.Mix {
		sum += s.Weight
	}
	drawn := p.rng(number, saltMix).Float64() * sum
	for i := range p.Mix {
		if drawn -= p.Mix[i].Weight; drawn < 0 {
			return &p.Mix[i]
		}
	}
	return &p.Mix[len(p.Mix)-1]
}

// User is the arrival with a number of the whole plan; see [Plan.Arrival].
func (p *Plan) User(number int) *User {
	u := &User{plan: p, number: number, scenario: p.scenario(number), rng: p.rng(number, saltValues), values: map[string]string{}}
	for i, d := range p.Data {
		if len(d.Rows) == 0 {
			continue
		}
		row := number % len(d.Rows)
		if d.Random {
			row = p.rng(number, saltData+uint64(i)<<8).IntN(len(d.Rows))
		}
		for j, column := range d.Columns {
			u.values[column] = d.Rows[row][j]
		}
	}
	return u
}

// Left is how many requests are still to be made.
func (u *User) Left() int { return len(u.scenario.Requests) - u.step }

// Wait is how long the user waits before the next request.
func (u *User) Wait() time.Duration { return u.scenario.Requests[u.step].After }

// Reads says whether the next request's answer is looked into, so that its body
// must be kept.
func (u *User) Reads() bool { return u.scenario.Requests[u.step].reads() }

func (r Request) reads() bool {
	for _, c := range r.Captures {
		if c.Header == "" {
			return true
		}
	}
	for _, c := range r.Checks {
		if c.Kind == CheckExists || c.Kind == CheckEquals || c.Kind == CheckContains {
			return true
		}
	}
	return false
}

// Call is the next request. The error is a template without a value; the user
// goes no further then.
func (u *User) Call() (Call, error) {
	r := &u.scenario.Requests[u.step]
	c := Call{User: u.number, Step: u.step, Scenario: u.scenario.Name, Route: r.Name, Method: r.Method}
	path, err := u.fill(r.Path, inPath)
	if err != nil {
		return c, err
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	c.URL = u.plan.Target + path
	typed := false
	for _, h := range r.Headers {
		value, err := u.fill(h.Value, inHeader)
		if err != nil {
			return c, err
		}
		typed = typed || strings.EqualFold(h.Name, contentType)
		c.Headers = append(c.Headers, Header{h.Name, value})
	}
	if r.Body == "" {
		return c, nil
	}
	place := inText
	if r.JSON {
		place = inJSON
		if !typed {
			c.Headers = append(c.Headers, Header{contentType, "application/json"})
		}
	}
	body, err := u.fill(r.Body, place)
	c.Body = []byte(body)
	return c, err
}

// Took takes the answer to the request that [User.Call] made: the checks that
// failed, in words, and whether the user goes on. Who got no answer, a 5xx, or not
// what a later request needs, does not.
func (u *User) Took(a Answer) (failed []string, more bool) {
	r := &u.scenario.Requests[u.step]
	u.step++
	if a.Status == 0 {
		return nil, false
	}
	whole := document(r, a)
	failed = r.failed(a, whole)
	more = u.Left() > 0 && a.Status < 500
	for _, c := range r.Captures {
		value, ok := c.value(a, whole)
		if !ok {
			failed, more = append(failed, "nothing to capture as "+c.Name), false
			continue
		}
		u.values[c.Name] = value
	}
	return failed, more
}

const contentType = "Content-Type"
