package legacy_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/sim/legacy"
)

// wanted are the scenarios that must not get lost; there may be more.
var wanted = strings.Fields(`retire retire-by-hand retire-abort-in-hold retire-new-service retire-new-rule retire-import
	retire-retagged retire-scaled-out retire-dangling-name retire-database-rule retire-called-by-name retire-killed
	retire-not-proved retire-not-decided retire-soak-broken retire-delete-protected`)

func TestDeclaration(t *testing.T) {
	if err := strict.Verify(&legacy.Scenario{}); err != nil {
		t.Error(err)
	}
}

func TestLibrary(t *testing.T) {
	names := legacy.Names()
	for _, name := range wanted {
		if !slices.Contains(names, name) {
			t.Errorf("the scenario %s is missing", name)
		}
	}
	for _, name := range names {
		s, err := legacy.Find(name)
		switch {
		case err != nil:
			t.Error(err)
		case s.Name != name || !legacy.Is(name):
			t.Errorf("%s: its file calls it %s", name, s.Name)
		case !strings.HasSuffix(s.Says, "."):
			t.Errorf("%s: %q is no sentence", name, s.Says)
		}
	}
}

func TestFindHelps(t *testing.T) {
	for name, want := range map[string]string{"retire-new-rul": "retire-new-rule", "retire-zzzzzzzzzzzz": "Name one of these"} {
		_, err := legacy.Find(name)
		var f *fault.Fault
		if !errors.As(err, &f) || f.Kind != fault.Input || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const good = "name: retire-x\nsays: x.\nexpect: {outcome: done, reason: done}\n"
	if _, err := legacy.Parse("x.yaml", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, want string }{
		"a misspelt key":        {good + "lsts: 3 days\n", "lsts"},
		"a cutover's name":      {strings.Replace(good, "retire-x", "healthy", 1), "retire"},
		"an unknown change":     {good + "changes: [{what: earthquake}]\n", "new-service"},
		"an unknown outcome":    {strings.Replace(good, "outcome: done", "outcome: fine", 1), "aborted"},
		"no expectation":        {"name: retire-x\nsays: x.\n", "expect"},
		"an order without time": {good + "orders: [{kind: abort}]\n", "at"},
	} {
		if _, err := legacy.Parse("x.yaml", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range legacy.Names() {
		s, err := legacy.Find(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add("name: " + name + "\nsays: " + s.Says + "\nexpect: {outcome: " + s.Expect.Outcome + ", reason: x}\n")
	}
	f.Add("name: retire\nchanges: [{what: green-errors, share: 101%, for: 0 s}]")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := legacy.Parse("fuzz.yaml", []byte(text))
		if err == nil && (!legacy.Is(s.Name) || s.Lasts <= 0 || s.Every <= 0 || s.Requests <= 0) {
			t.Errorf("taken: %+v", s)
		}
	})
}
