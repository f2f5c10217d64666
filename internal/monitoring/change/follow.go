package change

import (
	"context"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runbook"
)

func spoken(d time.Duration) string { return report.Seconds(d) }

// pause is how long to wait before the nth look: from one second to ten, spread
// by a third so that the pollers of an account do not meet.
func pause(salt string, n int) time.Duration {
	base := min(time.Second<<min(n, 4), 10*time.Second)
	h := fnv.New32a()
	_, _ = h.Write([]byte(salt + strconv.Itoa(n))) // a hash takes everything
	return base - base/6 + time.Duration(h.Sum32()%1000)*base/3000
}

// tail reads the events of one operation, each once and in order.
type tail struct {
	ports  Ports
	id     string // of the stack
	token  string
	known  map[string]bool
	events []Event
}

// newTail passes on nothing that happened before it was made, unless it carries
// the token.
func newTail(p Ports, id, token string) *tail {
	return &tail{ports: p, id: id, token: token, known: map[string]bool{}}
}

// read tells the new events. Pages are turned until an event is known, or is of
// another operation before this one.
func (t *tail) read(ctx context.Context) error {
	var fresh []Event
	began := false
	err := t.ports.Stacks.Events(ctx, t.id, func(e Event) bool {
		switch {
		case t.known[e.ID]:
			return false
		case e.Token == t.token:
			fresh, began = append(fresh, e), true
			return true
		}
		// Another operation's: after ours it is passed over, before ours is the
		// end. While none of ours was seen, ours may not have begun.
		return !began
	})
	if err != nil {
		return err
	}
	slices.Reverse(fresh)
	for _, e := range fresh {
		t.known[e.ID] = true
		t.events = append(t.events, e)
		t.ports.tell(e)
	}
	return nil
}

// follow reads events until the stack rests, and returns how it stands then.
func (t *tail) follow(ctx context.Context, limit time.Duration) (Stack, error) {
	began := t.ports.Clock.Now()
	for n := 0; ; n++ {
		// The state first: what led to it is then among the events.
		s, err := t.ports.Stacks.Stack(ctx, t.id)
		if err == nil {
			err = t.read(ctx)
		}
		if err != nil {
			return s, left(ctx, t.id, err)
		}
		if !running(s.Status) {
			return s, nil
		}
		if took := t.ports.Clock.Now().Sub(began); took > limit {
			return s, &fault.Fault{
				Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.StackStuck}, Name: "the stack " + s.Name, What: "was still being worked on after " + spoken(took), Got: s.Status,
				Next: "CloudFormation goes on by itself. Run this again: it finds its own work and follows it to the end.",
			}
		}
		if err := t.ports.Clock.Wait(ctx, pause(t.token, n)); err != nil {
			return s, left(ctx, t.id, err)
		}
	}
}

// left is the fault when watching ends before the work does.
func left(ctx context.Context, id string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return &fault.Fault{
			Kind: fault.Outside, Name: "the stack " + nameOf(id), What: "is no longer watched", Err: cause,
			Next: "CloudFormation goes on by itself and undoes what it cannot finish. Run this again: it finds its own work and follows it to the end.",
		}
	}
	return err
}

// nameOf is the name within a stack's ARN.
func nameOf(id string) string {
	if parts := strings.Split(id, "/"); strings.HasPrefix(id, "arn:") && len(parts) > 1 {
		return parts[1]
	}
	return id
}

// operation reads the token and the begin of what the newest event belongs to.
func operation(ctx context.Context, p Ports, id string) (token string, since time.Time, err error) {
	first := true
	err = p.Stacks.Events(ctx, id, func(e Event) bool {
		if first {
			token, first = e.Token, false
		}
		if e.Token != token {
			return false
		}
		since = e.Time
		// The stack's own first event of it is where it began.
		return e.Type != typeStack || e.Reason != "User Initiated"
	})
	return token, since, err
}
