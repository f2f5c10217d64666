package processtest_test

import (
	"slices"
	"testing"

	"github.com/cutover-dev/cutover/internal/processtest"
)

func TestCommands(t *testing.T) {
	for name, c := range map[string]struct {
		log  string
		want []string
	}{
		"none":                {"a :: b\nc ::error:: d\n# [error]\n", nil},
		"at the beginning":    {"::error file=a::b\n", []string{"error:b"}},
		"behind space":        {"\u00a0 \u2003::add-mask::x", []string{"add-mask:x"}},
		"behind a return":     {"a\r::warning::x", []string{"warning:x"}},
		"older, within":       {"reading src/##[set-output name=v]pass", []string{"set-output:pass"}},
		"unknown":             {"::nonsense::x\n##[section]x", nil},
		"in any case":         {"::Stop-Commands::x", []string{"Stop-Commands:x"}},
		"both, the newer":     {"::error::##[add-mask]x", []string{"error:##[add-mask]x"}},
		"unknown, then older": {"::x::##[add-mask]y", []string{"add-mask:y"}},
	} {
		if got := processtest.Commands(c.log); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
