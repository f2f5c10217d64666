// Package mute keeps the alarms of a stage quiet while it is deployed. The
// alarms go on judging; what they would have told is told when the mute ends, if
// it is still true then. It ends by itself, whatever becomes of who began it.
package mute

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// How long alarms may be kept quiet; source for AtOnce: CloudWatch API
// reference, MuteTargets.
const (
	Usual  = 30 * time.Minute
	Most   = 2 * time.Hour
	AtOnce = 100
)

// The states of a rule; source: CloudWatch API reference, GetAlarmMuteRule.
const (
	Active    = "ACTIVE"
	Scheduled = "SCHEDULED"
)

// ErrWindow says that CloudWatch refused the window of a rule.
var ErrWindow = errors.New("CloudWatch refuses the window")

// Rule is one mute rule. From has no seconds: CloudWatch takes none.
type Rule struct {
	Name, Why string
	From      time.Time
	Lasts     time.Duration
	Ends      time.Time
	Alarms    []string
	Tags      map[string]string
	Status    string
}

// Alarms finds alarms by the beginning of their names.
type Alarms interface {
	Names(ctx context.Context, prefix string) ([]string, error)
}

// Rules are CloudWatch's mute rules. PutRule makes one or changes it, and its
// error is [ErrWindow] where the window was refused; Rule is false where there
// is none; DropRule succeeds without one too.
type Rules interface {
	PutRule(ctx context.Context, r Rule) error
	Rule(ctx context.Context, name string) (Rule, bool, error)
	DropRule(ctx context.Context, name string) error
	RuleNames(ctx context.Context, active bool) ([]string, error)
}

// Clock is the time of day. Wait returns early with ctx.
type Clock interface {
	Now() time.Time
	Wait(ctx context.Context, d time.Duration) error
}

// Ports are the ways to the outside.
type Ports struct {
	Alarms Alarms
	Rules  Rules
	Clock  Clock
}

// Request says whose alarms are kept quiet. For is [Usual] unless set. Run names
// who asks, such as a workflow run.
type Request struct {
	Project, Stage, Run string
	For                 time.Duration
}

// Prefix begins the names of everything that watches a stage.
func Prefix(project, stage string) string { return project + "-" + stage + "-" }

// Ours says whether an alarm is one of the stage's. The beginning of its name
// alone does not say so: those of the stage prod-eu begin as those of prod do.
func Ours(project, stage, name string) bool {
	rest, ok := strings.CutPrefix(name, Prefix(project, stage))
	return ok && slices.ContainsFunc(monitoring.Kinds(), func(kind string) bool { return rest == kind || strings.HasPrefix(rest, kind+"-") })
}

func ruleName(project, stage string, n int) string {
	return Prefix(project, stage) + "deploy-" + strconv.Itoa(n)
}

// ourRule says whether a rule is one that On makes for the stage.
func ourRule(project, stage, name string) bool {
	rest, ok := strings.CutPrefix(name, Prefix(project, stage)+"deploy-")
	return ok && regexp.MustCompile(`^[1-9][0-9]*$`).MatchString(rest)
}

func (r *Request) check() error {
	if r.For == 0 {
		r.For = Usual
	}
	if r.For < time.Minute || r.For > Most {
		return &fault.Fault{
			Kind: fault.Input, Name: "for", What: "is no time for which alarms may be kept quiet", Got: r.For.String(), Allowed: "1m to " + Most.String(),
			Next: "A deployment that takes longer should be watched.",
		}
	}
	return nil
}

// window is what a rule says so that it mutes from now on for d. CloudWatch
// takes no seconds: it begins with the minute that has begun, and is as much
// longer.
func window(now time.Time, d time.Duration) (from time.Time, lasts time.Duration) {
	from = now.UTC().Truncate(time.Minute)
	lasts = now.Add(d).Sub(from)
	if rest := lasts % time.Minute; rest > 0 {
		lasts += time.Minute - rest
	}
	return from, lasts
}

