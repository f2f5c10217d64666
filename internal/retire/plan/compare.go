package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/retire/estate"
)

// Own is what our own steps have done since the plan was made, or may have.
type Own struct {
	// Changed are ARNs whose configuration a step may have changed, with the
	// print that was seen after it; an empty one is not seen yet.
	Changed map[string]string
	// Gone are ARNs whose deletion was decided.
	Gone map[string]bool
	// Made are ARNs that a step makes.
	Made map[string]bool
	// Lifted are ARNs whose protection a step may have lifted.
	Lifted map[string]bool
	// Archived says that the images are safe: what happens to them since is no
	// concern of the plan.
	Archived bool
}

// Drift is one difference between the plan and the world that no step of ours
// has made. Each stops.
type Drift struct {
	ARN  string `json:"arn"`
	What string `json:"what"`
}

// Compare finds every drift, ordered by ARN.
func Compare(p Plan, now estate.World, own Own) []Drift {
	c := comparison{p: p, g: now.Graph(), own: own, targets: map[string]Target{}, watched: map[string]Watched{}, links: map[estate.Link]bool{}}
	c.whole()
	for _, t := range p.Targets {
		c.targets[t.ARN] = t
	}
	for _, w := range p.Watched {
		c.watched[w.ARN] = w
	}
	for _, l := range p.Links {
		c.links[l] = true
	}
	for _, t := range p.Targets {
		c.target(t)
	}
	for _, w := range p.Watched {
		c.watch(w)
	}
	for _, item := range now.Items {
		c.newcomer(item)
	}
	for _, l := range now.Links {
		c.link(l)
	}
	slices.SortFunc(c.found, func(a, b Drift) int {
		return strings.Compare(a.ARN+"\x00"+a.What, b.ARN+"\x00"+b.What)
	})
	return slices.Compact(c.found)
}

type comparison struct {
	p       Plan
	g       *estate.Graph
	own     Own
	targets map[string]Target
	watched map[string]Watched
	links   map[estate.Link]bool
	found   []Drift
}

func (c *comparison) say(arn, format string, args ...any) {
	c.found = append(c.found, Drift{ARN: arn, What: fmt.Sprintf(format, args...)})
}

// whole says whether the world is the plan's, and was seen whole.
func (c *comparison) whole() {
	w, s := c.g.World, c.p.Scope
	if w.Account != s.Account || w.Region != s.Region {
		c.say("", "this is account %s in %s; the plan is for %s in %s", w.Account, w.Region, s.Account, s.Region)
	}
	for _, u := range w.Unread {
		c.say("", "%s could not be looked at: %s", u.What, u.Why)
	}
	seen := map[string]bool{}
	for _, item := range w.Items {
		if seen[item.ARN] {
			c.say(item.ARN, "was told twice")
		}
		seen[item.ARN] = true
	}
}

// gone says whether our own steps may have taken a target away: it, its stack,
// or the thing that it goes with.
func (c *comparison) gone(t Target) bool {
	for range len(c.targets) + 1 {
		if c.own.Gone[t.ARN] {
			return true
		}
		over, ok := c.targets[t.Through]
		if !ok {
			return false
		}
		t = over
	}
	return false
}

// leaving says whether AWS is deleting a target, or what it goes with, because
// a step of ours asked for it. What was asked for and has not begun is still
// held against the plan.
func (c *comparison) leaving(t Target) bool {
	for range len(c.targets) + 1 {
		if item, there := c.g.Item(t.ARN); c.own.Gone[t.ARN] && (!there || item.State == "DRAINING" || strings.HasPrefix(item.State, "DELETE_")) {
			return true
		}
		over, ok := c.targets[t.Through]
		if !ok {
			return false
		}
		t = over
	}
	return false
}

