// Package iamtest holds "called = allowed": what an action calls at AWS in its
// tests against what internal/iam allows it. A call that no policy allows fails
// its test; a permission that no test has used fails the package. Only tests
// import this package.
package iamtest

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cutover-dev/cutover/internal/iam"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

// Ledger remembers which permissions were not used yet.
type Ledger struct {
	mu sync.Mutex
	// unused are the grants by action and commands, then by line of the table.
	unused map[string]map[string]iam.Grant
}

// shared is the ledger of a test process.
var shared = &Ledger{}

// Hold fails the test for each call that the action may not make with these
// names, and remembers what was used. Commands narrow the policy to them;
// without, it is that of every day. The cloud's account and region are filled in.
func Hold(t testing.TB, action string, s iam.Settings, calls []cloud.Call, commands ...string) {
	t.Helper()
	shared.Hold(t, action, s, calls, commands...)
}

// Hold is [Hold] with a ledger of its own.
func (l *Ledger) Hold(t testing.TB, action string, s iam.Settings, calls []cloud.Call, commands ...string) {
	t.Helper()
	s.Account, s.Region = cloud.Account, cloud.Region
	s, _ = s.Complete()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	duty, err := iam.Find(action)
	if err != nil {
		t.Fatal(err)
	}
	needs, err := duty.Needs(s, commands...)
	if err != nil {
		t.Fatal(err)
	}
	made := judged(calls)
	for _, denied := range iam.PolicyOf(needs).Denied(made) {
		t.Errorf("%s calls %s, which its policy does not allow: is it called in vain, or missing in internal/iam?", strings.TrimSpace(action+" "+strings.Join(commands, " ")), denied)
	}
	l.use(strings.TrimSpace(action+" "+strings.Join(commands, " ")), iam.Unused(needs, made))
}

// Aside marks calls that a test makes itself, to set its world up: they are not
// the action's.
type Aside struct{ spans [][2]int }

// Begin marks what is called from now on, until the returned function is.
func (a *Aside) Begin(c *cloud.Cloud) (end func()) {
	from := len(c.Calls())
	return func() { a.spans = append(a.spans, [2]int{from, len(c.Calls())}) }
}

// Rest are all other calls so far.
func (a *Aside) Rest(c *cloud.Cloud) []cloud.Call {
	var rest []cloud.Call
	for i, call := range c.Calls() {
		if !slices.ContainsFunc(a.spans, func(s [2]int) bool { return s[0] <= i && i < s[1] }) {
			rest = append(rest, call)
		}
	}
	return rest
}

// judged are calls as internal/iam judges them. What nobody needs a permission
// for is left out; source: STS API reference, GetCallerIdentity.
func judged(calls []cloud.Call) []iam.Call {
	var all []iam.Call
	for _, c := range calls {
		if c.Action != "sts:GetCallerIdentity" {
			all = append(all, iam.Call{Action: c.Action, Resource: c.Resource})
		}
	}
	return all
}

// use keeps what was not used by this test either.
func (l *Ledger) use(who string, unused []iam.Grant) {
	l.mu.Lock()
	defer l.mu.Unlock()
	still := map[string]iam.Grant{}
	before, known := l.unused[who]
	for _, g := range unused {
		if _, ok := before[g.Key]; ok || !known {
			still[g.Key] = g
		}
	}
	if l.unused == nil {
		l.unused = map[string]map[string]iam.Grant{}
	}
	l.unused[who] = still
}

// AllUsed belongs at the end of a TestMain: it turns exit code 0 into 1 when a
// permission was never used, and says which. Exceptions are calls that these
// tests cannot make, with who holds them instead; one that is not needed is an
// error too. With -run or -skip nothing is judged: not every test has run. Where
// no test has held anything there is nothing to judge.
func AllUsed(code int, exceptions map[string]string) int {
	return allUsed(code, "", exceptions)
}

// AllUsedE2E is [AllUsed] for an action whose calls are held by the tests against
// real servers: it judges under the -run by which make test picks those.
func AllUsedE2E(code int, exceptions map[string]string) int {
	return allUsed(code, "^TestE2E", exceptions)
}

func allUsed(code int, run string, exceptions map[string]string) int {
	for name, want := range map[string]string{"test.run": run, "test.skip": ""} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != want {
			return code
		}
	}
	if code != 0 || shared.empty() {
		return code
	}
	return shared.AllUsed(os.Stderr, exceptions)
}

func (l *Ledger) empty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.unused) == 0
}

// AllUsed is [AllUsed] with a ledger of its own.
func (l *Ledger) AllUsed(w io.Writer, exceptions map[string]string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	code, excused := 0, map[string]bool{}
	for _, who := range slices.Sorted(maps.Keys(l.unused)) {
		for _, key := range slices.Sorted(maps.Keys(l.unused[who])) {
			g := l.unused[who][key]
			if exceptions[g.Action] != "" {
				excused[g.Action] = true
				continue
			}
			fmt.Fprintf(w, "%s may call %s, and no test does: take it out of internal/iam, or test it\n", who, g)
			code = 1
		}
	}
	for _, action := range slices.Sorted(maps.Keys(exceptions)) {
		if !excused[action] {
			fmt.Fprintf(w, "%s is excused (%s), and needs no excuse\n", action, exceptions[action])
			code = 1
		}
	}
	return code
}
