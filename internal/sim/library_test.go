package sim_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/sim"
)

// wanted are the scenarios that must not get lost; there may be more.
var wanted = strings.Fields(`healthy error-regression latency-regression regression-inside-slo shared-outage slow-burn
	late-break low-traffic traffic-stops metrics-gap metrics-lost cold-start-storm connection-saturation watcher-lost
	control-plane-down two-tickers throttled-apis cost-overrun store-down rejections spikes-7-of-10 breach-at-gate
	inconclusive gate-approved`)

func TestDeclaration(t *testing.T) {
	if err := strict.Verify(&sim.Scenario{}); err != nil {
		t.Error(err)
	}
}

func TestLibrary(t *testing.T) {
	names := sim.Names()
	for _, name := range wanted {
		if !slices.Contains(names, name) {
			t.Errorf("the scenario %s is missing", name)
		}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			s, err := sim.Find(name)
			if err != nil {
				t.Fatal(err)
			}
			source, err := sim.Source(name)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case s.Name != name:
				t.Errorf("its file calls it %s", s.Name)
			case !strings.HasPrefix(string(source), "# "):
				t.Error("its file does not say what it stands for")
			case !strings.HasSuffix(s.Says, "."):
				t.Errorf("%q is no sentence", s.Says)
			}
			again, err := sim.Parse("shown.yaml", strict.Show(&s))
			if err != nil {
				t.Fatalf("written out, it does not parse: %v", err)
			}
			if string(strict.Show(&again)) != string(strict.Show(&s)) {
				t.Error("written out and read back, it is another scenario")
			}
		})
	}
}

func TestUnknownScenario(t *testing.T) {
	for name, c := range map[string]struct{ written, next string }{
		"a slip":  {"error-regresion", `Did you mean "error-regression"?`},
		"nothing": {"", "Name one of these"},
		"a path":  {"../scenarios/healthy", "Name one of these"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sim.Find(c.written)
			var f *fault.Fault
			if !errors.As(err, &f) || f.Kind != fault.Input {
				t.Fatalf("the error is %v", err)
			}
			if !strings.Contains(f.Allowed, "watcher-lost") || !strings.HasPrefix(f.Next, c.next) {
				t.Errorf("allowed %q, next %q", f.Allowed, f.Next)
			}
		})
	}
}

const head = "name: own\nsays: My own.\nexpect: {outcome: complete}\n"

func TestWrongFilesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"unknown key":          {head + "traffick: {per_minute: 3}\n", []string{"own.yaml:4:", "traffick", `did you mean "traffic"?`}},
		"unknown fault":        {head + "faults:\n  - {eror: 5%}\n", []string{"own.yaml:5:", "allowed: ", "errors"}},
		"no unit":              {head + "faults:\n  - {errors: 5}\n", []string{"own.yaml:5:", `write "5%"`}},
		"no x":                 {head + "faults:\n  - {traffic: 3}\n", []string{"own.yaml:5:", `write "3x"`}},
		"not a factor":         {head + "faults:\n  - {traffic: much}\n", []string{"own.yaml:5:", "is not a factor", `"0.5x"`}},
		"unknown outcome":      {"name: own\nsays: My own.\nexpect: {outcome: done}\n", []string{"own.yaml:3:", "complete, rolled_back, held"}},
		"no expectation":       {"name: own\nsays: My own.\n", []string{`"expect" is missing`}},
		"time of day":          {head + "start: \"25:00\"\n", []string{"own.yaml:4:", `such as "02:00"`}},
		"pattern":              {head + "faults:\n  - {errors: 5%, pattern: \"121\"}\n", []string{"own.yaml:5:", "1 for a bad minute"}},
		"idle fault":           {head + "faults:\n  - {at: 3 m}\n", []string{"own.yaml:5:", "does nothing", "control_plane"}},
		"late for ever":        {head + "faults:\n  - {metrics: late}\n", []string{"own.yaml:5:", "write for"}},
		"a ticker too many":    {head + "faults:\n  - {watcher: lost, ticker: 1}\n", []string{"own.yaml:5:", "allowed: 0 to 0"}},
		"a ticker for nothing": {head + "faults:\n  - {errors: 1%, ticker: 0}\n", []string{"own.yaml:5:", "watcher or delay"}},
		"cold blue":            {head + "faults:\n  - {side: blue, cold_starts: 1%}\n", []string{"own.yaml:5:", "allowed: green, both"}},
		"deadline of nothing":  {"name: own\nsays: My own.\nexpect: {outcome: complete, by: 3 m}\n", []string{"own.yaml:3:", "there is none"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sim.Parse("own.yaml", []byte(c.text))
			var problems *strict.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("the error is %v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not contain %q", err, want)
				}
			}
		})
	}
}

func TestFactors(t *testing.T) {
	for text, want := range map[string]sim.Factor{"0x": 0, "1x": 1000, "3 x": 3000, "0.5x": 500, "12.125x": 12125} {
		f, err := sim.ParseFactor(text)
		if err != nil || f != want {
			t.Errorf("%q reads as %d, %v", text, f, err)
		}
		if again, err := sim.ParseFactor(f.String()); err != nil || again != f {
			t.Errorf("%q is written %q", text, f)
		}
	}
}

// Whatever is accepted makes a world that runs.
func FuzzParse(f *testing.F) {
	for _, name := range sim.Names() {
		source, err := sim.Source(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(source)
	}
	f.Add([]byte(head + "correlation: 50%\ngreen: {errors: 100%, slow: 100%, rejected: 100%}\nfaults: [{endpoint: down, side: both, throttles: 100%, ramp: 3 m, traffic: 999x}]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := sim.Parse("fuzz.yaml", text)
		if err != nil {
			return
		}
		w := sim.New(s, 1)
		if err := w.SetWeights(1, 1); err != nil && !errors.Is(err, sim.ErrDown) && !errors.Is(err, sim.ErrThrottled) {
			t.Error(err)
		}
		for range 20 {
			w.Advance(45e9)
			minutes, _ := w.Metrics(w.Start(), w.Now())
			sound(t, minutes)
			w.Orders()
			w.Delay(0)
		}
	})
}
