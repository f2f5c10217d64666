package change

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

// name is of the change set and of the operation: of the content, and of the
// state of the stack that it is made for, so that the same content can be
// deployed again later.
func (d *deployment) name(s *Stack) string {
	h := sha256.New()
	if s != nil && s.Status != "REVIEW_IN_PROGRESS" {
		fmt.Fprintf(h, "%s %s %s", s.ID, s.Status, s.Updated.UTC())
	}
	return d.ours + hex.EncodeToString(h.Sum(nil))[:12]
}

// errAgain says that a change set is no longer what it was.
var errAgain = errors.New("look again")

// proposal makes the change set, or finds it, and waits until it is worked out.
func (d *deployment) proposal(ctx context.Context, name string, create bool) (Proposal, error) {
	p, err := d.Stacks.Proposal(ctx, d.Stack, name)
	if err == nil && (p.Status == "FAILED" || p.Execution == "OBSOLETE" || p.Execution == "EXECUTE_FAILED" || p.Execution == "EXECUTE_COMPLETE") {
		// Left by a run before; what it says may be of another day.
		if err := d.Stacks.Withdraw(ctx, d.Stack, name); err != nil {
			return p, err
		}
		err = ErrNone
	}
	if errors.Is(err, ErrNone) {
		err = d.propose(ctx, name, create)
	}
	if err != nil && !errors.Is(err, ErrExists) {
		return p, err
	}
	began := d.Clock.Now()
	for n := 0; ; n++ {
		p, err := d.Stacks.Proposal(ctx, d.Stack, name)
		switch {
		case errors.Is(err, ErrNone):
			return p, errAgain
		case err != nil || p.Status == "FAILED" || p.Status == "CREATE_COMPLETE" && p.Execution != "UNAVAILABLE":
			return p, err
		case d.Clock.Now().Sub(began) > d.limit():
			return p, &fault.Fault{Kind: fault.Outside, Name: "the change set " + name, What: "was not worked out after " + spoken(d.limit()), Got: p.Status, Next: "Run this again: it finds the change set."}
		}
		if err := d.Clock.Wait(ctx, pause(name, n)); err != nil {
			return p, err
		}
	}
}

func (d *deployment) propose(ctx context.Context, name string, create bool) error {
	set := ChangeSet{Stack: d.Stack, Name: name, New: create, Tags: d.Tags, Role: d.Role}
	if len(d.Template) <= mostInline {
		set.Body = string(d.Template)
	} else {
		if d.url == "" {
			url, err := d.Upload(ctx, strings.TrimSuffix(d.ours, "-")+".template.json", d.Template)
			if err != nil {
				return err
			}
			d.url = url
		}
		set.URL = d.url
	}
	err := d.Stacks.Propose(ctx, set)
	if errors.Is(err, ErrBusy) {
		return errAgain
	}
	return err
}

// unchanged knows both texts that CloudFormation has for it.
func unchanged(p Proposal) bool {
	return p.Status == "FAILED" && (strings.Contains(p.Reason, "didn't contain changes") || strings.Contains(p.Reason, "No updates are to be performed"))
}
