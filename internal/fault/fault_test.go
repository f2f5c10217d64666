package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
)

func TestErrorNamesEverything(t *testing.T) {
	f := &fault.Fault{
		Kind: fault.Input, Name: "min-lines", What: "is no percentage", Got: "abc",
		Allowed: "0% to 100%", Next: `Write "95%".`, File: "cutover.yaml", Line: 3, Column: 7,
	}
	want := `cutover.yaml:3:7: min-lines: is no percentage (got "abc"); allowed: 0% to 100%. Write "95%".`
	if f.Error() != want {
		t.Errorf("got  %s\nwant %s", f.Error(), want)
	}
}

func TestErrorClipsHostileValues(t *testing.T) {
	f := &fault.Fault{Kind: fault.Input, What: "is too long", Got: strings.Repeat("ä", 10_000)}
	if n := len(f.Error()); n > 300 {
		t.Errorf("a 20 kB value made an error of %d bytes", n)
	}
	if !strings.Contains(f.Error(), "…") {
		t.Error("a clipped value does not say so")
	}
}

func TestKindOf(t *testing.T) {
	gate := &fault.Fault{Kind: fault.Gate, What: "no"}
	input := &fault.Fault{Kind: fault.Input, What: "bad"}
	refused := &fault.Fault{Kind: fault.Refused, What: "unsafe"}
	for name, c := range map[string]struct {
		err  error
		want fault.Kind
	}{
		"nothing":                    {nil, 0},
		"gate":                       {gate, fault.Gate},
		"wrapped":                    {fmt.Errorf("while reading: %w", input), fault.Input},
		"joined: the gravest":        {errors.Join(gate, input), fault.Input},
		"refusal beats all":          {errors.Join(refused, gate), fault.Refused},
		"a plain error: outside":     {errors.New("connection reset"), fault.Outside},
		"an outage beside bad input": {errors.Join(errors.New("x"), input), fault.Input},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fault.KindOf(c.err); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestAllKeepsContextAndOrder(t *testing.T) {
	err := errors.Join(
		fmt.Errorf("reading a: %w", &fault.Fault{Kind: fault.Input, What: "is empty", Name: "a"}),
		errors.New("disk full"),
	)
	all := fault.All(err)
	if len(all) != 2 || all[1].What != "disk full" {
		t.Fatalf("got %v", all)
	}
	if !strings.Contains(all[0].Error(), "reading a") || !strings.Contains(all[0].Error(), "is empty") {
		t.Errorf("the context is lost: %s", all[0].Error())
	}
}
