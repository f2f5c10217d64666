package trial

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/estate"
)

var errRefused = errors.New("refused")

// do carries an action out, or refuses as AWS does. What AWS does not refuse and
// must not happen all the same is wrong.
func (y *Yard) do(a retire.Action) error {
	y.Calls = append(y.Calls, a)
	t := y.things[a.ARN]
	switch a.Verb {
	case retire.Freeze, retire.Thaw:
		y.evidence.Frozen = a.Verb == retire.Freeze
	case retire.SaveKit:
		y.evidence.Kit, y.evidence.KitPlan = "kit of "+a.Args["plan_sha256"], a.Args["plan_sha256"]
	case retire.MuteVerdict, retire.SoundVerdict:
		y.evidence.VerdictOff = a.Verb == retire.MuteVerdict
	case retire.WriteDocs:
		y.evidence.PullRequest, y.evidence.Retrospective = "https://example.com/pull/7", "docs/retrospective.md"
	case retire.ArchiveImage:
		y.archive(a.ARN)
	case retire.RemoveRecord, retire.AddRecord, retire.MakeSimple, retire.MakeWeighted:
		return y.record(a)
	case retire.LockScaling, retire.FreeScaling, retire.Scale, retire.Lift, retire.Protect:
		if t == nil {
			return fmt.Errorf("%w: %s is not there", errRefused, a.ARN)
		}
		y.change(t, a)
	case retire.Delete, retire.DeleteStack:
		return y.remove(t, a)
	default:
		y.wrong("nobody knows the verb %s", a.Verb)
	}
	return nil
}

// change is what has a way back.
func (y *Yard) change(t *thing, a retire.Action) {
	switch a.Verb {
	case retire.LockScaling:
		t.Facts[estate.Min], t.Facts[estate.Max], t.Facts[estate.Suspended] = "0", "0", "true"
	case retire.FreeScaling:
		for _, fact := range []string{estate.Min, estate.Max, estate.Suspended} {
			t.Facts[fact] = a.Args[fact]
		}
	case retire.Scale:
		// An alarm brings tasks back below Min (source: Application Auto Scaling
		// user guide): whoever scales to zero has locked scaling before.
		for _, l := range y.links {
			if s := y.things[l.From]; l.To == t.ARN && s != nil && s.Kind == estate.Scaling && a.Args[estate.Desired] == "0" && s.Facts[estate.Suspended] != "true" {
				y.wrong("the service was scaled to zero while scaling could bring it back")
			}
		}
		t.Facts[estate.Desired] = a.Args[estate.Desired]
	case retire.Lift, retire.Protect:
		t.Protected = a.Verb == retire.Protect
	}
	if !t.mine {
		y.wrong("%s of %s, which is not blue's", a.Verb, t.ARN)
	}
}

func (y *Yard) archive(repository string) {
	var images []string
	for arn, t := range y.things {
		if digest, ok := strings.CutPrefix(arn, repository+"@"); ok && t.Kind == estate.Image {
			images = append(images, digest)
		}
	}
	slices.Sort(images)
	if y.evidence.Archives == nil {
		y.evidence.Archives = map[string]retire.Archive{}
	}
	y.evidence.Archives[repository] = retire.Archive{IndexSHA256: "index of " + strings.Join(images, " "), Verified: y.now, Images: images}
}

// record changes DNS.
func (y *Yard) record(a retire.Action) error {
	switch a.Verb {
	case retire.RemoveRecord:
		t := y.things[a.ARN]
		if t == nil {
			return nil
		}
		if a.Print != t.print() {
			return fmt.Errorf("%w: the record was changed", errRefused)
		}
		if t.Facts[estate.Weight] != "0" {
			y.wrong("%s was taken away with the weight %s", a.ARN, t.Facts[estate.Weight])
		}
		y.park(a.ARN)
		y.detached = y.now
	case retire.AddRecord:
		for _, service := range y.things {
			if service.Kind == estate.Service && service.mine && service.Facts[estate.Running] == "0" {
				y.wrong("blue got its record back without a task")
			}
		}
		y.unpark(a.ARN)
	case retire.MakeSimple, retire.MakeWeighted:
		for _, arn := range append([]string{a.ARN}, a.With...) {
			part := strings.SplitN(arn, "/", 4)
			plain := strings.Join(part[:3], "/") + "/"
			if a.Verb == retire.MakeWeighted {
				delete(y.things, plain)
				y.unpark(arn)
				continue
			}
			for other := range y.things {
				if strings.HasPrefix(other, plain) && other != arn && other != plain {
					return fmt.Errorf("%w: a simple record beside the weighted %s", errRefused, other)
				}
			}
			if y.things[arn] == nil {
				continue
			}
			y.park(arn)
			y.add(false, estate.Record, plain, part[1], nil)
		}
	}
	return nil
}

