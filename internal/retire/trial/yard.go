// Package trial tries retirements out: accounts made up at random, which refuse
// what AWS refuses and know by themselves what is blue's and what is not, ticks
// that are killed or run into each other, and people who change things. It judges
// by what it made up, never by what a plan says.
package trial

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/estate"
)

const (
	account = "123456789012"
	region  = "eu-central-1"
	domain  = "api.example.com"
)

// thing is one thing of the account, with what only its maker knows.
type thing struct {
	estate.Item
	config map[string]string
	// mine is whether it is blue's alone, so that it may go.
	mine bool
	// until is when AWS is done with deleting it; zero while nobody does.
	until time.Time
}

// print is the hash of the configuration.
func (t *thing) print() string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(t.config)) {
		fmt.Fprintf(&b, "%s=%s\n", key, t.config[key])
	}
	if t.Kind == estate.Scaling {
		fmt.Fprint(&b, t.Facts[estate.Min], t.Facts[estate.Max], t.Facts[estate.Suspended])
	}
	if t.Kind == estate.Record {
		fmt.Fprint(&b, t.Facts[estate.Weight])
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// Yard is one account.
type Yard struct {
	now    time.Time
	rand   *rand.Rand
	things map[string]*thing
	links  []estate.Link
	unread []estate.Unread
	// evidence is what does not follow from the things.
	evidence retire.Evidence
	// detached is when blue's last record went.
	detached time.Time
	// parked are records that were taken away, as the restore kit has them.
	parked map[string]*thing
	bonds  map[string][]estate.Link
	// Deleted are the ARNs in the order in which they were deleted, Calls what was
	// asked for, Wrong what must not have happened.
	Deleted []string
	Calls   []retire.Action
	Wrong   []string
	// stubborn is how many deletions of the stack fail before one does not.
	stubborn int
	scope    retire.Settings
}

func (y *Yard) wrong(format string, args ...any) {
	y.Wrong = append(y.Wrong, fmt.Sprintf(format, args...))
}

func (y *Yard) chance(p float64) bool { return y.rand.Float64() < p }

// add puts a thing there.
func (y *Yard) add(mine bool, kind estate.Kind, arn, name string, stack *thing) *thing {
	t := &thing{Item: estate.Item{ARN: arn, Kind: kind, Name: name, Facts: map[string]string{}, Tags: map[string]string{}}, config: map[string]string{"name": name}, mine: mine}
	if stack != nil {
		t.Stacks = []string{stack.ARN}
	}
	y.things[arn] = t
	return t
}

func (y *Yard) link(from, to *thing, how string, holds bool) {
	y.links = append(y.links, estate.Link{From: from.ARN, To: to.ARN, How: how, Holds: holds})
}

// cut takes a link away.
func (y *Yard) cut(is func(estate.Link) bool) { y.links = slices.DeleteFunc(y.links, is) }

// world is what somebody sees who looks at everything.
func (y *Yard) world() estate.World {
	w := estate.World{Account: account, Region: region, At: y.now, Unread: slices.Clone(y.unread)}
	for _, arn := range slices.Sorted(maps.Keys(y.things)) {
		t := y.things[arn]
		item := t.Item
		item.Facts, item.Tags, item.Print = maps.Clone(t.Facts), maps.Clone(t.Tags), t.print()
		w.Items = append(w.Items, item)
	}
	w.Links = slices.Clone(y.links)
	slices.SortFunc(w.Links, func(a, b estate.Link) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.How, b.How))
	})
	return w
}

// vanish takes a thing and what belongs to it away.
func (y *Yard) vanish(arn string) {
	t := y.things[arn]
	if t == nil {
		return
	}
	if !t.mine && !t.Kind.Passing() {
		y.wrong("%s %s was deleted, and is not blue's", t.Kind, arn)
	}
	delete(y.things, arn)
	if !t.Kind.Passing() {
		y.Deleted = append(y.Deleted, arn)
	}
	var with []string
	for _, l := range y.links {
		if l.To == arn && l.How == estate.BelongsTo {
			with = append(with, l.From)
		}
	}
	y.cut(func(l estate.Link) bool { return l.From == arn || l.To == arn })
	for _, child := range with {
		y.vanish(child)
	}
}

// pass lets time go by, and AWS finish what it has begun.
func (y *Yard) pass(d time.Duration) {
	y.now = y.now.Add(d)
	for _, arn := range slices.Sorted(maps.Keys(y.things)) {
		t := y.things[arn]
		if t == nil || t.until.IsZero() || t.until.After(y.now) {
			continue
		}
		if t.Kind != estate.Stack {
			y.vanish(arn)
			continue
		}
		y.unstack(t)
	}
	y.settle()
}

// unstack ends the deletion of a stack: whole, or stuck once.
func (y *Yard) unstack(stack *thing) {
	if y.stubborn > 0 {
		y.stubborn--
		stack.State, stack.until = "DELETE_FAILED", time.Time{}
		return
	}
	for _, arn := range slices.Sorted(maps.Keys(y.things)) {
		t := y.things[arn]
		if t == nil || !slices.Contains(t.Stacks, stack.ARN) || t.Facts[estate.Retained] != "" {
			continue
		}
		for _, l := range y.links {
			other := y.things[l.From]
			if l.To == arn && l.Holds && other != nil && !other.Kind.Passing() && !slices.Contains(other.Stacks, stack.ARN) {
				y.wrong("the stack took %s away from %s, which %s it", arn, l.From, l.How)
			}
		}
	}
	for _, arn := range slices.Sorted(maps.Keys(y.things)) {
		if t := y.things[arn]; t != nil && slices.Contains(t.Stacks, stack.ARN) && t.Facts[estate.Retained] == "" {
			y.vanish(arn)
		}
	}
	y.vanish(stack.ARN)
}

// settle lets the service have the tasks that it shall have.
func (y *Yard) settle() {
	for _, t := range y.things {
		if t.Kind == estate.Service {
			t.Facts[estate.Running] = t.Facts[estate.Desired]
		}
	}
	for _, arn := range slices.Sorted(maps.Keys(y.things)) {
		t := y.things[arn]
		if t == nil || t.Kind != estate.Task {
			continue
		}
		for _, l := range y.links {
			if over := y.things[l.To]; l.From == arn && l.How == estate.BelongsTo && over != nil && over.Facts[estate.Desired] == "0" {
				y.vanish(arn)
				break
			}
		}
	}
}

// see is what a witness reads.
func (y *Yard) see() retire.Evidence {
	e := y.evidence
	e.At, e.Watched = y.now, y.now.Add(-2*time.Minute)
	e.Archives = maps.Clone(e.Archives)
	if e.Traffic == nil {
		from, through := y.now.Add(-17*time.Minute), y.now.Add(-2*time.Minute)
		e.Traffic = &retire.Traffic{From: from, Through: through, Requests: 7}
		if !y.detached.IsZero() && from.After(y.detached.Add(time.Minute)) {
			e.Traffic.Requests = 0
		}
	}
	return e
}
