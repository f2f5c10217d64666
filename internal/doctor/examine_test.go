package doctor_test

import (
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/doctor"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/verdict"
)

func check(name string, v verdict.Verdict, needs ...string) doctor.Check {
	return doctor.Check{Name: name, Part: doctor.Offline, Title: name, Needs: needs, Look: func(context.Context) doctor.Answer {
		return doctor.Answer{Verdict: v, Observed: "seen"}
	}}
}

// Whatever a row builds upon must have passed: it is never looked at otherwise, and
// never passes.
func TestGround(t *testing.T) {
	for name, c := range map[string]struct {
		ground, want verdict.Verdict
		because      string
	}{
		"passes":       {verdict.Pass, verdict.Pass, "seen"},
		"fails":        {verdict.Fail, verdict.Inconclusive, "not looked at, because a fails"},
		"is not known": {verdict.Inconclusive, verdict.Inconclusive, "not looked at, because a is not known"},
		"says nothing": {"", verdict.Inconclusive, "not looked at, because a is not known"},
	} {
		rows := doctor.Examine(t.Context(), []doctor.Check{check("a", c.ground), check("b", verdict.Pass, "a"), check("c", verdict.Pass, "b")})
		if rows[1].Verdict != c.want || rows[1].Observed != c.because || rows[2].Verdict != c.want {
			t.Errorf("%s: %+v", name, rows[1:])
		}
	}
	// A need that was left out is no ground that is missing; one that stands behind
	// is not waited for.
	rows := doctor.Examine(t.Context(), []doctor.Check{check("a", verdict.Pass, "left.out"), check("b", verdict.Pass, "c"), check("c", verdict.Pass)})
	for _, r := range rows {
		if r.Verdict != verdict.Pass {
			t.Errorf("%+v", r)
		}
	}
}

// No more are under way at once than the limit, and the time holds whatever a check
// does with it.
func TestBounds(t *testing.T) {
	var now, most atomic.Int32
	var checks []doctor.Check
	for range 30 {
		c := check(string(rune('A'+len(checks))), verdict.Pass)
		c.Look = func(context.Context) doctor.Answer {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(2 * time.Millisecond)
			now.Add(-1)
			return doctor.Answer{Verdict: verdict.Pass}
		}
		checks = append(checks, c)
	}
	doctor.Examine(t.Context(), checks)
	if most.Load() > 6 || most.Load() < 2 {
		t.Errorf("%d at once", most.Load())
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, &fault.Fault{Kind: fault.Outside, What: "it took longer than allowed"})
	defer cancel()
	for i := range checks {
		checks[i].Look = func(ctx context.Context) doctor.Answer {
			<-ctx.Done()
			return doctor.Answer{Verdict: verdict.Inconclusive, Observed: ctx.Err().Error()}
		}
	}
	for _, r := range doctor.Examine(ctx, checks) {
		if r.Verdict != verdict.Inconclusive || !strings.Contains(r.Observed, "longer than allowed") {
			t.Errorf("%+v", r)
		}
	}
}

func TestVerdictOfAll(t *testing.T) {
	row := func(v verdict.Verdict) doctor.Row { return doctor.Row{Check: "x", Title: "x", Verdict: v} }
	for name, c := range map[string]struct {
		rows []doctor.Row
		want verdict.Verdict
		kind fault.Kind
	}{
		"nothing":           {nil, verdict.Inconclusive, fault.Outside},
		"all pass":          {[]doctor.Row{row(verdict.Pass)}, verdict.Pass, 0},
		"one is not known":  {[]doctor.Row{row(verdict.Pass), row(verdict.Inconclusive)}, verdict.Inconclusive, fault.Outside},
		"a no outranks all": {[]doctor.Row{row(verdict.Inconclusive), row(verdict.Fail), row(verdict.Pass)}, verdict.Fail, fault.Gate},
	} {
		r := doctor.Of("P", c.rows, nil)
		var f *fault.Fault
		errors.As(r.Err(), &f)
		if r.Verdict != c.want || f == nil != (c.kind == 0) || f != nil && f.Kind != c.kind {
			t.Errorf("%s: %s, %v", name, r.Verdict, r.Err())
		}
	}
}

// What an action's token must be allowed stands in its README too.
func TestPermissionsAreThoseOfTheREADMEs(t *testing.T) {
	text, err := os.ReadFile("permissions.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, block := range regexp.MustCompile(`(?s)"([a-z-]+)":\s+\{\s*\{(.*?)\n\t`).FindAllStringSubmatch(string(text), -1) {
		readme, err := os.ReadFile("../../actions/" + block[1] + "/README.md")
		if err != nil {
			t.Error(err)
			continue
		}
		for _, g := range regexp.MustCompile(`"(actions|checks|contents|deployments|issues|pull-requests)", "(read|write)"`).FindAllStringSubmatch(block[2], -1) {
			n++
			if !regexp.MustCompile(g[1] + `: +` + g[2]).Match(readme) {
				t.Errorf("%s: its README does not name %s: %s", block[1], g[1], g[2])
			}
		}
	}
	if n < 5 {
		t.Errorf("%d permissions were found: this test would hold nothing", n)
	}
}