// park takes a record away, unpark brings it back as it was.
func (y *Yard) park(arn string) {
	y.parked[arn] = y.things[arn]
	delete(y.things, arn)
	y.bonds[arn] = nil
	for _, l := range y.links {
		if l.From == arn {
			y.bonds[arn] = append(y.bonds[arn], l)
		}
	}
	y.cut(func(l estate.Link) bool { return l.From == arn })
}

func (y *Yard) unpark(arn string) {
	if t := y.parked[arn]; t != nil && y.things[arn] == nil {
		y.things[arn] = t
		y.links = append(y.links, y.bonds[arn]...)
	}
}

// remove deletes one thing.
func (y *Yard) remove(t *thing, a retire.Action) error {
	switch {
	case t == nil || !t.until.IsZero():
		return nil // AWS says that it is gone, or going
	case a.Print != t.print():
		return fmt.Errorf("%w: %s was changed", errRefused, a.ARN)
	case !t.mine:
		y.wrong("%s of %s %s, which is not blue's", a.Verb, t.Kind, a.ARN)
	case (a.Verb == retire.DeleteStack) != (t.Kind == estate.Stack):
		y.wrong("%s of a %s", a.Verb, t.Kind)
	case a.Verb == retire.Delete && len(t.Stacks) > 0 && t.Facts[estate.Retained] == "":
		y.wrong("%s was deleted past its stack", a.ARN)
	case t.Protected:
		return fmt.Errorf("%w: %s is protected", errRefused, a.ARN)
	}
	if !y.evidence.Frozen || y.evidence.Kit == "" {
		y.wrong("%s was deleted without a restore kit, or while blue may be deployed to", a.ARN)
	}
	if why := y.illegal(t); why != "" {
		y.wrong("%s of %s was not legal: %s", a.Verb, a.ARN, why)
		return fmt.Errorf("%w: %s", errRefused, why)
	}
	switch t.Kind {
	case estate.Service:
		t.State, t.until = "DRAINING", y.now.Add(time.Duration(y.rand.IntN(600))*time.Second)
	case estate.Stack:
		t.State, t.until = "DELETE_IN_PROGRESS", y.now.Add(time.Duration(y.rand.IntN(1800))*time.Second)
	default:
		y.vanish(a.ARN)
	}
	return nil
}

// illegal says what AWS, or good sense, has against a deletion, kind by kind
// (sources: the API references' errors ClusterContainsServicesException,
// ResourceInUse, DependencyViolation, HealthCheckInUse).
func (y *Yard) illegal(t *thing) string {
	if t.Kind == estate.Service && (t.Facts[estate.Desired] != "0" || t.Facts[estate.Running] != "0") {
		return "it still has tasks"
	}
	against := map[estate.Kind][]estate.Kind{
		estate.Service:       {estate.Scaling},
		estate.Cluster:       {estate.Service, estate.Task, estate.Schedule},
		estate.LoadBalancer:  {estate.Record, estate.Listener},
		estate.TargetGroup:   {estate.Listener, estate.Rule, estate.Service},
		estate.SecurityGroup: {estate.Service, estate.LoadBalancer, estate.Interface, estate.SecurityGroup, estate.Function, estate.Database},
		estate.Definition:    {estate.Service, estate.Task, estate.Schedule},
		estate.LogGroup:      {estate.Definition},
		estate.HealthCheck:   {estate.Record, estate.HealthCheck},
	}[t.Kind]
	for _, l := range y.links {
		from := y.things[l.From]
		switch {
		case l.To != t.ARN || l.How == estate.BelongsTo || from != nil && from.State == "DISABLED":
		case from == nil:
			return l.From + " refers to it, and nobody knows what that is"
		case slices.Contains(against, from.Kind):
			return l.From + " " + l.How + " it"
		}
	}
	return ""
}
