package retiring

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/cutover-dev/cutover/internal/sim/legacy"
)

// picture is everything that an abort must bring back, and nothing that comes and
// goes by itself: tasks have other numbers afterwards.
func picture(a *legacy.Account) []string {
	var lines []string
	passing := map[string]bool{}
	for _, t := range a.Things() {
		if t.Type == legacy.Task || t.Type == legacy.Interface {
			passing[t.ARN] = true
			continue
		}
		lines = append(lines, fmt.Sprint(t.ARN, t.Config, t.Counts, t.Protected, t.Status))
	}
	for _, r := range a.Refs() {
		if !passing[r.From] {
			lines = append(lines, fmt.Sprint(r))
		}
	}
	slices.SortFunc(lines, cmp.Compare[string])
	return lines
}

func same(a, b []string) bool { return slices.Equal(a, b) }
