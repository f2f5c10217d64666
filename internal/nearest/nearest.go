// Package nearest guesses what a misspelt name was meant to be, so that every
// error about an unknown name can end in a suggestion.
package nearest

import "github.com/agnivade/levenshtein"

// To returns the candidate closest to what was written, or "" when none is
// near enough to be a likely slip: at most a third of its letters, plus one.
// Of equally near candidates the first wins.
func To(written string, candidates []string) string {
	best, limit := "", len(written)/3+1
	for _, c := range candidates {
		d := levenshtein.ComputeDistance(written, c)
		if d < limit || (d == limit && best == "") {
			best, limit = c, d
		}
	}
	return best
}