// On keeps the stage's alarms quiet, until Off or until the time is up. Done
// again it begins anew. A stage without alarms has nothing to keep quiet.
func On(ctx context.Context, p Ports, r Request) (Result, error) {
	out := Result{Stage: r.Stage, Muted: true, Rules: []string{}, Alarms: []string{}, Notes: []string{}}
	if err := r.check(); err != nil {
		return out, err
	}
	found, err := p.Alarms.Names(ctx, Prefix(r.Project, r.Stage))
	if err != nil {
		return out, err
	}
	for _, name := range found {
		if Ours(r.Project, r.Stage, name) {
			out.Alarms = append(out.Alarms, name)
		}
	}
	slices.Sort(out.Alarms)
	if len(out.Alarms) == 0 {
		out.Muted = false
		out.Lead = "No alarm watches " + r.Stage + " yet: nothing was kept quiet."
		_, err := drop(ctx, p, r, 0)
		return out, err
	}
	var rules []Rule
	for part := range slices.Chunk(out.Alarms, AtOnce) {
		rules = append(rules, Rule{
			Name: ruleName(r.Project, r.Stage, len(rules)+1), Why: "cutover deploys " + r.Project + " to " + r.Stage + " (" + r.Run + ")", Alarms: part,
			Tags: map[string]string{"Project": r.Project, "Environment": r.Stage},
		})
		out.Rules = append(out.Rules, rules[len(rules)-1].Name)
	}
	until, err := put(ctx, p, rules, r.For, &out)
	if err != nil {
		return out, err
	}
	out.Until = until.UTC().Format(time.RFC3339)
	out.Lead = fmt.Sprintf("%d alarms of %s keep quiet until %s UTC, and judge on meanwhile.", len(out.Alarms), r.Stage, until.UTC().Format("15:04"))
	// Rules of an earlier deployment with more alarms.
	_, err = drop(ctx, p, r, len(rules))
	return out, err
}

// patience is how long a rule may take to become active: a window that begins
// with the next minute, and a little.
const patience = 2 * time.Minute

// put makes the rules and waits until each mutes. The API reference leaves open
// whether a minute that has begun is taken; if it is not, the next one is.
func put(ctx context.Context, p Ports, rules []Rule, d time.Duration, out *Result) (until time.Time, err error) {
	from, lasts := window(p.Clock.Now(), d)
	for attempt := 0; ; attempt++ {
		until = from.Add(lasts)
		err := putAll(ctx, p, rules, from, lasts)
		if err == nil {
			return until, nil
		}
		if !errors.Is(err, ErrWindow) || attempt > 0 {
			return until, err
		}
		// It must still lie ahead when it arrives.
		now := p.Clock.Now()
		from = now.UTC().Truncate(time.Minute).Add(time.Minute)
		if from.Sub(now) < 10*time.Second {
			from = from.Add(time.Minute)
		}
		lasts = d.Round(time.Minute)
		out.Notes = append(out.Notes, "CloudWatch did not take the minute that had begun: it was waited for the next one.")
	}
}

func putAll(ctx context.Context, p Ports, rules []Rule, from time.Time, lasts time.Duration) error {
	for _, r := range rules {
		r.From, r.Lasts, r.Ends = from, lasts, from.Add(lasts)
		if err := p.Rules.PutRule(ctx, r); err != nil {
			return err
		}
	}
	began := p.Clock.Now()
	for _, r := range rules {
		for {
			seen, ok, err := p.Rules.Rule(ctx, r.Name)
			if err != nil {
				return err
			}
			if ok && seen.Status == Active {
				break
			}
			if ok && seen.Status != Scheduled {
				return fmt.Errorf("the rule %s is %s: %w", r.Name, seen.Status, ErrWindow)
			}
			if p.Clock.Now().Sub(began) > patience {
				return &fault.Fault{
					Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.NotMuted}, Name: r.Name, What: "does not keep the alarms quiet after " + patience.String(), Got: seen.Status, Allowed: Active,
					Next: "Deploy without it, and expect messages; or try again.",
				}
			}
			if err := p.Clock.Wait(ctx, 2*time.Second); err != nil {
				return err
			}
		}
	}
	return nil
}

// Off ends it: alarms that ring by then tell so at once.
func Off(ctx context.Context, p Ports, r Request) (Result, error) {
	out := Result{Stage: r.Stage, Rules: []string{}, Alarms: []string{}, Notes: []string{}}
	dropped, err := drop(ctx, p, r, 0)
	out.Rules = append(out.Rules, dropped...)
	out.Lead = "The alarms of " + r.Stage + " speak again. One that rings now has told so."
	if len(dropped) == 0 {
		out.Lead = "Nothing kept the alarms of " + r.Stage + " quiet."
	}
	return out, err
}

// drop removes the stage's rules with a number above keep.
func drop(ctx context.Context, p Ports, r Request, keep int) (dropped []string, err error) {
	names, err := p.Rules.RuleNames(ctx, false)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		n, _ := strconv.Atoi(name[strings.LastIndexByte(name, '-')+1:])
		if !ourRule(r.Project, r.Stage, name) || n <= keep {
			continue
		}
		if err := p.Rules.DropRule(ctx, name); err != nil {
			return dropped, err
		}
		dropped = append(dropped, name)
	}
	return dropped, nil
}