func (c *comparison) target(t Target) {
	item, there := c.g.Item(t.ARN)
	if !there {
		if !c.gone(t) {
			c.say(t.ARN, "%s %s is gone, and no step has deleted it", t.Kind, t.Name)
		}
		return
	}
	if key := c.p.Scope.kept(item); key != "" {
		c.say(t.ARN, "%s %s now carries the tag %s", t.Kind, t.Name, key)
	}
	if c.leaving(t) {
		return // AWS takes it apart, as was decided
	}
	if owner := OwnerOf(item); owner != t.Owner {
		c.say(t.ARN, "%s %s belonged to %s and now to %s", t.Kind, t.Name, t.Owner, owner)
	}
	if item.Kind != t.Kind {
		c.say(t.ARN, "is a %s and was a %s", item.Kind, t.Kind)
	}
	if item.Protected != t.Protected && !c.own.Lifted[t.ARN] {
		c.say(t.ARN, "the protection of %s %s was changed", t.Kind, t.Name)
	}
	c.print(t.ARN, string(t.Kind)+" "+t.Name, t.Print, item.Print)
}

// OwnerOf is the ARN of the stack that owns a thing, or "none", as [Target.Owner]
// has it.
func OwnerOf(item estate.Item) string {
	if len(item.Stacks) == 0 {
		return "none"
	}
	return strings.Join(item.Stacks, " and ")
}

// print compares a configuration with the plan's, or with what our own step left.
func (c *comparison) print(arn, name, planned, is string) {
	if left, ours := c.own.Changed[arn]; ours {
		if left != "" && left != is {
			c.say(arn, "%s was changed after our own step", name)
		}
		return
	}
	if planned != is {
		c.say(arn, "%s was changed since the plan was made", name)
	}
}

func (c *comparison) watch(w Watched) {
	if c.own.Archived && (w.Kind == estate.Image || w.Kind == estate.Repository) {
		return
	}
	item, there := c.g.Item(w.ARN)
	_, ours := c.own.Changed[w.ARN]
	switch {
	case !there && !ours:
		c.say(w.ARN, "%s is gone, and no step has removed it", w.Kind)
	case there:
		c.print(w.ARN, string(w.Kind), w.Print, item.Print)
	}
}

// known says whether the plan is about an ARN.
func (c *comparison) known(arn string) bool {
	_, target := c.targets[arn]
	_, watched := c.watched[arn]
	return target || watched
}

// newcomer finds what the plan would have had to say something about.
func (c *comparison) newcomer(item estate.Item) {
	if c.known(item.ARN) || c.own.Made[item.ARN] {
		return
	}
	stack := c.p.Parts.Stack
	if stack != "" && slices.Contains(item.Stacks, stack) && !retained(item) {
		c.say(item.ARN, "%s %s is new in the stack", item.Kind, item.Name)
	}
	if item.Kind == estate.Record && recordName(item.ARN) == c.p.Scope.Domain && !c.listed(item.ARN) {
		c.say(item.ARN, "is a new record of %s", c.p.Scope.Domain)
	}
}

// retained says whether a resource of the stack stays when the stack goes: all
// others are targets.
func retained(item estate.Item) bool { return strings.HasPrefix(item.Facts[estate.Retained], "Retain") }

func (c *comparison) listed(arn string) bool {
	return slices.ContainsFunc(c.p.Stays, func(s Seen) bool { return s.ARN == arn })
}

// link finds a reference that is new: to something that goes, or from it. What
// comes and goes by itself, and with a target, is not new.
func (c *comparison) link(l estate.Link) {
	if c.links[l] || c.own.Archived && c.image(l) {
		return
	}
	if c.passes(l.From) || c.passes(l.To) {
		return
	}
	switch {
	case c.known(l.To):
		c.say(l.From, "%s %s, which it did not when the plan was made", l.How, l.To)
	case c.known(l.From):
		if _, ours := c.own.Changed[l.From]; !ours {
			c.say(l.From, "%s %s, which it did not when the plan was made", l.How, l.To)
		}
	}
}

func (c *comparison) image(l estate.Link) bool {
	w, ok := c.watched[l.To]
	return ok && (w.Kind == estate.Image || w.Kind == estate.Repository)
}

// passes says whether a thing comes and goes by itself together with a target.
func (c *comparison) passes(arn string) bool {
	item, ok := c.g.Item(arn)
	if !ok || !item.Kind.Passing() {
		return false
	}
	_, goes := c.targets[c.g.With(arn)]
	return goes
}
